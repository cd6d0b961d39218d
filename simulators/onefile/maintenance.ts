import { londonMinuteOfDay } from './london.ts';

export type MaintenanceWindow =
  | { kind: 'period'; fromMs: number; toMs: number }
  | { kind: 'daily'; fromMinute: number; toMinute: number };

/** Whether OneFile is closed at that instant. A daily window is on London's wall clock and may span midnight. */
export function isInMaintenance(window: MaintenanceWindow | null, nowMs: number): boolean {
  if (window === null) return false;
  if (window.kind === 'period') return nowMs >= window.fromMs && nowMs < window.toMs;
  const minute = londonMinuteOfDay(nowMs);
  const { fromMinute, toMinute } = window;
  return fromMinute <= toMinute
    ? minute >= fromMinute && minute < toMinute
    : minute >= fromMinute || minute < toMinute;
}

/** Minutes since midnight of `HH:mm`, or null. */
export function parseMinuteOfDay(text: unknown): number | null {
  const match = typeof text === 'string' ? /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) : null;
  return match === null ? null : Number(match[1]) * 60 + Number(match[2]);
}
