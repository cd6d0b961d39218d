import { silentLog } from '../../src/base/log.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { ReconcileItem, ReconcileRecord, RowDecision } from '../../src/domain/rows.ts';
import { createReconciler } from '../../src/reconciling/reconcile.ts';
import type { ReconcilePorts } from '../../src/reconciling/record.ts';
import type { ItemKnowledge } from '../../src/vendors/vendor.ts';
import { createVirtualClock } from '../memory/clock.ts';
import { MemoryMeter } from '../memory/meter.ts';
import { MemoryPics } from '../memory/pics.ts';
import { MemoryStore } from '../memory/store.ts';
import { buildLearner, buildQualification } from './learner.ts';

export const topic = 'onefile.learning-aim';

export type View = Parameters<ItemKnowledge['decide']>[0];

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

export function decide(item: ReconcileItem, view: View, mayGo: boolean): RowDecision {
  if (item.kind === 'observation') return decideObservation(item.observation, view, mayGo);
  if (item.kind !== 'link') throw new Error('it needs no rule');
  const { picsId, vendorId } = item.link;
  return view.owner === null
    ? { kind: 'ignore', code: 'NO_OFFICER' }
    : { kind: 'write', actions: [{ kind: 'set-officer-id', code: picsId, vendorId }] };
}

type Vendor = NonNullable<ReconcilePorts['vendor']>;

/** The reconciler on databases in memory. */
export function openReconcile(
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

export function openReconcileSetup(
  learners: readonly Learner[] = [withAims('1', 'a', 'b'), withAims('2', 'c')],
) {
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

export function withAims(ident: string, ...references: readonly string[]): Learner {
  return buildLearner({
    ident,
    qualifications: references.map((reference) => buildQualification({ reference })),
  });
}

export function toIdent(item: ReconcileItem): string | null {
  return item.kind === 'observation' ? item.observation.learnerVendorId : null;
}

export function aim(
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

export function number(pics: MemoryPics, ident: string, reference: string): string | null | undefined {
  return pics.learners.get(ident)?.qualifications.find((one) => one.reference === reference)
    ?.registrationNumber;
}
