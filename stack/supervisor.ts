/*
 * Starts, watches and ends the parts of one instance, inside the keeper. Each part says in parts/ how it is
 * prepared, started and asked whether it answers, and which parts it needs. `createSupervisor` keeps the processes
 * and their status; `spawnPart`, `waitUntilReady` and the ways of ending a process are below it; at the end is
 * what tidies up after a keeper that ended without doing so.
 */

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPortFree, type PartName, partNames, portTakenSentence } from './addresses.ts';
import { deathSentence, StackFault } from './fault.ts';
import { classifyJvmEnding, settleClassArchive } from './java.ts';
import { allParts } from './parts/all-parts.ts';
import { logFileOf, type Part, type PartCommand, type StackPlan } from './parts/part.ts';
import { outsideDataDirOf } from './parts/postgres.ts';
import {
  endProcess,
  identityOf,
  isAlive,
  type ProcessIdentity,
  sendSignal,
  waitForEnd,
} from './processes.ts';
import { readRunDirs, readState, removeState, type StackState } from './state.ts';

type PartStatus = 'external' | 'waiting' | 'starting' | 'ready' | 'stopped' | 'died';
export type PartReport = { part: PartName; status: PartStatus; pid: number | null; detail: string };

type SupervisorEvents = {
  onStatus: (report: PartReport) => void;
  /** A part could not be started: the plan's signal is to be aborted, which breaks the others off. */
  onFailure: () => void;
  /** Called with every change of what runs, before anything else happens. */
  onProcesses: (processes: Partial<Record<PartName, ProcessIdentity>>) => void;
};

/** Starts, watches and ends the parts of one instance. Its children are the parts. */
export type Supervisor = {
  startAll: () => Promise<void>;
  start: (name: PartName) => Promise<void>;
  stop: (name: PartName) => Promise<void>;
  kill: (name: PartName) => Promise<void>;
  /** Ends everything: in good order, or at once. */
  end: (manner: 'in-order' | 'at-once') => Promise<void>;
  report: () => PartReport[];
};

export function createSupervisor(plan: StackPlan, events: SupervisorEvents): Supervisor {
  const processes = new Map<PartName, PartProcess>();
  const reports = new Map<PartName, PartReport>();
  /** Processes that were asked to end: their end is not reported as a death. */
  const leaving = new Set<PartProcess>();

  const setStatus = (part: PartName, status: PartStatus, detail = '') => {
    const report = { part, status, pid: processes.get(part)?.identity.pid ?? null, detail };
    reports.set(part, report);
    events.onStatus(report);
  };
  const reportProcesses = () =>
    events.onProcesses(Object.fromEntries([...processes].map(([name, { identity }]) => [name, identity])));
  for (const name of partNames) setStatus(name, isExternal(plan, name) ? 'external' : 'waiting');

  const start = async (name: PartName): Promise<void> => {
    const part = allParts[name];
    if (isExternal(plan, name)) return waitUntilReady(part, plan, null);
    if (processes.has(name)) return;
    const startedAtMs = Date.now();
    setStatus(name, 'starting');
    await part.prepare(plan);
    await checkPorts(part, plan);
    plan.signal.throwIfAborted();
    const process = spawnPart(part, plan);
    processes.set(name, process);
    reportProcesses();
    void process.ending.then((ending) => {
      processes.delete(name);
      reportProcesses();
      if (!leaving.has(process)) setStatus(name, 'died', ending);
    });
    await waitUntilReady(part, plan, process);
    setStatus(name, 'ready', `${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`);
  };

  const finish = async (name: PartName, how: (part: Part, process: PartProcess) => Promise<void>) => {
    const process = processes.get(name);
    if (!process) return;
    leaving.add(process);
    await how(allParts[name], process);
    setStatus(name, 'stopped');
  };

  return {
    startAll: () => startInOrder(start, events.onFailure),
    start,
    stop: (name) => finish(name, stopPart),
    kill: (name) => finish(name, (_, process) => killPart(process)),
    end: async (manner) => {
      const how = manner === 'in-order' ? stopPart : dropPart;
      await endAll((name) => finish(name, how), manner);
    },
    report: () => partNames.map((name) => reports.get(name)).filter((report) => report !== undefined),
  };
}

const isExternal = (plan: StackPlan, name: PartName) => plan.external[name] !== undefined;

/**
 * Starts the parts side by side, each as soon as those it needs answer.
 *
 * The first failure breaks the others off. It is thrown when none of them has work under way any more.
 */
async function startInOrder(start: (name: PartName) => Promise<void>, onFailure: () => void): Promise<void> {
  const started = new Map<PartName, Promise<void>>();
  for (const name of partNames) {
    const needed = allParts[name].after.map((other) => started.get(other));
    started.set(
      name,
      Promise.all(needed).then(() => start(name)),
    );
  }
  try {
    await Promise.all(started.values());
  } catch (error) {
    onFailure();
    await Promise.allSettled(started.values());
    throw error;
  }
}

/** Connect and the registry go before what they write to. */
async function endAll(
  finish: (name: PartName) => Promise<void>,
  manner: 'in-order' | 'at-once',
): Promise<void> {
  if (manner === 'at-once') {
    await Promise.all(partNames.map(finish));
    return;
  }
  await Promise.all([
    finish('redis'),
    finish('connect').then(() => finish('kafka')),
    finish('registry').then(() => finish('postgres')),
  ]);
}

async function checkPorts(part: Part, plan: StackPlan): Promise<void> {
  for (const name of part.ports) {
    const port = plan.ports[name];
    if (!(await isPortFree(port))) throw new StackFault(portTakenSentence(name, port, plan.name));
  }
}

/** Removes an instance with its data, wherever the database had to be put. */
export function removeRunDir(runDir: string, { keepLogs = false } = {}): void {
  const outside = outsideDataDirOf(runDir);
  if (outside) rmSync(outside, { recursive: true, force: true });
  if (!keepLogs) rmSync(runDir, { recursive: true, force: true });
  else for (const part of partNames) rmSync(path.join(runDir, part), { recursive: true, force: true });
}

/** A part that was started here. */
type PartProcess = {
  identity: ProcessIdentity;
  hasEnded: () => boolean;
  /** How it ended, once it has. */
  ending: Promise<string>;
  isDumping: boolean;
};

function spawnPart(part: Part, plan: StackPlan): PartProcess {
  const command = part.toCommand(plan);
  const log = openLog(logFileOf(plan.runDir, part.name));
  try {
    return spawnCommand(part, command, log);
  } finally {
    closeSync(log);
  }
}

function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  return openSync(file, 'w');
}

function spawnCommand(
  part: Part,
  { file, args, archive, ...options }: PartCommand,
  log: number,
): PartProcess {
  const child = spawn(file, args, { ...options, stdio: ['ignore', log, log] });
  let hasEnded = false;
  const ending = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => {
      hasEnded = true;
      resolve(message);
    });
    child.once('exit', (exitCode, signal) => {
      hasEnded = true;
      if (archive) settleClassArchive(archive, classifyJvmEnding(exitCode, signal));
      resolve(signal ? `signal ${signal}` : `exit code ${exitCode}`);
    });
  });
  if (child.pid === undefined) {
    throw new StackFault(`${part.name} could not be started: ${file} does not run on this machine.`);
  }
  return {
    identity: identityOf(child.pid),
    hasEnded: () => hasEnded,
    ending,
    isDumping: archive?.file === null,
  };
}

/** Returns when the part answers; says why when it dies or takes too long. */
async function waitUntilReady(part: Part, plan: StackPlan, process: PartProcess | null): Promise<void> {
  const endAtMs = Date.now() + (process ? part.startDeadlineMs : 15_000);
  for (;;) {
    plan.signal.throwIfAborted();
    if (await part.isReady(plan).catch(() => false)) return;
    if (process?.hasEnded()) {
      throw new StackFault(deathSentence(part.name, await process.ending, logFileOf(plan.runDir, part.name)));
    }
    if (Date.now() > endAtMs) throw new StackFault(silenceSentence(part, plan, process));
    await sleep(40);
  }
}

function silenceSentence(part: Part, plan: StackPlan, process: PartProcess | null): string {
  if (process) {
    return `${part.name} did not answer within ${part.startDeadlineMs / 1000} s. See ${logFileOf(plan.runDir, part.name)}.`;
  }
  const { kafka, registry, connect, postgres, redis } = plan.addresses;
  const address = {
    kafka: kafka.join(','),
    registry,
    connect,
    postgres: `${postgres.host}:${postgres.port}`,
    redis,
  };
  return `${part.name} at ${address[part.name]} does not answer. It was given as an address, so it is not started here.`;
}

async function stopPart(part: Part, process: PartProcess): Promise<void> {
  // Writing a class archive takes its time, once.
  await endProcess(process.identity, part.stopSignal, process.isDumping ? 60_000 : 15_000);
  await process.ending;
}

/** Ends the part without asking. PostgreSQL gets the one signal that lets it take its own children along. */
async function dropPart(part: Part, process: PartProcess): Promise<void> {
  await endProcess(process.identity, part.name === 'postgres' ? 'SIGQUIT' : 'SIGKILL', 6_000);
  await process.ending;
}

/** As a machine does that is out of memory. */
async function killPart(process: PartProcess): Promise<void> {
  sendSignal(process.identity, 'SIGKILL');
  await waitForEnd(process.identity, 5_000);
  await process.ending;
}

/** Ends parts that were left running when their keeper ended, for example because it was killed. Their identities are checked first. */
export async function endOrphans(runDir: string): Promise<boolean> {
  const state = readState(runDir);
  if (!state || isAlive(state.keeper)) return false;
  const orphans = Object.entries(state.parts).filter(([, identity]) => isAlive(identity));
  await Promise.all(
    orphans.map(([name, identity]) =>
      endProcess(identity, name === 'postgres' ? 'SIGQUIT' : 'SIGTERM', 6_000),
    ),
  );
  removeState(runDir);
  return orphans.length > 0;
}

/** Removes instances that were to be discarded and ended without doing so. Each start calls it. */
export async function sweepDiscarded(): Promise<void> {
  const isLeftOver = (state: StackState | null) => state?.isDiscarded === true && !isAlive(state.keeper);
  for (const runDir of readRunDirs()) {
    if (!isLeftOver(readState(runDir))) continue;
    await endOrphans(runDir);
    removeRunDir(runDir);
  }
}
