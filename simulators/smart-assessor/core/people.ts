/*
 * Employers, assessors and learners: create and update. A create checks no likeness unless a switch puts near matches
 * into a queue: sent twice, it makes two records. Every function judges first and changes nothing before `apply`.
 */

import { stampNow, type World } from '../world.ts';
import { giveWelcomeChance } from './courses.ts';
import { type Field, idOf, type PersonKind, type Row } from './fields.ts';
import { type Given, isRefusal, type Manner, readCreate, readPatch } from './input.ts';
import { accepted, type Judged, notFound, type Refusal, taken, unfit } from './refusal.ts';
import { textOf } from './values.ts';

const TITLES = { employers: 'employer', assessors: 'assessor', learners: 'learner' } as const;

/** What a façade demands of a new record beside what the switches demand. */
export type Demands = (field: Field) => boolean;

export interface NewPerson {
  readonly given: Given;
  readonly isLenient: boolean;
  readonly demands: Demands;
  readonly isPasswordSent: boolean;
  /** Null: not said. */
  readonly sendWelcomeEmail: boolean | null;
}

const mannerOf = ({ switches }: World, isLenient: boolean): Manner => ({ switches, isLenient });

/** Judges a create; `apply` answers the new id. */
export function judgeCreate(world: World, kind: PersonKind, person: NewPerson): Judged<string | number> {
  const { switches } = world;
  const isRequired = (field: Field): boolean =>
    person.demands(field) ||
    (kind === 'learners' && field.name === 'employerId' && switches['employer-required'] === 'on') ||
    (kind === 'learners' && field.name === 'sex' && switches['sex-required'] === 'on');
  const read = readCreate(kind, person.given, mannerOf(world, person.isLenient), isRequired);
  if (isRefusal(read)) return read;
  const login = kind === 'assessors' ? judgeLogin(world, read, person) : {};
  if (isRefusal(login)) return login;
  const values: Row = { ...withoutDropped(world, read), ...login, ...welcomeWish(world, kind, person) };
  const refusal = refuseUniqueness(world, kind, read) ?? refuseEmployer(world, kind, values);
  if (refusal !== null) return refusal;
  const candidates = switches['near-match'] === 'queue' ? findNearMatches(world, kind, read) : [];
  if (candidates.length > 0 && kind !== 'assessors') return queue(world, kind, values, candidates);
  return accepted(() => insertPerson(world, kind, values));
}

/** Inserts a judged person and gives a learner what comes with being made. */
export function insertPerson(world: World, kind: PersonKind, values: Row): string | number {
  const id = world.store.nextId(kind);
  const row = world.store.put(kind, { ...values, id }, stampNow(world));
  if (kind === 'learners' && world.switches['welcome-mail'] === 'on-create') {
    giveWelcomeChance(world, row, 'create');
  }
  return id;
}

function welcomeWish(world: World, kind: PersonKind, { sendWelcomeEmail }: NewPerson): Row {
  if (kind !== 'learners') return {};
  return { sendWelcomeEmail: sendWelcomeEmail ?? world.switches['welcome-mail-default'] === 'on' };
}

function withoutDropped({ switches }: World, values: Row): Row {
  if (switches['mis-id'] === 'stored') return values;
  const { misId: _, ...others } = values;
  return others;
}

/** The login of a new assessor, or why there is none. */
function judgeLogin(world: World, values: Row, { isPasswordSent }: NewPerson): Row | Refusal {
  const { switches, store } = world;
  const required = (field: string): Refusal => ({
    kind: 'refused',
    status: 400,
    code: 'Validation',
    message: 'The request is not valid.',
    fields: { [field]: ['The field is required.'] },
  });
  if (switches['password-demanded'] === 'on' && !isPasswordSent) return required('password');
  const isTaken = (name: string): boolean =>
    store.list('assessors').some((row) => textOf(row['userName'])?.toLowerCase() === name.toLowerCase());
  if (switches['user-name'] === 'generated') {
    const base = `${values['firstName']}.${values['lastName']}`.toLowerCase().replace(/[^a-z0-9.]/g, '');
    let userName = base;
    for (let n = 2; isTaken(userName); n += 1) userName = `${base}${n}`;
    return { userName };
  }
  const given = textOf(values['userName']);
  const userName = given ?? (switches['user-name'] === 'required' ? null : textOf(values['email']));
  if (userName === null) return required('userName');
  return isTaken(userName) ? taken('userName', 'The user name is taken.') : { userName };
}

function refuseUniqueness({ store, switches }: World, kind: PersonKind, values: Row): Refusal | null {
  if (switches['mis-id-unique'] === 'off') return null;
  const misId = textOf(values['misId']);
  const isTaken = misId !== null && store.list(kind).some((row) => row['misId'] === misId);
  return isTaken ? taken('misId', 'The MIS id is taken.') : null;
}

function refuseEmployer({ store }: World, kind: PersonKind, values: Row): Refusal | null {
  const id = values['employerId'] ?? null;
  if (kind !== 'learners' || id === null || store.get('employers', String(id)) !== undefined) return null;
  return unfit('employerId', 'The employer was not found.');
}

/** Employers with the same EDRS and postcode, learners with the same ULN. */
function findNearMatches({ store }: World, kind: PersonKind, values: Row): string[] {
  const names = kind === 'employers' ? ['edrsNumber', 'address.postCode'] : ['uln'];
  const isSame = (row: Row): boolean =>
    names.every((name) => {
      const wanted = textOf(values[name]);
      return wanted !== null && textOf(row[name])?.trim() === wanted.trim();
    });
  return store
    .list(kind)
    .filter(isSame)
    .map((row) => idOf(kind, row));
}

function queue(
  world: World,
  kind: 'employers' | 'learners',
  values: Row,
  candidates: readonly string[],
): Refusal {
  const enqueue = (): void => {
    const n = world.matchQueue.length + 1;
    const at = world.clock.nowIso();
    world.matchQueue.push({ n, at, kind, values, candidates, decision: null, recordId: null });
  };
  const message = 'The record is waiting to be matched.';
  return { kind: 'refused', status: 202, code: 'Matching', message, fields: {}, enqueue };
}

/** Judges an update of the record that the call names. */
export function judgeUpdate(
  world: World,
  kind: PersonKind,
  id: string,
  { given, isLenient }: { given: Given; isLenient: boolean },
): Judged<void> {
  const { store, switches } = world;
  const read = readPatch(kind, given, mannerOf(world, isLenient));
  if (isRefusal(read)) return read;
  const row = findPerson(world, kind, id);
  if (row === undefined) return notFound(TITLES[kind]);
  const isArchived = row['isArchived'] === true;
  if (isArchived && switches['archived-update'] === 'refuse') {
    return unfit('isArchived', `The ${TITLES[kind]} is archived.`);
  }
  const refusal =
    refuseEmployer(world, kind, read) ?? (kind === 'learners' ? refuseIgnored(world, read) : null);
  if (refusal !== null) return refusal;
  const patch = withoutIgnored(world, kind, withoutDropped(world, read));
  return accepted(() => void store.patch(kind, row, patch, world.clock.nowIso()));
}

/** The record by its id, as far as a partner may reach it. */
export function findPerson({ store, switches }: World, kind: PersonKind, id: string): Row | undefined {
  const row = store.get(kind, id);
  const isGone = row?.['isArchived'] === true && switches['archived-visibility'] === 'gone';
  return isGone ? undefined : row;
}

const ignoredFields = ({ switches }: World): string[] => switches['ignored-learner-fields'].split(',');

function refuseIgnored(world: World, patch: Row): Refusal | null {
  if (world.switches['ignored-answer'] === 'silent') return null;
  const name = ignoredFields(world).find((ignored) => patch[ignored] !== undefined);
  return name === undefined ? null : unfit(name, 'The site does not allow this field to be updated.');
}

function withoutIgnored(world: World, kind: PersonKind, patch: Row): Row {
  if (kind !== 'learners') return patch;
  const ignored = ignoredFields(world);
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !ignored.includes(name)));
}
