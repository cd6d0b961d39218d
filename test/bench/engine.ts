import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createDataset } from '../../simulators/pics/generate/dataset.ts';
import { createPicsSchema, loadPics } from '../../simulators/pics/load.ts';
import { silentLog } from '../../src/base/log.ts';
import { createKafkaBroker } from '../../src/kafka/kafka-broker.ts';
import { migrate } from '../../src/store/database.ts';
import { type StackAddresses, toPostgresUrl } from '../../stack/addresses.ts';
import { startStack } from '../../stack/start-stack.ts';
import { startLeashed } from '../support/deployment/leashed-process.ts';
import { runEngineLap } from './engine-lap.ts';
import { publishReport, say } from './report.ts';
import { type Course, type Lap, runCeiling, runNaive, runSequential } from './rivals.ts';

const vendorMain = fileURLToPath(new URL('./bench-vendor.ts', import.meta.url));
const learnerCount = 10_000;
const sequentialMs = 10_000;

type Seen = {
  readonly count: number;
  readonly keys: number;
  readonly backwards: number;
  readonly repeated: number;
};
type Row = { readonly what: string; readonly lap: Lap; readonly seen: Seen | null; readonly bar: string };
type Track = {
  readonly stack: StackAddresses;
  readonly vendorUrl: string;
  readonly idents: readonly string[];
  readonly picsUrl: string;
  readonly newStore: () => Promise<string>;
};

/** Throughput of the engine, ledger on, beside simpler consumers of the same topic in the same run. */
export async function runEngine(): Promise<void> {
  say('Starting the stack …\n');
  const name = `bench${Date.now().toString(36)}`;
  const stack = await startStack({ name, owner: 'this-process', discard: true });
  const vendor = startLeashed(vendorMain, [], { logFile: `/dev/null` });
  try {
    const [vendorUrl = ''] = await vendor.waitForLine(/http:\/\/\S+/);
    const track = await prepare(stack.addresses, vendorUrl);
    const wide = await fill(track, 'wide', track.idents);
    const rows: Row[] = [];
    const run = async (what: string, bar: string, lap: () => Promise<Lap>): Promise<void> => {
      say(`  ${what}\n`);
      await fetch(vendorUrl, { method: 'DELETE' });
      const measured = await lap();
      rows.push({ what, bar, lap: measured, seen: (await (await fetch(vendorUrl)).json()) as Seen });
    };
    await run('bare calls, 64 in flight', '', () => runCeiling(vendorUrl, 64, learnerCount));
    await run('bare calls, 256 in flight', '', () => runCeiling(vendorUrl, 256, learnerCount));
    await run('kafkajs, one after the other', '', () => runSequential(wide, sequentialMs));
    await run('kafkajs, Promise.all a batch', '', () => runNaive(wide, 120_000));
    await warmUp(track);
    for (const [inFlight, bar] of [
      [64, '≥ 900/s'],
      [256, '≥ 2,000/s'],
    ] as const)
      await run(`engine with ledger, ${inFlight} in flight`, bar, async () =>
        runEngineLap({ ...engineOf(track, await track.newStore()), ...wide, inFlight, total: learnerCount }),
      );
    const order = await runOrder(track, run);
    report(rows, order);
  } finally {
    await vendor.stop();
    await stack.stop();
  }
}

/** A lap that is not counted: the first one would also measure the compiler. */
async function warmUp(track: Track): Promise<void> {
  say('  warm-up, not counted\n');
  const keys = track.idents.slice(0, 4_000);
  const course = await fill(track, 'warm', keys);
  const engine = engineOf(track, await track.newStore());
  await runEngineLap({ ...engine, ...course, inFlight: 128, total: keys.length });
}

/** 400 learners with ten changes each: who sends what, and in which order. */
async function runOrder(
  track: Track,
  run: (what: string, bar: string, lap: () => Promise<Lap>) => Promise<void>,
): Promise<string> {
  const keys = track.idents.slice(0, 400);
  const records = Array.from({ length: 4_000 }, (_, at) => keys[at % keys.length] ?? '');
  const busy = await fill(track, 'busy', records);
  await run('kafkajs, Promise.all, 10 changes a key', '', () => runNaive(busy, 120_000));
  const storeUrl = await track.newStore();
  await run('engine, 10 changes a key', '0 backwards', () =>
    runEngineLap({
      ...engineOf(track, storeUrl),
      ...busy,
      inFlight: 64,
      total: records.length,
      valueOf: () => '9',
    }),
  );
  return 'In the last two rows every key has ten changes waiting; the engine sends each learner once, as PICS is now.';
}

function engineOf({ picsUrl }: Track, storeUrl: string) {
  return { picsUrl, storeUrl, valueOf: () => '0' };
}

async function prepare(stack: StackAddresses, vendorUrl: string): Promise<Track> {
  say(`  loading ${learnerCount} learners\n`);
  const admin = new pg.Client({ connectionString: toPostgresUrl(stack.postgres) });
  await admin.connect();
  await admin.query('create database bench_pics');
  await admin.end();
  const picsUrl = toPostgresUrl({ ...stack.postgres, database: 'bench_pics' });
  const pics = new pg.Client({ connectionString: picsUrl });
  await pics.connect();
  await createPicsSchema(pics);
  await loadPics(pics, createDataset({ learners: learnerCount }));
  const { rows } = await pics.query<{ ident: string }>(
    'select trim(ident) as ident from pics.trainee order by 1',
  );
  await pics.query('analyze');
  await pics.end();
  let stores = 0;
  const newStore = async (): Promise<string> => {
    stores += 1;
    const database = `bench_store_${stores}`;
    const client = new pg.Client({ connectionString: toPostgresUrl(stack.postgres) });
    await client.connect();
    await client.query(`create database ${database}`);
    await client.end();
    const url = toPostgresUrl({ ...stack.postgres, database });
    await migrate(url);
    return url;
  };
  return { stack, vendorUrl, picsUrl, newStore, idents: rows.map(({ ident }) => ident) };
}

/** A topic of one partition with one record a key; the value counts how often the key came before. */
async function fill({ stack, vendorUrl }: Track, topic: string, keys: readonly string[]): Promise<Course> {
  const broker = createKafkaBroker({ brokers: stack.kafka, clientId: 'fill', log: silentLog });
  try {
    await broker.admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
    const producer = broker.createProducer();
    const seen = new Map<string, number>();
    const records = keys.map((key) => {
      const value = seen.get(key) ?? 0;
      seen.set(key, value + 1);
      return { topic, key: Buffer.from(key), value: Buffer.from(String(value)) };
    });
    for (let at = 0; at < records.length; at += 500) await producer.send(records.slice(at, at + 500));
    await producer.close();
  } finally {
    await broker.close();
  }
  return { brokers: stack.kafka, topic, vendorUrl };
}

function report(rows: readonly Row[], order: string): void {
  const perSecond = ({ count, elapsedMs }: Lap): number => (count / elapsedMs) * 1000;
  const cell = (row: Row): string[] => [
    row.what,
    Math.round(perSecond(row.lap)).toLocaleString('en-GB'),
    ((row.lap.cpuMs / row.lap.count) * 10).toFixed(1),
    String(row.seen?.count ?? ''),
    String(row.seen?.backwards ?? ''),
    String(row.seen?.repeated ?? ''),
    row.bar,
  ];
  const [bare64, bare256] = rows;
  const engines = rows.filter(({ what }) => what.startsWith('engine with ledger'));
  const shares = engines.map((row, at) => {
    const ceiling = at === 0 ? bare64 : bare256;
    return ceiling === undefined
      ? ''
      : `${Math.round((100 * perSecond(row.lap)) / perSecond(ceiling.lap))} %`;
  });
  publishReport({
    title: 'Engine',
    how: `One partition, ${learnerCount.toLocaleString('en-GB')} keys, a vendor that answers after 50 ms. The engine reads every learner in PICS and writes the ledger in Postgres before and after each call; the others record nothing. A warm-up lap is not counted. The sequential consumer is stopped after ${sequentialMs / 1000} s.`,
    table: {
      head: ['', 'records/s', 'CPU s / 10,000', 'calls', 'backwards', 'repeated', 'bar'],
      rows: rows.map(cell),
    },
    observations: [
      ...engines.map((row, at) => {
        const least = at === 0 ? 900 : 2_000;
        const verdict = perSecond(row.lap) >= least ? 'meets' : 'misses';
        return `${row.what}: ${Math.round(perSecond(row.lap))}/s ${verdict} its bar of ${least.toLocaleString('en-GB')}/s.`;
      }),
      `Of the bare calls' throughput the engine reaches ${shares.join(' and ')} at 64 and 256 in flight.`,
      order,
    ],
    figures: {
      rows: rows.map(({ what, lap, seen }) => ({ what, ...lap, perSecond: perSecond(lap), ...seen })),
    },
  });
}
