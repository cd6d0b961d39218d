import type { Metrics } from '../base/metrics.ts';
import type { LagRow } from './lag-report.ts';

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
