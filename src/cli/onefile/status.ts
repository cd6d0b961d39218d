import type { Command } from 'commander';
import type { Config } from '../../config/config.ts';
import { toLondonText } from '../../domain/london.ts';
import type { PassForecast } from '../../domain/polling.ts';
import type { RequestRow } from '../../domain/request.ts';
import { createPresentColumns, toMapping } from '../../pics/mapping.ts';
import { readApprovedPlan, readEnabledWith } from '../../roles/enabled-with.ts';
import { findRest, type Rest } from '../../roles/find-rest.ts';
import { readDesktopState, readWarnings, type WarningParts } from '../../roles/onefile-warnings.ts';
import { readPassForecast } from '../../roles/pass-forecast.ts';
import { countHeldByReason } from '../../store/held.ts';
import { readRuns } from '../../store/polling.ts';
import { readVendorState } from '../../store/vendor-state.ts';
import type { OneFileSection } from '../../vendors/onefile/config.ts';
import { oneFile as vendor } from '../../vendors/onefile/onefile.ts';
import { findOpenWarnings, type Warning } from '../../vendors/onefile/rules/warnings.ts';
import { withPics, withStore } from '../connections.ts';
import { type Io, toCountOf, toJsonText } from '../io.ts';
import { loadConfig } from '../options.ts';
import { toRefusal, type WaitOptions, withRequests, withWaitOptions } from '../request.ts';
import { testConnection, toConnectionText } from './switch.ts';

type StatusOptions = WaitOptions & { readonly test?: boolean };

export function addStatusCommand(group: Command, io: Io): void {
  withWaitOptions(group.command('status'))
    .description('show whether OneFile is enabled, how it is set, and when it was last synchronised')
    .option('--test', 'test the connection as well')
    .action((options: StatusOptions) => showStatus(io, options));
}

async function showStatus(io: Io, options: StatusOptions): Promise<void> {
  const config = loadConfig(io, options);
  const status = await withPics(config, (pics) =>
    withStore(config, (store) => {
      const mapping = toMapping(config.pics.mapping);
      const columns = createPresentColumns({ database: pics, mapping, now: Date.now, onMissing: () => {} });
      return readOneFileStatus(config, { pics: { pool: pics, columns }, store: { pool: store } });
    }),
  );
  let test: RequestRow | null = null;
  if (options.test)
    await withRequests(io, options, async ({ run }) => {
      test = await run(testConnection);
    });
  show(io, options, status, test);
}

function show(io: Io, options: StatusOptions, status: OneFileStatus, test: RequestRow | null): void {
  if (options.json) {
    io.write(toJsonText(test === null ? status : { ...status, connection: test }));
    return;
  }
  io.write(toStatusText(status));
  if (test === null) return;
  if (test.status !== 'done') io.write(`\n${toRefusal(test)}\n`);
  else io.write(`\n${toConnectionText(test.result ?? {})}`);
}

const restTexts: Readonly<Record<Exclude<Rest, 'disabled'>, string>> = {
  configuration: 'the configuration leaves it out',
  moved: 'environment or centre have changed; "onefile enable" shows what that means',
  desktop: 'desktop synchronisation is not known to be off (onefile.desktopSyncOff)',
};

/** The status as lines for a person. */
export function toStatusText(status: OneFileStatus): string {
  const { changedAtMs, changedBy, environment, centre, forecast, held } = status;
  const since = changedAtMs === null ? '' : ` since ${toLondonText(changedAtMs)} (${changedBy ?? 'unknown'})`;
  const never = 'not enabled: "onefile enable"';
  const { rests } = status;
  const why = rests === null || rests === 'disabled' ? '' : `, but rests: ${restTexts[rests]}`;
  const isOff = rests === 'disabled' || (rests === 'configuration' && changedAtMs === null);
  const state = isOff ? (changedAtMs === null ? never : `disabled${since}`) : `enabled${since}${why}`;
  const heldCount = held.reduce((sum, { count }) => sum + count, 0);
  const lines: readonly (readonly [string, string])[] = [
    ['OneFile', state],
    ['configuration', status.configured === 'faulty' ? status.faults.join(' ') : status.configured],
    ['environment', `${environment ?? 'not set'}, centre ${centre ?? 'not chosen'}`],
    ['last synchronised', toTime(status.lastSynchronisedAtMs) ?? 'never'],
    ...toRunLines(status),
    [
      'full pass',
      forecast === null
        ? 'not known'
        : `about ${toCountOf(forecast.calls, 'call')}, ${forecast.minutes} minutes`,
    ],
    ['held', heldCount === 0 ? 'nothing' : `${toCountOf(heldCount, 'item')}: "held list"`],
    ...Object.entries(status.settings).map(([name, value]) => [`  ${name}`, toValue(value)] as const),
    ...status.warningsOpen.map(({ id, text }) => [id, text] as const),
  ];
  const width = Math.max(...lines.map(([title]) => title.length));
  return lines.map(([title, text]) => `${title.padEnd(width)}  ${text}\n`).join('');
}

function toRunLines(status: OneFileStatus): (readonly [string, string])[] {
  const { synchronisingSinceMs, syncDueSinceMs } = status;
  const since = toTime(synchronisingSinceMs);
  if (since !== null) return [['synchronising', `since ${since}`]];
  const due = toTime(syncDueSinceMs);
  return due === null ? [] : [['synchronisation', `due since ${due}; the poller begins it`]];
}

function toTime(atMs: number | null): string | null {
  return atMs === null ? null : toLondonText(atMs);
}

function toValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === null ? 'none' : String(value);
}
