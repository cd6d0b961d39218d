import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findOldestAtMs } from './oldest-record.ts';

type Written = { offset: bigint; atMs: number };

/** A partition as a broker reports it: the first offset at or after a time, or the end. */
function setup(records: readonly Written[]) {
  const questions: number[] = [];
  const end = (records.at(-1)?.offset ?? -1n) + 1n;
  const offsetsAt = async (atMs: number) => {
    questions.push(atMs);
    return new Map([[0, records.find((record) => record.atMs >= atMs)?.offset ?? end]]);
  };
  return { offsetsAt, questions };
}

const nowMs = 1_900_000_000_000;
const dayMs = 86_400_000;

/** Records, given by the time between them. Offsets grow by `gap`. */
function write(steps: readonly { gap: number; laterMs: number }[], sinceMs: number): Written[] {
  let [offset, backMs] = [0n, sinceMs + steps.reduce((sum, { laterMs }) => sum + laterMs, 0)];
  return steps.map(({ gap, laterMs }) => {
    offset += BigInt(gap);
    const record = { offset, atMs: nowMs - backMs };
    backMs -= laterMs;
    return record;
  });
}

async function checkEvery(records: readonly Written[]): Promise<void> {
  const end = records.at(-1)!.offset + 1n;
  for (let committed = 0n; committed < end; committed += 1n) {
    const ageMs = nowMs - records.find((record) => record.offset >= committed)!.atMs;
    const found = await findOldestAtMs({ partition: 0, committed, end }, setup(records).offsetsAt, nowMs);
    expect(Math.abs(nowMs - found - ageMs)).toBeLessThanOrEqual(Math.max(1_000, ageMs * 0.02));
  }
}

test('the time of the oldest waiting record is right to 1 s or 2 %', async () => {
  const step = fc.record({ gap: fc.constant(1), laterMs: fc.integer({ min: 0, max: 3_600_000 }) });
  const steps = fc.array(step, { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(100_000), (each, sinceMs) => checkEvery(write(each, sinceMs))),
    { numRuns: 100 },
  );
});

test('where compaction removed records the next remaining one counts', async () => {
  const step = fc.record({
    gap: fc.integer({ min: 1, max: 4 }),
    laterMs: fc.integer({ min: 1, max: 5 * dayMs }),
  });
  const steps = fc.array(step, { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 8 * dayMs, max: 30 * dayMs }), (each, sinceMs) =>
      checkEvery(write(each, sinceMs)),
    ),
    { numRuns: 100 },
  );
});

test('a record of a day ago is found with few requests', async () => {
  const { offsetsAt, questions } = setup([
    { offset: 7n, atMs: nowMs - 86_400_000 },
    { offset: 8n, atMs: nowMs - 100 },
  ]);
  const found = await findOldestAtMs({ partition: 0, committed: 7n, end: 9n }, offsetsAt, nowMs);
  expect(Math.abs(found - (nowMs - 86_400_000))).toBeLessThan(864_000);
  expect(questions.length).toBeLessThan(30);
});
