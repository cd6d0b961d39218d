import type { Metrics } from '../base/metrics.ts';
import type { DifferenceCount } from '../domain/difference.ts';

/** Shows how many differences the audits have found. One that is gone does not keep its last value. */
export function createDifferenceMetrics(metrics: Metrics): (counts: readonly DifferenceCount[]) => void {
  const differences = metrics.gauge({
    name: 'differences',
    help: 'Differences between PICS and a vendor that the standing audit has found, by kind of record, and whether a rule allows them.',
    labels: ['vendor', 'kind', 'allowed'],
  });
  return (counts) => {
    differences.clear();
    const sums = Map.groupBy(counts, ({ vendor, kind, rule }) =>
      JSON.stringify({ vendor, kind, allowed: rule === null ? 'no' : 'yes' }),
    );
    for (const [key, same] of sums) {
      const labels = JSON.parse(key) as { vendor: string; kind: string; allowed: string };
      differences.set(
        labels,
        same.reduce((sum, { count }) => sum + count, 0),
      );
    }
  };
}
