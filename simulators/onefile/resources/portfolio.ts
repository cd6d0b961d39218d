import { jsonReply, okReply, type Reply } from '../http/reply.ts';
import type { Row, Value } from '../state/row.ts';
import { TABLES } from '../state/tables.ts';
import { encodeRow, toWireDate } from '../wire.ts';
import { type Call, findForRead, get, parameterId } from './call.ts';
import { listReply } from './search.ts';
import { readReply } from './write.ts';

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

const encodeAll = (call: Call, kind: 'unitSummaries' | 'timesheets', rows: readonly Row[]): Row[] =>
  rows.map((row) => encodeRow(TABLES[kind], row, 'full', call.switches));

export function listUnitSummaries(call: Call): Reply {
  const found = findUser(call);
  if (found.kind === 'refused') return found.reply;
  const rows = call.world.store.listBy('unitSummaries', 'UserID', parameterId(call, 0));
  return listReply(call, encodeAll(call, 'unitSummaries', rows));
}

export function readOffTheJob(call: Call): Reply {
  const found = findUser(call);
  if (found.kind === 'refused') return found.reply;
  const figures = get(call, 'offTheJob', parameterId(call, 0));
  return figures === undefined
    ? okReply({ ID: parameterId(call, 0) })
    : readReply(call, 'offTheJob', figures);
}

export function listLearnerTimesheets(call: Call): Reply {
  const found = findUser(call);
  if (found.kind === 'refused') return found.reply;
  const rows = call.world.store.listBy('timesheets', 'LearnerID', parameterId(call, 0));
  return listReply(call, encodeAll(call, 'timesheets', rows));
}

export function readPlan(call: Call): Reply {
  const found = findForRead(call, 'plans', parameterId(call, 0), 'Plan');
  return found.kind === 'refused' ? found.reply : readReply(call, 'plans', found.value);
}
