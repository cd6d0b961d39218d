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

const absent = { kind: 'absent' } as const;

test('G-5: a create that the vendor does not show counts as not done when it is late enough, and twice', async () => {
  const { settle, done, intents, ledger } = setUpOutbound({ answers: [lost] });
  await settle();
  expect(done('call', 'look up', 'sleep')).toEqual([
    'call create review:r1',
    ...['sleep 5000', 'look up create review:r1', 'sleep 25000', 'look up create review:r1'],
    ...['sleep 110000', 'look up create review:r1', 'sleep 10000', 'look up create review:r1'],
    'call create review:r1',
  ]);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 2]]);
  expect(ledger.journal.map(({ code }) => code)).toEqual(['unknown', 'ABSENT', 'done']);
});

test('G-5: what a slow vendor shows between two look-ups is adopted, and nothing is sent again', async () => {
  for (const late of [1, 2, 3]) {
    const resolutions = [...Array.from({ length: late }, () => absent), found];
    const { settle, done, intents } = setUpOutbound({ answers: [lost], resolutions });
    await settle();
    expect(done('call')).toEqual(['call create review:r1']);
    expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
  }
});

test('G-5: a create is sent once more at most, whatever is restarted in between; then a person decides', async () => {
  const { settle, done, held, ledger, clock } = setUpOutbound({ answers: [lost] });
  const intentId = await leaveIntent(ledger);
  await clock.runUntil(clock.sleep(200_000));
  const { version } = await readLane(ledger);
  await ledger.recordOutcome({
    ...emptyOutcome(lane, version),
    ...{ intentId, state: 'planned', code: 'ABSENT', isRepeat: true },
  });
  await settle();
  expect(done('call')).toEqual(['call create review:r1']);
  expect(held()).toEqual([['review:r1', 'UNKNOWN_OUTCOME']]);
  await settle();
  expect(done('call')).toHaveLength(1);
});

test('G-5: the age of a create is that of the database, however far the clock of the process is off', async () => {
  for (const offMs of [-7_200_000, 7_200_000]) {
    const { settle, done, clock, ledger, offset } = setUpOutbound({ resolutions: [absent, found] });
    await leaveIntent(ledger);
    offset(offMs);
    await settle();
    expect(done('call', 'look up', 'sleep')).toEqual([
      ...['sleep 5000', 'look up create review:r1', 'sleep 25000', 'look up create review:r1'],
    ]);
    expect(clock.nowMs()).toBeLessThan(Date.UTC(2026, 0, 15, 10));
  }
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

test('a create without a look-up is repeated or held, as the rule for it says (A-24)', async () => {
  const repeated = setUpOutbound({ answers: [lost], resolutions: [{ kind: 'blind', policy: 'repeat' }] });
  await repeated.settle();
  expect(repeated.done('call')).toHaveLength(2);
  expect(repeated.ledger.journal.map(({ code }) => code)).toEqual(['unknown', 'POSSIBLE_ORPHAN', 'done']);
  const left = setUpOutbound({ answers: [lost], resolutions: [{ kind: 'blind', policy: 'hold' }] });
  await left.settle();
  expect(left.done('call')).toHaveLength(1);
  expect(left.held()).toEqual([['review:r1', 'UNKNOWN_OUTCOME']]);
});

test('G-9: a create without a look-up is repeated once, then held, though every answer is lost', async () => {
  const blind = { kind: 'blind', policy: 'repeat' } as const;
  const { settle, done, held } = setUpOutbound({
    answers: Array.from({ length: 9 }, () => lost),
    resolutions: Array.from({ length: 9 }, () => blind),
  });
  await settle();
  expect(done('call')).toHaveLength(2);
  expect(held()).toEqual([['review:r1', 'UNKNOWN_OUTCOME']]);
  await settle();
  expect(done('call')).toHaveLength(2);
});

test('a look-up that fails is made again, and the create still waits for it', async () => {
  const { settle, done } = setUpOutbound({
    answers: [lost],
    resolutions: [unreachable, { kind: 'throttled', detail: '429', retryAfterMs: 9000 }, found],
  });
  await settle();
  expect(done('call')).toEqual(['call create review:r1']);
  expect(done('sleep')).toEqual(['sleep 5000', 'sleep 750', 'sleep 9000']);
  expect(done('look up')).toHaveLength(3);
});

test('G-9: look-ups that fail, but not in a row, are begun to be counted again after each answer', async () => {
  const fourTimes = Array.from({ length: 4 }, () => lost);
  const { settle, done, held, intents } = setUpOutbound({
    answers: [lost],
    resolutions: [...fourTimes, absent, ...fourTimes, found],
  });
  await settle();
  expect(done('look up')).toHaveLength(10);
  expect([held(), done('paused')]).toEqual([[], []]);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
});

test('look-ups that keep failing come ever more rarely, then the vendor is left alone', async () => {
  const { settle, done } = setUpOutbound({
    answers: [lost],
    resolutions: [...Array.from({ length: 5 }, () => unreachable), found],
  });
  await settle();
  expect(done('sleep', 'paused')).toEqual([
    ...['sleep 5000', 'sleep 750', 'sleep 1500', 'sleep 3000', 'sleep 6000'],
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
const readLane = (ledger: ReturnType<typeof setUpOutbound>['ledger']) =>
  ledger.readLane({ ...lane, officers: [], organisations: [], learnerVendorIds: [] });

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
  expect(done('call', 'look up', 'sleep')).toEqual(['sleep 140000', 'call create review:r1']);
  expect(intents()).toEqual([
    ['update', 'review:r1', 'rejected', 1],
    ['create', 'review:r1', 'done', 1],
  ]);
});

test('G-5: a live process that sends for longer than a call can last is not waited for', async () => {
  const { settle, store, ledger, intents, clock, meter } = setUpOutbound({ resolutions: [found] });
  await store.joinAsWorker();
  await leaveIntent(ledger);
  const before = clock.nowMs();
  await settle();
  expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
  expect(clock.nowMs() - before).toBeGreaterThanOrEqual(140_000);
  expect(meter.notes).toContain('sender-stuck');
});

test('a planned create that is not wanted any more is withdrawn and not sent', async () => {
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
