import pg from 'pg';
import { silentLog } from '../../src/base/log.ts';
import { sleep } from '../../src/base/sleep.ts';
import { digestOf } from '../../src/domain/digest.ts';
import type { LaneState } from '../../src/domain/ledger.ts';
import type { Shadow } from '../../src/domain/observation.ts';
import type { Call, CallResult, Evaluation } from '../../src/domain/step.ts';
import { createConsume } from '../../src/kafka/consume.ts';
import { createKafkaBroker } from '../../src/kafka/kafka-broker.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { defaultEngineOptions } from '../../src/engine/effects.ts';
import { toMapping, createPresentColumns } from '../../src/pics/mapping.ts';
import { createReadLearners } from '../../src/pics/read-learner.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createStorePool } from '../../src/store/database.ts';
import { openWorker } from '../../src/store/worker.ts';
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
 * The project's own engine over the same topic: consumption, a read of every learner in PICS, the ledger in Postgres
 * before and after every call. Only the rule and the vendor are made up: one number a learner, one call to set it.
 */
export async function runEngineLap(course: EngineCourse): Promise<Lap> {
  const stop = new AbortController();
  const store = createStorePool({ databaseUrl: course.storeUrl });
  const pics = new pg.Pool({ connectionString: course.picsUrl, max: 8, options: '-c jit=off' });
  const broker = createKafkaBroker({ brokers: [...course.brokers], clientId: 'bench', log: silentLog });
  const worker = await openWorker({ databaseUrl: course.storeUrl });
  try {
    const columns = createPresentColumns({
      database: pics,
      mapping: toMapping(),
      onMissing: () => {},
      now: Date.now,
    });
    const readLearner = createReadLearners({ database: pics, columns, now: Date.now, sleep });
    const engine = createBenchEngine(course, {
      store,
      readLearner,
      worker: worker.worker,
      signal: stop.signal,
    });
    let finished = 0;
    const all = Promise.withResolvers<number>();
    const consume = createConsume({
      consumer: broker.createConsumer({ group: `bench-${process.hrtime.bigint()}`, topics: [course.topic] }),
      handle: async ({ key }) => {
        await engine.submit({
          ident: String(key),
          demand: 'change',
          priority: 'live',
          txIds: [],
          committedAtMs: null,
        });
        finished += 1;
        if (finished === course.total) all.resolve(finished);
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
    await worker.close();
    await Promise.all([broker.close(), store.end(), pics.end()]);
  }
}

type EngineParts = {
  readonly store: pg.Pool;
  readonly readLearner: ReturnType<typeof createReadLearners>;
  readonly worker: number;
  readonly signal: AbortSignal;
};

const place = { vendor: 'onefile', centre: 'bench' } as const;

function createBenchEngine(course: EngineCourse, { store, readLearner, worker, signal }: EngineParts) {
  const call = openVendor(course.vendorUrl, course.inFlight);
  return createEngine<null, null>(
    {
      vendor: {
        name: 'onefile',
        centre: place.centre,
        settings: null,
        readCentre: async () => null,
        toVendorIds: ({ ident }) => [ident],
        evaluate: ({ learner, lane }) => evaluate(learner.ident, lane, course.valueOf(learner.ident)),
        evaluateOwner: () => ({ candidates: [], holds: [], notes: [] }),
        execute: async ({ request }) => {
          const [ident, value] = [String(request['ident']), String(request['value'])];
          await call(ident, value);
          return toDone(ident, value);
        },
        resolve: async () => ({ kind: 'blind', policy: 'hold' }),
      },
      ledger: createLedger(store),
      worker,
      readLearner,
      readOwner: async () => null,
      reserveCall: async () => ({ waitedMs: 0 }),
      publishObservations: async () => {},
      publishLinks: async () => {},
      digest: digestOf,
      nowMs: Date.now,
      sleep,
      chance: Math.random,
      meter: { called: () => {}, delivered: () => {}, noted: () => {}, paused: () => {} },
    },
    { ...defaultEngineOptions, concurrency: course.inFlight, staleAfterMs: 60_000 },
    signal,
  );
}

/** The rule of the bench: the vendor shall have the number that PICS has. */
function evaluate(ident: string, lane: LaneState, value: string): Evaluation {
  const shadow = lane.shadows.find(({ vendorId }) => vendorId === `record ${ident}`);
  if (shadow?.record['value'] === value) return { candidates: [], holds: [], notes: [] };
  const update: Call = {
    name: 'update',
    effect: 'update',
    subject: `record:${ident}`,
    naturalKey: null,
    request: { ident, value },
  };
  return { candidates: [{ kind: 'call', call: update }], holds: [], notes: [] };
}

function toDone(ident: string, value: string): CallResult {
  const shadow: Shadow = {
    ...place,
    entity: 'record',
    vendorId: `record ${ident}`,
    learnerVendorId: ident,
    record: { value },
    observedAtMs: Date.now(),
  };
  return { kind: 'done', vendorId: null, observed: [], shadow: [shadow], links: [], findings: [] };
}
