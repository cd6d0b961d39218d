import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Command as Program } from 'commander';
import type pg from 'pg';
import { Fault, usageFault } from '../base/fault.ts';
import { pollFor } from '../base/sleep.ts';
import type { Config } from '../config/config.ts';
import { findNearest } from '../config/faults.ts';
import type { JsonObject } from '../domain/json.ts';
import { messageOf } from '../domain/messages.ts';
import type { RequestRow } from '../domain/request.ts';
import { type VendorName, vendorNames, vendorWords } from '../domain/vendor-name.ts';
import { toKeySql, toMapping, toTableSql } from '../pics/mapping.ts';
import { insertRequest, readRequest } from '../pics/request.ts';
import { allVendors } from '../vendors/all.ts';
import { withPics } from './connections.ts';
import { type Io, toJsonText } from './io.ts';
import { type CommonOptions, loadConfig, toWholeNumber, withCommonOptions } from './options.ts';
import { createProgress, progressOf } from './progress.ts';

export type WaitOptions = CommonOptions & { readonly timeout: number; readonly wait: boolean };

/** A command for a vendor. `roles`: the roles that must run to carry it out. */
export type Given = Command & {
  readonly vendor: VendorName;
  readonly roles: string;
  /** Allowed also while the configuration does not enable the vendor. */
  readonly runsDisabled?: boolean;
};

/** The text shown to a user for a command that ended. With --json, the row itself is printed. */
type Show = (row: RequestRow) => string;

/** Gives a command and waits until it ends, with any result. */
export type RunRequest = (given: Given) => Promise<RequestRow>;

/** Options of every command that is a row of `picsync.request`. */
export function withWaitOptions(made: Program, timeoutS = 120): Program {
  return withCommonOptions(made)
    .option(
      '--timeout <seconds>',
      'how many seconds to wait',
      toWholeNumber('--timeout', { least: 1, most: 86_400 }),
      timeoutS,
    )
    .option('--no-wait', 'only give the command and print its id');
}

/** Gives one command, waits for it and shows its result. Any status but "done" is a failure. */
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

type Requests = { readonly run: RunRequest; readonly client: pg.Client };

/** Opens one connection to PICS and passes functions that give commands over it. */
export async function withRequests(
  io: Io,
  options: WaitOptions,
  use: (requests: Requests) => Promise<void>,
): Promise<void> {
  const config = loadConfig(io, options);
  const check = ({ vendor, runsDisabled = false }: Given): void => {
    // Refused at once: the person who gave it need not wait until a process takes it up.
    const configName = allVendors.find(({ name }) => name === vendor)?.configName ?? vendor;
    if (!runsDisabled && config.vendors[configName]?.kind !== 'enabled')
      throw new Fault(messageOf('DISABLED', { vendor }));
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
    status === 'new'
      ? ` Check that ${roles} and the connector run: "pics-sync doctor" and "pics-sync lag".`
      : '';
  return new Fault(
    `The command ${id} is still ${status} after ${options.timeout} s. It continues in the background.${hint}`,
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

/** Formats the result as it is, one line for each part. */
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

/** Finds a vendor by its word on the command line. */
export function toVendor(text: string): VendorName {
  const name = vendorNames.find((one) => vendorWords[one] === text);
  if (name !== undefined && allVendors.some((vendor) => vendor.name === name)) return name;
  if (name !== undefined) throw usageFault(`This version does not support ${text}.`);
  const near = findNearest(text, Object.values(vendorWords));
  const known = allVendors.map((vendor) => vendorWords[vendor.name]).join(', ');
  throw usageFault(
    `There is no vendor "${text}".${near === null ? ` Known: ${known}.` : ` Did you mean ${near}?`}`,
  );
}

/** Checks a learner's code as PICS stores it: at most eight characters, without surrounding blanks. */
export function toIdent(text: string): string {
  return toCode(text, 'learner', 8);
}

/** The same for officers and organisations. */
export function toCode(text: string, kind: string, mostCharacters: number): string {
  const code = text.trim();
  if (code === '' || code.length > mostCharacters)
    throw usageFault(`"${text}" is not a valid ${kind} code: a code has 1 to ${mostCharacters} characters.`);
  return code;
}

export function readMapping({ pics }: Config) {
  return toMapping(pics.mapping);
}

/** Refuses a code that PICS does not have, before anything is sent. */
export async function checkLearner(client: pg.Client, config: Config, ident: string): Promise<void> {
  if (!(await hasLearner(client, config, ident))) throw new Fault(`There is no learner ${ident} in PICS.`);
}

export async function hasLearner(client: pg.Client, config: Config, ident: string): Promise<boolean> {
  const { learner } = readMapping(config);
  const { rows } = await client.query(
    `select 1 from ${toTableSql(learner)} where ${toKeySql(learner, 'ident')} = $1`,
    [ident],
  );
  return rows.length > 0;
}

/** The user who gave the command, for the journal. */
export function toUserName(): string {
  try {
    return `${userInfo().username} (command line)`;
  } catch {
    return 'command line';
  }
}

type Command = {
  readonly kind: string;
  readonly vendor: string;
  readonly ident?: string;
  readonly officer?: string;
  readonly organisation?: string;
  readonly payload?: JsonObject;
};

/** PICS refuses more: a command travels as one record of Kafka (`0002_request_size.sql`). */
const mostPayloadBytes = 256 * 1024;

/** Inserts a command into `picsync.request`, as PICS and the status page do. Returns its id. */
async function giveRequest(client: pg.Client, command: Command): Promise<string> {
  const id = randomUUID();
  const { kind, vendor, ident = null, officer = null, organisation = null, payload = null } = command;
  const requestedBy = toUserName();
  if (Buffer.byteLength(JSON.stringify(payload)) > mostPayloadBytes)
    throw usageFault('The command is larger than 256 KiB. Give it in parts.');
  await insertRequest(client, { id, kind, vendor, ident, officer, organisation, payload, requestedBy });
  return id;
}

const endStates = ['done', 'refused', 'failed', 'held', 'skipped'];

/**
 * Waits until a command has ended and shows how far it is. Returns null after the time limit; the command
 * continues.
 */
async function awaitRequest(
  client: pg.Client,
  id: string,
  { io, timeoutS, isQuiet }: { io: Io; timeoutS: number; isQuiet: boolean },
): Promise<RequestRow | null> {
  const progress = createProgress(io, () => performance.now());
  try {
    return await pollFor(
      async () => {
        const row = await readRequest(client, id);
        if (row === null) throw new Fault(`The request ${id} is no longer in PICS.`);
        if (endStates.includes(row.status)) return row;
        if (!isQuiet) progress.show(progressOf(row));
        return null;
      },
      { everyMs: 200, timeoutMs: timeoutS * 1_000, signal: io.signal },
    );
  } finally {
    progress.end();
  }
}
