/*
 * What the dashboard of Grafana shows, as a list. `dashboard.ts` makes Grafana's JSON of it.
 */

/** One series or several on a panel. `legend` names each by its labels. */
type Query = { readonly expr: string; readonly legend: string };

/** How a value is shown; the words are Grafana's. */
type Unit = 's' | 'short' | 'percentunit' | 'bytes' | 'reqps' | 'bool_yes_no';

export type Panel = {
  readonly kind: 'chart' | 'number' | 'table';
  readonly title: string;
  /** What it is good for, in a sentence. */
  readonly about: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Of 24 columns. */
  readonly width: number;
  /** From this value on it is shown in red; null: never. */
  readonly badFrom: number | null;
};

export type Section = { readonly title: string; readonly panels: readonly Panel[] };

/** What is on the dashboard, from top to bottom. */
export const sections: readonly Section[] = [
  {
    title: 'At a glance',
    panels: [
      {
        kind: 'number',
        title: 'Alerts',
        about: 'Alerts that fire now. Each has an entry in the runbook.',
        unit: 'short',
        queries: [
          {
            expr: 'count(ALERTS{alertname=~"PicsSync.+", alertstate="firing"}) or vector(0)',
            legend: 'firing',
          },
        ],
        width: 4,
        badFrom: 1,
      },
      {
        kind: 'number',
        title: 'Processes that do not answer',
        about: 'Targets of the job pics-sync that Prometheus cannot read.',
        unit: 'short',
        queries: [{ expr: 'count(up{job="pics-sync"} == 0) or vector(0)', legend: 'away' }],
        width: 4,
        badFrom: 1,
      },
      {
        kind: 'number',
        title: 'Held',
        about: 'Items that wait for a person.',
        unit: 'short',
        queries: [{ expr: 'sum(pics_sync_lag_count{what=~"held.*"})', legend: 'items' }],
        width: 4,
        badFrom: null,
      },
      {
        kind: 'number',
        title: 'In time, 30 days',
        about: 'Changes that a vendor acknowledged within 60 s while it answered. The objective is 99 %.',
        unit: 'percentunit',
        queries: [{ expr: '1 - vendor:pics_sync_deliveries_late:ratio30d', legend: '{{vendor}}' }],
        width: 6,
        badFrom: null,
      },
      {
        kind: 'number',
        title: 'Daily run by 06:00, 30 days',
        about: 'Days on which the full synchronisation had completed by 06:00 in London.',
        unit: 'percentunit',
        queries: [{ expr: 'what:pics_sync_daily_run_in_time:avg30d', legend: '{{what}}' }],
        width: 6,
        badFrom: null,
      },
      {
        kind: 'table',
        title: 'Lag, line by line',
        about: 'The status of each line of pics-sync lag. The runbook says what each means and what to do.',
        unit: 'short',
        queries: [{ expr: 'pics_sync_lag_status == 1', legend: '{{what}}' }],
        width: 24,
        badFrom: null,
      },
    ],
  },
  {
    title: 'From PICS to the vendors',
    panels: [
      {
        kind: 'chart',
        title: 'From commit to acknowledgement',
        about: 'Half of the changes, and 99 of 100, were acknowledged within this time.',
        unit: 's',
        queries: [
          {
            expr: 'histogram_quantile(0.5, sum by (vendor, le) (rate(pics_sync_delivery_seconds_bucket[5m])))',
            legend: '{{vendor}}, half',
          },
          {
            expr: 'histogram_quantile(0.99, sum by (vendor, le) (rate(pics_sync_delivery_seconds_bucket[5m])))',
            legend: '{{vendor}}, 99 of 100',
          },
        ],
        width: 12,
        badFrom: 60,
      },
      {
        kind: 'chart',
        title: 'Late changes',
        about: 'Share of changes later than 60 s. 1 % uses the allowance up in a month.',
        unit: 'percentunit',
        queries: [
          { expr: 'vendor:pics_sync_deliveries_late:ratio5m', legend: '{{vendor}}, 5 min' },
          { expr: 'vendor:pics_sync_deliveries_late:ratio1h', legend: '{{vendor}}, 1 h' },
          { expr: 'vendor:pics_sync_deliveries_late:ratio6h', legend: '{{vendor}}, 6 h' },
        ],
        width: 12,
        badFrom: 0.01,
      },
      {
        kind: 'chart',
        title: 'Oldest that waits',
        about: 'Age of the oldest record of each queue.',
        unit: 's',
        queries: [{ expr: 'max by (what) (pics_sync_lag_seconds{what=~"queue: .+"})', legend: '{{what}}' }],
        width: 8,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'Records that wait',
        about: 'How many records of each queue were not finished.',
        unit: 'short',
        queries: [{ expr: 'max by (what) (pics_sync_lag_count{what=~"queue: .+"})', legend: '{{what}}' }],
        width: 8,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'What became of changes',
        about: 'Changes of PICS a second: sent on, held, or skipped by the named rule.',
        unit: 'reqps',
        queries: [
          {
            expr: 'sum by (vendor, disposition) (rate(pics_sync_dispositions_total[5m]))',
            legend: '{{vendor}}: {{disposition}}',
          },
        ],
        width: 8,
        badFrom: null,
      },
    ],
  },
  {
    title: 'The canary',
    panels: [
      {
        kind: 'chart',
        title: 'The whole way',
        about:
          'A row that takes the way of every change without a call: half, and 99 of 100, were back within this time.',
        unit: 's',
        queries: [
          {
            expr: 'histogram_quantile(0.5, sum by (le) (rate(pics_sync_canary_seconds_bucket[15m])))',
            legend: 'half',
          },
          {
            expr: 'histogram_quantile(0.99, sum by (le) (rate(pics_sync_canary_seconds_bucket[15m])))',
            legend: '99 of 100',
          },
        ],
        width: 6,
        badFrom: 5,
      },
      {
        kind: 'chart',
        title: 'Its parts',
        about: 'How long each part of the way took on average.',
        unit: 's',
        queries: [
          {
            expr: 'sum by (hop) (rate(pics_sync_canary_hop_seconds_sum[15m])) / sum by (hop) (rate(pics_sync_canary_hop_seconds_count[15m]))',
            legend: '{{hop}}',
          },
        ],
        width: 6,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'A cheap read at the vendor',
        about:
          'Half of the reads a minute took no longer, with the wait for the right to call (canary.vendor).',
        unit: 's',
        queries: [
          {
            expr: 'histogram_quantile(0.5, sum by (vendor, le) (rate(pics_sync_canary_vendor_seconds_bucket[15m])))',
            legend: '{{vendor}}',
          },
        ],
        width: 6,
        badFrom: 5,
      },
      {
        kind: 'chart',
        title: 'Late canaries',
        about: 'Share of those of the last hour that were back later than 5 s, or not at all.',
        unit: 'percentunit',
        queries: [{ expr: 'pics_sync:canaries_late:ratio1h', legend: '1 h' }],
        width: 6,
        badFrom: 0.2,
      },
    ],
  },
  {
    title: 'The vendors',
    panels: [
      {
        kind: 'chart',
        title: 'Calls',
        about: 'Calls a second by what came of them.',
        unit: 'reqps',
        queries: [
          {
            expr: 'sum by (vendor, result) (rate(pics_sync_vendor_calls_total[5m]))',
            legend: '{{vendor}}: {{result}}',
          },
        ],
        width: 8,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'How long a call takes',
        about: '95 of 100 calls of a step took no longer.',
        unit: 's',
        queries: [
          {
            expr: 'histogram_quantile(0.95, sum by (vendor, step, le) (rate(pics_sync_vendor_call_seconds_bucket[5m])))',
            legend: '{{vendor}}: {{step}}',
          },
        ],
        width: 8,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'Left alone',
        about: '1 while a vendor is not called because it does not answer or refuses everything.',
        unit: 'bool_yes_no',
        queries: [{ expr: 'vendor:pics_sync_vendor_paused:max', legend: '{{vendor}}' }],
        width: 8,
        badFrom: 1,
      },
    ],
  },
  {
    title: 'From the vendors to PICS',
    panels: [
      {
        kind: 'chart',
        title: 'What the poller found new',
        about: 'Records a second that differed from what was known.',
        unit: 'reqps',
        queries: [
          {
            expr: 'sum by (vendor, entity) (rate(pics_sync_observations_total[5m]))',
            legend: '{{vendor}}: {{entity}}',
          },
        ],
        width: 8,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'What became of it in PICS',
        about: 'Records a second by what the reconciler did.',
        unit: 'reqps',
        queries: [{ expr: 'sum by (outcome) (rate(pics_sync_applied_total[5m]))', legend: '{{outcome}}' }],
        width: 8,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'From the topic to PICS',
        about: '95 of 100 records were committed in PICS within this time.',
        unit: 's',
        queries: [
          {
            expr: 'histogram_quantile(0.95, sum by (outcome, le) (rate(pics_sync_apply_seconds_bucket[5m])))',
            legend: '{{outcome}}',
          },
        ],
        width: 8,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'Differences that no rule allows',
        about: 'What the standing audit has found. It should be 0 but for hours after an outage.',
        unit: 'short',
        queries: [
          {
            expr: 'sum by (vendor, kind) (pics_sync_differences{allowed="no"})',
            legend: '{{vendor}}: {{kind}}',
          },
        ],
        width: 8,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'Age of the last full pass',
        about: 'It is a day at most where the daily run is made.',
        unit: 's',
        queries: [
          { expr: 'max by (what) (pics_sync_lag_seconds{what=~"full pass: .+"})', legend: '{{what}}' },
        ],
        width: 8,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'What a full pass takes',
        about: 'At the present size and limit of calls.',
        unit: 's',
        queries: [{ expr: 'max by (vendor) (pics_sync_full_pass_seconds)', legend: '{{vendor}}' }],
        width: 8,
        badFrom: null,
      },
    ],
  },
  {
    title: 'Capture and processes',
    panels: [
      {
        kind: 'chart',
        title: 'Log kept in PICS',
        about:
          'It grows while the connector does not read, or a transaction stays open. It can fill the disk of PICS.',
        unit: 'bytes',
        queries: [{ expr: 'max(pics_sync_lag_count{what="capture: log kept in PICS"})', legend: 'kept' }],
        width: 8,
        badFrom: null,
      },
      {
        kind: 'chart',
        title: 'Restarts in 10 minutes',
        about: 'Roles, parts of roles and the connector that were started again.',
        unit: 'short',
        queries: [
          { expr: 'sum by (role) (increase(pics_sync_flow_restarts_total[10m]))', legend: 'role {{role}}' },
          { expr: 'sum by (part) (increase(pics_sync_part_restarts_total[10m]))', legend: '{{part}}' },
          {
            expr: 'sum by (connector) (increase(pics_sync_connector_restarts_total[10m]))',
            legend: 'connector {{connector}}',
          },
        ],
        width: 8,
        badFrom: 3,
      },
      {
        kind: 'chart',
        title: 'Memory',
        about: 'Resident memory of each process.',
        unit: 'bytes',
        queries: [{ expr: 'pics_sync_process_resident_memory_bytes', legend: '{{instance}}' }],
        width: 8,
        badFrom: null,
      },
    ],
  },
];
