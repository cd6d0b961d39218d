import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPortFree, type Ports } from '../../../stack/addresses.ts';
import { projectDir, readPorts, readState, runDirOf, type StackState } from '../../../stack/state.ts';

/** The launcher as people run it: a process of its own, judged by what it prints and what it leaves. */
export type Launch = { process: ChildProcess; ending: Promise<Ending> };
export type Ending = { exitCode: number | null; output: string };

export function launch(args: string[], env: NodeJS.ProcessEnv = {}): Launch {
  const child = spawn(process.execPath, [path.join(projectDir(), 'stack', 'main.ts'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { process: child, ending: collect(child) };
}

export async function run(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ending> {
  return launch(args, env).ending;
}

function collect(child: ChildProcess): Promise<Ending> {
  let output = '';
  child.stdout?.on('data', (text) => {
    output += text;
  });
  child.stderr?.on('data', (text) => {
    output += text;
  });
  return new Promise((resolve) => child.once('close', (exitCode) => resolve({ exitCode, output })));
}

export async function waitFor<T>(
  what: string,
  look: () => T | null | Promise<T | null>,
  deadlineMs: number,
): Promise<T> {
  const endAtMs = Date.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (Date.now() > endAtMs) throw new Error(`${what} did not happen within ${deadlineMs} ms`);
    await sleep(20);
  }
}

export function waitForState(
  name: string,
  isWanted: (state: StackState) => boolean,
  deadlineMs = 30_000,
): Promise<StackState> {
  return waitFor(
    `the wanted state of ${name}`,
    () => {
      const state = readState(runDirOf(name));
      return state && isWanted(state) ? state : null;
    },
    deadlineMs,
  );
}

/** Processes whose command line names the instance, and ports of it that are taken. Empty when nothing is left. */
export async function findRemains(name: string): Promise<string[]> {
  const ports = Object.entries(readPorts(runDirOf(name)) as Partial<Ports>);
  const taken = await Promise.all(
    ports.map(async ([part, port]) => ((await isPortFree(port)) ? [] : [`port of ${part}`])),
  );
  return [...readCommandLines().filter((line) => isOf(name, line)), ...taken.flat()];
}

/** As root the data folder of the database may be named after the path, with hyphens. */
const isOf = (name: string, line: string) => new RegExp(`[/-]run[/-]${name}(/|\\s|$)`).test(line);

function readCommandLines(): string[] {
  if (process.platform !== 'linux')
    return execFileSync('ps', ['-axo', 'args='], { encoding: 'utf8' }).split('\n');
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}

/** Gives what was signalled the time to go, and tells what stayed. */
export async function waitForNothingLeft(name: string, deadlineMs = 30_000): Promise<void> {
  await waitFor(
    `the end of all that belongs to ${name}`,
    async () => ((await findRemains(name)).length === 0 && readState(runDirOf(name)) === null ? true : null),
    deadlineMs,
  );
}
