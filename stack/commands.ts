/*
 * The commands of the stack's command line: `up`, `down`, `status` and `logs`. Each finds the instance by its
 * state on disk, does its work through start-stack.ts, writes for a person or as JSON, and returns the exit code.
 * While `up` runs, a display shows one line for each part: a terminal is redrawn in place, anything else gets a
 * line when a part is ready.
 */

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type PartName, parsePorts, partNames, type StackAddresses, toPostgresUrl } from './addresses.ts';
import { StackFault } from './fault.ts';
import { logFileOf } from './parts/part.ts';
import { endProcess, isAlive } from './processes.ts';
import { findStack, type RunningStack, type StartProgress, startStack } from './start-stack.ts';
import { readState, runDirOf } from './state.ts';
import { endOrphans, type PartReport, removeRunDir } from './supervisor.ts';

const out = (text: string) => void process.stdout.write(text);
const seconds = (sinceMs: number) => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;

type UpOptions = { name: string; ports: string; isThroughput: boolean; isJson: boolean };

export async function runUp({ name, ports, isThroughput, isJson }: UpOptions): Promise<number> {
  const found = await findStack(name);
  if (found) return reviveStack(found, isJson);
  const startedAtMs = Date.now();
  const display = createProgressDisplay({
    isTerminal: process.stdout.isTTY && !isJson,
    write: isJson ? (text) => void process.stderr.write(text) : out,
  });
  const stack = await startStack({
    name,
    owner: 'none',
    ports: parsePorts(ports),
    connectJit: isThroughput ? 'throughput' : 'fast-start',
    onProgress: display.show,
    signal: abortOnSignal(),
  });
  if (!isJson) out(`The stack "${name}" is up after ${seconds(startedAtMs)}.\n\n`);
  showAddresses(stack.addresses, isJson);
  return 0;
}

/** A second `up` starts only those parts that ended meanwhile. */
async function reviveStack(stack: RunningStack, isJson: boolean): Promise<number> {
  const ended = (await stack.parts.status()).filter(
    ({ status }) => status === 'died' || status === 'stopped',
  );
  for (const { part } of ended) await stack.parts.start(part);
  const started = ended.map(({ part }) => part).join(', ');
  if (!isJson)
    out(`The stack "${stack.name}" runs already${started ? `; started again: ${started}` : ''}.\n\n`);
  showAddresses(stack.addresses, isJson);
  return 0;
}

/** Ctrl-C breaks the start off in good order; a second one leaves at once, and the keeper tidies up alone. */
function abortOnSignal(): AbortSignal {
  const aborted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (aborted.signal.aborted) process.exit(1);
      aborted.abort();
    });
  }
  return aborted.signal;
}

export async function runDown(name: string, isPurged: boolean): Promise<number> {
  const runDir = runDirOf(name);
  const startedAtMs = Date.now();
  const hadOrphans = await endOrphans(runDir);
  const stack = await findStack(name);
  if (stack) {
    await stack.stop();
    out(`The stack "${name}" ended after ${seconds(startedAtMs)}.\n`);
  } else if (hadOrphans) out(`What was left of the stack "${name}" was ended.\n`);
  else if (await breakStartOff(runDir)) out(`The start of the stack "${name}" was broken off.\n`);
  else out(`The stack "${name}" does not run.\n`);
  if (isPurged) removeRunDir(runDir);
  return 0;
}

/** An instance that is not up yet, started from elsewhere. */
async function breakStartOff(runDir: string): Promise<boolean> {
  const keeper = readState(runDir)?.keeper;
  if (!keeper || !isAlive(keeper)) return false;
  await endProcess(keeper, 'SIGTERM', 60_000);
  await endOrphans(runDir);
  return true;
}

/** 0 when all parts answer as they should, 3 when the stack does not run, as service managers have it. */
export async function runStatus(name: string, isJson: boolean): Promise<number> {
  const stack = await findStack(name);
  const parts = stack ? await stack.parts.status() : [];
  if (isJson)
    out(`${JSON.stringify({ name, isUp: stack !== null, parts, addresses: stack?.addresses ?? null })}\n`);
  else if (!stack) out(`The stack "${name}" does not run. Start it with: npm run stack:up\n`);
  else {
    for (const report of parts) out(`${partLine(report)}${report.pid ? `  pid ${report.pid}` : ''}\n`);
    out('\n');
    showAddresses(stack.addresses, false);
  }
  return stack ? 0 : 3;
}

export function runLogs(name: string, part: PartName | null): number {
  const runDir = runDirOf(name);
  if (part === null) {
    const folder = path.join(runDir, 'logs');
    for (const file of readLogNames(folder)) out(`${path.join(folder, file)}\n`);
    return 0;
  }
  const lines = readLog(logFileOf(runDir, part)).trimEnd().split('\n');
  out(`${lines.slice(-100).join('\n')}\n`);
  return 0;
}

function readLogNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    throw new StackFault(`There are no logs: ${folder} does not exist.`);
  }
}

function readLog(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new StackFault(`There is no log yet: ${file} does not exist. Parts: ${partNames.join(', ')}.`);
  }
}

function showAddresses(addresses: StackAddresses, isJson: boolean): void {
  if (isJson) {
    out(`${JSON.stringify(addresses)}\n`);
    return;
  }
  const lines = {
    Kafka: addresses.kafka.join(','),
    Registry: addresses.registry,
    Connect: addresses.connect,
    PostgreSQL: toPostgresUrl(addresses.postgres),
    Redis: addresses.redis,
  };
  for (const [part, address] of Object.entries(lines)) out(`  ${part.padEnd(12)}${address}\n`);
}

/** Where progress is shown: a terminal that can be redrawn, or anything that takes lines. */
type Screen = { isTerminal: boolean; write: (text: string) => void };

type ProgressDisplay = { show: (progress: StartProgress) => void };

const marks = { external: '·', waiting: ' ', starting: '…', ready: '✔', stopped: '-', died: '✖' } as const;

export function partLine({ part, status, detail }: PartReport): string {
  const word = status === 'external' ? 'somewhere else, checked' : status;
  return `${marks[status]} ${part.padEnd(10)}${word}${detail ? ` (${detail})` : ''}`;
}

/** One line for each part. A terminal sees them change in place; a log gets a line when a part is ready. */
function createProgressDisplay(screen: Screen): ProgressDisplay {
  return screen.isTerminal ? createRedrawnDisplay(screen) : createLineDisplay(screen);
}

function createLineDisplay({ write }: Screen): ProgressDisplay {
  let lastFetchLine = 0;
  return {
    show: (progress) => {
      if (progress.kind === 'part') {
        if (['ready', 'died'].includes(progress.report.status)) write(`${partLine(progress.report)}\n`);
        return;
      }
      if (progress.kind === 'fetched' || Date.now() - lastFetchLine < 5_000) return;
      lastFetchLine = Date.now();
      write(`… downloads (once): ${progress.detail}\n`);
    },
  };
}

function createRedrawnDisplay({ write }: Screen): ProgressDisplay {
  const reports = new Map<PartName, PartReport>();
  let fetching = '';
  let shownLines = 0;
  const draw = () => {
    const lines = partNames.flatMap((name) => reports.get(name) ?? []).map(partLine);
    if (fetching) lines.unshift(fetching);
    const up = shownLines > 0 ? `\x1b[${shownLines}A` : '';
    write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}`);
    shownLines = lines.length;
  };
  return {
    show: (progress) => {
      if (progress.kind === 'part') reports.set(progress.report.part, progress.report);
      else if (progress.kind === 'fetching') fetching = `… downloads (once): ${progress.detail}`;
      else if (fetching) fetching = '✔ downloads';
      draw();
    },
  };
}
