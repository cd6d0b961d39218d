import { expect, test } from 'vitest';
import { PollWorld } from '../../test/support/poll-world.ts';
import type { PollRuns } from '../domain/polling.ts';
import { defaultPollSettings, type PollSettings, runPoll } from './poll.ts';

const settings: PollSettings = { ...defaultPollSettings, dailyTime: { hour: 3, minute: 30 } };

/** Runs until `isDone`, asked before every read. */
async function poll(
  world: PollWorld,
  isDone: () => boolean,
  some: Partial<PollSettings> = {},
  spare?: () => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  world.onSleep = () => {
    if (isDone()) stop.abort();
  };
  const ports = spare === undefined ? world.ports : { ...world.ports, spare: { turn: spare } };
  await world.run(runPoll(ports, { ...settings, ...some }, stop.signal));
}

const startMs = Date.UTC(2026, 0, 15, 9);

async function world(
  runs: PollRuns = { open: null, lastCompleted: startMs - 3_600_000 },
): Promise<PollWorld> {
  const made = new PollWorld();
  made.link('10', '11');
  made.put('review', 'r1', '10', { started: false });
  made.put('learning-aim', 'a1', '10', { number: '1' });
  await made.keepRuns(runs);
  return made;
}

/** A person has enabled the vendor and approved its plan, five seconds ago. */
async function wantSync(made: PollWorld): Promise<void> {
  await made.store.vendors.enable({ vendor: 'onefile', confirmed: { plan: 'p1' }, by: 'ann' });
  await made.wait(5_000);
}

test('spare polling publishes what is new, and nothing again while nothing changes', async () => {
  const made = await world();
  await poll(made, () => made.reads.length > 20);
  expect(made.publishedIds).toEqual(['r1', 'a1']);
});

test('a vendor change is published once, by the next turn', async () => {
  const made = await world();
  let isChanged = false;
  await poll(made, () => {
    if (made.publishedIds.length === 2 && !isChanged) {
      isChanged = true;
      made.put('review', 'r1', '10', { started: true });
    }
    return made.reads.length > 30;
  });
  expect(made.publishedIds).toEqual(['r1', 'a1', 'r1']);
});

test('with polling off the vendor is not asked between full passes', async () => {
  const made = await world();
  await poll(made, () => made.slept.length > 10, { polling: 'off' });
  expect(made.reads).toEqual([]);
});

test('what else the spare budget is for comes after each look around, and not with polling off or while a pass runs', async () => {
  const made = await world();
  const at: number[] = [];
  await poll(
    made,
    () => made.slept.length > 5,
    {},
    async () => void at.push(made.reads.length),
  );
  expect(at.length).toBeGreaterThan(2);
  expect(at[0]).toBe(3);
  expect(new Set(at).size).toBe(at.length);
  const off = await world({ open: null, lastCompleted: startMs - 30 * 3_600_000 });
  let count = 0;
  await poll(
    off,
    () => off.slept.length > 10,
    { polling: 'off' },
    async () => {
      count += 1;
    },
  );
  expect(off.reads.length).toBeGreaterThan(0);
  expect(count).toBe(0);
});

test('OF-40: a run missed while down starts at once, and not again that day', async () => {
  const made = await world({ open: null, lastCompleted: startMs - 30 * 3_600_000 });
  await poll(made, () => made.slept.length > 10, { polling: 'off' });
  expect(made.reads).toEqual(['full reviews', 'full aims 10', 'full aims 11']);
  expect(made.submitted).toEqual(['i10', 'i11']);
});

test('without a first pass and without approval nothing is made up for', async () => {
  const made = await world({ open: null, lastCompleted: null });
  await poll(made, () => made.slept.length > 10, { polling: 'off' });
  expect(made.reads).toEqual([]);
});

test('a pass that was broken off goes on at the next start', async () => {
  const run = startMs - 60_000;
  const made = await world({ open: run, lastCompleted: startMs - 3_600_000 });
  await poll(made, () => made.slept.length > 4, { polling: 'off' });
  expect(await made.passes.readRuns()).toMatchObject({ open: null, lastCompleted: run, scope: 'daily' });
});

test('a command runs a full pass at once and is answered', async () => {
  const made = await world();
  made.commands.push({ id: 'c1', kind: 'synchronise' });
  await poll(made, () => made.answers.length > 0, { polling: 'off' });
  expect(made.answers).toMatchObject([{ learnerCount: 2, recordCount: 2 }]);
});

test('OF-9: a synchronisation of everybody that is wanted runs at once, is noted as done, and runs once', async () => {
  const made = await world();
  made.outOfScope.add('i10');
  await wantSync(made);
  await poll(made, () => made.slept.length > 5, { polling: 'off' });
  expect(made.submitted).toEqual(['i10', 'i11']);
  expect((await made.store.vendors.readState('onefile')).syncDueAtMs).toBeNull();
});

test('OF-9: what is wanted while a pass for the daily run goes on is done after it', async () => {
  const made = await world({ open: startMs, lastCompleted: null, scope: 'daily' });
  made.outOfScope.add('i10');
  await made.wait(55_000);
  await wantSync(made);
  await poll(made, () => made.slept.length > 5, { polling: 'off' });
  expect(made.submitted).toEqual(['i11', 'i10', 'i11']);
  expect((await made.store.vendors.readState('onefile')).syncDueAtMs).toBeNull();
});

test('OF-9: wanted again while its own pass was broken off, it runs once more', async () => {
  const made = await world({ open: startMs, lastCompleted: null, scope: 'all' });
  await made.wait(55_000);
  await wantSync(made);
  await poll(made, () => made.slept.length > 5, { polling: 'off' });
  expect(made.submitted).toEqual(['i10', 'i11', 'i10', 'i11']);
});

test('who does not hold the lease asks the vendor nothing', async () => {
  const made = await world();
  await made.loseLease();
  await poll(made, () => made.slept.length > 5);
  expect(made.reads).toEqual([]);
});

test('a lost lease ends the polling, and it is asked for again', async () => {
  const made = await world();
  let rival = 0;
  made.onRead = async () => {
    if (made.reads.length !== 3) return;
    const lease = await made.loseLease();
    rival = lease.epoch;
    await made.rival.releaseLease(lease);
  };
  await poll(made, () => made.reads.length > 12);
  expect(rival).toBe(3);
  expect((await made.passes.acquireLease())?.epoch).toBe(5);
  expect(made.publishedIds).toContain('a1');
});

test('D-21: of a vendor that is read in whole lists alone no learner is looked for', async () => {
  const made = await world();
  made.polling.plans = made.polling.plans.filter(({ recent }) => recent === 'every-turn');
  let looks = 0;
  const { readLearners } = made.store.polling;
  made.store.polling.readLearners = (...given) => {
    looks += 1;
    return readLearners(...given);
  };
  await poll(made, () => made.reads.length > 10);
  expect(looks).toBe(0);
  expect(made.publishedIds).toEqual(['r1']);
});

test('what changes seldom is asked for seldom', async () => {
  const made = await world();
  const [reviews] = made.polling.plans;
  if (reviews === undefined) throw new Error('reviews are polled');
  const users = {
    resource: { name: 'users', entity: 'learner', scope: 'centre' },
    recent: 'every-turn',
  } as const;
  made.polling.plans = [reviews, { ...users, recentEveryMs: 10_000 }];
  const beganAtMs = made.nowMs;
  await poll(made, () => made.slept.length > 40);
  const count = (read: string): number => made.reads.filter((one) => one === read).length;
  const mostOften = Math.floor((made.nowMs - beganAtMs) / 10_000) + 1;
  expect(count('recent users')).toBeGreaterThan(2);
  expect(count('recent users')).toBeLessThanOrEqual(mostOften);
  expect(count('recent reviews')).toBeGreaterThan(mostOften);
});
