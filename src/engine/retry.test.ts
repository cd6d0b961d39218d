import { expect, test } from 'vitest';
import type { VendorFailure } from '../domain/outcome.ts';
import { decideAfterFailure } from './retry.ts';

const policy = { baseDelayMs: 1000, maxDelayMs: 60_000, maxAttempts: 5, windowMs: 60_000 };
const first = { effect: 'update', attempt: 1, chance: 0.5, spread: 'unclear', isProbe: false } as const;
const unknown: VendorFailure = { kind: 'unknown', detail: 'socket cut' };
const unreachable: VendorFailure = { kind: 'unreachable', detail: 'refused' };
const throttled: VendorFailure = { kind: 'throttled', detail: '', retryAfterMs: null };

type Given = Parameters<typeof decideAfterFailure>[1];
const pause = (reason: string) => ({ kind: 'pause', reason }) as const;
const held = { kind: 'hold', code: 'VENDOR_ERROR' } as const;
const resolve = { kind: 'resolve' } as const;

test.each<[string, VendorFailure, Partial<Given>, ReturnType<typeof decideAfterFailure>]>([
  [
    'a refusal is held, whatever the attempt',
    { kind: 'rejected', code: 'VENDOR_REFUSED', detail: 'no' },
    { attempt: 9 },
    { kind: 'hold', code: 'VENDOR_REFUSED' },
  ],
  ['a create with an unknown outcome is looked up, not repeated', unknown, { effect: 'create' }, resolve],
  ['an update with an unknown outcome is waited for, not repeated', unknown, {}, resolve],
  ['a read is repeated', unknown, { effect: 'read' }, { kind: 'retry', delayMs: 750 }],
  [
    'a read that fails again is repeated later',
    unknown,
    { effect: 'read', attempt: 4, spread: 'alone' },
    { kind: 'retry', delayMs: 6000 },
  ],
  [
    'G-9: the fifth failure of a read that alone fails',
    unknown,
    { effect: 'read', attempt: 5, spread: 'alone' },
    held,
  ],
  ['G-9: the fifth failure of an update that alone fails', unknown, { attempt: 5, spread: 'alone' }, held],
  [
    'G-9: a create is never given up for its count',
    unknown,
    { effect: 'create', attempt: 5, spread: 'alone' },
    resolve,
  ],
  ['G-9: different records that fail are an outage', unknown, { spread: 'many' }, pause('unknown')],
  ['G-9: an outage holds nothing, however long', unknown, { attempt: 99, spread: 'many' }, pause('unknown')],
  [
    'G-9: nothing tells an outage from a bad record while nothing else is called',
    unknown,
    { effect: 'read', attempt: 5 },
    pause('unknown'),
  ],
  [
    'a probe that fails has answered the question',
    unknown,
    { effect: 'read', isProbe: true },
    pause('unknown'),
  ],
  [
    'G-9: a bad record that is the probe pauses nothing for others',
    unknown,
    { effect: 'read', isProbe: true, spread: 'alone' },
    { kind: 'retry', delayMs: 750 },
  ],
  ['the fifth time that the vendor cannot be reached', unreachable, { attempt: 5 }, pause('unreachable')],
  [
    'what surely was not sent may be repeated, a create too',
    unreachable,
    { effect: 'create', attempt: 3 },
    { kind: 'retry', delayMs: 3000 },
  ],
  ['too many calls is never a failure', throttled, { attempt: 99 }, { kind: 'retry', delayMs: 60_000 }],
  [
    'a wait that the vendor states is kept',
    { ...throttled, retryAfterMs: 7000 },
    {},
    { kind: 'retry', delayMs: 7000 },
  ],
  [
    'a refused sign-in pauses the sink at once',
    { kind: 'unauthorized', detail: '401' },
    {},
    pause('unauthorized'),
  ],
])('%s', (_title, failure, given, expected) => {
  expect(decideAfterFailure(failure, { ...first, ...given }, policy)).toEqual(expected);
});
