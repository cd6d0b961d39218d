import { type Panel, sections } from './panels.ts';

/*
 * Makes the dashboard of Grafana of the list of what it shows. `npm run generate` writes it as the JSON that Grafana
 * reads; a test holds the file to the list, and every expression to the metrics that exist.
 */

/** Grafana's JSON, in the classic model that every version from 9 on reads. */
export function buildDashboard(): object {
  const panels: object[] = [];
  let top = 0;
  for (const { title, panels: own } of sections) {
    panels.push({ type: 'row', title, collapsed: false, gridPos: { x: 0, y: top, w: 24, h: 1 }, panels: [] });
    top += 1;
    let left = 0;
    let tallest = 0;
    for (const panel of own) {
      if (left + panel.width > 24) {
        top += tallest;
        [left, tallest] = [0, 0];
      }
      const height = heights[panel.kind];
      panels.push(buildPanel(panel, { x: left, y: top, w: panel.width, h: height }));
      left += panel.width;
      tallest = Math.max(tallest, height);
    }
    top += tallest;
  }
  return {
    uid: 'pics-sync',
    title: 'pics-sync',
    description: 'Made by npm run generate from monitoring/panels.ts.',
    tags: ['pics-sync'],
    timezone: 'Europe/London',
    editable: false,
    refresh: '30s',
    schemaVersion: 41,
    time: { from: 'now-6h', to: 'now' },
    panels: panels.map((panel, index) => ({ id: index + 1, ...panel })),
  };
}

const heights: Readonly<Record<Panel['kind'], number>> = { chart: 8, number: 4, table: 10 };
const types: Readonly<Record<Panel['kind'], string>> = {
  chart: 'timeseries',
  number: 'stat',
  table: 'table',
};
const datasource = { type: 'prometheus', uid: 'pics-sync-prometheus' };

type Place = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };

function buildPanel({ kind, title, about, unit, queries, badFrom }: Panel, gridPos: Place): object {
  const steps = [
    { color: 'green', value: null },
    ...(badFrom === null ? [] : [{ color: 'red', value: badFrom }]),
  ];
  return {
    type: types[kind],
    title,
    description: about,
    gridPos,
    datasource,
    fieldConfig: { defaults: { unit, min: 0, thresholds: { mode: 'absolute', steps } }, overrides: [] },
    options: kind === 'number' ? { colorMode: badFrom === null ? 'none' : 'background' } : {},
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat: legend,
      ...(kind === 'chart' ? {} : { instant: true, range: false }),
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
    // Of the table only the line and its status mean something.
    ...(kind === 'table'
      ? {
          transformations: [
            { id: 'filterFieldsByName', options: { include: { names: ['what', 'status'] } } },
            { id: 'sortBy', options: { sort: [{ field: 'what' }] } },
          ],
        }
      : {}),
  };
}
