import { createInterface } from 'node:readline/promises';
import { CommanderError } from 'commander';
import { describeError, type ExitCode, exitCodes, Fault, toSentence } from '../base/fault.ts';

/** The terminal, as seen by commands. */
export type Io = {
  readonly env: NodeJS.ProcessEnv;
  /** Writes the requested output to standard output. */
  write(text: string): void;
  /** Writes progress, hints and faults to standard error. */
  tell(text: string): void;
  readonly isTerminal: boolean;
  /** Columns of the terminal that `tell` writes to; absent if it is none. */
  readonly tellWidth?: number;
  /**
   * Asks the user a question; null if the input has ended. Absent if the process has no terminal; then no
   * question is possible.
   */
  readonly ask?: (question: string) => Promise<string | null>;
  /** Aborts when the user or the system asks the process to stop. */
  readonly signal: AbortSignal;
};

export function createIo(signal: AbortSignal): Io {
  process.stdout.on('error', (error) => {
    // The reader of the pipe has closed it (`| head`), so output is no longer needed.
    if (describeError(error).errorCode === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    env: process.env,
    write: (text) => void process.stdout.write(text),
    tell: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    ...(process.stderr.isTTY ? { tellWidth: process.stderr.columns || 80 } : {}),
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask: (question) => ask(question, signal) } : {}),
    signal,
  };
}

/**
 * Asks on standard error, because standard output may be redirected. Each question opens its own reader,
 * because an open reader would keep the process alive.
 */
async function ask(question: string, signal: AbortSignal): Promise<string | null> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<null>((resolve) => reader.once('close', () => resolve(null)));
  try {
    return await Promise.race([reader.question(question, { signal }).catch(() => null), ended]);
  } finally {
    reader.close();
  }
}

export type Column<Row> = {
  readonly title: string;
  readonly value: (row: Row) => string | number | null;
  readonly isNumber?: boolean;
};

/** Formats a table with aligned columns. An empty table has only its titles and a dashed line. */
export function toTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => String(column.value(row) ?? '–')));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const toLine = (line: readonly string[]) =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.isNumber ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const titles = toLine(columns.map(({ title }) => title));
  return `${[titles, toLine(widths.map((width) => '-'.repeat(width))), ...cells.map(toLine)].join('\n')}\n`;
}

/** Formats one JSON document for programs, with bigints as text. */
export function toJsonText(value: unknown): string {
  return `${JSON.stringify(value, (_name, inner) => (typeof inner === 'bigint' ? String(inner) : inner), 2)}\n`;
}

/** What each exit code means, for the help and the runbook. */
export const exitCodeTexts: Readonly<Record<ExitCode, string>> = {
  [exitCodes.done]: 'it was done, or what was asked for is shown; of lag and doctor: all is well',
  [exitCodes.failed]:
    'it was refused, has failed, was held or not answered in time, or something needs attention; a sentence says what',
  [exitCodes.usage]: 'the command line or the configuration is wrong; nothing was done',
  [exitCodes.stoppedAtOnce]:
    'a second Ctrl-C or SIGTERM ended it before it had finished; nothing is lost by it',
};

type Failure = { readonly sentence: string | null; readonly exitCode: ExitCode };

/** The sentence for the user when a command fails, without a stack. Null if it was already shown. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CommanderError) {
    const isAnswer = ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code);
    const wasAsked = isAnswer && error.exitCode === 0;
    return { sentence: null, exitCode: wasAsked ? exitCodes.done : exitCodes.usage };
  }
  if (error instanceof Fault) return { sentence: error.message, exitCode: error.exitCode };
  return { sentence: toSentence(error), exitCode: exitCodes.failed };
}

/** `1 item`, `3 items`. */
export function toCountOf(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Formats an age in its largest suitable unit: `4 s`, `12 min`, `3 h`, `5 d`. */
export function toAgeText(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}
