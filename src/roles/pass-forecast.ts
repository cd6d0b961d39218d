import type { Metrics } from '../base/metrics.ts';
import type { PassForecast } from '../domain/polling.ts';
import { forecastFullPass } from '../domain/schedule.ts';
import type { Db } from '../store/database.ts';
import { countLinks } from '../store/links.ts';
import { countRecords } from '../store/polling.ts';
import type { OneFileSection } from '../vendors/onefile/config.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';

type Asked = {
  readonly section: Pick<OneFileSection, 'pageSize' | 'callsPerMinute'>;
  readonly centreId: string;
  /** Learners of the pass; absent = everybody who is linked now. */
  readonly learnerCount?: number;
};

/** Kept free for people who wait; live traffic may take more while the pass runs. */
export const passLiveShare = 0.04;

/** What a full pass would cost at the present size and limit (calls at OneFile, minutes). */
export async function readPassForecast(
  db: Db,
  { section, centreId, learnerCount }: Asked,
): Promise<PassForecast> {
  const scope = { vendor: vendor.name, centre: centreId } as const;
  const counts = await countRecords(db, scope, {
    users: ['learner', 'assessor'],
    reviews: ['review'],
    placements: ['placement'],
    classrooms: ['classroom'],
    standards: ['standard'],
  });
  const linked = learnerCount ?? (await countLinks(db, { ...scope, kind: 'learner' }));
  const { pageSize, callsPerMinute } = section;
  return forecastFullPass(
    { learners: linked, ...counts },
    { pageSize, callsPerMinute, liveShare: passLiveShare },
  );
}

/** Shows the forecast in the metrics. */
export function createForecastGauge(metrics: Metrics): (forecast: PassForecast) => void {
  const calls = metrics.gauge({
    name: 'full_pass_calls',
    help: 'Calls a full pass is expected to cost at the present size.',
    labels: ['vendor'],
  });
  const time = metrics.gauge({
    name: 'full_pass_seconds',
    help: 'How long a full pass is expected to take at the present size and limit.',
    labels: ['vendor'],
  });
  const labels = { vendor: vendor.name };
  return (forecast) => {
    calls.set(labels, forecast.calls);
    time.set(labels, forecast.minutes * 60);
  };
}
