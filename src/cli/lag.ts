import type { Command } from 'commander';
import { Fault } from '../base/fault.ts';
import { sleep } from '../base/sleep.ts';
import { isHealthy, type LagRow } from '../ops/lag.ts';
import { createDatabaseSources, createLagReader } from '../roles/lag-reader.ts';
import { createConnect, withBroker, withPics, withStore } from './connections.ts';
import { type Column, type Io, toAgeText, toJsonText, toTable } from './io.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from './options.ts';

/** Two samples this far apart show whether a queue moves. */
const betweenLooksMs = 2_500;

export function addLagCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('lag'))
    .description('show how much waits in each part, how old it is, and what to do')
    .action((options: CommonOptions) => showLag(io, options));
}

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
  { title: 'what to do', value: ({ advice }) => advice },
];

function toCountText(count: number, unit: LagRow['unit']): string {
  if (unit !== 'bytes') return String(count);
  return count < 1_048_576 ? `${Math.ceil(count / 1_024)} kB` : `${Math.round(count / 1_048_576)} MB`;
}

async function showLag(io: Io, options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  const rows = await withBroker(config, async ({ admin }) => {
    const databases = createDatabaseSources(config, {
      pics: (use) => withPics(config, use),
      store: (use) => withStore(config, use),
    });
    const read = createLagReader(config, { ...databases, admin, connect: createConnect(config) });
    const first = await read();
    const isWaiting = first.some(({ what, count }) => what.startsWith('queue') && (count ?? 0) > 0);
    if (!isWaiting) return first;
    await sleep(betweenLooksMs, io.signal);
    return read();
  });
  if (options.json) io.write(toJsonText(rows));
  else io.write(toTable(columns, rows));
  if (!isHealthy(rows)) {
    const bad = rows.filter((row) => !isHealthy([row]));
    throw new Fault(`Needs attention: ${bad.map(({ what, status }) => `${what} is ${status}`).join('; ')}.`);
  }
  const held = rows.filter(({ status }) => status === 'held');
  const oldest = Math.max(0, ...held.map(({ ageMs }) => ageMs ?? 0));
  if (held.length > 0 && !options.json)
    io.write(`The oldest held item has waited for ${toAgeText(oldest)}.\n`);
}
