import { describe, expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { parseExpression } from './expression.ts';
import { isAlert, RuleWatch, readRuleFile } from './rules.ts';
import { keyOf, SeriesStore } from './series.ts';
import { readRules } from './watch.ts';

// The evaluation that judges the rules is itself held against truths that were worked out by hand.

/** Scrapes of one target every 15 s from 0 on, as lines of its page. */
function storeOf(pages: readonly (string | null)[], version: 2 | 3 = 3): SeriesStore {
  const store = new SeriesStore(version);
  for (const [index, page] of pages.entries())
    store.scrape({ job: 'j', instance: 'i' }, page === null ? null : `${page}\n`, index * 15);
  return store;
}

/** `label=value → number`, without the target's own labels. */
function valueAt(text: string, store: SeriesStore, atS: number): unknown {
  const value = evaluate(parseExpression(text), { store, atS });
  if (typeof value === 'number') return value;
  return Object.fromEntries(
    value.map(({ labels: { job: _, instance: __, ...labels }, value: one }) => [
      Object.entries(labels)
        .map(([name, label]) => `${name}=${label}`)
        .join(' '),
      one,
    ]),
  );
}

const growing = storeOf(Array.from({ length: 21 }, (_, n) => `c_total{v="a"} ${n * 3}\nc_total{v="b"} ${n}`));
const newest = storeOf([
  'g{v="a",k="x"} 1\ng{v="a",k="y"} 2\ng{v="b",k="x"} 5\nh{v="a"} 10\nn{v="a"} NaN\nbig{v="a"} +Inf',
]);

describe('a value at a moment', () => {
  test.each<[string, unknown]>([
    ['g{v="b"}', { 'v=b k=x': 5 }],
    ['g{v!="b"}', { 'v=a k=x': 1, 'v=a k=y': 2 }],
    ['g{k=~"x|z"}', { 'v=a k=x': 1, 'v=b k=x': 5 }],
    ['g{k=~"."}', { 'v=a k=x': 1, 'v=a k=y': 2, 'v=b k=x': 5 }],
    ['g{k!~"x.*"}', { 'v=a k=y': 2 }],
    ['g{missing=""}', { 'v=a k=x': 1, 'v=a k=y': 2, 'v=b k=x': 5 }],
    ['sum by (v) (g)', { 'v=a': 3, 'v=b': 5 }],
    ['sum without (k, job, instance) (g)', { 'v=a': 3, 'v=b': 5 }],
    ['max(g)', { '': 5 }],
    ['min by (k) (g)', { 'k=x': 1, 'k=y': 2 }],
    ['avg(g)', { '': 8 / 3 }],
    ['count by (v) (g)', { 'v=a': 2, 'v=b': 1 }],
    ['g > 1', { 'v=a k=y': 2, 'v=b k=x': 5 }],
    ['g > bool 1', { 'v=a k=x': 0, 'v=a k=y': 1, 'v=b k=x': 1 }],
    ['2 > g', { 'v=a k=x': 1 }],
    ['1 - -3 * 2', 7],
    ['7 % 4 + 10 / 4', 5.5],
    ['time()', 15],
    ['vector(2)', { '': 2 }],
    ['absent(g)', {}],
    ['absent(nothing{v="a",k=~"x"})', { 'v=a': 1 }],
    ['absent(sum(nothing))', { '': 1 }],
    ['clamp_min(g, 2)', { 'v=a k=x': 2, 'v=a k=y': 2, 'v=b k=x': 5 }],
    ['sum by (v) (g) / on (v) h', { 'v=a': 0.3 }],
    ['g / on (v) group_left () h', { 'v=a k=x': 0.1, 'v=a k=y': 0.2 }],
    ['h and on (v) g', { 'v=a': 10 }],
    ['g unless on (v) h', { 'v=b k=x': 5 }],
    ['h or on (v) g', { 'v=a': 10, 'v=b k=x': 5 }],
    ['sum by (v) (g) unless ignoring (k) sum by (v) (h)', { 'v=b': 5 }],
    ['n == 1', {}],
    ['big > 1e300', { 'v=a': Number.POSITIVE_INFINITY }],
    ['up', { '': 1 }],
  ])('%s', (text, value) => {
    expect(valueAt(text, newest, 15)).toEqual(value);
  });

  test('calendar functions go by UTC', () => {
    const atS = Date.parse('2026-03-29T23:59:00Z') / 1_000;
    const of = (text: string) => valueAt(text, newest, atS);
    expect([of('hour()'), of('month()'), of('day_of_month()'), of('day_of_week()')]).toEqual([
      { '': 23 },
      { '': 3 },
      { '': 29 },
      { '': 0 },
    ]);
  });

  test('a value counts for five minutes, and not after the target has left it out or gone', () => {
    const gone = storeOf(['g 1', 'g 2', 'x 1', null]);
    expect(valueAt('g', gone, 15)).toEqual({ '': 2 });
    expect(valueAt('g', gone, 30)).toEqual({});
    expect(valueAt('up', gone, 45)).toEqual({ '': 0 });
    expect(valueAt('x', gone, 45)).toEqual({});
    expect(valueAt('g', storeOf(['g 7']), 299)).toEqual({ '': 7 });
    expect(valueAt('g', storeOf(['g 7']), 300)).toEqual({});
    expect(valueAt('g', storeOf(['g 7'], 2), 300)).toEqual({ '': 7 });
  });

  test('two series that meet one are refused, as Prometheus does', () => {
    expect(() => valueAt('h / on (v) g', newest, 15)).toThrow('several series meet');
    expect(() => valueAt('g / on (v) h', newest, 15)).toThrow('several series meet');
  });
});

describe('a value over a window', () => {
  test.each<[string, number, unknown]>([
    // 3 and 1 a scrape, so 60 and 20 in 300 s: 19 steps were seen, and the window reaches one step further back.
    ['increase(c_total[5m])', 300, { 'v=a': 60, 'v=b': 20 }],
    ['rate(c_total[5m])', 300, { 'v=a': 0.2, 'v=b': 1 / 15 }],
    // Three values, two steps of 15 s; the window is longer than what was seen, so half a step is added, and a counter
    // that was 0 then was not less before.
    ['increase(c_total{v="a"}[5m])', 30, { 'v=a': 6 }],
    ['max_over_time(c_total{v="b"}[1m])', 300, { 'v=b': 20 }],
    ['sum_over_time(c_total{v="b"}[1m])', 300, { 'v=b': 17 + 18 + 19 + 20 }],
    ['avg_over_time(c_total{v="b"}[30s])', 300, { 'v=b': 19.5 }],
    ['increase(c_total[15s])', 300, {}],
  ])('%s at %s', (text, atS, value) => {
    const found = valueAt(text, growing, atS) as Record<string, number>;
    for (const [key, expected] of Object.entries(value as Record<string, number>))
      expect(found[key]).toBeCloseTo(expected, 9);
    expect(Object.keys(found)).toEqual(Object.keys(value as object));
  });

  test('a counter that begins again has grown by what it shows', () => {
    const restarted = storeOf(['c 10', 'c 12', 'c 1', 'c 3', 'c 3']);
    // 2, then 1, then 2: 5 in 60 s seen; the window of 75 s begins 15 s before the first value.
    expect(valueAt('increase(c[75s])', restarted, 60)).toEqual({ '': 6.25 });
  });

  test('a window of version 2 includes its beginning', () => {
    const pages = ['g 1', 'g 2', 'g 4'];
    expect(valueAt('sum_over_time(g[30s])', storeOf(pages), 30)).toEqual({ '': 6 });
    expect(valueAt('sum_over_time(g[30s])', storeOf(pages, 2), 30)).toEqual({ '': 7 });
  });

  test('a quantile is spread evenly within its bucket; bounds are named as in version 3', () => {
    const store = storeOf([
      'd_bucket{le="1"} 2\nd_bucket{le="5"} 6\nd_bucket{le="+Inf"} 8\ne_bucket{le="1"} 0\ne_bucket{le="+Inf"} 0',
    ]);
    expect(valueAt('histogram_quantile(0.5, d_bucket)', store, 0)).toEqual({ '': 3 });
    expect(valueAt('histogram_quantile(0.1, d_bucket)', store, 0)).toEqual({ '': 0.4 });
    expect(valueAt('histogram_quantile(0.9, d_bucket)', store, 0)).toEqual({ '': 5 });
    expect(valueAt('histogram_quantile(0.5, e_bucket)', store, 0)).toEqual({ '': Number.NaN });
    expect(valueAt('d_bucket{le="5.0"}', store, 0)).toEqual({ 'le=5.0': 6 });
  });
});

describe('what is not evaluated is refused', () => {
  test.each([
    ['sum(', 'is no PromQL'],
    ['topk(3, g)', 'this aggregation is not evaluated here'],
    ['quantile_over_time(0.5, g[5m])', 'this function is not evaluated here'],
    ['g offset 5m', 'this kind of expression is not evaluated here'],
    ['max_over_time(g[5m:1m])', 'this kind of expression is not evaluated here'],
    ['g ^ 2', 'this operator is not evaluated here'],
    ['g / on (v) group_right () h', 'such a modifier is not evaluated here'],
    ['g / on (v) group_left (k) h', 'a label taken from the other side is not evaluated here'],
    ['-g', 'a sign before anything but a number is not evaluated here'],
    ['{v="a"}', 'a selection without a name is not evaluated here'],
  ])('%s: %s', (text, reason) => {
    expect(() => parseExpression(text)).toThrow(reason);
  });

  test.each([
    ['g[5m]', 'a window stands outside'],
    ['rate(g)', 'needs a window'],
    ['1 > 2', 'compared without bool'],
    ['sum(1)', 'a number stands where series are needed'],
    ['vector(g)', 'series stand where a number is needed'],
  ])('%s: %s', (text, reason) => {
    expect(() => valueAt(text, newest, 15)).toThrow(reason);
  });

  test('a line that is no line of the text format', () => {
    expect(() => storeOf(['g{a=1} 2'])).toThrow('is no list of labels');
    expect(() => storeOf(['g one two'])).toThrow('is no line');
  });
});

describe('an alert', () => {
  const rules = readRuleFile(`
groups:
  - name: g
    rules:
      - { record: 'high:bool', expr: 'g > bool 5' }
      - alert: High
        expr: high:bool == 1
        for: 30s
        labels: { severity: page }
        annotations: { summary: '{{ $labels.v }} is high' }
`);

  function run(values: readonly number[]): string[] {
    const store = new SeriesStore();
    const watch = new RuleWatch(rules, store);
    return values.map((value, index) => {
      store.scrape({ job: 'j', instance: 'i' }, `g{v="a"} ${value}\n`, index * 15);
      const [alert] = watch.evaluate(index * 15);
      expect(store.list('ALERTS').filter(({ samples }) => samples.at(-1)?.value === 1)).toHaveLength(
        alert === undefined ? 0 : 1,
      );
      return alert === undefined ? '' : alert.state;
    });
  }

  test('is pending for as long as its rule says, then fires until its cause is gone', () => {
    expect(run([1, 9, 9, 9, 9, 1, 9])).toEqual(['', 'pending', 'pending', 'firing', 'firing', '', 'pending']);
  });

  test('begins to wait again when its cause was away for one evaluation', () => {
    expect(run([9, 9, 1, 9, 9, 9])).toEqual(['pending', 'pending', '', 'pending', 'pending', 'firing']);
  });

  test('has its labels, those of the rule, and sentences that are filled in', () => {
    const store = new SeriesStore();
    store.scrape({ job: 'j', instance: 'i' }, 'g{v="a"} 9\n', 0);
    expect(new RuleWatch(rules, store).evaluate(0)).toEqual([
      {
        name: 'High',
        state: 'pending',
        labels: { v: 'a', job: 'j', instance: 'i', severity: 'page' },
        annotations: { summary: 'a is high' },
      },
    ]);
    expect(keyOf({ b: '1', a: '2' })).toBe(keyOf({ a: '2', b: '1' }));
  });

  test('whose sentence names a label that it lacks, or uses another template, is refused', () => {
    for (const [summary, reason] of [
      ['{{ $labels.nothing }}', 'names the label nothing'],
      ['{{ printf "%f" $value }}', 'is no template that is used here'],
    ] as const) {
      const store = storeOf(['g{v="a"} 9']);
      const [group] = rules;
      const spoilt = group!.rules.map((rule) =>
        isAlert(rule) ? { ...rule, annotations: { summary } } : rule,
      );
      expect(() => new RuleWatch([{ ...group!, rules: spoilt }], store).evaluate(0)).toThrow(reason);
    }
  });
});

test('the time of day in London is right at every noon of three years, and from 02:00 on where the clocks change', () => {
  const rules = readRules().filter(({ name }) => name === 'pics-sync-time');
  const london = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', timeStyle: 'medium' });
  const hourMs = 3_600_000;
  for (let atMs = Date.UTC(2026, 0, 1, 12); atMs < Date.UTC(2029, 0, 1); atMs += 24 * hourMs) {
    for (const ms of [atMs - 10 * hourMs, atMs, atMs + 11 * hourMs]) {
      const store = new SeriesStore();
      new RuleWatch(rules, store).evaluate(ms / 1_000);
      const [series] = store.list('pics_sync:london_time_of_day:seconds');
      const [hours = 0, minutes = 0] = london.format(ms).split(':').map(Number);
      expect(`${new Date(ms).toISOString()} ${series?.samples.at(-1)?.value}`).toBe(
        `${new Date(ms).toISOString()} ${hours * 3_600 + minutes * 60}`,
      );
    }
  }
});
