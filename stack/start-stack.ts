/*
 * Starting and finding an instance. `startStack` forks the keeper (keeper.ts), sends it the order, and returns
 * when every part answers. A stack that belongs to this process ends with it, because the keeper watches the
 * channel; one without an owner is committed, and the channel is closed. `findStack` reads the state that the
 * keeper left on disk.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { type ExternalParts, type Ports, type StackAddresses, toExternalParts } from './addresses.ts';
import { callControl, createPartControl, type PartControl } from './control.ts';
import { StackFault } from './fault.ts';
import type { FromKeeper, StartOrder, ToKeeper } from './keeper.ts';
import { isAlive, sendSignal, waitForEnd } from './processes.ts';
import {
  type ControlAddress,
  lockFileOf,
  readHolder,
  readState,
  runDirOf,
  type StackState,
} from './state.ts';
import { endOrphans, type PartReport } from './supervisor.ts';

export type StartProgress =
  | { kind: 'fetching'; detail: string }
  | { kind: 'fetched' }
  | { kind: 'part'; report: PartReport };

type StartOptions = {
  name: string;
  /** `this-process`: all parts end when this process does, however it ends. `none`: they run until they are stopped. */
  owner: 'this-process' | 'none';
  cacheDir?: string;
  ports?: Partial<Ports>;
  /** Parts that run elsewhere; by default those named in the environment. */
  external?: ExternalParts;
  connectJit?: 'fast-start' | 'throughput';
  /** Removes data and logs at the end. */
  discard?: boolean;
  onProgress?: (progress: StartProgress) => void;
  signal?: AbortSignal;
};

export type RunningStack = {
  name: string;
  addresses: StackAddresses;
  /** Can be handed to another process, which makes its own `PartControl` of it. */
  control: ControlAddress;
  parts: PartControl;
  stop: () => Promise<void>;
};

/** Starts an instance and returns when every part answers. A `StackFault` says in one sentence why it could not. */
export async function startStack(options: StartOptions): Promise<RunningStack> {
  const runDir = runDirOf(options.name);
  mkdirSync(path.join(runDir, 'logs'), { recursive: true });
  if (readHolder(lockFileOf(runDir))) {
    throw new StackFault(`The stack "${options.name}" is being started or ended by another process.`);
  }
  const keeper = forkKeeper(path.join(runDir, 'logs', 'keeper.log'));
  const stopOnAbort = () => send(keeper, { kind: 'end' });
  options.signal?.addEventListener('abort', stopOnAbort, { once: true });
  try {
    const state = await waitUntilUp(keeper, toOrder(options), options.onProgress ?? (() => {}));
    if (options.owner === 'none') await commit(keeper);
    else own(keeper, runDir);
    return toRunningStack(state);
  } finally {
    options.signal?.removeEventListener('abort', stopOnAbort);
  }
}

/** A stack that already runs, or null. Parts that were left running when their keeper died are ended on the way. */
export async function findStack(name: string): Promise<RunningStack | null> {
  const runDir = runDirOf(name);
  const state = readState(runDir);
  if (!state) return null;
  if (!isAlive(state.keeper)) {
    await endOrphans(runDir);
    return null;
  }
  return state.isUp && state.control ? toRunningStack(state) : null;
}

function toOrder(options: StartOptions): StartOrder {
  return {
    name: options.name,
    cacheDir: options.cacheDir ?? null,
    ports: options.ports ?? {},
    external: options.external ?? toExternalParts(process.env),
    connectJit: options.connectJit ?? 'fast-start',
    isOwned: options.owner === 'this-process',
    isDiscarded: options.discard ?? false,
  };
}

function forkKeeper(logFile: string): ChildProcess {
  const log = openSync(logFile, 'w');
  try {
    return fork(path.join(import.meta.dirname, 'keeper.ts'), {
      // A session of its own: Ctrl-C in the terminal reaches the launcher only, which then asks the keeper to end.
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    });
  } finally {
    closeSync(log);
  }
}

function send(keeper: ChildProcess, message: ToKeeper): void {
  if (keeper.connected) keeper.send(message, () => {});
}

function waitUntilUp(
  keeper: ChildProcess,
  order: StartOrder,
  onProgress: (progress: StartProgress) => void,
): Promise<StackState> {
  return new Promise((resolve, reject) => {
    let failure: StackFault | null = null;
    keeper.on('message', (message: FromKeeper) => {
      if (message.kind === 'up') resolve(message.state);
      else if (message.kind === 'failed') failure = new StackFault(message.sentence, message.fault);
      else if (message.kind !== 'committed') onProgress(message);
    });
    keeper.once('error', reject);
    // Only when the keeper has ended is it certain that nothing was left running.
    keeper.once('exit', (exitCode) => {
      const log = path.join(runDirOf(order.name), 'logs', 'keeper.log');
      const sentence =
        exitCode === 0 ? 'The start was broken off.' : `The keeper of the stack ended. See ${log}.`;
      reject(failure ?? new StackFault(sentence));
    });
    send(keeper, { kind: 'start', order });
  });
}

async function commit(keeper: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    keeper.on('message', (message: FromKeeper) => {
      if (message.kind === 'committed') resolve();
    });
    keeper.once('exit', () => reject(new StackFault('The stack ended right after its start.')));
    send(keeper, { kind: 'commit' });
  });
  keeper.disconnect();
  keeper.unref();
}

/** The channel stays open, because its breaking is the signal to end, but does not keep the owner running. */
function own(keeper: ChildProcess, runDir: string): void {
  // Should the keeper be killed, its parts are ended from here.
  keeper.once('exit', () => void endOrphans(runDir));
  keeper.unref();
  keeper.channel?.unref();
}

function toRunningStack({ name, addresses, control, keeper }: StackState): RunningStack {
  if (!addresses || !control) throw new StackFault(`The stack "${name}" is not up yet.`);
  return {
    name,
    addresses,
    control,
    parts: createPartControl(control),
    stop: async () => {
      await callControl(control, 'POST', '/end').catch(() => sendSignal(keeper, 'SIGTERM'));
      if (!(await waitForEnd(keeper, 120_000))) throw new StackFault(`The stack "${name}" does not end.`);
      await endOrphans(runDirOf(name));
    },
  };
}
