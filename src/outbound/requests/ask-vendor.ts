import { isFailure, type VendorFailure } from '../../core/outcome.ts';
import { type Answer, toFailed } from './request.ts';

export type AskEffects = {
  /** Where the vendor is, for a person who cannot reach it. */
  readonly address: string;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
};

export type Told<T> =
  | { readonly kind: 'told'; readonly value: T }
  | { readonly kind: 'failed'; readonly answer: Answer; readonly failure: VendorFailure };

/** When the vendor says nothing about when to come back. */
const windowMs = 60_000;

/**
 * Asks the vendor while a command is checked: nothing is written by it, so it may be asked again.
 *
 * Told to wait, the command waits. Everything else that goes wrong is its answer: a person gives it again.
 */
export async function askVendor<T extends object>(
  { address, sleep, signal }: AskEffects,
  ask: () => Promise<T | VendorFailure>,
): Promise<Told<T>> {
  for (;;) {
    signal.throwIfAborted();
    const told = await ask();
    if (!isVendorFailure(told)) return { kind: 'told', value: told };
    if (told.kind === 'throttled') {
      await sleep(told.retryAfterMs ?? windowMs, signal);
      continue;
    }
    return { kind: 'failed', answer: toFailureAnswer(told, address), failure: told };
  }
}

function toFailureAnswer(failure: Exclude<VendorFailure, { kind: 'throttled' }>, address: string): Answer {
  switch (failure.kind) {
    case 'unreachable':
    case 'unknown':
      return toFailed('UNREACHABLE', { address });
    case 'unauthorized':
      return toFailed('BAD_SIGN_IN', {});
    case 'rejected':
      return toFailed(failure.code, { what: 'a look-up', message: failure.detail, ...failure.params });
  }
}

function isVendorFailure(told: object): told is VendorFailure {
  return 'kind' in told && typeof told.kind === 'string' && isFailure({ kind: told.kind });
}
