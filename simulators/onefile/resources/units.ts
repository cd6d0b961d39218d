import { badRequest, type Reply } from '../http/reply.ts';
import { londonDate, londonMidnightMs } from '../london.ts';
import { type Row, toIso, type Value } from '../state/row.ts';
import { type Call, type Checked, fine, get, parameterId, readId } from './call.ts';
import { titles } from './filters.ts';
import { findForRead, findInPath } from './scope.ts';
import type { Search, Test } from './search.ts';
import {
  addAim,
  addUnitSummary,
  findAim,
  findLearner,
  findUnitSummary,
  refuseClosedStandard,
} from './standards.ts';
import { createdReply, otherWriteReply, readReply } from './write.ts';

export const templateSearch: Search = { kind: 'templates', filters: [titles('templates')] };

/** Units of one standard. */
function readStandardFilter(call: Call): Checked<readonly Test[]> {
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

/** The id of the unit summary; the aim is made where there is none. */
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
  const present = findUnitSummary(call, learnerId, unitId, standardId);
  if (present !== undefined) {
    return call.switches['unit-reassign'] === 'existing-id'
      ? createdReply(call, present['ID'] as number)
      : badRequest(call.switches, 'The unit is already assigned to the learner');
  }
  if (findAim(call, learnerId, standardId) === undefined) {
    addAim(call, learnerId, { ...standard.value, unitIds: [] });
  }
  return createdReply(call, addUnitSummary(call, learnerId, unitId, standardId));
}

/** A template's aims run from the learner's start, or today, for a year. */
function defaultDates(call: Call, learner: Row): Record<string, Value> {
  const today = toIso(londonMidnightMs(londonDate(call.world.clock.nowMs())));
  const start = String(learner['StartOn'] ?? today);
  const end = new Date(start);
  end.setUTCFullYear(end.getUTCFullYear() + 1);
  return { StartDate: start, PlannedEnd: end.toISOString() };
}

/** Makes all aims of a template. `true` leaves what the learner already has, `false` resets its dates. */
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
  const dates = defaultDates(call, learner.value);
  for (const standard of standards) {
    const present = findAim(call, learnerId, standard['ID'] as number);
    if (present === undefined || again === 'duplicates') addAim(call, learnerId, standard, dates);
    else if (!keepsPresent) call.world.store.patch('aims', present, dates);
  }
  return otherWriteReply(call, 'templates', template.value);
}
