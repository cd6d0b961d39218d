import { expect, test } from 'vitest';
import {
  leaveIntent,
  lost,
  refusal,
  setUpOutbound,
  toDone,
  unreachable,
} from '../../test/support/outbound-setup.ts';
import { emptyOutcome } from '../domain/ledger.ts';

const request = { key: 'r1', ident: '00017', value: 'monday' };
const found = { kind: 'found', done: toDone({ request }) } as const;

test('a create whose answer was lost is looked up, adopted, and not sent again (G-5)', async () => {
  const { settle, done, intents, links } = setUpOutbound({ answers: [lost], resolutions: [found] });
  expect(await settle()).toMatchObject({ kind: 'settled', calls: { create: 1 }, holds: [] });
  expect(done('call', 'look up', 'sleep')).toEqual([
    'call create review:r1',
    'sleep 5000',
    'look up create review:r1',
  ]);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
  expect(links()).toEqual([['review', 'r1', 'n-r1']]);
});

test('a create that the vendor does not show is sent again, as the next attempt of the same intent', async () => {
  const { settle, done, intents } = setUpOutbound({ answers: [lost], resolutions: [{ kind: 'absent' }] });
  await settle();
  expect(done('call', 'look up')).toEqual([
    'call create review:r1',
    'look up create review:r1',
    'call create review:r1',
  ]);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 2]]);
});

test('a create that was found several times is held and never sent again, whatever changes in PICS', async () => {
  const { settle, done, intents, held, plan } = setUpOutbound({
    answers: [lost],
    resolutions: [{ kind: 'several', count: 2 }],
  });
  const { holds } = await settle();
  expect(holds).toMatchObject([{ code: 'UNKNOWN_OUTCOME', params: { what: 'create', n: '2' } }]);
  plan('r1', 'tuesday');
  plan('r2', 'friday');
  await settle();
  expect(done('call')).toEqual(['call create review:r1', 'call create review:r2']);
  expect(intents()[0]).toEqual(['create', 'review:r1', 'held', 1]);
  expect(held()).toEqual([['review:r1', 'UNKNOWN_OUTCOME']]);
});

test('a create nobody can look up is repeated or held, as the rule for it says (A-24)', async () => {
  const repeated = setUpOutbound({ answers: [lost], resolutions: [{ kind: 'blind', policy: 'repeat' }] });
  await repeated.settle();
  expect(repeated.done('call')).toHaveLength(2);
  expect(repeated.ledger.journal.map(({ code }) => code)).toEqual(['unknown', 'POSSIBLE_ORPHAN', 'done']);
  const left = setUpOutbound({ answers: [lost], resolutions: [{ kind: 'blind', policy: 'hold' }] });
  await left.settle();
  expect(left.done('call')).toHaveLength(1);
  expect(left.held()).toEqual([['review:r1', 'UNKNOWN_OUTCOME']]);
});

test('a look-up that fails is made again, and the create still waits for it', async () => {
  const { settle, done } = setUpOutbound({
    answers: [lost],
    resolutions: [unreachable, { kind: 'throttled', detail: '429', retryAfterMs: 9000 }, found],
  });
  await settle();
  expect(done('call')).toEqual(['call create review:r1']);
  expect(done('sleep')).toEqual(['sleep 5000', 'sleep 500', 'sleep 9000']);
  expect(done('look up')).toHaveLength(3);
});

test('look-ups that keep failing come ever more rarely, then the vendor is left alone', async () => {
  const { settle, done } = setUpOutbound({
    answers: [lost],
    resolutions: [...Array.from({ length: 5 }, () => unreachable), found],
  });
  await settle();
  expect(done('sleep', 'paused')).toEqual([
    ...['sleep 5000', 'sleep 500', 'sleep 1000', 'sleep 2000', 'sleep 4000'],
    ...['paused unreachable', 'sleep 1000', 'paused null'],
  ]);
  expect(done('call')).toHaveLength(1);
});

test('a look-up that the vendor refuses leaves the create to a person', async () => {
  const { settle, held, done } = setUpOutbound({ answers: [lost], resolutions: [refusal] });
  await settle();
  expect(held()).toEqual([['review:r1', 'UNKNOWN_OUTCOME']]);
  expect(done('call')).toHaveLength(1);
});

test('what another live process is sending is left to it until it is done', async () => {
  const { settle, submit, clock, done, did, ledger, store } = setUpOutbound();
  expect(await store.joinAsWorker()).toMatchObject({ worker: 2 });
  const intentId = await leaveIntent(ledger);
  const looking = submit();
  await clock.runUntil(clock.sleep(600));
  expect(done('call', 'look up')).toEqual([]);
  expect(done('sleep').slice(0, 2)).toEqual(['sleep 250', 'sleep 250']);
  const { shadow, links } = toDone({ request });
  const { version } = await ledger.readLane({
    ...lane,
    officers: [],
    organisations: [],
    learnerVendorIds: [],
  });
  await ledger.recordOutcome({
    ...emptyOutcome(lane, version),
    ...{ intentId, state: 'done', code: 'done', vendorId: 'n-r1', shadows: shadow, links },
  });
  expect(await clock.runUntil(looking)).toMatchObject({ kind: 'settled', calls: {} });
  expect(done('call', 'look up')).toEqual([]);
  did.length = 0;
  await settle();
  expect(done('call')).toEqual([]);
});

const lane = { vendor: 'onefile', centre: '1', ident: '00017' } as const;

test('a create that a dead process was sending is looked up when the vendor has had time to show it', async () => {
  const { settle, done, ledger, intents } = setUpOutbound({ resolutions: [found] });
  await leaveIntent(ledger);
  await settle();
  expect(done('call', 'look up', 'sleep')).toEqual(['sleep 5000', 'look up create review:r1']);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
});

test('an update that a dead process was sending is decided afresh when it can no longer land late, without a look-up', async () => {
  const { settle, done, ledger, intents } = setUpOutbound();
  await leaveIntent(ledger, { step: 'update', effect: 'update' });
  await settle();
  expect(done('call', 'look up', 'sleep')).toEqual(['sleep 5000', 'call create review:r1']);
  expect(intents()).toEqual([
    ['update', 'review:r1', 'rejected', 1],
    ['create', 'review:r1', 'done', 1],
  ]);
});

test('a planned create that nobody wants any more is withdrawn and not sent', async () => {
  const { settle, done, intents, ledger, pics } = setUpOutbound();
  const intentId = await leaveIntent(ledger);
  await ledger.recordOutcome({
    ...{ ...emptyOutcome(lane, 1), intentId, state: 'planned', code: 'ABSENT' },
  });
  pics.setLearner({ ...pics.learners.get('00017')!, reviews: [] });
  await settle();
  expect(done('call', 'look up')).toEqual([]);
  expect(intents()).toEqual([['create', 'review:r1', 'rejected', 1]]);
  expect(ledger.journal.map(({ code }) => code)).toEqual(['WITHDRAWN']);
});

test('an adopted record whose link collides is held, and no second one is created (G-2)', async () => {
  const { settle, done, held, plan, ledger } = setUpOutbound({ answers: [lost], resolutions: [found] });
  ledger.linkTable.put({ ...found.done.links[0]!, picsId: 'other', ident: '00018', copiedAtMs: null });
  const { holds } = await settle();
  expect(holds).toMatchObject([{ subject: 'review:r1', code: 'ID_IN_USE', params: { id: 'n-r1' } }]);
  plan('r2', 'friday');
  await settle();
  expect(done('call')).toEqual(['call create review:r1', 'call create review:r2']);
  expect(held()).toEqual([['review:r1', 'ID_IN_USE']]);
});
