import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openExchangeSite } from '../test/support/monitoring/exchange-site.ts';
import { findFaults, labelsOf, readKnownSeries } from '../test/support/monitoring/known-series.ts';
import { openLagSite } from '../test/support/monitoring/lag-site.ts';
import { evaluate } from '../test/support/promql/evaluate.ts';
import { parseExpression } from '../test/support/promql/expression.ts';
import { Watch } from '../test/support/promql/watch.ts';
import { buildDashboard } from './dashboard.ts';
import { sections } from './panels.ts';

const panels = sections.flatMap((section) => section.panels);
const queries = panels.flatMap(({ title, queries: own }) => own.map((query) => ({ title, ...query })));
const known = await readKnownSeries();

test('monitoring/generated/dashboard.json is what the list says (if not: npm run generate)', () => {
  const file = path.join(import.meta.dirname, 'generated', 'dashboard.json');
  expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(buildDashboard(), null, 2)}\n`);
});

test.each(queries)(
  '$title: "$legend" asks for what exists, and is named by labels that it has',
  ({ expr, legend }) => {
    expect(findFaults(expr, known)).toEqual([]);
    const labels = labelsOf(parseExpression(expr), known);
    for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g)) expect(labels).toContain(label);
  },
);

test('no two panels lie on each other, and none is wider than the page', () => {
  const { panels: laid } = buildDashboard() as {
    panels: { title: string; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  const taken = new Map<string, string>();
  for (const {
    title,
    gridPos: { x, y, w, h },
  } of laid) {
    expect(x + w).toBeLessThanOrEqual(24);
    for (let column = x; column < x + w; column += 1)
      for (let line = y; line < y + h; line += 1) {
        expect(taken.get(`${column} ${line}`)).toBe(undefined);
        taken.set(`${column} ${line}`, title);
      }
  }
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
});

/** Shown only after something has gone wrong, or while a daily run of weeks is looked back on. */
const quiet = [
  'A cheap read at the vendor',
  'Daily run by 06:00, 30 days',
  'Differences that no rule allows',
  'Memory',
  'Restarts in 10 minutes',
];

test('every panel shows something at a site that works', async () => {
  await using lag = openLagSite();
  await using exchange = await openExchangeSite();
  const empty = new Map<string, string>();
  const watches = [new Watch(lag.watched), new Watch(exchange.watched)];
  for (const watch of watches) await watch.pass(20 * 60);
  for (const { title, expr } of queries) {
    const shown = watches.some((watch, index) => {
      const atS = Math.round([lag, exchange][index]!.watched.nowMs() / 1_000);
      const value = evaluate(parseExpression(expr), { store: watch.store, atS });
      return typeof value === 'number' || value.some((one) => !Number.isNaN(one.value));
    });
    if (!shown && !quiet.includes(title)) empty.set(title, expr);
  }
  expect([...empty]).toEqual([]);
});
