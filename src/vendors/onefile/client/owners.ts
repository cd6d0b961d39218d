import type { JsonObject } from '../../../domain/json.ts';
import type { LinkKind } from '../../../domain/link.ts';
import type { OwnerKind } from '../../../domain/owner.ts';
import type { About, CallResult } from '../../../domain/step.ts';
import { isSameName } from '../../common/values.ts';
import type { FoundOwner } from '../../vendor.ts';
import type { FindLearner } from '../rules/enrol/calls.ts';
import type { Assessor } from '../rules/settings.ts';
import { spellingsOf } from '../rules/values.ts';
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
  if (found.kind === 'blind' || found.kind === 'unsure') return emptyDone;
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
  /** Records that agree with what is known in one half, and may be ours under a name or address since corrected. */
  | { readonly kind: 'unsure'; readonly count: number }
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
): Promise<Exclude<Looked, { kind: 'blind' | 'unsure' }>> {
  const { firstName, lastName } = wanted;
  const names = {
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
  };
  const rows = new Map<string, FoundRow>();
  let sentAtMs = parts.now();
  for (const role of who === 'learner' ? [roles.learner] : assessorRoles) {
    for (const spelled of spellingsOf(names)) {
      const found = await searchAll(
        parts.api,
        parts.searches.users(role, { ...wanted, ...spelled }),
        account,
      );
      if (found.kind !== 'rows') return found;
      sentAtMs = Math.min(sentAtMs, found.sentAtMs);
      for (const row of found.rows) rows.set(row.id, row);
    }
  }
  return { kind: 'rows', rows: [...rows.values()], sentAtMs };
}

/**
 * O10: finds a user by the key it was created with: by MIS value, else by names and e-mail address together.
 *
 * A centre may not keep MIS values, so a user without one may be ours. A user with another MIS value is not.
 * `about` is what PICS has now; name or address may have been corrected since the call was sent. So a user
 * with only the same address, or only the same names, is neither ours for certain nor absent: a person decides.
 */
export async function lookForUser(
  { who, misId, about, except = [] }: UserKey,
  making: Pick<Making, 'parts' | 'account'>,
): Promise<Looked> {
  const isMeant = ({ id, row }: FoundRow): boolean => !except.includes(id) && isOurKey(row, 'MISID', misId);
  if (misId !== null) {
    const found = await searchUsers(who, { misId }, making);
    if (found.kind !== 'rows') return found;
    const rows = found.rows.filter(isMeant);
    if (rows.length > 0) return { ...found, rows };
  }
  const { firstName = null, lastName = null, email = null } = about ?? {};
  const isNamed = firstName !== null && lastName !== null;
  if (email === null && !isNamed) {
    return misId === null ? { kind: 'blind' } : { kind: 'rows', rows: [], sentAtMs: making.parts.now() };
  }
  const byEmail = email === null ? noRows(making) : await searchUsers(who, { email }, making);
  if (byEmail.kind !== 'rows') return byEmail;
  const sameEmail = byEmail.rows.filter(isMeant);
  const exact = sameEmail.filter(({ row }) => isNamed && hasNames(row, { firstName, lastName }));
  if (exact.length > 0) return { ...byEmail, rows: exact };
  const byName = isNamed ? await searchUsers(who, { firstName, lastName }, making) : noRows(making);
  if (byName.kind !== 'rows') return byName;
  const unsure = new Set([...sameEmail, ...byName.rows.filter(isMeant)].map(({ id }) => id));
  return unsure.size === 0 ? { ...byName, rows: [] } : { kind: 'unsure', count: unsure.size };
}

function noRows({ parts }: Pick<Making, 'parts'>) {
  return { kind: 'rows' as const, rows: [], sentAtMs: parts.now() };
}

/** A record without a MIS value may be ours: the centre may not keep them. */
function isOurKey(row: Row, name: string, misId: string | null): boolean {
  const shown = textOf(row, name);
  return shown === null || isSameName(shown, misId);
}

function hasNames(row: Row, { firstName, lastName }: { firstName: string; lastName: string }): boolean {
  return isSameName(textOf(row, 'FirstName'), firstName) && isSameName(textOf(row, 'LastName'), lastName);
}

/** O10: finds a placement by MIS value, else by its exact name if it has no other MIS value. */
export async function lookForPlacement(
  { misId, name }: { readonly misId: string | null; readonly name: string | null },
  { parts, account }: Pick<Making, 'parts' | 'account'>,
): Promise<Looked> {
  if (misId !== null) {
    const found = await searchAll(parts.api, parts.searches.placements({ misId }), account);
    if (found.kind !== 'rows' || found.rows.length > 0) return found;
  }
  if (name === null) {
    return misId === null ? { kind: 'blind' } : { kind: 'rows', rows: [], sentAtMs: parts.now() };
  }
  const rows = new Map<string, FoundRow>();
  const sentAtMs = parts.now();
  const spellings = new Set(spellingsOf({ name }).map((one) => one.name));
  const isNamedSo = (row: Row): boolean =>
    spellingsOf({ name: textOf(row, 'Name') ?? '' }).some((one) => spellings.has(one.name));
  for (const spelled of spellingsOf({ name })) {
    const found = await searchAll(parts.api, parts.searches.placements(spelled), account);
    if (found.kind !== 'rows') return found;
    for (const one of found.rows) {
      if (isNamedSo(one.row) && isOurKey(one.row, parts.names('placement.misId'), misId))
        rows.set(one.id, one);
    }
  }
  return { kind: 'rows', rows: [...rows.values()], sentAtMs };
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
      id,
      name: textOf(row, 'Name'),
      misId: textOf(row, parts.names('placement.misId')),
      email: textOf(row, parts.names('placement.email')),
      isActive: flagOf(row, 'Active'),
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
