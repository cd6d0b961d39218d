import type { JsonObject } from '../../../core/json.ts';
import type { LinkKind } from '../../../core/link.ts';
import type { CallResult } from '../../../core/step.ts';
import type { FindLearner } from '../rules/enrol/calls.ts';
import { type Route, routes } from '../wire/routes.ts';
import type { Row } from '../wire/values.ts';
import { lookForUser, searchUsers, toNames } from './look-for.ts';
import { emptyDone, type Failed, type Making, observeAll, refuse, toFailure, toLink } from './making.ts';
import { type FoundRow, readById, searchAll } from './search.ts';
import { type ClientParts, type Seen, seeAssessor, seePlacement } from './sight.ts';

type Find = {
  readonly kind: Extract<LinkKind, 'officer' | 'organisation'>;
  readonly code: string;
  readonly see: (row: Row, id: string, parts: ClientParts) => Seen;
};
type Found = { readonly rows: readonly FoundRow[]; readonly sentAtMs: number };

/**
 * OF-32, OF-36: the assessor of an officer, by the id in PICS or else by exactly one MIS value; never by name.
 *
 * Done without a link = nobody has the MIS value.
 */
export async function findAssessor(request: JsonObject, making: Making): Promise<CallResult> {
  const { parts } = making;
  const find: Find = { kind: 'officer', code: String(request['code']), see: seeAssessor };
  if (typeof request['typedId'] === 'string') {
    const isOurs = parts.searches.isAssessor;
    return findById(request['typedId'], { ...find, toRoute: routes.user, isOurs }, making);
  }
  const found = await searchUsers('assessor', { misId: find.code }, making);
  return found.kind === 'rows' ? toFound(found, find, making) : toFailure(found);
}

/** OF-33: the same for the placement of an organisation. */
export async function findPlacement(request: JsonObject, making: Making): Promise<CallResult> {
  const { parts } = making;
  const find: Find = { kind: 'organisation', code: String(request['code']), see: seePlacement };
  if (typeof request['typedId'] === 'string') {
    const isOurs = parts.searches.isOfCentre;
    return findById(request['typedId'], { ...find, toRoute: routes.placement, isOurs }, making);
  }
  const found = await searchAll(parts.api, parts.searches.placements({ misId: find.code }), making.account);
  return found.kind === 'rows' ? toFound(found, find, making) : toFailure(found);
}

/** One hit is the link; several are nobody, and are told by name (OF-36). */
export function toFound(
  { rows, sentAtMs }: Found,
  { kind, code, see }: Find,
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

type ById = Find & {
  readonly toRoute: (id: string) => Route;
  readonly isOurs: (row: Row) => boolean;
};

/** A typed id is linked by the rules, which know what it replaces. */
async function findById(
  id: string,
  { kind, code, see, toRoute, isOurs }: ById,
  { parts, account, cause }: Making,
): Promise<CallResult> {
  const read = await readOwn(id, { toRoute, isOurs }, { parts, account });
  if (read === null) return refuse('ID_NOT_FOUND', `The centre has no ${kind} ${id}`, { kind, code, id });
  if (read.kind !== 'record') return read;
  const observed = observeAll([see(read.row, id, parts)], { parts, observedAtMs: read.sentAtMs, cause });
  return { ...emptyDone, vendorId: id, observed };
}

/** A record of the centre by its id; null when it is not there, or not the centre's. */
export async function readOwn(
  id: string,
  { toRoute, isOurs }: Pick<ById, 'toRoute' | 'isOurs'>,
  { parts, account }: Pick<Making, 'parts' | 'account'>,
): Promise<{ readonly kind: 'record'; readonly row: Row; readonly sentAtMs: number } | null | Failed> {
  if (!/^\d{1,18}$/.test(id)) return null;
  const read = await readById(parts.api, toRoute(id), account);
  // A record of another customer is refused; as an id of ours it is as good as "not there".
  if (read.kind === 'missing' || (read.kind === 'rejected' && read.status === 403)) return null;
  if (read.kind !== 'record') return toFailure(read);
  return isOurs(read.row) ? read : null;
}

/** O10, OF-11: looks once more for the learner when an accepted plan has become old. Done = still nobody. */
export async function findLearner(request: JsonObject, making: Making): Promise<CallResult> {
  const { ident, firstName, lastName, email, except } = request as FindLearner;
  const about = { firstName, lastName, email };
  const found = await lookForUser({ who: 'learner', misId: ident, about, except }, making);
  if (found.kind === 'blind') return emptyDone;
  if (found.kind !== 'rows') return toFailure(found);
  return found.rows.length === 0 ? emptyDone : toDuplicate(found.rows, { firstName, lastName });
}

/** OF-11: a person decides between linking one of these and a second record. */
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
