import {
  badRequest,
  CLASSROOM_UNKNOWN,
  jsonReply,
  okReply,
  PLACEMENT_UNKNOWN,
  type Reply,
} from '../http/reply.ts';
import { toNewRow } from '../state/new-row.ts';
import type { Row } from '../state/row.ts';
import { type Kind, TABLES } from '../state/tables.ts';
import { ROLE, ROLES } from '../state/user-table.ts';
import { encodeRow } from '../wire/encode-row.ts';
import { type Call, type Checked, fine, get, nowIso, readId, refused } from './call.ts';
import { checkOrganisation } from './scope.ts';
import { createdReply, readCreate, refuseMissing, type Values } from './write.ts';

function mandatoryNames(role: number, isEmailMandatory: boolean): string[] {
  const names = ['OrganisationID', 'FirstName', 'LastName', ...(isEmailMandatory ? ['Email'] : [])];
  if (role === ROLE.learner) return [...names, 'DefaultAssessorID', 'ClassroomID', 'PlacementID'];
  return role === ROLE.employer || role === ROLE.observer ? [...names, 'PlacementID'] : names;
}

function readRole(call: Call): Checked<number> {
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
export function refuseUserReferences(call: Call, organisationId: number): Reply | null {
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

const sameCustomer = (call: Call, row: Row): boolean =>
  call.organisationIds.has(row['OrganisationID'] as number);

export function refuseTakenMisId(
  call: Call,
  role: number,
  misId: unknown,
  ownId: number | null,
): Reply | null {
  if (typeof misId !== 'string' || call.switches['misid-unique'] !== 'per-role') return null;
  const isTaken = call.world.store
    .listBy('users', 'MISID', misId)
    .some((row) => row['Role'] === role && row['ID'] !== ownId && sameCustomer(call, row));
  return isTaken ? badRequest(call.switches, `MISID ${misId} is in use`) : null;
}

function refuseDuplicate(call: Call, values: Values): Reply | null {
  const isTaken = (property: 'MISID' | 'Email'): boolean => {
    const value = values[property];
    if (typeof value !== 'string') return false;
    return call.world.store.listBy('users', property, value).some((row) => sameCustomer(call, row));
  };
  const mode = call.switches['duplicate-create'];
  if (mode === '400-same-misid' && isTaken('MISID')) return badRequest(call.switches, 'MISID is in use');
  if (mode === '400-same-email' && isTaken('Email')) return badRequest(call.switches, 'Email is in use');
  return null;
}

/** What only a learner can have is ignored for other roles. */
export function dropLearnerOnly(role: number, values: Values): Values {
  const isKept = (name: string): boolean =>
    role === ROLE.learner || !TABLES.users.byLowerName.get(name.toLowerCase())?.flags.has('learner');
  return Object.fromEntries(Object.entries(values).filter(([name]) => isKept(name)));
}

function readUser(call: Call): Checked<Values> {
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
  const values = readUser(call);
  if (values.kind === 'refused') return values.reply;
  const { store } = call.world;
  const id = store.nextId('users');
  const user = store.put('users', toNewRow(store, 'users', id, { values: values.value, now: nowIso(call) }));
  switch (call.switches['user-create-answer']) {
    case 'id-username-echo':
      return okReply(encodeRow(TABLES.users, user, 'full', call.switches));
    case 'id-only':
      return jsonReply(200, { ID: id });
    case 'bare-id':
      return createdReply(call, id);
  }
}
