import type {
  Aggregation,
  Binary,
  Expression,
  FunctionName,
  Grouping,
  Matcher,
  Selector,
} from './expression.ts';
import { keyOf, type Labels, readRange, readValue, type Series, type SeriesStore } from './series.ts';

/*
 * The value of an expression at one moment, as Prometheus documents it, for the expressions that `expression.ts` lets
 * through. Names of series are dropped at once: no rule of this project goes by them. Tests compare it with truths worked
 * out by hand, and with Prometheus itself where there is one.
 */

export type Element = { readonly labels: Labels; readonly value: number };
/** A number without labels, or one for each set of labels. */
export type Value = number | readonly Element[];

type Moment = { readonly store: SeriesStore; readonly atS: number };

export function evaluate(expression: Expression, moment: Moment): Value {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'selector':
      return select(expression, moment);
    case 'call':
      return call(expression.name, expression.args, moment);
    case 'aggregation':
      return aggregate(expression, toVector(evaluate(expression.of, moment)));
    case 'binary':
      return combine(expression, evaluate(expression.left, moment), evaluate(expression.right, moment));
  }
}

function toVector(value: Value): readonly Element[] {
  if (typeof value === 'number') throw new Error('a number stands where series are needed');
  return value;
}

function toScalar(value: Value): number {
  if (typeof value !== 'number') throw new Error('series stand where a number is needed');
  return value;
}

function findSeries({ name, matchers }: Selector, store: SeriesStore): readonly Series[] {
  return store.list(name).filter(({ labels }) => matchers.every((matcher) => isMatch(matcher, labels)));
}

/** A label that is missing counts as an empty one. Patterns are anchored at both ends. */
function isMatch({ label, op, value }: Matcher, labels: Labels): boolean {
  const given = labels[label] ?? '';
  const isEqual = op === '=' || op === '!=' ? given === value : new RegExp(`^(?:${value})$`, 's').test(given);
  return op === '=' || op === '=~' ? isEqual : !isEqual;
}

function select(selector: Selector, { store, atS }: Moment): readonly Element[] {
  if (selector.rangeS !== null) throw new Error('a window stands outside of a function that takes one');
  return findSeries(selector, store).flatMap((series) => {
    const value = readValue(series, atS, store);
    return value === null ? [] : [{ labels: series.labels, value }];
  });
}

type Point = { readonly atS: number; readonly value: number };
type Window = {
  readonly points: readonly Point[];
  readonly fromS: number;
  readonly untilS: number;
  readonly version: 2 | 3;
};

function call(name: FunctionName, args: readonly Expression[], moment: Moment): Value {
  const { atS } = moment;
  const [first, second] = args;
  switch (name) {
    case 'time':
      return atS;
    case 'vector':
      return [{ labels: {}, value: toScalar(evaluate(needed(first), moment)) }];
    case 'hour':
    case 'month':
    case 'day_of_week':
    case 'day_of_month':
      if (first !== undefined) throw new Error(`${name} is used without an argument here`);
      return [{ labels: {}, value: calendar[name](new Date(atS * 1_000)) }];
    case 'absent':
      return absent(needed(first), moment);
    case 'clamp_min': {
      const least = toScalar(evaluate(needed(second), moment));
      const of = toVector(evaluate(needed(first), moment));
      return of.map(({ labels, value }) => ({ labels, value: Math.max(value, least) }));
    }
    case 'histogram_quantile':
      return quantiles(toScalar(evaluate(needed(first), moment)), toVector(evaluate(needed(second), moment)));
    case 'rate':
      return overWindow(first, moment, (window) => increaseOf(window, window.untilS - window.fromS));
    case 'increase':
      return overWindow(first, moment, (window) => increaseOf(window, 1));
    case 'max_over_time':
      return overWindow(first, moment, ({ points }) => Math.max(...points.map(({ value }) => value)));
    case 'sum_over_time':
      return overWindow(first, moment, ({ points }) => points.reduce((sum, { value }) => sum + value, 0));
    case 'avg_over_time':
      return overWindow(
        first,
        moment,
        ({ points }) => points.reduce((sum, { value }) => sum + value, 0) / points.length,
      );
  }
}

const calendar = {
  hour: (date: Date) => date.getUTCHours(),
  month: (date: Date) => date.getUTCMonth() + 1,
  day_of_week: (date: Date) => date.getUTCDay(),
  day_of_month: (date: Date) => date.getUTCDate(),
};

function needed(argument: Expression | undefined): Expression {
  if (argument === undefined) throw new Error('a function lacks an argument');
  return argument;
}

/** One element without anything found, with the labels that the selection names outright. */
function absent(of: Expression, moment: Moment): readonly Element[] {
  if (toVector(evaluate(of, moment)).length > 0) return [];
  const named = of.kind === 'selector' ? of.matchers.filter(({ op }) => op === '=') : [];
  return [{ labels: Object.fromEntries(named.map(({ label, value }) => [label, value])), value: 1 }];
}

function overWindow(
  of: Expression | undefined,
  { store, atS }: Moment,
  compute: (window: Window) => number | null,
): readonly Element[] {
  if (of?.kind !== 'selector' || of.rangeS === null) throw new Error('this function needs a window');
  const fromS = atS - of.rangeS;
  return findSeries(of, store).flatMap((series) => {
    const points = readRange(series, { fromS, untilS: atS }, store);
    const value =
      points.length === 0 ? null : compute({ points, fromS, untilS: atS, version: store.version });
    return value === null ? [] : [{ labels: series.labels, value }];
  });
}

/**
 * How much a counter grew in a window, divided by `perS`; null with fewer than two values.
 *
 * A value that is lower than the one before is a counter that began again at 0. The growth between the first and the last
 * value is extended to the ends of the window where these are as near as one value is to the next, else by half of that
 * distance, and never to before the counter was 0. Version 2 of Prometheus looked at that last condition first.
 */
function increaseOf({ points, fromS, untilS, version }: Window, perS: number): number | null {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return null;
  const restarts = points.reduce((sum, { value }, index) => {
    const before = points[index - 1]?.value ?? value;
    return value < before ? sum + before : sum;
  }, 0);
  const grown = last.value - first.value + restarts;
  const sampledS = last.atS - first.atS;
  const betweenS = sampledS / (points.length - 1);
  const extend = (gapS: number): number => (gapS >= betweenS * 1.1 ? betweenS / 2 : gapS);
  const toZeroS = grown > 0 && first.value >= 0 ? sampledS * (first.value / grown) : Number.POSITIVE_INFINITY;
  const gapS = first.atS - fromS;
  const beforeS = version === 2 ? extend(Math.min(gapS, toZeroS)) : Math.min(extend(gapS), toZeroS);
  return (grown * ((sampledS + beforeS + extend(untilS - last.atS)) / sampledS)) / perS;
}

/** Within the bucket that holds the wanted observation, observations count as evenly spread. */
function quantiles(q: number, buckets: readonly Element[]): readonly Element[] {
  const of = Map.groupBy(buckets, ({ labels: { le: _, ...labels } }) => keyOf(labels));
  return [...of.values()].map((own) => {
    const { le: _, ...labels } = own[0]?.labels ?? {};
    const sorted = own
      .map((one) => ({ le: Number(one.labels['le']?.replace('+Inf', 'Infinity')), count: one.value }))
      .toSorted((a, b) => a.le - b.le);
    return { labels, value: quantileOf(q, sorted) };
  });
}

function quantileOf(q: number, buckets: readonly { readonly le: number; readonly count: number }[]): number {
  const last = buckets.at(-1);
  if (last === undefined || last.le !== Number.POSITIVE_INFINITY || last.count === 0) return Number.NaN;
  const rank = q * last.count;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const [bucket, before] = [buckets[index], buckets[index - 1]];
  if (bucket === undefined || bucket.le === Number.POSITIVE_INFINITY) return buckets.at(-2)?.le ?? Number.NaN;
  const [fromLe, fromCount] = [before?.le ?? 0, before?.count ?? 0];
  return fromLe + (bucket.le - fromLe) * ((rank - fromCount) / (bucket.count - fromCount));
}

function aggregate({ op, grouping }: Aggregation, of: readonly Element[]): readonly Element[] {
  const groups = Map.groupBy(of, ({ labels }) => keyOf(pick(labels, grouping)));
  return [...groups.values()].map((own) => ({
    labels: pick(own[0]?.labels ?? {}, grouping),
    value: aggregations[op](own.map(({ value }) => value)),
  }));
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const aggregations: Readonly<Record<Aggregation['op'], (values: readonly number[]) => number>> = {
  sum: sumOf,
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  avg: (values) => sumOf(values) / values.length,
  count: (values) => values.length,
};

function pick(labels: Labels, { isBy, labels: named }: Grouping): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => named.includes(name) === isBy));
}

const everything: Grouping = { isBy: false, labels: [] };

function combine(binary: Binary, left: Value, right: Value): Value {
  if (binary.op === 'and' || binary.op === 'or' || binary.op === 'unless')
    return combineSets(binary, toVector(left), toVector(right));
  if (typeof left === 'number' && typeof right === 'number') {
    const value = compute(binary, left, right);
    if (value === null) throw new Error('two numbers are compared without bool');
    return value;
  }
  if (typeof left === 'number')
    return toVector(right).flatMap(({ labels, value }) => keep(labels, compute(binary, left, value, value)));
  if (typeof right === 'number')
    return left.flatMap(({ labels, value }) => keep(labels, compute(binary, value, right, value)));
  return combineVectors(binary, left, right);
}

function keep(labels: Labels, value: number | null): readonly Element[] {
  return value === null ? [] : [{ labels, value }];
}

/** Null: a comparison that is not true, without `bool`. `kept`: what a true one gives. */
function compute({ op, isBool }: Binary, a: number, b: number, kept = a): number | null {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case 'and':
    case 'or':
    case 'unless':
      throw new Error(`${op} is no operator of numbers`);
    default: {
      const isTrue = comparisons[op](a, b);
      if (isBool) return isTrue ? 1 : 0;
      return isTrue ? kept : null;
    }
  }
}

const comparisons = {
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
};

function combineVectors(
  binary: Binary,
  left: readonly Element[],
  right: readonly Element[],
): readonly Element[] {
  const matching = binary.matching ?? everything;
  const keyOfElement = ({ labels }: Element): string => keyOf(pick(labels, matching));
  const byKey = Map.groupBy(right, keyOfElement);
  const isMany = binary.group === 'left';
  const met = new Set<string>();
  return left.flatMap((element) => {
    const key = keyOfElement(element);
    const [other, second] = byKey.get(key) ?? [];
    if (other === undefined) return [];
    if (second !== undefined || (!isMany && met.has(key)))
      throw new Error(`several series meet at ${key}: Prometheus refuses that`);
    met.add(key);
    return keep(
      isMany ? element.labels : pick(element.labels, matching),
      compute(binary, element.value, other.value),
    );
  });
}

function combineSets(
  binary: Binary,
  left: readonly Element[],
  right: readonly Element[],
): readonly Element[] {
  const matching = binary.matching ?? everything;
  const keysOf = (elements: readonly Element[]) =>
    new Set(elements.map(({ labels }) => keyOf(pick(labels, matching))));
  const has = (keys: ReadonlySet<string>, { labels }: Element): boolean =>
    keys.has(keyOf(pick(labels, matching)));
  if (binary.op === 'or') {
    const keys = keysOf(left);
    return [...left, ...right.filter((element) => !has(keys, element))];
  }
  const keys = keysOf(right);
  return left.filter((element) => has(keys, element) === (binary.op === 'and'));
}
