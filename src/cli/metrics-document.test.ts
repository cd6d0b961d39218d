import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readMetrics, toMetricsDocument } from './documents.ts';

const root = path.resolve(import.meta.dirname, '../..');
const metrics = readMetrics(root);

test('docs/metrics.md matches the sources (if not: npm run generate:docs)', () => {
  expect(readFileSync(path.join(root, 'docs/metrics.md'), 'utf8')).toBe(toMetricsDocument(metrics));
});

test('metrics of every role are found, each with its meaning', () => {
  expect(metrics.length).toBeGreaterThan(10);
  expect(new Set(metrics.flatMap(({ roles }) => roles))).toEqual(
    new Set(['every', 'outbound', 'poller', 'reconciler', 'ops']),
  );
  expect(metrics.filter(({ help }) => !/^[A-Z0-9].*\.$/.test(help))).toEqual([]);
});

test('counters end in _total, times in _seconds, and no label identifies a person', () => {
  const named = metrics.filter(({ kind, name }) => (kind === 'counter') !== name.endsWith('_total'));
  expect(named).toEqual([]);
  const times = metrics.filter(({ kind, name }) => kind === 'histogram' && !name.endsWith('_seconds'));
  expect(times).toEqual([]);
  const personal = ['ident', 'learner', 'officer', 'name', 'email'];
  expect(metrics.filter(({ labels }) => labels.some((label) => personal.includes(label)))).toEqual([]);
});
