import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { MemoryMeter } from '../../test/memory/meter.ts';
import { Killed, MemoryPics } from '../../test/memory/pics.ts';
import { MemoryStore } from '../../test/memory/store.ts';
import { buildLearner, buildQualification } from '../../test/support/learner.ts';
import { silentLog } from '../base/log.ts';
import type { Learner } from '../domain/learner.ts';
import type { Observation } from '../domain/observation.ts';
import type { Owner } from '../domain/owner.ts';
import type { Clock } from '../domain/ports.ts';
import type { ReconcileItem, ReconcileRecord, RowDecision } from '../domain/rows.ts';
import type { ItemKnowledge } from '../vendors/vendor.ts';
import { createReconciler } from './reconcile.ts';
import type { ReconcilePorts } from './record.ts';

const topic = 'onefile.learning-aim';

type View = Parameters<ItemKnowledge['decide']>[0];

/** A rule for tests: the registration number follows, `wait` and `hold` do what they say, `BAD` is refused by PICS. */
function decideObservation(observation: Observation, { learner }: View, mayGo: boolean): RowDecision {
  if (learner === null) return { kind: 'ignore', code: 'NOT_LINKED' };
  const value = String(observation.record?.['value']);
  if (value === 'throw') throw new TypeError('a fault of the rules');
  if (/^wait( \d)?$/.test(value) && !mayGo) return { kind: 'wait', code: 'OF-53' };
  if (value === 'wait for the shadow')
    return { kind: 'wait', code: 'A-35', heldAs: { subject: 'learning-aim:c', code: 'A_TEST', params: {} } };
  const actions = [
    {
      kind: 'update-qualification',
      ident: learner.ident,
      reference: observation.vendorId,
      seq: 1,
      set: { registrationNumber: value },
    },
  ] as const;
  if (value.startsWith('hold')) {
    const hold = { subject: `aim:${observation.vendorId}`, code: 'SOME_RULE', params: {} };
    return { kind: 'hold', ...hold, ...(value === 'hold' ? {} : { actions }) };
  }
  return { kind: 'write', actions };
}

function decide(item: ReconcileItem, view: View, mayGo: boolean): RowDecision {
  if (item.kind === 'observation') return decideObservation(item.observation, view, mayGo);
  if (item.kind !== 'link') throw new Error('it needs no rule');
  const { picsId, vendorId } = item.link;
  return view.owner === null
    ? { kind: 'ignore', code: 'NO_OFFICER' }
    : { kind: 'write', actions: [{ kind: 'set-officer-id', code: picsId, vendorId }] };
}

type Vendor = NonNullable<ReconcilePorts['vendor']>;

/** The reconciler on databases in memory. */
function openReconcile(
  pics: MemoryPics,
  readKnowledge: Vendor['readKnowledge'] | null,
  {
    onSleep = () => {},
    time = createVirtualClock(),
    store = new MemoryStore(time.clock),
  }: {
    readonly onSleep?: (ms: number) => void;
    readonly time?: ReturnType<typeof createVirtualClock>;
    readonly store?: MemoryStore;
  } = {},
) {
  const { clock: virtualClock, virtual } = time;
  const clock: Clock = {
    ...virtualClock,
    sleep: (ms, signal) => {
      onSleep(ms);
      return virtualClock.sleep(ms, signal);
    },
  };
  const meter = new MemoryMeter();
  const vendor = { name: 'onefile', title: 'OneFile', centre: '7', digestRecord: JSON.stringify } as const;
  const { reconcile, take, retryParked } = createReconciler({
    vendor: readKnowledge === null ? null : { ...vendor, readKnowledge },
    withTransaction: pics.openTransactions('onefile'),
    pics,
    store,
    clock,
    meter,
    log: silentLog,
  });
  const stop = new AbortController();
  const { epoch } = pics.claim(topic, 0);
  const run = (records: readonly ReconcileRecord[], as = epoch) =>
    virtual.runUntil(reconcile({ topic, partition: 0, epoch: as, records }, stop.signal));
  /** Lets time pass while what waits is tried again. */
  const wait = async (ms: number) => {
    const end = new AbortController();
    const retrying = retryParked(end.signal);
    await virtual.runUntil(Promise.race([retrying, virtual.sleep(ms)]));
    end.abort();
    await retrying;
  };
  return { store, settled: meter.settled, run, wait, take, stop, epoch, clock };
}

function setup(learners: readonly Learner[] = [withAims('1', 'a', 'b'), withAims('2', 'c')]) {
  const time = createVirtualClock();
  const pics = new MemoryPics(learners, time.clock);
  const slept: number[] = [];
  const hooks = { mayGo: false };
  const readKnowledge: Vendor['readKnowledge'] = async (items) => {
    const mayGoNow = hooks.mayGo;
    return items.map((item) => {
      return {
        ident: toIdent(item),
        owner: null,
        parts: ['qualifications'],
        decide: (view: View) => decide(item, view, mayGoNow),
      };
    });
  };
  const opened = openReconcile(pics, readKnowledge, { onSleep: (ms) => void slept.push(ms), time });
  /** Another process takes the partition over. */
  const restart = () => {
    const { store } = opened;
    const next = openReconcile(pics, readKnowledge, { time, store });
    const { epoch, nextOffset, report } = pics.claim(topic, 0);
    next.take({ topic, partition: 0, epoch }, report);
    return { ...next, epoch, nextOffset };
  };
  return { pics, slept, hooks, restart, ...opened };
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
  const { pics, run, settled, store } = setup();
  expect(await run([aim(0, '1', 'a', 'A1'), aim(1, '2', 'c', 'C1')])).toEqual({
    kind: 'done',
    nextOffset: 2n,
  });
  expect([number(pics, '1', 'a'), number(pics, '2', 'c')]).toEqual(['A1', 'C1']);
  expect(pics.transactionCount).toBe(1);
  expect(pics.claim(topic, 0).nextOffset).toBe(2n);
  expect(settled.map(({ outcome }) => outcome)).toEqual(['written', 'written']);
  expect(store.journalLines).toMatchObject([
    { ident: '1', kind: 'applied', subject: 'learning-aim:a', vendorId: 'a' },
    { ident: '2', kind: 'applied', subject: 'learning-aim:c', vendorId: 'c' },
  ]);
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

const hourMs = 3_600_000;

test('G-4, G-11: an observation stamped an hour ahead is applied, and makes none behind it older', async () => {
  const { pics, run, settled, store, clock } = setup();
  const nowMs = clock.nowMs();
  await run([aim(0, '1', 'a', 'first', nowMs - 1_000), aim(1, '1', 'a', 'ahead', nowMs + hourMs)]);
  expect(number(pics, '1', 'a')).toBe('ahead');
  await run([aim(2, '1', 'a', 'old', nowMs - 5_000)]);
  expect(settled.at(-1)).toMatchObject({ outcome: 'ignored', code: 'G-4' });
  await run([aim(3, '1', 'a', 'next', nowMs)]);
  expect(number(pics, '1', 'a')).toBe('next');
  expect(await store.alarms.listOpen()).toMatchObject([
    { kind: 'future-stamp', about: topic, code: 'learning-aim', place: `${topic}/0/1`, count: 1 },
  ]);
});

test('G-4, G-11: in one batch too the place tells the order of what a clock ahead has stamped', async () => {
  const { pics, run, clock } = setup();
  const nowMs = clock.nowMs();
  await run([
    aim(0, '1', 'a', 'ahead', nowMs + hourMs),
    aim(1, '1', 'a', 'ahead too', nowMs + hourMs - 60_000),
    aim(2, '1', 'a', 'next', nowMs - 1_000),
    aim(3, '2', 'c', 'ahead', nowMs + hourMs),
  ]);
  expect([number(pics, '1', 'a'), number(pics, '2', 'c')]).toEqual(['next', 'ahead']);
});

test('G-4, G-11: of what waits, one from the future gives way to the next', async () => {
  const { pics, run, hooks, wait, clock } = setup();
  const nowMs = clock.nowMs();
  await run([aim(0, '1', 'a', 'wait 1', nowMs + hourMs), aim(1, '1', 'a', 'wait 2', nowMs)]);
  hooks.mayGo = true;
  await wait(20_000);
  expect(number(pics, '1', 'a')).toBe('wait 2');
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
  const { pics, run, store, settled } = setup();
  pics.refuses = (action) => ('set' in action && JSON.stringify(action.set).includes('BAD') ? '22001' : null);
  const records = Array.from({ length: 40 }, (_, n) => aim(n, '1', n % 2 === 0 ? 'a' : 'b', `V${n}`));
  records[13] = aim(13, '2', 'c', 'BAD');
  expect(await run(records)).toEqual({ kind: 'done', nextOffset: 40n });
  expect([number(pics, '1', 'a'), number(pics, '1', 'b'), number(pics, '2', 'c')]).toEqual([
    'V38',
    'V39',
    null,
  ]);
  expect(store.ledger.held).toMatchObject([
    {
      ident: '2',
      subject: 'learning-aim:c',
      code: 'PICS_REFUSED',
      params: { what: 'learning-aim c', state: '22001' },
    },
  ]);
  expect(settled.filter(({ outcome }) => outcome === 'held').map(({ record }) => record.offset)).toEqual([
    13n,
  ]);
});

test('a record that cannot be read is held with its reason', async () => {
  const { run, store } = setup();
  const bad: ReconcileRecord = {
    offset: 0n,
    timestampMs: 0,
    item: { kind: 'malformed', reason: 'NOT_AVRO' },
  };
  expect(await run([bad, aim(1, '1', 'a', 'A1')])).toMatchObject({ kind: 'done' });
  expect(store.ledger.held).toMatchObject([
    {
      ident: '',
      subject: `record:${topic}/0/0`,
      code: 'NOT_AVRO',
      params: { topic, partition: '0', offset: '0' },
    },
  ]);
});

test('a rule’s hold is recorded and the place moves on', async () => {
  const { pics, run, store } = setup();
  await run([aim(0, '1', 'a', 'hold'), aim(1, '1', 'b', 'B1')]);
  expect(store.ledger.held).toMatchObject([{ ident: '1', subject: 'aim:a', code: 'SOME_RULE' }]);
  expect(pics.claim(topic, 0).nextOffset).toBe(2n);
});

test('D-17, G-10: what a hold writes all the same stands in the history, once', async () => {
  const { pics, run, store, settled, clock } = setup();
  await run([aim(0, '1', 'a', 'hold all but this'), aim(1, '1', 'b', 'hold')]);
  await run([aim(2, '1', 'a', 'hold all but this', clock.nowMs())]);
  expect(number(pics, '1', 'a')).toBe('hold all but this');
  expect(settled.map(({ outcome }) => outcome)).toEqual(['held', 'held', 'held']);
  const applied = store.journalLines.filter(({ kind }) => kind === 'applied');
  expect(applied.map(({ subject }) => subject)).toEqual(['learning-aim:a']);
});

test('OF-53, G-7: a record that must wait is parked, those behind it go on, and it follows when it may', async () => {
  const { pics, run, wait, hooks, settled } = setup();
  expect(await run([aim(0, '1', 'a', 'A1'), aim(1, '2', 'c', 'wait'), aim(2, '1', 'b', 'B1')])).toEqual({
    kind: 'done',
    nextOffset: 3n,
  });
  expect([number(pics, '1', 'a'), number(pics, '2', 'c'), number(pics, '1', 'b')]).toEqual([
    'A1',
    null,
    'B1',
  ]);
  expect(pics.parked).toMatchObject([{ vendorId: 'c', code: 'OF-53', record: { offset: 1n } }]);
  expect(pics.claim(topic, 7).nextOffset).toBe(0n);
  hooks.mayGo = true;
  await wait(2_000);
  expect(number(pics, '2', 'c')).toBe('wait');
  expect(pics.parked).toEqual([]);
  expect(settled.map(({ outcome }) => outcome)).toEqual(['written', 'parked', 'written', 'written']);
});

test('OF-53: what waits for a day costs few transactions, none of which is committed', async () => {
  const { pics, run, wait } = setup();
  await run([aim(0, '2', 'c', 'wait')]);
  const before = pics.transactionCount;
  await wait(86_400_000);
  expect(pics.transactionCount - before).toBeLessThan((2 * 86_400) / 15 + 20);
  expect(pics.parked).toHaveLength(1);
});

test('waiting ends with the signal, and nothing is settled', async () => {
  const { pics, run, stop } = setup();
  stop.abort();
  expect(await run([aim(0, '2', 'c', 'wait'), aim(1, '1', 'a', 'A1')])).toEqual({
    kind: 'stopped',
    nextOffset: null,
  });
  expect(pics.written).toEqual([]);
});

test('G-4: a newer observation takes the place of the one that waits, an older one does not', async () => {
  const { pics, run, wait, hooks, settled } = setup();
  await run([aim(0, '2', 'c', 'wait', 200)]);
  await run([aim(1, '2', 'c', 'older', 100)]);
  expect(settled.at(-1)).toMatchObject({ outcome: 'ignored', code: 'G-4' });
  expect(number(pics, '2', 'c')).toBeNull();
  await run([aim(2, '2', 'c', 'newer', 300)]);
  expect(pics.parked).toEqual([]);
  hooks.mayGo = true;
  await wait(60_000);
  expect(number(pics, '2', 'c')).toBe('newer');
});

test('what waits stays when the process is killed, and goes on with the next owner of the partition', async () => {
  const { pics, run, hooks, restart } = setup();
  await run([aim(0, '2', 'c', 'wait'), aim(1, '1', 'a', 'A1')]);
  hooks.mayGo = true;
  const next = restart();
  expect(next.nextOffset).toBe(2n);
  await next.wait(2_000);
  expect(number(pics, '2', 'c')).toBe('wait');
});

test('an owner that has lost the partition applies nothing of what waits', async () => {
  const { pics, run, wait, hooks } = setup();
  await run([aim(0, '2', 'c', 'wait')]);
  pics.claim(topic, 0);
  hooks.mayGo = true;
  await wait(60_000);
  expect(number(pics, '2', 'c')).toBeNull();
  expect(pics.parked).toHaveLength(1);
});

test('A-35: what waits for another record is held after a quarter of an hour, once', async () => {
  const { run, wait, store, pics } = setup();
  await run([aim(0, '2', 'c', 'wait for the shadow')]);
  await wait(14 * 60_000);
  expect(store.ledger.held).toEqual([]);
  await wait(2 * 60_000);
  expect(store.ledger.held).toMatchObject([{ ident: '2', subject: 'learning-aim:c', code: 'A_TEST' }]);
  expect(pics.parked).toEqual([]);
});

test('D-12: what the vendor showed while the record was not compared with PICS is not taken for what PICS has followed', async () => {
  const pics = new MemoryPics([withAims('1', 'a')]);
  const shown: unknown[] = [];
  const { run } = openReconcile(pics, async (items) =>
    items.map((item) => ({
      ident: '1',
      owner: null,
      parts: ['qualifications'],
      keep: { value: item.kind === 'observation' ? (item.observation.record?.['value'] ?? null) : null },
      decide: (view: View) => {
        shown.push(view.shown);
        return decide(item, toIdent(item) === '1' ? view : { ...view, learner: null }, true);
      },
    })),
  );
  await run([aim(0, '1', 'a', 'A1')]);
  await run([aim(1, null, 'a', 'A2')]);
  await run([aim(2, '1', 'a', 'A2')]);
  await run([aim(3, '1', 'a', 'A3')]);
  expect(shown).toEqual([null, { value: 'A1' }, { value: 'A1' }, { value: 'A2' }]);
});

test('G-7: a row that a user of PICS has locked keeps only its own learner waiting', async () => {
  const { pics, run, wait, slept } = setup();
  pics.locked.add('2');
  await run([aim(0, '2', 'c', 'C1'), aim(1, '1', 'a', 'A1'), aim(2, '2', 'c', 'C2')]);
  expect([number(pics, '1', 'a'), number(pics, '2', 'c')]).toEqual(['A1', null]);
  expect(pics.parked).toMatchObject([{ vendorId: 'c', code: 'PICS_LOCKED', record: { offset: 2n } }]);
  expect(slept).toEqual([]);
  await wait(40_000);
  expect(number(pics, '2', 'c')).toBeNull();
  pics.locked.clear();
  await wait(16_000);
  expect(number(pics, '2', 'c')).toBe('C2');
});

test('a collision that no locked row explains parks the one record that causes it', async () => {
  const { pics, run, wait } = setup();
  let isInTheWay = true;
  pics.collides = (action) => isInTheWay && JSON.stringify(action).includes('C1');
  await run([aim(0, '1', 'a', 'A1'), aim(1, '2', 'c', 'C1'), aim(2, '1', 'b', 'B1')]);
  expect([number(pics, '1', 'a'), number(pics, '2', 'c'), number(pics, '1', 'b')]).toEqual([
    'A1',
    null,
    'B1',
  ]);
  isInTheWay = false;
  await wait(60_000);
  expect(number(pics, '2', 'c')).toBe('C1');
});

test('G-7: a decision that throws is held alone, and the rest of the batch goes on', async () => {
  const { pics, run, store } = setup();
  expect(await run([aim(0, '2', 'c', 'throw'), aim(1, '1', 'a', 'A1')])).toMatchObject({ kind: 'done' });
  expect(number(pics, '1', 'a')).toBe('A1');
  expect(store.ledger.held).toMatchObject([
    { ident: '2', subject: 'learning-aim:c', code: 'UNEXPECTED_RECORD', params: { error: 'TypeError' } },
  ]);
});

test('decisions that throw one after the other are no fault of records: nothing is held and the role ends', async () => {
  const { pics, run, store } = setup();
  const records = Array.from({ length: 30 }, (_, n) => aim(n, '2', 'c', 'throw'));
  await expect(run(records)).rejects.toThrow('a fault of the rules');
  expect(store.ledger.held).toEqual([]);
  expect(pics.claim(topic, 0).nextOffset).toBe(0n);
});

test('a refused record is passed by although its place collides a few times', async () => {
  const { pics, run, store } = setup();
  pics.refuses = () => '22001';
  pics.meet(null, 'collided', 'collided', 'collided', 'collided');
  expect(await run([aim(0, '1', 'a', 'A1')])).toEqual({ kind: 'done', nextOffset: 1n });
  expect(store.ledger.held).toMatchObject([{ code: 'PICS_REFUSED' }]);
});

test('G-10: killed after the commit, the next owner tells what was not told: held items and history, each once', async () => {
  const { pics, run, store, restart } = setup();
  pics.meet('killed-after-commit');
  await expect(run([aim(0, '1', 'a', 'A1'), aim(1, '1', 'b', 'hold')])).rejects.toBeInstanceOf(Killed);
  expect([store.journalLines, store.ledger.held]).toEqual([[], []]);
  for (const turn of [1, 2]) {
    await restart().wait(10);
    expect(store.journalLines.map(({ kind, subject }) => `${turn} ${kind} ${subject}`)).toEqual([
      `${turn} applied learning-aim:a`,
      `${turn} held aim:b`,
    ]);
  }
  expect(store.ledger.held).toMatchObject([{ ident: '1', subject: 'aim:b', code: 'SOME_RULE' }]);
});

test('a sync database that is away while held items are told loses none, and keeps no row of PICS locked', async () => {
  const { pics, run, store, take, wait } = setup();
  let isAway = true;
  const record = store.recordReport;
  Object.assign(store, {
    recordReport: async (...given: Parameters<typeof record>) => {
      await pics.whenFree(() => {}); // no transaction is open
      if (isAway) throw new Error('the sync database is away');
      return record(...given);
    },
  });
  await expect(run([aim(0, '1', 'a', 'hold')])).rejects.toThrow('away');
  isAway = false;
  const { epoch, report } = pics.claim(topic, 0);
  take({ topic, partition: 0, epoch }, report);
  await wait(10);
  expect(store.ledger.held).toMatchObject([{ subject: 'aim:a', code: 'SOME_RULE' }]);
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
  await run([aim(0, '1', 'a', 'A1')], pics.claim(topic, 0).epoch);
  expect(pics.written).toHaveLength(1);
});

test('D-2: the id of a linked officer is copied, and the link is marked only after the commit', async () => {
  const { pics, run, store } = setup();
  pics.setOfficer('OFF1', null);
  const made = { vendor: 'onefile', centre: '7', kind: 'officer', picsId: 'OFF1', ident: null } as const;
  store.ledger.linkTable.make({ ...made, vendorId: '55', how: 'matched' });
  const [link] = store.ledger.links;
  if (link === undefined) throw new Error('it is made');
  const item: ReconcileItem = { kind: 'link', link, removed: false };
  pics.meet('killed-before-commit');
  await expect(run([{ offset: 0n, timestampMs: 0, item }])).rejects.toBeInstanceOf(Killed);
  expect(store.ledger.links).toMatchObject([{ picsId: 'OFF1', copiedAtMs: null }]);
  await run([{ offset: 0n, timestampMs: 0, item }], pics.claim(topic, 0).epoch);
  expect(pics.getOfficer('OFF1')).toBe('55');
  expect(store.ledger.links).toMatchObject([{ picsId: 'OFF1', copiedAtMs: expect.any(Number) }]);
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

function anAnswer(offset: number, result: string | null): ReconcileRecord {
  const rest = { code: null, message: null, attempts: 1, startedAtMs: 1, finishedAtMs: 2 };
  const answer = { id: 'r1', status: 'done', result, ...rest } as const;
  return { offset: BigInt(offset), timestampMs: 0, item: { kind: 'request-result', answer } };
}

test('G-10: a result that PICS refuses is written without the part that it does not take', async () => {
  const pics = new MemoryPics();
  pics.refusesAnswer = ({ result }) => (result === null ? null : '22P05');
  const { run, store } = openReconcile(pics, null);
  expect(await run([anAnswer(0, '"a character that jsonb has not"')])).toMatchObject({ nextOffset: 1n });
  expect(pics.answers.get('r1')).toMatchObject({ status: 'done', code: 'ANSWER_REFUSED', result: null });
  expect(pics.answers.get('r1')?.message).toContain('22P05');
  expect(await store.alarms.listOpen()).toEqual([]);
});

test('G-11: an answer that PICS refuses altogether opens an alarm with its command, and the next is written', async () => {
  const pics = new MemoryPics();
  pics.refusesAnswer = ({ id }) => (id === 'r1' ? '23514' : null);
  const { run, store } = openReconcile(pics, null);
  const other = anAnswer(1, null);
  if (other.item.kind !== 'request-result') throw new Error('it is one');
  const next = { ...other, item: { ...other.item, answer: { ...other.item.answer, id: 'r2' } } };
  expect(await run([anAnswer(0, null), next])).toMatchObject({ nextOffset: 2n });
  expect([pics.answers.get('r1'), pics.answers.get('r2')?.status]).toEqual([undefined, 'done']);
  expect(await store.alarms.listOpen()).toMatchObject([
    { kind: 'refused-answer', about: topic, code: '23514', place: 'request:r1' },
  ]);
});

test('G-11: killed after the commit, the next owner opens the alarm, and told again it counts once', async () => {
  const pics = new MemoryPics();
  pics.refusesAnswer = () => '23514';
  const store = new MemoryStore(createVirtualClock().clock);
  const first = openReconcile(pics, null, { store });
  // The answer is refused, and so is its short form; then the record is passed by.
  pics.meet(null, null, 'killed-after-commit');
  await expect(first.run([anAnswer(0, null)])).rejects.toBeInstanceOf(Killed);
  expect(await store.alarms.listOpen()).toEqual([]);
  for (const _turn of [1, 2]) {
    const next = openReconcile(pics, null, { store });
    const { epoch, nextOffset, report } = pics.claim(topic, 0);
    expect(nextOffset).toBe(1n);
    next.take({ topic, partition: 0, epoch }, report);
    await next.wait(10);
    expect(await store.alarms.listOpen()).toMatchObject([
      { kind: 'refused-answer', code: '23514', place: 'request:r1', count: 1 },
    ]);
  }
});

test('G-11: an answer that is refused when what waits is tried again opens an alarm too', async () => {
  const pics = new MemoryPics();
  const { run, store, wait } = openReconcile(pics, null);
  pics.meet('collided', 'collided', 'collided');
  await run([anAnswer(0, null)]);
  expect(pics.parked).toHaveLength(1);
  pics.refusesAnswer = () => '23514';
  await wait(20_000);
  expect(pics.parked).toEqual([]);
  expect(await store.alarms.listOpen()).toMatchObject([{ kind: 'refused-answer', count: 1 }]);
});

test('G-11: an observation from the future that waits opens one alarm, however often it is tried', async () => {
  const { run, store, wait, clock } = setup();
  const nowMs = clock.nowMs();
  await run([aim(0, '1', 'a', 'wait', nowMs + 4 * hourMs), aim(1, '2', 'c', 'wait', nowMs)]);
  await wait(60_000);
  await run([aim(2, '1', 'b', 'B1', nowMs)]);
  await wait(60_000);
  expect(await store.alarms.listOpen()).toMatchObject([{ kind: 'future-stamp', count: 1 }]);
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
      const { pics, hooks, restart, store } = setup();
      hooks.mayGo = true;
      const records = toRecords(seen).map((one, n) => (n % 3 === 0 ? one : withWait(one)));
      let process = restart();
      let next = process.nextOffset;
      const step = async (): Promise<void> => {
        const batch = records.filter(({ offset }) => offset >= next).slice(0, size);
        if (batch.length > 0) next = (await process.run(batch, process.epoch)).nextOffset ?? next;
      };
      const afterKill = (fault: unknown): void => {
        if (!(fault instanceof Killed)) throw fault;
        process = restart();
        next = process.nextOffset;
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

test('OF-71: an observation of a linked officer is decided on its row, and told in its own lane', async () => {
  const pics = new MemoryPics();
  pics.putOfficer({ code: 'OFF1', firstName: 'Ann', surname: 'Berg', externalId: '55' });
  const { run, settled } = openReconcile(pics, async (items) =>
    items.map(() => {
      return {
        ident: null,
        owner: { kind: 'officer', code: 'OFF1' },
        parts: [],
        decide: ({ owner }: { readonly owner: Owner | null }) => {
          const set = { firstName: 'Ann', email: 'a@b' };
          return { kind: 'write', actions: [{ kind: 'update-officer', code: owner?.code ?? '', set }] };
        },
      };
    }),
  );
  const observation: Observation = {
    vendor: 'onefile',
    centre: 'c',
    entity: 'assessor',
    vendorId: '55',
    learnerVendorId: null,
    observedAtMs: 1,
    cause: 'poll',
    deleted: false,
    record: { email: 'a@b' },
  };
  const record = { timestampMs: 0, item: { kind: 'observation', observation } } as const;
  await run([
    { offset: 0n, ...record },
    { offset: 1n, ...record },
  ]);
  expect(pics.written).toEqual([{ kind: 'update-officer', code: 'OFF1', set: { email: 'a@b' } }]);
  expect(settled.map(({ ident, outcome }) => `${ident} ${outcome}`)).toEqual([
    'officer:OFF1 written',
    'officer:OFF1 unchanged',
  ]);
});

test('G-8: without a vendor answers are written; what is no answer changes nothing and marks no link', async () => {
  const pics = new MemoryPics();
  pics.setOfficer('OFF1', null);
  const { run, store, settled } = openReconcile(pics, null);
  const made = { vendor: 'onefile', centre: '7', kind: 'officer', picsId: 'OFF1', ident: null } as const;
  store.ledger.linkTable.make({ ...made, vendorId: '55', how: 'matched' });
  const [link] = store.ledger.links;
  if (link === undefined) throw new Error('it is made');
  const result = { id: 'r1', status: 'done', code: null, message: null, result: null, attempts: 1 } as const;
  const end = await run([
    { offset: 0n, timestampMs: 0, item: { kind: 'link', link, removed: false } },
    aim(1, '1', 'a', 'A1'),
    { offset: 2n, timestampMs: 0, item: { kind: 'malformed', reason: 'NOT_AVRO' } },
    {
      offset: 3n,
      timestampMs: 0,
      item: { kind: 'request-result', answer: { ...result, startedAtMs: 1, finishedAtMs: 2 } },
    },
  ]);
  expect(end).toEqual({ kind: 'done', nextOffset: 4n });
  expect(pics.answers.get('r1')?.status).toBe('done');
  expect(settled.map(({ outcome, code }) => `${outcome} ${code}`)).toEqual([
    'ignored not-an-answer',
    'ignored not-an-answer',
    'held NOT_AVRO',
    'answered done',
  ]);
  expect(pics.written).toEqual([]);
  expect(store.ledger.held).toEqual([]);
  expect(await store.alarms.listOpen()).toMatchObject([{ kind: 'dead-letter', code: 'NOT_AVRO' }]);
  expect(store.ledger.links).toMatchObject([{ copiedAtMs: null }]);
});
