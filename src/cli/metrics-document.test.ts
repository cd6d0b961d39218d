import { globSync, readFileSync } from 'node:fs';
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

test('every definition in the sources is found, those of the meter with the roles that record them', () => {
  const defined = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts') && file !== 'src/base/metrics.ts')
    .flatMap((file) => [
      ...readFileSync(path.join(root, file), 'utf8').matchAll(/\.(?:counter|gauge|histogram)\(/g),
    ]);
  expect(metrics).toHaveLength(defined.length);
  const rolesOf = (name: string) => metrics.find((one) => one.name === `pics_sync_${name}`)?.roles;
  expect(rolesOf('dispositions_total')).toEqual(['outbound']);
  expect(rolesOf('vendor_calls_total')).toEqual(['outbound', 'poller']);
  expect(rolesOf('observations_total')).toEqual(['poller']);
  expect(rolesOf('applied_total')).toEqual(['reconciler']);
  expect(rolesOf('lag_status')).toEqual(['ops']);
  expect(rolesOf('flow_restarts_total')).toEqual(['every']);
});

test('counters end in _total, times in _seconds, and no label identifies a person', () => {
  const named = metrics.filter(({ kind, name }) => (kind === 'counter') !== name.endsWith('_total'));
  expect(named).toEqual([]);
  const times = metrics.filter(({ kind, name }) => kind === 'histogram' && !name.endsWith('_seconds'));
  expect(times).toEqual([]);
  const personal = ['ident', 'learner', 'officer', 'name', 'email'];
  expect(metrics.filter(({ labels }) => labels.some((label) => personal.includes(label)))).toEqual([]);
});
