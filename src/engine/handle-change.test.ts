import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { MemoryMeter } from '../../test/memory/meter.ts';
import { MemoryPics } from '../../test/memory/pics.ts';
import { MemoryStore } from '../../test/memory/store.ts';
import { createToyVendor } from '../../test/simulation/toy-vendor.ts';
import { buildLearner } from '../../test/support/learner.ts';
import type { Change, ChangeEntity, Fields, Relevance } from '../domain/change.ts';
import { emptyOutcome } from '../domain/ledger.ts';
import type { NewLink } from '../domain/link.ts';
import { noTracer } from '../domain/trace.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { Settled, Work } from '../domain/work.ts';
import { type ChangePorts, createHandleChange } from './changes.ts';
import { recordHold } from './record.ts';

const change: Change = {
  entity: 'qualification',
  op: 'update',
  key: null,
  before: null,
  after: null,
  origin: null,
  txId: 42,
  committedAtMs: 1000,
};
const decoded = { kind: 'change', change } as const;
const level: Settled = { kind: 'settled', isLinked: true, calls: {}, holds: [] };
const centre = { vendor: 'onefile', centre: '1' } as const;

/** Says what is counted, between everything else that is done. */
class SpokenMeter extends MemoryMeter {
  readonly #did: string[];

  constructor(did: string[]) {
    super();
    this.#did = did;
  }

  override disposed(vendor: VendorName, disposition: string): void {
    super.disposed(vendor, disposition);
    this.#did.push(`count ${disposition}`);
  }
}

const oldAfterMs = 900_000;

/** PICS and the sync database as they are, with a record of what they are asked for. Changes are handled at 5000 ms. */
function setup({
  relevance = { kind: 'learners', idents: ['00017'] } as Relevance,
  settled = {} as Readonly<Record<string, Partial<Settled>>>,
  submit = undefined as ((work: Work) => Promise<Settled>) | undefined,
} = {}) {
  const did: string[] = [];
  const works: Work[] = [];
  const { clock, virtual } = createVirtualClock(() => 0.5, 5000);
  const store = new MemoryStore(clock);
  const pics = new MemoryPics([], clock);
  const { held, links, postponed } = store;
  const witness: ChangePorts['store'] = {
    held: {
      ...held,
      readIdentsFor: (vendor, param) => {
        did.push(`who waits for ${param.name} ${param.value}`);
        return held.readIdentsFor(vendor, param);
      },
    },
    links: {
      ...links,
      rename: (scope, { entity, from, to }, facts) => {
        did.push(`rename ${entity} ${from} to ${to}`);
        return links.rename(scope, { entity, from, to }, facts);
      },
    },
    postponed: {
      ...postponed,
      add: (one) => {
        did.push(`leave ${one.subject} of ${one.ident} alone until ${clock.nowMs() + one.forMs}`);
        return postponed.add(one);
      },
    },
  };
  const meter = new SpokenMeter(did);
  const handle = createHandleChange({
    tracer: noTracer,
    vendor: createToyVendor({
      decideRelevance: () => relevance,
      isForeignWrite: ({ origin }) => origin === 'desktop',
    }),
    engine: {
      submit: async (work) => {
        did.push(`look at ${work.ident}`);
        works.push(work);
        return submit === undefined ? { ...level, ...settled[work.ident] } : submit(work);
      },
    },
    pics: {
      readIdentOfReview: async (id) => {
        did.push(`read whose review ${id} is`);
        return id === 'review-of-00017' ? '00017' : null;
      },
      readLearner: (query) => {
        did.push(`read learner ${query.ident} in ${query.txIds.join()}`);
        return pics.readLearner(query);
      },
      readOwner: (query) => {
        did.push(`read ${query.key.kind} ${query.key.code} in ${query.txIds.join()}`);
        return pics.readOwner(query);
      },
    },
    store: witness,
    signal: new AbortController().signal,
    clock,
    meter,
    oldAfterMs,
  });
  return { handle, did, works, store, pics, meter, virtual };
}

/** A learner is held because of an officer or organisation. */
function hold(store: MemoryStore, ident: string, params: Readonly<Record<string, string>>): Promise<void> {
  return recordHold(
    store.ledger,
    { ...centre, ident },
    { subject: `learner:${ident}`, code: 'WAITS', params },
  );
}

test('an irrelevant record is done at once: no promise, no reading, no look', () => {
  const { handle, did } = setup({ relevance: { kind: 'irrelevant', rule: 'OF-16' } });
  expect(handle(decoded)).toBeUndefined();
  expect(did).toEqual(['count OF-16']);
});

test('OF-50: what waits for corrections is noted before anything else, and the rest of the learner is seen to', async () => {
  const postpone = { subject: 'review:r1', forMs: 60_000 };
  const { handle, did } = setup({ relevance: { kind: 'learners', idents: ['00017'], postpone } });
  await handle(decoded);
  expect(did).toEqual(['leave review:r1 of 00017 alone until 61000', 'look at 00017', 'count settled']);
});

test('OF-50: what has waited long enough by the time it is read waits no more', async () => {
  const postpone = { subject: 'review:r1', forMs: 4000 };
  const { handle, did } = setup({ relevance: { kind: 'learners', idents: ['00017'], postpone } });
  await handle(decoded);
  expect(did).toEqual(['look at 00017', 'count settled']);
});

test('OF-50: a clock of PICS that is ahead makes no wait longer than it is set', async () => {
  const postpone = { subject: 'review:r1', forMs: 60_000 };
  const { handle, did } = setup({ relevance: { kind: 'learners', idents: ['00017'], postpone } });
  await handle({ kind: 'change', change: { ...change, committedAtMs: 3_600_000 } });
  expect(did[0]).toBe('leave review:r1 of 00017 alone until 65000');
});

test('a tombstone is done at once', () => {
  const { handle, did } = setup();
  expect(handle({ kind: 'tombstone' })).toBeUndefined();
  expect(did).toEqual(['count tombstone']);
});

test('A-36: what another synchronisation wrote is counted, and the change goes its way', async () => {
  const { handle, did, meter } = setup();
  await handle({ kind: 'change', change: { ...change, origin: 'desktop' } });
  await handle(decoded);
  expect(meter.foreignWriteCount).toBe(1);
  const look = ['look at 00017', 'count settled'];
  expect(did).toEqual([...look, ...look]);
});

test('a relevant change is done when the look at its learner is, which sees its transaction', async () => {
  const { promise, resolve } = Promise.withResolvers<Settled>();
  const { handle, did, works } = setup({ submit: () => promise });
  let isDone = false;
  const handled = Promise.resolve(handle(decoded)).then(() => {
    isDone = true;
  });
  await new Promise(setImmediate);
  expect([isDone, did]).toEqual([false, ['look at 00017']]);
  resolve(level);
  await handled;
  expect(did).toEqual(['look at 00017', 'count settled']);
  const traces = [expect.anything()];
  expect(works).toEqual([
    { ident: '00017', demand: 'change', priority: 'live', txIds: [42], committedAtMs: 1000, traces },
  ]);
});

test.each([
  ['as old as a change may be', 5000 - oldAfterMs, 'live'],
  ['older: the group was moved back', 5000 - oldAfterMs - 1, 'replay'],
  ['from a clock that is ahead', 60_000, 'live'],
] as const)('a change that is %s', async (_title, committedAtMs, priority) => {
  const { handle, works } = setup();
  await handle({ kind: 'change', change: { ...change, committedAtMs } });
  expect(works).toMatchObject([{ priority, committedAtMs }]);
});

test('a row that moved from one learner to another is done when both are', async () => {
  const { handle, did } = setup({
    relevance: { kind: 'learners', idents: ['a', 'b', 'c'] },
    settled: {
      b: { holds: [{ subject: 'review:r1', code: 'NO_ASSESSOR', params: {} }] },
      c: { kind: 'vanished' },
    },
  });
  await handle(decoded);
  expect(did.slice(0, 3)).toEqual(['look at a', 'look at b', 'look at c']);
  expect(did.slice(3)).toEqual(['count settled', 'count held', 'count vanished']);
});

test.each([
  { kind: 'officer', param: 'officer' },
  { kind: 'organisation', param: 'place' },
] as const)('an $kind is looked at itself, then those who wait for it', async ({ kind, param }) => {
  const { handle, did, works, store } = setup({ relevance: { kind, code: 'AB' } });
  await hold(store, '00018', { [param]: 'AB' });
  await hold(store, '00019', { [param]: 'CD' });
  await handle(decoded);
  const own = [`look at ${kind}:AB`, 'count settled'];
  expect(did).toEqual([...own, `who waits for ${param} AB`, 'look at 00018', 'count settled']);
  expect(works.map(({ demand, txIds }) => ({ demand, txIds }))).toEqual([
    { demand: 'change', txIds: [42] },
    { demand: 'change', txIds: [42] },
  ]);
  const alone = setup({ relevance: { kind, code: 'AB' } });
  await alone.handle(decoded);
  expect(alone.did).toEqual([...own, `who waits for ${param} AB`]);
});

test('a change without a transaction id is read without waiting for one', async () => {
  const { handle, works } = setup();
  await handle({ kind: 'change', change: { ...change, txId: null } });
  expect(works).toMatchObject([{ txIds: [] }]);
});

test('a look that fails fails the record, so that it is not committed', async () => {
  const { handle, did } = setup({
    submit: async () => {
      throw new Error('no database');
    },
  });
  await expect(handle(decoded)).rejects.toThrow('no database');
  expect(did).toEqual(['look at 00017']);
});

const learnerLink: NewLink = {
  ...centre,
  kind: 'learner',
  picsId: 'a',
  vendorId: '900',
  ident: 'a',
  how: 'looked-up',
};

test('A-19: a changed key moves the links before its record is looked at under the new one', async () => {
  const learner = setup({ relevance: { kind: 'renamed', entity: 'learner', from: 'a', to: 'b' } });
  await learner.store.links.record([learnerLink]);
  await learner.handle(decoded);
  expect(learner.did).toEqual([
    'read learner a in 42',
    'read learner b in 42',
    'rename learner a to b',
    'count renamed',
    'look at b',
    'count settled',
  ]);
  expect(learner.store.ledger.links).toMatchObject([{ picsId: 'b', vendorId: '900', ident: 'b' }]);
  const officer = setup({ relevance: { kind: 'renamed', entity: 'officer', from: 'AB', to: 'CD' } });
  await officer.handle(decoded);
  expect(officer.did).toEqual([
    'read officer AB in 42',
    'read officer CD in 42',
    'rename officer AB to CD',
    'count renamed',
    'look at officer:CD',
    'count settled',
    'who waits for officer CD',
  ]);
});

test('A-19: a key that PICS has given to another record since keeps its links', async () => {
  const { handle, did, store, pics } = setup({
    relevance: { kind: 'renamed', entity: 'learner', from: 'a', to: 'b' },
  });
  await store.links.record([learnerLink]);
  pics.setLearner(buildLearner({ ident: 'a' }));
  await handle(decoded);
  expect(did.slice(-3)).toEqual(['count kept', 'look at b', 'count settled']);
  expect(store.ledger.links).toMatchObject([{ picsId: 'a', vendorId: '900' }]);
});

test('A-19: a key that was changed again is looked at under its last one, though that change came first', async () => {
  const { store, handle, did } = setup({
    relevance: { kind: 'renamed', entity: 'learner', from: 'a', to: 'b' },
  });
  await store.links.record([learnerLink]);
  const later = { committedAtMs: decoded.change.committedAtMs + 1, isFromThere: false, isToThere: true };
  await store.links.rename(centre, { entity: 'learner', from: 'b', to: 'c' }, later);
  await handle(decoded);
  expect(did.slice(-3)).toEqual(['count renamed', 'look at c', 'count settled']);
  expect(store.ledger.links).toMatchObject([{ picsId: 'c', vendorId: '900', ident: 'c' }]);
});

describe('G-12: a row that cannot be read is handled by its key', () => {
  const record = (entity: ChangeEntity, key: Fields) =>
    ({ kind: 'key-only', entity, key, reason: 'undecodable' }) as const;

  test.each([
    record('learner', { ident: '00017' }),
    record('episode', { ident: '00017' }),
    record('learner-details', { ident: '00017' }),
    record('placement', { ident: '00017', seq: 2 }),
    record('qualification', { ident: '00017', reference: '603/1122/3', seq: 1 }),
  ])(
    'the learner in the key of a $entity is looked at, whatever the rules say of such a row',
    async (decoded) => {
      const { handle, did, works } = setup({ relevance: { kind: 'irrelevant', rule: 'OF-16' } });
      await handle(decoded);
      expect(did).toEqual(['look at 00017', 'count settled']);
      expect(works).toMatchObject([{ demand: 'change', priority: 'live', txIds: [], committedAtMs: null }]);
    },
  );

  test('one that came into Kafka long ago is looked at behind everything else', async () => {
    const { handle, works } = setup();
    await handle(record('learner', { ident: '00017' }), 5000 - oldAfterMs - 1);
    expect(works).toMatchObject([{ priority: 'replay', committedAtMs: null }]);
  });

  test.each(['officer', 'organisation'] as const)(
    'so is an %s, and then who waits for it',
    async (entity) => {
      const { handle, did, store } = setup();
      await hold(store, '00018', { [entity === 'officer' ? 'officer' : 'place']: 'ABC' });
      await handle(record(entity, { code: 'ABC' }));
      expect(did.filter((one) => one.startsWith('look at'))).toEqual([
        `look at ${entity}:ABC`,
        'look at 00018',
      ]);
    },
  );

  test('the learner of a review is read in PICS; a review that is gone concerns nobody', async () => {
    const { handle, did } = setup();
    await handle(record('review', { id: 'review-of-00017' }));
    await handle(record('review', { id: 'deleted' }));
    expect(did).toEqual([
      'read whose review review-of-00017 is',
      'look at 00017',
      'count settled',
      'read whose review deleted is',
      'count vanished',
    ]);
  });
});

test('G-5: a changed key waits while something of its record is being sent, and follows when that has ended', async () => {
  const { handle, did, store, virtual } = setup({
    relevance: { kind: 'renamed', entity: 'learner', from: 'a', to: 'b' },
  });
  await store.links.record([learnerLink]);
  const { worker } = await store.joinAsWorker();
  const key = { ...centre, ident: 'a' };
  const what = { step: 'update-aim', effect: 'update', subject: 'aim:1', naturalKey: null } as const;
  const { version } = await store.ledger.readLane({
    ...key,
    officers: [],
    organisations: [],
    learnerVendorIds: [],
  });
  const sent = await store.ledger.recordIntent({
    ...key,
    ...what,
    ...{ version, requestHash: 'h', worker, intentId: null },
  });
  if (sent.kind === 'conflict') throw new Error('the intent was not recorded');
  const handled = handle(decoded);
  await virtual.runUntil(virtual.sleep(1_100));
  expect(did.filter((line) => line.startsWith('rename'))).toHaveLength(5);
  expect(store.ledger.links).toMatchObject([{ picsId: 'a' }]);
  const { intentId } = sent;
  await store.ledger.recordOutcome({ ...emptyOutcome(key, sent.version), intentId, state: 'done' });
  await virtual.runUntil(handled ?? Promise.resolve());
  expect(store.ledger.links).toMatchObject([{ picsId: 'b', vendorId: '900', ident: 'b' }]);
  expect(did.slice(-3)).toEqual(['count renamed', 'look at b', 'count settled']);
});
