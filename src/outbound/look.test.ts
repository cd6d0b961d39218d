import { expect, test } from 'vitest';
import {
  ident,
  leaveIntent,
  lost,
  refusal,
  setUpOutbound,
  throttled,
  toDone,
  unreachable,
} from '../../test/support/outbound-setup.ts';
import type { Link } from '../core/link.ts';
import type { Observation } from '../core/observation.ts';
import type { Call, NextStep } from '../core/step.ts';
import type { LearnerView } from '../core/view.ts';

const link: Link = {
  ...{ vendor: 'onefile', centre: '1', kind: 'review', picsId: 'r1', vendorId: 'n-r1', ident },
  ...{ how: 'created', copiedAtMs: null },
};

const toEvaluation = (...candidates: readonly NextStep[]) => ({ candidates, holds: [], notes: [] });

test('a learner with nothing to do is settled by one reading of each side, and nothing is written', async () => {
  const { settle, did, ledger } = setUpOutbound({ reviews: {} });
  const nothing = { kind: 'vanished', isLinked: false, calls: {}, holds: [] };
  expect(await settle()).toEqual(nothing);
  expect(did).toEqual(['read PICS 00017']);
  const { settle: look, did: seen, ledger: untouched, pics, plan } = setUpOutbound();
  plan('r1', 'monday');
  pics.set(ident, { ...pics.get(ident)!, reviews: [] });
  expect(await look({ txIds: [7, 8] })).toEqual({ ...nothing, kind: 'settled' });
  expect(seen).toEqual(['read PICS 00017 7 8']);
  for (const { intents, journal } of [ledger, untouched]) expect([...intents, ...journal]).toEqual([]);
});

test('a call is made after its intent was recorded, and what came of it is recorded after it', async () => {
  const { settle, ledger } = setUpOutbound({
    answers: [
      (call) => {
        expect(ledger.intents).toMatchObject([{ state: 'sending', step: 'create', worker: 1 }]);
        return toDone(call);
      },
    ],
  });
  await settle();
  expect(ledger.intents).toMatchObject([{ state: 'done' }]);
  expect(ledger.journal).toMatchObject([{ kind: 'create', subject: 'review:r1', code: 'done' }]);
  expect.assertions(3);
});

test('a throttled call waits the told time, as often as it is told, and is never counted as a failure', async () => {
  const refusals = Array.from({ length: 12 }, () => throttled(7000));
  const { settle, done, intents } = setUpOutbound({ answers: [...refusals, throttled(null), unreachable] });
  expect(await settle()).toMatchObject({ kind: 'settled', holds: [] });
  const first = 'sleep 500'; // as after the first failure
  expect(done('sleep', 'paused')).toEqual([...refusals.map(() => 'sleep 7000'), 'sleep 60000', first]);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 15]]);
});

test('a vendor that cannot be reached is tried ever more rarely, then left alone; nothing is held', async () => {
  const { settle, done, held } = setUpOutbound({ answers: Array.from({ length: 5 }, () => unreachable) });
  await settle();
  expect(done('sleep', 'paused')).toEqual([
    ...['sleep 500', 'sleep 1000', 'sleep 2000', 'sleep 4000'],
    ...['paused unreachable', 'sleep 1000', 'paused null'],
  ]);
  expect(done('call')).toHaveLength(6);
  expect(held()).toEqual([]);
});

test('a vendor that stays away is asked once after each pause, and the pauses grow', async () => {
  const { settle, done } = setUpOutbound({ answers: Array.from({ length: 8 }, () => unreachable) });
  await settle();
  expect(done('paused')).toEqual([...Array.from({ length: 4 }, () => 'paused unreachable'), 'paused null']);
  expect(done('call')).toHaveLength(5 + 3 + 1);
  expect(done('sleep').slice(-4)).toEqual(['sleep 1000', 'sleep 2000', 'sleep 4000', 'sleep 8000']);
});

test('a sign-in that is refused pauses the sink at once', async () => {
  const { settle, done } = setUpOutbound({ answers: [{ kind: 'unauthorized', detail: 'token' }] });
  await settle();
  expect(done('call', 'paused')).toEqual([
    ...['call create review:r1', 'paused unauthorized', 'call create review:r1', 'paused null'],
  ]);
});

test('an update whose answer was lost is repeated without a look-up', async () => {
  const { settle, done, plan } = setUpOutbound({ answers: [(call) => toDone(call), lost] });
  await settle();
  plan('r1', 'tuesday');
  await settle();
  expect(done('call', 'look up')).toEqual([
    ...['call create review:r1', 'call update review:r1', 'call update review:r1'],
  ]);
});

test('a refused record is held and does not keep the others waiting (G-7)', async () => {
  const { settle, done, held } = setUpOutbound({
    reviews: { r1: 'never', r2: 'friday' },
    answers: [refusal],
  });
  const { holds } = await settle();
  expect(holds).toMatchObject([{ subject: 'review:r1', code: 'VENDOR_REFUSED', params: { what: 'create' } }]);
  expect(done('call')).toEqual(['call create review:r1', 'call create review:r2']);
  expect(held()).toEqual([['review:r1', 'VENDOR_REFUSED']]);
});

test('a refused request is not sent again as it is, but as soon as PICS changes it; then nothing is held', async () => {
  const { settle, done, held, plan } = setUpOutbound({ reviews: { r1: 'never' }, answers: [refusal] });
  await settle();
  await settle();
  expect(done('call')).toHaveLength(1);
  plan('r1', 'monday');
  expect(await settle()).toMatchObject({ holds: [] });
  expect(done('call')).toHaveLength(2);
  expect(held()).toEqual([]);
});

test('a record that a person retries is sent again as it is', async () => {
  const { settle, done, ledger } = setUpOutbound({ answers: [refusal, refusal] });
  await settle();
  ledger.retry(ledger.held[0]!.id);
  await settle();
  expect(done('call')).toHaveLength(2);
  expect(ledger.held).toMatchObject([{ tries: 2 }]);
});

test('links that collide are held, never overwritten, and not tried again in the same look (G-2)', async () => {
  const { copiedAtMs: _, ...wanted } = { ...link, how: 'matched' as const };
  const free = { ...wanted, kind: 'qualification' as const, picsId: '00017/Q/1', vendorId: 'a1' };
  const isNew = ({ lane }: LearnerView<null, null>, one: typeof wanted | typeof free): boolean =>
    !lane.links.some(({ kind, picsId }) => kind === one.kind && picsId === one.picsId);
  const { settle, ledger, links, held, done } = setUpOutbound({
    evaluate: (view) => {
      const open = [wanted, free].filter((one) => isNew(view, one));
      return toEvaluation(...(open.length > 0 ? [{ kind: 'link', links: open } as const] : []));
    },
  });
  ledger.links.push({ ...link, picsId: 'other', ident: '00018' });
  const { holds } = await settle();
  expect(holds).toEqual([
    {
      ...{ subject: 'review:r1', code: 'ID_IN_USE', requestHash: null },
      params: { kind: 'review', code: 'r1', id: 'n-r1' },
    },
  ]);
  expect(held()).toEqual([['review:r1', 'ID_IN_USE']]);
  expect(links()).toEqual([
    ['review', 'other', 'n-r1'],
    ['qualification', '00017/Q/1', 'a1'],
  ]);
  expect(done('call')).toEqual([]);
});

test('a link that PICS does not show is announced once a look, and again in the next', async () => {
  const officer = { ...link, kind: 'officer' as const };
  const { settle, done } = setUpOutbound({
    evaluate: () => toEvaluation({ kind: 'announce', links: [link] }, { kind: 'announce', links: [officer] }),
  });
  await settle();
  expect(done('announce')).toEqual(['announce review r1', 'announce officer r1']);
  await settle();
  expect(done('announce')).toHaveLength(4);
  expect(done('call', 'reserve')).toEqual([]);
});

test('a learner that is gone by the time it is read again ends the look as vanished', async () => {
  const { settle, pics, done } = setUpOutbound({
    answers: [
      () => {
        pics.delete(ident);
        return unreachable;
      },
    ],
  });
  expect(await settle()).toEqual({ kind: 'vanished', isLinked: false, calls: { create: 1 }, holds: [] });
  expect(done('call')).toHaveLength(1);
});

const readAll: Call = {
  ...{ name: 'read-all', effect: 'read', subject: 'reviews:v00017', naturalKey: null, request: {} },
};
const observation: Observation = {
  ...{ vendor: 'onefile', centre: '1', entity: 'review', vendorId: '7', learnerVendorId: 'v00017' },
  ...{ observedAtMs: 5, cause: 'before-write', deleted: false, record: { value: 'x' } },
};
const readOnce = ({ reads }: LearnerView<null, null>) =>
  toEvaluation(...(reads.has('read-all reviews:v00017') ? [] : [{ kind: 'call', call: readAll } as const]));

test('what a read shows is published before it is kept, and a read has no intent', async () => {
  const { settle, did, ledger, intents } = setUpOutbound({
    evaluate: readOnce,
    answers: [(call) => toDone(call, 0, { links: [], shadow: [], observed: [observation] })],
  });
  await settle();
  expect(did.filter((line) => !line.startsWith('read PICS'))).toEqual([
    ...['reserve live', 'call read-all reviews:v00017', 'publish review 7'],
  ]);
  expect(intents()).toEqual([]);
  const { cause: _cause, deleted: _deleted, ...shadow } = observation;
  expect(ledger.shadows).toEqual([shadow]);
});

test('what could not be published is not kept: the look fails and the next one reads again', async () => {
  let isAway = true;
  const shown = (call: Call) => toDone(call, 0, { links: [], shadow: [], observed: [observation] });
  const { settle, ledger, done } = setUpOutbound({
    evaluate: readOnce,
    answers: [shown, shown],
    effects: () => ({
      publishObservations: async () => {
        if (isAway) throw new Error('no broker');
      },
    }),
  });
  await expect(settle()).rejects.toThrow('no broker');
  expect(ledger.shadows).toEqual([]);
  isAway = false;
  await settle();
  expect(ledger.shadows).toHaveLength(1);
  expect(done('call')).toHaveLength(2);
});

test('after a long wait for the right to call PICS is read again, and the right is not taken twice', async () => {
  const { settle, plan, did, ledger } = setUpOutbound({
    effects: (clock) => ({
      reserveCall: async (priority) => {
        did.push(`reserve ${priority}`);
        await clock.sleep(30_000);
        plan('r1', 'tuesday');
        return { waitedMs: 30_000 };
      },
    }),
  });
  await settle();
  expect(did.slice(0, 4)).toEqual([
    ...['read PICS 00017', 'reserve live', 'read PICS 00017', 'call create review:r1'],
  ]);
  expect(did.filter((line) => line.startsWith('reserve'))).toHaveLength(1);
  expect(ledger.shadows).toMatchObject([{ record: { value: 'tuesday' } }]);
});

test('when somebody else acts first nothing is sent and both sides are read again', async () => {
  const { settle, ledger, done, intents } = setUpOutbound({
    effects: () => ({
      reserveCall: async () => {
        if (ledger.intents.length === 0) await leaveIntent(ledger, { step: 'update', effect: 'update' });
        return { waitedMs: 0 };
      },
    }),
  });
  await settle();
  expect(done('call')).toEqual(['call create review:r1']);
  expect(done('read PICS').length).toBeGreaterThan(1);
  expect(intents()).toEqual([
    ['update', 'review:r1', 'rejected', 1],
    ['create', 'review:r1', 'done', 1],
  ]);
});

test('an answer is recorded although the learner has moved on meanwhile', async () => {
  const { settle, ledger, links, intents } = setUpOutbound({
    answers: [
      async (call) => {
        const { version } = await ledger.readLane({ ...key, officers: [], learnerVendorIds: [] });
        await ledger.recordOutcome({ ...key, version, ...blank });
        return toDone(call);
      },
    ],
  });
  await settle();
  expect(links()).toEqual([['review', 'r1', 'n-r1']]);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
});

const key = { vendor: 'onefile', centre: '1', ident } as const;
const blank = {
  ...{ intentId: null, state: null, code: null, vendorId: null },
  ...{ shadows: [], links: [], findings: [], holds: [], released: [], journal: [] },
};

test('the time from the commit to the acknowledgement is told, never a negative one', async () => {
  const { settle, done, clock } = setUpOutbound({
    reviews: { r1: 'monday', r2: 'friday' },
    answers: [async (call) => clock.sleep(80).then(() => toDone(call))],
  });
  await settle({ committedAtMs: clock.nowMs() - 20 });
  expect(done('delivered')).toEqual(['delivered after 100', 'delivered after 100']);
  const early = setUpOutbound();
  await early.settle({ committedAtMs: early.clock.nowMs() + 5000 });
  expect(early.done('delivered')).toEqual(['delivered after 0']);
});

test('a PICS older than what somebody else has acted upon meanwhile is read again, not sent', async () => {
  let isFirst = true;
  const { settle, done, ledger, pics, plan, did } = setUpOutbound({
    reviews: { r1: 'older' },
    effects: () => ({
      readLearner: async () => {
        const learner = pics.get(ident) ?? null;
        did.push('read PICS');
        if (isFirst) await actElsewhere();
        isFirst = false;
        return learner;
      },
    }),
  });
  const actElsewhere = async (): Promise<void> => {
    plan('r1', 'newer');
    const { shadow, links } = toDone({ request: { key: 'r1', ident, value: 'newer' } });
    await ledger.recordOutcome({ ...key, version: 0, ...blank, shadows: shadow, links });
  };
  expect(await settle()).toMatchObject({ kind: 'settled', calls: {} });
  expect(done('call')).toEqual([]);
});
