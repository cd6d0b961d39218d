import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const leash = fileURLToPath(new URL('./leash.ts', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A program of ours that runs beside us and never outlives us. */
export type LeashedProcess = {
  readonly pid: number;
  /** Resolves with the first line of output that matches. Rejects when the process ends before. */
  readonly waitForLine: (pattern: RegExp, timeoutMs?: number) => Promise<RegExpMatchArray>;
  readonly kill: (signal: 'SIGTERM' | 'SIGKILL') => void;
  readonly ended: Promise<number | null>;
  /** Asks it to stop, and ends it when it does not. */
  readonly stop: () => Promise<void>;
};

export type LeashedOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Everything it prints goes there. */
  readonly logFile: string;
};

/** Starts a TypeScript program with the Node that runs this one. */
export function startLeashed(
  program: string,
  args: readonly string[],
  options: LeashedOptions,
): LeashedProcess {
  const flags = ['--disable-warning=TimeoutNegativeWarning', '--import', leash];
  const child = spawn(process.execPath, [...flags, program, ...args], {
    cwd: root,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const log = createWriteStream(options.logFile, { flags: 'a' });
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      log.write(text);
      output = (output + text).slice(-200_000);
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  ended.then(() => log.end());
  child.stdin.on('error', () => {}); // the other end may be gone first
  return {
    pid: child.pid ?? -1,
    ended,
    kill: (signal) => child.kill(signal),
    waitForLine: (pattern, timeoutMs = 30_000) =>
      waitForLine({ pattern, timeoutMs, ended, waiting, read: () => output, program }),
    stop: () => stop(child, ended),
  };
}

type Waiting = {
  readonly pattern: RegExp;
  readonly timeoutMs: number;
  readonly ended: Promise<number | null>;
  readonly waiting: Set<() => void>;
  readonly read: () => string;
  readonly program: string;
};

function waitForLine({
  pattern,
  timeoutMs,
  ended,
  waiting,
  read,
  program,
}: Waiting): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(`did not print ${pattern} within ${timeoutMs} ms`), timeoutMs);
    const finish = (): void => {
      clearTimeout(timer);
      waiting.delete(look);
    };
    const fail = (what: string): void => {
      finish();
      reject(new Error(`${program} ${what}; it printed:\n${read().slice(-2000)}`));
    };
    const look = (): void => {
      const found = read().match(pattern);
      if (found === null) return;
      finish();
      resolve(found);
    };
    waiting.add(look);
    look();
    ended.then((code) => waiting.has(look) && fail(`ended with ${code}`));
  });
}

async function stop(child: ChildProcess, ended: Promise<number | null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(timer);
}
