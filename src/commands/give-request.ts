import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type pg from 'pg';
import { Fault, usageFault } from '../base/fault.ts';
import { pollFor } from '../base/sleep.ts';
import type { Config } from '../config/config.ts';
import { findNearest } from '../config/nearest.ts';
import type { JsonObject } from '../core/json.ts';
import { type PicsMappingConfig, tableNames, toKeySql, toMapping, toTableSql } from '../pics/mapping.ts';
import { insertRequest, type RequestRow, readRequest } from '../pics/request.ts';
import type { Io } from './io.ts';

/** Vendors as people type them, and as data names them. */
const vendorWords: Readonly<Record<string, string>> = {
  onefile: 'onefile',
  'smart-assessor': 'smartassessor',
};

export function toVendor(text: string): 'onefile' {
  const vendor = vendorWords[text];
  if (vendor === 'onefile') return vendor;
  if (vendor !== undefined) throw usageFault(`${text} is not served by this version.`);
  const near = findNearest(text, Object.keys(vendorWords));
  throw usageFault(
    `There is no vendor "${text}".${near === null ? ' Known: onefile.' : ` Did you mean ${near}?`}`,
  );
}

/** A learner's code as PICS keeps it: at most eight characters, without blanks around it. */
export function toIdent(text: string): string {
  return toCode(text, 'learner', 8);
}

/** Likewise of officers and organisations. */
export function toCode(text: string, kind: string, mostCharacters: number): string {
  const code = text.trim();
  if (code === '' || code.length > mostCharacters)
    throw usageFault(`"${text}" is no ${kind} code: it has 1 to ${mostCharacters} characters.`);
  return code;
}

export function readMapping({ pics }: Config) {
  for (const name of Object.keys(pics.mapping)) {
    if ((tableNames as readonly string[]).includes(name)) continue;
    const near = findNearest(name, tableNames);
    throw usageFault(
      `pics.mapping.${name} is not a table we know.${near === null ? '' : ` Did you mean ${near}?`}`,
    );
  }
  return toMapping(pics.mapping as PicsMappingConfig);
}

/** Refuses a code that PICS does not know, before anything is sent anywhere. */
export async function checkLearner(client: pg.Client, config: Config, ident: string): Promise<void> {
  const { learner } = readMapping(config);
  const { rows } = await client.query(
    `select 1 from ${toTableSql(learner)} where ${toKeySql(learner, 'ident')} = $1`,
    [ident],
  );
  if (rows.length === 0) throw new Fault(`There is no learner ${ident} in PICS.`);
}

/** Who gave the command, for the record. */
export function toUserName(): string {
  try {
    return `${userInfo().username} (command line)`;
  } catch {
    return 'command line';
  }
}

export type Command = {
  readonly kind: string;
  readonly vendor: string;
  readonly ident?: string;
  readonly officer?: string;
  readonly organisation?: string;
  readonly payload?: JsonObject;
};

/** Puts a command into `picsync.request`, as PICS and the page do. Gives its id. */
export async function giveRequest(client: pg.Client, command: Command): Promise<string> {
  const id = randomUUID();
  const { kind, vendor, ident = null, officer = null, organisation = null, payload = null } = command;
  const requestedBy = toUserName();
  await insertRequest(client, { id, kind, vendor, ident, officer, organisation, payload, requestedBy });
  return id;
}

const endStates = ['done', 'refused', 'failed', 'held', 'skipped'];

/** Waits until a command has ended, telling each new state. Null when the time is over: it goes on without us. */
export async function awaitRequest(
  client: pg.Client,
  id: string,
  { io, timeoutS, isQuiet }: { io: Io; timeoutS: number; isQuiet: boolean },
): Promise<RequestRow | null> {
  let told = '';
  const tell = (status: string) => {
    if (status === told || isQuiet) return;
    told = status;
    io.tell(`${status === 'new' ? 'waiting to be taken up' : status} …\n`);
  };
  return pollFor(
    async () => {
      const row = await readRequest(client, id);
      if (row === null) throw new Fault(`The request ${id} is no longer in PICS.`);
      if (endStates.includes(row.status)) return row;
      tell(row.status);
      return null;
    },
    { everyMs: 200, timeoutMs: timeoutS * 1_000, signal: io.signal },
  );
}
