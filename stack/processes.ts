import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A process, distinct from a later one with the same number.
 *
 * A number alone is not enough: after a restart of the machine it may belong to another program.
 */
export type ProcessIdentity = { pid: number; startedAt: string };

/** When the process began, in words that differ for every process that ever has this number; null when it is gone. */
function readStartedAt(pid: number): string | null {
  return process.platform === 'linux' ? readStartedAtFromProc(pid) : readStartedAtFromPs(pid);
}

function readStartedAtFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name is in brackets and may hold anything, so fields are counted from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isZombie = fields[0] === 'Z' || fields[0] === 'X';
    return isZombie ? null : `${readBootId()}/${fields[19]}`;
  } catch {
    return null;
  }
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function readStartedAtFromPs(pid: number): string | null {
  try {
    const [state, ...start] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    })
      .trim()
      .split(/\s+/);
    return !state || state.startsWith('Z') ? null : start.join(' ');
  } catch {
    return null;
  }
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, startedAt: readStartedAt(pid) ?? 'gone' };
}

export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  return readStartedAt(pid) === startedAt;
}

export function sendSignal(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

/** Whether the process is gone before the deadline. */
export async function waitForEnd(identity: ProcessIdentity, deadlineMs: number): Promise<boolean> {
  const endAtMs = Date.now() + deadlineMs;
  while (isAlive(identity)) {
    if (Date.now() > endAtMs) return false;
    await sleep(20);
  }
  return true;
}

/** Asks the process to end, and ends it when it does not within the grace. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  sendSignal(identity, signal);
  if (await waitForEnd(identity, graceMs)) return;
  sendSignal(identity, 'SIGKILL');
  await waitForEnd(identity, 5_000);
}

type Tool = {
  file: string;
  args: string[];
  logFile: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  signal?: AbortSignal;
};

/** Runs a program to its end and writes its output to a log file. Gives the exit code, or the reason why it did not run. */
export async function runTool(
  tool: Tool,
): Promise<{ exitCode: number | null; error: NodeJS.ErrnoException | null }> {
  mkdirSync(path.dirname(tool.logFile), { recursive: true });
  const log = openSync(tool.logFile, 'w');
  try {
    return await new Promise((resolve) => {
      const { file, args, logFile: _, ...options } = tool;
      const child = spawn(file, args, { ...options, stdio: ['ignore', log, log] });
      child.once('error', (error) => {
        // A program that has started and was ended by the signal is waited for, so that nothing is left behind.
        if (child.pid === undefined) resolve({ exitCode: null, error });
      });
      child.once('exit', (exitCode) => resolve({ exitCode, error: null }));
    });
  } finally {
    closeSync(log);
  }
}
