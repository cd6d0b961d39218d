/*
 * The part of the control door that shows and sets the state of the simulator: health and reset, switches, clock,
 * records, and the history of calls and changes. Records are loaded whole or not at all, and a property name that
 * no record has is refused.
 */

import { badInput, type DoorReply, done, explainBody, unknown } from '../../common/door.ts';
import { after, readWhole } from '../../common/door-routes.ts';
import { parseDateMs, toIso } from '../../common/instant.ts';
import { toComparablePath } from '../../common/scripted-rules.ts';
import type { CallEntry } from '../history.ts';
import { isSize, SIZES } from '../settings.ts';
import { findProperty, type Row, type RowId, type Value } from '../state/row.ts';
import { isKind, KINDS, type Kind, TABLES } from '../state/tables.ts';
import { decideSwitches, defaultSwitches } from '../switches.ts';
import { coerce, isBlank } from '../wire.ts';
import { resetWorld, type World } from '../world.ts';
import type { DoorRoutes, Knock } from './door.ts';

const countRecords = (world: World): Record<string, number> =>
  Object.fromEntries(KINDS.map((kind) => [kind, world.store.size(kind)]));

function showHealth({ world }: Knock): DoorReply {
  return done({ ok: true, ...world.options, now: world.clock.nowIso() });
}

function reset({ world, body }: Knock): DoorReply {
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

function changeSwitches({ world, body }: Knock): DoorReply {
  const change = decideSwitches(world.switches, body);
  if (change.kind === 'refused') return badInput(change.error);
  world.switches = change.values;
  return done(change.values);
}

export function addStateRoutes(routes: DoorRoutes): void {
  routes.add('GET', 'health', showHealth);
  routes.add('POST', 'reset', reset);
  routes.add('GET', 'switches', ({ world }) => done(world.switches));
  routes.add('PATCH', 'switches', changeSwitches);
  routes.add('DELETE', 'switches', ({ world }) => {
    world.switches = defaultSwitches();
    return done(world.switches);
  });
}

type RecordReading = { kind: 'read'; values: Record<string, Value> } | { kind: 'faulty'; error: string };

const faulty = (error: string): RecordReading => ({ kind: 'faulty', error });

/** Record properties by their wire names, in any case. A name no record has is a fault. */
export function readRecord(kind: Kind, record: unknown): RecordReading {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return faulty(`${kind} must hold objects`);
  }
  const values: Record<string, Value> = {};
  for (const [name, given] of Object.entries(record)) {
    const property = findProperty(TABLES[kind], name);
    if (property === undefined) return faulty(`${kind} has no property ${name}`);
    if (isBlank(given)) {
      values[property.name] = null;
      continue;
    }
    const value = coerce(given, property.type);
    if (value === undefined) return faulty(`${kind}.${property.name} is not a valid ${property.type}`);
    values[property.name] = value;
  }
  return { kind: 'read', values };
}

interface LoadEntry {
  readonly kind: Kind;
  readonly id: RowId;
  readonly values: Record<string, Value>;
}

function readLoad(body: Knock['body']): LoadEntry[] | string {
  const loaded: LoadEntry[] = [];
  for (const [kind, records] of Object.entries(body)) {
    if (!isKind(kind)) return `unknown kind ${kind}`;
    if (!Array.isArray(records)) return `${kind} must be a list`;
    for (const record of records) {
      const read = readRecord(kind, record);
      if (read.kind === 'faulty') return read.error;
      const id = read.values['ID'] ?? null;
      if (id === null) return `${kind} needs an ID in each record`;
      loaded.push({ kind, id: id as RowId, values: read.values });
    }
  }
  return loaded;
}

function withDefaults(world: World, { kind, values }: LoadEntry): Record<string, Value> {
  if (kind !== 'organisations' || (values['CustomerID'] ?? null) !== null) return values;
  return { ...values, CustomerID: (world.store.ids('customers')[0] as number | undefined) ?? 11 };
}

/** Loads records with given ids, inserting or replacing. One bad record and nothing is loaded. */
function loadRecords({ world, body }: Knock): DoorReply {
  const loaded = readLoad(body);
  if (typeof loaded === 'string') return badInput(loaded);
  world.history.attribute({ source: 'load' });
  const now = world.clock.nowIso();
  const counts: Record<string, number> = {};
  for (const each of loaded) {
    const values = withDefaults(world, each);
    world.store.create(each.kind, { values, now, id: each.id });
    counts[each.kind] = (counts[each.kind] ?? 0) + 1;
  }
  return done(counts);
}

function readId(kind: Kind, text: string | undefined): RowId {
  return TABLES[kind].idType === 'int' ? Number(text) : (text ?? '');
}

function findRow({ world, parameters }: Knock): Row | undefined {
  const [kind, id] = parameters;
  return kind !== undefined && isKind(kind) ? world.store.get(kind, readId(kind, id)) : undefined;
}

export function addRecordRoutes(routes: DoorRoutes): void {
  routes.add('POST', 'records', loadRecords);
  routes.add('GET', 'records', ({ world }) =>
    done(Object.fromEntries(KINDS.map((kind) => [kind, world.store.list(kind)]))),
  );
  routes.add('GET', 'records/{kind}', ({ world, parameters: [kind] }) =>
    kind !== undefined && isKind(kind) ? done(world.store.list(kind)) : unknown('Kind'),
  );
  routes.add('GET', 'records/{kind}/{unitId}', (knock) => {
    const row = findRow(knock);
    return row === undefined ? unknown('Record') : done(row);
  });
}

function isWanted(entry: CallEntry, query: URLSearchParams): boolean {
  const method = query.get('method');
  const route = query.get('route');
  const status = query.get('status');
  const outcome = query.get('outcome');
  if (method !== null && entry.method !== method.toUpperCase()) return false;
  if (status !== null && String(entry.status) !== status) return false;
  if (outcome !== null && entry.outcome !== outcome) return false;
  return (
    route === null || (entry.route !== null && toComparablePath(entry.route) === toComparablePath(route))
  );
}

function listCalls({ world, query }: Knock): DoorReply {
  const since = readWhole(query, 'since');
  const limit = readWhole(query, 'limit');
  if (since.kind === 'faulty') return badInput(since.error);
  if (limit.kind === 'faulty') return badInput(limit.error);
  const wanted = after(world.history.calls, since.value).filter((entry) => isWanted(entry, query));
  return done(limit.value === null ? wanted : wanted.slice(0, limit.value));
}

function countBy(entries: readonly CallEntry[], read: (entry: CallEntry) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const entry of entries) {
    const key = read(entry);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function summarise({ world, query }: Knock): DoorReply {
  const since = readWhole(query, 'since');
  if (since.kind === 'faulty') return badInput(since.error);
  const calls = after(world.history.calls, since.value);
  return done({
    calls: calls.length,
    byRoute: countBy(calls, ({ method, route }) => `${method} ${route ?? '(unknown)'}`),
    byStatus: countBy(calls, ({ status }) => String(status ?? 'none')),
    byOutcome: countBy(calls, ({ outcome }) => outcome),
  });
}

function listChanges({ world, query }: Knock): DoorReply {
  const since = readWhole(query, 'since');
  return since.kind === 'faulty' ? badInput(since.error) : done(after(world.history.changes, since.value));
}

export function addHistoryRoutes(routes: DoorRoutes): void {
  routes.add('GET', 'calls', listCalls);
  routes.add('GET', 'calls/summary', summarise);
  routes.add('GET', 'changes', listChanges);
}
