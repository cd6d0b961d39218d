import path from 'node:path';
import { createMetrics } from '../../../src/base/metrics.ts';
import { readMetrics } from '../../../src/cli/documents.ts';
import { type Expression, listExpressions, parseExpression } from '../promql/expression.ts';
import { isAlert } from '../promql/rules.ts';
import { parseExposition } from '../promql/series.ts';
import { readRules } from '../promql/watch.ts';

/** `level`: goes up and down. `count`: only up, and from 0 again after a restart. */
type KnownSeries = { readonly kind: 'level' | 'count'; readonly labels: ReadonlySet<string> };

const ofTarget = ['job', 'instance'];
const root = path.resolve(import.meta.dirname, '../../..');

/**
 * Every series that rules and dashboards can ask for: the metrics that the sources define, those of Node.js that each
 * process shows, those that Prometheus makes itself, and what the rules record.
 */
export async function readKnownSeries(): Promise<ReadonlyMap<string, KnownSeries>> {
  const known = new Map<string, KnownSeries>([
    ['up', { kind: 'level', labels: new Set(ofTarget) }],
    ['ALERTS', { kind: 'level', labels: new Set(['alertname', 'alertstate', 'severity', 'what', 'vendor']) }],
  ]);
  const add = (name: string, kind: KnownSeries['kind'], labels: readonly string[]): void => {
    known.set(name, { kind, labels: new Set([...labels, ...ofTarget]) });
  };
  for (const { name, kind, labels } of readMetrics(root)) {
    if (kind !== 'histogram') {
      add(name, kind === 'counter' ? 'count' : 'level', labels);
      continue;
    }
    add(`${name}_bucket`, 'count', [...labels, 'le']);
    add(`${name}_count`, 'count', labels);
    add(`${name}_sum`, 'count', labels);
  }
  for (const { name, labels } of parseExposition(await createMetrics({ withProcess: true }).read()))
    add(name, name.endsWith('_total') ? 'count' : 'level', Object.keys(labels));
  for (const { rules } of readRules())
    for (const rule of rules) {
      if (isAlert(rule)) continue;
      known.set(rule.record, { kind: 'level', labels: labelsOf(parseExpression(rule.expr), known) });
    }
  return known;
}

/** The labels that an element of the value can have. */
export function labelsOf(
  expression: Expression,
  known: ReadonlyMap<string, KnownSeries>,
): ReadonlySet<string> {
  switch (expression.kind) {
    case 'number':
      return new Set();
    case 'selector':
      return known.get(expression.name)?.labels ?? new Set();
    case 'aggregation': {
      const { isBy, labels } = expression.grouping;
      return isBy ? new Set(labels) : labelsOf(expression.of, known).difference(new Set(labels));
    }
    case 'call': {
      const [first, second] = expression.args;
      if (expression.name === 'histogram_quantile' && second !== undefined)
        return labelsOf(second, known).difference(new Set(['le']));
      if (expression.name !== 'absent') return first === undefined ? new Set() : labelsOf(first, known);
      const named = first?.kind === 'selector' ? first.matchers.filter(({ op }) => op === '=') : [];
      return new Set(named.map(({ label }) => label));
    }
    case 'binary': {
      const { op, matching, group, left, right } = expression;
      const [of, other] = [labelsOf(left, known), labelsOf(right, known)];
      if (op === 'or') return of.union(other);
      if (op === 'and' || op === 'unless' || group === 'left' || matching === null)
        return left.kind === 'number' ? other : of;
      return matching.isBy ? new Set(matching.labels) : of.difference(new Set(matching.labels));
    }
  }
}

const ofCounts: readonly string[] = ['rate', 'increase'];
const overTime: readonly string[] = ['max_over_time', 'avg_over_time', 'sum_over_time'];

/** What an expression asks for that does not exist, or takes for what it is not. One sentence each. */
export function findFaults(text: string, known: ReadonlyMap<string, KnownSeries>): readonly string[] {
  return listExpressions(parseExpression(text))
    .flatMap((one) => findOwnFaults(one, known))
    .map((fault) => `${fault}: ${text}`);
}

function findOwnFaults(one: Expression, known: ReadonlyMap<string, KnownSeries>): readonly string[] {
  switch (one.kind) {
    case 'number':
      return [];
    case 'selector': {
      const series = known.get(one.name);
      if (series === undefined) return [`there is no series ${one.name}`];
      const strange = one.matchers.filter(({ label }) => !series.labels.has(label));
      return strange.map(({ label }) => `${one.name} has no label ${label}`);
    }
    case 'call': {
      const [of] = one.args;
      if (of?.kind !== 'selector') return [];
      const kind = known.get(of.name)?.kind;
      if (ofCounts.includes(one.name) && kind === 'level')
        return [`${of.name} does not only go up, so ${one.name} means nothing`];
      if (overTime.includes(one.name) && kind === 'count')
        return [`${of.name} is a counter, so ${one.name} means nothing`];
      return [];
    }
    case 'aggregation': {
      const labels = labelsOf(one.of, known);
      const strange = one.grouping.labels.filter((label) => !labels.has(label));
      return strange.map((label) => `there is no label ${label} to sum by`);
    }
    case 'binary': {
      const named = one.matching?.isBy === true ? one.matching.labels : [];
      return [one.left, one.right].flatMap((side) =>
        named
          .filter((label) => !labelsOf(side, known).has(label))
          .map((label) => `a side has no label ${label} to meet on`),
      );
    }
  }
}
