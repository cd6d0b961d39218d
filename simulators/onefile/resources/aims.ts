/*
 * Learning aims, and what else a portfolio shows of a learner and the API only reads: episodes, unit summaries,
 * off-the-job figures, timesheets, plans. An update of an aim takes what the body names, maps the status through
 * the centre's numbers, and answers in the form that a switch asks for.
 */

import type { Reply } from '../../common/server.ts';
import { badRequest, EMPTY_OK, jsonReply, NO_CONTENT } from '../http/reply.ts';
import type { Row, Value } from '../state/row.ts';
import { fromWireAimStatus, isBlank, toWireDate } from '../wire.ts';
import {
  type Call,
  type Check,
  findForRead,
  findInPath,
  fine,
  get,
  parameterId,
  readId,
  refused,
} from './call.ts';
import {
  aimStatus,
  completionStatus,
  equals,
  isWithin,
  listReply,
  readPeriod,
  rowTexts,
  type Search,
  type Test,
} from './search.ts';
import { readPatch, readReply, refuseArchived, touchLearnerOf, type Values } from './write.ts';

/** The period counts for achieved aims only; with another status the dates are ignored. */
function readAchievedPeriod(call: Call): Check<readonly Test[]> {
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

function readAimPatch(call: Call, aim: Row): Check<Values> {
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

const findUser = (call: Call) => findForRead(call, 'users', parameterId(call, 0), 'User');

/** One episode per learner, with the standards of all aims. */
export function listLearnerEpisodes(call: Call): Reply {
  const found = findUser(call);
  if (found.kind === 'refused') return found.reply;
  const user = found.value;
  const aims = call.world.store.listBy('aims', 'UserID', parameterId(call, 0));
  if (aims.length === 0 && user['EpisodeName'] === null) return listReply(call, []);
  const date = (name: string): Value =>
    user[name] === null ? null : toWireDate(String(user[name]), call.switches['date-output']);
  const episode: Record<string, Value> = {
    EpisodeName: user['EpisodeName'] ?? null,
    StartOn: date('StartOn'),
    PlannedEndDate: date('PlannedEndDate'),
    Standards: aims.map((aim) => ({
      ID: aim['StandardID'] ?? null,
      Title: get(call, 'standards', aim['StandardID'] as number)?.['Title'] ?? '',
    })),
  };
  const isShown = ([, value]: [string, Value]): boolean =>
    value !== null || call.switches.nulls === 'explicit';
  return jsonReply(200, [Object.fromEntries(Object.entries(episode).filter(isShown))]);
}

export function listUnitSummaries(call: Call): Reply {
  const found = findUser(call);
  if (found.kind === 'refused') return found.reply;
  const rows = call.world.store.listBy('unitSummaries', 'UserID', parameterId(call, 0));
  return listReply(call, rowTexts(call, 'unitSummaries', rows, 'full'));
}

export function readOffTheJob(call: Call): Reply {
  const found = findUser(call);
  if (found.kind === 'refused') return found.reply;
  const figures = get(call, 'offTheJob', parameterId(call, 0));
  return figures === undefined
    ? jsonReply(200, { ID: parameterId(call, 0) })
    : readReply(call, 'offTheJob', figures);
}

export function listLearnerTimesheets(call: Call): Reply {
  const found = findUser(call);
  if (found.kind === 'refused') return found.reply;
  const rows = call.world.store.listBy('timesheets', 'LearnerID', parameterId(call, 0));
  return listReply(call, rowTexts(call, 'timesheets', rows, 'full'));
}

export const planSearch: Search = { kind: 'plans', filters: [equals('LearnerID')] };

export function readPlan(call: Call): Reply {
  const found = findForRead(call, 'plans', parameterId(call, 0), 'Plan');
  return found.kind === 'refused' ? found.reply : readReply(call, 'plans', found.value);
}
