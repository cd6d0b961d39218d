import { expect, test } from 'vitest';
import {
  ident,
  lost,
  setUpOutbound,
  throttled,
  toDone,
  unreachable,
} from '../../test/support/outbound-setup.ts';
import { emptyOutcome } from '../domain/ledger.ts';
import type { Observation } from '../domain/observation.ts';
import type { Call, NextStep } from '../domain/step.ts';
import type { LearnerView } from '../domain/view.ts';

const toEvaluation = (...candidates: readonly NextStep[]) => ({ candidates, holds: [], notes: [] });
const key = { vendor: 'onefile', centre: '1', ident } as const;
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

const readAll: Call = {
  ...{ name: 'read-all', effect: 'read', subject: 'reviews:v00017', naturalKey: null, request: {} },
};
const observation: Observation = {
  ...{ vendor: 'onefile', centre: '1', entity: 'review', vendorId: '7', learnerVendorId: 'v00017' },
  ...{ observedAtMs: 5, cause: 'before-write', deleted: false, record: { value: 'x' } },
};
const readOnce = ({ reads }: LearnerView) =>
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
  const { settle, ledger, done, topics } = setUpOutbound({
    evaluate: readOnce,
    answers: [shown, shown],
  });
  topics.onPublish = () => {
    if (isAway) throw new Error('no broker');
  };
  await expect(settle()).rejects.toThrow('no broker');
  expect(ledger.shadows).toEqual([]);
  isAway = false;
  await settle();
  expect(ledger.shadows).toHaveLength(1);
  expect(done('call')).toHaveLength(2);
});

test('after a long wait for the right to call PICS is read again, and the right is not taken twice', async () => {
  const { settle, plan, did, ledger, clock } = setUpOutbound({
    reserveCall: async () => {
      await clock.sleep(30_000);
      plan('r1', 'tuesday');
      return { waitedMs: 30_000 };
    },
  });
  await settle();
  expect(did.slice(0, 4)).toEqual([
    ...['read PICS 00017', 'reserve live', 'read PICS 00017', 'call create review:r1'],
  ]);
  expect(did.filter((line) => line.startsWith('reserve'))).toHaveLength(1);
  expect(ledger.shadows).toMatchObject([{ record: { value: 'tuesday' } }]);
});

test('an answer is recorded although the learner has moved on meanwhile', async () => {
  const { settle, ledger, links, intents } = setUpOutbound({
    answers: [
      async (call) => {
        const { version } = await ledger.readLane({
          ...key,
          officers: [],
          organisations: [],
          learnerVendorIds: [],
        });
        await ledger.recordOutcome(emptyOutcome(key, version));
        return toDone(call);
      },
    ],
  });
  await settle();
  expect(links()).toEqual([['review', 'r1', 'n-r1']]);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
});

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
