import type { JsonObject } from '../../../domain/json.ts';
import type { CallResult } from '../../../domain/step.ts';
import { routes } from '../wire/names.ts';
import { emptyDone, type Making, observeAll, refuse, toFailure } from './making.ts';
import { type FoundRow, readById, searchAll } from './searches.ts';
import { seeAims, seeLearner, seeReview, toObservation } from './sight.ts';
import { type DetailsKind, detailsKinds, readDetails } from './write-calls.ts';

/** Reads one linked learner of the centre. */
export async function readLearner(request: JsonObject, making: Making): Promise<CallResult> {
  return lookAtLearner(request, true, making);
}

/** G-2, OF-24: looks up the learner of a typed id. If it is found, the rules make the link. */
export async function checkLearner(request: JsonObject, making: Making): Promise<CallResult> {
  return lookAtLearner(request, false, making);
}

async function lookAtLearner(request: JsonObject, isLinked: boolean, making: Making): Promise<CallResult> {
  const { parts, account, cause } = making;
  const id = String(request['learnerId']);
  const missing = refuse(isLinked ? 'LINK_GONE' : 'ID_NOT_FOUND', `There is no learner ${id} in the centre`, {
    kind: 'learner',
    code: String(request['ident']),
    id,
  });
  const read = await readById(parts.api, routes.user(id), account);
  // OneFile refuses records of another centre or customer. For a typed id this means that there is no such
  // learner.
  const isForeign = read.kind === 'rejected' && read.status === 403;
  if (read.kind === 'missing' || (isForeign && !isLinked)) return missing;
  if (read.kind !== 'record') return toFailure(read);
  if (!parts.searches.isLearner(read.row)) return missing;
  const seen = seeLearner(read.row, id, parts);
  const observed = [toObservation(parts.centreId, seen, { observedAtMs: read.sentAtMs, cause })];
  return { ...emptyDone, observed };
}

/** D-1: reads one linked assessor before its details are sent (OF-71). */
export async function readAssessor(request: JsonObject, making: Making): Promise<CallResult> {
  return readLinked(detailsKinds.assessor, request, making);
}

/** D-1: reads one linked placement before its details are sent (OF-72). */
export async function readPlacement(request: JsonObject, making: Making): Promise<CallResult> {
  return readLinked(detailsKinds.placement, request, making);
}

async function readLinked(kind: DetailsKind, request: JsonObject, making: Making): Promise<CallResult> {
  return readDetails({ kind, id: String(request[kind.idName]) }, making);
}

/** D-1, OF-40: reads all aims of a learner. */
export async function readAims(request: JsonObject, { parts, account, cause }: Making): Promise<CallResult> {
  const found = await searchAll(parts.api, parts.searches.aims(String(request['learnerId'])), account);
  if (found.kind !== 'rows') return toFailure(found);
  return observeAims(found.rows, found.sentAtMs, { parts, account, cause });
}

export async function readAim(request: JsonObject, { parts, account, cause }: Making): Promise<CallResult> {
  const id = String(request['aimId']);
  const read = await readById(parts.api, routes.aim(id), account);
  if (read.kind === 'missing')
    return refuse('LINK_GONE', `There is no aim ${id}`, { kind: 'qualification', id });
  if (read.kind !== 'record') return toFailure(read);
  return observeAims([{ id, row: read.row }], read.sentAtMs, { parts, account, cause });
}

async function observeAims(
  rows: readonly FoundRow[],
  observedAtMs: number,
  { parts, account, cause }: Pick<Making, 'parts' | 'account' | 'cause'>,
): Promise<CallResult> {
  const aims = await seeAims(rows, { parts, account });
  if (aims.kind !== 'seen') return toFailure(aims);
  return { ...emptyDone, observed: observeAll(aims.seen, { parts, observedAtMs, cause }) };
}

/** OF-53: reads all reviews of a learner. */
export async function readReviews(
  request: JsonObject,
  { parts, account, cause }: Making,
): Promise<CallResult> {
  const found = await searchAll(parts.api, parts.searches.reviewsOf(String(request['learnerId'])), account);
  if (found.kind !== 'rows') return toFailure(found);
  const seen = found.rows.map(({ id, row }) => seeReview(row, id));
  return { ...emptyDone, observed: observeAll(seen, { parts, observedAtMs: found.sentAtMs, cause }) };
}
