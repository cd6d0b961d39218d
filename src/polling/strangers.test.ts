import { expect, test } from 'vitest';
import { allPlans, PollWorld } from '../../test/support/poll-world.ts';
import { createPollMemory, pollEveryTurn } from './turn.ts';

/** One linked learner, one whom PICS names, and two strangers, each with something no match needs. */
function setup(): PollWorld {
  const world = new PollWorld();
  world.polling.plans = allPlans;
  world.link('10');
  world.claim('11');
  for (const id of ['10', '11', '12', '13']) world.put('learner', id, id, { name: id, secret: `S${id}` });
  return world;
}

const kept = (world: PollWorld): string[] =>
  world.store.ledger.shadows
    .filter(({ entity }) => entity === 'learner')
    .map(({ record }) => `${String(record['name'])} ${String(record['secret'] ?? '-')}`)
    .sort();

test('of a learner who is linked to none only what a match needs is kept, and nothing is published', async () => {
  const world = setup();
  await world.pass();
  expect(kept(world)).toEqual(['10 S10', '11 S11', '12 -', '13 -']);
  expect(world.publishedIds.filter((id) => ['12', '13'].includes(id))).toEqual([]);
  world.published.length = 0;
  world.put('learner', '12', '12', { name: '12', secret: 'another' });
  const lease = await world.passes.acquireLease();
  const { signal } = new AbortController();
  world.polling.plans = allPlans.map((plan) => ({ ...plan, recent: 'every-turn' }) as const);
  const { ports, reader } = world;
  await world.run(pollEveryTurn({ ports, lease: lease!, memory: createPollMemory(), reader, signal }));
  expect(world.publishedIds).not.toContain('12');
  expect(kept(world)).toContain('12 -');
});

test('one who gets a link by a match is read whole before anything follows from it', async () => {
  const world = setup();
  world.onAfterRead = (entity) => {
    if (entity === 'learner') world.link('12');
  };
  await world.pass();
  expect(world.submitted).toEqual(['i10', 'i11', 'i12 unread']);
  expect(world.publishedIds).not.toContain('12');
  world.onAfterRead = () => {};
  await world.pass();
  expect(kept(world)).toContain('12 S12');
  expect(world.publishedIds).toContain('12');
});

test('a stranger whom the vendor shows no more is forgotten, and that is published', async () => {
  const world = setup();
  await world.pass();
  world.shown.learner.delete('13');
  await world.pass();
  await world.pass();
  expect(world.hasShadow('learner', '13')).toBe(false);
  expect(world.publishedIds).toContain('-13');
  expect(world.hasShadow('learner', '12')).toBe(true);
});
