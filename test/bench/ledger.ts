import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createStorePool, migrate } from '../../src/store/database.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { openWorker } from '../../src/store/worker.ts';

/**
 * How many intents and outcomes a second the ledger records.
 *
 * usage: node test/bench/ledger.ts <url of an empty database> [seconds]
 * Each lane does what the engine does for a write: read the lane, announce, (no vendor), record, and again.
 */

const [databaseUrl, seconds = '5'] = process.argv.slice(2);
if (databaseUrl === undefined) throw new Error('usage: node test/bench/ledger.ts <database url> [seconds]');
await migrate(databaseUrl);
const pool = createStorePool({ databaseUrl });
const { worker, close } = await openWorker({ databaseUrl });
const vendor = 'onefile';
const centre = 'bench';
let round = 0;

async function runLane(
  ident: string,
  until: number,
  count: { done: number },
  vendorMs: number,
): Promise<void> {
  const key = { vendor, centre, ident } as const;
  while (performance.now() < until) {
    const { version } = await ledger.readLane({
      ...key,
      officers: ['AB'],
      organisations: [],
      learnerVendorIds: [ident],
    });
    const intent = await ledger.recordIntent({
      ...key,
      version,
      worker,
      step: 'update-aim',
      effect: 'update',
      subject: `aim:${ident}`,
      naturalKey: null,
      requestHash: 'hash',
      intentId: null,
    });
    if (intent.kind === 'conflict') throw new Error('a conflict without a rival');
    if (vendorMs > 0) await new Promise((resolve) => setTimeout(resolve, vendorMs));
    const outcome = await ledger.recordOutcome({
      ...key,
      version: intent.version,
      intentId: intent.intentId,
      state: 'done',
      code: 'done',
      vendorId: null,
      shadows: [
        {
          vendor,
          centre,
          entity: 'learning-aim',
          vendorId: `a${ident}`,
          learnerVendorId: ident,
          record: { StandardID: 12, RegistrationNumber: `R${round}`, StartOn: '2026-01-02', Progress: 50 },
          observedAtMs: Date.now(),
        },
      ],
      links: [],
      unlinks: [],
      milestone: null,
      concludesEnrolment: false,
      findings: [],
      notes: null,
      holds: [],
      released: [],
      isRepeat: false,
      failures: [],
      journal: [{ kind: 'update-aim', subject: `aim:${ident}`, code: 'done', vendorId: null, tookMs: 50 }],
    });
    if (outcome.kind === 'conflict') throw new Error('a conflict without a rival');
    count.done += 1;
  }
}

/** CPU seconds of the database's sessions, when it runs on this machine; else NaN. */
async function readDatabaseCpu(): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database()',
  );
  let ticks = 0;
  for (const { pid } of rows) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      return Number.NaN;
    }
  }
  return ticks / 100;
}

const ledger = createLedger(pool, { inFlight: Number(process.env['IN_FLIGHT'] ?? 1) });
process.stdout.write(
  `${cpus().length} cores, ${cpus()[0]?.model}\nCPU seconds for 10,000 changes\nlanes  vendor ms  changes/s     node database\n`,
);
for (const [lanes, vendorMs] of [
  [64, 0],
  [256, 0],
  [64, 50],
  [256, 50],
] as const) {
  round += 1;
  const count = { done: 0 };
  const run = (ms: number) => {
    const until = performance.now() + ms;
    return Promise.all(
      Array.from({ length: lanes }, (_, n) => runLane(`${round}-${n}`, until, count, vendorMs)),
    );
  };
  await run(1_000);
  count.done = 0;
  const from = performance.now();
  const cpu = process.cpuUsage();
  const databaseCpu = await readDatabaseCpu();
  await run(Number(seconds) * 1_000);
  const took = (performance.now() - from) / 1_000;
  const used = process.cpuUsage(cpu);
  const rate = count.done / took;
  const per10k = (seconds: number) => ((seconds / count.done) * 10_000).toFixed(2).padStart(9);
  process.stdout.write(
    `${String(lanes).padStart(5)}${String(vendorMs).padStart(11)}${rate.toFixed(0).padStart(11)}` +
      `${per10k((used.user + used.system) / 1e6)}${per10k((await readDatabaseCpu()) - databaseCpu)}\n`,
  );
}
await close();
await pool.end();
