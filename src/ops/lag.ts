import type { Metrics } from '../base/metrics.ts';
import { type LagStatus, lagAdvice, type QueueLag } from './queue-lag.ts';

/**
 * One line of the report for operators. Counts and ages are 0 when nothing waits, and null only if they are
 * unknown.
 *
 * The report has one row for each part of the path from PICS to the vendor and back: capture, queues,
 * roles, held items. The functions below build the rows from what was read; each bad status has an advice
 * that says what to do.
 */
export type LagRow = {
  readonly what: string;
  readonly count: number | null;
  readonly unit: 'records' | 'bytes' | 'items' | 'tasks' | 'tables' | 'calls' | 'processes' | 'probes';
  readonly ageMs: number | null;
  readonly status: LagStatus | 'late' | 'missed' | 'overdue' | 'skewed' | 'held' | 'disabled' | 'unknown';
  /** Since when it has this status; null if unknown. */
  readonly sinceMs: number | null;
  readonly advice: string;
};

export type CaptureState = {
  /** Age of the newest heartbeat that came through Kafka; null if none has come yet. */
  readonly heartbeatAgeMs: number | null;
  /** Changes come through, or heartbeats do. */
  readonly isAnythingComing: boolean;
  /** It carries a time that is still to come: its age says nothing. */
  readonly isHeartbeatAhead: boolean;
  readonly slot: {
    readonly isActive: boolean;
    /** Log that the server really keeps for it. */
    readonly keptBytes: number;
    readonly walStatus: string;
    readonly oldestTransaction: {
      readonly pid: number | null;
      readonly application: string;
      readonly ageMs: number | null;
    } | null;
  } | null;
  /** The combined state of connector and task; null if there is no connector. */
  readonly connector: string | null;
};

type CaptureLimits = { readonly lateAfterMs: number; readonly slotBytesWarning: number };

/** The path of a change from PICS into Kafka: heartbeat, slot, connector. */
export function toCaptureRows(capture: CaptureState, limits: CaptureLimits): LagRow[] {
  return [toHeartbeatRow(capture, limits), toSlotRow(capture, limits), toConnectorRow(capture)];
}

function toHeartbeatRow(capture: CaptureState, { lateAfterMs }: CaptureLimits): LagRow {
  const { heartbeatAgeMs, isHeartbeatAhead, isAnythingComing, connector } = capture;
  const isLate = heartbeatAgeMs === null || heartbeatAgeMs >= lateAfterMs;
  const never = heartbeatAgeMs === null ? 'No heartbeat has come through Kafka yet. ' : '';
  const row = { what: 'capture: last heartbeat', count: null, unit: 'records' } as const;
  if (isHeartbeatAhead) {
    const advice =
      'The clock of Kafka Connect is ahead, so a capture that stands still would not be seen. Set it right with NTP.';
    return { ...row, ageMs: null, status: 'skewed', sinceMs: null, advice };
  }
  const late = { ...row, ageMs: heartbeatAgeMs, sinceMs: null };
  if (!isLate) return { ...late, status: 'ok', advice: '' };
  if (isAnythingComing) {
    const advice =
      'Changes come through and the heartbeat does not yet: the connector works through a backlog, for example after a pause or behind a large transaction. Wait for it.';
    return { ...late, status: 'late', advice };
  }
  if (connector === 'RUNNING' && heartbeatAgeMs !== null) {
    const advice =
      'Kafka Connect says that the connector runs, and nothing comes from PICS. Ops restarts it once. If this line stays, look at the log of Kafka Connect and at the network between it and PICS.';
    return { ...late, status: 'stalled', advice };
  }
  return { ...late, status: 'late', advice: `${never}Check that the connector runs: "connector status".` };
}

/** The log that the PICS server keeps for the connector. */
export function toSlotRow(
  { slot, connector }: Pick<CaptureState, 'slot' | 'connector'>,
  { slotBytesWarning }: Pick<CaptureLimits, 'slotBytesWarning'>,
): LagRow {
  const row = { what: 'capture: log kept in PICS', unit: 'bytes', ageMs: null, sinceMs: null } as const;
  if (slot === null) {
    const advice =
      connector === null
        ? 'There is no replication slot yet. "connector apply" starts the connector, which creates it.'
        : `The replication slot no longer exists, so changes in PICS are not captured. ${slotLostAdvice}`;
    return { ...row, count: null, status: 'late', advice };
  }
  if (slot.walStatus === 'lost') {
    const advice = `The PICS server deleted log that the connector still needs. ${slotLostAdvice}`;
    return { ...row, count: slot.keptBytes, status: 'behind-retention', advice };
  }
  const isLarge = slot.keptBytes >= slotBytesWarning;
  const advice = !slot.isActive
    ? 'The slot is not being read, so the PICS server keeps more and more log. Start or resume the connector.'
    : isLarge
      ? toKeptAdvice(slot)
      : '';
  return { ...row, count: slot.keptBytes, status: advice === '' ? 'ok' : 'late', advice };
}

/** G-11: PostgreSQL keeps the log from the begin of the oldest open transaction on, whatever was read since. */
function toKeptAdvice({ oldestTransaction: oldest }: NonNullable<CaptureState['slot']>): string {
  const behind = 'the connector is far behind: check Kafka and Kafka Connect.';
  if (oldest === null) return `No transaction holds the log, so ${behind}`;
  const { pid, application, ageMs } = oldest;
  const who = pid === null ? application : `process ${pid} (${application === '' ? 'unnamed' : application})`;
  const age = ageMs === null ? '' : `, open for ${toAge(ageMs)}`;
  return `The oldest open transaction is ${who}${age}, and the log since its begin is kept. End it in its program, or with pg_terminate_backend. If it is young, ${behind}`;
}

function toAge(ageMs: number): string {
  return ageMs < 120_000 ? `${Math.round(ageMs / 1_000)} s` : `${Math.round(ageMs / 60_000)} min`;
}

function toConnectorRow({ connector }: CaptureState): LagRow {
  const row = { what: 'capture: connector', count: null, unit: 'tasks', ageMs: null, sinceMs: null } as const;
  if (connector === 'RUNNING') return { ...row, status: 'ok', advice: '' };
  const advice =
    connector === null
      ? 'There is no connector. Create it with "connector apply".'
      : connector === 'FAILED'
        ? 'The connector has failed. "connector status" shows the reason; the ops role restarts it.'
        : `The connector is ${connector}. If it was not paused on purpose, run "connector resume".`;
  return { ...row, status: connector === 'FAILED' || connector === null ? 'stalled' : 'late', advice };
}

export function toQueueRow({ name, role, count, ageMs, status, sinceMs }: QueueLag): LagRow {
  return {
    what: `queue: ${name}`,
    count: Number(count),
    unit: 'records',
    ageMs,
    status,
    sinceMs,
    advice: status === 'no-worker' && role !== null ? toStartAdvice(role) : lagAdvice[status],
  };
}

/** G-8: records for a disabled vendor wait on purpose. */
export function toDisabledRow(row: LagRow): LagRow {
  return {
    ...row,
    status: 'disabled',
    advice: 'The vendor is not enabled. Its records are kept until it is.',
  };
}

/** A role without a queue of its own: the report can only show whether a process runs it. */
export function toRoleRow(role: string, memberCount: number): LagRow {
  const isLeft = memberCount === 0;
  return {
    what: `role: ${role}`,
    count: memberCount,
    unit: 'processes',
    ageMs: null,
    status: isLeft ? 'no-worker' : 'ok',
    sinceMs: null,
    advice: isLeft ? toStartAdvice(role) : '',
  };
}

export function toStartAdvice(role: string): string {
  return `No process runs the role ${role}. Start one with "pics-sync run ${role}", or check its log if it stopped.`;
}

/** Calls to a vendor whose outcome is not recorded: announced, under way, or without an answer. Each is settled by itself. */
export function toOpenCallsRow(
  title: string,
  {
    planned,
    sending,
    unknown,
    oldestAtMs,
  }: {
    readonly planned: number;
    readonly sending: number;
    readonly unknown: number;
    readonly oldestAtMs: number | null;
  },
  nowMs: number,
): LagRow {
  return {
    what: `open calls: ${title}`,
    count: planned + sending + unknown,
    unit: 'calls',
    ageMs: oldestAtMs === null ? 0 : Math.max(0, nowMs - oldestAtMs),
    status: oldestAtMs === null ? 'idle' : 'ok',
    sinceMs: oldestAtMs,
    advice: '',
  };
}

type ParkedCount = {
  readonly code: string;
  readonly topic: string;
  readonly count: number;
  readonly oldestSinceMs: number;
};

/** Records of the vendors that wait in PICS, by rule and topic. Each is tried again by itself, so only a long wait is bad. */
export function toParkedRows(
  parked: readonly ParkedCount[],
  { nowMs, lateAfterMs }: { readonly nowMs: number; readonly lateAfterMs: number },
): LagRow[] {
  if (parked.length === 0) {
    return [
      { what: 'waits', count: 0, unit: 'records', ageMs: 0, status: 'idle', sinceMs: null, advice: '' },
    ];
  }
  return parked.map(({ code, topic, count, oldestSinceMs }) => {
    const ageMs = Math.max(0, nowMs - oldestSinceMs);
    const isLate = ageMs >= lateAfterMs;
    const advice =
      code === 'PICS_LOCKED'
        ? 'A user of PICS, or a program, has had rows locked for long: find and end that transaction.'
        : `What rule ${code} waits for does not come: docs/rules.md says what that is. See "open calls", "held" and the log of outbound.`;
    return {
      what: `waits: ${code} (${topic})`,
      count,
      unit: 'records',
      ageMs,
      status: isLate ? 'late' : 'ok',
      sinceMs: oldestSinceMs,
      advice: isLate ? advice : '',
    };
  });
}

type HeldCount = {
  readonly vendor: string;
  readonly code: string;
  readonly count: number;
  readonly oldestSinceMs: number;
};

/** The lag is also zero when everything is held, so held items are listed in the same table. */
export function toHeldRows(held: readonly HeldCount[], nowMs: number): LagRow[] {
  if (held.length === 0) {
    return [{ what: 'held', count: 0, unit: 'items', ageMs: 0, status: 'idle', sinceMs: null, advice: '' }];
  }
  return held.map(({ vendor, code, count, oldestSinceMs }) => ({
    what: `held: ${code} (${vendor})`,
    count,
    unit: 'items',
    ageMs: Math.max(0, nowMs - oldestSinceMs),
    status: 'held',
    sinceMs: oldestSinceMs,
    advice: `Decide what to do with them: "held list --code ${code}".`,
  }));
}

/** The row of a part that could not be read. The other parts are still shown. */
export function toUnknownRow(what: string, reason: string): LagRow {
  return {
    what,
    count: null,
    unit: 'records',
    ageMs: null,
    status: 'unknown',
    sinceMs: null,
    advice: reason,
  };
}

const healthy: readonly LagRow['status'][] = ['ok', 'idle', 'held', 'disabled'];

export function isHealthy(rows: readonly LagRow[]): boolean {
  return rows.every(({ status }) => healthy.includes(status));
}

const measures = ['capture', 'queue', 'freshness', 'canary', 'held'] as const;

/** Which of the measures a line belongs to; the rest are conditions of G-11. */
export function measureOf({ what }: LagRow): (typeof measures)[number] | 'condition' {
  const [first = ''] = what.split(':');
  return measures.find((measure) => measure === first) ?? 'condition';
}

/**
 * Exports the rows as metrics: one series per row, and the value 1 for its current status; and when they were measured,
 * milliseconds since 1970, so that it can be seen from outside when nothing is measured any more.
 */
export function createLagMetrics(metrics: Metrics): (rows: readonly LagRow[], measuredAtMs: number) => void {
  const labels = ['measure', 'what'] as const;
  const count = metrics.gauge({ name: 'lag_count', help: 'Waiting records, bytes or items.', labels });
  const age = metrics.gauge({
    name: 'lag_seconds',
    help: 'Age in seconds of the oldest waiting entry.',
    labels,
  });
  const status = metrics.gauge({
    name: 'lag_status',
    help: '1 for the current status of a part.',
    labels: ['measure', 'what', 'status'],
  });
  const measuredAt = metrics.gauge({
    name: 'lag_measured_timestamp_seconds',
    help: 'When lag was measured last, in seconds since 1970.',
    labels: [],
  });
  return (rows, measuredAtMs) => {
    measuredAt.set({}, measuredAtMs / 1_000);
    // Parts that are no longer reported, such as reasons of held items, must not keep their last value.
    for (const gauge of [count, age, status]) gauge.clear();
    for (const row of rows) {
      const line = { measure: measureOf(row), what: row.what };
      if (row.count !== null) count.set(line, row.count);
      if (row.ageMs !== null) age.set(line, row.ageMs / 1_000);
      status.set({ ...line, status: row.status }, 1);
    }
  };
}

/** What finds everything that went past: both sides of all learners are looked at. */
export const fullRunAdvice = 'run "pull" of each vendor';

/**
 * How to repair a lost slot. "connector apply" alone does not repair it: the connector would continue at a
 * position that no longer exists.
 */
export const slotLostAdvice =
  'Stop the connector in Kafka Connect, drop the slot, delete the connector\'s offsets, run "connector resume", then "pull" of each vendor. The steps are in docs/runbook.md under "Slot lost".';
