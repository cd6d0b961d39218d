import { expect, test } from 'vitest';
import {
  type OutboundSetup,
  refusal,
  setUpOutbound,
  toDone,
  unreachable,
} from '../../test/support/outbound-setup.ts';

const request = { key: 'r1', ident: '00017', value: 'monday' };

function setUpCautious(setup: OutboundSetup = {}) {
  const world = setUpOutbound(setup);
  world.store.beCautious('onefile');
  return world;
}

test('of a cautious vendor a create is looked up first, and adopted where it is there', async () => {
  const resolutions = [{ kind: 'found', done: toDone({ request }) }] as const;
  const { settle, done, intents, links, ledger } = setUpCautious({ resolutions });
  expect(await settle()).toMatchObject({ kind: 'settled', holds: [] });
  expect(done('call', 'look up')).toEqual(['look up create review:r1']);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
  expect(links()).toEqual([['review', 'r1', 'n-r1']]);
  expect(ledger.journal).toContainEqual(
    expect.objectContaining({ kind: 'look-up create', code: 'ADOPTED', vendorId: 'n-r1' }),
  );
});

test('where it is not there it is sent, with one call more', async () => {
  const { settle, done, intents } = setUpCautious();
  expect(await settle()).toMatchObject({ calls: { create: 1, 'look-up create': 1 }, holds: [] });
  expect(done('reserve', 'call', 'look up')).toEqual([
    'reserve live',
    'look up create review:r1',
    'reserve live',
    'call create review:r1',
  ]);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
});

test('several that fit are a matter for a person, and nothing is sent', async () => {
  const { settle, done, held, intents } = setUpCautious({ resolutions: [{ kind: 'several', count: 2 }] });
  await settle();
  expect(done('call')).toEqual([]);
  expect(held()).toEqual([['review:r1', 'UNKNOWN_OUTCOME']]);
  expect(intents()).toEqual([]);
});

test('what cannot be looked up follows its policy: it is sent, or a person decides', async () => {
  const repeat = setUpCautious({ resolutions: [{ kind: 'blind', policy: 'repeat' }] });
  await repeat.settle();
  expect(repeat.done('call')).toEqual(['call create review:r1']);
  const hold = setUpCautious({ resolutions: [{ kind: 'blind', policy: 'hold' }] });
  await hold.settle();
  expect([hold.done('call'), hold.held()]).toEqual([[], [['review:r1', 'UNKNOWN_OUTCOME']]]);
});

test('a look-up that fails is made again before anything is sent; one that is refused is held', async () => {
  const again = setUpCautious({ resolutions: [unreachable, { kind: 'absent' }] });
  await again.settle();
  expect(again.done('call', 'look up')).toEqual([
    'look up create review:r1',
    'look up create review:r1',
    'call create review:r1',
  ]);
  const refused = setUpCautious({ resolutions: [refusal] });
  await refused.settle();
  expect(refused.done('call')).toEqual([]);
  expect(refused.held()).toHaveLength(1);
});

test('a right to call that comes late makes it look at PICS again, and not look the create up again', async () => {
  let reservations = 0;
  const world = setUpCautious({
    reserveCall: async () => {
      reservations += 1;
      if (reservations > 1) await world.clock.sleep(5_000);
      return { waitedMs: 0 };
    },
  });
  await world.settle();
  expect(world.done('call', 'look up')).toEqual(['look up create review:r1', 'call create review:r1']);
});

test('an update is sent as ever; and when a full synchronisation has completed, a create too', async () => {
  const { settle, done, plan, store, did } = setUpCautious();
  await settle();
  did.length = 0;
  plan('r1', 'tuesday');
  await settle();
  expect(done('call', 'look up')).toEqual(['call update review:r1']);
  await store.vendors.enable({ vendor: 'onefile', by: 'ann' });
  await store.vendors.clearSyncDue('onefile', Number.MAX_SAFE_INTEGER);
  did.length = 0;
  plan('r2', 'friday');
  await settle();
  expect(done('call', 'look up')).toEqual(['call create review:r2']);
  expect(await store.vendors.readState('onefile')).toMatchObject({ cautiousSinceMs: null });
});
