import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../src/store/database.ts';
import { type PostgresAddress, toPostgresUrl } from '../../stack/addresses.ts';
import { startStack } from '../../stack/start-stack.ts';
import { publishReport, say } from './report.ts';
import { listCases, type StoreCase } from './statements/cases.ts';
import { fillStore, learnerCount } from './statements/fill.ts';
import { openWatchedPool, type Work, watchedSettings } from './statements/watched-pool.ts';

type Measured = {
  readonly name: string;
  readonly barMs: number;
  /** Sorted. */
  readonly tookMs: readonly number[];
  readonly work: Work;
};

/** Times and plans of the store's statements, against a sync database with 100,000 learners. */
export async function runStatements(): Promise<void> {
  say('Starting the stack …\n');
  const name = `bench${randomBytes(3).toString('hex')}`;
  const stack = await startStack({ name, owner: 'this-process', discard: true });
  try {
    await measureIn(stack.addresses.postgres, `sync_${name}`);
  } finally {
    await stack.stop();
  }
}

async function measureIn(postgres: PostgresAddress, database: string): Promise<void> {
  const admin = new pg.Client({ connectionString: toPostgresUrl(postgres) });
  await admin.connect();
  await admin.query(`create database ${database}`);
  for (const setting of watchedSettings) await admin.query(`alter database ${database} set ${setting}`);
  await admin.end();
  const databaseUrl = toPostgresUrl({ ...postgres, database });
  await migrate(databaseUrl);
  const { pool, watch } = openWatchedPool(databaseUrl);
  try {
    say(`Filling it with ${learnerCount} learners\n`);
    await fillStore(pool, say);
    const measured: Measured[] = [];
    for (const one of listCases(pool, databaseUrl)) measured.push(await measure(one, watch));
    const { rows } = await pool.query<{ size: string }>(
      'select pg_size_pretty(pg_database_size(current_database())) as size',
    );
    report(measured, rows[0]?.size ?? '');
  } finally {
    await pool.end();
  }
}

/** What can be done once is watched while it is measured. */
async function measure(
  { name, act, barMs, times = 20 }: StoreCase,
  watch: ReturnType<typeof openWatchedPool>['watch'],
): Promise<Measured> {
  const tookMs: number[] = [];
  const timed = async (n: number): Promise<void> => {
    const from = performance.now();
    await act(n);
    tookMs.push(performance.now() - from);
  };
  for (let n = 1; n < times; n += 1) await timed(n);
  const work = await watch(() => timed(times));
  tookMs.sort((a, b) => a - b);
  say(`  ${rowOf({ name, barMs, tookMs, work }).join(' · ')}\n`);
  return { name, barMs, tookMs, work };
}

function isMet({ barMs, tookMs, work }: Measured): boolean {
  return medianOf(tookMs) <= barMs && work.scanned.length === 0;
}

function medianOf(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function rowOf(one: Measured): string[] {
  const { name, barMs, tookMs, work } = one;
  const toMs = (ms: number | undefined): string =>
    (ms ?? Number.NaN).toFixed(ms !== undefined && ms < 10 ? 1 : 0);
  return [
    name,
    toMs(medianOf(tookMs)),
    toMs(tookMs.at(-1)),
    work.pages.toLocaleString('en-GB'),
    work.scanned.join(', ') || 'none',
    barMs.toLocaleString('en-GB'),
    isMet(one) ? 'met' : 'missed',
  ];
}

function report(measured: readonly Measured[], size: string): void {
  const missed = measured.filter((one) => !isMet(one));
  publishReport({
    title: 'Statements',
    how: `What the store's statements cost against a sync database with 100,000 learners, after a year: 700,000 links, 700,000 shadows, 800,000 intents, 2,000,000 lines of history, 205,000 held items of which 5,000 wait (${size}). One session with the product's own settings; pages and scans are the server's account of the plan that it ran. Pages have 8 KiB and count as often as they are looked at.`,
    table: {
      head: ['', 'median, ms', 'longest, ms', 'pages', 'tables scanned', 'bar, ms', 'verdict'],
      rows: measured.map(rowOf),
    },
    observations: [
      missed.length === 0 ? 'All bars are met.' : `Missed: ${missed.map(({ name }) => name).join('; ')}.`,
      'The bar is of the median. A table counts as scanned when it is read without an index, or when an index gives over 10,000 rows of which nine in ten are not wanted.',
    ],
    figures: {
      lines: measured.map((one) => ({
        ...{ measure: one.name, isMet: isMet(one), medianMs: medianOf(one.tookMs) },
        ...{ longestMs: one.tookMs.at(-1), pages: one.work.pages, scanned: one.work.scanned },
      })),
    },
  });
}
