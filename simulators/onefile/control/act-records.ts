import { badInput, type DoorReply, explainBody, unknown } from '../../common/door.ts';
import { isBareDate } from '../../common/instant.ts';
import { flagForDeletion, hasSignedWork } from '../resources/users.ts';
import { findProperty, idOf, type Row, type Value } from '../state/row.ts';
import { type Kind, ROLES, TABLES } from '../state/tables.ts';
import type { World } from '../world.ts';
import { acted, actOn, against, asPerson, type DoorRoutes, type Knock, readTypedDate } from './door.ts';
import { readRecord } from './state.ts';

type EditableKind = Extract<Kind, 'users' | 'placements' | 'classrooms' | 'standards'>;

/** Properties as typed by a person: calendar dates are stored as the switch says, null clears. */
function readTyped(world: World, kind: Kind, body: Knock['body']): ReturnType<typeof readRecord> {
  const read = readRecord(kind, body);
  if (read.kind === 'faulty') return read;
  for (const [name, given] of Object.entries(body)) {
    const property = findProperty(TABLES[kind], name);
    if (property?.type !== 'date' || typeof given !== 'string' || !isBareDate(given)) continue;
    const typed = readTypedDate(world, given);
    if (typed !== undefined) read.values[property.name] = typed;
  }
  return read;
}

function explainMissing(kind: EditableKind, values: Readonly<Record<string, Value>>): string | null {
  if (kind === 'standards') return values['Title'] ? null : 'Title is needed';
  if (!values['OrganisationID']) return 'OrganisationID is needed';
  if (kind !== 'users') return values['Name'] ? null : 'Name is needed';
  return ROLES.has(values['Role'] as number) ? null : 'Role must be one of 1, 4, 5, 10, 40, 45';
}

function create(kind: EditableKind): (knock: Knock) => DoorReply {
  return ({ world, body }) => {
    const read = readTyped(world, kind, body);
    if (read.kind === 'faulty') return badInput(read.error);
    if ((read.values['ID'] ?? null) !== null) return badInput('a new record gets its ID from OneFile');
    const missing = explainMissing(kind, read.values);
    if (missing !== null) return badInput(missing);
    const organisationId = read.values['OrganisationID'];
    if (
      typeof organisationId === 'number' &&
      world.store.get('organisations', organisationId) === undefined
    ) {
      return unknown('Organisation');
    }
    const store = asPerson(world);
    const now = world.clock.nowIso();
    return acted(store.create(kind, { values: read.values, now }));
  };
}

function edit(kind: EditableKind): (knock: Knock, row: Row) => DoorReply {
  return ({ world, body }, row) => {
    const read = readTyped(world, kind, body);
    if (read.kind === 'faulty') return badInput(read.error);
    const { ID: id, ...values } = read.values;
    if (id !== undefined && id !== idOf(row)) return badInput('an ID cannot be changed');
    const moved = kind === 'users' ? { LastModified: world.clock.nowIso() } : {};
    return acted(asPerson(world).patch(kind, row, { ...moved, ...values }));
  };
}

function setArchived(archived: boolean): (knock: Knock, row: Row) => DoorReply {
  return ({ world, body }, user) => {
    const fault = explainBody(body, {});
    if (fault !== null) return badInput(fault);
    if (user['archived'] === archived) return acted(user);
    return acted(asPerson(world).patch('users', user, { archived, LastModified: world.clock.nowIso() }));
  };
}

function deleteUser({ world, body }: Knock, user: Row): DoorReply {
  const fault = explainBody(body, {});
  if (fault !== null) return badInput(fault);
  if (hasSignedWork(world.store, idOf(user) as number)) return against('the user has signed work');
  asPerson(world);
  return acted(flagForDeletion(world, user));
}

export function addRecordActs(routes: DoorRoutes): void {
  for (const [kind, what] of [
    ['users', 'User'],
    ['placements', 'Placement'],
    ['classrooms', 'Classroom'],
    ['standards', 'Standard'],
  ] as const) {
    routes.add('POST', `act/${kind}`, create(kind));
    routes.add('POST', `act/${kind}/{id}/edit`, actOn(kind, what, edit(kind)));
  }
  routes.add('POST', 'act/users/{id}/archive', actOn('users', 'User', setArchived(true)));
  routes.add('POST', 'act/users/{id}/unarchive', actOn('users', 'User', setArchived(false)));
  routes.add('POST', 'act/users/{id}/delete', actOn('users', 'User', deleteUser));
}
