import { expect, test } from 'vitest';
import type { Change, Relevance } from '../domain/change.ts';
import type { Settled, Work } from '../domain/work.ts';
import type { ConsumedRecord } from '../kafka/broker.ts';
import { createHandleChange, type DecodedChange } from './changes.ts';

const record = { topic: 'pics.trqual', partition: 0, offset: 5n } as unknown as ConsumedRecord;
const change: Change = {
  ...{ entity: 'qualification', op: 'update', key: null, before: null, after: null, origin: null },
  ...{ txId: 42, committedAtMs: 1000 },
};
const level: Settled = { kind: 'settled', isLinked: true, calls: {}, holds: [] };

function setup({
  decoded = { kind: 'change', change } as DecodedChange | Promise<DecodedChange>,
  relevance = { kind: 'learners', idents: ['00017'] } as Relevance,
  waiting = [] as string[],
  settled = {} as Readonly<Record<string, Partial<Settled>>>,
  submit = undefined as ((work: Work) => Promise<Settled>) | undefined,
} = {}) {
  const did: string[] = [];
  const works: Work[] = [];
  const state = { decoded };
  const handle = createHandleChange({
    decode: () => state.decoded,
    decideRelevance: () => relevance,
    submit: async (work) => {
      did.push(`look at ${work.ident}`);
      works.push(work);
      return submit === undefined ? { ...level, ...settled[work.ident] } : submit(work);
    },
    readWaitingFor: async (kind, code) => {
      did.push(`who waits for ${kind} ${code}`);
      return waiting;
    },
    rename: async ({ entity, from, to }, txIds) => {
      did.push(`rename ${entity} ${from} to ${to} in ${txIds.join()}`);
      return 'renamed';
    },
    postpone: async ({ ident, subject, untilMs }) =>
      void did.push(`leave ${subject} of ${ident} alone until ${untilMs}`),
    buryRecord: async ({ offset }, reason) => void did.push(`bury ${offset}: ${reason}`),
    disposed: (disposition) => void did.push(`count ${disposition}`),
  });
  return { handle, did, works, state };
}

test('an irrelevant record is done at once: no promise, no reading, no look', () => {
  const { handle, did } = setup({ relevance: { kind: 'irrelevant', rule: 'OF-16' } });
  expect(handle(record)).toBeUndefined();
  expect(did).toEqual(['count OF-16']);
});

test('OF-50: what waits for corrections is noted before anything else, and the rest of the learner is seen to', async () => {
  const postpone = { subject: 'review:r1', forMs: 60_000 };
  const { handle, did } = setup({ relevance: { kind: 'learners', idents: ['00017'], postpone } });
  await handle(record);
  expect(did).toEqual(['leave review:r1 of 00017 alone until 61000', 'look at 00017', 'count settled']);
});

test('a tombstone is done at once', () => {
  const { handle, did } = setup({ decoded: { kind: 'tombstone' } });
  expect(handle(record)).toBeUndefined();
  expect(did).toEqual(['count tombstone']);
});

test('a malformed record is buried with its reason, and the next one goes on', async () => {
  const { handle, did, state } = setup({ decoded: { kind: 'malformed', reason: 'bad-date' } });
  await handle(record);
  state.decoded = { kind: 'change', change };
  await handle(record);
  expect(did).toEqual(['count dead-letter', 'bury 5: bad-date', 'look at 00017', 'count settled']);
});

test('a record whose schema has to be fetched first goes the same ways', async () => {
  const { handle, did, state } = setup({ decoded: Promise.resolve({ kind: 'tombstone' }) });
  await handle(record);
  state.decoded = Promise.resolve({ kind: 'malformed', reason: 'unknown-schema' });
  await handle(record);
  state.decoded = Promise.resolve({ kind: 'change', change });
  await handle(record);
  expect(did).toEqual([
    ...['count tombstone', 'count dead-letter', 'bury 5: unknown-schema'],
    ...['look at 00017', 'count settled'],
  ]);
});

test('a registry that is away fails the record and buries nothing', async () => {
  const { handle, did, state } = setup();
  state.decoded = Promise.reject(new Error('no registry'));
  await expect(handle(record)).rejects.toThrow('no registry');
  expect(did).toEqual([]);
});

test('a relevant change is done when the look at its learner is, which sees its transaction', async () => {
  const { promise, resolve } = Promise.withResolvers<Settled>();
  const { handle, did, works } = setup({ submit: () => promise });
  let isDone = false;
  const handled = Promise.resolve(handle(record)).then(() => {
    isDone = true;
  });
  await new Promise(setImmediate);
  expect([isDone, did]).toEqual([false, ['look at 00017']]);
  resolve(level);
  await handled;
  expect(did).toEqual(['look at 00017', 'count settled']);
  expect(works).toEqual([
    { ident: '00017', demand: 'change', priority: 'live', txIds: [42], committedAtMs: 1000 },
  ]);
});

test('a row that moved from one learner to another is done when both are', async () => {
  const { handle, did } = setup({
    relevance: { kind: 'learners', idents: ['a', 'b', 'c'] },
    settled: {
      b: { holds: [{ subject: 'review:r1', code: 'NO_ASSESSOR', params: {} }] },
      c: { kind: 'vanished' },
    },
  });
  await handle(record);
  expect(did.slice(0, 3)).toEqual(['look at a', 'look at b', 'look at c']);
  expect(did.slice(3)).toEqual(['count settled', 'count held', 'count vanished']);
});

test.each(['officer', 'organisation'] as const)(
  'an %s is looked at itself, then those who wait for it',
  async (kind) => {
    const { handle, did, works } = setup({ relevance: { kind, code: 'AB' }, waiting: ['00018'] });
    await handle(record);
    const own = [`look at ${kind}:AB`, 'count settled'];
    expect(did).toEqual([...own, `who waits for ${kind} AB`, 'look at 00018', 'count settled']);
    expect(works.map(({ demand, txIds }) => ({ demand, txIds }))).toEqual([
      { demand: 'change', txIds: [42] },
      { demand: 'change', txIds: [42] },
    ]);
    const nobody = setup({ relevance: { kind, code: 'AB' } });
    await nobody.handle(record);
    expect(nobody.did).toEqual([...own, `who waits for ${kind} AB`]);
  },
);

test('a change without a transaction id is read without waiting for one', async () => {
  const { handle, works, state } = setup();
  state.decoded = { kind: 'change', change: { ...change, txId: null } };
  await handle(record);
  expect(works).toMatchObject([{ txIds: [] }]);
});

test('a look that fails fails the record, so that it is not committed', async () => {
  const { handle, did } = setup({
    submit: async () => {
      throw new Error('no database');
    },
  });
  await expect(handle(record)).rejects.toThrow('no database');
  expect(did).toEqual(['look at 00017']);
});

test('A-19: a changed key moves the links before its record is looked at under the new one', async () => {
  const learner = setup({ relevance: { kind: 'renamed', entity: 'learner', from: 'a', to: 'b' } });
  await learner.handle(record);
  expect(learner.did).toEqual([
    ...['rename learner a to b in 42', 'count renamed', 'look at b', 'count settled'],
  ]);
  const officer = setup({ relevance: { kind: 'renamed', entity: 'officer', from: 'AB', to: 'CD' } });
  await officer.handle(record);
  expect(officer.did).toEqual([
    ...['rename officer AB to CD in 42', 'count renamed', 'look at officer:CD', 'count settled'],
    'who waits for officer CD',
  ]);
});
