import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Killed, MemoryPics } from '../../test/memory/pics.ts';
import { buildLearner, buildQualification } from '../../test/support/learner.ts';
import type { Learner } from '../domain/learner.ts';
import type { Link } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import type {
  ReconcileHold,
  ReconcileItem,
  ReconcileRecord,
  RowDecision,
  RowView,
  SettledRecord,
} from '../domain/rows.ts';
import { createReconcile } from './reconcile.ts';

const topic = 'onefile.learning-aim';

/** A rule for tests: the registration number follows, `wait` and `hold` do what they say, `BAD` is refused by PICS. */
function decide(observation: Observation, { learner, facts }: RowView<{ mayGo: boolean }>): RowDecision {
  if (learner === null) return { kind: 'ignore', code: 'NOT_LINKED' };
  const value = String(observation.record?.['value']);
  if (value === 'wait' && !facts.mayGo) return { kind: 'wait', code: 'OF-53' };
  if (value === 'hold')
    return { kind: 'hold', subject: `aim:${observation.vendorId}`, code: 'SOME_RULE', params: {} };
  return {
    kind: 'write',
    actions: [
      {
        kind: 'update-qualification',
        ident: learner.ident,
        reference: observation.vendorId,
        seq: 1,
        set: { registrationNumber: value },
      },
    ],
  };
}

function setup(learners: readonly Learner[] = [withAims('1', 'a', 'b'), withAims('2', 'c')]) {
  const pics = new MemoryPics(learners);
  const holds: ReconcileHold[] = [];
  const copied: Link[] = [];
  const settled: SettledRecord[] = [];
  const slept: number[] = [];
  const facts = { mayGo: false };
  const hooks = { onSleep: () => {} };
  const stop = new AbortController();
  const reconcile = createReconcile<{ mayGo: boolean }>({
    readFacts: async (items) => items.map((item) => ({ ident: toIdent(item), facts: { ...facts } })),
    decide: {
      observation: decide,
      link: ({ picsId, vendorId }, { owner }) =>
        owner === null
          ? { kind: 'ignore', code: 'NO_OFFICER' }
          : { kind: 'write', actions: [{ kind: 'set-officer-id', code: picsId, vendorId }] },
    },
    withTransaction: pics.withTransaction,
    recordHolds: async (some) => void holds.push(...some),
    recordLinksCopied: async (some) => void copied.push(...some),
    onSettled: (some) => void settled.push(...some),
    digest: (value) => JSON.stringify(value),
    nowMs: () => 0,
    sleep: async (ms) => {
      slept.push(ms);
      if (slept.length === 7) facts.mayGo = true;
      hooks.onSleep();
    },
  });
  const { epoch } = pics.claim(topic, 0);
  const run = (records: readonly ReconcileRecord[], as = epoch) =>
    reconcile({ topic, partition: 0, epoch: as, records }, stop.signal);
  return { pics, holds, copied, settled, slept, facts, hooks, run, stop, epoch };
}

function withAims(ident: string, ...references: readonly string[]): Learner {
  return buildLearner({
    ident,
    qualifications: references.map((reference) => buildQualification({ reference })),
  });
}

function toIdent(item: ReconcileItem): string | null {
  return item.kind === 'observation' ? item.observation.learnerVendorId : null;
}

function aim(
  offset: number,
  owner: string | null,
  vendorId: string,
  value: string,
  readAtMs = offset,
): ReconcileRecord {
  const observation: Observation = {
    vendor: 'onefile',
    centre: '7',
    entity: 'learning-aim',
    vendorId,
    learnerVendorId: owner,
    observedAtMs: readAtMs,
    cause: 'poll',
    deleted: false,
    record: { value },
  };
  return { offset: BigInt(offset), timestampMs: 0, item: { kind: 'observation', observation } };
}

function number(pics: MemoryPics, ident: string, reference: string): string | null | undefined {
  return pics.learners.get(ident)?.qualifications.find((one) => one.reference === reference)
    ?.registrationNumber;
}

test('observations are applied in one transaction with the place after them', async () => {
  const { pics, run, settled } = setup();
  expect(await run([aim(0, '1', 'a', 'A1'), aim(1, '2', 'c', 'C1')])).toEqual({
    kind: 'done',
    nextOffset: 2n,
  });
  expect([number(pics, '1', 'a'), number(pics, '2', 'c')]).toEqual(['A1', 'C1']);
  expect(pics.transactionCount).toBe(1);
  expect(pics.claim(topic, 0).nextOffset).toBe(2n);
  expect(settled.map(({ outcome }) => outcome)).toEqual(['written', 'written']);
});

test('G-6: an observation that PICS equals writes no row', async () => {
  const { pics, run, settled } = setup();
  await run([aim(0, '1', 'a', 'A1')]);
  await run([aim(1, '1', 'a', 'A1')]);
  expect(pics.written).toHaveLength(1);
  expect(settled.at(-1)?.outcome).toBe('unchanged');
});

test('G-4: an observation read before the newest one applied is ignored', async () => {
  const { pics, run, settled } = setup();
  await run([aim(0, '1', 'a', 'new', 200)]);
  await run([aim(1, '1', 'a', 'old', 100)]);
  expect(number(pics, '1', 'a')).toBe('new');
  expect(settled.at(-1)).toMatchObject({ outcome: 'ignored', code: 'G-4' });
});

test('G-4: within one batch the newest stands too, whatever the order', async () => {
  const { pics, run } = setup();
  await run([aim(0, '1', 'a', 'new', 200), aim(1, '1', 'a', 'old', 100)]);
  expect(number(pics, '1', 'a')).toBe('new');
});

test('an observation of a learner that is not linked changes nothing and is not in the way', async () => {
  const { pics, run } = setup();
  expect(await run([aim(0, null, 'x', 'X'), aim(1, '1', 'a', 'A1')])).toMatchObject({ kind: 'done' });
  expect(pics.written).toHaveLength(1);
});

test('A-4: a record deleted at the vendor leaves PICS alone', async () => {
  const { pics, run, settled } = setup();
  const gone = aim(0, '1', 'a', '');
  if (gone.item.kind !== 'observation') throw new Error('an observation');
  const observation: Observation = { ...gone.item.observation, deleted: true, record: null };
  await run([{ ...gone, item: { kind: 'observation', observation } }]);
  expect(pics.written).toEqual([]);
  expect(settled[0]).toMatchObject({ outcome: 'ignored', code: 'ORPHAN' });
});

test('one record that PICS refuses is held alone; all others go on', async () => {
  const { pics, run, holds } = setup();
  pics.refuses = (action) => ('set' in action && JSON.stringify(action.set).includes('BAD') ? '22001' : null);
  const records = Array.from({ length: 40 }, (_, n) => aim(n, '1', n % 2 === 0 ? 'a' : 'b', `V${n}`));
  records[13] = aim(13, '2', 'c', 'BAD');
  expect(await run(records)).toEqual({ kind: 'done', nextOffset: 40n });
  expect([number(pics, '1', 'a'), number(pics, '1', 'b'), number(pics, '2', 'c')]).toEqual([
    'V38',
    'V39',
    null,
  ]);
  expect(holds).toMatchObject([
    { offset: 13n, ident: '2', code: 'PICS_REFUSED', params: { state: '22001' } },
  ]);
});

test('a record that cannot be read is held with its reason', async () => {
  const { run, holds } = setup();
  const bad: ReconcileRecord = {
    offset: 0n,
    timestampMs: 0,
    item: { kind: 'malformed', reason: 'NOT_AVRO' },
  };
  expect(await run([bad, aim(1, '1', 'a', 'A1')])).toMatchObject({ kind: 'done' });
  expect(holds).toMatchObject([{ offset: 0n, ident: null, code: 'NOT_AVRO' }]);
});

test('a rule’s hold is recorded and the place moves on', async () => {
  const { pics, run, holds } = setup();
  await run([aim(0, '1', 'a', 'hold'), aim(1, '1', 'b', 'B1')]);
  expect(holds).toMatchObject([{ subject: 'aim:a', code: 'SOME_RULE' }]);
  expect(pics.claim(topic, 0).nextOffset).toBe(2n);
});

test('OF-53: a record that must wait is tried again, ever later, and what stands before it is committed', async () => {
  const { pics, run, slept } = setup();
  const end = run([aim(0, '1', 'a', 'A1'), aim(1, '2', 'c', 'wait'), aim(2, '1', 'b', 'B1')]);
  expect(await end).toEqual({ kind: 'done', nextOffset: 3n });
  expect(slept).toEqual([25, 50, 100, 200, 400, 800, 1000]);
  expect([number(pics, '2', 'c'), number(pics, '1', 'b')]).toEqual(['wait', 'B1']);
});

test('waiting ends with the signal, and nothing after the wait is settled', async () => {
  const { pics, run, stop } = setup();
  stop.abort();
  expect(await run([aim(0, '2', 'c', 'wait'), aim(1, '1', 'a', 'A1')])).toEqual({
    kind: 'stopped',
    nextOffset: null,
  });
  expect(pics.written).toEqual([]);
});

test('who waits for a record of a lost partition stops waiting: the new owner does', async () => {
  const { pics, run, hooks, slept } = setup();
  hooks.onSleep = () => void (slept.length === 2 && pics.claim(topic, 0));
  expect(await run([aim(0, '2', 'c', 'wait')])).toEqual({ kind: 'fenced', nextOffset: null });
  expect(slept).toHaveLength(2);
});

test('a zombie changes nothing: neither rows nor place', async () => {
  const { pics, run, epoch, settled } = setup();
  pics.claim(topic, 0);
  expect(await run([aim(0, '1', 'a', 'A1')], epoch)).toEqual({ kind: 'fenced', nextOffset: null });
  expect(pics.written).toEqual([]);
  expect(settled).toEqual([]);
});

test('two transactions in each other’s way: it is done again', async () => {
  const { pics, run, slept } = setup();
  pics.meet('collided', 'collided');
  await run([aim(0, '1', 'a', 'A1')]);
  expect(number(pics, '1', 'a')).toBe('A1');
  expect(slept).toEqual([25, 50]);
});

test('killed after the commit and before its effects: read again, nothing is written twice', async () => {
  const { pics, run } = setup();
  pics.meet('killed-after-commit');
  await expect(run([aim(0, '1', 'a', 'A1')])).rejects.toBeInstanceOf(Killed);
  await run([aim(0, '1', 'a', 'A1')]);
  expect(pics.written).toHaveLength(1);
});

test('D-2: the id of a linked officer is copied, and the link is marked only after the commit', async () => {
  const { pics, run, copied } = setup();
  pics.setOfficer('OFF1', null);
  const link = {
    vendor: 'onefile',
    centre: '7',
    kind: 'officer',
    picsId: 'OFF1',
    vendorId: '55',
    ident: null,
  } as const;
  const item: ReconcileItem = {
    kind: 'link',
    link: { ...link, how: 'matched', copiedAtMs: null },
    removed: false,
  };
  pics.meet('killed-before-commit');
  await expect(run([{ offset: 0n, timestampMs: 0, item }])).rejects.toBeInstanceOf(Killed);
  expect(copied).toEqual([]);
  await run([{ offset: 0n, timestampMs: 0, item }]);
  expect(pics.getOfficer('OFF1')).toBe('55');
  expect(copied).toMatchObject([{ picsId: 'OFF1' }]);
});

test('what became of a command is written into its row', async () => {
  const { pics, run } = setup();
  const answer = { id: 'r1', status: 'done', code: null, message: null, result: null, attempts: 1 } as const;
  const item: ReconcileItem = {
    kind: 'request-result',
    answer: { ...answer, startedAtMs: 1, finishedAtMs: 2 },
  };
  await run([{ offset: 0n, timestampMs: 0, item }]);
  expect(pics.answers.get('r1')?.status).toBe('done');
});

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
      const { pics, run } = setup();
      const records = toRecords(seen);
      for (let at = 0; at < records.length; at += size) await run(records.slice(at, at + size));
      expect(shownValues(pics)).toEqual(newestValues(records));
    }),
  );
});

test('reconciled twice is reconciled once: the second time nothing is written', async () => {
  await fc.assert(
    fc.asyncProperty(reads, async (seen) => {
      const { pics, run } = setup();
      const records = toRecords(seen);
      await run(records);
      const writtenCount = pics.written.length;
      await run(records, pics.claim(topic, 0).epoch);
      expect(pics.written).toHaveLength(writtenCount);
    }),
  );
});

test('killed anywhere and begun again from the applied place, PICS ends the same', async () => {
  const troubles = fc.array(fc.constantFrom('killed-before-commit', 'killed-after-commit', 'collided'), {
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(reads, troubles, async (seen, met) => {
      const { pics, run } = setup();
      const records = toRecords(seen);
      pics.meet(...met);
      for (let starts = 0; starts <= met.length; starts += 1) {
        const { epoch, nextOffset } = pics.claim(topic, 0);
        try {
          await run(
            records.filter(({ offset }) => offset >= nextOffset),
            epoch,
          );
          break;
        } catch (fault) {
          if (!(fault instanceof Killed)) throw fault;
        }
      }
      expect(shownValues(pics)).toEqual(newestValues(records));
    }),
  );
});

test('OF-71: an observation of a linked officer is decided on its row, and told in its own lane', async () => {
  const pics = new MemoryPics();
  pics.setOwner({
    ...{ kind: 'officer', code: 'OFF1', firstName: 'Ann', surname: 'Berg', email: null },
    ...{ phone: null, mobile: null, externalId: '55' },
  });
  const settled: SettledRecord[] = [];
  const reconcile = createReconcile<null>({
    readFacts: async (items) =>
      items.map(() => ({ ident: null, owner: { kind: 'officer', code: 'OFF1' }, facts: null })),
    decide: {
      observation: (_seen, { owner }) => ({
        kind: 'write',
        actions: [
          { kind: 'update-officer', code: owner?.code ?? '', set: { firstName: 'Ann', email: 'a@b' } },
        ],
      }),
      link: () => ({ kind: 'ignore', code: 'none' }),
    },
    withTransaction: pics.withTransaction,
    recordHolds: async () => {},
    recordLinksCopied: async () => {},
    onSettled: (some) => void settled.push(...some),
    digest: (value) => JSON.stringify(value),
    nowMs: () => 0,
    sleep: async () => {},
  });
  const { epoch } = pics.claim(topic, 0);
  const observation: Observation = {
    ...{ vendor: 'onefile', centre: 'c', entity: 'assessor', vendorId: '55', learnerVendorId: null },
    ...{ observedAtMs: 1, cause: 'poll', deleted: false, record: { email: 'a@b' } },
  };
  const record = { timestampMs: 0, item: { kind: 'observation', observation } } as const;
  const records = [
    { offset: 0n, ...record },
    { offset: 1n, ...record },
  ];
  await reconcile({ topic, partition: 0, epoch, records }, new AbortController().signal);
  expect(pics.written).toEqual([{ kind: 'update-officer', code: 'OFF1', set: { email: 'a@b' } }]);
  expect(settled.map(({ ident, outcome }) => `${ident} ${outcome}`)).toEqual([
    'officer:OFF1 written',
    'officer:OFF1 unchanged',
  ]);
});
