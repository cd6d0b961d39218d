import pg from 'pg';
import { silentLog } from '../../src/base/log.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createConsume } from '../../src/kafka/consume.ts';
import { createKafkaBroker } from '../../src/kafka/kafka-broker.ts';
import { toMapping } from '../../src/pics/mapping.ts';
import { createPics } from '../../src/pics/pics.ts';
import { withEngine } from '../../src/roles/outbound.ts';
import { realClock } from '../../src/roles/ports.ts';
import type { RolePorts, RoleSettings } from '../../src/roles/role.ts';
import { createStorePool } from '../../src/store/database.ts';
import { createStore } from '../../src/store/store.ts';
import { createMemoryPorts } from '../memory/ports.ts';
import { createNumberVendor } from './number-vendor.ts';
import { type Course, type Lap, measure, openVendor } from './rivals.ts';

export type EngineCourse = Course & {
  readonly picsUrl: string;
  readonly storeUrl: string;
  readonly inFlight: number;
  /** Records in the topic. */
  readonly total: number;
  /** The value PICS shows for a learner now. */
  readonly valueOf: (ident: string) => string;
};

/**
 * The engine of the outbound role over the same topic: consumption, a read of every learner in PICS, the ledger in
 * Postgres before and after every call. Only the vendor is made up.
 */
export async function runEngineLap(course: EngineCourse): Promise<Lap> {
  await using stack = new AsyncDisposableStack();
  const ports = openPorts(course, stack);
  const vendor = createNumberVendor(course.valueOf, openVendor(course.vendorUrl, course.inFlight));
  const stop = new AbortController();
  const measured = Promise.withResolvers<Lap>();
  await withEngine(vendor, ports, settingsOf(course), stop.signal, async (engine) => {
    measured.resolve(await runLap(course, engine, stop));
  });
  return measured.promise;
}

/** Databases are real. The rule publishes nothing, so the topics of the engine stay empty. */
function openPorts({ picsUrl, storeUrl }: EngineCourse, stack: AsyncDisposableStack): RolePorts {
  const openPicsPool = (connections: number): pg.Pool => {
    const pool = new pg.Pool({ connectionString: picsUrl, max: connections, options: '-c jit=off' });
    stack.defer(() => pool.end());
    return pool;
  };
  const storePool = createStorePool({ databaseUrl: storeUrl });
  stack.defer(() => storePool.end());
  return {
    ...createMemoryPorts({ clock: realClock, vendors: [] }),
    pics: createPics({
      pool: openPicsPool(8),
      openMarkedPool: openPicsPool,
      mapping: toMapping(),
      originPrefix: 'bench',
      clock: realClock,
      log: silentLog,
    }),
    store: createStore({ pool: storePool, databaseUrl: storeUrl }),
  };
}

function settingsOf({ inFlight }: EngineCourse): RoleSettings {
  return {
    shared: {
      nearRealTime: true,
      deletedReviews: 'recreate',
      externalIdVendor: null,
      pics: { role: 'test', licences: [], liveLetters: [] },
    },
    vendors: {},
    outbound: {
      concurrency: inFlight,
      maxInWork: 2_000,
      maxInWorkBytes: 64 * 1024 * 1024,
      commitIntervalMs: 1_000,
    },
    // The bench's records are of one moment and wait for long: all of them count as live.
    runs: { share: 0.3, lanes: 16, oldAfterMs: 86_400_000 },
  };
}

/** The lap ends when the last record of the topic is finished; then the consumption is stopped. */
async function runLap(
  { brokers, topic, total }: EngineCourse,
  engine: Engine,
  stop: AbortController,
): Promise<Lap> {
  const broker = createKafkaBroker({ brokers: [...brokers], clientId: 'bench', log: silentLog });
  try {
    let finished = 0;
    const all = Promise.withResolvers<number>();
    const consume = createConsume({
      consumer: broker.createConsumer({ group: `bench-${process.hrtime.bigint()}`, topics: [topic] }),
      handle: async ({ key }) => {
        await engine.submit({
          ident: String(key),
          demand: 'change',
          priority: 'live',
          txIds: [],
          committedAtMs: null,
        });
        finished += 1;
        if (finished === total) all.resolve(finished);
      },
      maxInWork: 2_000,
    });
    let running: Promise<void> = Promise.resolve();
    const lap = await measure(() => {
      running = consume.run(stop.signal);
      running.catch(all.reject);
      return all.promise;
    });
    stop.abort();
    await running.catch(() => undefined);
    return lap;
  } finally {
    stop.abort();
    await broker.close();
  }
}
