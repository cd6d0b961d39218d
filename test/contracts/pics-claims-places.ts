import { describe, expect } from 'vitest';
import { mostSkewMs } from '../../src/domain/observation.ts';
import type {
  Applied,
  AppliedItem,
  ParkedItem,
  Place,
  ReconcileItem,
  Report,
} from '../../src/domain/rows.ts';
import { rowsOf } from '../support/pics-records.ts';
import type { ClaimTest, PicsHandles, SetUpPics } from './pics.ts';

const topic = 'onefile.learning-aim';
const nothing = { nextOffset: null, items: [], parked: [], unparked: [], report: null };
const key = { vendor: 'onefile', entity: 'learning-aim', vendorId: 'a1' };

const report: Report = {
  id: '5f0c7d1e-0000-4000-8000-00000000000a',
  holds: [{ ident: '1', subject: 'learning-aim:a1', code: 'PICS_REFUSED', params: { what: 'x' } }],
  lines: [{ ident: '1', kind: 'applied', subject: null, code: null, vendorId: 'a1', tookMs: null }],
  notes: [{ ident: '1', subject: 'review:r1', code: 'D-15' }],
  copied: [],
  alarms: [],
};

function aShown(observedAtMs: number, vendorId = key.vendorId): ReconcileItem {
  return {
    kind: 'observation',
    observation: {
      vendor: 'onefile',
      centre: '7',
      entity: 'learning-aim',
      vendorId,
      learnerVendorId: '91',
      observedAtMs,
      cause: 'poll',
      deleted: false,
      record: { number: 'AB1' },
    },
  };
}

function aParked(
  offset: number,
  vendorId: string,
  item: ReconcileItem = aShown(1_000, vendorId),
): ParkedItem {
  return { ...key, vendorId, code: 'OF-53', record: { offset: BigInt(offset), timestampMs: 5, item } };
}

/** The place in a topic, what of each vendor record is newest, and what waits. */
export function claimPlaces(test: ClaimTest, setup: SetUpPics): void {
  async function claimed(partition = 0) {
    const handles = await setup();
    const { epoch } = await handles.pics.claimPlace(topic, partition);
    const place: Place = { topic, partition, epoch };
    return { ...handles, place, record: (applied: Partial<Applied>) => record(handles, place, applied) };
  }

  function record({ commit }: PicsHandles, place: Place, applied: Partial<Applied>) {
    return commit(({ recordApplied }) => recordApplied({ ...nothing, place, ...applied }));
  }

  describe('the place', () => {
    test('begins with the oldest record, and goes on where it was, with what was to be reported', async () => {
      const { pics, record } = await claimed();
      expect(await pics.claimPlace(topic, 1)).toEqual({ epoch: 1, nextOffset: null, report: null });
      expect(await record({ nextOffset: 5n, report })).toBe('recorded');
      expect(await pics.claimPlace(topic, 0)).toEqual({ epoch: 2, nextOffset: 5n, report });
      expect(await pics.claimPlace(topic, 0)).toEqual({ epoch: 3, nextOffset: 5n, report });
    });

    test('a report takes the place of the one before; where nothing moves the place stays', async () => {
      const { pics, record } = await claimed();
      await record({ nextOffset: 5n, report });
      await record({ report: null });
      expect(await pics.claimPlace(topic, 0)).toEqual({ epoch: 2, nextOffset: 5n, report: null });
    });

    test('who has an older epoch, or none, writes nothing', async () => {
      const { pics, commit, transact, place } = await claimed();
      const { epoch } = await pics.claimPlace(topic, 0);
      const write = (mine: Place) =>
        transact(async ({ recordApplied }) => {
          const applied = { ...nothing, place: mine, nextOffset: 9n, parked: [aParked(8, 'a1')] };
          const value = await recordApplied(applied);
          return { commit: value === 'recorded', value };
        });
      expect(await write(place)).toEqual({ kind: 'ended', value: 'fenced' });
      expect(await write({ ...place, partition: 4, epoch: 1 })).toEqual({ kind: 'ended', value: 'fenced' });
      const young = { ...place, epoch };
      expect(
        await commit(({ recordApplied }) => recordApplied({ ...nothing, place: young, nextOffset: 3n })),
      ).toBe('recorded');
      expect((await pics.claimPlace(topic, 0)).nextOffset).toBe(3n);
    });
  });

  describe('what is newest', () => {
    const readNewest = ({ commit }: PicsHandles, items: readonly AppliedItem[]) =>
      commit(async ({ readRows }) => {
        const { newest, nowMs } = await readRows(rowsOf([], { items }));
        return { newest: [...newest.values()], nowMs };
      });

    test('G-4: of each vendor record it is kept with what later decisions compare', async () => {
      const handles = await claimed();
      const items = [
        { ...key, readAtMs: 1_768_467_600_123, digest: 'd', shown: { scheduledForMs: 7 } },
        { ...key, vendorId: 'a2', readAtMs: 1_768_467_600_124, digest: null, shown: null },
      ];
      await handles.record({ nextOffset: 1n, items });
      const { newest, nowMs } = await readNewest(handles, [...items, { ...items[0]!, vendorId: 'a3' }]);
      expect(newest.toSorted((a, b) => (a.vendorId < b.vendorId ? -1 : 1))).toEqual(items);
      expect(Math.abs(nowMs - Date.now())).toBeLessThan(60_000);
    });

    test('G-4, G-11: an older one does not take its place, but for that of one from the future', async () => {
      const handles = await claimed();
      const item = { ...key, readAtMs: 1_768_467_600_000, digest: 'd', shown: null };
      const { nowMs } = await readNewest(handles, [item]);
      const record = async (readAtMs: number) => {
        await handles.record({ items: [{ ...item, readAtMs }] });
        return (await readNewest(handles, [item])).newest[0]?.readAtMs;
      };
      expect(await record(item.readAtMs)).toBe(item.readAtMs);
      const later = Math.round(nowMs) - 1_000;
      expect(await record(later)).toBe(later);
      expect(await record(later - 1)).toBe(later);
      const ahead = Math.round(nowMs) + mostSkewMs + 3_600_000;
      expect(await record(ahead)).toBe(ahead);
      expect(await record(later)).toBe(later);
    });
  });

  describe('what waits', () => {
    test('comes in the order of its offsets, a page at a time, as it was read', async () => {
      const { pics, record, place } = await claimed();
      const removed: ReconcileItem = {
        kind: 'link',
        removed: true,
        link: {
          ...{ vendor: 'onefile', centre: '7', kind: 'learner', picsId: '1', vendorId: '91', ident: '1' },
          how: 'typed',
          copiedAtMs: null,
        },
      };
      await record({
        nextOffset: 12n,
        parked: [aParked(11, 'a2'), aParked(3, 'a1', removed), aParked(7, 'a3')],
      });
      const read = async (afterOffset: bigint, limit: number) =>
        (await pics.readParked(place, { afterOffset, limit })).map(({ offset }) => offset);
      expect(await read(-1n, 2)).toEqual([3n, 7n]);
      expect(await read(7n, 2)).toEqual([11n]);
      const [waiting] = await pics.readParked(place, { afterOffset: -1n, limit: 1 });
      expect(waiting).toMatchObject({ offset: 3n, timestampMs: 5, item: removed });
      expect(waiting?.waitedMs).toBeGreaterThanOrEqual(0);
      expect(waiting?.waitedMs).toBeLessThan(60_000);
      expect(await pics.readParked({ ...place, partition: 1 }, { afterOffset: -1n, limit: 2 })).toEqual([]);
    });

    test('one is kept for each vendor record: the last, which waits since the first', async () => {
      const { pics, record, place } = await claimed();
      await record({ parked: [aParked(3, 'a1')] });
      const page = { afterOffset: -1n, limit: 9 };
      await expect
        .poll(async () => (await pics.readParked(place, page))[0]?.waitedMs, { interval: 5 })
        .toBeGreaterThan(30);
      await record({ parked: [aParked(6, 'a1')] });
      const parked = await pics.readParked(place, page);
      expect(parked.map(({ offset }) => offset)).toEqual([6n]);
      expect(parked[0]?.waitedMs).toBeGreaterThan(30);
    });

    test('a transaction sees what waits and when it was read, and settles it', async () => {
      const { pics, record, place, commit } = await claimed();
      const answer: ReconcileItem = { kind: 'tombstone' };
      await record({ parked: [aParked(3, 'a1', aShown(1_768_467_600_123)), aParked(4, 'a2', answer)] });
      const items = ['a1', 'a2', 'a3'].map((vendorId) => ({ ...key, vendorId }));
      const read = () => commit(async ({ readRows }) => (await readRows(rowsOf([], { items }))).parked);
      expect(Object.fromEntries(await read())).toEqual({
        'onefile learning-aim a1': 1_768_467_600_123,
        'onefile learning-aim a2': null,
      });
      await record({ unparked: [items[0]!, items[2]!] });
      expect([...(await read()).keys()]).toEqual(['onefile learning-aim a2']);
      expect(await pics.readParked(place, { afterOffset: -1n, limit: 9 })).toHaveLength(1);
    });

    test('who has an older epoch is given none', async () => {
      const { pics, record, place } = await claimed();
      await record({ parked: [aParked(3, 'a1')] });
      const { epoch } = await pics.claimPlace(topic, 0);
      const page = { afterOffset: -1n, limit: 9 };
      expect(await pics.readParked(place, page)).toEqual([]);
      expect(await pics.readParked({ ...place, epoch }, page)).toHaveLength(1);
    });
  });
}
