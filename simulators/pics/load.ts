import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { Dataset } from './generate/dataset.ts';
import { learnerTables, type PicsRows, type PicsTable, sharedTables } from './generate/rows.ts';

const batchRows = 1000;
const batchRecords = 500;

interface LoadProgress {
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
    await client.query(insertStatement(table, rows[0] ?? {}), [JSON.stringify(rows)]);
  };
  await client.query('begin');
  try {
    for (const table of sharedTables)
      for (const batch of inBatches<object>(dataset.rows(table), batchRows)) await insert(table, batch);
    let loaded = 0;
    for (const learners of inBatches(dataset.learners(), batchRows / 4)) {
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

function insertStatement(table: PicsTable, row: object): string {
  const name = `pics.${pg.escapeIdentifier(table)}`;
  const columns = Object.keys(row).map(pg.escapeIdentifier).join(', ');
  return `insert into ${name} (${columns}) select ${columns} from json_populate_recordset(null::${name}, $1::json)`;
}

/** A record of a vendor, as the control door of its simulator takes it. */
interface VendorEntry {
  kind: string;
  record: object;
}

/** Which simulator the records of a vendor go to, and how it is called in messages. */
interface VendorDoor {
  title: string;
  /** The simulator's address, with or without `/_control`. */
  controlUrl: string;
}

/** Loads what OneFile holds of a seeded set into its simulator, and gives the number of records by kind. */
export async function loadOneFile(
  controlUrl: string,
  dataset: Dataset,
  onProgress: (records: number) => void = () => {},
): Promise<Map<string, number>> {
  return loadVendor({ title: 'OneFile', controlUrl }, dataset.oneFile(), onProgress);
}

/** The same for Smart Assessor. */
export async function loadSmartAssessor(
  controlUrl: string,
  dataset: Dataset,
  onProgress: (records: number) => void = () => {},
): Promise<Map<string, number>> {
  return loadVendor({ title: 'Smart Assessor', controlUrl }, dataset.smartAssessor(), onProgress);
}

async function loadVendor(
  { title, controlUrl }: VendorDoor,
  entries: Iterable<VendorEntry>,
  onProgress: (records: number) => void,
): Promise<Map<string, number>> {
  const url = `${controlUrl.replace(/\/+$/, '').replace(/\/_control$/, '')}/_control/records`;
  const counts = new Map<string, number>();
  let loaded = 0;
  for (const batch of inBatches(entries, batchRecords)) {
    for (const { kind } of batch) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    await post({ title, controlUrl: url }, groupByKind(batch));
    loaded += batch.length;
    onProgress(loaded);
  }
  return counts;
}

function groupByKind(batch: readonly VendorEntry[]): Record<string, object[]> {
  const kinds: Record<string, object[]> = {};
  for (const { kind, record } of batch) {
    const records = kinds[kind] ?? [];
    records.push(record);
    kinds[kind] = records;
  }
  return kinds;
}

async function post({ title, controlUrl }: VendorDoor, body: object): Promise<void> {
  const answer = await fetch(controlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch((error: unknown) => {
    throw new Error(`the ${title} simulator cannot be reached at ${controlUrl}`, { cause: error });
  });
  if (!answer.ok)
    throw new Error(`the ${title} simulator refused records: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

function* inBatches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
