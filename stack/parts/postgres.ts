import { chmodSync, chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { PostgresAddress } from '../addresses.ts';
import { StackFault } from '../fault.ts';
import { toPreparationSentence } from '../log-reason.ts';
import { runTool } from '../run-tool.ts';
import { logFileOf, type Part, type StackPlan } from './part.ts';
import { findPostgresPlaces } from './postgres-places.ts';
import { postgresSettings } from './settings.ts';

/** PostgreSQL refuses to run as root; "nobody" exists everywhere and owns nothing. */
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
        ...['-D', data, '-h', '127.0.0.1', '-p', String(plan.ports.postgres)],
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
  if (exitCode !== 0) throw new StackFault(toPreparationSentence('PostgreSQL', logFile));
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
