import type { OwnerKind } from '../domain/owner.ts';
import type {
  ItemFacts,
  Place,
  ReconcileItem,
  ReconcileRecord,
  ReconcileTransaction,
} from '../domain/rows.ts';
import { type BatchDecision, decideBatch, toHold } from './decide-batch.ts';
import { type ReconcileEffects, toLane, toTargets } from './record.ts';

/** `fenced`: somebody else owns the partition: its records are theirs. `stopped`: the signal came first. */
export type BatchResult = {
  readonly kind: 'done' | 'fenced' | 'stopped';
  /** The next offset to read; null when nothing was settled. */
  readonly nextOffset: bigint | null;
};

export type ReconcileBatch = Place & { readonly records: readonly ReconcileRecord[] };

type Attempt =
  | { readonly kind: 'settled'; readonly count: number; readonly wait: string | null }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'collided'; readonly code: string };

const firstDelayMs = 25;
const maxDelayMs = 1000;
const maxRecords = 500;

/**
 * Brings what vendors showed into PICS, one partition at a time and in its order.
 *
 * One transaction holds the rows, the next offset and the newest observations: killed at any moment, the records are
 * read again and nothing is done twice. A record that PICS refuses is held alone; the others go on.
 */
export function createReconcile<F>(
  effects: ReconcileEffects<F>,
): (batch: ReconcileBatch, signal: AbortSignal) => Promise<BatchResult> {
  return async (batch, signal) => {
    let nextOffset: bigint | null = null;
    for (let start = 0; start < batch.records.length; start += maxRecords) {
      const part = batch.records.slice(start, start + maxRecords);
      const result = await settleRecords(effects, { ...batch, records: part }, signal);
      nextOffset = result.nextOffset ?? nextOffset;
      if (result.kind !== 'done') return { kind: result.kind, nextOffset };
    }
    return { kind: 'done', nextOffset };
  };
}

async function settleRecords<F>(
  effects: ReconcileEffects<F>,
  batch: ReconcileBatch,
  signal: AbortSignal,
): Promise<BatchResult> {
  let { records } = batch;
  let nextOffset: bigint | null = null;
  let delayMs = firstDelayMs;
  let waitedMs = 0;
  while (records.length > 0) {
    if (signal.aborted) return { kind: 'stopped', nextOffset };
    const attempt = await tryRecords(effects, { ...batch, records });
    if (attempt.kind === 'fenced') return { kind: 'fenced', nextOffset };
    if (attempt.kind === 'refused') {
      const result = await settleApart(effects, { ...batch, records }, attempt.code, signal);
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
    effects.onWaiting?.(attempt.kind === 'settled' ? (attempt.wait ?? 'WAIT') : attempt.code, waitedMs);
    await effects.sleep(delayMs, signal);
    waitedMs += delayMs;
    delayMs = Math.min(delayMs * 2, maxDelayMs);
  }
  return { kind: 'done', nextOffset };
}

/** Halves the records until the one that PICS refuses stands alone; that one is held and passed by. */
async function settleApart<F>(
  effects: ReconcileEffects<F>,
  batch: ReconcileBatch,
  code: string,
  signal: AbortSignal,
): Promise<BatchResult> {
  const { records } = batch;
  const [only] = records;
  if (records.length === 1 && only !== undefined) return passBy(effects, batch, only, code);
  const middle = Math.ceil(records.length / 2);
  const first = await settleRecords(effects, { ...batch, records: records.slice(0, middle) }, signal);
  if (first.kind !== 'done') return first;
  const second = await settleRecords(effects, { ...batch, records: records.slice(middle) }, signal);
  return { kind: second.kind, nextOffset: second.nextOffset ?? first.nextOffset };
}

async function passBy<F>(
  effects: ReconcileEffects<F>,
  place: Place,
  record: ReconcileRecord,
  code: string,
): Promise<BatchResult> {
  const [known] = await effects.readFacts([record.item]);
  const ident = toLane(toTargets(record.item, known));
  const hold = toHold(record, ident, {
    subject: toSubject(record.item),
    code: 'PICS_REFUSED',
    params: { what: toSubject(record.item).replace(':', ' '), state: code },
  });
  await effects.recordHolds([hold], place);
  const nextOffset = record.offset + 1n;
  const result = await effects.withTransaction(async (transaction) => {
    const applied = await transaction.recordApplied({ place, nextOffset, items: [] });
    return { commit: applied === 'recorded', value: applied };
  });
  if (result.kind !== 'ended') throw new Error(`PICS does not take the offset alone: ${result.code}`);
  if (result.value === 'fenced') return { kind: 'fenced', nextOffset: null };
  await effects.onSettled([{ record, ident, outcome: 'held', code: hold.code }]);
  return { kind: 'done', nextOffset };
}

/** Settles as many records as can be settled now, in one transaction. */
async function tryRecords<F>(effects: ReconcileEffects<F>, batch: ReconcileBatch): Promise<Attempt> {
  const facts = await effects.readFacts(batch.records.map(({ item }) => item));
  const result = await effects.withTransaction(async (transaction) => {
    const decision = await decideInTransaction(effects, batch, facts, transaction);
    const isOurs = await write(effects, batch, decision, transaction);
    return { commit: isOurs, value: { decision, isFenced: !isOurs } };
  });
  if (result.kind !== 'ended') return result;
  const { decision, isFenced } = result.value;
  if (isFenced) return { kind: 'fenced' };
  if (decision.copied.length > 0) await effects.recordLinksCopied(decision.copied);
  if (decision.settled.length > 0) await effects.onSettled(decision.settled);
  return { kind: 'settled', count: decision.settled.length, wait: decision.wait };
}

async function decideInTransaction<F>(
  { decide, digest }: ReconcileEffects<F>,
  { records }: ReconcileBatch,
  facts: readonly ItemFacts<F>[],
  transaction: ReconcileTransaction,
): Promise<BatchDecision> {
  const targets = records.map(({ item }, index) => toTargets(item, facts[index]));
  const codes = (kind: OwnerKind) =>
    unique(targets.map(({ owner }) => (owner?.kind === kind ? owner.code : null)));
  const rows = await transaction.readRows({
    idents: unique(targets.map(({ ident }) => ident)),
    officers: codes('officer'),
    organisations: codes('organisation'),
    items: records.flatMap(({ item }) => (item.kind === 'observation' ? [item.observation] : [])),
    parts: unique(targets.flatMap(({ parts }) => parts)),
  });
  return decideBatch({ records, facts, rows, decide, digest });
}

/** False when the partition belongs to somebody else by now. */
async function write<F>(
  effects: ReconcileEffects<F>,
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
  if (decision.holds.length > 0) await effects.recordHolds(decision.holds, place);
  return true;
}

function toSubject(item: ReconcileItem): string {
  switch (item.kind) {
    case 'observation':
      return `${item.observation.entity}:${item.observation.vendorId}`;
    case 'link':
      return `${item.link.kind}:${item.link.picsId}`;
    case 'request-result':
      return `request:${item.answer.id}`;
    case 'tombstone':
    case 'malformed':
      return 'record';
  }
}

function unique<T>(values: readonly (T | null)[]): T[] {
  return [...new Set(values.filter((value): value is T => value !== null))];
}
