import type { Metrics } from '../base/metrics.ts';
import { type LagStatus, lagAdvice, type QueueLag } from './queue-lag.ts';

/** One line of what operators look at. Counts and ages are 0 when idle; null only where nothing can be said. */
export type LagRow = {
  readonly what: string;
  readonly count: number | null;
  readonly unit: 'records' | 'bytes' | 'items' | 'tasks' | 'processes';
  readonly ageMs: number | null;
  readonly status: LagStatus | 'late' | 'held' | 'disabled' | 'unknown';
  /** Since when it has this status; null when that is not known. */
  readonly sinceMs: number | null;
  readonly advice: string;
};

export type CaptureState = {
  /** Age of the newest heartbeat that came through Kafka; null when none ever came. */
  readonly heartbeatAgeMs: number | null;
  readonly slot: {
    readonly isActive: boolean;
    readonly retainedBytes: number;
    readonly walStatus: string;
  } | null;
  /** State of connector and task together; null when there is no connector. */
  readonly connector: string | null;
};

export type CaptureLimits = { readonly lateAfterMs: number; readonly slotBytesWarning: number };

/** The way of a change from PICS into Kafka: heartbeat, slot, connector. */
export function toCaptureRows(capture: CaptureState, limits: CaptureLimits): LagRow[] {
  return [toHeartbeatRow(capture, limits), toSlotRow(capture, limits), toConnectorRow(capture)];
}

function toHeartbeatRow({ heartbeatAgeMs }: CaptureState, { lateAfterMs }: CaptureLimits): LagRow {
  const isLate = heartbeatAgeMs === null || heartbeatAgeMs >= lateAfterMs;
  const never = heartbeatAgeMs === null ? 'No heartbeat ever came through Kafka: ' : '';
  return {
    what: 'capture: last heartbeat',
    count: null,
    unit: 'records',
    ageMs: heartbeatAgeMs,
    status: isLate ? 'late' : 'ok',
    sinceMs: null,
    advice: isLate ? `${never}does the connector run? See "connector status".` : '',
  };
}

function toSlotRow({ slot, connector }: CaptureState, { slotBytesWarning }: CaptureLimits): LagRow {
  const row = { what: 'capture: log kept in PICS', unit: 'bytes', ageMs: null, sinceMs: null } as const;
  if (slot === null) {
    const advice =
      connector === null
        ? 'There is no slot: the first "connector apply" makes it.'
        : `There is no slot any more, and what PICS commits is captured by nobody. ${slotLostAdvice}`;
    return { ...row, count: null, status: 'late', advice };
  }
  if (slot.walStatus === 'lost') {
    const advice = `The server dropped log the connector needs. ${slotLostAdvice}`;
    return { ...row, count: slot.retainedBytes, status: 'behind-retention', advice };
  }
  const isLarge = slot.retainedBytes >= slotBytesWarning;
  const advice = !slot.isActive
    ? 'Nobody reads the slot, PICS keeps its log: start or resume the connector.'
    : isLarge
      ? 'The connector is far behind: is Kafka slow or a long transaction open?'
      : '';
  return { ...row, count: slot.retainedBytes, status: advice === '' ? 'ok' : 'late', advice };
}

function toConnectorRow({ connector }: CaptureState): LagRow {
  const row = { what: 'capture: connector', count: null, unit: 'tasks', ageMs: null, sinceMs: null } as const;
  if (connector === 'RUNNING') return { ...row, status: 'ok', advice: '' };
  const advice =
    connector === null
      ? 'There is no connector: "connector apply".'
      : connector === 'FAILED'
        ? 'It FAILED: "connector status" tells why; the ops role restarts it.'
        : `It is ${connector}: "connector resume" when nobody paused it on purpose.`;
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

/** G-8: what waits for a vendor that was disabled waits on purpose. */
export function toDisabledRow(row: LagRow): LagRow {
  return { ...row, status: 'disabled', advice: 'The vendor is not enabled: what waits is kept.' };
}

/** A role that has no queue of its own here: only whether anybody runs it can be told. */
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
  return `No process works on it: start one with "pics-sync run ${role}", or look why none stays.`;
}

export type HeldCount = {
  readonly vendor: string;
  readonly code: string;
  readonly count: number;
  readonly oldestSinceMs: number;
};

/** Zero lag proves nothing when everything is held: so held items stand in the same table. */
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
    advice: `Decide: "held list --code ${code}".`,
  }));
}

/** A part that could not be asked hides nothing of the others. */
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

/** Shows rows as metrics: one series per row, and 1 for the status it has. */
export function createLagMetrics(metrics: Metrics): (rows: readonly LagRow[]) => void {
  const labels = ['what'] as const;
  const count = metrics.gauge({ name: 'lag_count', help: 'Records, bytes or items that wait.', labels });
  const age = metrics.gauge({ name: 'lag_seconds', help: 'Age of the oldest that waits.', labels });
  const status = metrics.gauge({
    name: 'lag_status',
    help: '1 for the status a part has.',
    labels: ['what', 'status'],
  });
  return (rows) => {
    // Parts that are no longer told, such as reasons of held items, must not keep their last value.
    for (const gauge of [count, age, status]) gauge.clear();
    for (const row of rows) {
      if (row.count !== null) count.set({ what: row.what }, row.count);
      if (row.ageMs !== null) age.set({ what: row.what }, row.ageMs / 1_000);
      status.set({ what: row.what, status: row.status }, 1);
    }
  };
}

/** What puts a lost slot right. Applying the connector again does not: it would go on from a place that is gone. */
export const slotLostAdvice =
  'Stop the connector in Kafka Connect, drop the slot, delete the connector\'s offsets, "connector resume", then "onefile pull": see "Slot lost" in docs/runbook.md.';
