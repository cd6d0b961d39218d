import type { Reply } from '../../common/server.ts';
import { badRequest, NO_CONTENT } from '../http/reply.ts';
import type { Row, Value } from '../state/row.ts';
import { ROLE, TEACHING_ROLES } from '../state/tables.ts';
import { type Call, findInPath, get, isOwn, nowIso, parameterId, readId, readValue } from './call.ts';
import { otherWriteReply, refuseArchived, refuseMissing } from './write.ts';

interface Assignment {
  readonly learnerId: number;
  readonly level: number;
  readonly standardId: number | null;
  readonly unitId: string | null;
}

const ACCOMPANYING: ReadonlySet<unknown> = new Set([...TEACHING_ROLES, ROLE.employer, ROLE.observer]);

/** Level 3 needs an aim of the learner, level 2 a unit summary, level 1 only the person. */
function explainMisfit(
  call: Call,
  user: Row,
  { level, learnerId, standardId, unitId }: Assignment,
): string | null {
  const { store } = call.world;
  const role = user['Role'] ?? null;
  if (level === 1) return ACCOMPANYING.has(role) ? null : 'A user of this role cannot be assigned';
  if (level !== 2 && level !== 3) return 'Level must be 1, 2 or 3';
  if (!TEACHING_ROLES.has(role)) return 'A user of this role cannot be assigned at this level';
  if (level === 3) {
    if (standardId === null) return 'StandardID is needed at level 3';
    const hasAim = store.listBy('aims', 'UserID', learnerId).some((aim) => aim['StandardID'] === standardId);
    return hasAim ? null : 'The learner has no learning aim for this standard';
  }
  if (unitId === null) return 'UnitID is needed at level 2';
  const hasUnit = store.listBy('unitSummaries', 'UserID', learnerId).some((row) => row['UnitID'] === unitId);
  return hasUnit ? null : 'The learner has no such unit';
}

function readAssignment(call: Call): Assignment | Reply {
  const missing = refuseMissing(call, ['LearnerID', 'Level']);
  if (missing !== null) return missing;
  const learnerId = readId(call, 'LearnerID');
  if (learnerId.kind === 'refused') return learnerId.reply;
  const level = readId(call, 'Level');
  if (level.kind === 'refused') return level.reply;
  const standardId = readId(call, 'StandardID');
  if (standardId.kind === 'refused') return standardId.reply;
  const unitId = readValue(call, 'UnitID', 'text');
  if (unitId.kind === 'refused') return unitId.reply;
  return {
    learnerId: learnerId.value ?? 0,
    level: level.value ?? 0,
    standardId: standardId.value,
    unitId: unitId.value as string | null,
  };
}

function isSame(one: Value, assignment: Assignment): boolean {
  const other = one as unknown as Assignment;
  return (
    other.learnerId === assignment.learnerId &&
    other.level === assignment.level &&
    other.standardId === assignment.standardId &&
    other.unitId === assignment.unitId
  );
}

/** The path names the assigned user, the body the learner. A repeated assignment has no effect. */
export function assignUser(call: Call): Reply {
  const found = findInPath(call, 'users', parameterId(call, 0), 'User');
  if (found.kind === 'refused') return found.reply;
  const user = found.value;
  if (user['Role'] === ROLE.learner) {
    return call.switches['assign-learner-in-path'] === '400'
      ? badRequest(call.switches, 'The path must name the user to assign, not the learner')
      : NO_CONTENT;
  }
  const assignment = readAssignment(call);
  if ('status' in assignment) return assignment;
  const learner = get(call, 'users', assignment.learnerId);
  if (learner?.['Role'] !== ROLE.learner || !isOwn(call, learner))
    return badRequest(call.switches, 'Learner not found');
  const misfit = explainMisfit(call, user, assignment);
  if (misfit !== null) return badRequest(call.switches, misfit);
  const archived = refuseArchived(call, learner);
  if (archived !== null) return archived;
  const present = (user['assignments'] ?? []) as readonly Value[];
  if (present.some((one) => isSame(one, assignment))) return otherWriteReply(call, 'users', user);
  const assignments = [...present, { ...assignment }];
  const saved = call.world.store.patch('users', user, { assignments, LastModified: nowIso(call) });
  return otherWriteReply(call, 'users', saved);
}

/** Gives an employer user a placement (`true`) or takes it away (`false`). */
export function assignPlacement(call: Call): Reply {
  const found = findInPath(call, 'users', parameterId(call, 0), 'User');
  if (found.kind === 'refused') return found.reply;
  const placement = findInPath(call, 'placements', parameterId(call, 1), 'Placement');
  if (placement.kind === 'refused') return placement.reply;
  const user = found.value;
  if (user['Role'] !== ROLE.employer)
    return badRequest(call.switches, 'Only an employer user can have a placement');
  const isGiven = call.parameters[2]?.toLowerCase() === 'true';
  const placementId = parameterId(call, 1);
  const isChanged = isGiven ? user['PlacementID'] !== placementId : user['PlacementID'] === placementId;
  if (!isChanged) return otherWriteReply(call, 'users', user);
  const patch = { PlacementID: isGiven ? placementId : null, LastModified: nowIso(call) };
  return otherWriteReply(call, 'users', call.world.store.patch('users', user, patch));
}
