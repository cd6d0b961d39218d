import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Killed, type MemoryPics } from '../../test/memory/pics.ts';
import { aim, number, openReconcileSetup, topic } from '../../test/support/reconcile-setup.ts';
import type { ReconcileRecord } from '../domain/rows.ts';

const reads = fc.array(
  fc.record({
    aim: fc.constantFrom('a', 'b', 'c'),
    value: fc.constantFrom('1', '2', '3'),
    readAtMs: fc.integer({ min: 1, max: 50 }),
  }),
  { maxLength: 30 },
);

/** One content per record and read time, as a vendor would show it. */
function toRecords(seen: readonly { aim: string; value: string; readAtMs: number }[]): ReconcileRecord[] {
  const shown = new Map(seen.map((one) => [`${one.aim} ${one.readAtMs}`, one.value]));
  return seen.map(({ aim: id, readAtMs }, n) =>
    aim(n, id === 'c' ? '2' : '1', id, shown.get(`${id} ${readAtMs}`) ?? '', readAtMs),
  );
}

function newestValues(records: readonly ReconcileRecord[]): Record<string, string | null> {
  const newest: Record<string, { at: number; value: string }> = {};
  for (const { item } of records) {
    if (item.kind !== 'observation') continue;
    const { vendorId, observedAtMs, record } = item.observation;
    if ((newest[vendorId]?.at ?? -1) <= observedAtMs)
      newest[vendorId] = { at: observedAtMs, value: String(record?.['value']) };
  }
  return { a: newest['a']?.value ?? null, b: newest['b']?.value ?? null, c: newest['c']?.value ?? null };
}

function shownValues(pics: MemoryPics): Record<string, string | null | undefined> {
  return { a: number(pics, '1', 'a'), b: number(pics, '1', 'b'), c: number(pics, '2', 'c') };
}

test('any order of older and newer observations, in batches of any size, ends with the newest', async () => {
  await fc.assert(
    fc.asyncProperty(reads, fc.integer({ min: 1, max: 7 }), async (seen, size) => {
      const { pics, run } = openReconcileSetup();
      const records = toRecords(seen);
      for (let at = 0; at < records.length; at += size) await run(records.slice(at, at + size));
      expect(shownValues(pics)).toEqual(newestValues(records));
    }),
  );
});

test('reconciled twice is reconciled once: the second time nothing is written', async () => {
  await fc.assert(
    fc.asyncProperty(reads, async (seen) => {
      const { pics, run } = openReconcileSetup();
      const records = toRecords(seen);
      await run(records);
      const writtenCount = pics.written.length;
      await run(records, pics.claim(topic, 0).epoch);
      expect(pics.written).toHaveLength(writtenCount);
    }),
  );
});

/** What comes between the batches of a partition. */
const disturbances = fc.array(
  fc.constantFrom(
    'killed-before-commit' as const,
    'killed-after-commit' as const,
    'collided' as const,
    'locked' as const,
    'free' as const,
    'may not go' as const,
    'may go' as const,
    'a while' as const,
    'restart' as const,
  ),
  { maxLength: 20 },
);

test('G-4, G-7: killed anywhere, with waits, locked rows and collisions, PICS ends with the newest and the history is whole', async () => {
  await fc.assert(
    fc.asyncProperty(reads, fc.integer({ min: 1, max: 5 }), disturbances, async (seen, size, met) => {
      const { pics, hooks, restart, store } = openReconcileSetup();
      hooks.mayGo = true;
      const records = toRecords(seen).map((one, n) => (n % 3 === 0 ? one : withWait(one)));
      let process = restart();
      let next = process.nextOffset ?? 0n;
      const step = async (): Promise<void> => {
        const batch = records.filter(({ offset }) => offset >= next).slice(0, size);
        if (batch.length > 0) next = (await process.run(batch, process.epoch)).nextOffset ?? next;
      };
      const afterKill = (fault: unknown): void => {
        if (!(fault instanceof Killed)) throw fault;
        process = restart();
        next = process.nextOffset ?? 0n;
      };
      for (const one of met) {
        if (one === 'locked') pics.locked.add('2');
        else if (one === 'free') pics.locked.clear();
        else if (one === 'may go' || one === 'may not go') hooks.mayGo = one === 'may go';
        else if (one === 'a while') await process.wait(20_000).catch(afterKill);
        else if (one === 'restart') afterKill(new Killed());
        else pics.meet(one);
        await step().catch(afterKill);
      }
      pics.locked.clear();
      hooks.mayGo = true;
      while (next < BigInt(records.length)) await step().catch(afterKill);
      for (let turn = 0; turn <= met.length; turn += 1) await process.wait(20_000).catch(afterKill);
      expect(pics.parked).toEqual([]);
      expect(shownValues(pics)).toEqual(newestValues(records));
      const applied = store.journalLines.filter(({ kind }) => kind === 'applied');
      expect(applied).toHaveLength(pics.written.length);
    }),
    { numRuns: 300 },
  );
});

/** The same observation, whose rule may say to wait. */
function withWait(record: ReconcileRecord): ReconcileRecord {
  if (record.item.kind !== 'observation') return record;
  const { observation } = record.item;
  const value = `wait ${String(observation.record?.['value'])}`;
  return { ...record, item: { kind: 'observation', observation: { ...observation, record: { value } } } };
}
