/** One look at one partition of one consumer group. */
export type LagSample = {
  readonly atMs: number;
  /** Next offset to read, as committed. */
  readonly committed: bigint;
  /** Records between the committed offset and the end. Gaps of compaction count as if they were there. */
  readonly lag: bigint;
  /** Age of the oldest record that waits; 0 when none does. */
  readonly ageMs: number;
  /** The committed offset lies before the oldest record there is: records were dropped unread. */
  readonly isBehindRetention: boolean;
};

/** From worst to mildest. */
export const lagStatuses = [
  'behind-retention',
  'no-worker',
  'rewound',
  'stalled',
  'slow',
  'ok',
  'idle',
] as const;
export type LagStatus = (typeof lagStatuses)[number];

export type LagLimits = {
  /** Age from which a queue that does not shrink is slow. */
  readonly slowAfterMs: number;
  /** How long nothing may move while something waits. */
  readonly stalledAfterMs: number;
  /** The least time between two looks that may say that nothing moves, when the oldest record is old already. */
  readonly leastSpanMs: number;
};

/**
 * What the looks at one partition say, oldest look first.
 *
 * Rules from worst to mildest. A queue that was empty at any look was level then, so only what follows counts.
 */
export function decideLagStatus(
  samples: readonly LagSample[],
  limits: LagLimits,
): Exclude<LagStatus, 'no-worker'> {
  const newest = samples.at(-1);
  if (newest === undefined) return 'idle';
  if (newest.isBehindRetention) return 'behind-retention';
  if (anyStep(samples, (from, to) => to.committed < from.committed)) return 'rewound';
  if (newest.lag === 0n) return 'idle';
  const waiting = sinceLevel(samples);
  if (isStanding(waiting, limits)) return 'stalled';
  const isShrinking = anyStep(waiting, (from, to) => to.lag < from.lag);
  return newest.ageMs >= limits.slowAfterMs && !isShrinking ? 'slow' : 'ok';
}

function isStanding(samples: readonly LagSample[], { stalledAfterMs, leastSpanMs }: LagLimits): boolean {
  const [newest, rest] = [samples.at(-1), samples.slice(0, -1)];
  if (newest === undefined) return false;
  const same = rest.filter(({ committed }) => committed === newest.committed);
  const spanMs = newest.atMs - (same[0]?.atMs ?? newest.atMs);
  return spanMs >= stalledAfterMs || (spanMs >= leastSpanMs && newest.ageMs >= stalledAfterMs);
}

/** The looks after the last one at which nothing waited. */
function sinceLevel(samples: readonly LagSample[]): readonly LagSample[] {
  return samples.slice(samples.findLastIndex(({ lag }) => lag === 0n) + 1);
}

function anyStep(samples: readonly LagSample[], is: (from: LagSample, to: LagSample) => boolean): boolean {
  return samples.some((to, index) => {
    const from = samples[index - 1];
    return from !== undefined && is(from, to);
  });
}

export function worstOf(statuses: readonly LagStatus[]): LagStatus {
  return lagStatuses.find((status) => statuses.includes(status)) ?? 'idle';
}

/** What an operator does about it. */
export const lagAdvice: Readonly<Record<LagStatus, string>> = {
  'behind-retention': 'Records were dropped before they were read: run a full synchronisation.',
  'no-worker': 'Nobody works on it: start the role.',
  rewound: 'Somebody moved the group back: records are worked on again, which is harmless.',
  stalled:
    'Nothing moves: does the role run, is the vendor away or the sign-in refused? See its /readyz and its log.',
  slow: 'More arrives than is done: the call budget may be the limit, or start another process.',
  ok: '',
  idle: '',
};
