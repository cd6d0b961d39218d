import type { Command as Program } from 'commander';
import type pg from 'pg';
import { Fault } from '../base/fault.ts';
import { toMessage } from '../core/message.ts';
import { type RequestRow, readRequest } from '../pics/request.ts';
import { withPics } from './connections.ts';
import { awaitRequest, type Command, giveRequest } from './give-request.ts';
import { type Io, toJsonText } from './io.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';
import { toWholeNumber, withCommonOptions } from './options.ts';

export type WaitOptions = CommonOptions & { readonly timeout: number; readonly wait: boolean };

/** A command for a vendor. `roles`: who must run for it to be taken up. */
export type Given = Command & {
  readonly vendor: 'onefile';
  readonly roles: string;
  /** Runs also while the configuration leaves the vendor out. */
  readonly runsDisabled?: boolean;
};

/** What a person is shown of a command that ended; programs get the row. */
export type Show = (row: RequestRow) => string;

/** Gives a command and waits for its end, whatever that is. */
export type RunRequest = (given: Given) => Promise<RequestRow>;

/** Options of every command that is a row of `picsync.request`. */
export function withWaitOptions(made: Program, timeoutS = 120): Program {
  return withCommonOptions(made)
    .option(
      '--timeout <seconds>',
      'how long to wait',
      toWholeNumber('--timeout', { least: 1, most: 86_400 }),
      timeoutS,
    )
    .option('--no-wait', 'give the command and print its id');
}

/** Gives one command, waits for it and shows what came of it. Anything but "done" is a failure. */
export async function giveAndReport(
  io: Io,
  options: WaitOptions,
  given: Given,
  show: Show = toLines,
): Promise<void> {
  await withRequests(io, options, async ({ run, client }) => {
    if (options.wait) return report(io, options, await run(given), show);
    const id = await giveRequest(client, given);
    io.write(options.json ? toJsonText({ id }) : `${id}\n`);
  });
}

export type Requests = { readonly run: RunRequest; readonly client: pg.Client };

/** Lends what gives commands over one connection to PICS. */
export async function withRequests(
  io: Io,
  options: WaitOptions,
  use: (requests: Requests) => Promise<void>,
): Promise<void> {
  const config = loadConfig(io, options);
  const check = ({ vendor, runsDisabled = false }: Given): void => {
    // Refused at once: the person who gave it need not wait for somebody to take it up.
    if (!runsDisabled && config.vendors[vendor].kind !== 'enabled')
      throw new Fault(toMessage('DISABLED', { vendor }));
  };
  const isQuiet = options.json === true;
  await withPics(config, (client) =>
    use({
      client,
      run: async (given) => {
        check(given);
        const id = await giveRequest(client, given);
        const ended = await awaitRequest(client, id, { io, timeoutS: options.timeout, isQuiet });
        if (ended === null) throw await toLateFault({ io, options, client, id, roles: given.roles });
        return ended;
      },
    }),
  );
}

type Late = { io: Io; options: WaitOptions; client: pg.Client; id: string; roles: string };

async function toLateFault({ io, options, client, id, roles }: Late): Promise<Fault> {
  const status = (await readRequest(client, id))?.status ?? 'unknown';
  if (options.json) io.write(toJsonText({ id, status }));
  const hint =
    status === 'new' ? ` Do ${roles} run, and the connector? "pics-sync doctor" and "lag" tell.` : '';
  return new Fault(
    `The command is still ${status} after ${options.timeout} s and goes on without us (${id}).${hint}`,
  );
}

export function report(io: Io, options: Pick<WaitOptions, 'json'>, row: RequestRow, show: Show): void {
  if (options.json) io.write(toJsonText(row));
  else io.write(`${toEndLine(row)}${show(row)}`);
  if (row.status !== 'done') throw new Fault(toRefusal(row));
}

function toEndLine({ status, message, finishedAtMs, requestedAtMs }: RequestRow): string {
  const tookS = finishedAtMs === null ? null : (finishedAtMs - requestedAtMs) / 1_000;
  const took = tookS === null || tookS < 0 ? '' : ` after ${tookS.toFixed(1)} s`;
  return `${status}${took}${message === null || status !== 'done' ? '' : `: ${message}`}\n`;
}

/** The result as it is, one line a part. */
export function toLines({ result }: RequestRow): string {
  return Object.entries(result ?? {})
    .map(
      ([name, value]) => `  ${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}\n`,
    )
    .join('');
}

export function toRefusal({ status, code, message }: RequestRow): string {
  return `The command was ${status}: ${message ?? code ?? 'no reason given'}`;
}
