/*
 * Users of every role: search, read, create, update, archive and delete. A create checks role, mandatory fields,
 * organisation, classroom, placement and assessor in that order. A deletion only flags the user;
 * `carryOutDeletions`, which every call and every knock at the control door runs first, removes what is due in the
 * night after.
 */

import { londonMinuteOfDay } from '../../common/clock.ts';
import { toIso } from '../../common/instant.ts';
import type { Reply } from '../../common/server.ts';
import { badRequest, CLASSROOM_UNKNOWN, jsonReply, NO_CONTENT, PLACEMENT_UNKNOWN } from '../http/reply.ts';
import { findProperty, idOf, type Row } from '../state/row.ts';
import type { Store } from '../state/store.ts';
import { type Kind, ROLE, ROLES, TABLES } from '../state/tables.ts';
import type { World } from '../world.ts';
import {
  type Call,
  type Check,
  checkOrganisation,
  findForRead,
  findInPath,
  fine,
  get,
  isOwn,
  nowIso,
  parameterId,
  readId,
  refused,
} from './call.ts';
import { changedSince, equals, exactText, misId, names, type Search } from './search.ts';
import {
  createdReply,
  otherWriteReply,
  readCreate,
  readPatch,
  readReply,
  refuseArchived,
  refuseMissing,
  type Values,
} from './write.ts';

export const userSearch: Search = {
  kind: 'users',
  filters: [
    misId('users'),
    equals('Role'),
    names('FirstName'),
    names('LastName'),
    exactText('Email'),
    changedSince('LastModified'),
  ],
  isListed: (call, row) => call.switches['archived-in-search'] !== 'hidden' || row['archived'] !== true,
};

export function readUser(call: Call): Reply {
  const found = findForRead(call, 'users', parameterId(call, 0), 'User');
  return found.kind === 'refused' ? found.reply : readReply(call, 'users', found.value);
}

function saveUser(call: Call, user: Row, patch: Parameters<typeof call.world.store.patch>[2]): Row {
  return call.world.store.patch('users', user, { ...patch, LastModified: nowIso(call) });
}

/** Organisation and role in the body are ignored; so is every name OneFile does not know. */
export function updateUser(call: Call): Reply {
  const found = findInPath(call, 'users', parameterId(call, 0), 'User');
  if (found.kind === 'refused') return found.reply;
  const user = found.value;
  const patch = readPatch(call, 'users', user);
  if (patch.kind === 'refused') return patch.reply;
  const wrong =
    refuseUserReferences(call, user['OrganisationID'] as number) ??
    refuseTakenMisId(call, user['Role'] as number, patch.value['MISID'], user['ID'] as number) ??
    refuseArchived(call, user);
  if (wrong !== null) return wrong;
  saveUser(call, user, dropLearnerOnly(user['Role'] as number, patch.value));
  return NO_CONTENT;
}

/** Archiving takes a portfolio off the active lists; both ways can be repeated. */
export function setArchived(archived: boolean): (call: Call) => Reply {
  return (call) => {
    const found = findInPath(call, 'users', parameterId(call, 0), 'User');
    if (found.kind === 'refused') return found.reply;
    if (found.value['archived'] === archived) return otherWriteReply(call, 'users', found.value);
    return otherWriteReply(call, 'users', saveUser(call, found.value, { archived }));
  };
}

export function deleteUser(call: Call): Reply {
  const found = findInPath(call, 'users', parameterId(call, 0), 'User');
  if (found.kind === 'refused') return found.reply;
  if (hasSignedWork(call.world.store, parameterId(call, 0))) {
    return badRequest(call.switches, 'A user with signed work cannot be deleted');
  }
  return otherWriteReply(call, 'users', flagForDeletion(call.world, found.value));
}

function mandatoryNames(role: number, isEmailMandatory: boolean): string[] {
  const names = ['OrganisationID', 'FirstName', 'LastName', ...(isEmailMandatory ? ['Email'] : [])];
  if (role === ROLE.learner) return [...names, 'DefaultAssessorID', 'ClassroomID', 'PlacementID'];
  return role === ROLE.employer || role === ROLE.observer ? [...names, 'PlacementID'] : names;
}

function readRole(call: Call): Check<number> {
  const role = readId(call, 'Role');
  if (role.kind === 'refused') return role;
  if (role.value !== null && ROLES.has(role.value)) return fine(role.value);
  return refused(badRequest(call.switches, 'Role must be one of 1, 4, 5, 10, 40, 45'));
}

interface Reference {
  readonly name: 'ClassroomID' | 'PlacementID';
  readonly kind: Kind;
  readonly code: number;
  readonly message: string;
}

const PLACES: readonly Reference[] = [
  { name: 'ClassroomID', kind: 'classrooms', code: CLASSROOM_UNKNOWN, message: 'Classroom not found' },
  { name: 'PlacementID', kind: 'placements', code: PLACEMENT_UNKNOWN, message: 'Placement not found' },
];

/** Classroom, placement and assessor must exist in the user's organisation. */
function refuseUserReferences(call: Call, organisationId: number): Reply | null {
  for (const { name, kind, code, message } of PLACES) {
    const id = readId(call, name);
    if (id.kind === 'refused') return id.reply;
    if (id.value === null) continue;
    if (get(call, kind, id.value)?.['OrganisationID'] !== organisationId) {
      return badRequest(call.switches, message, code);
    }
  }
  const assessorId = readId(call, 'DefaultAssessorID');
  if (assessorId.kind === 'refused') return assessorId.reply;
  if (assessorId.value === null) return null;
  const assessor = get(call, 'users', assessorId.value);
  const isAssessor = assessor?.['Role'] === ROLE.assessor || assessor?.['Role'] === ROLE.trainee;
  return isAssessor && assessor?.['OrganisationID'] === organisationId
    ? null
    : badRequest(call.switches, 'Default assessor not found');
}

function refuseTakenMisId(call: Call, role: number, misId: unknown, ownId: number | null): Reply | null {
  if (typeof misId !== 'string' || call.switches['misid-unique'] !== 'per-role') return null;
  const isTaken = call.world.store
    .listBy('users', 'MISID', misId)
    .some((row) => row['Role'] === role && row['ID'] !== ownId && isOwn(call, row));
  return isTaken ? badRequest(call.switches, `MISID ${misId} is in use`) : null;
}

function refuseDuplicate(call: Call, values: Values): Reply | null {
  const isTaken = (property: 'MISID' | 'Email'): boolean => {
    const value = values[property];
    if (typeof value !== 'string') return false;
    return call.world.store.listBy('users', property, value).some((row) => isOwn(call, row));
  };
  const mode = call.switches['duplicate-create'];
  if (mode === '400-same-misid' && isTaken('MISID')) return badRequest(call.switches, 'MISID is in use');
  if (mode === '400-same-email' && isTaken('Email')) return badRequest(call.switches, 'Email is in use');
  return null;
}

/** What only a learner can have is ignored for other roles. */
function dropLearnerOnly(role: number, values: Values): Values {
  const isKept = (name: string): boolean =>
    role === ROLE.learner || !findProperty(TABLES.users, name)?.flags.has('learner');
  return Object.fromEntries(Object.entries(values).filter(([name]) => isKept(name)));
}

function readNewUser(call: Call): Check<Values> {
  const role = readRole(call);
  if (role.kind === 'refused') return role;
  const isEmailMandatory = call.switches['email-mandatory'] === 'yes';
  const missing = refuseMissing(call, mandatoryNames(role.value, isEmailMandatory));
  if (missing !== null) return refused(missing);
  const organisationId = readId(call, 'OrganisationID');
  if (organisationId.kind === 'refused') return organisationId;
  const id = organisationId.value ?? 0;
  const wrong = checkOrganisation(call, id, false) ?? refuseUserReferences(call, id);
  if (wrong !== null) return refused(wrong);
  const values = readCreate(call, 'users');
  if (values.kind === 'refused') return values;
  const taken =
    refuseTakenMisId(call, role.value, values.value['MISID'], null) ?? refuseDuplicate(call, values.value);
  if (taken !== null) return refused(taken);
  return fine(dropLearnerOnly(role.value, values.value));
}

export function createUser(call: Call): Reply {
  const values = readNewUser(call);
  if (values.kind === 'refused') return values.reply;
  const { store } = call.world;
  const id = store.nextId('users');
  const user = store.create('users', { values: values.value, now: nowIso(call), id });
  switch (call.switches['user-create-answer']) {
    case 'id-username-echo':
      return readReply(call, 'users', user);
    case 'id-only':
      return jsonReply(200, { ID: id });
    case 'bare-id':
      return createdReply(call, id);
  }
}

const GRACE_MS = 2 * 3_600_000;
const NIGHT_FROM = 20 * 60;
const NIGHT_TO = 6 * 60;

export function hasSignedWork(store: Store, userId: number): boolean {
  return store
    .listBy('reviews', 'LearnerID', userId)
    .some((row) => row['AssessorSignedOn'] !== null || row['LearnerSignedOn'] !== null);
}

/** Deleting only flags; the record stays until the night after the grace period. */
export function flagForDeletion(world: World, user: Row): Row {
  const nowMs = world.clock.nowMs();
  const id = idOf(user) as number;
  if (!world.deletions.has(id)) world.deletions.set(id, nowMs + GRACE_MS);
  return world.store.patch('users', user, {
    deletedAt: user['deletedAt'] ?? toIso(nowMs),
    LastModified: toIso(nowMs),
  });
}

function removeLearner(store: Store, userId: number): void {
  for (const kind of ['aims', 'unitSummaries'] as const) {
    for (const row of store.listBy(kind, 'UserID', userId)) store.remove(kind, idOf(row));
  }
  for (const kind of ['reviews', 'plans', 'timesheets'] as const) {
    for (const row of store.listBy(kind, 'LearnerID', userId)) store.remove(kind, idOf(row));
  }
  store.remove('offTheJob', userId);
  store.remove('users', userId);
}

/** Removes what was flagged at least two hours ago, once it is between 20:00 and 06:00 in London or has been since. */
export function carryOutDeletions(world: World): void {
  if (world.deletions.size === 0) return;
  const nowMs = world.clock.nowMs();
  for (const [userId, dueAtMs] of world.deletions) {
    if (nowMs < dueAtMs || !hasBeenNight(dueAtMs, nowMs)) continue;
    world.deletions.delete(userId);
    world.history.attribute({ source: 'person' });
    removeLearner(world.store, userId);
  }
}

function hasBeenNight(fromMs: number, toMs: number): boolean {
  const minute = londonMinuteOfDay(fromMs);
  if (minute >= NIGHT_FROM || minute < NIGHT_TO) return true;
  const minuteStartMs = Math.floor(fromMs / 60_000) * 60_000;
  return toMs >= minuteStartMs + (NIGHT_FROM - minute) * 60_000;
}
