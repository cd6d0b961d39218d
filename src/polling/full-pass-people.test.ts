import { expect, test } from 'vitest';
import { allPlans, Killed, PollWorld } from '../../test/support/poll-world.ts';
import type { PassScope } from '../domain/polling.ts';
import { createPollMemory, pollEveryTurn } from './poll.ts';

async function pass(world: PollWorld, scope: PassScope = 'daily', pageCount = 0) {
  let interludes = 0;
  const interlude = async () => {
    interludes += 1;
    return { pageCount };
  };
  const end = await world.pass({ scope, interlude });
  if (typeof end === 'string') throw new Error(end);
  return { ...end, interludes };
}

/** Learner 10 is linked, 11 and 12 carry an id in PICS that nobody has checked, and OneFile shows 10 and 11 only. */
function world(): PollWorld {
  const made = new PollWorld();
  made.polling.plans = allPlans;
  made.link('10');
  made.claim('11', '12');
  made.put('standard', 's1', null, { code: 'X' });
  for (const id of ['10', '11']) {
    made.put('learner', id, id, { name: id });
    made.put('review', `r${id}`, id, { at: id });
    made.put('learning-aim', `a${id}`, id, { number: id });
  }
  return made;
}

test('G-2: whom PICS only names is linked from the list of learners and costs no call of its own', async () => {
  const made = world();
  expect(await pass(made)).toMatchObject({ learnerCount: 2, linkedCount: 1 });
  expect(made.reads).toEqual([
    'full standards',
    'full learners',
    'full reviews',
    'full aims 10',
    'full aims 11',
  ]);
  // The record of the new one comes once more after the link: before, nobody knew whose it was.
  expect(made.publishedIds).toEqual(['s1', '10', '11', '11', 'r10', 'r11', 'a10', 'a11']);
  expect(made.submitted).toEqual(['i10', 'i11', 'i12 unread']);
});

test('a second pass links nobody again', async () => {
  const made = world();
  await pass(made);
  made.published.length = 0;
  expect(await pass(made)).toMatchObject({ learnerCount: 2, linkedCount: 0 });
  expect(made.publishedIds).toEqual(['10', '11', 'r10', 'r11', 'a10', 'a11']);
});

test('killed between links and what follows from them, the links are there and nothing is lost', async () => {
  const made = world();
  made.onAfterRead = (entity) => {
    if (entity === 'learner') throw new Killed();
  };
  await expect(pass(made)).rejects.toBeInstanceOf(Killed);
  expect(made.store.ledger.links.map(({ vendorId }) => vendorId)).toEqual(['10', '11']);
  made.onAfterRead = () => {};
  expect(await pass(made)).toMatchObject({ learnerCount: 2 });
  expect(made.publishedIds.filter((id) => id === '11').length).toBeGreaterThan(1);
  expect(made.submitted).toEqual(['i10', 'i11', 'i12 unread']);
});

test('OF-18: when the standards were read, the list of what OneFile offers may be made anew; a gap is told', async () => {
  const made = world();
  await pass(made);
  expect(made.concluded).toMatchObject([
    { entity: 'standard', isWhole: true, passId: '1' },
    { entity: 'learner', isWhole: true, passId: '2' },
    { entity: 'review', isWhole: true },
    { entity: 'learning-aim', isWhole: true },
  ]);
  made.concluded.length = 0;
  made.failures.push({ kind: 'rejected', code: 'VENDOR_REFUSED', detail: '' });
  await pass(made);
  expect(made.concluded).toMatchObject([
    { entity: 'standard', isWhole: false },
    { entity: 'learner', isWhole: true },
    { entity: 'review', isWhole: true },
    { entity: 'learning-aim', isWhole: true },
  ]);
});

test('OF-40: the daily run leaves out whom its filter leaves out, and nothing of theirs counts as gone', async () => {
  const made = world();
  await pass(made, 'all');
  made.outOfScope.add('i11');
  for (const n of [1, 2, 3]) {
    made.reads.length = 0;
    made.works.length = 0;
    made.published.length = 0;
    expect(await pass(made), `run ${n}`).toMatchObject({ learnerCount: 1, deletedCount: 0 });
    expect(made.reads).not.toContain('full aims 11');
    expect(made.submitted).toEqual(['i10', 'i12 unread']);
    expect(made.publishedIds).toEqual(['10', 'r10', 'a10']);
  }
  expect(made.hasShadow('learning-aim', 'a11')).toBe(true);
});

test('OF-40: what changes for a learner outside of the daily run waits for a look between the runs', async () => {
  const made = world();
  await pass(made, 'all');
  made.outOfScope.add('i11');
  made.put('review', 'r11', '11', { at: 'changed' });
  made.published.length = 0;
  expect(await pass(made)).toMatchObject({ deletedCount: 0 });
  expect(await pass(made)).toMatchObject({ deletedCount: 0 });
  expect(made.publishedIds).not.toContain('r11');
  const lease = await made.passes.acquireLease();
  const { signal } = new AbortController();
  const { ports, reader } = made;
  await pollEveryTurn({ ports, lease: lease!, memory: createPollMemory(), reader, signal });
  expect(made.publishedIds.filter((id) => id === 'r11')).toHaveLength(1);
});

test('OF-9: the initial synchronisation is for everybody, whatever the filter of the daily run says', async () => {
  const made = world();
  made.outOfScope.add('i10').add('i11');
  expect(await pass(made, 'all')).toMatchObject({ scope: 'all', learnerCount: 2 });
  expect(made.submitted).toEqual(['i10', 'i11', 'i12 unread']);
});

test('a pass that was broken off goes on for whom it was begun', async () => {
  const made = world();
  made.outOfScope.add('i11');
  made.onRead = () => {
    if (made.reads.length === 3) throw new Killed();
  };
  await expect(pass(made, 'all')).rejects.toBeInstanceOf(Killed);
  made.onRead = () => {};
  expect(await pass(made, 'daily')).toMatchObject({ scope: 'all', learnerCount: 2 });
});

test('a learner whose id OneFile does not show is asked for alone, after the others', async () => {
  const made = new PollWorld();
  made.polling.plans = allPlans;
  made.claim('12');
  for (const id of ['10', '11']) made.put('learner', id, id, { name: id });
  await pass(made);
  expect(made.submitted).toEqual(['i12 unread']);
  expect(made.reads.filter((read) => read.startsWith('full aims'))).toEqual([]);
});

test('looks in between cost a hundredth of the pass, however long they are', async () => {
  const made = new PollWorld();
  made.link(...Array.from({ length: 500 }, (_, n) => String(1000 + n)));
  expect((await pass(made, 'daily', 0)).interludes).toBe(20);
  expect((await pass(made, 'daily', 1)).interludes).toBe(5); // first after 25, then every 100
  expect((await pass(made, 'daily', 5)).interludes).toBe(1);
});

test('several learners are read at once: a slow vendor does not hold up the budget', async () => {
  const made = new PollWorld();
  made.link(...Array.from({ length: 40 }, (_, n) => String(100 + n)));
  let [open, most] = [0, 0];
  made.onRead = async () => {
    open += 1;
    most = Math.max(most, open);
    await made.clock.sleep(500);
    open -= 1;
  };
  await pass(made);
  expect(most).toBe(8);
  expect(made.reads).toHaveLength(41);
});
