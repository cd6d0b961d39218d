import type { Alarm } from '../domain/alarm.ts';
import type { Place, ReconcileHold, ReconcileItem, Report } from '../domain/rows.ts';
import type { BatchDecision } from './decide-batch.ts';
import { type ReconcilePorts, subjectOf } from './record.ts';

/** What the transaction must tell the sync database; null where it has nothing to tell. */
export function toReport(
  { vendor }: ReconcilePorts,
  { settled, holds, copied }: BatchDecision,
  place: Place,
): Report | null {
  if (vendor === null) return null;
  const told = holds.map((hold) => toToldHold(hold, place));
  const lines = [
    ...settled.flatMap(({ hasWritten, ident, record: { item } }) =>
      hasWritten && ident !== null ? [toLine(ident, item)] : [],
    ),
    ...told.map(({ ident, subject, code }) => {
      return { ident, kind: 'held', subject, code, vendorId: null, tookMs: null };
    }),
  ];
  if (lines.length === 0 && copied.length === 0) return null;
  return { id: crypto.randomUUID(), holds: told, lines, copied };
}

/** Of a record that cannot be read only its place is known; each is an item of its own. */
function toToldHold(
  { item, offset, ident, subject, code, params }: ReconcileHold,
  { topic, partition }: Place,
): Report['holds'][number] {
  if (item.kind !== 'malformed') return { ident: ident ?? '', subject, code, params };
  return {
    ident: '',
    subject: `record:${topic}/${partition}/${offset}`,
    code,
    params: { topic, partition: String(partition), offset: String(offset) },
  };
}

function toLine(ident: string, item: ReconcileItem): Report['lines'][number] {
  const subject = item.kind === 'observation' || item.kind === 'link' ? subjectOf(item) : null;
  return { ident, kind: 'applied', subject, code: null, vendorId: vendorIdOf(item), tookMs: null };
}

/** A partition and what its last transaction has to report, until it is recorded. */
type Untold = { readonly place: Place; report: Report | null };

/** Records in the sync database what the last transaction of the partition has to report, if that was not done yet. */
export async function tell({ vendor, store }: ReconcilePorts, partition: Untold): Promise<void> {
  const { report, place } = partition;
  if (report === null) return;
  if (vendor !== null) {
    const source = `${place.topic}/${place.partition}`;
    await store.recordReport({ vendor: vendor.name, centre: vendor.centre, source }, report);
  }
  if (partition.report === report) partition.report = null;
}

/** The log has what a held item must not have: where a decision failed. Results of commands have no list of their own. */
export function logHolds(
  { vendor, log }: ReconcilePorts,
  { holds, faults }: BatchDecision,
  { topic, partition }: Place,
): void {
  for (const { offset, error } of faults) {
    const place = { topic, partition, offset: String(offset), code: 'UNEXPECTED_RECORD' };
    log.error('a record could not be decided: it is held, all others go on', { ...place, error });
  }
  if (vendor !== null) return;
  for (const { offset, code } of holds)
    log.error('a result of a command cannot be written', { topic, partition, offset: String(offset), code });
}

/**
 * What is seen nowhere else (G-11): a command whose answer is not written has no list of held items, and a clock that is
 * ahead would not be missed. Raised after the commit: what it is about is written or passed by.
 */
export async function raiseAlarms(
  { vendor, store, meter }: ReconcilePorts,
  { holds, ahead }: BatchDecision,
  { topic, partition }: Place,
): Promise<void> {
  const raise = async (alarm: Alarm): Promise<void> => {
    meter.alarmed(alarm);
    await store.alarms.raise(alarm);
  };
  for (const { offset, item } of ahead) {
    const entity = item.kind === 'observation' ? item.observation.entity : item.kind;
    const place = `${topic}/${partition}/${offset}`;
    await raise({ kind: 'future-stamp', about: topic, code: entity, place });
  }
  if (vendor !== null) return;
  for (const { offset, item, subject, code, params } of holds) {
    const isAnswer = item.kind === 'request-result';
    await raise({
      kind: isAnswer ? 'refused-answer' : 'dead-letter',
      about: topic,
      code: isAnswer ? (params['state'] ?? code) : code,
      place: isAnswer ? subject : `${topic}/${partition}/${offset}`,
    });
  }
}

function vendorIdOf(item: ReconcileItem): string | null {
  if (item.kind === 'observation') return item.observation.vendorId;
  return item.kind === 'link' ? item.link.vendorId : null;
}
