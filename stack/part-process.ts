import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { settleClassArchive, toJvmEnding } from './class-archive.ts';
import { StackFault } from './fault.ts';
import { toDeathSentence } from './log-reason.ts';
import { logFileOf, type Part, type PartCommand, type StackPlan } from './parts/part.ts';
import { endProcess, type ProcessIdentity, sendSignal, toIdentity, waitForEnd } from './pids.ts';

/** A part that was started here. */
export type PartProcess = {
  identity: ProcessIdentity;
  hasEnded: () => boolean;
  /** How it ended, once it has. */
  ending: Promise<string>;
  isDumping: boolean;
};

export function spawnPart(part: Part, plan: StackPlan): PartProcess {
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
      if (archive) settleClassArchive(archive, toJvmEnding(exitCode, signal));
      resolve(signal ? `signal ${signal}` : `exit code ${exitCode}`);
    });
  });
  if (child.pid === undefined) {
    throw new StackFault(`${part.name} could not be started: ${file} does not run on this machine.`);
  }
  return {
    identity: toIdentity(child.pid),
    hasEnded: () => hasEnded,
    ending,
    isDumping: archive?.file === null,
  };
}

/** Returns when the part answers; says why when it dies or takes too long. */
export async function waitUntilReady(
  part: Part,
  plan: StackPlan,
  process: PartProcess | null,
): Promise<void> {
  const endAtMs = Date.now() + (process ? part.startDeadlineMs : 15_000);
  for (;;) {
    plan.signal.throwIfAborted();
    if (await part.isReady(plan).catch(() => false)) return;
    if (process?.hasEnded()) {
      throw new StackFault(
        toDeathSentence(part.name, await process.ending, logFileOf(plan.runDir, part.name)),
      );
    }
    if (Date.now() > endAtMs) throw new StackFault(toSilenceSentence(part, plan, process));
    await sleep(40);
  }
}

function toSilenceSentence(part: Part, plan: StackPlan, process: PartProcess | null): string {
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

export async function stopPart(part: Part, process: PartProcess): Promise<void> {
  // Writing a class archive takes its time, once.
  await endProcess(process.identity, part.stopSignal, process.isDumping ? 60_000 : 15_000);
  await process.ending;
}

/** Ends the part without asking. PostgreSQL gets the one signal that lets it take its own children along. */
export async function dropPart(part: Part, process: PartProcess): Promise<void> {
  await endProcess(process.identity, part.name === 'postgres' ? 'SIGQUIT' : 'SIGKILL', 6_000);
  await process.ending;
}

/** What a machine does when it is out of memory. */
export async function killPart(process: PartProcess): Promise<void> {
  sendSignal(process.identity, 'SIGKILL');
  await waitForEnd(process.identity, 5_000);
  await process.ending;
}
