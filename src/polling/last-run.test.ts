import { expect, test } from 'vitest';
import { PollWorld } from '../../test/support/poll-world.ts';
import { readSources } from '../../test/support/structure/sources.ts';
import { defaultPollSettings, runPoll } from './poll.ts';

/** Polls on a daily time that is hours away, until so many turns have passed. */
async function poll(world: PollWorld, turnCount: number): Promise<void> {
  const stop = new AbortController();
  world.onSleep = () => {
    if (world.slept.length >= turnCount) stop.abort();
  };
  await world.run(
    runPoll(world.ports, { ...defaultPollSettings, dailyTime: { hour: 3, minute: 30 } }, stop.signal),
  );
}

test('OF-3: however much is read in between, the last full synchronisation is the one of 03:30', async () => {
  const world = new PollWorld();
  world.link('10', '11');
  world.put('review', 'r1', '10', { started: false });
  const atHalfPastThree = world.nowMs - 5.5 * 3_600_000;
  await world.keepRuns({ open: null, lastCompleted: atHalfPastThree });
  await poll(world, 30);
  expect(world.reads.length).toBeGreaterThan(30);
  expect(await world.passes.readRuns()).toMatchObject({ open: null, lastCompleted: atHalfPastThree });
});

test('G-11: a last pass that is stamped an hour ahead is made up for once, and then the time is right', async () => {
  const world = new PollWorld();
  world.link('10');
  world.put('review', 'r1', '10', { started: false });
  const beganAtMs = world.nowMs;
  await world.keepRuns({ open: null, lastCompleted: beganAtMs + 3_600_000 });
  await poll(world, 10);
  const { open, lastCompleted } = await world.passes.readRuns();
  expect(open).toBeNull();
  expect(lastCompleted).toBeGreaterThanOrEqual(beganAtMs);
  expect(lastCompleted).toBeLessThan(beganAtMs + 60_000);
});

test('OF-3: nothing but a full pass notes that one was completed: no refresh, no list of offers, no work on commit', () => {
  const users = readSources()
    .filter(({ path, text }) => /^src\/(?!.*\.test\.ts$)/.test(path) && /\brecordRun\w*\(/.test(text))
    .map(({ path }) => path);
  const allowed = /^src\/(polling\/(full-pass|poll|page)\.ts|domain\/polling\.ts|store\/)/;
  expect(users.filter((path) => !allowed.test(path))).toEqual([]);
  expect(users.length).toBeGreaterThan(1);
});
