import { badRequest, type Reply } from '../http/reply.ts';
import { refreshLearnerProgress } from '../state/learner-progress.ts';
import { toNewRow } from '../state/new-row.ts';
import type { Row, Value } from '../state/row.ts';
import { ROLE } from '../state/user-table.ts';
import { type Call, type Checked, fine, nowIso, parameterId, refused } from './call.ts';
import { titles } from './filters.ts';
import { findForRead, findInPath, isVisible } from './scope.ts';
import type { Search } from './search.ts';
import { createdReply, readReply, refuseArchived, touchLearnerOf } from './write.ts';

export const standardSearch: Search = { kind: 'standards', filters: [titles('standards')] };

export function readStandard(call: Call): Reply {
  const found = findForRead(call, 'standards', parameterId(call, 0), 'Standard');
  return found.kind === 'refused' ? found.reply : readReply(call, 'standards', found.value);
}

/** The learner a path names: a user of another role is none. */
export function findLearner(call: Call, id: number): Checked<Row> {
  const found = findInPath(call, 'users', id, 'Learner');
  if (found.kind === 'refused') return found;
  if (found.value['Role'] !== ROLE.learner)
    return refused(badRequest(call.switches, 'The user is not a learner'));
  const archived = refuseArchived(call, found.value);
  return archived === null ? fine(found.value) : refused(archived);
}

/** A standard must be open to the learner's own centre. */
export function refuseClosedStandard(call: Call, standard: Row, learner: Row): Reply | null {
  const centre = new Set([learner['OrganisationID'] as number]);
  return isVisible(call, 'standards', standard, centre)
    ? null
    : badRequest(call.switches, "The standard is not open to the learner's organisation");
}

export function findAim(call: Call, learnerId: number, standardId: number): Row | undefined {
  return call.world.store.listBy('aims', 'UserID', learnerId).find((aim) => aim['StandardID'] === standardId);
}

/** A new aim has status 0, progress 0 and no dates; its standard's units come with it. */
export function addAim(
  call: Call,
  learnerId: number,
  standard: Row,
  dates: Record<string, Value> = {},
): number {
  const { store } = call.world;
  const now = nowIso(call);
  const id = store.nextId('aims');
  const values = { StandardID: standard['ID'] ?? null, UserID: learnerId, ...dates };
  store.put('aims', toNewRow(store, 'aims', id, { values, now }));
  addUnitSummaries(call, learnerId, standard);
  refreshLearnerProgress(store, learnerId);
  touchLearnerOf(call, learnerId);
  return id;
}

function addUnitSummaries(call: Call, learnerId: number, standard: Row): void {
  for (const unitId of (standard['unitIds'] as readonly string[] | null) ?? []) {
    const isThere = findUnitSummary(call, learnerId, unitId, standard['ID'] as number) !== undefined;
    if (!isThere) addUnitSummary(call, learnerId, unitId, standard['ID'] as number);
  }
}

export function findUnitSummary(
  call: Call,
  learnerId: number,
  unitId: string,
  standardId: number,
): Row | undefined {
  return call.world.store
    .listBy('unitSummaries', 'UserID', learnerId)
    .find((row) => row['UnitID'] === unitId && row['StandardID'] === standardId);
}

export function addUnitSummary(call: Call, learnerId: number, unitId: string, standardId: number): number {
  const { store } = call.world;
  const id = store.nextId('unitSummaries');
  const values = { UserID: learnerId, StandardID: standardId, UnitID: unitId };
  store.put('unitSummaries', toNewRow(store, 'unitSummaries', id, { values, now: nowIso(call) }));
  return id;
}

/** The id of the aim; assigned again, by default the id it already has. */
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
  return createdReply(call, addAim(call, learnerId, standard.value));
}
