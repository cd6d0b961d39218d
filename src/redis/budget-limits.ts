import { type Priority, priorities } from '../core/priority.ts';
import type { Counts, WindowLimits } from './call-window.ts';

type Shares = Readonly<Partial<Record<Priority, number>>>;

/** The share of `command` is kept free from everybody else, so it is small: it is lost when nobody commands. */
const defaultShares: Readonly<Record<Priority, number>> = {
  command: 0.04,
  live: 0.3,
  poll: 0.1,
  replay: 0.1,
};
const defaultMaxShares: Readonly<Record<Priority, number>> = { command: 1, live: 1, poll: 1, replay: 1 };

/** Turns shares into whole calls. */
export function toLimits(options: {
  readonly limitPerMinute: number;
  readonly windowMs?: number;
  readonly shares?: Shares;
  readonly maxShares?: Shares;
}): WindowLimits {
  const { limitPerMinute: limit, windowMs = 60_000 } = options;
  if (!Number.isInteger(limit) || limit < 1) throw new Error(`a budget of ${limit} calls cannot be kept`);
  const shares = { ...defaultShares, ...options.shares };
  if (priorities.reduce((total, priority) => total + shares[priority], 0) > 1.000_001)
    throw new Error('the minimum shares of the call budget are more than the whole');
  const maxShares = { ...defaultMaxShares, ...options.maxShares };
  const toCounts = (toCount: (priority: Priority) => number): Counts => [
    toCount('command'),
    toCount('live'),
    toCount('poll'),
    toCount('replay'),
  ];
  return {
    limit,
    windowMs,
    minimum: toCounts((priority) => Math.floor(limit * shares[priority])),
    maximum: toCounts((priority) => Math.max(1, Math.floor(limit * maxShares[priority]))),
    burstMs: Math.max(windowMs / limit, windowMs / 60),
    grainMs: windowMs / 6_000,
  };
}
