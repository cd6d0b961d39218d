import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import type { PartitionReading, ReadStart, RecordPlace } from '../../src/domain/topic-records.ts';
import { eventually } from '../support/eventually.ts';
import type { ClaimTest, TopicsUnderTest } from './topics.ts';

const beginning: ReadStart = { kind: 'beginning' };
const group = 'onefile.replay';

/** What a reading from a start to the present end promises. */
export function claimReading(
  test: ClaimTest,
  open: (partitions?: number) => Promise<Omit<TopicsUnderTest, 'close'>>,
): void {
  async function setup(partitions = 1) {
    const opened = await open(partitions);
    const seen: string[] = [];
    const places: RecordPlace[] = [];
    const read = (
      start: ReadStart = beginning,
      handle: (ident: string) => void | Promise<void> = () => {},
      signal: AbortSignal = new AbortController().signal,
    ): Promise<readonly PartitionReading[]> =>
      opened.topics.readChangesThrough(
        { group, tables: ['trqual'], start },
        (decoded, place) => {
          const ident = decoded.kind === 'change' ? String(decoded.change.key?.['ident']) : decoded.kind;
          seen.push(ident);
          places.push(place);
          return handle(ident);
        },
        signal,
      );
    const fill = async (...idents: readonly string[]) => {
      for (const ident of idents) await opened.change(ident);
    };
    const hasOwnGroup = async () => (await opened.log.groups()).some((name) => name.endsWith(group));
    return { ...opened, seen, places, read, fill, hasOwnGroup };
  }

  test('each record comes once, with its place, up to the end that stood at the call', async () => {
    const { seen, places, read, fill, change, hasOwnGroup } = await setup();
    await fill('1', '2', '1');
    const [reading] = await read(beginning, (ident) => (ident === '2' ? change('9') : undefined));
    expect(seen).toEqual(['1', '2', '1']);
    expect(places.map(({ topic, partition, offset }) => [topic, partition, offset])).toEqual([
      ['trqual', 0, 0n],
      ['trqual', 0, 1n],
      ['trqual', 0, 2n],
    ]);
    expect(places.every(({ timestampMs }) => timestampMs > 0)).toBe(true);
    expect(reading).toEqual({
      topic: 'trqual',
      partition: 0,
      low: 0n,
      start: 0n,
      end: 3n,
      count: 3,
      unreadable: 0,
      isBeginningDeleted: false,
    });
    expect(await hasOwnGroup()).toBe(false);
  });

  test('a second reading begins at the beginning again, and a live group keeps its place', async () => {
    const { topics, seen, read, fill } = await setup();
    await fill('1', '2');
    const live: string[] = [];
    const stop = new AbortController();
    const follow = () =>
      topics.consumeChanges(
        { group: 'onefile.outbound', tables: ['trqual'], commitIntervalMs: 1 },
        (decoded) => void live.push(decoded.kind),
        stop.signal,
      );
    const running = follow();
    await eventually(() => expect(live).toHaveLength(2));
    stop.abort();
    await running;
    await read();
    await read();
    expect(seen).toEqual(['1', '2', '1', '2']);
    await fill('3');
    const again = new AbortController();
    const later = topics.consumeChanges(
      { group: 'onefile.outbound', tables: ['trqual'], commitIntervalMs: 1 },
      (decoded) => void live.push(decoded.kind),
      again.signal,
    );
    await eventually(() => expect(live).toHaveLength(3));
    again.abort();
    await later;
    expect(live).toHaveLength(3);
  });

  test('an empty topic ends at once', async () => {
    const { read, seen } = await setup(3);
    const readings = await read();
    expect(readings.map(({ partition, start, end, count }) => [partition, start, end, count])).toEqual([
      [0, 0n, 0n, 0],
      [1, 0n, 0n, 0],
      [2, 0n, 0n, 0],
    ]);
    expect(seen).toEqual([]);
  });

  test('all partitions are read, also beside empty ones', async () => {
    const { read, seen, fill } = await setup(8);
    const idents = Array.from({ length: 40 }, (_, n) => String(100 + n));
    await fill(...idents);
    const readings = await read();
    expect(seen.toSorted()).toEqual(idents);
    expect(readings.map(({ partition }) => partition).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(readings.reduce((sum, { count }) => sum + count, 0)).toBe(40);
  });

  test('gaps of compaction are no end, and a partition whose last records are gone ends', async () => {
    const { log, read, seen, fill } = await setup();
    await fill('1', '2', '1', '3');
    await log.remove('3');
    await log.remove('2');
    await log.compact();
    const [reading] = await read();
    expect(seen.filter((ident) => ident !== 'tombstone')).toEqual(['1']);
    expect(reading).toMatchObject({ start: 0n, isBeginningDeleted: false });
    expect(reading?.end).toBeGreaterThan(BigInt((reading?.count ?? 0) + 3));
  });

  test('a reading begins at an offset, or at a time; partitions that are not named are not read', async () => {
    const { read, seen, places, fill } = await setup();
    await fill('1', '2', '3');
    const at = (offset: bigint): ReadStart => ({
      kind: 'offsets',
      offsets: [{ topic: 'trqual', partition: 0, offset }],
    });
    expect(await read(at(2n))).toMatchObject([{ start: 2n, end: 3n, count: 1 }]);
    expect(await read(at(3n))).toMatchObject([{ start: 3n, end: 3n, count: 0 }]);
    expect(await read({ kind: 'offsets', offsets: [] })).toMatchObject([{ start: 3n, count: 0 }]);
    expect(seen).toEqual(['3']);
    expect(await read({ kind: 'time', atMs: 0 })).toMatchObject([{ start: 0n, count: 3 }]);
    const lastAtMs = places.at(-1)?.timestampMs ?? 0;
    const [late] = await read({ kind: 'time', atMs: lastAtMs + 60_000 });
    expect(late).toMatchObject({ start: 3n, end: 3n, count: 0, isBeginningDeleted: false });
  });

  test('a beginning that was deleted is said, where the reading asked for it', async () => {
    const { log, read, seen, fill } = await setup();
    await fill('1', '2', '3', '4');
    await log.trim(2n);
    expect(await read()).toMatchObject([{ low: 2n, start: 2n, count: 2, isBeginningDeleted: true }]);
    const from = (offset: bigint): ReadStart => ({
      kind: 'offsets',
      offsets: [{ topic: 'trqual', partition: 0, offset }],
    });
    expect(await read(from(1n))).toMatchObject([{ low: 2n, start: 1n, count: 2, isBeginningDeleted: true }]);
    expect(await read(from(3n))).toMatchObject([{ low: 2n, start: 3n, count: 1, isBeginningDeleted: false }]);
    expect(seen).toEqual(['3', '4', '3', '4', '4']);
  });

  test('a start that there cannot be is refused with a sentence', async () => {
    const { read, fill } = await setup();
    await fill('1');
    const from = (topic: string, partition: number, offset: bigint) =>
      read({ kind: 'offsets', offsets: [{ topic, partition, offset }] });
    await expect(from('trqual', 0, 9n)).rejects.toThrow('ends at offset 1');
    await expect(from('trqual', 7, 0n)).rejects.toThrow('trqual, partition 7');
    await expect(from('officer', 0, 0n)).rejects.toThrow('officer, partition 0');
  });

  test('what cannot be read is counted, and neither buried nor raised again', async () => {
    const { read, seen, alarms, spoil, fill } = await setup();
    await fill('1');
    await spoil();
    await fill('2');
    expect(await read()).toMatchObject([{ count: 3, unreadable: 1 }]);
    expect([seen, alarms.codes]).toEqual([['1', '2'], []]);
  });

  test('one record of a partition is handled after the other, however long that takes', async () => {
    const { read, fill } = await setup();
    await fill('1', '2', '3');
    const steps: string[] = [];
    await read(beginning, async (ident) => {
      steps.push(`begin ${ident}`);
      await nextTurn();
      steps.push(`end ${ident}`);
    });
    expect(steps).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  test('a handling that fails ends the reading with its own error, and the group is gone', async () => {
    const { read, fill, hasOwnGroup } = await setup();
    await fill('1');
    const failing = read(beginning, async () => {
      throw new Error('the plan cannot be kept');
    });
    await expect(failing).rejects.toThrow('the plan cannot be kept');
    expect(await hasOwnGroup()).toBe(false);
  });

  test('a stop ends the reading with its reason, and the group is gone', async () => {
    const { read, fill, hasOwnGroup } = await setup();
    await fill('1', '2');
    const stop = new AbortController();
    const stopping = read(beginning, () => stop.abort(new Error('stopped by a person')), stop.signal);
    await expect(stopping).rejects.toThrow('stopped by a person');
    expect(await hasOwnGroup()).toBe(false);
    await expect(read(beginning, undefined, stop.signal)).rejects.toThrow('stopped by a person');
  });

  test('a topic that does not exist is named', async () => {
    const { log, read } = await setup();
    await log.drop();
    await expect(read()).rejects.toThrow(/trqual does not exist/);
  });

  test('a topic that was deleted and made again meanwhile is named', async () => {
    const { log, read, fill, hasOwnGroup } = await setup();
    await fill('1', '2', '3');
    let isDone = false;
    const reading = read(beginning, async () => {
      if (isDone) return;
      isDone = true;
      await log.drop();
      await log.makeAgain();
    });
    await expect(reading).rejects.toThrow(/trqual was deleted and made again/);
    expect(await hasOwnGroup()).toBe(false);
  });

  test('items come in batches of one partition, in the order of their offsets', async () => {
    const { topics } = await setup();
    const observation = {
      vendor: 'onefile',
      centre: '7',
      entity: 'review',
      learnerVendorId: '91',
      observedAtMs: 1_768_467_600_000,
      cause: 'poll',
      deleted: true,
      record: null,
    } as const;
    await topics.publishObservations(['a', 'b', 'c'].map((vendorId) => ({ ...observation, vendorId })));
    const offsets: bigint[] = [];
    const ids: string[] = [];
    const readings = await topics.readItemsThrough(
      { group, topics: ['onefile.review', 'link'], start: beginning },
      async ({ topic, partition, records }) => {
        expect([topic, partition]).toEqual(['onefile.review', 0]);
        for (const { offset, item } of records) {
          offsets.push(offset);
          if (item.kind === 'observation') ids.push(item.observation.vendorId);
        }
      },
      new AbortController().signal,
    );
    expect([offsets, ids]).toEqual([
      [0n, 1n, 2n],
      ['a', 'b', 'c'],
    ]);
    expect(readings.map(({ topic, end, count }) => [topic, end, count])).toEqual([
      ['onefile.review', 3n, 3],
      ['link', 0n, 0],
    ]);
  });
}
