import type { Line } from '../calls/line.ts';
import type { EnrolWorld } from './enrol-world.ts';
import type { DeathPoint } from './mortal-process.ts';

export type Enrolled = Awaited<ReturnType<EnrolWorld['enrol']>>;

/** What it cost that a process died at one place, beyond the same enrolment undisturbed. */
export type Death = {
  readonly point: DeathPoint;
  /** Creates of unknown outcome afterwards. */
  readonly unknown: number;
  readonly lookUps: number;
  /** Calls of those look-ups. */
  readonly lookUpCalls: number;
  /** All others: reads and harmless writes that were made again. */
  readonly repeated: number;
};

/**
 * G-5: what OneFile has made is found by the first look-up. What was never sent is not found after 5 s, not after 30 s,
 * and twice not when it can no longer come.
 */
export const lookUpsEach = { 'step answered': 1, 'step begun': 4 } as const;

/** Lists that a new process reads once, for all its enrolments. */
const shared = /^(POST (Standard|Organisation)\/Search|GET Organisation\/)/;

/** Every place where the undisturbed enrolment could have died. */
export function pointsOf({ met }: Enrolled): readonly DeathPoint[] {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
  return [
    ...upTo(met.reading).map((n) => ({ at: 'reading', n }) as const),
    ...upTo(met['step begun']).flatMap(
      (n) =>
        [
          { at: 'step begun', n },
          { at: 'step answered', n },
        ] as const,
    ),
  ];
}

export function deathAt(point: DeathPoint, base: Enrolled, { calls, met, unknown }: Enrolled): Death {
  const own = (all: readonly string[]): number => all.filter((call) => !shared.test(call)).length;
  const extra = own(calls) - own(base.calls);
  const isPlanned = point.at !== 'reading';
  const lookUps = met['look-up'];
  // The engine takes the first call of each step before; what is taken within a step is a look-up's further searches.
  const sharedCalls = calls.filter((call) => shared.test(call)).length;
  const lookUpCalls = isPlanned && lookUps > 0 ? lookUps + Math.max(0, met.reading - sharedCalls) : lookUps;
  return { point, unknown, lookUps, lookUpCalls, repeated: extra - lookUpCalls };
}

export function judgeDeaths(deaths: readonly Death[]): readonly Line[] {
  const most = (of: readonly number[]): number => Math.max(0, ...of);
  const planning = deaths.filter(({ point }) => point.at === 'reading');
  const steps = deaths.filter(({ point }) => point.at !== 'reading');
  const repeated = most(steps.map((one) => one.repeated));
  const again = planning.filter(({ point, repeated: more }) => more > point.n - 1).length;
  return [
    judgeLookUps('killed after each step that OneFile had done: look-ups', 'step answered', steps),
    judgeLookUps('killed before each step was sent: look-ups', 'step begun', steps),
    {
      measure: 'both: other calls made again (a read, or a write that does no harm)',
      seen: `${repeated} at most`,
      bar: '≤ 1',
      isMet: repeated <= 1,
      figures: { repeated },
    },
    {
      measure: `killed before each of ${planning.length} readings of the plan: readings made again`,
      seen: again === 0 ? 'only those made before' : `more than that at ${again} places`,
      bar: 'only those',
      isMet: again === 0,
      figures: { places: planning.length, again },
    },
  ];
}

/** Creates of other lanes were under way at some of the places: each of them is looked up too. */
function judgeLookUps(measure: string, at: keyof typeof lookUpsEach, deaths: readonly Death[]): Line {
  const here = deaths.filter(({ point }) => point.at === at);
  const tooMany = here.filter(({ lookUps, unknown }) => lookUps > lookUpsEach[at] * unknown).length;
  const lookUps = here.reduce((sum, one) => sum + one.lookUps, 0);
  const unknown = here.reduce((sum, one) => sum + one.unknown, 0);
  return {
    measure,
    seen: `${lookUps} for ${unknown} creates of unknown outcome, at ${here.length} places`,
    bar: `≤ ${lookUpsEach[at]} each`,
    isMet: tooMany === 0,
    figures: { places: here.length, lookUps, unknown, tooMany },
  };
}
