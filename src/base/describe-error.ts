import { AssertionError } from 'node:assert';
import { Fault } from './fault.ts';
import { withoutCredentials } from './without-credentials.ts';

export type ErrorDescription = {
  readonly errorName: string;
  readonly errorCode?: string;
  /** Only of errors whose texts are known to be free of data. */
  readonly errorText?: string;
  /** Where in our sources it was thrown, innermost first. */
  readonly errorAt?: string;
};

/**
 * What may be told of an error.
 *
 * The message of an unknown error is left out: Postgres quotes the value it could not store, a decoder the bytes it
 * could not read. Name, code and place are enough to find the line.
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

/** Our own sentences, broken invariants, failed system calls and the Kafka client speak of coordinates only. */
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
