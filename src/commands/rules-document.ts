import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { otherVendorAssumptions, sharedRuleTitles } from '../core/rule-titles.ts';
import { oneFileRuleTitles } from '../vendors/onefile/rules/rule-titles.ts';

export type SourceText = { readonly path: string; readonly text: string };

type TestTitle = { readonly path: string; readonly title: string; readonly rules: readonly string[] };

export type RuleEvidence = {
  readonly rule: string;
  readonly what: string;
  /** Sources that name the rule; none of them a test. */
  readonly files: readonly string[];
  /** Titles of tests that name it, by file. */
  readonly tests: ReadonlyMap<string, readonly string[]>;
};

/** The lists name every rule and hold none; what examines the naming of rules makes some up. */
const leftOut = [
  'src/core/rule-titles.ts',
  'src/vendors/onefile/rules/rule-titles.ts',
  'src/commands/rules-document.ts',
  'test/rules.test.ts',
];

/** Every source and test that may name a rule, by its path from the root. */
export function readRuleSources(root: string): SourceText[] {
  return globSync('{src,simulators,demo,test}/**/*.ts', { cwd: root })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !file.includes('/generated/') && !leftOut.includes(file))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }));
}

/** Where each rule is named; a rule that nobody names has empty lists. */
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

/** Rule numbers in titles of tests, and in what sources say, that no list knows. */
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

/** Numbers named in a text, each once: `OF-20a` is OF-20, `OF-42 to OF-44` and `OF-42..44` are three. */
export function findRules(text: string): readonly string[] {
  const named = text.matchAll(/(?<![\w-])(OF|D|G|A)-(\d+)(?!\d)(?:(?: to \1-|\.\.)(\d+))?/g);
  const rules = [...named].flatMap(([, group = '', first = '', last = first]) => {
    const [from, to] = [Number(first), Math.min(Number(last), Number(first) + 100)];
    return Array.from({ length: Math.max(1, to - from + 1) }, (_, n) => `${group}-${from + n}`);
  });
  return [...new Set(rules)];
}

/**
 * Titles in a test file that name a rule.
 *
 * Every text of four words or more is taken for one: titles also stand in the tables of `test.each`, and codes such
 * as `OF-53` in the data of a test are shorter.
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

const head = `# Rules

What holds between PICS and OneFile, by number: what each rule says in one line, which sources name it, and which tests prove
it. Numbers never change; one that falls away keeps its place here. OF: OneFile. D and G: decisions and rules for every vendor.
A: assumptions where the vendor's behaviour or the wish is not known, each a setting or one policy in the code.

This document is made from the code by \`npm run generate:docs\`: from the lists of rules, from the numbers that sources name and
from the titles of the tests.
`;

/** `docs/rules.md`. */
export function toRulesDocument(rules: readonly RuleEvidence[]): string {
  const rows = rules.map(({ rule, what, files, tests }) =>
    [rule, what, toLines(files.map(toCode)), toLines([...tests].map(toTests))].map(toCell).join(' | '),
  );
  return `${head}\n| rule | what | files | tests |\n| --- | --- | --- | --- |\n${rows.map((row) => `| ${row} |\n`).join('')}`;
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
