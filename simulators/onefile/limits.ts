/*
 * When OneFile turns a call away before it looks at it: the rate limit and maintenance. The limit counts calls by
 * scope (customer, session or address) in windows of a minute; a switch says where a window begins. The control
 * door can fill a window or force one.
 */

import { londonMinuteOfDay } from '../common/clock.ts';
import type { SwitchValues } from './switches.ts';

const WINDOW_MS = 60_000;

interface Caller {
  readonly customerId: number | null;
  readonly sessionHash: string | null;
  readonly address: string;
  readonly isAuthentication: boolean;
}

export interface Admission {
  readonly isLimited: boolean;
  /** Calls that passed in the present window, this one included. */
  readonly windowCount: number;
  readonly freeAtMs: number;
}

interface Scope {
  readonly name: string;
  readonly customerId: number | null;
  windowStartMs: number;
  count: number;
  highest: number;
  limitedCount: number;
  passedAtMs: number[];
}

/** Calls of an unknown customer or session count by where they come from. */
function scopeName(caller: Caller, by: SwitchValues['rate-scope']): string {
  if (by === 'address' || caller.customerId === null) return `address:${caller.address}`;
  if (by === 'session' && caller.sessionHash !== null) return `session:${caller.sessionHash}`;
  return `customer:${caller.customerId}`;
}

/** Counts calls per scope and window and says which ones are too many. */
export class RateLimit {
  readonly #scopes = new Map<string, Scope>();
  readonly #forcedUntilMs = new Map<number | null, number>();

  admit(caller: Caller, nowMs: number, switches: SwitchValues): Admission {
    const scope = this.#open(scopeName(caller, switches['rate-scope']), caller.customerId);
    this.#roll(scope, nowMs, switches);
    const forcedUntilMs = this.#forcedUntil(caller.customerId);
    if (nowMs < forcedUntilMs) return this.#refuse(scope, forcedUntilMs);
    const isCounted = !(caller.isAuthentication && switches['rate-counts-auth'] === 'no');
    const limit = switches['rate-limit'];
    if (isCounted && limit > 0 && scope.count >= limit)
      return this.#refuse(scope, this.#freeAt(scope, switches));
    if (isCounted) this.#pass(scope, nowMs, switches);
    return { isLimited: false, windowCount: scope.count, freeAtMs: nowMs };
  }

  /** Fills the present window, so that the next call is one too many. */
  exhaust(
    customerId: number | null,
    customerIds: readonly number[],
    nowMs: number,
    switches: SwitchValues,
  ): void {
    for (const id of customerIds) {
      if (customerId === null || customerId === id) this.#open(`customer:${id}`, id);
    }
    for (const scope of this.#scopes.values()) {
      if (customerId !== null && scope.customerId !== customerId) continue;
      this.#roll(scope, nowMs, switches);
      while (scope.count < switches['rate-limit']) this.#pass(scope, nowMs, switches);
    }
  }

  /** 429 to every call (of one customer, or of all for null) until the given time. */
  forceUntil(customerId: number | null, untilMs: number): void {
    this.#forcedUntilMs.set(customerId, untilMs);
  }

  endForced(): void {
    this.#forcedUntilMs.clear();
  }

  list(nowMs: number, switches: SwitchValues): object[] {
    return [...this.#scopes.values()].map((scope) => {
      this.#roll(scope, nowMs, switches);
      const { name, customerId, count, highest, limitedCount } = scope;
      return { scope: name, customerId, calls: count, highest, limited: limitedCount };
    });
  }

  #open(name: string, customerId: number | null): Scope {
    const known = this.#scopes.get(name);
    if (known !== undefined) return known;
    const counts = { windowStartMs: Number.NEGATIVE_INFINITY, count: 0, highest: 0, limitedCount: 0 };
    const scope: Scope = { name, customerId, ...counts, passedAtMs: [] };
    this.#scopes.set(name, scope);
    return scope;
  }

  #roll(scope: Scope, nowMs: number, switches: SwitchValues): void {
    switch (switches['rate-window']) {
      case 'clock-minute': {
        const startMs = Math.floor(nowMs / WINDOW_MS) * WINDOW_MS;
        if (scope.windowStartMs !== startMs) this.#restart(scope, startMs);
        return;
      }
      case 'from-first':
        if (nowMs - scope.windowStartMs >= WINDOW_MS || nowMs < scope.windowStartMs)
          this.#restart(scope, nowMs);
        return;
      case 'sliding':
        scope.passedAtMs = scope.passedAtMs.filter((atMs) => nowMs - atMs < WINDOW_MS && atMs <= nowMs);
        scope.count = scope.passedAtMs.length;
    }
  }

  #restart(scope: Scope, startMs: number): void {
    scope.windowStartMs = startMs;
    scope.count = 0;
    scope.passedAtMs = [];
  }

  #pass(scope: Scope, nowMs: number, switches: SwitchValues): void {
    scope.count += 1;
    scope.highest = Math.max(scope.highest, scope.count);
    if (switches['rate-window'] === 'sliding') scope.passedAtMs.push(nowMs);
  }

  #refuse(scope: Scope, freeAtMs: number): Admission {
    scope.limitedCount += 1;
    return { isLimited: true, windowCount: scope.count, freeAtMs };
  }

  #freeAt(scope: Scope, switches: SwitchValues): number {
    const startMs = switches['rate-window'] === 'sliding' ? (scope.passedAtMs[0] ?? 0) : scope.windowStartMs;
    return startMs + WINDOW_MS;
  }

  #forcedUntil(customerId: number | null): number {
    const forAllMs = this.#forcedUntilMs.get(null) ?? 0;
    return customerId === null ? forAllMs : Math.max(forAllMs, this.#forcedUntilMs.get(customerId) ?? 0);
  }
}

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
