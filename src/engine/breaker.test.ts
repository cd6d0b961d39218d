import { expect, test } from 'vitest';
import { Breaker } from './gate.ts';

const policy = { firstPauseMs: 1000, maxPauseMs: 8000, maxInHand: 8 };

test('a pause admits no call, then one probe, then one more call with each success', () => {
  const breaker = new Breaker(policy);
  breaker.paused('unreachable', 0);
  expect(breaker.admit(999)).toEqual({ kind: 'wait', waitMs: 1 });
  expect(breaker.admit(1000)).toEqual({ kind: 'go' });
  expect(breaker.admit(1000)).toEqual({ kind: 'wait', waitMs: null });
  breaker.succeeded();
  const admitted = [1, 2, 3].map(() => breaker.admit(1001).kind);
  expect(admitted).toEqual(['go', 'go', 'wait']);
});

test('failed probes wait twice as long each time, up to a bound', () => {
  const breaker = new Breaker(policy);
  let nowMs = 0;
  const pauses: number[] = [];
  for (let probe = 0; probe < 6; probe += 1) {
    breaker.paused('unreachable', nowMs);
    const answer = breaker.admit(nowMs);
    const waitMs = answer.kind === 'wait' ? (answer.waitMs ?? 0) : 0;
    pauses.push(waitMs);
    nowMs += waitMs;
    expect(breaker.admit(nowMs)).toEqual({ kind: 'go' });
    breaker.released();
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
});

test('sixty-four calls that fail together make one pause, not sixty-four doublings', () => {
  const breaker = new Breaker(policy);
  for (let call = 0; call < 64; call += 1) breaker.paused('unreachable', 0);
  expect(breaker.admit(1000)).toEqual({ kind: 'go' });
});

test('the reason stays until a probe has succeeded', () => {
  const breaker = new Breaker(policy);
  breaker.paused('unauthorized', 0);
  breaker.admit(1000);
  expect(breaker.reason).toBe('unauthorized');
  breaker.succeeded();
  expect(breaker.reason).toBeNull();
});
