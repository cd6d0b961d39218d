import type { JsonObject } from '../../../domain/json.ts';
import type { LinkKind } from '../../../domain/link.ts';
import type { OwnerKind } from '../../../domain/owner.ts';
import type { About, CallResult } from '../../../domain/step.ts';
import type { FoundOwner } from '../../vendor.ts';
import type { FindLearner } from '../rules/enrol/calls.ts';
import type { Assessor } from '../rules/settings.ts';
import { assessorRoles, type Route, roles, routes } from '../wire/names.ts';
import { flagOf, type Row, textOf } from '../wire/values.ts';
import type { Account, ApiFailure } from './api.ts';
import { emptyDone, type Failed, type Making, observeAll, refuse, toFailure, toLink } from './making.ts';
import { type FoundRow, readById, searchAll, type WantedUser } from './searches.ts';
import { type CentreClient, type Seen, seeAssessor, seePlacement } from './sight.ts';

type OwnerSearch = {
  readonly kind: Extract<LinkKind, 'officer' | 'organisation'>;
  readonly code: string;
  readonly see: (row: Row, id: string, parts: CentreClient) => Seen;
};
type FoundRows = { readonly rows: readonly FoundRow[]; readonly sentAtMs: number };

/**
 * OF-32, OF-36: finds the assessor of an officer by the id in PICS, else by a MIS value that only one
 * assessor has; never by name.
 *
 * The result is `done` without a link when no assessor has the MIS value.
 */
export async function findAssessor(request: JsonObject, making: Making): Promise<CallResult> {
  const { parts } = making;
  const find: OwnerSearch = { kind: 'officer', code: String(request['code']), see: seeAssessor };
  if (typeof request['typedId'] === 'string') {
    const isOurs = parts.searches.isAssessor;
    return findById(request['typedId'], { ...find, toRoute: routes.user, isOurs }, making);
  }
  const found = await searchUsers('assessor', { misId: find.code }, making);
  return found.kind === 'rows' ? toFound(found, find, making) : toFailure(found);
}

/** OF-33: finds the placement of an organisation in the same way. */
export async function findPlacement(request: JsonObject, making: Making): Promise<CallResult> {
  const { parts } = making;
  const find: OwnerSearch = { kind: 'organisation', code: String(request['code']), see: seePlacement };
  if (typeof request['typedId'] === 'string') {
    const isOurs = parts.searches.isOfCentre;
    return findById(request['typedId'], { ...find, toRoute: routes.placement, isOurs }, making);
  }
  const found = await searchAll(parts.api, parts.searches.placements({ misId: find.code }), making.account);
  return found.kind === 'rows' ? toFound(found, find, making) : toFailure(found);
}

/** One hit becomes the link. Several are refused with their names (OF-36). */
export function toFound(
  { rows, sentAtMs }: FoundRows,
  { kind, code, see }: OwnerSearch,
  { parts, cause }: Making,
): CallResult {
  const [only, ...others] = rows;
  if (only === undefined) return emptyDone;
  if (others.length > 0) {
    const names = toNames(rows);
    return refuse('MIS_NOT_UNIQUE', names, { kind, code, names });
  }
  return {
    ...emptyDone,
    vendorId: only.id,
    observed: observeAll([see(only.row, only.id, parts)], { parts, observedAtMs: sentAtMs, cause }),
    links: [toLink(parts, { kind, picsId: code, vendorId: only.id, ident: null, how: 'matched' })],
  };
}

type RecordRoute = OwnerSearch & {
  readonly toRoute: (id: string) => Route;
  readonly isOurs: (row: Row) => boolean;
};

/** Reads the record of a typed id. The rules make the link, because they know which link it replaces. */
async function findById(
  id: string,
  { kind, code, see, toRoute, isOurs }: RecordRoute,
  { parts, account, cause }: Making,
): Promise<CallResult> {
  const read = await readOwn(id, { toRoute, isOurs }, { parts, account });
  if (read === null) return refuse('ID_NOT_FOUND', `The centre has no ${kind} ${id}`, { kind, code, id });
  if (read.kind !== 'record') return read;
  const observed = observeAll([see(read.row, id, parts)], { parts, observedAtMs: read.sentAtMs, cause });
  return { ...emptyDone, vendorId: id, observed };
}

/** Reads a record of the centre by id; null when it does not exist or belongs to another centre. */
export async function readOwn(
  id: string,
  { toRoute, isOurs }: Pick<RecordRoute, 'toRoute' | 'isOurs'>,
  { parts, account }: Pick<Making, 'parts' | 'account'>,
): Promise<{ readonly kind: 'record'; readonly row: Row; readonly sentAtMs: number } | null | Failed> {
  if (!/^\d{1,18}$/.test(id)) return null;
  const read = await readById(parts.api, toRoute(id), account);
  // OneFile refuses records of another customer, which here means that the centre has no such record.
  if (read.kind === 'missing' || (read.kind === 'rejected' && read.status === 403)) return null;
  if (read.kind !== 'record') return toFailure(read);
  return isOurs(read.row) ? read : null;
}

/**
 * O10, OF-11: looks for the learner once more when an accepted plan has become old. `done` = still not
 * there.
 */
export async function findLearner(request: JsonObject, making: Making): Promise<CallResult> {
  const { ident, firstName, lastName, email, except } = request as FindLearner;
  const about = { firstName, lastName, email };
  const found = await lookForUser({ who: 'learner', misId: ident, about, except }, making);
  if (found.kind === 'blind') return emptyDone;
  if (found.kind !== 'rows') return toFailure(found);
  return found.rows.length === 0 ? emptyDone : toDuplicate(found.rows, { firstName, lastName });
}

/** OF-11: a person decides whether to link one of these learners or to create a second record. */
export function toDuplicate(
  rows: readonly FoundRow[],
  { firstName, lastName }: { readonly firstName: string; readonly lastName: string },
): Failed {
  const ids = rows
    .map(({ id }) => id)
    .toSorted()
    .join(', ');
  return refuse('POSSIBLE_DUPLICATE', ids, { name: `${firstName} ${lastName}`, ids });
}

export type Looked =
  | { readonly kind: 'rows'; readonly rows: readonly FoundRow[]; readonly sentAtMs: number }
  /** There is neither our key nor enough other data to recognise the record. */
  | { readonly kind: 'blind' }
  | ApiFailure;

type UserKey = {
  readonly who: 'learner' | 'assessor';
  readonly misId: string | null;
  readonly about: About | null;
  /** Known ids that are not the one meant. */
  readonly except?: readonly string[];
};

/**
 * Finds users with the wanted properties: learners, or assessors of both roles. Archived ones are included.
 */
export async function searchUsers(
  who: UserKey['who'],
  wanted: WantedUser,
  { parts, account }: Pick<Making, 'parts' | 'account'>,
): Promise<Exclude<Looked, { kind: 'blind' }>> {
  const rows = new Map<string, FoundRow>();
  let sentAtMs = parts.now();
  for (const role of who === 'learner' ? [roles.learner] : assessorRoles) {
    const found = await searchAll(parts.api, parts.searches.users(role, wanted), account);
    if (found.kind !== 'rows') return found;
    sentAtMs = Math.min(sentAtMs, found.sentAtMs);
    for (const row of found.rows) rows.set(row.id, row);
  }
  return { kind: 'rows', rows: [...rows.values()], sentAtMs };
}

/**
 * O10: finds a user by the key it was created with: by MIS value, else by names and e-mail address together.
 *
 * A centre may not keep MIS values, so a user without one may be ours. A user with another MIS value is not.
 */
export async function lookForUser(
  { who, misId, about, except = [] }: UserKey,
  making: Pick<Making, 'parts' | 'account'>,
): Promise<Looked> {
  const isMeant = ({ id, row }: FoundRow): boolean =>
    !except.includes(id) && [null, misId].includes(textOf(row, 'MISID'));
  if (misId !== null) {
    const found = await searchUsers(who, { misId }, making);
    if (found.kind !== 'rows') return found;
    const rows = found.rows.filter(isMeant);
    if (rows.length > 0) return { ...found, rows };
  }
  const { firstName = null, lastName = null, email = null } = about ?? {};
  if (firstName === null || lastName === null || email === null) {
    return misId === null ? { kind: 'blind' } : { kind: 'rows', rows: [], sentAtMs: making.parts.now() };
  }
  const found = await searchUsers(who, { firstName, lastName, email }, making);
  return found.kind === 'rows' ? { ...found, rows: found.rows.filter(isMeant) } : found;
}

/** O10: finds a placement by MIS value, else by its exact name if it has no other MIS value. */
export async function lookForPlacement(
  { misId, name }: { readonly misId: string | null; readonly name: string | null },
  { parts, account }: Pick<Making, 'parts' | 'account'>,
): Promise<Looked> {
  const misIdOf = ({ row }: FoundRow) => textOf(row, parts.names('placement.misId'));
  if (misId !== null) {
    const found = await searchAll(parts.api, parts.searches.placements({ misId }), account);
    if (found.kind !== 'rows' || found.rows.length > 0) return found;
  }
  if (name === null) {
    return misId === null ? { kind: 'blind' } : { kind: 'rows', rows: [], sentAtMs: parts.now() };
  }
  const found = await searchAll(parts.api, parts.searches.placements({ name }), account);
  if (found.kind !== 'rows') return found;
  const rows = found.rows.filter(
    (one) => textOf(one.row, 'Name') === name && [null, misId].includes(misIdOf(one)),
  );
  return { ...found, rows };
}

export function toFullName({ row }: FoundRow): string {
  return [textOf(row, 'FirstName'), textOf(row, 'LastName')].filter((one) => one !== null).join(' ');
}

function toNames(rows: readonly FoundRow[]): string {
  const names = rows.map((found) => textOf(found.row, 'Name') ?? toFullName(found));
  return names.toSorted().join(', ');
}

type AccountedClient = { readonly parts: CentreClient; readonly account: Account };

/** OF-30, OF-33: all assessors (both roles) or placements that contain every word of the text. */
export async function searchOwners(
  kind: OwnerKind,
  text: string,
  { parts, account }: AccountedClient,
): Promise<readonly FoundOwner[] | Failed> {
  const all =
    kind === 'officer' ? await listAssessors({ parts, account }) : await listPlacements({ parts, account });
  if ('kind' in all) return all;
  const words = plainText(text).split(/\s+/);
  const isMatch = (one: FoundOwner): boolean => {
    const plain = plainText(
      [one.name, one.misId, one.email, one.id].filter((part) => part !== null).join(' '),
    );
    return words.every((word) => plain.includes(word));
  };
  return all.filter(isMatch).toSorted((a, b) => (a.name ?? '').localeCompare(b.name ?? '', 'en'));
}

/** The text without case and accents, which people leave out when they search. */
function plainText(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}

async function listAssessors({ parts, account }: AccountedClient): Promise<readonly FoundOwner[] | Failed> {
  const found = await searchUsers('assessor', {}, { parts, account });
  if (found.kind !== 'rows') return toFailure(found);
  return found.rows.map((one): FoundOwner => {
    const { id, row } = one;
    const archived = flagOf(row, parts.names('user.archived'));
    const isActive = archived === null ? null : !archived;
    const name = toFullName(one);
    const shared = { id, misId: textOf(row, 'MISID'), email: textOf(row, 'Email'), isActive };
    return { ...shared, name: name === '' ? null : name };
  });
}

async function listPlacements({ parts, account }: AccountedClient): Promise<readonly FoundOwner[] | Failed> {
  const found = await searchAll(parts.api, parts.searches.placements(), account);
  if (found.kind !== 'rows') return toFailure(found);
  return found.rows.map(
    ({ id, row }): FoundOwner => ({
      ...{ id, name: textOf(row, 'Name'), misId: textOf(row, parts.names('placement.misId')) },
      ...{ email: textOf(row, parts.names('placement.email')), isActive: flagOf(row, 'Active') },
    }),
  );
}

/** Reads only ids and MIS values, which thin rows show too. */
export async function readAssessors({
  parts,
  account,
}: AccountedClient): Promise<readonly Assessor[] | Failed> {
  const assessors: Assessor[] = [];
  for (const role of assessorRoles) {
    const found = await searchAll(parts.api, { ...parts.searches.users(role), isFull: null }, account);
    if (found.kind !== 'rows') return toFailure(found);
    assessors.push(...found.rows.map(({ id, row }) => ({ id, misId: textOf(row, 'MISID') })));
  }
  return assessors;
}

/** Reads full rows, because a thin row of a placement does not show its MIS value. */
export async function readPlacements(
  parts: AccountedClient,
): Promise<readonly Pick<FoundOwner, 'id' | 'misId'>[] | Failed> {
  const all = await listPlacements(parts);
  return 'kind' in all ? all : all.map(({ id, misId }) => ({ id, misId }));
}
