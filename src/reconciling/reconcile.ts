import { digestOf } from '../domain/digest.ts';
import type { OwnerKind } from '../domain/owner.ts';
import type {
  Place,
  ReconcileHold,
  ReconcileItem,
  ReconcileRecord,
  ReconcileTransaction,
  SettledRecord,
} from '../domain/rows.ts';
import { recordHold } from '../engine/record.ts';
import type { ItemKnowledge } from '../vendors/vendor.ts';
import { type BatchDecision, decideBatch, reconcileHold } from './decide-batch.ts';
import { laneOf, type ReconcilePorts, subjectOf, targetsOf } from './record.ts';

/** `fenced`: somebody else owns the partition: its records are theirs. `stopped`: the signal came first. */
type BatchResult = {
  readonly kind: 'done' | 'fenced' | 'stopped';
  /** The next offset to read; null when nothing was settled. */
  readonly nextOffset: bigint | null;
};

type ReconcileBatch = Place & { readonly records: readonly ReconcileRecord[] };

type Attempt =
  | { readonly kind: 'settled'; readonly count: number; readonly wait: string | null }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'collided'; readonly code: string };

const firstDelayMs = 25;
const maxDelayMs = 1000;
const maxRecords = 500;
/** A record that waits longer than that is worth a line in the log. */
const quietWaitMs = 10_000;

/**
 * Brings what vendors showed into PICS, one partition at a time and in its order.
 *
 * One transaction holds the rows, the next offset and the newest observations: killed at any moment, the records are
 * read again and nothing is done twice. A record that PICS refuses is held alone; the others go on.
 */
export function createReconcile(
  ports: ReconcilePorts,
): (batch: ReconcileBatch, signal: AbortSignal) => Promise<BatchResult> {
  return async (batch, signal) => {
    let nextOffset: bigint | null = null;
    for (let start = 0; start < batch.records.length; start += maxRecords) {
      const part = batch.records.slice(start, start + maxRecords);
      const result = await settleRecords(ports, { ...batch, records: part }, signal);
      nextOffset = result.nextOffset ?? nextOffset;
      if (result.kind !== 'done') return { kind: result.kind, nextOffset };
    }
    return { kind: 'done', nextOffset };
  };
}

async function settleRecords(
  ports: ReconcilePorts,
  batch: ReconcileBatch,
  signal: AbortSignal,
): Promise<BatchResult> {
  let { records } = batch;
  let nextOffset: bigint | null = null;
  let delayMs = firstDelayMs;
  let waitedMs = 0;
  while (records.length > 0) {
    if (signal.aborted) return { kind: 'stopped', nextOffset };
    const attempt = await tryRecords(ports, { ...batch, records });
    if (attempt.kind === 'fenced') return { kind: 'fenced', nextOffset };
    if (attempt.kind === 'refused') {
      const result = await settleApart(ports, { ...batch, records }, attempt.code, signal);
      return { kind: result.kind, nextOffset: result.nextOffset ?? nextOffset };
    }
    const count = attempt.kind === 'settled' ? attempt.count : 0;
    const last = records[count - 1];
    if (last !== undefined) {
      nextOffset = last.offset + 1n;
      records = records.slice(count);
      delayMs = firstDelayMs;
      waitedMs = 0;
    }
    if (records.length === 0) break;
    if (waitedMs > quietWaitMs)
      ports.log.warn('a record waits for an upload to be answered', {
        code: attempt.kind === 'settled' ? (attempt.wait ?? 'WAIT') : attempt.code,
        ageMs: waitedMs,
      });
    await ports.clock.sleep(delayMs, signal);
    waitedMs += delayMs;
    delayMs = Math.min(delayMs * 2, maxDelayMs);
  }
  return { kind: 'done', nextOffset };
}

/** Halves the records until the one that PICS refuses stands alone; that one is held and passed by. */
async function settleApart(
  ports: ReconcilePorts,
  batch: ReconcileBatch,
  code: string,
  signal: AbortSignal,
): Promise<BatchResult> {
  const { records } = batch;
  const [only] = records;
  if (records.length === 1 && only !== undefined) return passBy(ports, batch, only, code);
  const middle = Math.ceil(records.length / 2);
  const first = await settleRecords(ports, { ...batch, records: records.slice(0, middle) }, signal);
  if (first.kind !== 'done') return first;
  const second = await settleRecords(ports, { ...batch, records: records.slice(middle) }, signal);
  return { kind: second.kind, nextOffset: second.nextOffset ?? first.nextOffset };
}

async function passBy(
  ports: ReconcilePorts,
  place: Place,
  record: ReconcileRecord,
  code: string,
): Promise<BatchResult> {
  const [known] = (await ports.vendor?.readKnowledge([record.item])) ?? [];
  const ident = laneOf(targetsOf(record.item, known));
  const hold = reconcileHold(record, ident, {
    subject: subjectOf(record.item),
    code: 'PICS_REFUSED',
    params: { what: subjectOf(record.item).replace(':', ' '), state: code },
  });
  await recordHolds(ports, [hold], place);
  const nextOffset = record.offset + 1n;
  const result = await ports.withTransaction(async (transaction) => {
    const applied = await transaction.recordApplied({ place, nextOffset, items: [] });
    return { commit: applied === 'recorded', value: applied };
  });
  if (result.kind !== 'ended') throw new Error(`PICS does not take the offset alone: ${result.code}`);
  if (result.value === 'fenced') return { kind: 'fenced', nextOffset: null };
  await settled(ports, [{ record, ident, outcome: 'held', code: hold.code }]);
  return { kind: 'done', nextOffset };
}

/** Settles as many records as can be settled now, in one transaction. */
async function tryRecords(ports: ReconcilePorts, batch: ReconcileBatch): Promise<Attempt> {
  const knowledge = (await ports.vendor?.readKnowledge(batch.records.map(({ item }) => item))) ?? [];
  const result = await ports.withTransaction(async (transaction) => {
    const decision = await decideInTransaction(ports, batch, knowledge, transaction);
    const isOurs = await write(ports, batch, decision, transaction);
    return { commit: isOurs, value: { decision, isFenced: !isOurs } };
  });
  if (result.kind !== 'ended') return result;
  const { decision, isFenced } = result.value;
  if (isFenced) return { kind: 'fenced' };
  if (decision.copied.length > 0) await ports.store.links.markCopied(decision.copied);
  if (decision.settled.length > 0) await settled(ports, decision.settled);
  return { kind: 'settled', count: decision.settled.length, wait: decision.wait };
}

async function decideInTransaction(
  { vendor }: ReconcilePorts,
  { records }: ReconcileBatch,
  knowledge: readonly ItemKnowledge[],
  transaction: ReconcileTransaction,
): Promise<BatchDecision> {
  const targets = records.map(({ item }, index) => targetsOf(item, knowledge[index]));
  const codes = (kind: OwnerKind) =>
    unique(targets.map(({ owner }) => (owner?.kind === kind ? owner.code : null)));
  const rows = await transaction.readRows({
    idents: unique(targets.map(({ ident }) => ident)),
    officers: codes('officer'),
    organisations: codes('organisation'),
    items: records.flatMap(({ item }) => (item.kind === 'observation' ? [item.observation] : [])),
    parts: unique(targets.flatMap(({ parts }) => parts)),
  });
  const digest = vendor?.digestRecord ?? digestOf;
  return decideBatch({ records, knowledge, rows, vendor: vendor?.name ?? null, digest });
}

/** False when the partition belongs to somebody else by now. */
async function write(
  ports: ReconcilePorts,
  place: ReconcileBatch,
  decision: BatchDecision,
  transaction: ReconcileTransaction,
): Promise<boolean> {
  const last = decision.settled.at(-1);
  // While the first record waits the place stays: written all the same, since only so a lost partition is noticed.
  const nextOffset = last === undefined ? (place.records[0]?.offset ?? 0n) : last.record.offset + 1n;
  if (decision.actions.length > 0) await transaction.applyActions(decision.actions);
  if (decision.answers.length > 0) await transaction.applyAnswers(decision.answers);
  const applied = await transaction.recordApplied({ place, nextOffset, items: decision.items });
  if (applied === 'fenced') return false;
  // Before the commit: a hold without its offset comes again, an offset without its hold would be a loss.
  if (decision.holds.length > 0) await recordHolds(ports, decision.holds, place);
  return true;
}

/**
 * Opens held items, one after the other. Of a record that cannot be read only its place is known; each is an item of
 * its own. What cannot be written and belongs to no vendor is logged.
 */
async function recordHolds(
  { vendor, store, log }: ReconcilePorts,
  holds: readonly ReconcileHold[],
  { topic, partition }: Pick<Place, 'topic' | 'partition'>,
): Promise<void> {
  for (const { subject, code, params, ident, item, offset } of holds) {
    const place = { topic, partition, offset: String(offset), code };
    if (vendor === null) {
      log.error('a result of a command cannot be written', place);
      continue;
    }
    const lane = { vendor: vendor.name, centre: vendor.centre, ident: ident ?? '' };
    const unread = {
      subject: `record:${topic}/${partition}/${offset}`,
      code,
      params: { topic, partition: String(partition), offset: String(offset) },
    };
    await recordHold(store.ledger, lane, item.kind === 'malformed' ? unread : { subject, code, params });
  }
}

/** After the commit: counters, and the journal of what was written. */
async function settled(
  { vendor, store, meter }: ReconcilePorts,
  records: readonly SettledRecord[],
): Promise<void> {
  meter.applied(records);
  if (vendor === null) return;
  const written = records.flatMap(({ outcome, ident, record }) =>
    outcome === 'written' && ident !== null ? [{ ident, item: record.item }] : [],
  );
  await store.journal.record(
    written.map(({ ident, item }) => ({
      vendor: vendor.name,
      ident,
      kind: 'applied',
      subject: item.kind === 'observation' || item.kind === 'link' ? subjectOf(item) : null,
      code: null,
      vendorId: vendorIdOf(item),
      tookMs: null,
    })),
  );
}

function vendorIdOf(item: ReconcileItem): string | null {
  if (item.kind === 'observation') return item.observation.vendorId;
  return item.kind === 'link' ? item.link.vendorId : null;
}

function unique<T>(values: readonly (T | null)[]): T[] {
  return [...new Set(values.filter((value): value is T => value !== null))];
}
