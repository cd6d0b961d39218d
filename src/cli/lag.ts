import type { Command } from 'commander';
import { Fault } from '../base/fault.ts';
import { closePool } from '../base/pool.ts';
import { type Sleep, sleep } from '../base/sleep.ts';
import type { Config } from '../config/config.ts';
import { isHealthy, type LagRow, measureOf } from '../ops/lag.ts';
import { createDatabaseSources, createLagReader } from '../roles/lag-reader.ts';
import { openPicsPool } from '../roles/ports.ts';
import { createStorePool } from '../store/database.ts';
import { commandLog, createConnect, withBroker, withPics, withStore } from './connections.ts';
import { type Column, type Io, toAgeText, toJsonText, toTable } from './io.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from './options.ts';

type LagOptions = CommonOptions & { readonly watch?: boolean };

export function addLagCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('lag'))
    .description(
      'show how much waits in each part, how old it is, since when it has its status, and what to do',
    )
    .option('--watch', 'go on looking until Ctrl-C: redraws on a terminal, prints a line a minute elsewhere')
    .addHelpText(
      'after',
      '\nExit code: 0 if everything is well, 1 if something needs attention or cannot be read, 2 for a wrong command line. With --watch, Ctrl-C ends with 0.',
    )
    .action((options: LagOptions) => (options.watch ? watchLag(io, options) : showLag(io, options)));
}

/** Two samples this far apart show whether a queue moves. */
const betweenLooksMs = 2_500;

async function showLag(io: Io, options: LagOptions): Promise<void> {
  const config = loadConfig(io, options);
  const rows = await withBroker(config, async ({ admin }) => {
    const databases = createDatabaseSources(config, {
      pics: (use) => withPics(config, use),
      store: (use) => withStore(config, use),
    });
    const sources = { ...databases, admin, connect: createConnect(config) };
    const read = createLagReader(config, sources, { isKeeper: false });
    const first = await read();
    const isWaiting = first.some(({ what, count }) => what.startsWith('queue') && (count ?? 0) > 0);
    if (!isWaiting) return first;
    await sleep(betweenLooksMs, io.signal);
    return read();
  });
  if (options.json) io.write(toJsonText(rows));
  else io.write(toLagTable(rows, Date.now()));
  const bad = rows.filter((row) => !isHealthy([row]));
  if (bad.length > 0) throw new Fault(`Needs attention: ${bad.map(toBadText).join('; ')}.`);
  const held = rows.filter(({ status }) => status === 'held');
  const oldest = Math.max(0, ...held.map(({ ageMs }) => ageMs ?? 0));
  if (held.length > 0 && !options.json)
    io.write(`The oldest held item has waited for ${toAgeText(oldest)}.\n`);
}

/** Over one connection to each database, for as long as it takes. */
async function watchLag(io: Io, options: LagOptions): Promise<void> {
  const config = loadConfig(io, options);
  await using stack = new AsyncDisposableStack();
  const pics = openPicsPool({ config, log: commandLog }, stack, {
    connections: 1,
    statementTimeoutMs: 10_000,
  });
  const store = createStorePool({
    databaseUrl: config.store.url.reveal(),
    maxConnections: 1,
    onIdleError: () => {},
  });
  stack.defer(() => closePool(store));
  const databases = createDatabaseSources(config, { pics: (use) => use(pics), store: (use) => use(store) });
  await withBroker(config, ({ admin }) => {
    const sources = { ...databases, admin, connect: createConnect(config) };
    const read = createLagReader(config, sources, { isKeeper: false });
    return followLag({
      read,
      io,
      isJson: options.json === true,
      everyMs: toPace(config),
      sleep,
      nowMs: Date.now,
    });
  });
}

/** As often as ops looks, so that a queue is judged by the same samples. */
function toPace({ lag }: Config): number {
  return lag.sampleIntervalMs;
}

type Following = {
  readonly read: () => Promise<readonly LagRow[]>;
  readonly io: Pick<Io, 'write' | 'isTerminal' | 'signal'>;
  readonly isJson: boolean;
  readonly everyMs: number;
  readonly sleep: Sleep;
  readonly nowMs: () => number;
};

const lineEveryMs = 60_000;
const clearScreen = '\u001b[2J';
const goHome = '\u001b[H';
const clearRest = '\u001b[J';

/**
 * Looks again and again until the signal aborts.
 *
 * On a terminal each look takes the place of the one before. Elsewhere one line a minute is printed: the four measures
 * and what is not well, or with `--json` the whole report as one line.
 */
export async function followLag({ read, io, isJson, everyMs, sleep: wait, nowMs }: Following): Promise<void> {
  const { write, isTerminal, signal } = io;
  const isScreen = isTerminal && !isJson;
  let lineAtMs = Number.NEGATIVE_INFINITY;
  if (isScreen) write(clearScreen);
  while (!signal.aborted) {
    const rows = await read();
    if (signal.aborted) break;
    const atMs = nowMs();
    if (isScreen) {
      const foot = `${toClockText(atMs)}, again in ${everyMs / 1_000} s. Ctrl-C ends.`;
      write(`${goHome}${clearRest}${toLagTable(rows, atMs)}${foot}\n`);
    } else if (atMs - lineAtMs >= lineEveryMs) {
      lineAtMs = atMs;
      const report = { at: new Date(atMs).toISOString(), isHealthy: isHealthy(rows), rows };
      write(isJson ? `${JSON.stringify(report)}\n` : `${toClockText(atMs)}  ${toLagLine(rows)}\n`);
    }
    await wait(everyMs, signal);
  }
}

/** By the clock of the world, as the logs have it. */
function toClockText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

const lineMeasures = ['capture', 'queue', 'freshness', 'canary'] as const;

/** `capture 1.2 s, queue 3 records 0.4 s, freshness 0.3 s, canary 0.1 s: well` */
function toLagLine(rows: readonly LagRow[]): string {
  const parts = lineMeasures.map((measure) => {
    const own = rows.filter((row) => measureOf(row) === measure);
    const ages = own.flatMap(({ ageMs }) => ageMs ?? []);
    const age = ages.length === 0 ? '–' : `${(Math.max(...ages) / 1_000).toFixed(1)} s`;
    if (measure !== 'queue') return `${measure} ${age}`;
    return `queue ${own.reduce((sum, { count }) => sum + (count ?? 0), 0)} records ${age}`;
  });
  const bad = rows.filter((row) => !isHealthy([row]));
  return `${parts.join(', ')}: ${bad.length === 0 ? 'well' : bad.map(toBadText).join('; ')}`;
}

function toBadText({ what, status }: LagRow): string {
  return `${what} is ${status}`;
}

function toLagTable(rows: readonly LagRow[], nowMs: number): string {
  const columns: readonly Column<LagRow>[] = [
    { title: 'what', value: ({ what }) => what },
    {
      title: 'count',
      value: ({ count, unit }) => (count === null ? null : toCountText(count, unit)),
      isNumber: true,
    },
    {
      title: 'seconds',
      value: ({ ageMs }) => (ageMs === null ? null : (ageMs / 1_000).toFixed(1)),
      isNumber: true,
    },
    { title: 'status', value: ({ status }) => status },
    {
      title: 'since',
      value: ({ sinceMs }) => (sinceMs === null ? null : toAgeText(nowMs - sinceMs)),
      isNumber: true,
    },
    { title: 'what to do', value: ({ advice }) => advice },
  ];
  return toTable(columns, rows);
}

function toCountText(count: number, unit: LagRow['unit']): string {
  if (unit !== 'bytes') return String(count);
  return count < 1_048_576 ? `${Math.ceil(count / 1_024)} kB` : `${Math.round(count / 1_048_576)} MB`;
}
