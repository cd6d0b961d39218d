import { badRequest, EMPTY_OK, jsonReply, NO_CONTENT, type Reply } from '../http/reply.ts';
import { type Row, toIso, type Value } from '../state/row.ts';
import { fromWireAimStatus, isBlank, parseDateMs, parsePeriodEndMs } from '../wire.ts';
import {
  type Call,
  type Checked,
  findForRead,
  findInPath,
  fine,
  get,
  parameterId,
  readId,
  refused,
} from './call.ts';
import { aimStatus, completionStatus, equals, type Search, type Test } from './search.ts';
import { readPatch, readReply, refuseArchived, touchLearnerOf, type Values } from './write.ts';

export interface Period {
  readonly from: string | null;
  readonly to: string | null;
}

function readPeriodEdge(
  call: Call,
  name: string,
  parse: (text: string) => number | null,
): Checked<string | null> {
  const given = call.input.get(name.toLowerCase());
  if (isBlank(given)) return fine(null);
  const atMs = typeof given === 'string' ? parse(given) : null;
  return atMs === null
    ? refused(badRequest(call.switches, `${name} is not a valid date`))
    : fine(toIso(atMs));
}

/** `DateFrom` and `DateTo` of a filter. */
export function readPeriod(call: Call): Checked<Period> {
  const from = readPeriodEdge(call, 'DateFrom', parseDateMs);
  if (from.kind === 'refused') return from;
  const to = readPeriodEdge(call, 'DateTo', parsePeriodEndMs);
  return to.kind === 'refused' ? to : fine({ from: from.value, to: to.value });
}

export function isWithin(value: Value | undefined, { from, to }: Period): boolean {
  if (typeof value !== 'string') return false;
  return (from === null || value >= from) && (to === null || value <= to);
}

/** The period counts for achieved aims only; with another status the dates are ignored. */
function readAchievedPeriod(call: Call): Checked<readonly Test[]> {
  const status = readId(call, 'LearningAimCompletionStatus');
  if (status.kind === 'refused') return status;
  if (status.value !== null && ![0, 1, 2].includes(status.value)) {
    return refused(badRequest(call.switches, 'LearningAimCompletionStatus must be 0, 1 or 2'));
  }
  if (status.value !== 1) return fine([]);
  const period = readPeriod(call);
  if (period.kind === 'refused') return period;
  return fine([(row: Row) => isWithin(row['AchievedDate'], period.value)]);
}

export const aimSearch: Search = {
  kind: 'aims',
  filters: [equals('UserID'), equals('StandardID'), aimStatus, completionStatus],
  readExtra: readAchievedPeriod,
};

export const unitSummarySearch: Search = {
  kind: 'unitSummaries',
  filters: [equals('UserID'), equals('StandardID')],
};

export function readAim(call: Call): Reply {
  const found = findForRead(call, 'aims', parameterId(call, 0), 'Learning aim');
  return found.kind === 'refused' ? found.reply : readReply(call, 'aims', found.value);
}

function readAimPatch(call: Call, aim: Row): Checked<Values> {
  if (isBlank(call.input.get('id')))
    return refused(badRequest(call.switches, 'Missing mandatory fields: ID'));
  const userId = readId(call, 'UserID');
  if (userId.kind === 'refused') return userId;
  if (userId.value !== null && userId.value !== aim['UserID']) {
    return refused(badRequest(call.switches, 'UserID does not match the learning aim'));
  }
  const patch = readPatch(call, 'aims', aim);
  if (patch.kind === 'refused' || typeof patch.value['Status'] !== 'number') return patch;
  const status = fromWireAimStatus(patch.value['Status'], call.switches);
  if (![0, 1, 2].includes(status))
    return refused(badRequest(call.switches, 'Status is not one of the centre'));
  return fine({ ...patch.value, Status: status });
}

export function updateAim(call: Call): Reply {
  const found = findInPath(call, 'aims', parameterId(call, 0), 'Learning aim');
  if (found.kind === 'refused') return found.reply;
  const patch = readAimPatch(call, found.value);
  if (patch.kind === 'refused') return patch.reply;
  const archived = refuseArchived(call, get(call, 'users', found.value['UserID'] as number));
  if (archived !== null) return archived;
  const saved = call.world.store.patch('aims', found.value, patch.value);
  touchLearnerOf(call, saved['UserID']);
  switch (call.switches['aim-update-answer']) {
    case '204':
      return NO_CONTENT;
    case '200-empty':
      return EMPTY_OK;
    case '200-id':
      return jsonReply(200, saved['ID']);
    case '200-object':
      return readReply(call, 'aims', saved);
  }
}
