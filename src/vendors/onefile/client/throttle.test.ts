import { expect, test } from 'vitest';
import { createThrottle } from './api.ts';

function setup(chance = 0) {
  /** The time of day is 09:00:40 at the start; `steppedByMs` sets it without time passing. */
  const clock = { nowMs: 5_000, steppedByMs: 0 };
  const startMs = Date.UTC(2026, 0, 15, 9, 0, 40);
  const throttle = createThrottle({
    now: () => startMs + clock.nowMs - 5_000 + clock.steppedByMs,
    steadyMs: () => clock.nowMs,
    chance: () => chance,
  });
  const refused = (known: { retryAfter?: string; startedAtMs?: number } = {}) =>
    throttle.limited({ retryAfter: null, serverTimeMs: null, startedAtMs: clock.nowMs, ...known });
  return { clock, throttle, refused };
}

test('4.6: without a stated time the wait ends at the next full minute; after a second refusal in a row it lasts a whole one', () => {
  const { clock, refused } = setup();
  expect(refused()).toBe(20_500);
  clock.nowMs += 20_500;
  expect(refused()).toBe(60_500);
});

test('4.6: an answer in between ends the row', () => {
  const { clock, throttle, refused } = setup();
  refused();
  clock.nowMs += 20_500;
  throttle.passed();
  expect(refused()).toBe(60_000 - 500 + 500);
});

test('4.6: calls that were under way when the pause began do not extend it', () => {
  const { clock, refused } = setup();
  const startedAtMs = clock.nowMs;
  expect(refused()).toBe(20_500);
  clock.nowMs += 500;
  expect(refused({ startedAtMs })).toBe(20_000);
  expect(refused({ startedAtMs })).toBe(20_000);
});

test.each([7_200_000, -7_200_000])(
  '4.6: a time of day that is set by %i ms neither lengthens nor shortens a pause',
  (stepMs) => {
    const { clock, refused } = setup();
    const startedAtMs = clock.nowMs;
    expect(refused()).toBe(20_500);
    clock.nowMs += 500;
    clock.steppedByMs += stepMs;
    expect(refused({ startedAtMs })).toBe(20_000);
    clock.nowMs += 20_000;
    expect(refused()).toBe(60_500);
  },
);

test('4.6: the jitter lies between half a second and five', () => {
  expect(setup(0).refused({ retryAfter: '1' })).toBe(1_500);
  expect(setup(0.999999).refused({ retryAfter: '1' })).toBe(5_999);
});
