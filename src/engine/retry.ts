import type { VendorFailure } from '../domain/outcome.ts';
import type { CallEffect } from '../domain/step.ts';
import type { Spread } from './gate.ts';

export type RetryPolicy = {
  /** First delay in milliseconds; doubles with each attempt up to `maxDelayMs`. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Failed attempts in a row before a record that alone fails is held, or the whole sink pauses. */
  readonly maxAttempts: number;
  /** When a create without an answer is first looked for, counted from its send. */
  readonly lookAfterMs: number;
  /** How long a write without an answer may still be under way, counted from its send: the vendor says so. */
  readonly settleMs: number;
  /** How long after the first look-up that counts a second one must find nothing either. */
  readonly confirmMs: number;
  /** Wait after a "too many calls" answer that states no time. */
  readonly windowMs: number;
};

/** A call that failed. `attempt`: with this one, how often in a row. */
type FailedCall = {
  readonly effect: CallEffect;
  readonly attempt: number;
  readonly chance: number;
  /** Whether other records fail too. */
  readonly spread: Spread;
  /** The vendor was left alone before this call and has not answered since. */
  readonly isProbe: boolean;
};

type AfterFailure =
  | { readonly kind: 'hold'; readonly code: string }
  | { readonly kind: 'retry'; readonly delayMs: number }
  /** What came of the write must be found out first (G-5). */
  | { readonly kind: 'resolve' }
  /** The whole sink pauses. */
  | { readonly kind: 'pause'; readonly reason: string };

/** A record with which the vendor has a fault, while it answers for others (G-9). */
export const vendorError = 'VENDOR_ERROR';

/**
 * Decides what follows a failed call (G-9).
 *
 * - A refused record is held: it cannot succeed.
 * - A refused sign-in pauses the whole sink.
 * - A throttled call is repeated after the time that the vendor states, or after `windowMs`.
 * - A call without a conclusive answer is repeated with a growing delay. After `maxAttempts` the record is held
 *   if it alone fails. If different records fail it is an outage and the sink pauses: an hour's outage must not
 *   become an hour of held items. So it does when nothing else was answered, because then nothing separates the
 *   two apart.
 * - A write of this kind is never simply repeated: its outcome is found out, or waited for, first.
 * - A vendor that cannot be reached at all says nothing about the record: after `maxAttempts` the sink pauses.
 */
export function decideAfterFailure(
  failure: VendorFailure,
  call: FailedCall,
  policy: Pick<RetryPolicy, 'baseDelayMs' | 'maxDelayMs' | 'maxAttempts' | 'windowMs'>,
): AfterFailure {
  const { attempt, spread, effect, isProbe } = call;
  switch (failure.kind) {
    case 'rejected':
      return { kind: 'hold', code: failure.code };
    case 'unauthorized':
      return { kind: 'pause', reason: 'unauthorized' };
    case 'throttled':
      return { kind: 'retry', delayMs: failure.retryAfterMs ?? policy.windowMs };
    case 'unreachable':
      if (isProbe || attempt >= policy.maxAttempts) return { kind: 'pause', reason: failure.kind };
      return { kind: 'retry', delayMs: backoffMs(call, policy) };
    case 'unknown': {
      const isLate = attempt >= policy.maxAttempts;
      // A create is repeated once at most, so it needs no count of its own.
      if (isLate && spread === 'alone' && effect !== 'create') return { kind: 'hold', code: vendorError };
      const isOutage = spread === 'many' || (isProbe && spread !== 'alone') || (isLate && spread !== 'alone');
      if (isOutage) return { kind: 'pause', reason: failure.kind };
      return effect === 'read' ? { kind: 'retry', delayMs: backoffMs(call, policy) } : { kind: 'resolve' };
    }
  }
}

/** Equal jitter: half of the doubled delay, and a random part of the other half. `chance` is in [0, 1). */
function backoffMs(
  { attempt, chance }: Pick<FailedCall, 'attempt' | 'chance'>,
  policy: Pick<RetryPolicy, 'baseDelayMs' | 'maxDelayMs'>,
): number {
  const ceiling = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** Math.max(0, attempt - 1));
  return Math.round((ceiling * (1 + chance)) / 2);
}
