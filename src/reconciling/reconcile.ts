import { digestOf } from '../domain/digest.ts';
import { messageOf } from '../domain/messages.ts';
import type {
  Applied,
  ParkedRecord,
  Place,
  ReconcileItem,
  ReconcileRecord,
  ReconcileTransaction,
  Report,
  RequestAnswer,
  SettledRecord,
} from '../domain/rows.ts';
import { type BatchDecision, decideBatch, type Locked, reconcileHold, toQuery } from './decide-batch.ts';
import { keyOf, laneOf, type ReconcilePorts, subjectOf, targetsOf } from './record.ts';
import { logHolds, noteAge, type Retried, tell, toReport } from './report.ts';

/** `fenced`: another process owns the partition: its records are for that one. `stopped`: the signal came first. */
type BatchResult = {
  readonly kind: 'done' | 'fenced' | 'stopped';
  /** The next offset to read; null when nothing was settled. */
  readonly nextOffset: bigint | null;
};

type ReconcileBatch = Place & { readonly records: readonly ReconcileRecord[] };

type Reconciler = {
  /** A partition was claimed. `report`: what its last transaction had to report, maybe recorded already. */
  readonly take: (place: Place, report: Report | null) => void;
  readonly reconcile: (batch: ReconcileBatch, signal: AbortSignal) => Promise<BatchResult>;
  /** Tries what waits in PICS again, of all partitions taken, until the signal aborts. */
  readonly retryParked: (signal: AbortSignal) => Promise<void>;
};

const firstDelayMs = 25;
const maxDelayMs = 1000;
const maxRecords = 500;
/** So many collisions in a row, and the records are tried apart, down to the one that is parked. */
const maxCollisions = 3;
const firstRetryMs = 1_000;
const maxRetryMs = 15_000;
const parkedAtOnce = 200;
/** A lock was not free in time, or the statement took too long for it. */
const lockCodes: ReadonlySet<string> = new Set(['55P03', '57014']);
/** What is known of a partition between its batches. */
type Partition = {
  readonly place: Place;
  /** Of the last transaction, until it is recorded. */
  report: Report | null;
  /** The end of the last piece of work: one at a time. */
  turn: Promise<unknown>;
  /** When parked records are tried again; null: none is known. */
  retryAtMs: number | null;
  retryDelayMs: number;
  retriedAtMs: number;
  /** How many of the ages worth a line the oldest parked record has reached. */
  notedCount: number;
};

function toPartition(place: Place, report: Report | null, turn: Promise<unknown>): Partition {
  return { place, report, turn, retryAtMs: null, retryDelayMs: firstRetryMs, retriedAtMs: 0, notedCount: 0 };
}

/**
 * Brings what vendors showed into PICS, each partition in its order.
 *
 * One transaction of PICS holds the rows, the next offset, the newest observations, the records that have to wait, and
 * what must be recorded in the sync database. It makes no call to anything else while it has rows locked. Killed at any
 * moment, what was not committed is read again from the topic, and what was is recorded by the process that comes next.
 *
 * A record in trouble keeps no other record waiting, whatever the trouble is:
 *
 * - PICS refuses it: the batch is halved until it stands alone, and it is held.
 * - Its rule says to wait, or a user of PICS has its rows locked: it is parked (`decideBatch`) and tried again, after a
 *   second at first and every 15 s at most, sooner when a link has come.
 * - Transactions collide again and again for a reason that no row shows: the batch is halved too, and what still
 *   collides alone is parked.
 * - Its decision throws: it is held as `UNEXPECTED_RECORD`.
 */
export function createReconciler(ports: ReconcilePorts): Reconciler {
  const partitions = new Map<string, Partition>();
  let wake = (): void => {};

  function take(place: Place, report: Report | null): Partition {
    const key = `${place.topic}/${place.partition}`;
    const turn = partitions.get(key)?.turn.catch(() => {}) ?? Promise.resolve();
    // Whether something waits in PICS is not known yet.
    const taken = { ...toPartition(place, report, turn), retryAtMs: ports.clock.nowMs() };
    partitions.set(key, taken);
    wake();
    return taken;
  }

  /** A batch of an assignment that is over finds no partition of its own, and will be fenced. */
  function find({ topic, partition, epoch }: Place): Partition {
    const known = partitions.get(`${topic}/${partition}`);
    if (known?.place.epoch === epoch) return known;
    const place = { topic, partition, epoch };
    const isOver = known !== undefined && known.place.epoch > epoch;
    return isOver ? toPartition(place, null, Promise.resolve()) : take(place, null);
  }

  /**
   * One piece of work after the other, and first what the last transaction has to tell. After a failure there is no
   * next one: what was committed may have a report that is not known here, and the next transaction would replace it.
   */
  function inTurn<R>(partition: Partition, run: () => Promise<R>): Promise<R> {
    const turn = partition.turn.then(async () => {
      await tell(ports, partition);
      return run();
    });
    partition.turn = turn;
    turn.catch(() => {});
    return turn;
  }

  async function reconcile(batch: ReconcileBatch, signal: AbortSignal): Promise<BatchResult> {
    const partition = find(batch);
    let nextOffset: bigint | null = null;
    for (let start = 0; start < batch.records.length; start += maxRecords) {
      const records = batch.records.slice(start, start + maxRecords);
      const work = { ports, partition, isRetry: false, signal };
      const result = await inTurn(partition, () => settleRecords(work, records, nothingLocked));
      nextOffset = result.nextOffset ?? nextOffset;
      if (result.kind !== 'done') return { kind: result.kind, nextOffset };
    }
    if (batch.records.some(({ item }) => item.kind === 'link')) hurry();
    if (partition.retryAtMs !== null) wake();
    return { kind: 'done', nextOffset };
  }

  /** A link has come: it may be what a parked record waits for. */
  function hurry(): void {
    for (const partition of partitions.values()) {
      const { retryAtMs, retriedAtMs } = partition;
      if (retryAtMs !== null) partition.retryAtMs = Math.min(retryAtMs, retriedAtMs + firstRetryMs);
    }
    wake();
  }

  async function retryParked(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const nowMs = ports.clock.nowMs();
      const all = [...partitions.values()];
      const due = all.filter(({ retryAtMs }) => retryAtMs !== null && retryAtMs <= nowMs);
      await Promise.all(due.map((partition) => retry(partition, signal)));
      if (due.length > 0) continue;
      const next = Math.min(...all.map(({ retryAtMs }) => retryAtMs ?? Number.POSITIVE_INFINITY));
      const woken = new AbortController();
      wake = () => woken.abort();
      const end = AbortSignal.any([signal, woken.signal]);
      if (Number.isFinite(next)) await ports.clock.sleep(Math.max(1, next - nowMs), end);
      else if (!end.aborted)
        await new Promise<void>((resolve) => end.addEventListener('abort', () => resolve(), { once: true }));
    }
  }

  async function retry(partition: Partition, signal: AbortSignal): Promise<void> {
    partition.retryAtMs = null;
    partition.retriedAtMs = ports.clock.nowMs();
    const end = await inTurn(partition, () => tryParked({ ports, partition, isRetry: true, signal }));
    noteAge(ports, partition, end);
    if (end.oldestMs === null) partition.retryDelayMs = firstRetryMs;
    else {
      partition.retryAtMs ??= ports.clock.nowMs() + partition.retryDelayMs;
      partition.retryDelayMs = Math.min(partition.retryDelayMs * 2, maxRetryMs);
    }
  }

  return { take, reconcile, retryParked };
}

type Work = {
  readonly ports: ReconcilePorts;
  readonly partition: Partition;
  /** Records that are parked are tried again: the place stays. */
  readonly isRetry: boolean;
  readonly signal: AbortSignal;
  /** Takes the offsets of parked records that are settled. */
  readonly settled?: Set<bigint>;
};

const nothingLocked: ReadonlySet<string> = new Set();

async function settleRecords(
  work: Work,
  records: readonly ReconcileRecord[],
  startLocked: Locked,
): Promise<BatchResult> {
  const { clock, log } = work.ports;
  const last = records.at(-1);
  let locked = startLocked;
  let delayMs = firstDelayMs;
  for (let collisions = 0; last !== undefined; ) {
    if (work.signal.aborted) return { kind: 'stopped', nextOffset: null };
    const attempt = await tryRecords(work, records, locked);
    if (attempt.kind === 'fenced') return { kind: 'fenced', nextOffset: null };
    if (attempt.kind === 'ended') return { kind: 'done', nextOffset: last.offset + 1n };
    if (attempt.kind === 'refused') return settleApart(work, records, { refusal: attempt.code, locked });
    if (attempt.kind !== 'collided') continue;
    const found = lockCodes.has(attempt.code) ? await findLocked(work, records, locked) : null;
    if (found !== null) {
      locked = found;
      continue;
    }
    collisions += 1;
    if (collisions >= maxCollisions && records.length > 1)
      return settleApart(work, records, { refusal: null, locked });
    if (collisions === maxCollisions) {
      log.warn('a record collides again and again in PICS: it is parked', { code: attempt.code });
      locked = 'all';
    }
    await clock.sleep(delayMs, work.signal);
    delayMs = Math.min(delayMs * 2, maxDelayMs);
  }
  return { kind: 'done', nextOffset: null };
}

/** Halves the records until the one in trouble stands alone; one that PICS refuses is held and passed by. */
async function settleApart(
  work: Work,
  records: readonly ReconcileRecord[],
  { refusal, locked }: { readonly refusal: string | null; readonly locked: Locked },
): Promise<BatchResult> {
  const [only] = records;
  if (records.length === 1 && only !== undefined && refusal !== null) return passBy(work, only, refusal);
  const middle = Math.ceil(records.length / 2);
  const first = await settleRecords(work, records.slice(0, middle), locked);
  if (first.kind !== 'done') return first;
  const second = await settleRecords(work, records.slice(middle), locked);
  return { kind: second.kind, nextOffset: second.nextOffset ?? first.nextOffset };
}

async function passBy(work: Work, record: ReconcileRecord, code: string): Promise<BatchResult> {
  const { ports } = work;
  const [known] = (await ports.vendor?.readKnowledge([record.item])) ?? [];
  const ident = laneOf(targetsOf(record.item, known));
  const subject = subjectOf(record.item);
  const params = { what: subject.replace(':', ' '), state: code };
  const settled: readonly SettledRecord[] = [
    { record, ident, outcome: 'held', code: 'PICS_REFUSED', written: [] },
  ];
  const key = keyOf(record.item);
  let answers = toShortAnswers(record.item, code);
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
    if (work.signal.aborted) return { kind: 'stopped', nextOffset: null };
    const attempt = await commit(work, [record], async () => ({
      ...nothingDecided,
      answers,
      holds:
        answers.length > 0 ? [] : [reconcileHold(record, ident, { subject, code: 'PICS_REFUSED', params })],
      settled,
      unparked: key === null ? [] : [key],
    }));
    if (attempt.kind === 'fenced') return { kind: 'fenced', nextOffset: null };
    if (attempt.kind === 'ended') return { kind: 'done', nextOffset: record.offset + 1n };
    if (attempt.kind === 'refused') answers = [];
    // PICS is in the way of the place alone: nothing of the record is written, so it is only a matter of time.
    await ports.clock.sleep(delayMs, work.signal);
  }
}

/**
 * A result that PICS refuses may have a part that it does not take. Without it the row of the command still shows that
 * it has ended, and how.
 */
function toShortAnswers(item: ReconcileItem, state: string): readonly RequestAnswer[] {
  if (item.kind !== 'request-result') return [];
  const { answer } = item;
  const message = messageOf('ANSWER_REFUSED', { status: answer.status, state });
  return [{ ...answer, code: 'ANSWER_REFUSED', message, result: null }];
}

const nothingDecided: BatchDecision = {
  settled: [],
  actions: [],
  answers: [],
  canaries: [],
  holds: [],
  notes: [],
  items: [],
  copied: [],
  parked: [],
  unparked: [],
  ahead: [],
  faults: [],
};

type Attempt =
  | { readonly kind: 'ended' | 'fenced' }
  | { readonly kind: 'refused' | 'collided'; readonly code: string };
/** Null: another process owns the partition. */
type Committed = { readonly decision: BatchDecision; readonly report: Report | null } | null;

/** Settles the records in one transaction: written, held, ignored or parked. */
async function tryRecords(work: Work, records: readonly ReconcileRecord[], locked: Locked): Promise<Attempt> {
  const { vendor } = work.ports;
  const knowledge = (await vendor?.readKnowledge(records.map(({ item }) => item))) ?? [];
  const digest = vendor?.digestRecord ?? digestOf;
  return commit(work, records, async (transaction) => {
    const query = toQuery(records, { knowledge, locked, vendor: vendor?.name ?? null });
    const rows = await transaction.readRows(query);
    return decideBatch({ records, knowledge, rows, locked, vendor: vendor?.name ?? null, digest });
  });
}

/** Writes what is decided, and the place with all that belongs to it; then reports to the sync database. */
async function commit(
  { ports, partition, isRetry, settled }: Work,
  records: readonly ReconcileRecord[],
  decide: (transaction: ReconcileTransaction) => Promise<BatchDecision>,
): Promise<Attempt> {
  const nextOffset = isRetry ? null : (records.at(-1)?.offset ?? 0n) + 1n;
  const result = await ports.withTransaction<Committed>(async (transaction) => {
    const decision = await decide(transaction);
    if (isRetry && decision.settled.every(({ outcome }) => outcome === 'parked'))
      return { commit: false, value: { decision, report: null } };
    const report = toReport(ports, decision, partition.place);
    if (decision.actions.length > 0) await transaction.applyActions(decision.actions);
    if (decision.answers.length > 0) await transaction.applyAnswers(decision.answers);
    for (const flight of decision.canaries) await transaction.applyCanary(flight, ports.clock.nowMs());
    const applied: Applied = {
      place: partition.place,
      nextOffset,
      items: decision.items,
      // What waits on already stands there.
      parked: isRetry ? [] : decision.parked,
      unparked: decision.unparked,
      report,
    };
    const isOurs = (await transaction.recordApplied(applied)) === 'recorded';
    return { commit: isOurs, value: isOurs ? { decision, report } : null };
  });
  if (result.kind !== 'ended') return result;
  if (result.value === null) return { kind: 'fenced' };
  const { decision, report } = result.value;
  partition.report = report;
  const news = isRetry ? decision.settled.filter(({ outcome }) => outcome !== 'parked') : decision.settled;
  for (const { record } of news) settled?.add(record.offset);
  if (news.length > 0) ports.meter.applied(news);
  logHolds(ports, decision, partition.place);
  if (!isRetry && decision.parked.length > 0) {
    partition.retryDelayMs = firstRetryMs;
    partition.retryAtMs = ports.clock.nowMs() + firstRetryMs;
  }
  await tell(ports, partition);
  return { kind: 'ended' };
}

/** After a collision: the lanes that are locked, with those known before; null when no more are. */
async function findLocked(
  { ports }: Work,
  records: readonly ReconcileRecord[],
  known: Locked,
): Promise<Locked | null> {
  if (known === 'all') return null;
  const knowledge = (await ports.vendor?.readKnowledge(records.map(({ item }) => item))) ?? [];
  const query = toQuery(records, { knowledge, locked: known, vendor: ports.vendor?.name ?? null });
  const found = await ports.withTransaction(async (transaction) => ({
    commit: false,
    value: await transaction.readLocked(query),
  }));
  if (found.kind !== 'ended' || found.value.size === 0) return null;
  return new Set([...known, ...found.value]);
}

/** Tries everything that is parked of a partition once, without waiting for a lock. Of a lost one it finds nothing. */
async function tryParked(work: Work): Promise<Retried> {
  const { ports, partition, signal } = work;
  let retried: Retried = { oldestMs: null, waitingCount: 0 };
  for (let afterOffset = -1n; !signal.aborted; ) {
    const page = await ports.pics.readParked(partition.place, { afterOffset, limit: parkedAtOnce });
    const last = page.at(-1);
    if (last === undefined) break;
    afterOffset = last.offset;
    const settled = new Set<bigint>();
    const result = await settleRecords({ ...work, settled }, await withoutLocked(work, page), nothingLocked);
    if (result.kind === 'fenced') break;
    const waiting = page.filter(({ offset }) => !settled.has(offset)).map(({ waitedMs }) => waitedMs);
    if (waiting.length > 0)
      retried = {
        oldestMs: Math.max(retried.oldestMs ?? 0, ...waiting),
        waitingCount: retried.waitingCount + waiting.length,
      };
  }
  return retried;
}

async function withoutLocked(work: Work, records: readonly ParkedRecord[]): Promise<readonly ParkedRecord[]> {
  const found = await findLocked(work, records, nothingLocked);
  if (found === null || found === 'all') return records;
  const knowledge = (await work.ports.vendor?.readKnowledge(records.map(({ item }) => item))) ?? [];
  return records.filter(({ item }, index) => !found.has(laneOf(targetsOf(item, knowledge[index])) ?? ''));
}
