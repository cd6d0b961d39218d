import { createInterface } from 'node:readline/promises';
import { describeError } from '../base/describe-error.ts';

/** The terminal as commands see it. */
export type Io = {
  readonly env: NodeJS.ProcessEnv;
  /** What was asked for. */
  write(text: string): void;
  /** What is told beside it: progress, hints, faults. */
  tell(text: string): void;
  readonly isTerminal: boolean;
  /** Asks a person; null when there is no answer to come. Absent where nobody sits: then nothing may be asked. */
  readonly ask?: (question: string) => Promise<string | null>;
  /** Aborts when the person or the system asks to stop. */
  readonly signal: AbortSignal;
};

export function createIo(signal: AbortSignal): Io {
  process.stdout.on('error', (error) => {
    // The reader of a pipe went away (`| head`): there is nobody left to write for.
    if (describeError(error).errorCode === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    env: process.env,
    write: (text) => void process.stdout.write(text),
    tell: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask: (question) => ask(question, signal) } : {}),
    signal,
  };
}

/** Asked beside the output, which may go elsewhere. Its own reader each time: an open one would keep the process. */
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

/** Lines of a table with aligned columns; an empty table is one dash line under its titles. */
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

/** JSON for programs: bigints as text, one document. */
export function toJsonText(value: unknown): string {
  return `${JSON.stringify(value, (_name, inner) => (typeof inner === 'bigint' ? String(inner) : inner), 2)}\n`;
}
