import pg from 'pg';
import { expect, onTestFinished } from 'vitest';
import { createDataset } from '../../simulators/pics/generate/dataset.ts';
import { picsTables } from '../../simulators/pics/generate/rows.ts';
import { createPicsSchema, loadPics } from '../../simulators/pics/load.ts';
import { stackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';

async function setup() {
  const { postgres } = useStack();
  const database = uniqueName('pics_load');
  const admin = new pg.Client(postgres);
  await admin.connect();
  await admin.query(`create database ${database}`);
  const client = new pg.Client({ ...postgres, database });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await admin.query(`drop database ${database}`);
    await admin.end();
  });
  await createPicsSchema(client);
  return client;
}

stackTest('every row of a seeded set arrives in its table', async () => {
  const client = await setup();
  const dataset = createDataset({ learners: 60 });
  const counts = await loadPics(client, dataset);
  for (const table of picsTables) {
    const { rows } = await client.query<{ count: number }>(`select count(*)::int from pics."${table}"`);
    expect([table, rows[0]?.count]).toEqual([table, [...dataset.rows(table)].length]);
    expect(counts.get(table) ?? 0).toBe(rows[0]?.count);
  }
});

stackTest('text arrives padded to its width, letters whole, and long notes out of line', async () => {
  const client = await setup();
  const dataset = createDataset({ learners: 50 });
  await loadPics(client, dataset);
  const read = async (ident: string) => {
    const { rows } = await client.query(
      'select firstname, surname, length(notes) as notes, pg_column_size(notes) as stored from pics.trainee where ident = $1',
      [ident],
    );
    return rows[0];
  };
  expect((await read('10004')).firstname).toBe('Siobhán'.normalize('NFD').padEnd(100));
  const { notes, stored } = await read('10030');
  expect(notes).toBe(200_000);
  expect(stored).toBeGreaterThan(8192);
});

stackTest('a second load is refused whole', async () => {
  const client = await setup();
  const dataset = createDataset({ learners: 50 });
  await loadPics(client, dataset);
  await expect(loadPics(client, dataset)).rejects.toMatchObject({ code: '23505' });
  const { rows } = await client.query('select count(*)::int from pics.trainee');
  expect(rows).toEqual([{ count: 50 }]);
});
