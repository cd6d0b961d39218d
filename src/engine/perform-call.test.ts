import { expect, test } from 'vitest';
import { evaluateToy } from '../../test/simulation/toy-vendor.ts';
import {
  ident,
  lost,
  setUpOutbound,
  throttled,
  toDone,
  unreachable,
} from '../../test/support/outbound-setup.ts';
import { digestOf } from '../domain/digest.ts';
import { emptyOutcome } from '../domain/ledger.ts';
import type { Observation } from '../domain/observation.ts';
import type { Call, CallResult, NextStep } from '../domain/step.ts';
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
  const first = 'sleep 750'; // as after the first failure
  expect(done('sleep', 'paused')).toEqual([...refusals.map(() => 'sleep 7000'), 'sleep 60000', first]);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 15]]);
});

test('a vendor that cannot be reached is tried ever more rarely, then left alone; nothing is held', async () => {
  const { settle, done, held } = setUpOutbound({ answers: Array.from({ length: 5 }, () => unreachable) });
  await settle();
  expect(done('sleep', 'paused')).toEqual([
    ...['sleep 750', 'sleep 1500', 'sleep 3000', 'sleep 6000'],
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

test('G-5: an update whose answer was lost is decided afresh when it can no longer arrive late', async () => {
  const { settle, done, plan, intents } = setUpOutbound({ answers: [(call) => toDone(call), lost] });
  await settle();
  plan('r1', 'tuesday');
  await settle();
  expect(done('sleep')).toEqual(['sleep 140000']);
  expect(intents().slice(1)).toEqual([
    ['update', 'review:r1', 'rejected', 1],
    ['update', 'review:r1', 'done', 1],
  ]);
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

test('G-5: after a stop between the intent and the call nothing is sent, and the next process need not wait', async () => {
  const { submit, clock, done, intents, ledger, stop } = setUpOutbound();
  const record = ledger.recordIntent.bind(ledger);
  ledger.recordIntent = async (intent) => {
    const recorded = await record(intent);
    stop();
    return recorded;
  };
  await expect(clock.runUntil(submit())).rejects.toThrow('stopped');
  expect(done('call')).toEqual([]);
  expect(intents()).toEqual([['create', 'review:r1', 'planned', 1]]);
  expect(ledger.journal).toMatchObject([{ code: 'NOT_SENT' }]);
});

test('G-5: an intent that took the database long to record is not sent, but recorded again', async () => {
  const { settle, done, intents, ledger, clock } = setUpOutbound();
  const record = ledger.recordIntent.bind(ledger);
  let delayMs = 6_000;
  ledger.recordIntent = async (intent) => {
    const recorded = await record(intent);
    await clock.sleep(delayMs);
    delayMs = 0;
    return recorded;
  };
  await settle();
  expect(done('call')).toEqual(['call create review:r1']);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 2]]);
});

test('G-5: a write says until when it may be sent, by the clock of the process', async () => {
  const { settle, clock, contexts } = setUpOutbound();
  await settle();
  expect(contexts).toMatchObject([{ sendBeforeMs: clock.nowMs() + 5_000 }]);
});

/** As the toy, but each write is read for first and rests on that read (D-1). */
const readsBefore = (view: LearnerView) => {
  const { candidates } = evaluateToy(view);
  const [first] = candidates;
  if (first?.kind !== 'call') return toEvaluation();
  if (!view.reads.has('read-all reviews:v00017')) return toEvaluation({ kind: 'call', call: readAll });
  return toEvaluation({ kind: 'call', call: { ...first.call, restsOn: ['read-all reviews:v00017'] } });
};
const read = (call: Call) => toDone(call, 0, { links: [], shadow: [], vendorId: null });

test('D-1: a read that has become old while the vendor was paused is made again before the write', async () => {
  const { settle, done, clock } = setUpOutbound({
    evaluate: readsBefore,
    answers: [read, { kind: 'throttled', detail: '429', retryAfterMs: 17_000 }],
  });
  const before = clock.nowMs();
  await settle();
  expect(clock.nowMs() - before).toBeGreaterThanOrEqual(17_000);
  expect(done('call').map((line) => line.split(' ')[1])).toEqual([
    'read-all',
    'create',
    'read-all',
    'create',
  ]);
});

test('D-1: after a change in PICS the fields are read again, although an update was acknowledged a moment ago', async () => {
  const { submit, settle, done, plan, clock } = setUpOutbound({
    evaluate: readsBefore,
    answers: [read, (call) => clock.sleep(10).then(() => toDone(call, clock.nowMs())), read],
  });
  const first = submit();
  await clock.runUntil(clock.sleep(5)); // the create is on its way when PICS changes
  plan('r1', 'tuesday');
  await clock.runUntil(Promise.all([first, submit()]));
  await settle();
  expect(done('call').map((line) => line.split(' ')[1])).toEqual([
    'read-all',
    'create',
    'read-all',
    'update',
  ]);
});

test('D-1: a vendor whose every answer is old is not read for ever', async () => {
  const slow = async (call: Call) =>
    clock.sleep(9_000).then(() => (call.effect === 'read' ? read(call) : toDone(call)));
  const { settle, done, clock } = setUpOutbound({
    evaluate: readsBefore,
    answers: [slow, slow, slow, slow],
    reserveCall: async () => {
      await clock.sleep(8_000);
      return { waitedMs: 8_000 };
    },
  });
  await settle();
  const calls = done('call').map((line) => line.split(' ')[1]);
  expect(calls.filter((name) => name === 'create')).toHaveLength(1);
  expect(calls.length).toBeLessThanOrEqual(4);
});

const isReadOf = (who: string, { name, subject }: Call): boolean =>
  name === 'read-all' && subject.endsWith(who);

/** Each learner is read for before its review is sent; the read of `bad` never gets an answer. */
function setUpBadRead(answer: (call: Call) => CallResult | Promise<CallResult>) {
  return setUpOutbound({
    reviews: {},
    evaluate: (view) => {
      const { ident: of } = view.learner;
      const call: Call = { ...readAll, subject: `reviews:${of}` };
      return view.reads.has(`read-all reviews:${of}`) || evaluateToy(view).candidates.length === 0
        ? evaluateToy(view)
        : toEvaluation({ kind: 'call', call });
    },
    answers: Array.from({ length: 400 }, () => async (call: Call) => {
      if (call.name === 'read-all') return answer(call);
      return toDone(call);
    }),
  });
}

test('G-9: a record whose read always fails is held after five attempts; all others go on', async () => {
  const { submit, clock, plan, held, done, ledger } = setUpBadRead((call) =>
    isReadOf('bad', call) ? lost : read(call),
  );
  plan('rb', 'monday', 'bad');
  const bad = submit({ ident: 'bad' });
  const others = async (): Promise<void> => {
    for (let n = 0; n < 60; n += 1) {
      plan(`r${n}`, 'monday', `L${n}`);
      await submit({ ident: `L${n}` });
      await clock.sleep(1_000);
    }
  };
  const [settled] = await clock.runUntil(Promise.all([bad, others()]));
  expect(settled).toMatchObject({ kind: 'settled', holds: [{ code: 'VENDOR_ERROR' }] });
  expect(held()).toEqual([['reviews:bad', 'VENDOR_ERROR']]);
  expect(done('call').filter((line) => line.endsWith('reviews:bad'))).toHaveLength(5);
  expect(done('paused')).toEqual([]);
  expect(ledger.links).toHaveLength(60);
  // A change of the learner asks no more while it is the same request.
  await clock.runUntil(submit({ ident: 'bad' }));
  expect(done('call').filter((line) => line.endsWith('reviews:bad'))).toHaveLength(5);
});

test('G-9: failures are counted in the store: a restart does not begin again', async () => {
  const { submit, clock, plan, held, done, ledger } = setUpBadRead((call) =>
    isReadOf('bad', call) ? lost : read(call),
  );
  plan('rb', 'monday', 'bad');
  const requestHash = digestOf(readAll.request);
  await ledger.recordOutcome({
    ...emptyOutcome({ ...key, ident: 'bad' }, 0),
    failures: [{ step: 'read-all', subject: 'reviews:bad', requestHash, count: 3 }],
  });
  const bad = submit({ ident: 'bad' });
  plan('r1', 'monday', 'good');
  await clock.runUntil(submit({ ident: 'good' }));
  await clock.runUntil(bad);
  expect(done('call').filter((line) => line.endsWith('reviews:bad'))).toHaveLength(2);
  expect(held()).toEqual([['reviews:bad', 'VENDOR_ERROR']]);
});

test('G-9: when different records fail it is an outage: nothing is held, and all are done when it is over', async () => {
  let isAway = true;
  const { submit, clock, plan, held, done, ledger } = setUpBadRead((call) => (isAway ? lost : read(call)));
  const idents = Array.from({ length: 8 }, (_, n) => `L${n}`);
  for (const ident of idents) plan(`r-${ident}`, 'monday', ident);
  const all = idents.map((ident) => submit({ ident }));
  await clock.runUntil(clock.sleep(3_600_000));
  expect(held()).toEqual([]);
  expect(done('paused').length).toBeGreaterThan(5);
  isAway = false;
  await clock.runUntil(Promise.all(all));
  expect(held()).toEqual([]);
  expect(ledger.links).toHaveLength(8);
});

test('G-9: an update that always fails is held after five attempts, each after the last could no longer land', async () => {
  const { settle, submit, clock, plan, held, done, ledger } = setUpOutbound({
    answers: Array.from(
      { length: 200 },
      () => async (call: Call) =>
        call.effect === 'update' && call.subject === 'review:r1' ? lost : toDone(call),
    ),
  });
  await settle();
  plan('r1', 'tuesday');
  const bad = submit();
  const others = async (): Promise<void> => {
    for (let n = 0; n < 30; n += 1) {
      plan(`r${n + 2}`, 'monday', `L${n}`);
      await submit({ ident: `L${n}` });
      await clock.sleep(30_000);
    }
  };
  await clock.runUntil(Promise.all([bad, others()]));
  expect(held()).toEqual([['review:r1', 'VENDOR_ERROR']]);
  expect(done('call update')).toHaveLength(5);
  expect(ledger.links).toHaveLength(31);
  // Corrected in PICS, it is another request.
  plan('r1', 'wednesday');
  const again = submit();
  await clock.runUntil(clock.sleep(1_000));
  expect(done('call update')).toHaveLength(6);
  void again;
});

test('G-5: an answer follows its intent to the key that the record has got meanwhile, with the link it brings', async () => {
  const create: Call = {
    ...{ name: 'create-learner', effect: 'create', subject: 'learner:00017', naturalKey: 'k' },
    request: { key: '00017', ident, value: 'x' },
  };
  const link = { vendor: 'onefile', centre: '1', kind: 'learner', picsId: ident, ident } as const;
  const below = {
    ...link,
    kind: 'qualification',
    picsId: '00017/603/1',
    vendorId: '31',
    how: 'created',
  } as const;
  const { submit, clock, ledger, pics, store, stop, links } = setUpOutbound({
    evaluate: ({ lane }) =>
      toEvaluation(...(lane.links.length > 0 ? [] : [{ kind: 'call', call: create } as const])),
    answers: [
      async (call) => {
        await clock.sleep(2_000);
        return toDone(call, 0, { links: [{ ...link, vendorId: '900', how: 'created' }, below], shadow: [] });
      },
    ],
  });
  const looking = submit();
  await clock.runUntil(clock.sleep(500));
  // The place is lost, so that the rename counts this process as dead, and PICS has another key.
  store.lose(1);
  stop();
  const { reviews, ...learner } = pics.learners.get(ident)!;
  pics.removeLearner(ident);
  pics.setLearner({ ...learner, reviews, ident: '00090' });
  const renaming = { entity: 'learner', from: ident, to: '00090' } as const;
  const facts = { committedAtMs: clock.nowMs(), isFromThere: false, isToThere: true };
  expect(await store.links.rename({ vendor: 'onefile', centre: '1' }, renaming, facts)).toMatchObject({
    kind: 'renamed',
  });
  await expect(clock.runUntil(looking)).rejects.toThrow('stopped');
  expect(links()).toEqual([
    ['learner', '00090', '900'],
    ['qualification', '00090/603/1', '31'],
  ]);
  expect(ledger.intents).toMatchObject([{ ident: '00090', subject: 'learner:00090', state: 'done' }]);
  expect(ledger.journal.at(-1)).toMatchObject({ ident: '00090', subject: 'learner:00090', code: 'done' });
});
