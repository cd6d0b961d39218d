import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test as plainTest } from 'vitest';
import type { Link } from '../../src/domain/link.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { Topics } from '../../src/domain/ports.ts';
import type { ReconcileItem, RequestAnswer } from '../../src/domain/rows.ts';
import type { ItemBatch } from '../../src/domain/topic-records.ts';
import { eventually } from '../support/eventually.ts';
import { claimReading } from './topics-claims-reading.ts';

/** What becomes of the topic of qualifications over time. */
export type TopicLog = {
  /** The deletion that follows a deleted row of the learner. */
  readonly remove: (ident: string) => Promise<void>;
  /** Records of the first partition below an offset are deleted. */
  readonly trim: (low: bigint) => Promise<void>;
  /**
   * Of each key only the last record stays, and no deletion; resolves when it is so. There may be deletions behind, of
   * rows that were never there.
   */
  readonly compact: () => Promise<void>;
  readonly drop: () => Promise<void>;
  readonly makeAgain: () => Promise<void>;
  /** Consumer groups that the topics' brokers know. */
  readonly groups: () => Promise<readonly string[]>;
};

export type TopicsUnderTest = {
  readonly topics: Topics;
  /** A qualification of the learner was changed in PICS. */
  readonly change: (ident: string) => Promise<void>;
  /** A record of the same table cannot be read, and has no key either. */
  readonly spoil: () => Promise<void>;
  readonly log: TopicLog;
  /** Codes of what was raised; `isAway`: nothing can be. */
  readonly alarms: { readonly codes: string[]; isAway: boolean };
  readonly close: () => Promise<void>;
};

export type ClaimTest = (title: string, claim: () => Promise<void>) => void;
type Reading = { readonly running: Promise<void>; readonly end: () => Promise<void> };

const group = 'onefile.outbound';

function anObservation(vendorId: string): Observation {
  return {
    vendor: 'onefile',
    centre: '7',
    entity: 'review',
    vendorId,
    learnerVendorId: '91',
    observedAtMs: 1_768_467_600_000,
    cause: 'poll',
    deleted: true,
    record: null,
  };
}

const link: Link = {
  vendor: 'onefile',
  centre: '7',
  kind: 'learner',
  picsId: '1',
  vendorId: '91',
  ident: '1',
  how: 'typed',
  copiedAtMs: null,
};

const answer: RequestAnswer = {
  id: '5f0c7d1e-0000-4000-8000-000000000101',
  status: 'done',
  code: null,
  message: 'Done.',
  result: '{"calls":2}',
  attempts: 1,
  startedAtMs: 1_768_467_600_000,
  finishedAtMs: 1_768_467_601_000,
};

/** What the topics promise the flows, whatever carries them. Each topic has one partition, or as many as are asked for. */
export function describeTopics(
  name: string,
  open: (partitions: number) => Promise<TopicsUnderTest>,
  test: ClaimTest = plainTest,
): void {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close().catch(() => {});
  });

  function follow(run: (signal: AbortSignal) => Promise<void>): Reading {
    const stop = new AbortController();
    const running = run(stop.signal);
    running.catch(() => {});
    const end = async () => {
      stop.abort();
      await running;
    };
    closers.push(end);
    return { running, end };
  }

  async function setup(partitions = 1) {
    const { close, ...opened } = await open(partitions);
    closers.push(close);
    const { topics } = opened;
    const seen: string[] = [];
    /** Reads changes; what `handle` returns is waited for. */
    const readChanges = (
      handle: (ident: string) => void | Promise<void> = () => {},
      more: { readonly group?: string; readonly maxInWork?: number } = {},
    ) =>
      follow((signal) =>
        topics.consumeChanges(
          {
            group,
            tables: ['trqual'],
            commitIntervalMs: 1,
            drainMs: 20,
            onBuried: (reason) => void seen.push(`buried ${reason}`),
            ...more,
          },
          (decoded) => {
            const ident = decoded.kind === 'change' ? String(decoded.change.key?.['ident']) : decoded.kind;
            seen.push(ident);
            return handle(ident);
          },
          signal,
        ),
      );
    const batches: ItemBatch[] = [];
    const readItems = (
      of: readonly string[],
      nextOffset: bigint | null = null,
      handle: (batch: ItemBatch, held: AbortSignal) => Promise<void> = async () => {},
    ) =>
      follow((signal) =>
        topics.consumeItems(
          { group: 'reconciler', topics: of, claimPlace: async () => ({ epoch: 7, nextOffset }) },
          (batch, held) => {
            batches.push(batch);
            return handle(batch, held);
          },
          signal,
        ),
      );
    const records = () => batches.flatMap((batch) => batch.records);
    return { ...opened, seen, batches, records, readChanges, readItems };
  }

  describe(`${name}: reading through`, () => claimReading(test, setup));

  describe(`${name}: items`, () => {
    test('what is published comes as it was, from the topic of its kind, with the epoch of the place', async () => {
      const { topics, batches, records, readItems } = await setup();
      readItems(['onefile.review', 'link', 'request-result']);
      await topics.publishObservations([anObservation('a'), anObservation('b')]);
      await topics.publishLinks([link]);
      await topics.publishLinks([link], true);
      await topics.publishResult(answer);
      await eventually(() => expect(records()).toHaveLength(5));
      const items = (kind: ReconcileItem['kind']) =>
        records().flatMap(({ item }) => (item.kind === kind ? [item] : []));
      expect(items('observation')).toEqual([
        { kind: 'observation', observation: anObservation('a') },
        { kind: 'observation', observation: anObservation('b') },
      ]);
      expect(items('link')).toEqual([
        { kind: 'link', link, removed: false },
        { kind: 'link', link, removed: true },
      ]);
      expect(items('request-result')).toEqual([{ kind: 'request-result', answer }]);
      expect(batches.map(({ epoch, partition }) => [epoch, partition])).toEqual(batches.map(() => [7, 0]));
      expect(records().every(({ timestampMs }) => timestampMs > 0)).toBe(true);
    });

    test('a partition begins where its place says, else with the oldest record', async () => {
      const { topics, records, readItems } = await setup();
      await topics.publishObservations(['a', 'b', 'c'].map(anObservation));
      const from = readItems(['onefile.review'], 2n);
      await eventually(() => expect(records().map(({ offset }) => offset)).toEqual([2n]));
      await from.end();
      const all = readItems(['onefile.review']);
      await eventually(() => expect(records().map(({ offset }) => offset)).toEqual([2n, 0n, 1n, 2n]));
      await all.end();
    });

    test('of one partition there is one batch at a time, in the order of the offsets', async () => {
      const { topics, batches, records, readItems } = await setup();
      const first = Promise.withResolvers<void>();
      readItems(['onefile.review'], null, async () => (batches.length === 1 ? first.promise : undefined));
      await topics.publishObservations([anObservation('a')]);
      await eventually(() => expect(batches).toHaveLength(1));
      await topics.publishObservations([anObservation('b'), anObservation('c')]);
      expect(batches).toHaveLength(1);
      first.resolve();
      await eventually(() => expect(records()).toHaveLength(3));
      expect(records().map(({ offset }) => offset)).toEqual([0n, 1n, 2n]);
    });

    test('a batch that fails ends the reading with its own error', async () => {
      const { topics, readItems } = await setup();
      await topics.publishObservations([anObservation('a')]);
      const { running } = readItems(['onefile.review'], null, async () => {
        throw new Error('PICS is away');
      });
      await expect(running).rejects.toThrow('PICS is away');
    });

    test('who joins takes partitions over: what is in hand of them is told so', async () => {
      const { topics, batches, readItems } = await setup(2);
      const holds: AbortSignal[] = [];
      const wait = (_: ItemBatch, held: AbortSignal) => {
        holds.push(held);
        return new Promise<void>((resolve) => {
          if (held.aborted) resolve();
          held.addEventListener('abort', () => resolve(), { once: true });
        });
      };
      readItems(['onefile.review'], null, wait);
      await topics.publishObservations([anObservation('a')]);
      await eventually(() => expect(batches).toHaveLength(1));
      expect(holds[0]?.aborted).toBe(false);
      readItems(['onefile.review'], null, wait);
      await eventually(() => expect(holds[0]?.aborted).toBe(true));
    });
  });

  describe(`${name}: changes`, () => {
    test('a group goes on behind what it has finished, and another group sees everything', async () => {
      const { change, seen, readChanges } = await setup();
      for (const ident of ['1', '2']) await change(ident);
      const first = readChanges();
      await eventually(() => expect(seen).toEqual(['1', '2']));
      await first.end();
      await change('3');
      const again = readChanges();
      await eventually(() => expect(seen).toEqual(['1', '2', '3']));
      await again.end();
      const other = readChanges(undefined, { group: 'onefile.command' });
      await eventually(() => expect(seen.slice(3)).toEqual(['1', '2', '3']));
      await other.end();
    });

    test('what failed ends the reading, and comes again with all behind it, finished or not', async () => {
      const { change, seen, readChanges } = await setup();
      const second = Promise.withResolvers<void>();
      const failing = readChanges(async (ident) => {
        if (ident === '2') return second.resolve();
        await second.promise;
        throw new Error('the store is away');
      });
      await change('1');
      await change('2');
      await expect(failing.running).rejects.toThrow('the store is away');
      expect(seen).toEqual(['1', '2']);
      const again = readChanges();
      await eventually(() => expect(seen.slice(2)).toEqual(['1', '2']));
      await again.end();
    });

    test('as many are in work at once as were asked for, and no more', async () => {
      const { change, seen, readChanges } = await setup();
      const idents = ['1', '2', '3', '4', '5', '6'];
      for (const ident of idents) await change(ident);
      const inWork = { now: 0, most: 0 };
      const handle = async () => {
        inWork.now += 1;
        inWork.most = Math.max(inWork.most, inWork.now);
        await nextTurn();
        inWork.now -= 1;
      };
      const { end } = readChanges(handle, { maxInWork: 2 });
      await eventually(() => expect([seen, inWork]).toEqual([idents, { now: 0, most: 2 }]));
      await end();
    });

    test('two members of a group share its partitions: each change comes to one of them', async () => {
      const { change, seen, readChanges } = await setup(4);
      const both = [readChanges(), readChanges()];
      const idents = Array.from({ length: 12 }, (_, n) => String(100 + n));
      for (const ident of idents) await change(ident);
      await eventually(() => expect([...new Set(seen)].sort()).toEqual(idents));
      for (const { end } of both) await end();
      const later = readChanges();
      await change('999');
      await eventually(() => expect(seen.at(-1)).toBe('999'));
      await later.end();
    });

    test('G-11: what cannot be read is buried with its reason and raised, and the next goes on', async () => {
      const { change, spoil, seen, alarms, readChanges } = await setup();
      await spoil();
      await change('1');
      const { end } = readChanges();
      await eventually(() => expect(seen.toSorted()).toEqual(['1', 'buried bad-date']));
      await eventually(() => expect(alarms.codes).toEqual(['dead-letter bad-date']));
      await end();
    });

    test('G-11: it is not finished before it is raised: with nowhere to raise it the reading ends, and it comes again', async () => {
      const { spoil, seen, alarms, readChanges } = await setup();
      await spoil();
      alarms.isAway = true;
      await expect(readChanges().running).rejects.toThrow('nowhere to raise it');
      alarms.isAway = false;
      const { end } = readChanges();
      await eventually(() => expect(alarms.codes).toEqual(['dead-letter bad-date']));
      expect(seen).toEqual(['buried bad-date', 'buried bad-date']);
      await end();
    });
  });
}
