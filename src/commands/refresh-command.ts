import type { Command } from 'commander';
import type pg from 'pg';
import { Fault } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import { toMessage } from '../core/message.ts';
import { type RequestRow, readRequest } from '../pics/request.ts';
import { withPics } from './connections.ts';
import { awaitRequest, checkLearner, giveRequest, toIdent, toVendor } from './give-request.ts';
import { type Io, toJsonText } from './io.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';
import { toWholeNumber, withCommonOptions } from './options.ts';

type WaitOptions = CommonOptions & {
  readonly vendor: string;
  readonly timeout: number;
  readonly wait: boolean;
};

export function addRefreshCommand(program: Command, io: Io): void {
  withWaitOptions(program.command('refresh'), 120)
    .description('do the whole daily exchange of one learner now, and wait for its result')
    .argument('<ident>', 'code of the learner in PICS')
    .action((text: string, options: WaitOptions) => {
      const ident = toIdent(text);
      return command(io, options, { kind: 'refresh', ident, roles: 'outbound and reconciler' });
    });
  withWaitOptions(program.command('synchronise'), 3_600)
    .description('do the daily run over everything now, and wait for its result')
    .action((options: WaitOptions) =>
      command(io, options, { kind: 'synchronise', ident: null, roles: 'poller and reconciler' }),
    );
}

function withWaitOptions(made: Command, timeoutS: number): Command {
  return withCommonOptions(made)
    .option('--vendor <vendor>', 'whose exchange', 'onefile')
    .option(
      '--timeout <seconds>',
      'how long to wait',
      toWholeNumber('--timeout', { least: 1, most: 86_400 }),
      timeoutS,
    )
    .option('--no-wait', 'give the command and print its id');
}

type Given = { readonly kind: string; readonly ident: string | null; readonly roles: string };

async function command(io: Io, options: WaitOptions, given: Given): Promise<void> {
  const vendor = toVendor(options.vendor);
  const config = loadConfig(io, options);
  // Nobody would take the command: the person who gave it must not wait for its time limit.
  if (config.vendors[vendor].kind !== 'enabled') throw new Fault(toMessage('DISABLED', { vendor }));
  await withPics(config, async (client) => {
    if (given.ident !== null) await checkLearner(client, config, given.ident);
    const id = await giveRequest(client, { kind: given.kind, vendor, ident: given.ident });
    if (!options.wait) {
      io.write(options.json ? toJsonText({ id }) : `${id}\n`);
      return;
    }
    await awaitAndReport({ io, options, config, client, id, roles: given.roles });
  });
}

type Waiting = { io: Io; options: WaitOptions; config: Config; client: pg.Client; id: string; roles: string };

async function awaitAndReport({ io, options, client, id, roles }: Waiting): Promise<void> {
  const isQuiet = options.json === true;
  const ended = await awaitRequest(client, id, { io, timeoutS: options.timeout, isQuiet });
  if (ended === null) {
    const status = (await readRequest(client, id))?.status ?? 'unknown';
    if (options.json) io.write(toJsonText({ id, status }));
    const hint =
      status === 'new' ? ` Do ${roles} run, and the connector? "pics-sync doctor" and "lag" tell.` : '';
    throw new Fault(
      `The command is still ${status} after ${options.timeout} s and goes on without us (${id}).${hint}`,
    );
  }
  report(io, options, ended);
  if (ended.status !== 'done') throw new Fault(toRefusal(ended));
}

function report(io: Io, options: WaitOptions, row: RequestRow): void {
  if (options.json) {
    io.write(toJsonText(row));
    return;
  }
  const tookS = row.finishedAtMs === null ? null : (row.finishedAtMs - row.requestedAtMs) / 1_000;
  const took = tookS === null || tookS < 0 ? '' : ` after ${tookS.toFixed(1)} s`;
  io.write(
    `${row.status}${took}${row.message === null || row.status !== 'done' ? '' : `: ${row.message}`}\n`,
  );
  for (const [name, value] of Object.entries(row.result ?? {})) {
    io.write(`  ${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}\n`);
  }
}

function toRefusal({ status, code, message }: RequestRow): string {
  return `The command was ${status}: ${message ?? code ?? 'no reason given'}`;
}
