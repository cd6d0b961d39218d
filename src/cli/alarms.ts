import type { Command } from 'commander';
import { Fault, usageFault } from '../base/fault.ts';
import type { OpenAlarm } from '../domain/alarm.ts';
import { toAlarmRows } from '../ops/completeness.ts';
import { acknowledgeAlarms, listOpenAlarms } from '../store/alarms.ts';
import { withStore } from './connections.ts';
import { type Column, type Io, toAgeText, toCountOf, toJsonText, toTable } from './io.ts';
import { addGroup, type CommonOptions, loadConfig, withCommonOptions } from './options.ts';
import { toUserName } from './request.ts';

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

const columns = (nowMs: number): readonly Column<OpenAlarm>[] => [
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
  io.write(toTable(columns(nowMs), alarms));
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
