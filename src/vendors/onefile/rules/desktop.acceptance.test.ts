import { expect, test } from 'vitest';
import { readSources } from '../../../../test/support/structure/sources.ts';

const sources = readSources().filter(({ path }) => path.startsWith('src/') && !path.endsWith('.test.ts'));
const naming = (what: RegExp): string[] =>
  sources.filter(({ text }) => what.test(text)).map(({ path }) => path);

test('OF-6, A-36: settings of the desktop product are read for warnings and the guard alone, and no rule of the exchange knows them', () => {
  const readers = naming(/from '[^']*desktop-state\.ts'/);
  expect(readers).toEqual(['src/roles/onefile-warnings.ts']);
  const rules = naming(/from '\.\/desktop-guard\.ts'/);
  expect(rules).toEqual(['src/vendors/onefile/rules/warnings.ts']);
  const users = naming(/readDesktopState|isDesktopOpen|findDesktopEvidence/);
  const exchange = users.filter((path) =>
    /src\/(outbound\/[^/]+|inbound|pics\/(?!desktop-state))/.test(path),
  );
  expect(exchange.filter((path) => !path.startsWith('src/outbound/requests/'))).toEqual([]);
});
