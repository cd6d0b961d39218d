import { rmSync } from 'node:fs';
import path from 'node:path';
import { type PartName, partNames } from './addresses.ts';
import { StackFault } from './fault.ts';
import { dropPart, killPart, type PartProcess, spawnPart, stopPart, waitUntilReady } from './part-process.ts';
import { allParts } from './parts/all-parts.ts';
import type { Part, StackPlan } from './parts/part.ts';
import { outsideDataDirOf } from './parts/postgres-places.ts';
import type { ProcessIdentity } from './pids.ts';
import { isPortFree, portTakenSentence } from './ports.ts';

export type PartStatus = 'external' | 'waiting' | 'starting' | 'ready' | 'stopped' | 'died';
export type PartReport = { part: PartName; status: PartStatus; pid: number | null; detail: string };

export type SupervisorEvents = {
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
  /** Those that were asked to end, so that their end is no surprise. */
  const leaving = new Set<PartProcess>();

  const setStatus = (part: PartName, status: PartStatus, detail = '') => {
    const report = { part, status, pid: processes.get(part)?.identity.pid ?? null, detail };
    reports.set(part, report);
    events.onStatus(report);
  };
  const tellProcesses = () =>
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
    tellProcesses();
    void process.ending.then((ending) => {
      processes.delete(name);
      tellProcesses();
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
 * Side by side, each as soon as those it needs answer.
 *
 * The first failure breaks the others off, and is told only when none of them has anything in work any more.
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
