import { type DestinationStream, type Level, pino } from 'pino';
import { describeError, withoutCredentials } from './fault.ts';

/**
 * The only fields that a log line may have: codes, coordinates, counts and internal ids.
 *
 * None of them contains names, addresses, birth dates, or messages of a database or a vendor. Add a name
 * only if its values can never come from a free field of a personal record.
 */
const logFieldNames = [
  // who and where in the process
  'role',
  'roles',
  'flow',
  'worker',
  'signal',
  'exitCode',
  'port',
  'address',
  'path',
  'method',
  // what it is about
  'vendor',
  'centre',
  'entity',
  'ident',
  'subject',
  'vendorId',
  'requestId',
  'intentId',
  'heldId',
  'kind',
  'op',
  'step',
  'effect',
  'rule',
  'code',
  'state',
  'status',
  'priority',
  'cause',
  'table',
  'field',
  // coordinates
  'topic',
  'partition',
  'offset',
  'nextOffset',
  'group',
  'generation',
  'epoch',
  'version',
  'schemaId',
  'connector',
  'task',
  'slot',
  'lsn',
  'resource',
  'run',
  'setting',
  // counts and measures
  'count',
  'records',
  'learners',
  'calls',
  'minutes',
  'attempt',
  'tries',
  'partitions',
  'inWork',
  'bytes',
  'httpStatus',
  'delayMs',
  'tookMs',
  'ageMs',
  'lagMs',
  'lagCount',
  'untilMs',
  'atMs',
  'limit',
  'dropped',
] as const;

type LogFieldName = (typeof logFieldNames)[number];

type LogValue = string | number | bigint | boolean | null | readonly (string | number)[] | undefined;

/**
 * Fields of the allow-list, and `error`, of which only parts that are certain to contain no personal data
 * are written.
 */
export type LogFields = { readonly [name in LogFieldName]?: LogValue } & { readonly error?: unknown };

type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** The message is a fixed sentence. Variable parts go into fields. */
export type Log = { readonly [level in LogLevel]: (message: string, fields?: LogFields) => void } & {
  /** Returns a log that adds these fields to each line. */
  child(fields: LogFields): Log;
  /** The number of fields that were not written because their name is not on the list. */
  droppedCount(): number;
};

type LogOptions = {
  readonly level?: LogLevel | 'silent';
  /**
   * Writes a line; by default to standard error, so that standard output contains only the requested
   * output.
   */
  readonly write?: (line: string) => void;
  /** Writes readable lines instead of JSON; the default if standard error is a terminal. */
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

/** A log that writes nothing. */
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

/**
 * Drops fields that are not on the list. The types forbid them too, but values can come from outside the
 * types.
 */
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

const colours: Readonly<Record<string, string>> = {
  debug: '\u001b[2m',
  info: '\u001b[36m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
};
const plain = '\u001b[0m';

/** Formats a JSON log line for reading: time of day, level, message, then the fields. */
function formatLogLine(line: string): string {
  const { level, time, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const name = String(level);
  const clock = String(time).slice(11, 23);
  const rest = Object.entries(fields).map(([field, value]) => ` \u001b[2m${field}=${plain}${value}`);
  return `${clock} ${colours[name] ?? ''}${name.padEnd(5)}${plain} ${message}${rest.join('')}\n`;
}
