import { describe, expect } from 'vitest';
import { hashRecord } from '../../src/domain/digest.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { PassProgress, PollStore } from '../../src/domain/polling.ts';
import { aLink, aShadow, scope } from '../support/ledger-records.ts';
import type { ClaimTest, SetUpStore, StoreHandles } from './store.ts';

const entity = 'learning-aim';

type PollHandles = StoreHandles & {
  readonly poll: PollStore;
  readonly open: (holder: string, leaseMs?: number) => PollStore;
  readonly see: (vendorId: string, change?: Partial<Observation>) => Observation;
  /** A reading that shows these records; answers its number. */
  readonly read: (epoch: number, vendorIds: readonly string[], isComplete?: boolean) => Promise<string>;
};

async function toPollHandles(setup: SetUpStore): Promise<PollHandles> {
  const handles = await setup();
  const { store, nowMs, pass } = handles;
  const open = (holder: string, leaseMs = 60_000) => store.polling.open({ ...scope, holder, leaseMs });
  const poll = open('a');
  const see = (vendorId: string, change: Partial<Observation> = {}): Observation => ({
    ...scope,
    entity,
    vendorId,
    learnerVendorId: '900',
    observedAtMs: nowMs(),
    cause: 'poll',
    deleted: false,
    record: { id: vendorId },
    ...change,
  });
  const read = async (epoch: number, vendorIds: readonly string[], isComplete = true) => {
    await pass(3);
    const passId = await poll.beginPass(entity, epoch);
    await pass(3);
    const progress = { resource: 'aims', value: aProgress(passId) };
    await poll.recordPage({ epoch, observations: vendorIds.map((id) => see(id)), progress });
    if (isComplete) await poll.completePass(passId, epoch);
    return passId;
  };
  return { ...handles, poll, open, see, read };
}

function aProgress(passId: string): PassProgress {
  return { run: 1, passId, cursor: 'x', isComplete: false, hasGaps: false };
}

/** The poller's side. */
export function claimPolling(test: ClaimTest, setup: SetUpStore): void {
  describe('the lease of the poller', () => {
    test('one process has it; the next gets it when it is given back, with a greater epoch', async () => {
      const { poll, open } = await toPollHandles(setup);
      expect(await poll.acquireLease()).toMatchObject({ epoch: 1 });
      expect(await open('b').acquireLease()).toBeNull();
      expect(await poll.renewLease({ epoch: 1 })).toBe(true);
      await poll.releaseLease({ epoch: 1 });
      expect(await open('b').acquireLease()).toMatchObject({ epoch: 2 });
      expect(await poll.renewLease({ epoch: 1 })).toBe(false);
      await poll.releaseLease({ epoch: 1 });
      expect(await poll.acquireLease()).toBeNull();
    });

    test('one that has run out may be taken, and its holder writes nothing even before that', async () => {
      const { open, see, pass } = await toPollHandles(setup);
      const short = open('a', 20);
      expect(await short.acquireLease()).toMatchObject({ epoch: 1 });
      await pass(60);
      expect(await short.recordPage({ epoch: 1, observations: [see('a1')], progress: null })).toBe('fenced');
      expect(await short.renewLease({ epoch: 1 })).toBe(false);
      expect(await open('b').acquireLease()).toMatchObject({ epoch: 2 });
    });

    test('a holder of before writes nothing at all', async () => {
      const { store, poll, see } = await toPollHandles(setup);
      await poll.acquireLease();
      const passId = await poll.beginPass(entity, 1);
      await poll.releaseLease({ epoch: 1 });
      await poll.acquireLease();
      const progress = { resource: 'aims', value: aProgress(passId) };
      expect(await poll.recordPage({ epoch: 1, observations: [see('a1')], progress })).toBe('fenced');
      expect(await poll.completePass(passId, 1)).toBe('fenced');
      expect(await poll.recordRun(5, { kind: 'begun', scope: 'daily' }, 1)).toBe('fenced');
      expect(await poll.forgetShadows(entity, ['a1'], 1)).toBe('fenced');
      expect(await poll.keepUnasked(entity, ['900'], { passId, epoch: 1 })).toBe('fenced');
      expect(await poll.beginPass(entity, 1)).toBe('0');
      expect(await poll.readProgress('aims')).toBeNull();
      expect(await poll.readRuns()).toEqual({ open: null, lastCompleted: null });
      expect(await poll.readHashes(entity, ['a1'])).toEqual(new Map());
      expect(await store.polling.countRecords(scope, { aims: [entity] })).toEqual({ aims: null });
    });
  });

  describe('what the poller reads', () => {
    test('a page is kept with its place; an older look at a record keeps the newer content', async () => {
      const { poll, see, record, nowMs } = await toPollHandles(setup);
      await poll.acquireLease();
      const value = { ...aProgress(await poll.beginPass(entity, 1)), cursor: '2', hasGaps: true };
      const newer = aShadow({ vendorId: 'a2', observedAtMs: nowMs() + 3_000, record: { newer: true } });
      await record({ shadows: [newer] });
      const page = { epoch: 1, observations: [see('a1'), see('a2'), see('a4', { record: null })] };
      expect(await poll.recordPage({ ...page, progress: { resource: 'aims', value } })).toBe('recorded');
      expect(await poll.readProgress('aims')).toEqual(value);
      expect(await poll.readProgress('reviews')).toBeNull();
      const hashes = await poll.readHashes(entity, ['a1', 'a2', 'a3', 'a4']);
      expect([...hashes].sort()).toEqual([
        ['a1', hashRecord({ id: 'a1' })],
        ['a2', hashRecord({ newer: true })],
      ]);
      expect(await poll.readObservations(entity, ['a2', 'a9'])).toEqual([
        { ...newer, cause: 'poll', deleted: false },
      ]);
    });

    test('G-11: a page from a host that is an hour ahead does not make what is read afterwards older', async () => {
      const { poll, see, nowMs, pass } = await toPollHandles(setup);
      await poll.acquireLease();
      const record = async (id: string, observedAtMs: number) => {
        const observations = [see('a1', { observedAtMs, record: { id } })];
        expect(await poll.recordPage({ epoch: 1, observations, progress: null })).toBe('recorded');
        const [known] = await poll.readObservations(entity, ['a1']);
        return known?.record?.['id'];
      };
      expect(await record('first', nowMs() - 60_000)).toBe('first');
      expect(await record('from the future', nowMs() + 3_600_000)).toBe('from the future');
      await pass(20);
      expect(await record('older', nowMs() - 5_000)).toBe('from the future');
      expect(await record('next', nowMs())).toBe('next');
    });

    test('a run is open until it is completed, and the last completed one stays known', async () => {
      const { store, poll } = await toPollHandles(setup);
      await poll.acquireLease();
      await poll.recordRun(5, { kind: 'begun', scope: 'daily' }, 1);
      expect(await poll.readRuns()).toEqual({ open: 5, lastCompleted: null, scope: 'daily' });
      await poll.recordRun(5, { kind: 'completed' }, 1);
      expect(await poll.readRuns()).toMatchObject({ open: null, lastCompleted: 5, scope: 'daily' });
      await poll.recordRun(6, { kind: 'begun', scope: 'all' }, 1);
      expect(await store.polling.readRuns('onefile')).toMatchObject({ open: 6, lastCompleted: 5 });
      expect(await store.polling.readRuns('smartassessor')).toMatchObject({
        open: null,
        lastCompleted: null,
      });
    });

    test('a record is missing only when two complete readings in a row did not show it', async () => {
      const { store, poll, read } = await toPollHandles(setup);
      await store.links.record([aLink()]);
      await poll.acquireLease();
      await read(1, ['a1', 'a2']);
      await read(1, ['a1']);
      expect((await poll.readMissing(entity)).missing).toEqual([]);
      await read(1, [], false);
      expect((await poll.readMissing(entity)).missing).toEqual([]);
      await read(1, ['a1']);
      expect(await poll.readMissing(entity)).toEqual({
        missing: [{ centre: 'c1', vendorId: 'a2', learnerVendorId: '900' }],
        totalCount: 2,
      });
      await poll.forgetShadows(entity, ['a2'], 1);
      expect(await poll.readMissing(entity)).toEqual({ missing: [], totalCount: 1 });
    });

    test('D-21: a record that one complete reading missed has no hash until it is shown again, and is not missing then', async () => {
      const { store, poll, read, see, pass } = await toPollHandles(setup);
      await store.links.record([aLink()]);
      await poll.acquireLease();
      const known = async () => [...(await poll.readHashes(entity, ['a1', 'a2'])).keys()].sort();
      await read(1, ['a1', 'a2']);
      await read(1, [], false);
      expect(await known()).toEqual(['a1', 'a2']);
      await read(1, ['a1']);
      expect(await known()).toEqual(['a1']);
      await pass(3);
      await poll.recordPage({ epoch: 1, observations: [see('a2')], progress: null });
      expect(await known()).toEqual(['a1', 'a2']);
      await read(1, ['a1']);
      expect((await poll.readMissing(entity)).missing).toEqual([]);
      await read(1, ['a1']);
      expect((await poll.readMissing(entity)).missing.map(({ vendorId }) => vendorId)).toEqual(['a2']);
    });

    test('records that came after a reading began are never missing, nor those of learners linked since', async () => {
      const { store, poll, read, record, nowMs, pass } = await toPollHandles(setup);
      await poll.acquireLease();
      await read(1, ['a1']);
      await store.links.record([aLink()]);
      await read(1, ['a1']);
      await pass(3);
      await record({ shadows: [aShadow({ vendorId: 'a9', observedAtMs: nowMs() })] });
      await read(1, ['a1']);
      expect((await poll.readMissing(entity)).missing).toEqual([]);
      await read(1, []);
      await read(1, []);
      expect((await poll.readMissing(entity)).missing.map(({ vendorId }) => vendorId)).toEqual(['a1', 'a9']);
      await record({ unlinks: [{ kind: 'learner', picsId: '00017' }] });
      expect((await poll.readMissing(entity)).missing).toEqual([]);
      await store.links.record([aLink()]);
      expect((await poll.readMissing(entity)).missing).toEqual([]);
    });

    test('OF-40: records of learners that a pass left out on purpose are not missing', async () => {
      const { store, poll, see, pass } = await toPollHandles(setup);
      await store.links.record([aLink(), aLink({ picsId: '00018', ident: '00018', vendorId: '901' })]);
      await poll.acquireLease();
      await pass(3);
      const first = await poll.beginPass(entity, 1);
      const observations = [see('a1'), see('b1', { learnerVendorId: '901' })];
      const progress = { resource: 'aims', value: aProgress(first) };
      await poll.recordPage({ epoch: 1, observations, progress });
      await poll.completePass(first, 1);
      for (let n = 0; n < 2; n += 1) {
        await pass(3);
        const passId = await poll.beginPass(entity, 1);
        expect(await poll.keepUnasked(entity, ['901'], { passId, epoch: 1 })).toBe('recorded');
        await poll.completePass(passId, 1);
      }
      expect((await poll.readMissing(entity)).missing.map(({ vendorId }) => vendorId)).toEqual(['a1']);
    });

    test('what a reading showed is found by that reading alone, page by page', async () => {
      const { store, poll, read } = await toPollHandles(setup);
      await poll.acquireLease();
      const first = await read(1, ['a1', 'a2', 'a3']);
      const passId = await read(1, ['a1', 'a3']);
      const of = { ...scope, entity, passId };
      const page = async (limit: number, afterVendorId: string | null = null) =>
        (await store.polling.readSeenShadows(of, { afterVendorId, limit })).map(({ vendorId }) => vendorId);
      expect(await page(10)).toEqual(['a1', 'a3']);
      expect(await page(1)).toEqual(['a1']);
      expect(await page(1, 'a1')).toEqual(['a3']);
      expect(await store.polling.readSeenIds(of, ['a1', 'a2', 'a9'])).toEqual(new Set(['a1']));
      expect(await store.polling.readSeenIds({ ...of, passId: first }, ['a1', 'a2'])).toEqual(
        new Set(['a2']),
      );
    });

    test('the last complete reading is known, and pages from it on hold what one under way has shown since', async () => {
      const { store, poll, read } = await toPollHandles(setup);
      const readLast = () => store.polling.readLastPass({ ...scope, entity });
      await poll.acquireLease();
      expect(await readLast()).toBeNull();
      await read(1, ['a1', 'a2', 'a3'], false);
      expect(await readLast()).toBeNull();
      const passId = await read(1, ['a2', 'a3']);
      await read(1, ['a2', 'a4'], false);
      expect(await readLast()).toBe(passId);
      expect(await store.polling.readLastPass({ ...scope, centre: 'c2', entity })).toBeNull();
      const page = { afterVendorId: null, limit: 10 };
      const seen = await store.polling.readSeenShadows({ ...scope, entity, passId }, page);
      expect(seen.map(({ vendorId }) => vendorId)).toEqual(['a2', 'a3', 'a4']);
    });

    test('known records are counted by name; what was never read whole is unknown', async () => {
      const { store, poll, read } = await toPollHandles(setup);
      const wanted = { users: ['learner', 'assessor'], reviews: [entity], both: [entity, entity] };
      await poll.acquireLease();
      await read(1, ['a1', 'a2'], false);
      expect(await store.polling.countRecords(scope, wanted)).toEqual({
        users: null,
        reviews: null,
        both: null,
      });
      await read(1, ['a1', 'a2']);
      expect(await store.polling.countRecords(scope, wanted)).toEqual({ users: null, reviews: 2, both: 4 });
    });

    test('linked learners are read with their last activity and the review nearest to now', async () => {
      const { store, record, nowMs } = await toPollHandles(setup);
      const review = (vendorId: string, at: unknown) =>
        aShadow({ entity: 'review', vendorId, learnerVendorId: '900', record: { at: at as number } });
      const hour = 3_600_000;
      const nextMs = Math.floor(nowMs()) + hour;
      const reviews = [review('r1', nextMs), review('r2', nextMs + hour), review('r3', 'later')];
      await record({ links: [aLink()], shadows: reviews });
      await store.links.record([aLink({ picsId: '00018', ident: '00018', vendorId: '901' })]);
      const of = { entity: 'review', atMsField: 'at' };
      expect(await store.polling.readLearners(scope, of)).toEqual([
        {
          ident: '00017',
          vendorId: '900',
          nextReviewAtMs: nextMs,
          lastActivityAtMs: expect.any(Number),
        },
        { ident: '00018', vendorId: '901', lastActivityAtMs: null, nextReviewAtMs: null },
      ]);
      const withoutReviews = await store.polling.readLearners(scope, null);
      expect(withoutReviews.map(({ ident, nextReviewAtMs }) => [ident, nextReviewAtMs])).toEqual([
        ['00017', null],
        ['00018', null],
      ]);
    });
  });
}
