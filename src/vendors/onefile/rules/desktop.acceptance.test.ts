import { expect, test } from 'vitest';
import { readSources } from '../../../../test/support/structure/sources.ts';

const sources = readSources().filter(({ path }) => path.startsWith('src/') && !path.endsWith('.test.ts'));
const naming = (what: RegExp): string[] =>
  sources.filter(({ text }) => what.test(text)).map(({ path }) => path);

test('OF-6, A-36: settings of the desktop product are read for warnings and the guard alone, and no rule of the exchange knows them', () => {
  expect(naming(/\breadDesktopSettings\(/)).toEqual([
    'src/domain/ports.ts',
    'src/pics/lookups.ts',
    'src/pics/pics.ts',
    'src/vendors/onefile/enabling.ts',
  ]);
  const users = naming(/readDesktopState|isDesktopOpen|findDesktopEvidence/);
  expect(users).toEqual([
    'src/vendors/onefile/enabling.ts',
    'src/vendors/onefile/onefile.ts',
    'src/vendors/onefile/rules/warnings.ts',
    'src/vendors/onefile/status.ts',
  ]);
  const ofRules = users.filter((path) => path.includes('/rules/'));
  expect(naming(/from '\.\/warnings\.ts'/).filter((path) => path.includes('/rules/'))).toEqual([]);
  expect(ofRules).toEqual(['src/vendors/onefile/rules/warnings.ts']);
});
