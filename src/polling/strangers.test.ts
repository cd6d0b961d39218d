import { expect, test } from 'vitest';
import { allPlans, PollWorld } from '../../test/support/poll-world.ts';

/** One linked learner, one whom PICS names, and two strangers, each with something no match needs. */
function setup(): PollWorld {
  const world = new PollWorld();
  world.polling.plans = allPlans;
  world.link('10');
  world.claim('11');
  for (const id of ['10', '11', '12', '13']) {
    world.put('learner', id, id, { name: id, secret: `S${id}` });
    world.put('review', `r${id}`, id, { name: `r${id}`, secret: `S${id}` });
  }
  return world;
}

const kept = (world: PollWorld, of = 'learner'): string[] =>
  world.store.ledger.shadows
    .filter(({ entity }) => entity === of)
    .map(({ record }) => `${String(record['name'])} ${String(record['secret'] ?? '-')}`)
    .sort();

test('of a learner who is linked to none only what a match needs is kept, and nothing is published', async () => {
  const world = setup();
  await world.pass();
  expect(kept(world)).toEqual(['10 S10', '11 S11', '12 -', '13 -']);
  expect(world.publishedIds.filter((id) => ['12', '13'].includes(id))).toEqual([]);
  world.published.length = 0;
  world.put('learner', '12', '12', { name: '12', secret: 'another' });
  world.put('review', 'r12', '12', { name: 'r12', secret: 'another' });
  world.polling.plans = allPlans.map((plan) => ({ ...plan, recent: 'every-turn' }) as const);
  await world.turn();
  expect(world.publishedIds.filter((id) => id.endsWith('12'))).toEqual([]);
  expect(kept(world)).toContain('12 -');
  expect(kept(world, 'review')).toContain('r12 -');
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

test('of the reviews of a learner who is linked to none nothing is published or kept but that they are there', async () => {
  const world = setup();
  await world.pass();
  // The one whom PICS names is linked by this pass, before reviews are read.
  expect(kept(world, 'review')).toEqual(['r10 S10', 'r11 S11', 'r12 -', 'r13 -']);
  expect(world.publishedIds.filter((id) => id.startsWith('r'))).toEqual(['r10', 'r11']);
});
