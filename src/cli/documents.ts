import { globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sharedRuleTitles } from '../domain/rule-titles.ts';
import { roleNames } from '../roles/role.ts';
import { allVendors } from '../vendors/all.ts';

type MetricInfo = {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Roles that serve the metric; `every` if the common frame of all roles creates it. */
  readonly roles: readonly string[];
};

const definition = /(?:const (\w+) = )?\w+\.(counter|gauge|histogram)\(\{(.*?)\}\)/gs;
const meterFile = 'src/ops/meter.ts';
const prefix = 'pics_sync_';

/**
 * Finds every metric that the sources define, by searching their text.
 *
 * The roles create their metrics only after they have connected, and a list kept by hand would become
 * outdated. A definition that cannot be read, such as one with a computed name, is an error, so that no
 * metric is left out unnoticed.
 *
 * A role serves a metric if a function that records it can be reached from the function of the role. That is
 * the function with the definition, or, for the metrics of the meter, those that call the method which records it.
 */
export function readMetrics(root: string): MetricInfo[] {
  const functions = listSources(root, 'src').flatMap((file) =>
    splitFunctions({ path: file, text: readFileSync(path.join(root, file), 'utf8') }),
  );
  const byKey = new Map(functions.map((one) => [one.key, one]));
  const reachable = new Map(
    roleNames.map((role) => [role, findReached(byKey, `src/roles/${role}.ts#run${toCapital(role)}`)]),
  );
  const metrics = functions.flatMap((one) =>
    [...one.text.matchAll(definition)].map(([, variable = '', kind = '', body = '']) => {
      const recorders = one.path === meterFile ? findRecorders(variable, one.text, functions) : [one.key];
      const roles = roleNames.filter((role) => recorders.some((key) => reachable.get(role)?.has(key)));
      return {
        ...toMetric(body, one.text, one.path),
        kind: kind as MetricInfo['kind'],
        roles: roles.length === 0 ? ['every'] : roles,
      };
    }),
  );
  return metrics.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The functions that call a method of the meter which records the metric in `variable`. */
function findRecorders(variable: string, meter: string, functions: readonly FunctionText[]): string[] {
  const methods = meter
    .slice(meter.indexOf('\n  return {'))
    .split(/\n {4}(?=\w+: \()/)
    .filter((method) => new RegExp(`\\b${variable}\\.`).test(method))
    .map((method) => method.slice(0, method.indexOf(':')));
  const callers = functions.filter(({ text }) =>
    methods.some((method) => new RegExp(`\\bmeter\\.${method}\\(`).test(text)),
  );
  if (callers.length === 0) throw new Error(`nothing records the metric "${variable}" of the meter`);
  return callers.map(({ key }) => key);
}

/** A declaration at the top level of a file, with its text. */
type FunctionText = {
  /** `path#name` */
  readonly key: string;
  readonly path: string;
  readonly text: string;
  /** What a name in the text can stand for: a declaration of the file, or one that it imports. */
  readonly known: ReadonlyMap<string, string>;
};

function splitFunctions({ path: file, text }: SourceText): FunctionText[] {
  const known = new Map<string, string>();
  for (const [, names = '', target = ''] of text.matchAll(/^import \{([^}]*)\} from '(\.[^']+)'/gm)) {
    const from = path.posix.join(path.posix.dirname(file), target);
    for (const name of names.split(',')) {
      const [theirs = '', ours = theirs] = name.trim().split(' as ');
      known.set(ours, `${from}#${theirs}`);
    }
  }
  const declared = /^(?=(?:export )?(?:async )?(?:function|const|class) \w)/m;
  const parts = text.split(declared).map((part) => ({
    name: /^(?:export )?(?:async )?(?:function|const|class) (\w+)/.exec(part)?.[1] ?? '',
    part,
  }));
  for (const { name } of parts) if (name !== '') known.set(name, `${file}#${name}`);
  return parts.map(({ name, part }) => ({ key: `${file}#${name}`, path: file, text: part, known }));
}

/** Everything that a declaration names, directly or through what it names. */
function findReached(
  functions: ReadonlyMap<string, FunctionText>,
  key: string,
  found = new Set<string>(),
): Set<string> {
  const one = functions.get(key);
  if (one === undefined || found.has(key)) return found;
  found.add(key);
  for (const [name] of one.text.matchAll(/\b[A-Za-z_]\w*\b/g)) {
    const target = one.known.get(name);
    if (target !== undefined) findReached(functions, target, found);
  }
  return found;
}

function toCapital(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
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

const metricsHead = `# Metrics

Every role serves \`/metrics\` (Prometheus text), \`/healthz\` (503: only a restart helps) and \`/readyz\` (503: it waits for
something); the ops role also serves \`/status.json\`, and its \`/readyz\` is 200 only if \`pics-sync lag\` is well. Ports: \`http\` in [configuration.md](configuration.md). Each label has
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
  /** Sources that name the rule, without tests; first those that hold it rather than mention it. */
  readonly files: readonly string[];
  /** Titles of tests that name it, by file. */
  readonly tests: ReadonlyMap<string, readonly string[]>;
};

/**
 * Left out: the lists name every rule without implementing it, and the tests of this module use invented
 * rules.
 */
const leftOut = ['src/cli/documents.ts', 'test/rules.test.ts'];

/** Every rule by number, the vendors' own first. */
const ruleTitles: Readonly<Record<string, string>> = Object.assign(
  {},
  ...allVendors.map((vendor) => vendor.ruleTitles),
  sharedRuleTitles,
);

/** Reads every source and test that may name a rule, by its path from the root. */
export function readRuleSources(root: string): SourceText[] {
  return globSync('{src,simulators,demo,test}/**/*.ts', { cwd: root })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !/\/generated\/|\/rule-titles\.ts$/.test(file) && !leftOut.includes(file))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }));
}

/** Finds where each rule is named. A rule that is not named has empty lists. */
export function collectRules(sources: readonly SourceText[]): RuleEvidence[] {
  const code = sources.filter((one) => one.path.startsWith('src/') && !isTestFile(one.path)).map(countRules);
  const titles = sources.flatMap(findTestTitles);
  return Object.entries(ruleTitles).map(([rule, what]) => ({
    rule,
    what,
    files: code
      .filter(({ counts }) => counts.has(rule))
      .toSorted((a, b) => standing(a.path) - standing(b.path) || countOf(b, rule) - countOf(a, rule))
      .map((one) => one.path),
    tests: groupTitles(titles.filter(({ rules }) => rules.includes(rule))),
  }));
}

type RuleCounts = { readonly path: string; readonly counts: ReadonlyMap<string, number> };

/** Counts the lines of a source that name each rule. */
function countRules({ path: file, text }: SourceText): RuleCounts {
  const counts = new Map<string, number>();
  for (const line of text.split('\n'))
    for (const rule of findRules(line)) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return { path: file, counts };
}

function countOf({ counts }: RuleCounts, rule: string): number {
  return counts.get(rule) ?? 0;
}

/** Rules are held by the folder of rules first. Settings and lists of columns only name what they serve. */
function standing(file: string): number {
  if (/\/(?:config|columns|sections|settings|messages)\.ts$/.test(file)) return 3;
  if (/^src\/vendors\/[\w-]+\/rules\//.test(file)) return 0;
  return file.startsWith('src/vendors/') ? 1 : 2;
}

const prefixOf = (rule: string): string => rule.split('-')[0] ?? '';
const prefixes = new Set(Object.keys(ruleTitles).map(prefixOf));
const ruleNumbers = new RegExp(
  `(?<![\\w-])(${[...prefixes].join('|')})-(\\d+)(?!\\d)(?:(?: to \\1-|\\.\\.)(\\d+))?`,
  'g',
);

/**
 * Finds the rule numbers in a text, each once: `OF-20a` is OF-20, `OF-42 to OF-44` and `OF-42..44` are
 * three.
 */
export function findRules(text: string): readonly string[] {
  const named = text.matchAll(ruleNumbers);
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
  return file.endsWith('.test.ts') || file.startsWith('test/contracts/');
}

function groupTitles(titles: readonly TestTitle[]): Map<string, readonly string[]> {
  const byFile = Map.groupBy(titles, (one) => one.path);
  return new Map(
    [...byFile].map(([file, found]) => [file, [...new Set(found.map(({ title }) => title))]] as const),
  );
}

const rulesHead = `# Rules

The rules between PICS and its vendors, by number. Each has its sentence, the file that holds it (two, if two share it), and the
number of tests that name it in their title. Numbers never change; a rule that no longer applies keeps its number. To see
the tests of a rule: \`npm run test:fast -- -t OF-42\`.

This document is generated from the code by \`npm run generate:docs\`: from the lists of rules, the rule numbers in the sources
and the titles of the tests.
`;

const ruleGroups: readonly (readonly [prefix: string, title: string])[] = [
  ...allVendors.map(({ title, ruleTitles: own }) => [prefixOf(Object.keys(own)[0] ?? ''), title] as const),
  ['D', 'Decisions for every vendor'],
  ['G', 'Rules for every vendor'],
  [
    'A',
    'Assumptions: a wish or an unknown behaviour of a vendor; each is a setting or one policy in the code',
  ],
];

/** `docs/rules.md`: a table for each group of rules, and below all places that name a rule. */
export function toRulesDocument(rules: readonly RuleEvidence[]): string {
  const tables = ruleGroups.map(([prefix, title]) => {
    const rows = rules.filter(({ rule }) => rule.startsWith(`${prefix}-`)).map(toRow);
    return `\n## ${title}\n\n| rule | what | in | tests |\n| --- | --- | --- | --- |\n${rows.join('')}`;
  });
  const places = rules.map(
    ({ rule, files, tests }) =>
      `- **${rule}** ${listOf(files.map(toShort))}. Tests: ${listOf([...tests.keys()].map(toShort))}.\n`,
  );
  return `${rulesHead}${tables.join('')}\n## Every place that names a rule\n\nWithout \`src/\`, \`vendors/\`, \`rules/\` of a vendor and \`.ts\`.\n\n${places.join('')}`;
}

function toRow({ rule, what, files, tests }: RuleEvidence): string {
  const count = [...tests.values()].reduce((sum, titles) => sum + titles.length, 0);
  const [first = null, second = null] = files;
  const isShared = first !== null && second !== null && standing(first) === 0 && standing(second) === 0;
  const held = [first, isShared ? second : null].filter((file) => file !== null);
  return `| ${rule} | ${toCell(what)} | ${listOf(held.map(toLink))} | ${count} |\n`;
}

function toLink(file: string): string {
  return `[${toShort(file)}](../${file})`;
}

/** Leaves out the folders that say nothing new, and the end that every file has. */
function toShort(file: string): string {
  return file
    .replace(/^src\//, '')
    .replace(/^vendors\/([\w-]+)\/(?:rules\/)?/, '$1/')
    .replace(/\.ts$/, '');
}

function listOf(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(', ');
}

function toCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
