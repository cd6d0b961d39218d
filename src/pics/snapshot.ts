import { randomUUID } from 'node:crypto';
import type { ChangeEntity } from '../domain/change.ts';
import { fromOwnerLane, type OwnerKind, toOwnerLane } from '../domain/owner.ts';
import { toText } from './changes.ts';
import { type MappedTable, type PresentColumns, toKeySql, toTableSql } from './mapping.ts';
import type { Queryable } from './queryable.ts';
import { keyFields, referenceTables } from './tables.ts';

/** What a column `data` of a signal holds at most, characters. */
const widestData = 2048;
/** A snapshot of the whole table costs less than more signals than these. */
const mostSignals = 8;

/** Lanes of learners with a row in a captured table; of those of officers and organisations, theirs. */
export async function readLanesOf(
  database: Queryable,
  columns: PresentColumns,
  table: string,
): Promise<ReadonlySet<string>> {
  const { entity, field, kind } = findTable(table);
  return columns.with(async (mapping) => {
    const { rows } = await database.query<{ key: string | null }>({
      text: `select distinct ${toKeySql(mapping[entity], field, 't')}::text as key from ${toTableSql(mapping[entity])} t`,
    });
    const keys = rows.map(({ key }) => toText(key)).filter((key) => key !== null);
    return new Set(keys.map((code) => (kind === null ? code : toOwnerLane({ kind, code }))));
  });
}

/**
 * Asks the connector to read rows of a table again, beside its other work: an incremental snapshot.
 *
 * The connector finds the signal in the database's log, so the row is deleted as soon as it was inserted: the table
 * holds nothing that somebody would have to clear away. A signal has room for some 150 learners; a longer list becomes several, and
 * a very long one a snapshot of the whole table. Null: the whole table.
 */
export async function requestSnapshot(
  database: Queryable,
  columns: PresentColumns,
  { table, lanes }: { readonly table: string; readonly lanes: readonly string[] | null },
): Promise<void> {
  const { entity, field } = findTable(table);
  if (lanes?.length === 0) return;
  const keys = lanes?.map((lane) => fromOwnerLane(lane)?.code ?? lane) ?? null;
  const mapping = await columns.current();
  for (const data of toSignals(mapping[entity], field, keys)) {
    const id = randomUUID();
    await database.query({
      text: `insert into picsync.signal (id, type, data) values ($1, 'execute-snapshot', $2)`,
      values: [id, data],
    });
    await database.query({ text: 'delete from picsync.signal where id = $1', values: [id] });
  }
}

function toSignals(table: MappedTable, field: string, keys: readonly string[] | null): readonly string[] {
  const whole = [toSignal(table, null)];
  if (keys === null) return whole;
  const signals: string[] = [];
  let values: string[] = [];
  const withValues = (): string => toSignal(table, `${toKeySql(table, field)} in (${values.join(', ')})`);
  for (const key of keys) {
    const value = `'${key.replaceAll("'", "''")}'`;
    values.push(value);
    if (withValues().length <= widestData) continue;
    values.pop();
    signals.push(withValues());
    values = [value];
    if (signals.length === mostSignals) return whole;
  }
  return [...signals, withValues()];
}

/** The connector takes the table's name as a regular expression. */
function toSignal({ schema, table }: MappedTable, filter: string | null): string {
  const name = `${schema}.${table}`.replaceAll(/[^A-Za-z0-9_]/g, (character) => `\\${character}`);
  return JSON.stringify({
    type: 'incremental',
    'data-collections': [name],
    ...(filter !== null && { 'additional-conditions': [{ 'data-collection': name, filter }] }),
  });
}

type LaneTable = {
  readonly entity: ChangeEntity;
  /** Which key names the learner, officer or organisation. */
  readonly field: 'ident' | 'code';
  /** Null: learners. */
  readonly kind: OwnerKind | null;
};

/** By its name in the reference schema. */
function findTable(table: string): LaneTable {
  for (const entity of Object.keys(keyFields) as ChangeEntity[]) {
    const reference = referenceTables[entity];
    if (reference.table !== table) continue;
    if (entity === 'officer' || entity === 'organisation') return { entity, field: 'code', kind: entity };
    if (reference.schema === 'pics') return { entity, field: 'ident', kind: null };
  }
  throw new Error(`the table ${table} has no rows of learners, officers or organisations`);
}
