import type { Command } from 'commander';
import type { Client } from 'pg';
import { Fault, usageFault } from '../base/fault.ts';
import type { OpenAlarm } from '../domain/alarm.ts';
import type { HeldFilter, HeldRow } from '../domain/held.ts';
import { toLondonText } from '../domain/london.ts';
import { messageOf } from '../domain/messages.ts';
import type { RequestRow } from '../domain/request.ts';
import { type VendorName, vendorWords } from '../domain/vendor-name.ts';
import { toAlarmRows } from '../ops/completeness.ts';
import { acknowledgeAlarms, listOpenAlarms } from '../store/alarms.ts';
import { listHeld } from '../store/held.ts';
import { type JournalLine, readTimeline } from '../store/journal.ts';
import { allVendors } from '../vendors/all.ts';
import { withPics, withStore } from './connections.ts';
import { type Column, type Io, toAgeText, toCountOf, toJsonText, toTable } from './io.ts';
import { addGroup, type CommonOptions, loadConfig, toWholeNumber, withCommonOptions } from './options.ts';
import {
  checkLearner,
  giveAndReport,
  toIdent,
  toUserName,
  toVendor,
  type WaitOptions,
  withWaitOptions,
} from './request.ts';
import { toPathways } from './vendor/enrol.ts';

type ListOptions = CommonOptions & {
  readonly vendor?: string;
  readonly ident?: string;
  readonly code?: string;
  readonly state: string;
  readonly limit: number;
};
type ShowOptions = CommonOptions & { readonly values?: boolean };
type RetryOptions = WaitOptions & {
  readonly code?: string;
  readonly vendor?: string;
  readonly pathway: Readonly<Record<string, string>>;
};
type SkipOptions = WaitOptions & { readonly reason?: string };

const states = ['waiting', 'skipped', 'closed'] as const;

export function addHeldCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'held', 'list items that need a decision, and retry or skip them');
  withCommonOptions(group.command('list'))
    .description('list held items, oldest first')
    .option('--vendor <vendor>', 'only items of this vendor')
    .option('--ident <ident>', 'only items of this learner')
    .option('--code <code>', 'only items with this reason code')
    .option('--state <state>', `${states.join(', ')}`, 'waiting')
    .option(
      '--limit <count>',
      'maximum number of items',
      toWholeNumber('--limit', { least: 1, most: 10_000 }),
      200,
    )
    .action((options: ListOptions) => listItems(io, options));
  withCommonOptions(group.command('show'))
    .description('show one held item with its reason')
    .argument('<id>', 'number of the item')
    .option('--values', 'show the reason with its values, which may be personal data')
    .action((id: string, options: ShowOptions) => showItem(io, toId(id), options));
  withWaitOptions(group.command('retry'), 300)
    .description('try items again, after reading their learners afresh')
    .argument('[ids...]', 'numbers of the items')
    .option('--code <code>', 'all items with this reason code, instead of numbers')
    .option(
      '--pathway <reference=id>',
      'for an enrolment: what a qualification is taken as instead, by its id; may be repeated',
      toPathways,
      {},
    )
    .option('--vendor <vendor>', 'only items of this vendor')
    .action((ids: string[], options: RetryOptions) => retryItems(io, ids.map(toId), options));
  withWaitOptions(group.command('skip'))
    .description('leave an item undone; a later change may raise it again')
    .argument('<id>', 'number of the item')
    .requiredOption('--reason <text>', 'why it is skipped; kept with the item')
    .action((id: string, options: SkipOptions) => skipItem(io, toId(id), options));
}

function toId(text: string): string {
  if (!/^\d{1,18}$/.test(text))
    throw usageFault(`"${text}" is not the number of a held item. "held list" shows the numbers.`);
  return text;
}

const columns = (nowMs: number): readonly Column<HeldRow>[] => [
  { title: 'id', value: ({ id }) => id, isNumber: true },
  { title: 'waits', value: ({ sinceMs }) => toAgeText(nowMs - sinceMs), isNumber: true },
  { title: 'vendor', value: ({ vendor }) => vendor },
  { title: 'learner', value: ({ ident }) => ident },
  { title: 'about', value: ({ subject }) => subject },
  { title: 'reason', value: ({ code }) => code },
  { title: 'tries', value: ({ tries }) => tries, isNumber: true },
];

async function listItems(io: Io, options: ListOptions): Promise<void> {
  const { state, limit, vendor, ident, code } = options;
  if (!(states as readonly string[]).includes(state)) {
    throw usageFault(`--state must be one of ${states.join(', ')}, not "${state}".`);
  }
  const filter: HeldFilter = {
    state: state as (typeof states)[number],
    limit,
    ...(vendor !== undefined && { vendor: toVendor(vendor) }),
    ...(ident !== undefined && { ident: toIdent(ident) }),
    ...(code !== undefined && { code }),
  };
  const rows = await withStore(loadConfig(io, options), (client) => listHeld(client, filter));
  if (options.json) io.write(toJsonText(rows.map(withoutValues)));
  else if (rows.length === 0) io.write('There are no held items.\n');
  else io.write(toTable(columns(Date.now()), rows));
}

/** Parameters may contain personal names, so JSON output lists only the names of the parameters. */
function withoutValues({ params, ...row }: HeldRow) {
  return { ...row, params: Object.keys(params) };
}

async function readItem(client: Client, id: string): Promise<HeldRow> {
  for (const state of states) {
    const afterId = String(BigInt(id) - 1n);
    const [row] = await listHeld(client, { state, afterId, limit: 1 });
    if (row?.id === id) return row;
  }
  throw new Fault(`There is no held item ${id}. "held list" shows the numbers.`);
}

async function showItem(io: Io, id: string, options: ShowOptions): Promise<void> {
  const row = await withStore(loadConfig(io, options), (client) => readItem(client, id));
  if (options.json) {
    io.write(toJsonText(options.values ? row : withoutValues(row)));
    return;
  }
  const message = messageOf(
    row.code,
    options.values ? { vendor: row.vendor, ...row.params } : { vendor: row.vendor },
  );
  io.write(
    `${row.id}  ${row.code}  learner ${row.ident}  ${row.subject}  (${row.vendor}, centre ${row.centre})\n`,
  );
  io.write(`${message}\n`);
  io.write(`held since ${toLondonText(row.sinceMs)}, ${row.tries === 1 ? '1 try' : `${row.tries} tries`}\n`);
  if (row.skippedAtMs !== null && row.closedAtMs === null) {
    io.write(`skipped ${toLondonText(row.skippedAtMs)} by ${row.by}: ${row.reason}\n`);
  }
  if (row.closedAtMs !== null) io.write(`closed ${toLondonText(row.closedAtMs)} (${row.how})\n`);
  if (!options.values && message.includes('…'))
    io.write('The values are hidden. Use --values to show them.\n');
}

/**
 * A retry or a skip is a command like any other: the roles carry it out. A retry ends when the looks it
 * started have ended.
 */
async function retryItems(io: Io, ids: readonly string[], options: RetryOptions): Promise<void> {
  const { code } = options;
  if ((ids.length === 0) === (code === undefined)) {
    throw usageFault('Give the numbers of the items, or --code for all items with one reason.');
  }
  const { pathway } = options;
  const choices = Object.keys(pathway).length === 0 ? {} : { choices: { pathways: pathway } };
  const payload = { ...(code === undefined ? { held: ids } : { code }), ...choices };
  const vendor = await findVendor(io, options, ids);
  const given = { kind: 'retry', vendor, payload, roles: 'outbound and reconciler' } as const;
  await giveAndReport(io, options, given, showRetried);
}

/** A command is for one vendor: that of the items, which must all be of one. */
async function findVendor(
  io: Io,
  options: Pick<RetryOptions, keyof CommonOptions | 'vendor' | 'code'>,
  ids: readonly string[],
): Promise<VendorName> {
  const { vendor, code } = options;
  if (vendor !== undefined) return toVendor(vendor);
  const rows = await withStore(loadConfig(io, options), async (client) => {
    const items: HeldRow[] = [];
    for (const id of ids) items.push(await readItem(client, id));
    if (code === undefined) return items;
    for (const { name } of allVendors)
      items.push(...(await listHeld(client, { code, vendor: name, limit: 1 })));
    return items;
  });
  const [first, ...others] = new Set(rows.map((row) => row.vendor));
  if (first === undefined)
    throw new Fault(`Nothing waits with the reason ${code}. "held list" shows what does.`);
  if (others.length > 0) {
    const words = [first, ...others].map((one) => vendorWords[one]).join(' and ');
    throw usageFault(`These items are of ${words}: give the command for one after the other, with --vendor.`);
  }
  return first;
}

function showRetried({ result }: RequestRow): string {
  if (result === null) return '';
  const { items, learners, held } = result as unknown as { items: number; learners: number; held: unknown[] };
  const again = held.length === 0 ? '' : ` ${toCountOf(held.length, 'item')} held again.`;
  return `${toCountOf(items, 'item')} of ${toCountOf(learners, 'record')} tried again.${again} "held list" shows the remaining items.\n`;
}

async function skipItem(io: Io, id: string, options: SkipOptions): Promise<void> {
  const reason = options.reason?.trim() ?? '';
  if (reason === '') throw usageFault(messageOf('REASON_MISSING', {}));
  const vendor = await findVendor(io, options, [id]);
  const payload = { held: id, reason };
  const roles = 'outbound and reconciler';
  await giveAndReport(
    io,
    options,
    { kind: 'skip', vendor, payload, roles, runsDisabled: true },
    ({ result }) => (result === null ? '' : `Item ${id} of ${String(result['ident'])} is skipped.\n`),
  );
}

type TimelineOptions = CommonOptions & { readonly limit: number };

const timelineColumns: readonly Column<JournalLine>[] = [
  { title: 'when', value: ({ atMs }) => toLondonText(atMs) },
  { title: 'vendor', value: ({ vendor }) => vendor },
  { title: 'what', value: ({ kind }) => kind },
  { title: 'about', value: ({ subject }) => subject },
  { title: 'code', value: ({ code }) => code },
  { title: 'vendor id', value: ({ vendorId }) => vendorId },
  { title: 'took ms', value: ({ tookMs }) => tookMs, isNumber: true },
];

export function addTimelineCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('timeline'))
    .description('show the history of one learner, oldest first, without personal data')
    .argument('<ident>', 'code of the learner in PICS')
    .option(
      '--limit <count>',
      'maximum number of lines',
      toWholeNumber('--limit', { least: 1, most: 10_000 }),
      50,
    )
    .action((ident: string, options: TimelineOptions) => showTimeline(io, toIdent(ident), options));
}

async function showTimeline(io: Io, ident: string, options: TimelineOptions): Promise<void> {
  const config = loadConfig(io, options);
  const lines = await withStore(config, (client) => readTimeline(client, ident, options.limit));
  if (lines.length === 0) await withPics(config, (client) => checkLearner(client, config, ident));
  lines.reverse();
  if (options.json) io.write(toJsonText(lines));
  else if (lines.length === 0) io.write(`There is no history for learner ${ident} yet.\n`);
  else io.write(toTable(timelineColumns, lines));
}

type AcknowledgeOptions = CommonOptions & { readonly all?: boolean };

export function addAlarmsCommand(program: Command, io: Io): void {
  const group = addGroup(
    program,
    'alarms',
    'list what went past without being carried over, and acknowledge it once it is made good',
  );
  withCommonOptions(group.command('list'))
    .description('list alarms that are not acknowledged, oldest first, with what to do')
    .action((options: CommonOptions) => listAlarms(io, options));
  withCommonOptions(group.command('acknowledge'))
    .description('say that alarms have been dealt with; what is met after that opens new ones')
    .argument('[ids...]', 'numbers of the alarms')
    .option('--all', 'all that are open, instead of numbers')
    .action((ids: string[], options: AcknowledgeOptions) => acknowledge(io, ids, options));
}

const alarmColumns = (nowMs: number): readonly Column<OpenAlarm>[] => [
  { title: 'id', value: ({ id }) => id, isNumber: true },
  { title: 'open', value: ({ sinceMs }) => toAgeText(nowMs - sinceMs), isNumber: true },
  { title: 'last', value: ({ lastAtMs }) => `${toAgeText(nowMs - lastAtMs)} ago`, isNumber: true },
  { title: 'count', value: ({ count }) => count, isNumber: true },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'about', value: ({ about }) => about },
  { title: 'code', value: ({ code }) => code },
  { title: 'last place', value: ({ place }) => place },
];

async function listAlarms(io: Io, options: CommonOptions): Promise<void> {
  const alarms = await withStore(loadConfig(io, options), listOpenAlarms);
  if (options.json) return io.write(toJsonText(alarms));
  if (alarms.length === 0) return io.write('There are no alarms.\n');
  const nowMs = Date.now();
  io.write(toTable(alarmColumns(nowMs), alarms));
  const advice = new Set(toAlarmRows(alarms, nowMs).map((row) => row.advice));
  for (const text of advice) io.write(`${text}\n`);
}

async function acknowledge(io: Io, ids: readonly string[], options: AcknowledgeOptions): Promise<void> {
  if (ids.length > 0 === (options.all === true)) {
    throw usageFault('Give either the numbers of the alarms or --all. "alarms list" shows the numbers.');
  }
  const bad = ids.find((id) => !/^\d{1,18}$/.test(id));
  if (bad !== undefined)
    throw usageFault(`"${bad}" is not the number of an alarm. "alarms list" shows the numbers.`);
  const choice = options.all ? 'all' : { ids };
  const closed = await withStore(loadConfig(io, options), (client) =>
    acknowledgeAlarms(client, choice, { by: toUserName() }),
  );
  if (options.json) io.write(toJsonText(closed));
  else io.write(`${toCountOf(closed.length, 'alarm')} acknowledged.\n`);
  const known = new Set(closed.map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new Fault(`Not an open alarm: ${unknown.join(', ')}.`);
}
