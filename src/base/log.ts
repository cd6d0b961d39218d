import { type DestinationStream, type Level, pino } from 'pino';
import { describeError } from './describe-error.ts';
import { type LogFieldName, logFieldNames } from './log-fields.ts';
import { formatLogLine } from './log-line.ts';
import { withoutCredentials } from './without-credentials.ts';

type LogValue = string | number | bigint | boolean | null | readonly (string | number)[] | undefined;

/** Fields of the allow-list, and `error`, of which only what surely holds no personal data is written. */
export type LogFields = { readonly [name in LogFieldName]?: LogValue } & { readonly error?: unknown };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** The message is a fixed sentence: what varies goes into fields. */
export type Log = { readonly [level in LogLevel]: (message: string, fields?: LogFields) => void } & {
  /** A log whose every line carries these fields too. */
  child(fields: LogFields): Log;
  /** How many fields were not written because their name is not on the list. */
  droppedCount(): number;
};

export type LogOptions = {
  readonly level?: LogLevel | 'silent';
  /** Where lines go; standard error by default, so that standard output stays for what was asked. */
  readonly write?: (line: string) => void;
  /** One readable line instead of JSON; by default when standard error is a terminal. */
  readonly isPretty?: boolean;
};

const allowedNames: ReadonlySet<string> = new Set(logFieldNames);
const longestText = 300;

export function createLog({ level = 'info', write = writeToStandardError, isPretty }: LogOptions = {}): Log {
  const pretty = isPretty ?? process.stderr.isTTY === true;
  const destination: DestinationStream = { write: (line) => write(pretty ? formatLogLine(line) : line) };
  const dropped = { count: 0 };
  const target = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return toLog((at, message, fields) => target[at](fields, message), {}, dropped);
}

/** For code that wants a log where nobody reads one. */
export const silentLog: Log = createLog({ level: 'silent', write: () => {} });

type WriteFields = (level: Level, message: string, fields: Record<string, unknown>) => void;

function toLog(write: WriteFields, own: Record<string, unknown>, dropped: { count: number }): Log {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) =>
    write(level, cleanText(message), { ...own, ...toSafeFields(fields ?? {}, dropped) });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => toLog(write, { ...own, ...toSafeFields(fields, dropped) }, dropped),
    droppedCount: () => dropped.count,
  };
}

/** The types already forbid other names; this holds for values that arrive from outside the types too. */
function toSafeFields(fields: LogFields, dropped: { count: number }): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    if (name === 'error') Object.assign(safe, describeError(value));
    else if (allowedNames.has(name)) safe[name] = toSafeValue(value);
    else dropped.count += 1;
  }
  return safe;
}

function toSafeValue(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(toSafeValue).join(',');
  return '[removed]';
}

function cleanText(text: string): string {
  const clean = withoutCredentials(text).replace(/[^\s@<>"']+@[^\s@<>"']+\.[^\s@<>"']+/g, '[removed]');
  return clean.length > longestText ? `${clean.slice(0, longestText)}…` : clean;
}

function writeToStandardError(line: string): void {
  process.stderr.write(line);
}
