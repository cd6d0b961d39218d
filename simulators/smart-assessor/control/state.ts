/*
 * The part of the control door that shows and sets the state of the simulator: health and reset, switches, records, the
 * outbox, the queue of near matches, and the history of calls and changes. Records are loaded whole or not at all, and a
 * property name that no record has is refused.
 */

import {
  badInput,
  type DoorReply,
  type DoorRoutes,
  done,
  explainBody,
  type Knock,
  unknown,
} from '../../common/door.ts';
import { after, readWhole } from '../../common/door-routes.ts';
import { parseDateMs, toIso } from '../../common/instant.ts';
import { doorLearnerCourse } from '../core/courses.ts';
import { flat, idOf, isKind, KINDS, type Kind, nested, type Row, type Value } from '../core/fields.ts';
import { readDoorRecord, readValue } from '../core/input.ts';
import { insertPerson } from '../core/people.ts';
import { courseQan, rowsOf } from '../core/sessions.ts';
import { normalId } from '../core/values.ts';
import type { CallEntry } from '../history.ts';
import { isSize, SIZES } from '../settings.ts';
import { decideSwitches, defaultSwitches } from '../switches.ts';
import { type QueuedMatch, resetWorld, type World } from '../world.ts';

type SimKnock = Knock<World>;

const countRecords = (world: World): Record<string, number> =>
  Object.fromEntries(KINDS.map((kind) => [kind, world.store.size(kind)]));

function reset({ world, body }: SimKnock): DoorReply {
  const fault = explainBody(body, { seed: 'whole', size: 'text', asOf: 'text', switches: 'object' });
  if (fault !== null) return badInput(fault);
  const { seed = world.options.seed, size = world.options.size, asOf = world.options.asOf } = body;
  if (!isSize(size)) return badInput(`size must be one of ${SIZES.join(', ')}`);
  const asOfMs = parseDateMs(asOf as string);
  if (asOfMs === null) return badInput('asOf must be a date');
  const switches = decideSwitches(defaultSwitches(), (body['switches'] ?? {}) as Record<string, unknown>);
  if (switches.kind === 'refused') return badInput(switches.error);
  resetWorld(world, { seed: seed as number, size, asOf: toIso(asOfMs) });
  world.switches = switches.values;
  return done(countRecords(world));
}

function changeSwitches({ world, body }: SimKnock): DoorReply {
  const change = decideSwitches(world.switches, body);
  if (change.kind === 'refused') return badInput(change.error);
  world.switches = change.values;
  return done(change.values);
}

export function addStateRoutes(routes: DoorRoutes<World>): void {
  routes.add('GET', 'health', ({ world }) =>
    done({ ok: true, ...world.options, now: world.clock.nowIso(), records: countRecords(world) }),
  );
  routes.add('POST', 'reset', reset);
  routes.add('GET', 'switches', ({ world }) => done(world.switches));
  routes.add('PATCH', 'switches', changeSwitches);
  routes.add('DELETE', 'switches', ({ world }) => {
    world.switches = defaultSwitches();
    return done(world.switches);
  });
  routes.add('GET', 'outbox', ({ world }) => done(world.outbox));
  routes.add('GET', 'match-queue', ({ world }) =>
    done(world.matchQueue.map((entry) => ({ ...entry, values: nested(entry.values) }))),
  );
  routes.add('POST', 'act/match-queue/{n}', decideMatch);
}

/** The record as the door shows it: raw, with what follows from it. */
export function showRow(world: World, kind: Kind, row: Row): Record<string, Value> {
  if (kind === 'learnerCourses') return doorLearnerCourse(world, row);
  if (kind !== 'sessions') return nested(row);
  const rows = rowsOf(row).map(({ learnerId, courseId, status }) => ({
    learnerId,
    courseId,
    qanCode: courseQan(world, courseId),
    status,
  }));
  return { ...nested(row), rows };
}

/** A near match becomes a record of its own, or is the record that is kept, which then gets its MIS id. */
function decideMatch({ world, parameters: [n], body }: SimKnock): DoorReply {
  const fault = explainBody(body, { decision: 'text', intoId: 'text' });
  if (fault !== null) return badInput(fault);
  const at = Number(n) - 1;
  const entry = world.matchQueue[at];
  if (entry === undefined) return unknown('Match');
  if (entry.decision !== null) {
    return done({ rule: 'decided-is-final', message: 'The match has been decided.' }, 409);
  }
  const { decision } = body;
  if (decision !== 'new' && decision !== 'merge') return badInput('decision must be new or merge');
  world.history.attribute({ source: 'person' });
  const recordId =
    decision === 'new' ? String(insertPerson(world, entry.kind, entry.values)) : merge(world, entry, body);
  if (recordId === null) return unknown('Record');
  world.matchQueue[at] = { ...entry, decision, recordId };
  return done({
    id: recordId,
    record: showRow(world, entry.kind, world.store.get(entry.kind, recordId) ?? {}),
  });
}

function merge({ store, clock }: World, entry: QueuedMatch, body: SimKnock['body']): string | null {
  const id = normalId(String(body['intoId'] ?? entry.candidates[0] ?? ''));
  const row = store.get(entry.kind, id);
  if (row === undefined) return null;
  store.patch(entry.kind, row, { misId: entry.values['misId'] ?? null }, clock.nowIso());
  return id;
}

interface LoadEntry {
  readonly kind: Kind;
  readonly values: Row;
}

/** Sessions may be given as in REST, one learner and course with a status, or with their list of learners. */
function readSession(record: Record<string, unknown>): Record<string, unknown> | string {
  const { learnerId, courseId, courseIds, status, qanCode: _, learners, ...rest } = record;
  const given =
    learners ?? (learnerId === undefined ? [] : [{ learnerId, courseIds: courseIds ?? [courseId], status }]);
  if (!Array.isArray(given)) return 'sessions.learners must be a list';
  const attendances: Value[] = [];
  for (const one of given as Record<string, unknown>[]) {
    const ids = one['courseIds'] ?? [];
    const state =
      one['status'] === undefined ? 'Open' : readValue({ type: 'sessionStatus' }, one['status'], true);
    const isWhole =
      typeof one['learnerId'] === 'string' && Array.isArray(ids) && ids.every((id) => typeof id === 'string');
    if (!isWhole || state === undefined)
      return 'sessions.learners needs learnerId, courseIds and a known status';
    attendances.push({
      learnerId: normalId(one['learnerId'] as string),
      courseIds: ids.map(normalId),
      status: state,
    });
  }
  return { ...rest, learners: attendances };
}

function readLoad(world: World, body: SimKnock['body']): LoadEntry[] | string {
  const loaded: LoadEntry[] = [];
  for (const [kind, records] of Object.entries(body)) {
    if (!isKind(kind)) return `unknown kind ${kind}`;
    if (!Array.isArray(records)) return `${kind} must be a list`;
    for (const record of records) {
      if (typeof record !== 'object' || record === null || Array.isArray(record))
        return `${kind} must hold objects`;
      const given = kind === 'sessions' ? readSession(record) : flat(kind, record);
      if (typeof given === 'string') return given;
      const values = readDoorRecord(kind, given);
      if (typeof values === 'string') return values;
      if (/(^|\/)(null|undefined|)$/.test(idOf(kind, values))) return `${kind} needs an id in each record`;
      loaded.push({ kind, values: kind === 'learnerCourses' ? withTitle(world, values) : values });
    }
  }
  return loaded;
}

/** Loads are in no order, so the course may come with the same load: then its title must be given. */
function withTitle({ store }: World, values: Row): Row {
  const course = store.get('courses', String(values['courseId']));
  return { title: course?.['title'] ?? null, qanCode: course?.['qanCode'] ?? null, ...values };
}

/** Loads records with given ids, inserting or replacing, rules unchecked. One bad record and nothing is loaded. */
function loadRecords({ world, body }: SimKnock): DoorReply {
  const loaded = readLoad(world, body);
  if (typeof loaded === 'string') return badInput(loaded);
  world.history.attribute({ source: 'load' });
  const counts: Record<string, number> = {};
  for (const { kind, values } of loaded) {
    world.store.put(kind, values, { made: null, modifiedOn: world.clock.nowIso() });
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return done(counts);
}

function showKind({ world, parameters: [kind = ''] }: SimKnock): DoorReply {
  if (!isKind(kind)) return unknown('Kind');
  return done(world.store.list(kind).map((row) => showRow(world, kind, row)));
}

function showOne({ world, parameters: [kind = '', ...ids] }: SimKnock): DoorReply {
  if (!isKind(kind)) return unknown('Kind');
  const row = world.store.get(kind, ids.join('/').split('/').map(normalId).join('/'));
  return row === undefined ? unknown('Record') : done(showRow(world, kind, row));
}

export function addRecordRoutes(routes: DoorRoutes<World>): void {
  routes.add('POST', 'records', loadRecords);
  routes.add('GET', 'records', ({ world }) =>
    done(
      Object.fromEntries(
        KINDS.map((kind) => [kind, world.store.list(kind).map((row) => showRow(world, kind, row))]),
      ),
    ),
  );
  routes.add('GET', 'records/{kind}', showKind);
  routes.add('GET', 'records/{kind}/{learnerId}', showOne);
  routes.add('GET', 'records/{kind}/{learnerId}/{courseId}', showOne);
}

const FILTERS = ['operation', 'facade', 'outcome'] as const;

const isWanted = (entry: CallEntry, query: URLSearchParams): boolean =>
  FILTERS.every((name) => {
    const wanted = query.get(name);
    return wanted === null || entry[name] === wanted;
  });

function listCalls({ world, query }: SimKnock): DoorReply {
  const since = readWhole(query, 'since');
  if (since.kind === 'faulty') return badInput(since.error);
  return done(after(world.history.calls, since.value).filter((entry) => isWanted(entry, query)));
}

function listChanges({ world, query }: SimKnock): DoorReply {
  const since = readWhole(query, 'since');
  return since.kind === 'faulty' ? badInput(since.error) : done(after(world.history.changes, since.value));
}

export function addHistoryRoutes(routes: DoorRoutes<World>): void {
  routes.add('GET', 'calls', listCalls);
  routes.add('GET', 'changes', listChanges);
}
