import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { otherVendorAssumptions, sharedRuleTitles } from '../domain/rule-titles.ts';
import { roleNames } from '../roles/role.ts';
import { oneFileRuleTitles } from '../vendors/onefile/rules/rule-titles.ts';

type MetricInfo = {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Roles that serve the metric; `every` if the common frame of all roles creates it. */
  readonly roles: readonly string[];
};

const definition = /\.(counter|gauge|histogram)\(\{(.*?)\}\)/gs;
const prefix = 'pics_sync_';

/**
 * Finds every metric that the sources define, by searching their text.
 *
 * The roles create their metrics only after they have connected, and a list kept by hand would become
 * outdated. A definition that cannot be read, such as one with a computed name, is an error, so that no
 * metric is left out unnoticed.
 */
export function readMetrics(root: string): MetricInfo[] {
  const reachable = new Map(
    roleNames.map((role) => [role, findImported(root, `src/commands/run/${role}.ts`)]),
  );
  const metrics = listSources(root, 'src').flatMap((file) => {
    const roles = roleNames.filter((role) => reachable.get(role)?.has(file));
    const text = readFileSync(path.join(root, file), 'utf8');
    return [...text.matchAll(definition)].map(([, kind = '', body = '']) => ({
      ...toMetric(body, text, file),
      kind: kind as MetricInfo['kind'],
      roles: roles.length === 0 ? ['every'] : roles,
    }));
  });
  return metrics.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function toMetric(body: string, text: string, file: string): Pick<MetricInfo, 'name' | 'help' | 'labels'> {
  const name = /name: '([a-z_]+)'/.exec(body)?.[1];
  const help = /help: '([^']+)'/.exec(body)?.[1];
  const own = /labels: \[([^\]]*)\]/.exec(body)?.[1];
  const shared = /\blabels\b(?!:)/.test(body) ? /const labels = \[([^\]]*)\]/.exec(text)?.[1] : undefined;
  const labels = own ?? shared;
  if (name === undefined || help === undefined || labels === undefined)
    throw new Error(`a metric in ${file} cannot be read from its text: ${body.trim().slice(0, 60)}`);
  return {
    name: `${prefix}${name}`,
    help,
    labels: [...labels.matchAll(/'([^']+)'/g)].map(([, label = '']) => label),
  };
}

function listSources(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'src/base/metrics.ts')
    .sort();
}

/** Returns a file and everything that it imports, directly or indirectly. */
function findImported(root: string, file: string, found = new Set<string>()): Set<string> {
  if (found.has(file) || !existsSync(path.join(root, file))) return found;
  found.add(file);
  const text = readFileSync(path.join(root, file), 'utf8');
  for (const [, target = ''] of text.matchAll(/from '(\.[^']+)'/g))
    findImported(root, path.posix.join(path.posix.dirname(file), target), found);
  return found;
}

const metricsHead = `# Metrics

Every role serves \`/metrics\` (Prometheus text), \`/healthz\` (503: only a restart helps) and \`/readyz\` (503: it waits for
something); the ops role also serves \`/status.json\`. Ports: \`http\` in [configuration.md](configuration.md). Each label has
few values; a label never identifies a learner.

Times are histograms in seconds, from 5 ms to 10 minutes. The label \`what\` of the \`lag\` metrics is a line of
\`pics-sync lag\`. Every process also exports the metrics of Node.js, under the same prefix.

This document is generated from the code by \`npm run generate:docs\`.
`;

/** `docs/metrics.md`, from the definitions in the sources. */
export function toMetricsDocument(metrics: readonly MetricInfo[]): string {
  const rows = metrics.map(
    ({ name, kind, help, labels, roles }) =>
      `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${roles.join(', ')} | ${help} |\n`,
  );
  return `${metricsHead}\n| metric | kind | labels | role | meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`;
}

export type SourceText = { readonly path: string; readonly text: string };

type TestTitle = { readonly path: string; readonly title: string; readonly rules: readonly string[] };

type RuleEvidence = {
  readonly rule: string;
  readonly what: string;
  /** Sources that name the rule, without tests. */
  readonly files: readonly string[];
  /** Titles of tests that name it, by file. */
  readonly tests: ReadonlyMap<string, readonly string[]>;
};

/**
 * Left out: the lists name every rule without implementing it, and the tests of this module use invented
 * rules.
 */
const leftOut = [
  'src/domain/rule-titles.ts',
  'src/vendors/onefile/rules/rule-titles.ts',
  'src/cli/documents.ts',
  'test/rules.test.ts',
];

/** Reads every source and test that may name a rule, by its path from the root. */
export function readRuleSources(root: string): SourceText[] {
  return globSync('{src,simulators,demo,test}/**/*.ts', { cwd: root })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !file.includes('/generated/') && !leftOut.includes(file))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }));
}

/** Finds where each rule is named. A rule that is not named has empty lists. */
export function collectRules(sources: readonly SourceText[]): RuleEvidence[] {
  const code = sources
    .filter((one) => one.path.startsWith('src/') && !isTestFile(one.path))
    .map((one) => ({ path: one.path, rules: findRules(one.text) }));
  const titles = sources.flatMap(findTestTitles);
  return Object.entries({ ...oneFileRuleTitles, ...sharedRuleTitles }).map(([rule, what]) => ({
    rule,
    what,
    files: code.filter(({ rules }) => rules.includes(rule)).map((one) => one.path),
    tests: groupTitles(titles.filter(({ rules }) => rules.includes(rule))),
  }));
}

/** Finds rule numbers in test titles and in sources that are not in any list. */
export function findUnknownRules(sources: readonly SourceText[]): string[] {
  const known = [...Object.keys({ ...oneFileRuleTitles, ...sharedRuleTitles }), ...otherVendorAssumptions];
  const named = sources.flatMap((one) =>
    isTestFile(one.path)
      ? findTestTitles(one)
      : [{ path: one.path, rules: one.path.startsWith('src/') ? findRules(one.text) : [] }],
  );
  return named.flatMap((one) =>
    one.rules.filter((rule) => !known.includes(rule)).map((rule) => `${one.path}: ${rule}`),
  );
}

/**
 * Finds the rule numbers in a text, each once: `OF-20a` is OF-20, `OF-42 to OF-44` and `OF-42..44` are
 * three.
 */
export function findRules(text: string): readonly string[] {
  const named = text.matchAll(/(?<![\w-])(OF|D|G|A)-(\d+)(?!\d)(?:(?: to \1-|\.\.)(\d+))?/g);
  const rules = [...named].flatMap(([, group = '', first = '', last = first]) => {
    const [from, to] = [Number(first), Math.min(Number(last), Number(first) + 100)];
    return Array.from({ length: Math.max(1, to - from + 1) }, (_, n) => `${group}-${from + n}`);
  });
  return [...new Set(rules)];
}

/**
 * Finds the titles in a test file that name a rule.
 *
 * Every string of four words or more counts as a title, because titles also stand in the tables of
 * `test.each`. Codes such as `OF-53` in test data are shorter.
 */
export function findTestTitles({ path: file, text }: SourceText): TestTitle[] {
  if (!isTestFile(file)) return [];
  const withoutComments = text.replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, '');
  const texts = withoutComments.matchAll(
    /'((?:[^'\\\n]|\\.)+)'|"((?:[^"\\\n]|\\.)+)"|`((?:[^`\\\n]|\\.)+)`/g,
  );
  return [...texts].flatMap(([, single, double, template]) => {
    const title = (single ?? double ?? template ?? '').replace(/\\(.)/g, '$1');
    const rules = findRules(title);
    return rules.length === 0 || title.split(/\s+/).length < 4 ? [] : [{ path: file, title, rules }];
  });
}

function isTestFile(file: string): boolean {
  return file.endsWith('.test.ts');
}

function groupTitles(titles: readonly TestTitle[]): Map<string, readonly string[]> {
  const byFile = Map.groupBy(titles, (one) => one.path);
  return new Map(
    [...byFile].map(([file, found]) => [file, [...new Set(found.map(({ title }) => title))]] as const),
  );
}

const rulesHead = `# Rules

The rules between PICS and OneFile, by number: each rule in one line, the sources that name it, and the tests that prove it.
Numbers never change; a rule that no longer applies keeps its number. OF: OneFile. D and G: decisions and rules for every
vendor. A: assumptions about unknown vendor behaviour or wishes; each is a setting or one policy in the code.

This document is generated from the code by \`npm run generate:docs\`: from the lists of rules, the rule numbers in the sources
and the titles of the tests.
`;

/** `docs/rules.md`. */
export function toRulesDocument(rules: readonly RuleEvidence[]): string {
  const rows = rules.map(({ rule, what, files, tests }) =>
    [rule, what, toLines(files.map(toCode)), toLines([...tests].map(toTests))].map(toCell).join(' | '),
  );
  return `${rulesHead}\n| rule | what | files | tests |\n| --- | --- | --- | --- |\n${rows.map((row) => `| ${row} |\n`).join('')}`;
}

function toTests([file, titles]: readonly [string, readonly string[]]): string {
  return `${toCode(file)}: ${titles.map((title) => title.replaceAll('`', '')).join('; ')}`;
}

function toCode(file: string): string {
  return `\`${file}\``;
}

function toLines(lines: readonly string[]): string {
  return lines.length === 0 ? 'none' : lines.join('<br>');
}

function toCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
