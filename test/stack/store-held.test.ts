import { expect } from 'vitest';
import type { OutcomeRecord } from '../../src/domain/ledger.ts';
import {
  countHeldByReason,
  deleteHeldBefore,
  listHeld,
  readIdentsHeldFor,
  retryHeld,
  skipHeld,
} from '../../src/store/held.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { anIntent, anOutcome, learner } from '../support/ledger-records.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

const refused = { subject: 'review:1', code: 'VENDOR_REFUSED', params: { what: 'x' }, requestHash: 'h1' };
const query = { ...learner, officers: [], organisations: [], learnerVendorIds: [] };

async function setup() {
  const database = await openStoreDatabase();
  const { pool } = database;
  const ledger = createLedger(pool);
  const record = async (change: Partial<OutcomeRecord>): Promise<void> => {
    const ident = change.ident ?? learner.ident;
    const { version } = await ledger.readLane({ ...query, ident });
    expect(await ledger.recordOutcome(anOutcome({ ...change, version }))).toMatchObject({ kind: 'recorded' });
  };
  const held = async () => (await ledger.readLane(query)).held;
  return { database, pool, ledger, record, held };
}

stackTest('an item is held once however often it is found, and follows its reason', async () => {
  const { database, record, held } = await setup();
  await using _ = database;
  await record({ holds: [refused, { ...refused, subject: 'review:2' }] });
  const [first] = await held();
  expect(first).toMatchObject({ ...refused, tries: 1 });
  await record({ holds: [refused] });
  expect(await held()).toHaveLength(2);
  await record({ holds: [{ ...refused, code: 'NO_ASSESSOR', requestHash: null }] });
  expect((await held())[0]).toMatchObject({
    id: first?.id,
    code: 'NO_ASSESSOR',
    requestHash: null,
    tries: 1,
  });
});

stackTest('what is released is closed and stays as history; found again it is a new item', async () => {
  const { database, pool, record, held } = await setup();
  await using _ = database;
  await record({ holds: [refused] });
  await record({ released: ['review:1', 'review:none'] });
  expect(await held()).toEqual([]);
  expect(await listHeld(pool, { state: 'closed' })).toMatchObject([{ subject: 'review:1', how: 'released' }]);
  await record({ holds: [refused], released: ['review:1'] });
  expect(await held()).toMatchObject([{ tries: 1 }]);
});

stackTest(
  'a retried item leaves the lane, and counts a try and keeps its age when it is held again',
  async () => {
    const { database, pool, ledger, record, held } = await setup();
    await using _ = database;
    await record({ holds: [refused] });
    const [first] = await held();
    const { version } = await ledger.readLane(query);
    expect(await retryHeld(pool, { ids: [first?.id ?? ''] }, { by: 'ann' })).toMatchObject([
      { vendor: 'onefile', ident: '00017', subject: 'review:1', code: refused.code, params: refused.params },
    ]);
    expect(await held()).toEqual([]);
    expect(await ledger.recordIntent(anIntent({ version }))).toEqual({ kind: 'conflict' });
    await record({ holds: [refused] });
    expect(await held()).toMatchObject([{ tries: 2, sinceMs: first?.sinceMs }]);
    expect(await listHeld(pool, { state: 'closed' })).toMatchObject([{ how: 'retried', by: 'ann' }]);
  },
);

stackTest('all items with one reason are retried at once, others are left', async () => {
  const { database, pool, record } = await setup();
  await using _ = database;
  await record({ holds: [refused, { ...refused, subject: 'aim:1', code: 'OTHER' }] });
  await record({ ident: '00018', holds: [refused] });
  const acted = await retryHeld(pool, { vendor: 'onefile', code: 'VENDOR_REFUSED' }, { by: 'ann' });
  expect(acted.map(({ ident }) => ident).sort()).toEqual(['00017', '00018']);
  expect(await listHeld(pool)).toMatchObject([{ subject: 'aim:1' }]);
});

stackTest('a retry that is given again tells the same items, and closes no others', async () => {
  const { database, pool, record } = await setup();
  await using _ = database;
  await record({ ident: 'officer:JB', holds: [{ ...refused, subject: 'officer:JB' }] });
  const act = { by: 'ann', request: '7b0c2a7e' };
  const choice = { vendor: 'onefile', idents: ['officer:JB'] } as const;
  expect(await retryHeld(pool, choice, act)).toMatchObject([{ ident: 'officer:JB' }]);
  await record({ ident: '00018', holds: [refused] });
  expect(await retryHeld(pool, choice, act)).toMatchObject([{ ident: 'officer:JB' }]);
  expect(await retryHeld(pool, choice, { ...act, request: 'another' })).toEqual([]);
  expect(await listHeld(pool)).toMatchObject([{ ident: '00018' }]);
});

stackTest('a skipped item still keeps its request from being sent, until the request changes', async () => {
  const { database, pool, record, held } = await setup();
  await using _ = database;
  await record({ holds: [refused] });
  const [item] = await held();
  expect(await skipHeld(pool, item?.id ?? '', { reason: 'left the company', by: 'ann' })).toMatchObject({
    ident: '00017',
  });
  await record({ holds: [refused] });
  expect(await held()).toMatchObject([{ requestHash: 'h1' }]);
  expect(await listHeld(pool)).toEqual([]);
  expect(await countHeldByReason(pool)).toEqual([]);
  expect(await listHeld(pool, { state: 'skipped' })).toMatchObject([
    { by: 'ann', reason: 'left the company' },
  ]);
  await record({ holds: [{ ...refused, requestHash: 'h2' }] });
  expect(await listHeld(pool)).toMatchObject([{ requestHash: 'h2', by: null }]);
});

stackTest('what waits is counted by reason, with the oldest, and found by what it waits for', async () => {
  const { database, pool, record } = await setup();
  await using _ = database;
  expect(await countHeldByReason(pool)).toEqual([]);
  const waiting = { subject: 'review:1', code: 'NO_ASSESSOR', params: { officer: 'AB' }, requestHash: null };
  await record({ holds: [waiting, { ...refused, subject: 'aim:1' }] });
  await record({ ident: '00018', holds: [waiting] });
  expect(await countHeldByReason(pool)).toMatchObject([
    { vendor: 'onefile', code: 'NO_ASSESSOR', count: 2 },
    { code: 'VENDOR_REFUSED', count: 1 },
  ]);
  const [first] = await listHeld(pool, { code: 'NO_ASSESSOR' });
  expect((await countHeldByReason(pool))[0]?.oldestSinceMs).toBe(first?.sinceMs);
  const waitingFor = (value: string) => readIdentsHeldFor(pool, 'onefile', { name: 'officer', value });
  expect(await waitingFor('AB')).toEqual(['00017', '00018']);
  expect(await waitingFor('CD')).toEqual([]);
  expect(await listHeld(pool, { ident: '00018', code: 'NO_ASSESSOR' })).toHaveLength(1);
});

stackTest('closed items that are old are dropped bit by bit; open and skipped ones stay', async () => {
  const { database, pool, record, held } = await setup();
  await using _ = database;
  const subjects = ['review:1', 'review:2', 'review:3'];
  await record({ holds: subjects.map((subject) => ({ ...refused, subject })) });
  await record({ released: subjects });
  await record({ holds: [refused, { ...refused, subject: 'review:4' }] });
  const skipped = (await held()).find(({ subject }) => subject === 'review:4');
  await skipHeld(pool, skipped?.id ?? '', { reason: 'left', by: 'ann' });
  await pool.query(`update sync.held set since = now() - interval '2 days'`);
  await pool.query(
    `update sync.held set closed_at = now() - interval '2 days' where closed_at is not null and subject <> 'review:3'`,
  );
  const yesterday = new Date(Date.now() - 86_400_000);
  expect(await deleteHeldBefore(pool, yesterday, { signal: AbortSignal.abort() })).toBe(0);
  expect(await deleteHeldBefore(pool, yesterday, { rowsAtOnce: 1 })).toBe(2);
  expect(await listHeld(pool, { state: 'closed' })).toMatchObject([{ subject: 'review:3' }]);
  expect((await held()).map(({ subject }) => subject).sort()).toEqual(['review:1', 'review:4']);
});
