import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { AlarmKind, OpenAlarm } from '../domain/alarm.ts';
import {
  describeSkew,
  measureSkew,
  readHttpDateMs,
  toAlarmRows,
  toClockRow,
  toDailyRunRow,
  toTableRows,
} from './completeness.ts';
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
    expect(change?.advice).toContain('"pull" of each vendor');
    expect(command?.advice).toContain('give the commands again');
    expect(command?.advice).not.toContain('"pull" of each vendor');
  });
});

describe('G-11: captured tables', () => {
  test.each([
    ['absent', /no such table.*pics\.mapping/],
    ['not-published', /publication.*pics prepare".*"pull" of each vendor/],
    ['identity', /replica identity.*pics prepare/],
  ] as const)('a table that is %s is not green, and is named with what to do', (fault, advice) => {
    const rows = toTableRows([{ table: 'pics.trqual', fault }], 11);
    expect(rows).toMatchObject([{ what: 'capture: table pics.trqual', status: 'missed' }]);
    expect(rows[0]?.advice).toMatch(advice);
    expect(isHealthy(rows)).toBe(false);
  });

  test('all in place they are one green line', () => {
    const rows = toTableRows([], 11);
    expect(rows).toMatchObject([{ what: 'capture: tables', count: 11, status: 'ok' }]);
    expect(isHealthy(rows)).toBe(true);
  });
});

describe('G-11: the daily run', () => {
  const at = (text: string): number => Date.parse(`${text}Z`);
  const time = { hour: 3, minute: 30 };
  const hours = 3_600_000;
  const long = at('2026-01-01T00:00');
  const read = (change: { now: string; lastPassAtMs: number | null; enabledAtMs?: number | null }) => {
    const { now, lastPassAtMs, enabledAtMs = long } = change;
    const limits = { nowMs: at(now), lateAfterMs: 12 * hours };
    return toDailyRunRow({ title: 'OneFile', time, enabledAtMs, lastPassAtMs }, limits);
  };
  const yesterday = at('2026-01-14T03:30');

  test.each([
    ['the last one was today', { now: '2026-01-15T20:00', lastPassAtMs: at('2026-01-15T03:30') }, 'ok'],
    ["today's has time yet", { now: '2026-01-15T15:29', lastPassAtMs: yesterday }, 'ok'],
    ["today's has not completed", { now: '2026-01-15T15:30', lastPassAtMs: yesterday }, 'overdue'],
    [
      'it is overdue also while the next day has its time',
      { now: '2026-01-16T04:00', lastPassAtMs: yesterday },
      'overdue',
    ],
    ['the first has never completed', { now: '2026-01-15T12:00', lastPassAtMs: null }, 'overdue'],
    [
      'the first has time from the enabling on',
      { now: '2026-01-15T12:00', lastPassAtMs: null, enabledAtMs: at('2026-01-15T09:00') },
      'ok',
    ],
    [
      'enabled again after days, the time begins again',
      { now: '2026-01-20T12:00', lastPassAtMs: yesterday, enabledAtMs: at('2026-01-20T09:00') },
      'ok',
    ],
    [
      'none is due while the vendor is off',
      { now: '2026-01-20T12:00', lastPassAtMs: yesterday, enabledAtMs: null },
      'disabled',
    ],
    [
      'the last one lies in the future',
      { now: '2026-01-15T12:00', lastPassAtMs: at('2026-01-15T13:00') },
      'skewed',
    ],
  ] as const)('%s', (_title, change, status) => {
    const row = read(change);
    expect(row.status).toBe(status);
    expect(isHealthy([row])).toBe(status === 'ok' || status === 'disabled');
    if (!isHealthy([row])) expect(row.advice).not.toBe('');
  });

  test('it shows the age of the last completed one, and since when the next is missing', () => {
    const row = read({ now: '2026-01-16T04:30', lastPassAtMs: yesterday });
    expect(row).toMatchObject({ ageMs: 49 * hours, sinceMs: at('2026-01-15T03:30') });
    expect(row.advice).toContain('log of the poller');
  });
});

describe('G-11: clocks', () => {
  test.each([
    ['a little ahead', 4_900, 'ok'],
    ['ahead', 5_100, 'skewed'],
    ['behind', -3_600_000, 'skewed'],
  ] as const)('a clock that is %s', (_title, skewMs, status) => {
    const row = toClockRow({ of: 'PICS', skewMs });
    expect(row).toMatchObject({ what: 'clock: PICS', status, ageMs: Math.abs(skewMs) });
    expect(isHealthy([row])).toBe(status === 'ok');
  });

  test('the sentence names the other clock, the difference and its direction', () => {
    expect(toClockRow({ of: 'PICS', skewMs: -3_600_000 }).advice).toMatch(
      /3600\.0 s behind that of PICS.*NTP/,
    );
    expect(toClockRow({ of: 'PICS', skewMs: 9_000 }).advice).toMatch(/9\.0 s ahead of that of PICS.*NTP/);
  });

  test.each([
    ['a vendor that is an hour behind', -3_600_000, /3(599|600)\.\d s ahead of that of OneFile/],
    ['a vendor that is a minute ahead', 60_000, /(5[89]|60)\.\d s behind that of OneFile/],
    ['a vendor with the same time', 0, null],
  ] as const)('%s is known by the date of its answers', async (_title, aheadMs, sentence) => {
    const server = createServer((_request, response) => {
      response.writeHead(404, { date: new Date(Date.now() + aheadMs).toUTCString() }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const skewMs = await measureSkew(() => readHttpDateMs(`http://127.0.0.1:${port}/api`), Date.now);
    await new Promise((resolve) => server.close(resolve));
    const skew = describeSkew('OneFile', skewMs);
    if (sentence === null) expect(skew).toBeNull();
    else expect(skew).toMatch(sentence);
  });

  test('a slow answer proves no difference that it may have caused itself', async () => {
    const measure = (skewMs: number, tookMs: number) => {
      let clockMs = 1_000_000;
      const stampedAtMs = clockMs - skewMs;
      return measureSkew(
        async () => {
          clockMs += tookMs;
          return stampedAtMs;
        },
        () => clockMs,
      );
    };
    expect(await measure(10_000, 0)).toBe(10_000);
    expect(await measure(-10_000, 2_000)).toBe(-8_000);
    expect(Math.abs(await measure(0, 20_000))).toBe(0);
  });
});
