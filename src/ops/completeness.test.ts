import { describe, expect, test } from 'vitest';
import type { AlarmKind, OpenAlarm } from '../domain/alarm.ts';
import { toAlarmRows } from './completeness.ts';
import { isHealthy } from './lag.ts';

const nowMs = 1_000_000;
const kinds: readonly AlarmKind[] = [
  'dead-letter',
  'retention-loss',
  'unreadable-table',
  'refused-answer',
  'future-stamp',
];

function anAlarm(change: Partial<OpenAlarm> = {}): OpenAlarm {
  return {
    id: '7',
    kind: 'dead-letter',
    about: 'pics.pics.trqual',
    code: 'incompatible-schema',
    place: 'pics.pics.trqual/3/118',
    count: 4,
    sinceMs: nowMs - 90_000,
    lastAtMs: nowMs - 5_000,
    ...change,
  };
}

describe('G-11: alarms', () => {
  test.each(kinds)('%s is not green, names what it is about, and says how it is acknowledged', (kind) => {
    const rows = toAlarmRows([anAlarm({ kind })], nowMs);
    expect(isHealthy(rows)).toBe(false);
    expect(rows).toMatchObject([{ count: 4, ageMs: 90_000, status: 'missed' }]);
    expect(rows[0]?.what).toContain('pics.pics.trqual');
    expect(rows[0]?.advice).toMatch(/\. Then "alarms acknowledge 7"\.$/);
  });

  test('without any the row is there, and green', () => {
    const rows = toAlarmRows([], nowMs);
    expect(rows).toMatchObject([{ what: 'alarms', count: 0, ageMs: 0 }]);
    expect(isHealthy(rows)).toBe(true);
  });

  test('a full run finds changes that went past, and no command', () => {
    const [change] = toAlarmRows([anAlarm({ kind: 'retention-loss', code: 'onefile.outbound' })], nowMs);
    const [command] = toAlarmRows([anAlarm({ about: 't1.pics.picsync.request' })], nowMs);
    expect(change?.advice).toContain('from pics.pics.trqual/3/118 on');
    expect(change?.advice).toContain('onefile pull');
    expect(command?.advice).toContain('give the commands again');
    expect(command?.advice).not.toContain('onefile pull');
  });
});
