import type { Alarm } from '../domain/alarm.ts';
import type { Place, ReconcileHold, ReconcileItem, ReconcileRecord, Report } from '../domain/rows.ts';
import type { BatchDecision } from './decide-batch.ts';
import { type ReconcilePorts, subjectOf } from './record.ts';

/** What the transaction must tell the sync database; null where it has nothing to tell. */
export function toReport(
  { vendor }: ReconcilePorts,
  { settled, holds, notes, copied, ahead }: BatchDecision,
  place: Place,
): Report | null {
  const isAnswers = vendor === null;
  const alarms = [
    ...ahead.map((record) => toStampAlarm(record, place)),
    ...(isAnswers ? holds.map((hold) => toAnswerAlarm(hold, place)) : []),
  ];
  const told = isAnswers ? [] : holds.map((hold) => toToldHold(hold, place));
  const lines = [
    ...settled.flatMap(({ written, ident, record: { item } }) =>
      written.length > 0 && ident !== null ? [toLine(ident, item)] : [],
    ),
    ...told.map(({ ident, subject, code }) => {
      return { ident, kind: 'held', subject, code, vendorId: null, tookMs: null };
    }),
  ];
  if ([lines, notes, copied, alarms].every(({ length }) => length === 0)) return null;
  return { id: crypto.randomUUID(), holds: told, lines, notes, copied, alarms };
}

/** G-11: a clock that is ahead would not be missed. */
function toStampAlarm({ offset, item }: ReconcileRecord, { topic, partition }: Place): Alarm {
  const code = item.kind === 'observation' ? item.observation.entity : item.kind;
  return { kind: 'future-stamp', about: topic, code, place: `${topic}/${partition}/${offset}` };
}

/** G-11: a command whose answer is not written has no list of held items. */
function toAnswerAlarm(
  { offset, item, subject, code, params }: ReconcileHold,
  { topic, partition }: Place,
): Alarm {
  if (item.kind === 'request-result')
    return { kind: 'refused-answer', about: topic, code: params['state'] ?? code, place: subject };
  return { kind: 'dead-letter', about: topic, code, place: `${topic}/${partition}/${offset}` };
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
  const kind = item.kind === 'link' ? 'copied' : 'applied';
  return { ident, kind, subject, code: null, vendorId: vendorIdOf(item), tookMs: null };
}

/** A partition and what its last transaction has to report, until it is recorded. */
type Untold = { readonly place: Place; report: Report | null };

/** Records in the sync database what the last transaction of the partition has to report, if that was not done yet. */
export async function tell({ vendor, store, meter }: ReconcilePorts, partition: Untold): Promise<void> {
  const { report, place } = partition;
  if (report === null) return;
  const source = `${place.topic}/${place.partition}`;
  const of = { vendor: vendor?.name ?? null, centre: vendor?.centre ?? null };
  await store.recordReport({ ...of, source }, report);
  for (const alarm of report.alarms) meter.alarmed(alarm);
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

/** Ages at which a waiting record is worth a line in the log, once each. */
const notedAgesMs = [10_000, 60_000, 600_000];

export type Retried = {
  /** How long the oldest record has waited that waits on; null when none does. */
  readonly oldestMs: number | null;
  readonly waitingCount: number;
};

/** A line when the oldest record that waits has reached the next age, and one when none waits any more. */
export function noteAge(
  { log }: ReconcilePorts,
  partition: { readonly place: Place; notedCount: number },
  { oldestMs, waitingCount }: Retried,
): void {
  const { topic, partition: number } = partition.place;
  if (oldestMs === null) {
    if (partition.notedCount > 0) log.info('no record waits in PICS any more', { topic, partition: number });
    partition.notedCount = 0;
    return;
  }
  const reached = notedAgesMs.filter((ageMs) => ageMs <= oldestMs).length;
  if (reached > partition.notedCount)
    log.warn('records wait in PICS for an upload to be answered or a row to be free; all others go on', {
      topic,
      partition: number,
      count: waitingCount,
      ageMs: oldestMs,
    });
  partition.notedCount = Math.max(partition.notedCount, reached);
}

function vendorIdOf(item: ReconcileItem): string | null {
  if (item.kind === 'observation') return item.observation.vendorId;
  return item.kind === 'link' ? item.link.vendorId : null;
}
