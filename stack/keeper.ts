/*
 * The parent of all parts of one instance, a process of its own, which start-stack.ts forks.
 *
 * A launcher may be killed at any time, and what it had started would then be left running. So the keeper starts
 * the parts, and watches the channel to its launcher: when the channel breaks before the start was committed, or
 * at any time for a stack that belongs to its launcher, everything ends. Messages on the channel: the launcher
 * sends an order, then `commit` when it has seen the stack up, or `end`; the keeper reports the downloads, each
 * part, and how the start went. The state on disk lets later commands find the instance and its control door.
 */

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { choosePorts, type ExternalParts, type Ports } from './addresses.ts';
import { type ControlServer, openControl } from './control.ts';
import { StackFault, sentenceOf } from './fault.ts';
import { checkFreeSpace, fetchStack } from './fetch.ts';
import { findJava } from './java.ts';
import { addressesOf } from './parts/all-parts.ts';
import { logFileOf, type StackPlan } from './parts/part.ts';
import { identityOf } from './processes.ts';
import {
  lockFileOf,
  readPorts,
  removeState,
  runDirOf,
  type StackState,
  takeLock,
  writePorts,
  writeState,
} from './state.ts';
import {
  createSupervisor,
  endOrphans,
  type PartReport,
  removeRunDir,
  type Supervisor,
  sweepDiscarded,
} from './supervisor.ts';
import { platformOf, stackDirOf } from './versions.ts';

/** What a launcher asks for. */
export type StartOrder = {
  name: string;
  cacheDir: string | null;
  ports: Partial<Ports>;
  external: ExternalParts;
  connectJit: 'fast-start' | 'throughput';
  /** The stack ends when the process that ordered it does. */
  isOwned: boolean;
  /** Its data goes with it. */
  isDiscarded: boolean;
};

export type ToKeeper =
  | { kind: 'start'; order: StartOrder }
  /** The launcher has seen the stack up and will end: from now on the stack runs without it. */
  | { kind: 'commit' }
  | { kind: 'end' };

export type FromKeeper =
  | { kind: 'fetching'; detail: string }
  | { kind: 'fetched' }
  | { kind: 'part'; report: PartReport }
  | { kind: 'up'; state: StackState }
  | { kind: 'committed' }
  | { kind: 'failed'; sentence: string; fault: 'absent' | 'failed' };

type Failure = Extract<FromKeeper, { kind: 'failed' }>;

/** Kafka, PostgreSQL and the logs start with about 100 MB. */
const neededRunBytes = 400_000_000;

const aborted = new AbortController();
let order: StartOrder | null = null;
let supervisor: Supervisor | null = null;
let control: ControlServer | null = null;
let unlock: (() => void) | null = null;
let state: StackState | null = null;
let starting: Promise<void> = Promise.resolve();
let ending: Promise<void> | null = null;

function notify(message: FromKeeper): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function saveState(change: Partial<StackState>): void {
  if (!state || !order) return;
  state = { ...state, ...change };
  writeState(runDirOf(order.name), state);
}

// When root starts the stack, the database runs as another user and must be able to read what is unpacked here.
process.umask(0o022);

process.on('message', (message: ToKeeper) => {
  if (message.kind === 'start') starting = start(message.order);
  else if (message.kind === 'commit') {
    saveState({ isUp: true });
    notify({ kind: 'committed' });
  } else void end(state?.isUp ? 'in-order' : 'at-once');
});
process.on('disconnect', () => {
  if (!state?.isUp || state.isOwned) void end('at-once');
});
process.on('SIGTERM', () => void end('in-order'));
process.on('SIGINT', () => void end('in-order'));
process.on('SIGHUP', () => {});
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack}\n`);
  void end('at-once');
});

async function start(given: StartOrder): Promise<void> {
  order = given;
  try {
    await startStack(given);
  } catch (error) {
    if (ending) return;
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    const fault = error instanceof StackFault ? error.kind : 'failed';
    await end('at-once', { kind: 'failed', sentence: sentenceOf(error), fault });
  }
}

async function startStack(given: StartOrder): Promise<void> {
  const runDir = runDirOf(given.name);
  mkdirSync(path.join(runDir, 'logs'), { recursive: true });
  unlock = takeLock(lockFileOf(runDir));
  if (!unlock) {
    order = null;
    throw new StackFault(`The stack "${given.name}" is being started by another process.`);
  }
  await endOrphans(runDir);
  state = {
    name: given.name,
    keeper: identityOf(process.pid),
    isUp: false,
    isOwned: given.isOwned,
    isDiscarded: given.isDiscarded,
    control: null,
    addresses: null,
    external: given.external,
    parts: {},
  };
  saveState({});
  await sweepDiscarded();
  checkFreeSpace(runDir, neededRunBytes);
  const plan = await makePlan(given, runDir);
  supervisor = createSupervisor(plan, {
    onStatus: (report) => notify({ kind: 'part', report }),
    onFailure: () => aborted.abort(),
    onProcesses: (parts) => saveState({ parts }),
  });
  control = await openControl(supervisor, () => void end('in-order'));
  await supervisor.startAll();
  saveState({ control: control.address, addresses: plan.addresses, isUp: given.isOwned });
  if (state) notify({ kind: 'up', state });
}

async function makePlan(given: StartOrder, runDir: string): Promise<StackPlan> {
  const platform = platformOf(process.platform, process.arch);
  const stackDir = stackDirOf(platform, given.cacheDir ?? undefined);
  const ports = await choosePorts({ ...readPorts(runDir), ...given.ports });
  writePorts(runDir, ports);
  const java = await findJava();
  await fetchStack({
    stackDir,
    platform,
    java,
    maven: 'mvn',
    logFile: logFileOf(runDir, 'maven'),
    signal: aborted.signal,
    onProgress: (detail) => notify({ kind: 'fetching', detail }),
  });
  notify({ kind: 'fetched' });
  return {
    name: given.name,
    stackDir,
    runDir,
    ports,
    addresses: addressesOf(ports, given.external),
    external: given.external,
    java,
    connectJit: given.connectJit,
    signal: aborted.signal,
  };
}

/** Ends everything, once, and then this process. A failed start keeps its logs, for its sentence names them. */
function end(manner: 'in-order' | 'at-once', failure?: Failure): Promise<void> {
  ending ??= (async () => {
    aborted.abort();
    await supervisor?.end(manner);
    if (failure === undefined) await starting;
    await control?.close();
    if (order) {
      removeState(runDirOf(order.name));
      unlock?.();
      if (order.isDiscarded) removeRunDir(runDirOf(order.name), { keepLogs: failure?.fault === 'failed' });
    }
    if (failure !== undefined) notify(failure);
    setImmediate(() => process.exit(failure === undefined ? 0 : 1));
  })();
  return ending;
}
