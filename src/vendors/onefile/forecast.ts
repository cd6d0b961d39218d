import { interludeShare, type PassForecast } from '../../domain/polling.ts';
import type { Store } from '../../domain/ports.ts';
import type { OneFileSection } from './config.ts';

/** What a full pass has to read. Null: never counted yet, so it is estimated. */
export type PassSize = {
  /** Linked learners, or learners that PICS names. */
  readonly learners: number;
  /** Learners and assessors of the centre at the vendor, linked or not. */
  readonly users: number | null;
  readonly reviews: number | null;
  readonly placements: number | null;
  readonly classrooms: number | null;
  readonly standards: number | null;
};

type PassPace = {
  readonly pageSize: number;
  readonly callsPerMinute: number;
  /** Share of the calls that live traffic and people take meanwhile, 0 to 1. */
  readonly liveShare: number;
};

const estimated = { usersPerLearner: 1.1, reviewsPerLearner: 6, placements: 0, classrooms: 0, standards: 0 };

/**
 * Calls and minutes of a full pass: one search of aims a learner, everything else in pages over the centre.
 *
 * The end of a list is a page that is not full, so a list costs one page more than it fills. If the first page is
 * not full, the second shows whether OneFile caps pages (D-21).
 */
export function forecastFullPass(
  size: PassSize,
  { pageSize, callsPerMinute, liveShare }: PassPace,
): PassForecast {
  const { learners } = size;
  const users = size.users ?? Math.ceil(learners * estimated.usersPerLearner);
  const reviews = size.reviews ?? learners * estimated.reviewsPerLearner;
  const lists = [
    reviews,
    size.placements ?? estimated.placements,
    size.classrooms ?? estimated.classrooms,
    size.standards ?? estimated.standards,
  ];
  const pages = lists.reduce((sum, count) => sum + toPages(count, pageSize), 0);
  // Learners, assessors and trainee assessors are three lists; which standards are open to the centre is one more.
  const read = learners + toPages(users, pageSize) + 3 + pages;
  const calls = Math.ceil(read * (1 + interludeShare));
  const perMinute = Math.max(1, callsPerMinute * (1 - liveShare));
  const minutes = Math.ceil((calls / perMinute) * 10) / 10;
  return {
    calls,
    minutes,
    callsPerLearner: learners === 0 ? 0 : Math.round((calls / learners) * 1000) / 1000,
  };
}

function toPages(count: number, pageSize: number): number {
  return count > 0 && count < pageSize ? 2 : Math.floor(count / pageSize) + 1;
}

/** Kept free for people who wait; live traffic may take more while the pass runs. */
const passLiveShare = 0.04;

type Limits = Pick<OneFileSection, 'pageSize' | 'callsPerMinute'>;

/** What a full pass of this size would cost under these limits, beside people who wait. */
export function forecastUnderLimits(size: PassSize, { pageSize, callsPerMinute }: Limits): PassForecast {
  return forecastFullPass(size, { pageSize, callsPerMinute, liveShare: passLiveShare });
}

/** What a full pass would cost at the present size and limit; without a count, of all who are linked now. */
export async function readPassForecast(
  store: Pick<Store, 'links' | 'polling'>,
  {
    limits,
    centre,
    learnerCount,
  }: {
    readonly limits: Limits;
    readonly centre: string;
    readonly learnerCount?: number | undefined;
  },
): Promise<PassForecast> {
  const scope = { vendor: 'onefile', centre } as const;
  const counts = await store.polling.countRecords(scope, {
    users: ['learner', 'assessor'],
    reviews: ['review'],
    placements: ['placement'],
    classrooms: ['classroom'],
    standards: ['standard'],
  });
  const learners = learnerCount ?? (await store.links.count({ ...scope, kind: 'learner' }));
  return forecastUnderLimits({ learners, ...counts }, limits);
}
