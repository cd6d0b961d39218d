import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { MemoryMeter } from '../../test/memory/meter.ts';
import { Breaker, createGate, RefusalStreak } from './gate.ts';

/** A gate with callers who stand before it, and a record of who came through when. */
function setup({ maxInHand = 8 } = {}) {
  const { clock: jumping, virtual: clock } = createVirtualClock();
  const stop = new AbortController();
  const breaker = new Breaker({ firstPauseMs: 1000, maxPauseMs: 4000, maxInHand });
  const meter = new MemoryMeter();
  const gate = createGate({
    breaker,
    streak: new RefusalStreak(2),
    vendor: 'onefile',
    clock: jumping,
    meter,
    signal: stop.signal,
  });
  const startMs = clock.nowMs();
  const entered: number[] = [];
  const queue = (count: number): Promise<void>[] =>
    Array.from({ length: count }, () => gate.enter().then(() => void entered.push(clock.nowMs() - startMs)));
  const pass = (ms: number): Promise<void> => clock.runUntil(clock.sleep(ms));
  return { clock, gate, breaker, paused: meter.pauses, entered, queue, pass, stop };
}

test('as many calls as allowed are in hand together; whoever comes later waits for an end', async () => {
  const { gate, entered, queue, pass } = setup({ maxInHand: 2 });
  queue(3);
  await pass(500);
  expect(entered).toEqual([0, 0]);
  gate.answered();
  await pass(0);
  expect(entered).toEqual([0, 0, 500]);
});

test('a paused vendor is probed by one call alone, and what waits drains with one more for each answer', async () => {
  const { gate, entered, queue, pass, paused } = setup();
  await gate.enter();
  gate.failed('unreachable');
  queue(15);
  await pass(999);
  expect(entered).toEqual([]);
  let ended = 0;
  for (const inHand of [1, 2, 3, 4]) {
    await pass(10_000);
    expect(entered.length - ended).toBe(inHand);
    gate.answered();
    ended += 1;
  }
  expect(paused).toEqual(['unreachable', null]);
});

test('each failed probe doubles the pause, up to the longest; a success makes the next one short again', async () => {
  const { clock, gate, entered } = setup();
  const fail = async (): Promise<void> => {
    const fromMs = clock.nowMs();
    await clock.runUntil(gate.enter());
    entered.push(clock.nowMs() - fromMs);
    gate.failed('unreachable');
  };
  for (let probe = 0; probe < 5; probe += 1) await fail();
  expect(entered).toEqual([0, 1000, 2000, 4000, 4000]);
  await clock.runUntil(gate.enter());
  gate.answered();
  await fail();
  entered.length = 0;
  await fail();
  expect(entered).toEqual([1000]);
});

test('of many calls that fail together only the first pauses', async () => {
  const { gate, entered, queue, pass, clock } = setup();
  queue(5);
  await pass(0);
  for (let count = 0; count < 5; count += 1) gate.failed('unreachable');
  entered.length = 0;
  const fromMs = clock.nowMs();
  await clock.runUntil(gate.enter());
  expect(clock.nowMs() - fromMs).toBe(1000);
});

test('a probe that is refused is an answer: the pause ends', async () => {
  const { gate, breaker, paused, clock } = setup();
  await gate.enter();
  gate.failed('unreachable');
  await clock.runUntil(gate.enter());
  gate.refused({ step: 'create', code: 'VENDOR_REFUSED', lane: '1' });
  expect(breaker.reason).toBeNull();
  expect(paused).toEqual(['unreachable', null]);
});

test('refusals for one reason pause, and go on doing so until something else is answered', async () => {
  const { gate, paused, clock, entered } = setup();
  for (let count = 0; count < 4; count += 1) {
    const fromMs = clock.nowMs();
    await clock.runUntil(gate.enter());
    entered.push(clock.nowMs() - fromMs);
    gate.refused({ step: 'create', code: 'VENDOR_REFUSED', lane: String(count) });
  }
  expect(entered).toEqual([0, 0, 1000, 2000]);
  await clock.runUntil(gate.enter());
  gate.answered();
  expect(paused).toEqual([...Array.from({ length: 3 }, () => 'create VENDOR_REFUSED'), null]);
});

test('whoever waits at a stop is turned away', async () => {
  const { gate, clock, stop } = setup();
  await gate.enter();
  gate.failed('unreachable');
  const waiting = gate.enter();
  stop.abort(new Error('stopped'));
  await expect(clock.runUntil(waiting)).rejects.toThrow('stopped');
  const free = setup();
  free.stop.abort(new Error('stopped'));
  await expect(free.gate.enter()).rejects.toThrow('stopped');
});
