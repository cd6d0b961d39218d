import { expect, test } from 'vitest';
import {
  type CaptureState,
  isHealthy,
  toCaptureRows,
  toHeldRows,
  toQueueRow,
  toRoleRow,
  toUnknownRow,
} from './lag.ts';

const limits = { lateAfterMs: 60_000, slotBytesWarning: 1_000_000 };
const well: CaptureState = {
  heartbeatAgeMs: 4_000,
  isAnythingComing: true,
  isHeartbeatAhead: false,
  slot: { isActive: true, keptBytes: 500, walStatus: 'reserved', oldestTransaction: null },
  connector: 'RUNNING',
};

test('a capture with heartbeat, active slot and running connector is ok', () => {
  const rows = toCaptureRows(well, limits);
  expect(rows.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
  expect(rows.map(({ advice }) => advice).join('')).toBe('');
  expect(isHealthy(rows)).toBe(true);
});

test.each<[string, Partial<CaptureState>, string, RegExp]>([
  ['a backlog in front of the heartbeat', { heartbeatAgeMs: 61_000 }, 'late', /works through a backlog/],
  [
    'a connector that runs and is deaf',
    { heartbeatAgeMs: 61_000, isAnythingComing: false },
    'stalled',
    /runs, and nothing comes from PICS\. Ops restarts it once/,
  ],
  ['no heartbeat ever', { heartbeatAgeMs: null, isAnythingComing: false }, 'late', /No heartbeat has come/],
  [
    'a slot that is gone',
    { slot: null },
    'late',
    /no longer exists.*drop the slot.*offsets.*"pull" of each vendor/,
  ],
  ['a slot that is not read', { slot: { ...well.slot!, isActive: false } }, 'late', /slot is not being read/],
  ['much log kept', { slot: { ...well.slot!, keptBytes: 2_000_000 } }, 'late', /connector is far behind/],
  [
    'log that was dropped',
    { slot: { ...well.slot!, walStatus: 'lost' } },
    'behind-retention',
    /drop the slot.*offsets.*connector resume.*"pull" of each vendor/,
  ],
  ['a heartbeat from the future', { isHeartbeatAhead: true }, 'skewed', /clock of Kafka Connect is ahead/],
  ['no connector', { connector: null }, 'stalled', /connector apply/],
  ['a failed connector', { connector: 'FAILED' }, 'stalled', /connector status/],
  ['a paused connector', { connector: 'PAUSED' }, 'late', /connector resume/],
])('%s is reported with what to do', (_title, change, status, advice) => {
  const rows = toCaptureRows({ ...well, ...change }, limits);
  const bad = rows.filter((row) => row.status !== 'ok');
  expect(bad.map((row) => row.status)).toEqual([status]);
  expect(bad[0]?.advice).toMatch(advice);
  expect(isHealthy(rows)).toBe(false);
});

test('a paused connector without heartbeats is late, not deaf', () => {
  const paused = { heartbeatAgeMs: 61_000, isAnythingComing: false, connector: 'PAUSED' };
  const rows = toCaptureRows({ ...well, ...paused }, limits);
  expect(rows.map(({ status }) => status)).toEqual(['late', 'ok', 'late']);
});

const large = { ...well.slot!, keptBytes: 2_000_000 };
test.each<[string, NonNullable<CaptureState['slot']>['oldestTransaction'], RegExp]>([
  [
    'its process, program and age',
    { pid: 4711, application: 'psql', ageMs: 600_000 },
    / is process 4711 \(psql\), open for 10 min, .*End it/,
  ],
  ['an age in seconds', { pid: 4711, application: 'psql', ageMs: 5_400 }, /, open for 5 s, /],
  [
    'its process alone where its begin is not shown',
    { pid: 4711, application: '', ageMs: null },
    / is process 4711 \(unnamed\), and the log/,
  ],
  [
    'a prepared one',
    { pid: null, application: 'a prepared transaction', ageMs: 90_000 },
    / is a prepared transaction, open for/,
  ],
  ['none, since there is none', null, /^No transaction holds the log, so the connector is far behind/],
])('G-11: log beyond its bound is late, and names %s', (_title, oldestTransaction, advice) => {
  const [, row] = toCaptureRows({ ...well, slot: { ...large, oldestTransaction } }, limits);
  expect(row).toMatchObject({ status: 'late', count: 2_000_000, advice: expect.stringMatching(advice) });
  const [, cured] = toCaptureRows({ ...well, slot: { ...well.slot!, oldestTransaction } }, limits);
  expect(cured).toMatchObject({ status: 'ok', advice: '' });
});

test('before the first run there is no slot, because the connector creates it', () => {
  const rows = toCaptureRows({ ...well, slot: null, connector: null }, limits);
  expect(rows.map(({ advice }) => advice)).toEqual([
    '',
    'There is no replication slot yet. "connector apply" starts the connector, which creates it.',
    'There is no connector. Create it with "connector apply".',
  ]);
});

test('held items are counted by reason with the age of the oldest, and zero is reported too', () => {
  const held = [{ vendor: 'onefile', code: 'NO_ASSESSOR', count: 3, oldestSinceMs: 1_000 }];
  expect(toHeldRows(held, 61_000)).toMatchObject([{ count: 3, ageMs: 60_000, status: 'held' }]);
  expect(toHeldRows([], 61_000)).toMatchObject([{ count: 0, ageMs: 0, status: 'idle' }]);
});

test('a part that could not be read is not healthy', () => {
  expect(isHealthy([toUnknownRow('queue: changes', 'Kafka does not answer.')])).toBe(false);
});

test('a queue and a role without a process are not healthy, and the advice names what to start', () => {
  const lag = { name: 'commands', group: 'g', count: 0n, ageMs: 0, sinceMs: 0, status: 'no-worker' } as const;
  const rows = [toQueueRow({ ...lag, role: 'outbound' }), toRoleRow('poller', 0)];
  expect(rows.map(({ status }) => status)).toEqual(['no-worker', 'no-worker']);
  expect(rows[0]?.advice).toContain('"pics-sync run outbound"');
  expect(rows[1]?.advice).toContain('"pics-sync run poller"');
  for (const row of rows) expect(isHealthy([row])).toBe(false);
  expect(isHealthy([toRoleRow('poller', 1)])).toBe(true);
});
