import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  collectRules,
  findRules,
  findTestTitles,
  readRuleSources,
  type SourceText,
  toRulesDocument,
} from '../src/cli/documents.ts';
import { sharedRuleTitles } from '../src/domain/rule-titles.ts';
import { oneFileRuleTitles } from '../src/vendors/onefile/rules/rule-titles.ts';
import { smartAssessorRuleTitles } from '../src/vendors/smart-assessor/rules/rule-titles.ts';

const root = path.resolve(import.meta.dirname, '..');
const sources = readRuleSources(root);
const rules = collectRules(sources);

/** Finds rule numbers in test titles and in sources that are not in any list. */
function findUnknownRules(sources: readonly SourceText[]): string[] {
  const known = Object.keys({ ...oneFileRuleTitles, ...smartAssessorRuleTitles, ...sharedRuleTitles });
  const named = sources.flatMap((one) =>
    one.path.endsWith('.test.ts')
      ? findTestTitles(one)
      : [{ path: one.path, rules: one.path.startsWith('src/') ? findRules(one.text) : [] }],
  );
  return named.flatMap((one) =>
    one.rules.filter((rule) => !known.includes(rule)).map((rule) => `${one.path}: ${rule}`),
  );
}

test('docs/rules.md is what code and tests say (else: npm run generate:docs)', () => {
  expect(readFileSync(path.join(root, 'docs/rules.md'), 'utf8')).toBe(toRulesDocument(rules));
});

test('no number was ever taken away or given twice', () => {
  const numbers = (group: string, ...ranges: readonly (readonly [number, number])[]) =>
    ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => `${group}-${from + n}`));
  expect(Object.keys(oneFileRuleTitles)).toEqual(
    numbers('OF', [1, 24], [30, 36], [40, 46], [50, 58], [70, 72], [80, 83]),
  );
  expect(Object.keys(smartAssessorRuleTitles)).toEqual(
    numbers('SA', [1, 18], [20, 24], [30, 32], [40, 42], [50, 54], [60, 60]),
  );
  const shared = Object.keys(sharedRuleTitles).toSorted(byNumber);
  const decided = [...numbers('D', [6, 22]), ...numbers('G', [9, 12])].filter((one) => shared.includes(one));
  expect(shared).toEqual(
    [...numbers('A', [1, 47]), ...numbers('D', [1, 5]), ...numbers('G', [1, 8]), ...decided].toSorted(
      byNumber,
    ),
  );
});

test('every rule says what it is', () => {
  const silent = rules.filter(({ what }) => !/^[A-Z].{15,}[^.]$/.test(what));
  expect(silent.map(({ rule }) => rule)).toEqual([]);
});

test('every rule is named by the source that holds it', () => {
  expect(rules.filter(({ files }) => files.length === 0).map(({ rule }) => rule)).toEqual([]);
});

test('every rule is named by a test', () => {
  expect(rules.filter(({ tests }) => tests.size === 0).map(({ rule }) => rule)).toEqual([]);
});

test('no source and no title names a rule that does not exist', () => {
  expect(findUnknownRules(sources)).toEqual([]);
});

test('docs/rules.md has one short line for each rule, with links that lead somewhere', () => {
  const rows = toRulesDocument(rules)
    .split('\n')
    .filter((line) => /^\| [A-Z]+-\d/.test(line));
  expect(rows.map((row) => row.split(' ')[1])).toEqual(rules.map(({ rule }) => rule));
  for (const row of rows) {
    const links = [...row.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    expect(links.length, row).toBeGreaterThan(0);
    expect(links.filter((target) => !existsSync(path.join(root, 'docs', target)))).toEqual([]);
    expect(row.replace(/\]\([^)]+\)/g, '').length, row).toBeLessThan(200);
    expect(row).toMatch(/ \| [1-9]\d* \|$/);
  }
});

describe('the tests above fail when they should', () => {
  const file = (at: string, text: string): SourceText => ({ path: at, text });

  test.each<[string, string[]]>([
    ['OF-20a: one assessor', ['OF-20']],
    ['OF-42 to OF-44, D-1', ['OF-42', 'OF-43', 'OF-44', 'D-1']],
    ['OF-42..44 and OF-42', ['OF-42', 'OF-43', 'OF-44']],
    ['RG-1, G5, O12, 00-A-1, SA-30, OF-4x', ['SA-30', 'OF-4']],
  ])('numbers are found in "%s"', (text, expected) => {
    expect(findRules(text)).toEqual(expected);
  });

  test('a title is found alone and in a table; data and comments are not titles', () => {
    const text = [
      "test('OF-41: a refresh goes ahead', () => {",
      '  // OF-40: of which nobody says anything',
      "  ['OF-51b: half past one in October', x],",
      "  expect(code).toBe('OF-53');",
      '  test(`OF-42: for every field it is so`, () => {',
    ].join('\n');
    const titles = findTestTitles(file('src/a.test.ts', text)).map(({ title }) => title);
    expect(titles).toEqual([
      'OF-41: a refresh goes ahead',
      'OF-51b: half past one in October',
      'OF-42: for every field it is so',
    ]);
  });

  test('a rule without a source or a test has none, and a typing error is found', () => {
    const some = [
      file('src/vendors/onefile/rules/x.ts', '/** OF-40. */'),
      file('src/vendors/onefile/rules/x.test.ts', "test('OF-99: there is no such rule', () => {"),
    ];
    const found = collectRules(some).find(({ rule }) => rule === 'OF-40');
    expect(found).toMatchObject({ files: ['src/vendors/onefile/rules/x.ts'], tests: new Map() });
    expect(findUnknownRules(some)).toEqual(['src/vendors/onefile/rules/x.test.ts: OF-99']);
    expect(toRulesDocument(found === undefined ? [] : [found])).toContain(
      '[onefile/x](../src/vendors/onefile/rules/x.ts) | 0 |',
    );
  });

  test('the file that holds a rule comes before those that mention it', () => {
    const some = [
      file('src/pics/install/columns.ts', '// OF-40\n// OF-40\n// OF-40'),
      file('src/engine/x.ts', '// OF-40'),
      file('src/vendors/onefile/rules/once.ts', '/** OF-40 and OF-40. */'),
      file('src/vendors/onefile/rules/twice.ts', '/** OF-40. */\n/** OF-40. */'),
    ];
    const files = collectRules(some).find(({ rule }) => rule === 'OF-40')?.files;
    expect(files?.map((one) => path.basename(one))).toEqual(['twice.ts', 'once.ts', 'x.ts', 'columns.ts']);
  });
});

function byNumber(a: string, b: string): number {
  const [[groupA = '', numberA = ''], [groupB = '', numberB = '']] = [a.split('-'), b.split('-')];
  return groupA.localeCompare(groupB) || Number(numberA) - Number(numberB);
}
