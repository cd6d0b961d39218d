import { AssertionError } from 'node:assert';

/** The process's answer to its caller. */
export const exitCodes = { done: 0, failed: 1, usage: 2, stoppedAtOnce: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * A failure that is shown to a user as one sentence, without a stack.
 *
 * The sentence says what is wrong and what to do next. It contains no personal data, so it may be logged.
 */
export class Fault extends Error {
  readonly exitCode: ExitCode;

  constructor(sentence: string, exitCode: ExitCode = exitCodes.failed) {
    super(sentence);
    this.name = 'Fault';
    this.exitCode = exitCode;
  }
}

/** A mistake on the command line: exit code 2. */
export function usageFault(sentence: string): Fault {
  return new Fault(sentence, exitCodes.usage);
}

/** A fault of our own code. The process ends, and the next start continues from what is durable. */
class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BrokenInvariant(message);
}

/** Foreign errors by code. Texts of databases quote values, so they are not shown. */
export function toSentence(error: unknown): string {
  const inner = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const { errorName, errorCode, errorText, errorAt } = describeError(inner);
  const known = errorCode === undefined ? undefined : sentences[errorCode];
  const where = toAddress(inner);
  if (known !== undefined) return where === null ? known : `${known} (${where})`;
  const parts = [errorCode, errorText, errorAt === undefined ? undefined : `at ${errorAt}`];
  const rest = parts.filter((part) => part !== undefined).join(', ');
  return `This failed unexpectedly: ${errorName}${rest === '' ? '' : ` (${rest})`}.`;
}

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing answers at this address. Is it running, and is the address right?',
  ENOTFOUND: 'The host name is not known here.',
  EAI_AGAIN: 'The host name cannot be looked up at present.',
  ETIMEDOUT: 'There was no answer in time.',
  UND_ERR_CONNECT_TIMEOUT: 'There was no answer in time.',
  ECONNRESET: 'The other side closed the connection.',
  EHOSTUNREACH: 'The host cannot be reached from here.',
  '28P01': 'The database does not accept the password.',
  '28000': 'The database does not let this role in.',
  '3D000': 'There is no database of this name.',
  '42501': 'The role lacks a grant it needs. Run "pics-sync doctor" to see which.',
  '42P01':
    'A table is missing. Run "pics-sync pics prepare" for PICS or "pics-sync store migrate" for the sync database.',
  '3F000':
    'A schema is missing. Run "pics-sync pics prepare" for PICS or "pics-sync store migrate" for the sync database.',
  '53300': 'The database has no connection left for us.',
  '57P03': 'The database is starting or stopping. Try again in a moment.',
};

function toAddress(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { address, port, hostname } = error as { address?: unknown; port?: unknown; hostname?: unknown };
  if (typeof address === 'string') return typeof port === 'number' ? `${address}:${port}` : address;
  if (typeof hostname === 'string') return hostname;
  return error.cause === undefined ? null : toAddress(error.cause);
}

type ErrorDescription = {
  readonly errorName: string;
  readonly errorCode?: string;
  /** Only set for errors whose texts are known to contain no personal data. */
  readonly errorText?: string;
  /** Where in our sources the error was thrown, innermost first. */
  readonly errorAt?: string;
};

/**
 * Describes an error without personal data.
 *
 * The message of an unknown error is left out, because Postgres quotes the value that it could not store
 * and a decoder the bytes that it could not read. Name, code and place are enough to find the line.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const cause = error.cause instanceof Error ? describeError(error.cause) : null;
  const code = toCode(error) ?? cause?.errorCode;
  const text = toSafeText(error) ?? cause?.errorText;
  const at = toPlaces(error.stack);
  return {
    errorName: error.name,
    ...(code !== undefined && { errorCode: code }),
    ...(text !== undefined && { errorText: text }),
    ...(at !== undefined && { errorAt: at }),
  };
}

function toCode(error: Error): string | undefined {
  const { code, type } = error as Error & { code?: unknown; type?: unknown };
  for (const value of [code, type]) {
    if (typeof value === 'number') return String(value);
    if (typeof value === 'string' && /^[\w.-]{1,60}$/.test(value)) return value;
  }
  return undefined;
}

/**
 * The messages of these errors contain only codes and coordinates: our own faults, broken invariants,
 * failed system calls and errors of the Kafka client.
 */
function toSafeText(error: Error): string | undefined {
  const isSafe =
    error instanceof Fault ||
    error instanceof AssertionError ||
    error.name === 'BrokenInvariant' ||
    'syscall' in error ||
    error.name.startsWith('KafkaJS');
  return isSafe ? withoutCredentials(error.message).slice(0, 300) : undefined;
}

function toPlaces(stack: string | undefined): string | undefined {
  const places = stack?.match(/(?:src|simulators|stack|test)\/[\w./-]+\.ts:\d+/g) ?? [];
  return places.length === 0 ? undefined : places.slice(0, 4).join(' < ');
}

/** Removes user names and passwords from every address in a text. */
export function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1');
}

/**
 * Whether an error is about the value that was given and would come again: the database cannot store it
 * (SQLSTATE class 22), or a record cannot be published, because it is larger than a topic takes.
 */
export function isDataFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /^22[0-9A-Z]{3}$/.test(toCode(error) ?? '') || error.name === 'RefusedRecord';
}

/**
 * Whether an error says that a database, a broker or another host is gone or cannot do its work now.
 *
 * Recognised by its code where it has one, else by the words of the clients for a lost or refused connection.
 */
export function isInfrastructureFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isInfrastructureFault)) return true;
  if (error.cause !== undefined && isInfrastructureFault(error.cause)) return true;
  if (/^(KafkaJS|RegistryUnavailable|AbortError|MaxRetriesPerRequest)/.test(error.name)) return true;
  const code = toCode(error) ?? '';
  if ('syscall' in error || /^(E[A-Z]{3,}|UND_ERR_[A-Z_]+)$/.test(code)) return true;
  if (/^[0-9A-Z]{5}$/.test(code)) return !/^(22|23|42)/.test(code);
  return /timeout|timed out|connection|terminated|not queryable|pool|redis/i.test(error.message);
}
