import type { AlarmKind, OpenAlarm } from '../domain/alarm.ts';
import { mostSkewMs } from '../domain/observation.ts';
import { type DailyTime, findDueSinceMs } from '../domain/schedule.ts';
import { fullRunAdvice, type LagRow } from './lag.ts';

/*
 * G-11: green means that nothing is missing. An empty queue alone proves nothing: a record may have been buried, deleted
 * unread, or never captured. The functions here turn each such condition into rows of the report, which is well only if
 * all of them are. Some conditions can be read at any time and end with their cause; the others are alarms, which stay
 * until a person acknowledges them.
 */

type AlarmText = {
  readonly what: (alarm: OpenAlarm) => string;
  readonly advice: (alarm: OpenAlarm) => string;
};

/** A command that was not read is not found by a full run. */
function toRepair({ about }: OpenAlarm): string {
  return about.endsWith('picsync.request') ? 'give the commands again' : fullRunAdvice;
}

const alarmTexts: Readonly<Record<AlarmKind, AlarmText>> = {
  'dead-letter': {
    what: ({ about, code }) => `dead letters: ${about} (${code})`,
    advice: (alarm) =>
      `Records of this topic cannot be read: "tail picsync.dead-letter --from-beginning" shows their places. Remove the cause, then ${toRepair(alarm)}.`,
  },
  'retention-loss': {
    what: ({ about, code }) => `deleted unread: ${about} (${code})`,
    advice: (alarm) =>
      `Records were deleted before this group had read them, from ${alarm.place} on. Find out why it was away for so long, then ${toRepair(alarm)}.`,
  },
  'unreadable-table': {
    what: ({ about, code }) => `unreadable: ${about} (${code})`,
    advice: () =>
      'Events of this table cannot be read whole: a column has a type that this version does not know, or the registry has lost a schema. Whom their keys name is looked at instead, which is more work. Set the type back or restore the registry, or ask for a version that knows the type.',
  },
  'refused-answer': {
    what: ({ about, code }) => `answers refused: ${about} (${code})`,
    advice: ({ place }) =>
      `PICS does not take the answer of command ${place}, so its row still says that it is at work. Look at triggers and constraints of picsync.request; the history of the learner ("timeline") shows what was done.`,
  },
  'future-stamp': {
    what: ({ about, code }) => `observations from the future: ${about} (${code})`,
    advice: () =>
      'The clock of a host with outbound or poller is ahead: "doctor" and the line "clock" show by how much. Set it right with NTP. What was observed has been taken over in the order in which it came.',
  },
};

/** What went past. Zero is reported too. */
export function toAlarmRows(alarms: readonly OpenAlarm[], nowMs: number): LagRow[] {
  if (alarms.length === 0) {
    return [{ what: 'alarms', count: 0, unit: 'items', ageMs: 0, status: 'idle', sinceMs: null, advice: '' }];
  }
  return alarms.map((alarm) => {
    const { what, advice } = alarmTexts[alarm.kind];
    return {
      what: what(alarm),
      count: alarm.count,
      unit: 'records',
      ageMs: Math.max(0, nowMs - alarm.sinceMs),
      status: 'missed',
      sinceMs: alarm.sinceMs,
      advice: `${advice(alarm)} Then "alarms acknowledge ${alarm.id}".`,
    };
  });
}

type TableFault = { readonly table: string; readonly fault: 'absent' | 'not-published' | 'identity' };

const tableAdvice: Readonly<Record<TableFault['fault'], string>> = {
  absent:
    'PICS has no such table, so nothing of it is captured. If it has another name here, give it in pics.mapping.',
  'not-published':
    'The table is not in the publication, so its changes do not come; it may have been made again. Run "pics-sync pics prepare".',
  identity:
    'The replica identity of the table is not the one it needs, so its events lack old values. Run "pics-sync pics prepare".',
};

/** Every captured table is in the publication, with its replica identity. */
export function toTableRows(faults: readonly TableFault[], tableCount: number): LagRow[] {
  const row = { unit: 'tables', ageMs: null, sinceMs: null } as const;
  if (faults.length === 0) {
    return [{ ...row, what: 'capture: tables', count: tableCount, status: 'ok', advice: '' }];
  }
  return faults.map(({ table, fault }) => {
    const repair = fault === 'not-published' ? ` Then ${fullRunAdvice}.` : '';
    const advice = `${tableAdvice[fault]}${repair}`;
    return { ...row, what: `capture: table ${table}`, count: 1, status: 'missed', advice };
  });
}

type DailyRun = {
  readonly title: string;
  readonly time: DailyTime;
  /** When the vendor was enabled last; null: it is not at work. */
  readonly enabledAtMs: number | null;
  /** Start of the last completed full pass; null = there was none. */
  readonly lastPassAtMs: number | null;
};

/** The age of the last completed full pass (OF-40), and whether the next one is overdue. */
export function toDailyRunRow(
  { title, time, enabledAtMs, lastPassAtMs }: DailyRun,
  { nowMs, lateAfterMs }: { readonly nowMs: number; readonly lateAfterMs: number },
): LagRow {
  const row = { what: `full pass: ${title}`, count: null, unit: 'records' } as const;
  const ageMs = lastPassAtMs === null ? null : Math.max(0, nowMs - lastPassAtMs);
  if (enabledAtMs === null) return { ...row, ageMs, status: 'disabled', sinceMs: null, advice: '' };
  if (lastPassAtMs !== null && lastPassAtMs > nowMs + mostSkewMs) {
    const advice = `The last full pass is stamped with a time that is still to come. Set the clock of the poller's machine right; the next full pass puts it right.`;
    return { ...row, ageMs: null, status: 'skewed', sinceMs: null, advice };
  }
  const dueSinceMs = findDueSinceMs({ time, nowMs, enabledAtMs, lastPassAtMs });
  if (dueSinceMs === null || nowMs - dueSinceMs < lateAfterMs)
    return { ...row, ageMs, status: 'ok', sinceMs: null, advice: '' };
  const advice =
    'No full synchronisation has completed since it was due. See the log of the poller: does it run, is the vendor away, does a page fail each time? Only a complete one proves that both sides agree.';
  return { ...row, ageMs, status: 'overdue', sinceMs: dueSinceMs, advice };
}

/**
 * How far this process's clock is ahead of another, milliseconds; negative: behind.
 *
 * The answer was stamped between question and return, so half of the time between is no proof of a difference and is
 * taken off.
 */
export async function measureSkew(readMs: () => Promise<number>, nowMs: () => number): Promise<number> {
  const askedAtMs = nowMs();
  const otherMs = await readMs();
  const halfMs = (nowMs() - askedAtMs) / 2;
  const skewMs = askedAtMs + halfMs - otherMs;
  return Math.sign(skewMs) * Math.max(0, Math.abs(skewMs) - halfMs);
}

/** The time that a web server says it is, from the date of whatever it answers; NaN when it gives none. */
export async function readHttpDateMs(address: string): Promise<number> {
  const signal = AbortSignal.timeout(5_000);
  const answer = await fetch(address, { method: 'HEAD', redirect: 'manual', signal });
  // The header is cut to the second.
  return Date.parse(answer.headers.get('date') ?? '') + 500;
}

/** What is wrong with this machine's clock beside another; null: nothing that matters. */
export function describeSkew(of: string, skewMs: number): string | null {
  if (Math.abs(skewMs) <= mostSkewMs) return null;
  const seconds = (Math.abs(skewMs) / 1_000).toFixed(1);
  return `The clock of this machine is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} that of ${of}.`;
}

export const skewAdvice = 'Set both right with NTP: until then the roles that exchange do not start.';

/** `skewMs`: how far the clock of the process that measures is ahead. */
export function toClockRow({ of, skewMs }: { readonly of: string; readonly skewMs: number }): LagRow {
  const skew = describeSkew(of, skewMs);
  return {
    what: `clock: ${of}`,
    count: null,
    unit: 'records',
    ageMs: Math.abs(skewMs),
    status: skew === null ? 'ok' : 'skewed',
    sinceMs: null,
    advice: skew === null ? '' : `${skew} ${skewAdvice}`,
  };
}
