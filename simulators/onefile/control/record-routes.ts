import { toNewRow } from '../state/new-row.ts';
import type { Row, RowId, Value } from '../state/row.ts';
import { isKind, KINDS, type Kind, TABLES } from '../state/tables.ts';
import { coerce, isBlank } from '../wire/coerce.ts';
import type { World } from '../world.ts';
import { badInput, type DoorReply, type DoorRoutes, done, type Knock, unknown } from './door.ts';

type Read = { kind: 'read'; values: Record<string, Value> } | { kind: 'faulty'; error: string };

const faulty = (error: string): Read => ({ kind: 'faulty', error });

/** Record properties by their wire names, in any case. A name no record has is a fault. */
export function readRecord(kind: Kind, record: unknown): Read {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return faulty(`${kind} must hold objects`);
  }
  const values: Record<string, Value> = {};
  for (const [name, given] of Object.entries(record)) {
    const property = TABLES[kind].byLowerName.get(name.toLowerCase());
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

interface Loaded {
  readonly kind: Kind;
  readonly id: RowId;
  readonly values: Record<string, Value>;
}

function readLoad(body: Knock['body']): Loaded[] | string {
  const loaded: Loaded[] = [];
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

function withDefaults(world: World, { kind, values }: Loaded): Record<string, Value> {
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
    world.store.put(each.kind, toNewRow(world.store, each.kind, each.id, { values, now }));
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
