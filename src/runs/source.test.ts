import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { createMemoryPorts } from '../../test/memory/ports.ts';
import { buildQualification, buildReview } from '../../test/support/learner.ts';
import { defaultSettings } from '../../test/support/onefile-rules.ts';
import { aLearner, anOfficer, anOrganisation } from '../../test/support/pics-records.ts';
import type { Change, Fields } from '../domain/change.ts';
import type { Learner } from '../domain/learner.ts';
import type { ReadStart } from '../domain/topic-records.ts';
import { decideRelevance } from '../vendors/onefile/rules/relevance.ts';
import { collectConcerned } from './source.ts';

const tables = ['trainee', 'pctrndet', 'officer', 'placemnt', 'trqual', 'itp_revu'];
const beginning: ReadStart = { kind: 'beginning' };

function setup({ nearRealTime = true, learners = [] as readonly Learner[] } = {}) {
  const { clock, virtual } = createVirtualClock();
  const ports = createMemoryPorts({ clock, vendors: [], learners });
  const settings = { ...defaultSettings, nearRealTime };
  const vendor = {
    name: 'onefile' as const,
    decideRelevance: (change: Change) => decideRelevance(change, settings),
  };
  const stop = new AbortController();
  const collect = (start = beginning) =>
    virtual.runUntil(collectConcerned({ ...ports, vendor }, { tables, start }, stop.signal));
  const publish = (change: Partial<Change> & Pick<Change, 'entity' | 'op'>) =>
    ports.topics.publishChange({
      key: null,
      before: null,
      after: null,
      origin: null,
      txId: 1,
      committedAtMs: 1,
      ...change,
    });
  const qualify = (ident: string, op: Change['op'], more: Partial<Change> = {}) => {
    const key = { ident, reference: '500', seq: 1 };
    const row: Fields = { ...key, registrationNumber: 'R1' };
    publish({ entity: 'qualification', op, key, [op === 'delete' ? 'before' : 'after']: row, ...more });
  };
  return { ...ports, collect, publish, qualify, virtual, stop };
}

const studying = (ident: string) =>
  aLearner({ ident, qualifications: [buildQualification({ reference: '500' })], hasDetails: false });

test('every learner that a record concerns comes once, however many speak of it, with what snapshots and own writes say', async () => {
  const { collect, qualify } = setup();
  qualify('2', 'snapshot');
  qualify('1', 'update');
  qualify('1', 'update');
  qualify('3', 'update', { origin: 'picsync:onefile:1' });
  // Only a column was changed that no rule compares: what was changed before it is gone with compaction.
  const row = { ident: '4', reference: '500', seq: 1, registrationNumber: null };
  qualify('4', 'update', { before: { ...row, type: 'A' }, after: { ...row, type: 'B' } });
  const { lanes, completed, readings } = await collect({ kind: 'time', atMs: 0 });
  expect(lanes).toEqual(['1', '2', '3', '4']);
  expect(completed).toEqual([]);
  expect(readings.find(({ topic }) => topic === 'trqual')).toMatchObject({ count: 5 });
});

test('what no rule looks at concerns no learner: deletions of qualifications, tombstones, truncates', async () => {
  const { collect, qualify, publish, topics } = setup();
  qualify('1', 'delete');
  topics.publishItem('changes trqual', '1', { kind: 'tombstone' });
  publish({ entity: 'qualification', op: 'truncate' });
  publish({ entity: 'episode', op: 'update', key: { ident: '2' }, after: { ident: '2' } });
  expect((await collect({ kind: 'time', atMs: 0 })).lanes).toEqual([]);
});

test('A-19: a changed key concerns the new one; a row that moved, both', async () => {
  const { collect, publish } = setup();
  publish({
    entity: 'learner',
    op: 'create',
    key: { ident: 'new' },
    after: { ident: 'new' },
    renamedFrom: { ident: 'old' },
  });
  publish({
    entity: 'review',
    op: 'update',
    key: { id: 'r' },
    before: { id: 'r', ident: 'a' },
    after: { id: 'r', ident: 'b' },
  });
  expect((await collect({ kind: 'time', atMs: 0 })).lanes).toEqual(['a', 'b', 'new']);
});

test('G-12: of a row that cannot be read the key says whom it concerns; of a review PICS does', async () => {
  const id = '5f0c7d1e-0000-4000-8000-000000000001';
  const { collect, topics } = setup({ learners: [aLearner({ ident: '7', reviews: [buildReview({ id })] })] });
  const handed = topics.readChangesThrough.bind(topics);
  topics.readChangesThrough = async (reading, handle, signal) => {
    const readings = await handed(reading, handle, signal);
    const place = { topic: 'itp_revu', partition: 0, offset: 0n, timestampMs: 1 };
    const unreadable = { kind: 'key-only', reason: 'bad-date' } as const;
    await handle({ ...unreadable, entity: 'review', key: { id } }, place);
    await handle({ ...unreadable, entity: 'review', key: { id: 'gone' } }, place);
    await handle({ ...unreadable, entity: 'qualification', key: { ident: '8' } }, place);
    await handle({ ...unreadable, entity: 'officer', key: { code: 'AB' } }, place);
    return readings;
  };
  expect((await collect({ kind: 'time', atMs: 0 })).lanes).toEqual(['7', '8', 'officer:AB']);
});

test('an officer concerns its own lane and the learners that are held because of it', async () => {
  const { collect, publish, store } = setup();
  publish({ entity: 'officer', op: 'snapshot', key: { code: 'AB' }, after: { code: 'AB', status: 'L' } });
  const asked: unknown[] = [];
  Object.assign(store.held, {
    readIdentsFor: async (...of: unknown[]) => {
      asked.push(of);
      return ['9'];
    },
  });
  expect((await collect({ kind: 'time', atMs: 0 })).lanes).toEqual(['9', 'officer:AB']);
  expect(asked).toEqual([['onefile', { name: 'officer', value: 'AB' }]]);
});

test('D-4: where changes are exchanged once a day only, whom a record names is concerned all the same', async () => {
  const { collect, qualify, publish } = setup({ nearRealTime: false });
  qualify('1', 'update');
  publish({ entity: 'officer', op: 'update', key: { code: 'AB' }, after: { code: 'AB' } });
  expect((await collect({ kind: 'time', atMs: 0 })).lanes).toEqual(['1', 'officer:AB']);
});

test('a learner whose rows the topic does not hold is completed by a snapshot of that table and that learner', async () => {
  const { collect, qualify, pics } = setup({ learners: [studying('1'), studying('2')] });
  qualify('1', 'update');
  const { lanes, completed } = await collect();
  expect(lanes).toEqual(['1', '2']);
  expect(completed).toEqual([
    { table: 'trainee', reason: 'rows-missing', learners: 2 },
    { table: 'trqual', reason: 'rows-missing', learners: 1 },
  ]);
  expect(pics.snapshots).toEqual([
    { table: 'trainee', lanes: ['1', '2'] },
    { table: 'trqual', lanes: ['2'] },
  ]);
});

test('officers and organisations are compared too', async () => {
  const { collect, pics } = setup();
  pics.setOwner(anOfficer('AB'));
  pics.setOwner(anOrganisation('P1'));
  const { lanes, completed } = await collect();
  expect(lanes).toContain('officer:AB');
  expect(completed.map(({ table, learners }) => [table, learners])).toEqual([
    ['officer', 1],
    ['placemnt', 1],
  ]);
});

test('a topic without its beginning is completed and named as such; where none is missing nothing is asked for', async () => {
  const { collect, qualify, pics, topics } = setup({ learners: [studying('1'), studying('2')] });
  for (const ident of ['1', '2']) qualify(ident, 'update');
  topics.trim('changes trqual', 0, 1);
  topics.trim('changes pctrndet', 0, 0);
  expect((await collect()).completed).toContainEqual({
    table: 'trqual',
    reason: 'beginning-deleted',
    learners: 1,
  });
  expect(pics.snapshots.filter(({ table }) => table === 'trqual')).toEqual([
    { table: 'trqual', lanes: ['1'] },
  ]);
  const again = await collect();
  expect(again.completed).toEqual([{ table: 'trqual', reason: 'beginning-deleted', learners: 0 }]);
  expect(pics.snapshots.filter(({ table }) => table === 'trqual')).toHaveLength(1);
});

test('a start at an offset or a time is never completed', async () => {
  const { collect, pics } = setup({ learners: [studying('1')] });
  const offsets = [{ topic: 'trqual', partition: 0, offset: 0n }];
  expect((await collect({ kind: 'offsets', offsets })).completed).toEqual([]);
  expect((await collect({ kind: 'time', atMs: 0 })).completed).toEqual([]);
  expect(pics.snapshots).toEqual([]);
});

test('a snapshot that does not come for a minute is interrupted: the learners are taken from PICS, and it is said', async () => {
  const { collect, pics, virtual } = setup({ learners: [studying('1'), studying('2')] });
  pics.takesSnapshots = false;
  const startedAtMs = virtual.nowMs();
  const { lanes, completed } = await collect();
  expect(lanes).toEqual(['1', '2']);
  expect(completed).toEqual([
    { table: 'trainee', reason: 'snapshot-interrupted', learners: 2 },
    { table: 'trqual', reason: 'snapshot-interrupted', learners: 2 },
  ]);
  const tookMs = virtual.nowMs() - startedAtMs;
  expect(tookMs).toBeGreaterThanOrEqual(60_000);
  expect(tookMs).toBeLessThan(70_000);
});

test('progress makes it wait on; who was deleted in PICS meanwhile is not missing', async () => {
  const { collect, pics, topics, virtual } = setup({ learners: ['1', '2', '3'].map(studying) });
  pics.takesSnapshots = false;
  const startedAtMs = virtual.nowMs();
  const handed = topics.readChangesThrough.bind(topics);
  const takeAt = new Map([
    [40_000, '1'],
    [80_000, '2'],
  ]);
  topics.readChangesThrough = async (...reading) => {
    for (const [afterMs, ident] of takeAt)
      if (virtual.nowMs() - startedAtMs >= afterMs) {
        takeAt.delete(afterMs);
        pics.takesSnapshots = true;
        for (const table of ['trainee', 'trqual']) await pics.requestSnapshot({ table, lanes: [ident] });
        pics.takesSnapshots = false;
        pics.removeLearner('3');
      }
    return handed(...reading);
  };
  const { lanes, completed } = await collect();
  expect(lanes).toEqual(['1', '2']);
  expect(completed).toEqual([
    { table: 'trainee', reason: 'rows-missing', learners: 3 },
    { table: 'trqual', reason: 'rows-missing', learners: 3 },
  ]);
  expect(virtual.nowMs() - startedAtMs).toBeGreaterThan(100_000);
});

test('a stop ends the waiting with its reason', async () => {
  const { collect, pics, stop } = setup({ learners: [studying('1')] });
  pics.takesSnapshots = false;
  const collecting = collect();
  stop.abort(new Error('stopped by a person'));
  await expect(collecting).rejects.toThrow('stopped by a person');
});
