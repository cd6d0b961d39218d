import { expect, test } from 'vitest';
import type { VendorFailure } from '../domain/outcome.ts';
import { decideAfterFailure } from './retry.ts';

const policy = { baseDelayMs: 1000, maxDelayMs: 60_000, maxAttempts: 5, settleMs: 5000, windowMs: 60_000 };
const first = { effect: 'update', attempt: 1, chance: 0.5 } as const;
const unknown: VendorFailure = { kind: 'unknown', detail: 'socket cut' };
const unreachable: VendorFailure = { kind: 'unreachable', detail: 'refused' };

test.each<
  [string, VendorFailure, Parameters<typeof decideAfterFailure>[1], ReturnType<typeof decideAfterFailure>]
>([
  [
    'a refusal is held, whatever the attempt',
    { kind: 'rejected', code: 'VENDOR_REFUSED', detail: 'no' },
    { ...first, attempt: 9 },
    { kind: 'hold', code: 'VENDOR_REFUSED', detail: 'no' },
  ],
  [
    'a create with an unknown outcome is looked up, not repeated',
    unknown,
    { ...first, effect: 'create' },
    { kind: 'resolve', afterMs: 5000 },
  ],
  [
    'an update with an unknown outcome is repeated when it can no longer arrive late',
    unknown,
    first,
    { kind: 'retry', delayMs: 5000, countsAsAttempt: true },
  ],
  [
    'the fifth attempt in a row pauses the sink',
    unreachable,
    { ...first, attempt: 5 },
    { kind: 'pause', reason: 'unreachable' },
  ],
  [
    'a create that surely was not sent may be repeated',
    unreachable,
    { ...first, effect: 'create', attempt: 3 },
    { kind: 'retry', delayMs: 2000, countsAsAttempt: true },
  ],
  [
    'too many calls is never a failed attempt',
    { kind: 'throttled', detail: '', retryAfterMs: null },
    { ...first, attempt: 99 },
    { kind: 'retry', delayMs: 60_000, countsAsAttempt: false },
  ],
  [
    'a wait that the vendor states is kept',
    { kind: 'throttled', detail: '', retryAfterMs: 7000 },
    first,
    { kind: 'retry', delayMs: 7000, countsAsAttempt: false },
  ],
  [
    'a refused sign-in pauses the sink at once',
    { kind: 'unauthorized', detail: '401' },
    first,
    { kind: 'pause', reason: 'unauthorized' },
  ],
])('%s', (_title, failure, call, expected) => {
  expect(decideAfterFailure(failure, call, policy)).toEqual(expected);
});
