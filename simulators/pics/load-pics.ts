import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { Dataset } from './generate/dataset.ts';
import { learnerTables, type PicsRows, type PicsTable, sharedTables } from './generate/rows.ts';

const batchRows = 1000;

export interface LoadProgress {
  learners: number;
  of: number;
}

/** Creates the reference schema `pics`. Does nothing where it is there already. */
export async function createPicsSchema(client: pg.ClientBase): Promise<void> {
  await client.query(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
}

/**
 * Writes a seeded set into the reference schema, in one transaction, and gives the number of rows by table.
 *
 * A row that is there already is an error: nothing of a real site can be overwritten by mistake.
 */
export async function loadPics(
  client: pg.ClientBase,
  dataset: Dataset,
  onProgress: (progress: LoadProgress) => void = () => {},
): Promise<Map<PicsTable, number>> {
  const counts = new Map<PicsTable, number>();
  const insert = async (table: PicsTable, rows: readonly object[]): Promise<void> => {
    if (rows.length === 0) return;
    counts.set(table, (counts.get(table) ?? 0) + rows.length);
    await client.query(toInsert(table, rows[0] ?? {}), [JSON.stringify(rows)]);
  };
  await client.query('begin');
  try {
    for (const table of sharedTables)
      for (const batch of toBatches<object>(dataset.rows(table), batchRows)) await insert(table, batch);
    let loaded = 0;
    for (const learners of toBatches(dataset.learners(), batchRows / 4)) {
      for (const table of learnerTables)
        await insert(
          table,
          learners.flatMap(({ rows }): PicsRows[typeof table][number][] => rows[table]),
        );
      loaded += learners.length;
      onProgress({ learners: loaded, of: dataset.inputs.learners });
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
  return counts;
}

function toInsert(table: PicsTable, row: object): string {
  const name = `pics.${pg.escapeIdentifier(table)}`;
  const columns = Object.keys(row).map(pg.escapeIdentifier).join(', ');
  return `insert into ${name} (${columns}) select ${columns} from json_populate_recordset(null::${name}, $1::json)`;
}

export function* toBatches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
