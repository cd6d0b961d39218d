import type { Command } from 'commander';
import { toLondonText } from '../../domain/london.ts';
import type { RequestRow } from '../../domain/request.ts';
import type { Vendor, VendorStatus } from '../../vendors/vendor.ts';
import { withVendorContext } from '../connections.ts';
import { type Io, toCountOf, toJsonText } from '../io.ts';
import { loadConfig } from '../options.ts';
import { toRefusal, type WaitOptions, withRequests, withWaitOptions } from '../request.ts';
import { connectionText, testConnection, toFieldLines } from './switch.ts';

type StatusOptions = WaitOptions & { readonly test?: boolean };

export function addStatusCommand(group: Command, io: Io, vendor: Vendor): void {
  withWaitOptions(group.command('status'))
    .description(`show whether ${vendor.title} is enabled, how it is set, and when it was last synchronised`)
    .option('--test', 'test the connection as well')
    .action((options: StatusOptions) => showStatus(io, options, vendor));
}

async function showStatus(io: Io, options: StatusOptions, vendor: Vendor): Promise<void> {
  const config = loadConfig(io, options);
  const status = await withVendorContext(config, vendor, (context) => vendor.switching(context).readStatus());
  let test: RequestRow | null = null;
  if (options.test)
    await withRequests(io, options, async ({ run }) => {
      test = await run(testConnection(vendor));
    });
  show(io, options, { vendor, status, test });
}

type Shown = { readonly vendor: Vendor; readonly status: VendorStatus; readonly test: RequestRow | null };

function show(io: Io, options: StatusOptions, { vendor, status, test }: Shown): void {
  if (options.json) {
    io.write(toJsonText(test === null ? status : { ...status, connection: test }));
    return;
  }
  io.write(statusText(vendor, status));
  if (test === null) return;
  if (test.status !== 'done') io.write(`\n${toRefusal(test)}\n`);
  else io.write(`\n${connectionText(vendor, test.result ?? {})}`);
}

/** Why a vendor that is enabled does not work, by code. */
function restText(code: string, configName: string): string {
  switch (code) {
    case 'configuration':
      return 'the configuration leaves it out';
    case 'moved':
      return `environment or centre has changed; "${configName} enable" shows what that means`;
    case 'desktop':
      return `it is not certain that desktop synchronisation is off (${configName}.desktopSyncOff)`;
    default:
      return code;
  }
}

/** The status as lines for a person. */
export function statusText(
  { title, configName }: Pick<Vendor, 'title' | 'configName'>,
  status: VendorStatus,
): string {
  const { changedAtMs, changedBy, environment, centre, forecast, held } = status;
  const since = changedAtMs === null ? '' : ` since ${toLondonText(changedAtMs)} (${changedBy ?? 'unknown'})`;
  const never = `not enabled; run "${configName} enable"`;
  const { rests } = status;
  const why = rests === null || rests === 'disabled' ? '' : `, but stopped: ${restText(rests, configName)}`;
  const isOff = rests === 'disabled' || (rests === 'configuration' && changedAtMs === null);
  const state = isOff ? (changedAtMs === null ? never : `disabled${since}`) : `enabled${since}${why}`;
  const heldCount = held.reduce((sum, { count }) => sum + count, 0);
  const lines: readonly (readonly [string, string])[] = [
    [title, state],
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
    ...toFieldLines(status.lostFields, configName),
    ...toSharedLines(status),
    ...Object.entries(status.settings).map(([name, value]) => [`  ${name}`, toValue(value)] as const),
    ...status.warningsOpen.map(({ id, text }) => [id, text] as const),
  ];
  const width = Math.max(...lines.map(([title]) => title.length));
  return lines.map(([title, text]) => `${title.padEnd(width)}  ${text}\n`).join('');
}

/** D-8: no fault, but worth knowing: each of them is shown as the other at the vendor. */
function toSharedLines({ sharedOfficers }: VendorStatus): (readonly [string, string])[] {
  return sharedOfficers.map(({ vendorId, codes }) => [
    'shared account',
    `${vendorId}: officers ${codes.join(', ')}`,
  ]);
}

function toRunLines(status: VendorStatus): (readonly [string, string])[] {
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
