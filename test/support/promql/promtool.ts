import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { type ActiveAlert, type RuleGroup, RuleWatch } from './rules.ts';
import { keyOf, type Labels, type Series, type SeriesStore } from './series.ts';

/** Prometheus's own tool, where the environment names one: what is evaluated here is then compared with what it says. */
export const promtool: string | null = process.env['PROMTOOL'] ?? null;

/** Runs it. Throws with what it says when it is not content. */
export function runPromtool(tool: string, args: readonly string[]): string {
  try {
    return execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`promtool ${args.join(' ')}: ${stdout}${stderr}`);
  }
}

type Comparison = {
  readonly store: SeriesStore;
  readonly groups: readonly RuleGroup[];
  readonly files: readonly string[];
  readonly everyS: number;
  /** Alerts that are left out. */
  readonly without: readonly string[];
};

/**
 * Evaluates the rules again over what was scraped, here and by promtool, and throws where the alerts differ at any minute.
 *
 * promtool's time begins at 0, so the times of the scrapes are counted from the first one.
 */
export function compareWithPromtool(
  tool: string,
  { store, groups, files, everyS, without }: Comparison,
): void {
  const isOld = /version 2\./.test(runPromtool(tool, ['--version']));
  const copy = store.copyScraped(isOld ? 2 : 3);
  const times = [
    ...new Set(copy.list('up').flatMap(({ samples }) => samples.map(({ atS }) => atS))),
  ].toSorted((a, b) => a - b);
  const [startS = 0, endS = 0] = [times[0], times.at(-1)];
  const rules = new RuleWatch(groups, copy);
  const active = times.map((atS) => ({ atS, alerts: rules.evaluate(atS) }));
  const used = store.scraped.filter(({ name }) =>
    groups.some((group) => group.rules.some(({ expr }) => expr.includes(name))),
  );
  const test = {
    rule_files: files,
    evaluation_interval: `${everyS}s`,
    group_eval_order: groups.map(({ name }) => name),
    tests: [
      {
        interval: `${everyS}s`,
        input_series: used.map((series) => ({
          series: toSelector(series.name, series.labels),
          values: toValues(series, { startS, endS, everyS }),
        })),
        promql_expr_test: active
          .filter((_, index) => index % 4 === 0)
          .map(({ atS, alerts }) => ({
            expr: `ALERTS{alertname!~"${without.join('|')}"}`,
            eval_time: `${atS - startS}s`,
            exp_samples: alerts
              .filter(({ name }) => !without.includes(name))
              .map((alert) => ({ labels: toSelector('ALERTS', toAlertLabels(alert)), value: 1 })),
          })),
      },
    ],
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'pics-sync-promtool-'));
  try {
    const file = path.join(folder, 'test.yml');
    writeFileSync(file, stringify(test));
    runPromtool(tool, ['test', 'rules', file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function toAlertLabels({ name, state, labels }: ActiveAlert): Labels {
  return { ...labels, alertname: name, alertstate: state };
}

function toSelector(name: string, labels: Labels): string {
  const pairs = (parse(keyOf(labels)) as [string, string][]).map(
    ([label, value]) => `${label}=${JSON.stringify(value)}`,
  );
  return `${name}{${pairs.join(',')}}`;
}

/** A value for each scrape: `_` where there was none, `stale` where the series ended. */
function toValues(
  { samples }: Series,
  { startS, endS, everyS }: { readonly startS: number; readonly endS: number; readonly everyS: number },
): string {
  const byTime = new Map(samples.map(({ atS, value }) => [atS, value]));
  const values: string[] = [];
  for (let atS = startS; atS <= endS; atS += everyS) {
    const value = byTime.get(atS);
    values.push(value === undefined ? '_' : value === null ? 'stale' : String(value));
  }
  return values.join(' ');
}
