import type { VendorFailure } from '../domain/outcome.ts';
import type { CallEffect } from '../domain/step.ts';

export type RetryPolicy = {
  /** First delay in milliseconds; doubles with each attempt up to `maxDelayMs`. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Consecutive failed attempts before the whole sink pauses. */
  readonly maxAttempts: number;
  /** How long a vendor may need to show a write after its answer was lost. */
  readonly settleMs: number;
  /** Wait after a "too many calls" answer that states no time. */
  readonly windowMs: number;
};

export type AfterFailure =
  | { readonly kind: 'hold'; readonly code: string; readonly detail: string }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly countsAsAttempt: boolean }
  | { readonly kind: 'resolve'; readonly afterMs: number }
  | { readonly kind: 'pause'; readonly reason: string };

/**
 * Decides what follows a failed call.
 *
 * - A refused record is held: it cannot succeed.
 * - A refused sign-in pauses the whole sink.
 * - A throttled call is repeated after the time that the vendor states, or after `windowMs`.
 * - A create with an unknown outcome is looked up, never just repeated (G-5).
 * - Other failures are repeated with a growing delay. After `maxAttempts` the whole sink pauses, because
 *   every record would fail alike: an hour's outage must not become an hour of held items.
 */
export function decideAfterFailure(
  failure: VendorFailure,
  call: { readonly effect: CallEffect; readonly attempt: number; readonly chance: number },
  policy: RetryPolicy,
): AfterFailure {
  switch (failure.kind) {
    case 'rejected':
      return { kind: 'hold', code: failure.code, detail: failure.detail };
    case 'unauthorized':
      return { kind: 'pause', reason: 'unauthorized' };
    case 'throttled':
      return { kind: 'retry', delayMs: failure.retryAfterMs ?? policy.windowMs, countsAsAttempt: false };
    case 'unknown':
      if (call.effect === 'create') return { kind: 'resolve', afterMs: policy.settleMs };
      // An update that may still be under way must not arrive after a newer one.
      return decideRepeat(failure.kind, call, policy, call.effect === 'update' ? policy.settleMs : 0);
    case 'unreachable':
      return decideRepeat(failure.kind, call, policy);
  }
}

function decideRepeat(
  reason: string,
  call: { readonly attempt: number; readonly chance: number },
  policy: RetryPolicy,
  leastMs = 0,
): AfterFailure {
  if (call.attempt >= policy.maxAttempts) return { kind: 'pause', reason };
  const delayMs = Math.max(leastMs, backoffMs(call.attempt, call.chance, policy));
  return { kind: 'retry', delayMs, countsAsAttempt: true };
}

/** Full jitter: a random delay between 0 and the doubled delay. `chance` is in [0, 1). */
function backoffMs(
  attempt: number,
  chance: number,
  policy: Pick<RetryPolicy, 'baseDelayMs' | 'maxDelayMs'>,
): number {
  const ceiling = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(chance * ceiling);
}
