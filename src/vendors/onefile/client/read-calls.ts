import type { JsonObject } from '../../../core/json.ts';
import type { NewLink } from '../../../core/link.ts';
import type { Observation, ObservationCause } from '../../../core/observation.ts';
import type { CallResult, Done } from '../../../core/step.ts';
import { assessorRoles } from '../wire/codes.ts';
import { routes } from '../wire/routes.ts';
import { textOf } from '../wire/values.ts';
import type { Account, ApiFailure } from './api.ts';
import { type FoundRow, readById, searchAll } from './search.ts';
import {
  type ClientParts,
  type Seen,
  seeAims,
  seeAssessor,
  seeLearner,
  seeReview,
  toObservation,
} from './sight.ts';

/** How one call of the engine is made: with whose right to call, and why. */
export type Making = {
  readonly parts: ClientParts;
  readonly account: Account;
  readonly cause: ObservationCause;
};

export const emptyDone: Done = {
  kind: 'done',
  vendorId: null,
  observed: [],
  shadow: [],
  links: [],
  findings: [],
};

/** Shows one linked learner of the centre. */
export async function readLearner(request: JsonObject, making: Making): Promise<CallResult> {
  return lookAtLearner(request, true, making);
}

/** G-2, OF-24: looks for the learner of a typed id. That it was seen lets the rules make the link. */
export async function checkLearner(request: JsonObject, making: Making): Promise<CallResult> {
  return lookAtLearner(request, false, making);
}

async function lookAtLearner(request: JsonObject, isLinked: boolean, making: Making): Promise<CallResult> {
  const { parts, account, cause } = making;
  const id = String(request['learnerId']);
  const missing: CallResult = {
    kind: 'rejected',
    code: isLinked ? 'LINK_GONE' : 'ID_NOT_FOUND',
    detail: `There is no learner ${id} in the centre`,
  };
  const read = await readById(parts.api, routes.user(id), account);
  // A record of another centre or customer is refused; for a typed id that is as good as "not there".
  const isForeign = read.kind === 'rejected' && read.status === 403;
  if (read.kind === 'missing' || (isForeign && !isLinked)) return missing;
  if (read.kind !== 'record') return toFailure(read);
  if (!parts.searches.isLearner(read.row)) return missing;
  const seen = seeLearner(read.row, id, parts);
  const observed = [toObservation(parts.centreId, seen, { observedAtMs: read.sentAtMs, cause })];
  return { ...emptyDone, observed };
}

/** D-1, OF-40: all aims of a learner. */
export async function readAims(request: JsonObject, { parts, account, cause }: Making): Promise<CallResult> {
  const found = await searchAll(parts.api, parts.searches.aims(String(request['learnerId'])), account);
  if (found.kind !== 'rows') return toFailure(found);
  return observeAims(found.rows, found.sentAtMs, { parts, account, cause });
}

export async function readAim(request: JsonObject, { parts, account, cause }: Making): Promise<CallResult> {
  const id = String(request['aimId']);
  const read = await readById(parts.api, routes.aim(id), account);
  if (read.kind === 'missing')
    return { kind: 'rejected', code: 'LINK_GONE', detail: `There is no aim ${id}` };
  if (read.kind !== 'record') return toFailure(read);
  return observeAims([{ id, row: read.row }], read.sentAtMs, { parts, account, cause });
}

async function observeAims(
  rows: readonly FoundRow[],
  observedAtMs: number,
  { parts, account, cause }: Making,
): Promise<CallResult> {
  const aims = await seeAims(rows, { parts, account });
  if (aims.kind !== 'seen') return toFailure(aims);
  return { ...emptyDone, observed: observeAll(aims.seen, { parts, observedAtMs, cause }) };
}

/** OF-53: all reviews of a learner. */
export async function readReviews(
  request: JsonObject,
  { parts, account, cause }: Making,
): Promise<CallResult> {
  const found = await searchAll(parts.api, parts.searches.reviewsOf(String(request['learnerId'])), account);
  if (found.kind !== 'rows') return toFailure(found);
  const seen = found.rows.map(({ id, row }) => seeReview(row, id));
  return { ...emptyDone, observed: observeAll(seen, { parts, observedAtMs: found.sentAtMs, cause }) };
}

/** OF-32, OF-36: the assessor of an officer, by the id in PICS or else by exactly one MIS value; never by name. */
export async function findAssessor(request: JsonObject, making: Making): Promise<CallResult> {
  const { parts, cause } = making;
  const code = String(request['code']);
  const typedId = typeof request['typedId'] === 'string' ? request['typedId'] : null;
  const found = typedId === null ? await findByMisId(code, making) : await findById(typedId, making);
  if (found.kind !== 'assessors') return found;
  const [only, ...others] = found.rows;
  if (only === undefined) {
    const detail = `No assessor of the centre has the MIS value of officer ${code}`;
    return { kind: 'rejected', code: 'NO_ASSESSOR', detail };
  }
  if (others.length > 0) {
    const names = found.rows.map(({ row }) => `${textOf(row, 'FirstName')} ${textOf(row, 'LastName')}`);
    return { kind: 'rejected', code: 'MIS_NOT_UNIQUE', detail: names.join(', ') };
  }
  const link: NewLink = {
    vendor: 'onefile',
    centre: parts.centreId,
    kind: 'officer',
    picsId: code,
    vendorId: only.id,
    ident: null,
    how: 'matched',
  };
  const seen = [seeAssessor(only.row, only.id, parts)];
  const observed = observeAll(seen, { parts, observedAtMs: found.sentAtMs, cause });
  // A typed id is linked by the rules, which know what it replaces.
  return { ...emptyDone, observed, links: typedId === null ? [link] : [], vendorId: only.id };
}

type Assessors = { kind: 'assessors'; rows: readonly FoundRow[]; sentAtMs: number };

async function findByMisId(
  code: string,
  { parts, account }: Making,
): Promise<Assessors | Exclude<CallResult, Done>> {
  const rows = new Map<string, FoundRow>();
  let sentAtMs = parts.now();
  for (const role of assessorRoles) {
    const found = await searchAll(parts.api, parts.searches.users(role, { misId: code }), account);
    if (found.kind !== 'rows') return toFailure(found);
    sentAtMs = Math.min(sentAtMs, found.sentAtMs);
    for (const row of found.rows) rows.set(row.id, row);
  }
  return { kind: 'assessors', rows: [...rows.values()], sentAtMs };
}

async function findById(
  id: string,
  { parts, account }: Making,
): Promise<Assessors | Exclude<CallResult, Done>> {
  const none = {
    kind: 'rejected',
    code: 'ID_NOT_FOUND',
    detail: `There is no assessor ${id} in the centre`,
  } as const;
  if (!/^\d{1,18}$/.test(id)) return none;
  const read = await readById(parts.api, routes.user(id), account);
  if (read.kind === 'missing' || (read.kind === 'rejected' && read.status === 403)) return none;
  if (read.kind !== 'record') return toFailure(read);
  if (!parts.searches.isAssessor(read.row)) return none;
  return { kind: 'assessors', rows: [{ id, row: read.row }], sentAtMs: read.sentAtMs };
}

function observeAll(
  seen: readonly Seen[],
  { parts, observedAtMs, cause }: { parts: ClientParts; observedAtMs: number; cause: ObservationCause },
): Observation[] {
  return seen.map((one) => toObservation(parts.centreId, one, { observedAtMs, cause }));
}

/** The failure without what only the client needs to know of it. */
export function toFailure({ status: _status, ...failure }: ApiFailure): Exclude<CallResult, Done> {
  return failure as Exclude<CallResult, Done>;
}
