import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readMetrics } from '../src/cli/documents.ts';
import { findFaults, labelsOf, readKnownSeries } from '../test/support/monitoring/known-series.ts';
import { parseExpression } from '../test/support/promql/expression.ts';
import { promtool, runPromtool } from '../test/support/promql/promtool.ts';
import { type AlertRule, isAlert, type RecordingRule } from '../test/support/promql/rules.ts';
import { readRules, ruleFiles, scrapeEveryS } from '../test/support/promql/watch.ts';

const root = path.resolve(import.meta.dirname, '..');
const rules = readRules().flatMap((group) => group.rules);
const alerts = rules.filter(isAlert);
const recordings = rules.filter((rule): rule is RecordingRule => !isAlert(rule));
const known = await readKnownSeries();
const runbook = readFileSync(path.join(root, 'docs/runbook.md'), 'utf8');

/** As the anchors of headings are made. */
function toAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

const anchors = new Set([...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => toAnchor(heading)));

describe('the rules', () => {
  test('ask for series, labels and kinds that exist', () => {
    expect(rules.flatMap(({ expr }) => findFaults(expr, known))).toEqual([]);
    expect(rules.length).toBeGreaterThan(30);
  });

  test('are evaluated as often as what they ask for is scraped', () => {
    for (const { interval } of readRules()) expect(interval).toBe(`${scrapeEveryS}s`);
    const config = parse(readFileSync(path.join(root, 'monitoring/prometheus.yml'), 'utf8')) as {
      global: Record<string, string>;
    };
    expect(config.global).toEqual({
      scrape_interval: `${scrapeEveryS}s`,
      evaluation_interval: `${scrapeEveryS}s`,
    });
  });

  test.skipIf(promtool === null)('are content with promtool (PROMTOOL names it)', () => {
    if (promtool === null) return;
    runPromtool(promtool, ['check', 'rules', ...ruleFiles]);
    runPromtool(promtool, ['check', 'config', path.join(root, 'monitoring/prometheus.yml')]);
  });

  test('name each alert and each recorded series once', () => {
    const names = rules.map((rule) => (isAlert(rule) ? rule.alert : rule.record));
    expect(names).toHaveLength(new Set(names).size);
  });
});

describe('a recorded series', () => {
  test.each(recordings)(
    '$record says its labels, what it is of, and how it was computed',
    ({ record, expr }) => {
      const [level = '', metric = '', operation = '', ...more] = record.split(':');
      const labels = [...labelsOf(parseExpression(expr), known)].toSorted();
      expect(more).toEqual([]);
      if (level === 'pics_sync') expect(labels).toEqual([]);
      else
        expect({ level, metric }).toEqual({
          level: labels.join('_'),
          metric: expect.stringMatching(/^pics_sync_/),
        });
      expect(operation).toMatch(/^(?:seconds|max|bool|rate5m|ratio(?:5m|30m|1h|6h|30d)|avg30d)$/);
    },
  );
});

describe('an alert', () => {
  const labelsOfAlert = ({ expr, labels }: AlertRule) =>
    new Set([...labelsOf(parseExpression(expr), known), ...Object.keys(labels)]);

  test.each(alerts)(
    '$alert says how urgent it is and what to read, and its sentences can be filled in',
    (rule) => {
      const { alert, annotations, labels } = rule;
      expect(alert).toMatch(/^PicsSync[A-Z][A-Za-z]+$/);
      expect(Object.keys(labels)).toEqual(['severity']);
      expect(['page', 'ticket']).toContain(labels['severity']);
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url']);
      for (const text of Object.values(annotations))
        for (const [, name = ''] of text.matchAll(/\$labels\.(\w+)/g))
          expect(labelsOfAlert(rule)).toContain(name);
    },
  );

  test.each(alerts)('$alert has an entry of its name in the runbook', ({ alert, annotations }) => {
    const [file, anchor = ''] = annotations['runbook_url']!.split('#');
    expect(file).toBe('docs/runbook.md');
    expect(anchors).toContain(anchor);
    expect(anchor).toBe(alert.toLowerCase());
  });

  test('is there for each entry of the runbook under Alerts', () => {
    const [, section = ''] = /^## Alerts\n(.*?)(?=^## )/ms.exec(runbook) ?? [];
    const entries = [...section.matchAll(/^### (PicsSync\w+)$/gm)].map(([, name]) => name);
    expect(entries.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  });

  test.each([
    'late',
    'missed',
    'overdue',
    'skewed',
    'unknown',
    'stalled',
    'slow',
    'no-worker',
    'behind-retention',
  ])('is there for the status %s of a line of lag', (status) => {
    expect(alerts.filter(({ expr }) => expr.includes(status)).length).toBeGreaterThan(0);
  });
});

describe('the names of metrics', () => {
  const metrics = readMetrics(root);

  test.each(metrics)('$name is in base units, and ends as its kind does', ({ name, kind, help }) => {
    expect(name).toMatch(/^pics_sync_[a-z][a-z_]*[a-z]$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(name).not.toMatch(/_(?:ms|millis|milliseconds|minutes|hours|days|kb|mb|kilobytes|percent)(?:_|$)/);
    if (kind === 'histogram') expect(name).toMatch(/_(?:seconds|bytes)$/);
    expect(help).toMatch(/^[A-Z0-9].*[.?!]$/);
  });

  /** Each has few values, which come from the code or the settings and never from a record of PICS or of a vendor. */
  const bounded = [
    'about',
    'allowed',
    'code',
    'connector',
    'disposition',
    'entity',
    'hop',
    'kind',
    'measure',
    'outcome',
    'part',
    'reason',
    'result',
    'role',
    'status',
    'step',
    'table',
    'vendor',
    'what',
  ];

  test.each(metrics)('$name has labels with few values alone', ({ labels }) => {
    for (const label of labels) expect(bounded).toContain(label);
  });
});

test('what the tests above look for would be found', () => {
  expect(findFaults('sum(nothing_total)', known)).toEqual([
    'there is no series nothing_total: sum(nothing_total)',
  ]);
  for (const [text, fault] of [
    ['pics_sync_lag_status{waht="x"}', 'has no label waht'],
    ['rate(pics_sync_lag_seconds[5m])', 'does not only go up'],
    ['max_over_time(pics_sync_vendor_calls_total[5m])', 'is a counter'],
    ['sum by (learner) (pics_sync_vendor_calls_total)', 'no label learner to sum by'],
    ['pics_sync_lag_seconds and on (vendor) pics_sync_vendor_paused', 'no label vendor to meet on'],
  ] as const)
    expect(findFaults(text, known).join()).toContain(fault);
});
