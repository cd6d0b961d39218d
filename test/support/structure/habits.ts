import { placeOf } from './directions.ts';
import { isTest, type Source, withoutComments } from './sources.ts';

type Habit = {
  readonly what: string;
  readonly pattern: RegExp;
  readonly applies: (file: string) => boolean;
};

const ours = (file: string) => !isTest(file);
const isPure = (file: string) => ['domain', 'vendor-common', 'rules'].includes(placeOf(file)) && ours(file);

const isFoundByDefault = (file: string) =>
  file.endsWith('.config.ts') || file === 'test/support/closing-line.ts';

const habits: readonly Habit[] = [
  { what: 'any as a type', pattern: /(?::|\bas|<|,)\s*any\b(?!\s*[:(])|\bany\[\]/, applies: () => true },
  {
    what: 'console',
    pattern: /\bconsole\.\w+\(/,
    applies: (file) => file !== 'src/base/log.ts' && ours(file),
  },
  // Settings and reporters of the test runner are found by their default export.
  { what: 'a default export', pattern: /^export default\b/, applies: (file) => !isFoundByDefault(file) },
  {
    what: 'a clock or chance in a pure place',
    pattern: /\b(Date\.now\(|new Date\(\)|Math\.random\(|performance\.|process\.|setTimeout\(|setInterval\()/,
    applies: isPure,
  },
  { what: 'a barrel', pattern: /^export \* from/, applies: ours },
];

/** One line for each place that does what the project does not do. */
export function findBadHabits(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const mine = habits.filter(({ applies }) => applies(path));
    return withoutComments(text)
      .split('\n')
      .flatMap((line, index) =>
        mine
          .filter(({ pattern }) => pattern.test(withoutTexts(line)))
          .map(({ what }) => `${path}:${index + 1} ${what}`),
      );
  });
}

function withoutTexts(line: string): string {
  return line.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\$]|\\.)*`/g, "''");
}

/** Files with more lines than `most`, largest first. */
export function findLongFiles(sources: readonly Source[], most: number): string[] {
  return sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > most)
    .toSorted((a, b) => b.lines - a.lines)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}
