import type { AlarmKind, OpenAlarm } from '../domain/alarm.ts';
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
      'Events of this table cannot be read whole: a column has a type that this version does not know. They are worked on by their key alone, which is more work. Set the type back, or ask for a version that knows it.',
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
