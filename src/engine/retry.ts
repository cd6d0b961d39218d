import type { VendorFailure } from '../domain/outcome.ts';
import type { CallEffect } from '../domain/step.ts';

export type RetryPolicy = {
  /** First delay; doubles with each attempt up to `maxDelayMs`. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Attempts in a row before the whole sink pauses. */
  readonly maxAttempts: number;
  /** How long a vendor may take to show what it did after its answer was lost. */
  readonly settleMs: number;
  /** Wait after a refusal for too many calls that names no time. */
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
 * Held items are for records that cannot succeed. A fault that would fail every record alike pauses the sink, so an
 * hour's outage is not an hour of held items. A create with an unknown outcome is looked up, never just repeated (G-5).
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
      // An update that is still under way must not land after a newer one.
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

/** Full jitter: anywhere between nothing and the doubled delay. `chance` lies in [0, 1). */
export function backoffMs(
  attempt: number,
  chance: number,
  policy: Pick<RetryPolicy, 'baseDelayMs' | 'maxDelayMs'>,
): number {
  const ceiling = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(chance * ceiling);
}
