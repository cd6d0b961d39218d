import { expect, test } from 'vitest';
import { evaluateToy } from '../../test/simulation/toy-vendor.ts';
import { lost, refusal, setUpOutbound, toDone } from '../../test/support/outbound-setup.ts';
import { UnseenTransactions } from '../domain/change.ts';
import { emptyOutcome } from '../domain/ledger.ts';
import type { NewLink } from '../domain/link.ts';
import type { LearnerView } from '../domain/view.ts';

test('a change that arrives during a look gets a look of its own, which sees it', async () => {
  const { submit, clock, plan, done, ledger } = setUpOutbound({
    answers: [async (call) => clock.sleep(100).then(() => toDone(call, clock.nowMs()))],
  });
  const first = submit({ txIds: [1] });
  await clock.runUntil(clock.sleep(50)); // the call is on its way when the next change comes
  plan('r2', 'friday');
  const second = submit({ txIds: [2] });
  expect(await clock.runUntil(second)).toMatchObject({ kind: 'settled' });
  await first;
  expect(done('read PICS').at(-1)).toBe('read PICS 00017 2');
  expect(done('call')).toEqual(['call create review:r1', 'call create review:r2']);
  expect(ledger.links).toHaveLength(2);
});

test('a change that arrives while a learner is being read goes with the write that follows', async () => {
  const read = { name: 'read-all', effect: 'read', subject: 'all', naturalKey: null, request: {} } as const;
  const { submit, clock, plan, done, ledger } = setUpOutbound({
    evaluate: (view) => {
      const wanted = evaluateToy(view);
      const isReadNeeded = wanted.candidates.length > 0 && !view.reads.has('read-all all');
      return isReadNeeded ? { ...wanted, candidates: [{ kind: 'call', call: read }] } : wanted;
    },
    answers: [async (call) => clock.sleep(50).then(() => toDone(call, 0, { links: [], shadow: [] }))],
  });
  const first = submit();
  await clock.runUntil(clock.sleep(20));
  plan('r1', 'tuesday');
  await clock.runUntil(Promise.all([first, submit()]));
  expect(done('call')).toEqual(['call read-all all', 'call create review:r1']);
  expect(ledger.shadows).toMatchObject([{ record: { value: 'tuesday' } }]);
});

test('works of one learner that wait together become one look, which answers both', async () => {
  const { submit, clock, done } = setUpOutbound({ options: { concurrency: 1 } });
  const busy = submit({ ident: 'other' });
  const both = [
    submit({ txIds: [4], committedAtMs: clock.nowMs() }),
    submit({ txIds: [4, 5], committedAtMs: clock.nowMs() - 30, priority: 'command' }),
  ];
  const [one, other] = await clock.runUntil(Promise.all(both));
  await busy;
  expect(one).toBe(other);
  expect(done('read PICS')).toEqual(['read PICS other', 'read PICS 00017 4 5']);
  expect(done('call')).toHaveLength(1);
  expect(done('reserve', 'delivered')).toEqual(['reserve command', 'delivered after 30']);
});

test('a refresh that joins a change makes the one look a refresh', async () => {
  const demands: string[] = [];
  const { submit, clock } = setUpOutbound({
    options: { concurrency: 1 },
    evaluate: ({ demand }) => {
      demands.push(demand);
      return { candidates: [], holds: [], notes: [] };
    },
  });
  const busy = submit({ ident: 'other' });
  await clock.runUntil(Promise.all([busy, submit(), submit({ demand: 'refresh' })]));
  expect(demands).toEqual(['refresh']);
});

test('no more learners are looked at together than allowed, the most urgent first', async () => {
  const order: string[] = [];
  let together = 0;
  let most = 0;
  const { submit, clock, plan, engine } = setUpOutbound({
    reviews: {},
    options: { concurrency: 2 },
    answers: Array.from({ length: 6 }, () => async (call: Parameters<typeof toDone>[0]) => {
      together += 1;
      most = Math.max(most, together);
      order.push(String(call.request['ident']));
      await clock.sleep(50);
      together -= 1;
      return toDone(call);
    }),
  });
  const idents = ['a', 'b', 'c', 'd', 'e'];
  for (const of of [...idents, 'urgent']) plan(`r-${of}`, 'monday', of);
  const works = idents.map((of) => submit({ ident: of, priority: 'replay' }));
  works.push(submit({ ident: 'urgent', priority: 'command' }));
  expect(engine.backlog()).toEqual({ running: 2, waiting: 4 });
  await clock.runUntil(Promise.all(works));
  expect(most).toBe(2);
  expect(order).toEqual(['a', 'b', 'urgent', 'c', 'd', 'e']);
  expect(engine.backlog()).toEqual({ running: 0, waiting: 0 });
});

test('at a stop the step on its way is finished and recorded, and nothing new begins', async () => {
  const { submit, clock, stop, done, intents, links, plan, engine } = setUpOutbound({
    reviews: { r1: 'friday', r2: 'monday' },
    options: { concurrency: 1 },
    answers: [async (call) => clock.sleep(100).then(() => toDone(call))],
  });
  plan('r9', 'monday', 'waiting');
  const looking = submit();
  const waiting = submit({ ident: 'waiting' });
  clock.sleep(50).then(stop);
  const ends = await clock.runUntil(Promise.allSettled([looking, waiting]));
  const stopped = { status: 'rejected', reason: new Error('stopped') };
  expect(ends).toEqual([stopped, stopped]);
  await expect(submit()).rejects.toThrow('stopped');
  expect(done('call')).toEqual(['call create review:r1']);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
  expect(links()).toEqual([['review', 'r1', 'n-r1']]);
  expect(engine.backlog()).toEqual({ running: 0, waiting: 0 });
});

test('what needs no call does not begin after a stop either', async () => {
  const link: NewLink = {
    ...{ vendor: 'onefile', centre: '1', kind: 'review', picsId: 'r2', vendorId: '8' },
    ...{ ident: '00017', how: 'created' },
  };
  const { submit, clock, stop, done, links, ledger } = setUpOutbound({
    answers: [async (call) => clock.sleep(100).then(() => toDone(call))],
    evaluate: (view) => ({
      ...evaluateToy(view),
      candidates: [
        ...evaluateToy(view).candidates,
        { kind: 'announce', links: [{ ...link, copiedAtMs: null }] },
        { kind: 'link', links: [link] },
      ],
    }),
  });
  const looking = submit();
  clock.sleep(50).then(stop);
  await expect(clock.runUntil(looking)).rejects.toThrow('stopped');
  expect(done('call', 'announce')).toEqual(['call create review:r1']);
  expect(links()).toEqual([['review', 'r1', 'n-r1']]);
  expect(ledger.journal).toHaveLength(1);
});

test('an answer lost in the moment of a stop is left in the ledger as unknown, for the next process', async () => {
  const { submit, clock, stop, done, intents } = setUpOutbound({
    answers: [async () => clock.sleep(100).then(() => lost)],
  });
  const looking = submit();
  clock.sleep(50).then(stop);
  await expect(clock.runUntil(looking)).rejects.toThrow('stopped');
  expect(intents()).toEqual([['create', 'review:r1', 'unknown', 1]]);
  expect(done('call', 'look up')).toEqual(['call create review:r1']);
});

test('a database that is away fails the works of that look, and the next look goes on', async () => {
  let isAway = true;
  const { submit, settle, clock, pics, done } = setUpOutbound({
    readLearner: async (query) => {
      if (isAway) throw new Error('no database');
      return pics.readLearner(query);
    },
  });
  const both = [submit(), submit()];
  const results = await clock.runUntil(Promise.allSettled(both));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isAway = false;
  expect(await settle()).toMatchObject({ kind: 'settled', calls: { create: 1 } });
  expect(done('call')).toHaveLength(1);
});

test('twenty learners refused in a row for one reason pause the sink, and each refused probe doubles the pause', async () => {
  const { submit, clock, plan, done, held, engine } = setUpOutbound({
    reviews: {},
    options: { concurrency: 1 },
    answers: Array.from({ length: 23 }, () => refusal),
  });
  const works = Array.from({ length: 24 }, (_, n) => {
    plan(`r${n}`, 'monday', `L${n}`);
    return submit({ ident: `L${n}` });
  });
  await clock.runUntil(works[19] ?? Promise.reject());
  expect(engine.pausedBecause()).toBe('create VENDOR_REFUSED');
  expect(held()).toHaveLength(20);
  await clock.runUntil(Promise.all(works));
  expect(done('sleep')).toEqual(['sleep 1000', 'sleep 2000', 'sleep 4000', 'sleep 8000']);
  expect(done('paused').at(-1)).toBe('paused null');
  expect(engine.pausedBecause()).toBeNull();
});

test('refusals for different reasons, or with a success between them, pause nothing', async () => {
  const answers = Array.from({ length: 60 }, (_, n) => {
    if (n % 20 === 19) return (call: Parameters<typeof toDone>[0]) => toDone(call);
    return { ...refusal, code: n < 20 && n % 2 === 0 ? 'OTHER' : 'VENDOR_REFUSED' } as typeof refusal;
  });
  const { submit, clock, plan, done } = setUpOutbound({ reviews: {}, options: { concurrency: 1 }, answers });
  const works = answers.map((_, n) => {
    plan(`r${n}`, 'monday', `L${n}`);
    return submit({ ident: `L${n}` });
  });
  await clock.runUntil(Promise.all(works));
  expect(done('paused', 'sleep')).toEqual([]);
  expect(done('call')).toHaveLength(60);
});

const stumble = (who: string) => (view: LearnerView) => {
  if (view.learner.ident === who) throw new TypeError(`cannot read the surname of ${view.learner.surname}`);
  return evaluateToy(view);
};

test('G-9: a learner over whom the rules stumble is held after some attempts; all others are settled at once', async () => {
  const { submit, clock, plan, held, ledger } = setUpOutbound({ reviews: {}, evaluate: stumble('bad') });
  plan('rb', 'monday', 'bad');
  plan('r1', 'monday', 'good');
  const before = clock.nowMs();
  const bad = submit({ ident: 'bad' });
  await clock.runUntil(submit({ ident: 'good' }));
  expect(clock.nowMs() - before).toBeLessThan(1_000);
  const settled = await clock.runUntil(bad);
  expect(settled).toMatchObject({ kind: 'settled', holds: [{ subject: 'look:bad', code: 'UNEXPECTED' }] });
  expect(clock.nowMs() - before).toBe(1_000 + 2_000 + 4_000 + 8_000);
  expect(held()).toEqual([['look:bad', 'UNEXPECTED']]);
  // Nothing of the learner is in what is shown and logged.
  expect(JSON.stringify(ledger.held)).not.toContain('surname');
});

test('G-9: what made a look stumble is forgotten as soon as one comes to its end', async () => {
  let isBroken = true;
  const evaluate = (view: LearnerView) => (isBroken ? stumble('00017')(view) : evaluateToy(view));
  const { settle, held, links, ledger } = setUpOutbound({ evaluate });
  await settle();
  expect(held()).toEqual([['look:00017', 'UNEXPECTED']]);
  isBroken = false;
  await settle();
  expect(held()).toEqual([]);
  expect(links()).toHaveLength(1);
  const key = { vendor: 'onefile', centre: '1', ident: '00017' } as const;
  const lane = await ledger.readLane({ ...key, officers: [], organisations: [], learnerVendorIds: [] });
  expect(lane.failures).toEqual([]);
});

test('G-9: attempts at a look are counted over restarts', async () => {
  const key = { vendor: 'onefile', centre: '1', ident: '00017' } as const;
  const { settle, held, ledger, clock } = setUpOutbound({ evaluate: stumble('00017') });
  await ledger.recordOutcome({
    ...emptyOutcome(key, 0),
    failures: [{ step: 'look', subject: 'look:00017', requestHash: '', count: 4 }],
  });
  const before = clock.nowMs();
  await settle();
  expect(held()).toEqual([['look:00017', 'UNEXPECTED']]);
  expect(clock.nowMs()).toBe(before);
});

test.each([
  ['a lost connection', Object.assign(new Error('read'), { code: 'ECONNRESET', syscall: 'read' })],
  ['a database that is shutting down', Object.assign(new Error('x'), { code: '57P01' })],
  ['a pool without a connection', new Error('timeout exceeded when trying to connect')],
])('G-9: %s under the rules ends the flow and holds nothing', async (_title, fault) => {
  const { settle, held } = setUpOutbound({
    evaluate: () => {
      throw fault;
    },
  });
  await expect(settle()).rejects.toBe(fault);
  expect(held()).toEqual([]);
});

test('G-9: rules that stumble over one learner after the other are not about learners: the flow ends', async () => {
  const { submit, clock, plan, held } = setUpOutbound({
    reviews: {},
    evaluate: () => {
      throw new RangeError('all of them');
    },
  });
  const idents = Array.from({ length: 8 }, (_, n) => `L${n}`);
  for (const ident of idents) plan(`r-${ident}`, 'monday', ident);
  const all = Promise.allSettled(idents.map((ident) => submit({ ident })));
  const [first] = (await clock.runUntil(all)).filter(({ status }) => status === 'rejected');
  expect(first).toMatchObject({ reason: { name: 'VendorFault' } });
  expect(held()).toEqual([]);
});

test('G-9: a value that the database cannot store concerns its own learner', async () => {
  const read = { name: 'read-all', effect: 'read', subject: 'all', naturalKey: null, request: {} } as const;
  const { submit, settle, clock, held, ledger, plan, links } = setUpOutbound({
    reviews: {},
    evaluate: (view) =>
      view.learner.ident === 'bad' && !view.reads.has('read-all all')
        ? { candidates: [{ kind: 'call', call: read }], holds: [], notes: [] }
        : evaluateToy(view),
  });
  const record = ledger.recordOutcome.bind(ledger);
  ledger.recordOutcome = async (outcome) => {
    const isBad = outcome.ident === 'bad' && outcome.shadows.length > 0;
    if (isBad) throw Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05' });
    return record(outcome);
  };
  plan('rb', 'monday', 'bad');
  plan('r1', 'monday');
  const bad = submit({ ident: 'bad' });
  await settle();
  expect(links()).toHaveLength(1);
  await clock.runUntil(bad);
  expect(held()).toEqual([['look:bad', 'UNEXPECTED']]);
});

test('D-3: a transaction that PICS does not show postpones its own learner, which is looked at as it is', async () => {
  const { submit, settle, clock, store, pics, links, done } = setUpOutbound({
    readLearner: async (query) => {
      if (query.txIds.includes(77)) throw new UnseenTransactions([77]);
      return pics.readLearner(query);
    },
  });
  expect(await settle({ txIds: [76, 77] })).toMatchObject({ kind: 'settled' });
  expect(links()).toHaveLength(1);
  expect(done('call')).toHaveLength(1);
  expect(await store.postponed.readDue('onefile', 9)).toEqual([]);
  await clock.runUntil(clock.sleep(10_000));
  expect(await store.postponed.readDue('onefile', 9)).toMatchObject([{ ident: '00017', txIds: [77] }]);
  // Still not there, it is looked at ever more rarely.
  await clock.runUntil(submit({ txIds: [77] }));
  expect(await store.postponed.readDue('onefile', 9)).toEqual([]);
});

test('a look that waits for an outcome lends its place to others', async () => {
  const { submit, clock, plan, done, engine } = setUpOutbound({
    options: { concurrency: 1 },
    answers: [lost],
    resolutions: [{ kind: 'absent' }, { kind: 'absent' }],
  });
  plan('r2', 'friday', 'other');
  const first = submit();
  await clock.runUntil(clock.sleep(100));
  await clock.runUntil(submit({ ident: 'other' }));
  expect(done('call')).toEqual(['call create review:r1', 'call create review:r2']);
  expect(engine.backlog()).toEqual({ running: 0, waiting: 0 });
  await clock.runUntil(first);
});

test('an engine is idle when the last call has ended and is recorded, and not before', async () => {
  const { submit, clock, stop, engine, intents } = setUpOutbound({
    answers: [async (call) => clock.sleep(20_000).then(() => toDone(call))],
  });
  await engine.idle();
  submit().catch(() => {});
  clock.sleep(50).then(stop);
  const before = clock.nowMs();
  await clock.runUntil(engine.idle());
  expect(clock.nowMs() - before).toBe(20_000);
  expect(intents()).toEqual([['create', 'review:r1', 'done', 1]]);
});
