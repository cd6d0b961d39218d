import pg from 'pg';
import { expect, onTestFinished } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { closePool, openPool } from '../../src/base/pool.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { ReconcileRecord } from '../../src/domain/rows.ts';
import { toMapping } from '../../src/pics/mapping.ts';
import { createPics } from '../../src/pics/pics.ts';
import { createReconciler } from '../../src/reconciling/reconcile.ts';
import { realClock } from '../../src/roles/ports.ts';
import { MemoryMeter } from '../memory/meter.ts';
import { MemoryStore } from '../memory/store.ts';
import { stackTest, useStack } from '../support/stack/use-stack.ts';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { insertLearner, openPicsDatabase, type PicsDatabase } from './pics-database.ts';

const topic = 'onefile.learning-aim';

/** A reconciler on the real PICS, as a process has it: its own pools, two connections that write. */
function openProcess(
  { owner, options, originPrefix }: PicsDatabase,
  {
    port,
    statementTimeoutMs = 30_000,
  }: { readonly port?: number; readonly statementTimeoutMs?: number } = {},
) {
  const { host, port: straight } = useStack().postgres;
  const pools: pg.Pool[] = [];
  const open = (connections: number): pg.Pool => {
    const { name: user, password } = options.roles.sync;
    const connection = { host, port: port ?? straight, database: owner.database ?? '', user, password };
    const pool = openPool({ connection, connections, statementTimeoutMs });
    pools.push(pool);
    return pool;
  };
  onTestFinished(async () => void (await Promise.all(pools.map(closePool))));
  const pics = createPics({
    pool: open(4),
    openMarkedPool: open,
    mapping: toMapping(),
    originPrefix,
    clock: realClock,
    log: silentLog,
  });
  const store = new MemoryStore(realClock);
  const vendor = {
    name: 'onefile',
    title: 'OneFile',
    centre: '7',
    digestRecord: () => 'd',
    readKnowledge: async (items: readonly ReconcileRecord['item'][]) =>
      items.map((item) => {
        const observation = item.kind === 'observation' ? item.observation : null;
        const ident = observation?.learnerVendorId ?? '';
        const set = { registrationNumber: String(observation?.record?.['number']) };
        const action = { kind: 'update-qualification', ident, reference: '500/1234/1', seq: 1, set } as const;
        const decide = () => ({ kind: 'write', actions: [action] }) as const;
        return { ident, owner: null, parts: ['qualifications'] as const, decide };
      }),
  } as const;
  const withTransaction = pics.openTransactions('onefile');
  const reconciler = createReconciler({
    vendor,
    withTransaction,
    pics,
    store,
    clock: realClock,
    meter: new MemoryMeter(),
    log: silentLog,
  });
  const run = async (partition: number, ...records: readonly ReconcileRecord[]) => {
    const { epoch, report } = await pics.claimPlace(topic, partition);
    reconciler.take({ topic, partition, epoch }, report);
    return reconciler.reconcile({ topic, partition, epoch, records }, new AbortController().signal);
  };
  return { pics, store, withTransaction, run, retryParked: reconciler.retryParked };
}

function aim(offset: number, ident: string, number: string): ReconcileRecord {
  const observation: Observation = {
    vendor: 'onefile',
    centre: '7',
    entity: 'learning-aim',
    vendorId: `aim of ${ident}`,
    learnerVendorId: ident,
    observedAtMs: Date.now(),
    cause: 'poll',
    deleted: false,
    record: { number },
  };
  return { offset: BigInt(offset), timestampMs: 0, item: { kind: 'observation', observation } };
}

async function readNumbers(owner: pg.Client): Promise<Readonly<Record<string, string>>> {
  const { rows } = await owner.query<{ ident: string; regno: string }>(
    'select trim(ident) as ident, trim(regno) as regno from pics.trqual order by ident',
  );
  return Object.fromEntries(rows.map(({ ident, regno }) => [ident, regno]));
}

/** A user of PICS with a session of its own. */
async function openUser({ owner }: PicsDatabase): Promise<pg.Client> {
  const user = new pg.Client({ ...useStack().postgres, database: owner.database ?? '' });
  await user.connect();
  onTestFinished(() => user.end());
  return user;
}

stackTest(
  'G-7: a user’s lock on one learner, on more partitions than there are connections, keeps only that learner waiting',
  async () => {
    const database = await openPicsDatabase();
    const { owner } = database;
    const idents = Array.from({ length: 12 }, (_, n) => String(n + 1));
    for (const ident of idents) await insertLearner(owner, ident);
    const user = await openUser(database);
    await user.query(`begin; select from pics.trqual where ident = '1' for no key update`);
    const { run, retryParked, pics } = openProcess(database);
    const stop = new AbortController();
    const retrying = retryParked(stop.signal);
    const startedAtMs = performance.now();
    // Each partition has a record of the locked learner before one of a learner of its own.
    const ends = idents
      .slice(1)
      .map((ident, partition) => run(partition, aim(0, '1', 'LOCKED'), aim(1, ident, `N${ident}`)));
    expect(await Promise.all(ends)).toEqual(ends.map(() => ({ kind: 'done', nextOffset: 2n })));
    const tookMs = performance.now() - startedAtMs;
    const expected = Object.fromEntries(idents.slice(1).map((ident) => [ident, `N${ident}`]));
    expect(await readNumbers(owner)).toEqual({ ...expected, '1': 'AB123' });
    expect(tookMs).toBeLessThan(11 * 1_500);
    // Later records of the partition do not wait either.
    const laterAtMs = performance.now();
    await run(0, aim(2, '2', 'LATER'));
    expect(performance.now() - laterAtMs).toBeLessThan(5_000);
    expect((await readNumbers(owner))['2']).toBe('LATER');
    const { rows } = await owner.query(
      'select code, count(*)::integer as count from picsync.parked group by code',
    );
    expect(rows).toEqual([{ code: 'PICS_LOCKED', count: 1 }]);
    await user.query('commit');
    await expect.poll(() => readNumbers(owner), { timeout: 20_000 }).toMatchObject({ '1': 'LOCKED' });
    expect((await owner.query('select from picsync.parked')).rowCount).toBe(0);
    expect(await pics.readOwnerNames('officer', [])).toEqual(new Map());
    stop.abort();
    await retrying;
  },
);

stackTest(
  'a process that vanishes inside its transaction: a user’s update and another process go on within 20 s',
  async () => {
    const database = await openPicsDatabase();
    const { owner } = database;
    await insertLearner(owner, '1');
    const proxy: TcpProxy = await openTcpProxy({
      host: useStack().postgres.host,
      port: useStack().postgres.port,
    });
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    const vanishing = openProcess(database, { port: proxy.port, statementTimeoutMs: 5_000 });
    const { epoch } = await vanishing.pics.claimPlace(topic, 0);
    const locked = Promise.withResolvers<void>();
    const end = vanishing
      .withTransaction(async (transaction) => {
        const none = { officers: [], organisations: [], items: [] };
        await transaction.readRows({ ...none, idents: ['1'], parts: ['qualifications'] });
        const place = { topic, partition: 0, epoch };
        await transaction.recordApplied({
          place,
          nextOffset: 1n,
          items: [],
          parked: [],
          unparked: [],
          report: null,
        });
        proxy.freeze();
        locked.resolve();
        await transaction.readRows({ ...none, idents: ['1'], parts: ['qualifications'] });
        return { commit: true, value: null };
      })
      .catch((error: Error) => error.message);
    await locked.promise;
    const startedAtMs = performance.now();
    const user = await openUser(database);
    const edit = user.query(`update pics.trqual set regno = 'USER' where ident = '1'`);
    const next = openProcess(database).run(0, aim(0, '1', 'NEXT'));
    await edit;
    expect(performance.now() - startedAtMs).toBeLessThan(20_000);
    expect(await next).toEqual({ kind: 'done', nextOffset: 1n });
    expect(performance.now() - startedAtMs).toBeLessThan(25_000);
    // BR-04: the process itself learns it too, and works again on new connections.
    expect(await end).toMatch(/timeout|terminated/);
    expect((await vanishing.pics.claimPlace(topic, 0)).nextOffset).toBe(1n);
    expect(await readNumbers(owner)).toEqual({ '1': 'NEXT' });
  },
);
