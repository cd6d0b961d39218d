/*
 * PostgreSQL, run from an unpacked archive. `initdb` makes the data folder once; a mark in it says that this came
 * to its end. Durability is off, for the data goes with the stack. PostgreSQL does not run as root: when root
 * starts the stack, the server runs as "nobody", and programs and data are put where that user has access.
 */

import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { PostgresAddress } from '../addresses.ts';
import { preparationSentence, StackFault } from '../fault.ts';
import { runTool } from '../processes.ts';
import { logFileOf, type Part, postgresSettings, type StackPlan } from './part.ts';

/** PostgreSQL refuses to run as root. The user "nobody" exists on every system and owns nothing. */
const nobody = { uid: 65_534, gid: 65_534 };
const isRoot = () => process.getuid?.() === 0;
const dropped = () => (isRoot() ? nobody : {});

/** Built in, so it is the same on every machine: whole Unicode, ordered by code point. */
const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

export const postgresPart: Part = {
  name: 'postgres',
  after: [],
  ports: ['postgres'],
  // Fast shutdown: open sessions are ended, data is flushed.
  stopSignal: 'SIGINT',
  startDeadlineMs: 60_000,
  prepare: preparePostgres,
  toCommand: (plan) => {
    const { programs, data } = findPostgresPlaces(plan);
    const settings = {
      ...postgresSettings,
      // The data is thrown away with the stack; a power cut may take it.
      fsync: 'off',
      full_page_writes: 'off',
      shared_buffers: '64MB',
      unix_socket_directories: '',
    };
    return {
      file: path.join(programs, 'bin', 'postgres'),
      args: [
        '-D',
        data,
        '-h',
        '127.0.0.1',
        '-p',
        String(plan.ports.postgres),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      cwd: data,
      ...dropped(),
    };
  },
  isReady: (plan) => isPostgresAnswering(plan.addresses.postgres),
};

async function preparePostgres(plan: StackPlan): Promise<void> {
  const { programs, data } = findPostgresPlaces(plan);
  if (existsSync(path.join(data, 'PG_VERSION')) && existsSync(path.join(data, 'initialised'))) return;
  // What an interrupted first start left is of no use.
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  chmodSync(data, 0o700);
  if (isRoot()) chownSync(data, nobody.uid, nobody.gid);
  const logFile = logFileOf(plan.runDir, 'postgres-init');
  const { exitCode, error } = await runTool({
    file: path.join(programs, 'bin', 'initdb'),
    args: ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', ...locale],
    logFile,
    cwd: data,
    signal: plan.signal,
    ...dropped(),
  });
  plan.signal.throwIfAborted();
  if (error) throw error;
  if (exitCode !== 0) throw new StackFault(preparationSentence('PostgreSQL', logFile));
  mkdirSync(path.join(data, 'initialised'));
}

export async function isPostgresAnswering(address: PostgresAddress): Promise<boolean> {
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 3_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end();
  }
}

type PostgresPlaces = { programs: string; data: string };

/** Whether a user who owns nothing has access to the folder. */
export function isOpenToAll(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      if ((statSync(at).mode & 0o001) === 0) return false;
    } catch {
      // What does not exist yet will be made with the usual rights.
    }
    if (at === path.dirname(at)) return true;
  }
}

/**
 * Where PostgreSQL finds its programs and keeps its data.
 *
 * Started by root it runs as another user, who may have no access to root's home. Then both are in a folder of the
 * temporary directory that root alone can change.
 */
function findPostgresPlaces(plan: StackPlan): PostgresPlaces {
  const programs = path.join(plan.stackDir, 'postgres');
  const data = path.join(plan.runDir, 'postgres');
  if (process.getuid?.() !== 0) return { programs, data };
  return {
    programs: isOpenToAll(programs) ? programs : copyPrograms(programs, path.basename(plan.stackDir)),
    data: isOpenToAll(plan.runDir) ? data : path.join(openDir(), folderName(plan.runDir)),
  };
}

/** The folder that holds an instance's database outside of its run folder, or null. */
export function outsideDataDirOf(runDir: string): string | null {
  if (process.getuid?.() !== 0 || isOpenToAll(runDir)) return null;
  return path.join(openDir(), folderName(runDir));
}

const folderName = (runDir: string) => `data${runDir.replaceAll(path.sep, '-')}`;

function openDir(): string {
  const folder = path.join(tmpdir(), 'pics-sync-postgres');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { uid } = lstatSync(folder);
  if (uid !== 0 || !lstatSync(folder).isDirectory() || !isOpenToAll(folder)) {
    throw new StackFault(
      `PostgreSQL does not run as root, and ${folder} cannot be used instead. Start as an ordinary user, or from a folder that others may enter.`,
    );
  }
  return folder;
}

function copyPrograms(programs: string, name: string): string {
  const copy = path.join(openDir(), name);
  try {
    if (lstatSync(copy).isDirectory()) return copy;
  } catch {
    // Not there yet.
  }
  const part = `${copy}.${process.pid}.part`;
  rmSync(part, { recursive: true, force: true });
  cpSync(programs, part, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(part, copy);
  } catch {
    // Another start was first.
    rmSync(part, { recursive: true, force: true });
  }
  return copy;
}
