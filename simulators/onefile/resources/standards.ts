/*
 * Standards, units and templates, and their assignment to a learner, which makes aims and unit summaries.
 * Assigning a standard makes the aim alone; a client assigns each unit afterwards. A template brings aims, units
 * and dates at once.
 */

import { londonDate, londonMidnightMs } from '../../common/clock.ts';
import { toIso } from '../../common/instant.ts';
import type { Reply } from '../../common/server.ts';
import { badRequest } from '../http/reply.ts';
import { idOf, type Row, type Value } from '../state/row.ts';
import { refreshLearnerProgress, type Store } from '../state/store.ts';
import { ROLE } from '../state/tables.ts';
import {
  type Call,
  type Check,
  findForRead,
  findInPath,
  fine,
  get,
  isVisible,
  nowIso,
  parameterId,
  readId,
  refused,
} from './call.ts';
import { type Search, type Test, titles } from './search.ts';
import { createdReply, otherWriteReply, readReply, refuseArchived, touchLearnerOf } from './write.ts';

export const standardSearch: Search = { kind: 'standards', filters: [titles('standards')] };

export function readStandard(call: Call): Reply {
  const found = findForRead(call, 'standards', parameterId(call, 0), 'Standard');
  return found.kind === 'refused' ? found.reply : readReply(call, 'standards', found.value);
}

/** The learner a path names, who must have that role. */
function findLearner(call: Call, id: number): Check<Row> {
  const found = findInPath(call, 'users', id, 'Learner');
  if (found.kind === 'refused') return found;
  if (found.value['Role'] !== ROLE.learner)
    return refused(badRequest(call.switches, 'The user is not a learner'));
  const archived = refuseArchived(call, found.value);
  return archived === null ? fine(found.value) : refused(archived);
}

/** A standard must be open to the learner's own centre. */
function refuseClosedStandard(call: Call, standard: Row, learner: Row): Reply | null {
  const centre = new Set([learner['OrganisationID'] as number]);
  return isVisible(call, 'standards', standard, centre)
    ? null
    : badRequest(call.switches, "The standard is not open to the learner's organisation");
}

function findAim(call: Call, learnerId: number, standardId: number): Row | undefined {
  return call.world.store.listBy('aims', 'UserID', learnerId).find((aim) => aim['StandardID'] === standardId);
}

/** A new aim has status 0, progress 0, no units, and no dates but those given. */
function addAim(
  call: Call,
  learnerId: number,
  standardId: number,
  dates: Record<string, Value> = {},
): number {
  const { store } = call.world;
  const now = nowIso(call);
  const id = store.nextId('aims');
  const values = { StandardID: standardId, UserID: learnerId, ...dates };
  store.create('aims', { values, now, id });
  refreshLearnerProgress(store, learnerId);
  touchLearnerOf(call, learnerId);
  return id;
}

/** All units of a standard that the learner does not have yet. */
export function addUnits(
  store: Store,
  learnerId: number,
  { standard, now }: { standard: Row; now: string },
): void {
  const standardId = standard['ID'] as number;
  for (const unitId of (standard['unitIds'] as readonly string[] | null) ?? []) {
    if (findUnit(store, learnerId, { standardId, unitId }) !== undefined) continue;
    store.create('unitSummaries', {
      values: { UserID: learnerId, StandardID: standardId, UnitID: unitId },
      now,
    });
  }
}

interface UnitKey {
  readonly standardId: number;
  readonly unitId: string;
}

function findUnit(store: Store, learnerId: number, { standardId, unitId }: UnitKey): Row | undefined {
  return store
    .listBy('unitSummaries', 'UserID', learnerId)
    .find((row) => row['UnitID'] === unitId && row['StandardID'] === standardId);
}

/** The id of the aim; assigned again, by default the id it already has. A client assigns each unit afterwards. */
export function assignStandard(call: Call): Reply {
  const standard = findInPath(call, 'standards', parameterId(call, 0), 'Standard');
  if (standard.kind === 'refused') return standard.reply;
  const learner = findLearner(call, parameterId(call, 1));
  if (learner.kind === 'refused') return learner.reply;
  const closed = refuseClosedStandard(call, standard.value, learner.value);
  if (closed !== null) return closed;
  const learnerId = parameterId(call, 1);
  const present = findAim(call, learnerId, parameterId(call, 0));
  const again = call.switches['standard-reassign'];
  if (present !== undefined && again === 'existing-id') return createdReply(call, present['ID'] as number);
  if (present !== undefined && again === '400') {
    return badRequest(call.switches, 'The standard is already assigned to the learner');
  }
  return createdReply(call, addAim(call, learnerId, parameterId(call, 0)));
}

export const templateSearch: Search = { kind: 'templates', filters: [titles('templates')] };

/** Units of one standard. */
function readStandardFilter(call: Call): Check<readonly Test[]> {
  const id = readId(call, 'StandardID');
  if (id.kind === 'refused') return id;
  if (id.value === null) return fine([]);
  const unitIds = new Set((get(call, 'standards', id.value)?.['unitIds'] as readonly Value[] | null) ?? []);
  return fine([(row: Row) => unitIds.has(row['ID'] ?? null)]);
}

export const unitSearch: Search = {
  kind: 'units',
  filters: [titles('units')],
  readExtra: readStandardFilter,
};

export function readUnit(call: Call): Reply {
  const found = findForRead(call, 'units', call.parameters[0] ?? '', 'Unit');
  return found.kind === 'refused' ? found.reply : readReply(call, 'units', found.value);
}

/** The id of the unit summary; a missing aim is made. */
export function assignUnit(call: Call): Reply {
  const unitId = call.parameters[0] ?? '';
  const unit = findInPath(call, 'units', unitId, 'Unit');
  if (unit.kind === 'refused') return unit.reply;
  const standard = findInPath(call, 'standards', parameterId(call, 2), 'Standard');
  if (standard.kind === 'refused') return standard.reply;
  const learner = findLearner(call, parameterId(call, 1));
  if (learner.kind === 'refused') return learner.reply;
  if (!((standard.value['unitIds'] as readonly Value[] | null) ?? []).includes(unitId)) {
    return badRequest(call.switches, 'The unit does not belong to the standard');
  }
  const closed = refuseClosedStandard(call, standard.value, learner.value);
  if (closed !== null) return closed;
  const learnerId = parameterId(call, 1);
  const standardId = parameterId(call, 2);
  const { store } = call.world;
  const present = findUnit(store, learnerId, { standardId, unitId });
  if (present !== undefined) {
    return call.switches['unit-reassign'] === 'existing-id'
      ? createdReply(call, present['ID'] as number)
      : badRequest(call.switches, 'The unit is already assigned to the learner');
  }
  if (findAim(call, learnerId, standardId) === undefined) addAim(call, learnerId, standardId);
  const values = { UserID: learnerId, StandardID: standardId, UnitID: unitId };
  const added = store.create('unitSummaries', { values, now: nowIso(call) });
  return createdReply(call, idOf(added) as number);
}

/** A template's aims run from the learner's start, or today, for a year. */
function defaultDates(call: Call, learner: Row): Record<string, Value> {
  const today = toIso(londonMidnightMs(londonDate(call.world.clock.nowMs())));
  const start = String(learner['StartOn'] ?? today);
  const end = new Date(start);
  end.setUTCFullYear(end.getUTCFullYear() + 1);
  return { StartDate: start, PlannedEnd: end.toISOString() };
}

/** Makes all aims of a template, with their units. `true` leaves what the learner already has, `false` resets its dates. */
export function assignTemplate(call: Call): Reply {
  const template = findInPath(call, 'templates', parameterId(call, 0), 'Framework template');
  if (template.kind === 'refused') return template.reply;
  const learner = findLearner(call, parameterId(call, 1));
  if (learner.kind === 'refused') return learner.reply;
  const learnerId = parameterId(call, 1);
  const keepsPresent = call.parameters[2]?.toLowerCase() === 'true';
  const standardIds = (template.value['standardIds'] ?? []) as readonly number[];
  const standards = standardIds.map((id) => get(call, 'standards', id)).filter((row) => row !== undefined);
  const wrong = standards
    .map((row) => refuseClosedStandard(call, row, learner.value))
    .find((reply) => reply !== null);
  if (wrong !== undefined) return wrong;
  const again = call.switches['template-reassign'];
  const isWhole = standardIds.every((id) => findAim(call, learnerId, id) !== undefined);
  if (again === '400' && isWhole && keepsPresent) {
    return badRequest(call.switches, 'The template is already assigned to the learner');
  }
  const { store } = call.world;
  const dates = defaultDates(call, learner.value);
  for (const standard of standards) {
    const present = findAim(call, learnerId, standard['ID'] as number);
    if (present === undefined || again === 'duplicates') {
      addAim(call, learnerId, standard['ID'] as number, dates);
      addUnits(store, learnerId, { standard, now: nowIso(call) });
    } else if (!keepsPresent) store.patch('aims', present, dates);
  }
  return otherWriteReply(call, 'templates', template.value);
}
