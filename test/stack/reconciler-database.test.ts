import type { Pool } from 'pg';
import { expect } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { Place, RowAction } from '../../src/domain/rows.ts';
import { createPresentColumns, toMapping } from '../../src/pics/mapping.ts';
import {
  claimPlace,
  createOrigins,
  createWithReconcileTransaction,
  readParked,
} from '../../src/pics/reconcile.ts';
import { insertRequest, readRequest } from '../../src/pics/request.ts';
import { createReconciler } from '../../src/reconciling/reconcile.ts';
import { realClock } from '../../src/roles/ports.ts';
import { MemoryMeter } from '../memory/meter.ts';
import { MemoryStore } from '../memory/store.ts';
import { stackTest, uniqueName } from '../support/stack/use-stack.ts';
import { insertLearner, openPicsDatabase } from './pics-database.ts';

const topic = 'onefile.learning-aim';
const nothing = { items: [], parked: [], unparked: [], report: null };

/** The position of a partition as it stands in PICS; an offset of 0 = nothing was applied yet. */
async function readApplied(database: Pool, of: string, partition: number) {
  const { rows } = await database.query<{ epoch: string; next: string }>(
    'select epoch, next_offset as next from picsync.applied where topic = $1 and part = $2',
    [of, partition],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return { epoch: Number(row.epoch), nextOffset: row.next === '0' ? null : BigInt(row.next) };
}

async function setup(some: Parameters<typeof openPicsDatabase>[0] = {}) {
  const database = await openPicsDatabase(some);
  const mapping = toMapping();
  const unmarked: string[] = [];
  const columns = createPresentColumns({
    database: database.pool,
    mapping,
    onMissing: () => {},
    now: Date.now,
  });
  const origins = createOrigins({
    vendor: 'onefile',
    count: 2,
    prefix: database.originPrefix,
    onUnmarked: (reason) => unmarked.push(reason),
  });
  const withTransaction = createWithReconcileTransaction({ pool: database.openPool(), columns, origins });
  const write = (...actions: readonly RowAction[]) =>
    withTransaction(async (transaction) => {
      await transaction.applyActions(actions);
      return { commit: true, value: null };
    });
  const place = async (): Promise<Place> => {
    const { epoch } = await claimPlace(database.pool, topic, 0);
    return { topic, partition: 0, epoch };
  };
  return { ...database, withTransaction, write, unmarked, place };
}

function toUpdate(
  ident: string,
  set: Extract<RowAction, { kind: 'update-qualification' }>['set'],
): RowAction {
  return { kind: 'update-qualification', ident, reference: '500/1234/1', seq: 1, set };
}

async function readAim(
  owner: { query: (sql: string, values: unknown[]) => Promise<{ rows: unknown[] }> },
  ident: string,
) {
  const { rows } = await owner.query(
    `select trim(regno) as regno, regdate::text, tot_elem, done_elem, ctid::text from pics.trqual where ident = $1`,
    [ident],
  );
  return rows[0] as {
    regno: string;
    regdate: string | null;
    tot_elem: number;
    done_elem: number;
    ctid: string;
  };
}

stackTest('OF-72: the fifth line of an address is a user’s, and stays as it is', async () => {
  const { owner, write } = await setup();
  await owner.query(
    `insert into pics.placemnt (place, addr1, addr3, addr5) values ('P1', 'old', 'old', 'stays')`,
  );
  const set = { address: ['1 Mill Lane', 'Leeds', null, null] };
  await write({ kind: 'update-organisation', code: 'P1', set });
  const { rows } = await owner.query(
    'select trim(addr1) as a1, trim(addr2) as a2, addr3 as a3, trim(addr5) as a5 from pics.placemnt',
  );
  expect(rows).toEqual([{ a1: '1 Mill Lane', a2: 'Leeds', a3: null, a5: 'stays' }]);
});

stackTest(
  'a session killed inside its transaction leaves nothing behind, and the next one works',
  async () => {
    const { owner, pool, withTransaction, place } = await setup();
    await insertLearner(owner, '1');
    const mine = await place();
    const dying = withTransaction(async (transaction) => {
      await transaction.applyActions([toUpdate('1', { elementsDone: 7 })]);
      await owner.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`);
      await transaction.recordApplied({ ...nothing, place: mine, nextOffset: 5n });
      return { commit: true, value: null };
    });
    await expect(dying).rejects.toThrow();
    expect((await readAim(owner, '1')).done_elem).toBeNull();
    expect(await readApplied(pool, topic, 0)).toEqual({ epoch: 1, nextOffset: null });
    const next = await withTransaction(async () => ({ commit: true, value: 'works' }));
    expect(next).toEqual({ kind: 'ended', value: 'works' });
  },
);

stackTest(
  'everything a batch can ask for is read and locked with the grants of the sync’s role',
  async () => {
    const { owner, withTransaction } = await setup();
    const { reviewId } = await insertLearner(owner, '1');
    await owner.query(`insert into pics.officer (code, other_id) values ('OFF1', '77'), ('OFF2', '  ')`);
    await owner.query(`insert into pics.placemnt (place, add_id) values ('PLACE1', null)`);
    const result = await withTransaction(async (transaction) => {
      const rows = await transaction.readRows({
        idents: ['1', 'nobody'],
        officers: ['OFF1', 'OFF2', 'GONE'],
        organisations: ['PLACE1'],
        items: [],
        parts: ['own', 'episode', 'qualifications', 'reviews', 'details'],
      });
      const free = { trainee: 0, epidata: 0, trqual: 0, itp_revu: 0, pctrndet: 0, officer: 0, placemnt: 0 };
      for (const table of Object.keys(free) as (keyof typeof free)[])
        free[table] =
          (await owner.query(`select from pics.${table} for no key update skip locked`)).rowCount ?? 0;
      return { commit: false, value: { ...rows, free } };
    });
    if (result.kind !== 'ended') throw new Error('it ends');
    const { learners, owners, free } = result.value;
    expect([...learners.keys()]).toEqual(['1']);
    expect(learners.get('1')).toMatchObject({
      surname: 'Berg',
      oneFileId: '91',
      expectedEndOn: '2026-12-31',
      qualifications: [{ registrationNumber: 'AB123' }],
      reviews: [{ id: reviewId, proposedAt: '2026-03-29T01:30:00' }],
    });
    const ids = [...owners].map(([lane, { externalId }]) => [lane, externalId]);
    expect(Object.fromEntries(ids)).toEqual({
      'officer:OFF1': '77',
      'officer:OFF2': null,
      'organisation:PLACE1': null,
    });
    expect(Object.values(free)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  },
);

stackTest('own writes carry the origin, and the commit time of the database', async () => {
  const { owner, write, originPrefix, unmarked } = await setup();
  await insertLearner(owner, '1');
  const slot = uniqueName('slot');
  await owner.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
  try {
    await write(toUpdate('1', { elementsDone: 7 }));
    await owner.query(`update pics.trqual set done_elem = 8 where ident = '1'`);
    const { rows } = await owner.query<{ data: Buffer }>(
      `select data from pg_logical_slot_peek_binary_changes($1, null, null, 'proto_version', '1',
        'publication_names', 'picsync_pub')`,
      [slot],
    );
    const messages = rows.map(({ data }) => data);
    const origins = messages.filter((data) => data.toString('latin1', 0, 1) === 'O');
    expect(origins).toHaveLength(1);
    expect(origins[0]?.toString('latin1')).toContain(`${originPrefix}:onefile:1`);
    const begins = messages.filter((data) => data.toString('latin1', 0, 1) === 'B');
    const epochMs = Date.UTC(2000, 0, 1);
    for (const begin of begins) {
      const committedAtMs = epochMs + Number(begin.readBigInt64BE(9) / 1000n);
      expect(Math.abs(committedAtMs - Date.now())).toBeLessThan(60_000);
    }
    expect(unmarked).toEqual([]);
  } finally {
    await owner.query('select pg_drop_replication_slot($1)', [slot]);
  }
});

stackTest('two sessions take two marks; a third goes without one and says so once', async () => {
  const { withTransaction, unmarked, openPool, originPrefix } = await setup();
  const both = await Promise.all(
    [1, 2].map(() => withTransaction(async () => ({ commit: true, value: 'ok' }))),
  );
  expect(both).toHaveLength(2);
  const connection = await openPool().connect();
  const origins = createOrigins({
    vendor: 'onefile',
    count: 2,
    prefix: originPrefix,
    onUnmarked: (why) => unmarked.push(why),
  });
  expect(await origins.mark(connection)).toBe(false);
  expect(await origins.mark(connection)).toBe(false);
  connection.release();
  expect(unmarked).toEqual(['busy']);
});

stackTest('without the grant the rows are written all the same, unmarked, with one warning', async () => {
  const { owner, options, write, unmarked } = await setup();
  await insertLearner(owner, '1');
  await owner.query(
    `revoke execute on function pg_replication_origin_session_setup(text) from ${options.roles.sync.name}`,
  );
  await write(toUpdate('1', { elementsDone: 1 }));
  await write(toUpdate('1', { elementsDone: 2 }));
  expect((await readAim(owner, '1')).done_elem).toBe(2);
  expect(unmarked).toEqual(['refused']);
});

stackTest(
  'a value too long for its column holds its own record; the rest of the batch is applied',
  async () => {
    const { owner, pool, withTransaction, place } = await setup();
    for (const ident of ['1', '2', '3']) await insertLearner(owner, ident);
    const store = new MemoryStore(realClock);
    const meter = new MemoryMeter();
    const { reconcile } = createReconciler({
      vendor: {
        name: 'onefile',
        title: 'OneFile',
        centre: '7',
        digestRecord: (value) => JSON.stringify(value).slice(0, 20),
        readKnowledge: async (items) =>
          items.map((item) => {
            const observation = item.kind === 'observation' ? item.observation : null;
            const registrationNumber = String(observation?.record?.['number']);
            return {
              ident: observation?.learnerVendorId ?? null,
              owner: null,
              parts: ['qualifications'],
              decide: ({ learner }) => {
                return { kind: 'write', actions: [toUpdate(learner?.ident ?? '', { registrationNumber })] };
              },
            };
          }),
      },
      withTransaction,
      pics: { readParked: (of, page) => readParked(pool, of, page) },
      store,
      clock: realClock,
      meter,
      log: silentLog,
    });
    const observe = (offset: number, ident: string, number: string) => {
      const about = {
        vendor: 'onefile',
        centre: '7',
        entity: 'learning-aim',
        vendorId: `a${ident}`,
      } as const;
      const observation: Observation = {
        ...about,
        learnerVendorId: ident,
        observedAtMs: Date.now(),
        cause: 'poll',
        deleted: false,
        record: { number },
      };
      return { offset: BigInt(offset), timestampMs: 0, item: { kind: 'observation', observation } } as const;
    };
    const mine = await place();
    const before = await readAim(owner, '3');
    const records = [observe(0, '1', 'NEW1'), observe(1, '2', 'X'.repeat(51)), observe(2, '3', 'AB123')];
    expect(await reconcile({ ...mine, records }, new AbortController().signal)).toEqual({
      kind: 'done',
      nextOffset: 3n,
    });
    expect((await readAim(owner, '1')).regno).toBe('NEW1');
    expect((await readAim(owner, '2')).regno).toBe('AB123');
    expect(store.ledger.held).toMatchObject([
      { ident: '2', code: 'PICS_REFUSED', params: { what: 'learning-aim a2', state: '22001' } },
    ]);
    // G-6: equal is not written, so no event comes back.
    expect((await readAim(owner, '3')).ctid).toBe(before.ctid);
    expect(meter.settled.map(({ outcome }) => outcome).sort()).toEqual(['held', 'unchanged', 'written']);
  },
);

stackTest('a column that is gone is not written; the others of the row are', async () => {
  const { owner, write } = await setup();
  await insertLearner(owner, '1');
  await owner.query('alter table pics.trqual drop column regdate');
  await write(toUpdate('1', { registeredOn: '2026-01-15', elementsDone: 3 }));
  const { rows } = await owner.query('select done_elem from pics.trqual');
  expect(rows).toEqual([{ done_elem: 3 }]);
});

stackTest('a command is inserted once', async () => {
  const { pool } = await setup();
  const request = {
    id: '5f0c7d1e-0000-4000-8000-000000000009',
    kind: 'refresh',
    vendor: 'onefile',
    ident: '1',
    officer: null,
    organisation: null,
    payload: { choice: 'x' },
    requestedBy: 'ann',
  };
  expect(await insertRequest(pool, request)).toBe(true);
  expect(await insertRequest(pool, { ...request, payload: { choice: 'y' } })).toBe(false);
  expect((await readRequest(pool, request.id))?.payload).toEqual({ choice: 'x' });
});
