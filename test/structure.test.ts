import { describe, expect, test } from 'vitest';
import { findCircles, findWrongImports } from './support/structure/directions.ts';
import { findBadHabits, findLongFiles } from './support/structure/habits.ts';
import { findImports, isTest, readSources, type Source } from './support/structure/sources.ts';

const sources = readSources();

test('every import goes in an allowed direction, and each package has its place', () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(findWrongImports(sources)).toEqual([]);
});

test('no files import each other in a circle', () => {
  expect(findCircles(sources)).toEqual([]);
});

test('no any, no console, no default export, no barrel, no clock or chance where the code is pure', () => {
  expect(findBadHabits(sources)).toEqual([]);
});

test('no file is too long to be read at once', () => {
  const read = sources.filter(({ path }) => !isTest(path));
  expect(findLongFiles(read, 320)).toEqual([]);
});

describe('the tests above fail when they should', () => {
  const file = (path: string, text: string): Source => ({ path, text });
  const wrong = (path: string, text: string) => findWrongImports([file(path, text)]);

  test.each([
    ['src/base/x.ts', "import { a } from '../core/change.ts';", 'base may import nothing of ours'],
    ['src/core/x.ts', "import { readFile } from 'node:fs';", 'core may import no package'],
    ['src/core/x.ts', "import { a } from '../contract/decode.ts';", 'core may import only types of contract'],
    ['src/core/x.ts', "import { sleep } from '../base/sleep.ts';", 'core may import core'],
    ['src/vendors/onefile/rules/x.ts', "import { call } from '../client.ts';", 'rules may import core'],
    [
      'src/vendors/onefile/x.ts',
      "import { a } from '../smart-assessor/client.ts';",
      'one vendor knows nothing',
    ],
    ['src/kafka/x.ts', "import { a } from '../store/ledger.ts';", 'kafka may import base, contract, core'],
    ['src/outbound/x.ts', "import { a } from '../kafka/consume.ts';", 'outbound may import base'],
    ['src/ops/x.ts', "export { a } from '../commands/io.ts';", 'commands is imported by nobody'],
    ['src/kafka/consume.ts', "import { Kafka } from 'kafkajs';", 'only src/kafka/client.ts, stack/ may'],
    ['src/store/x.ts', "const a = await import('ioredis');", 'only src/redis/, stack/ may'],
    ['src/newcomer/x.ts', "import { a } from '../base/log.ts';", 'the folder newcomer is not in the table'],
    [
      'simulators/onefile/x.ts',
      "import type { A } from '../../src/domain/change.ts';",
      'knows nothing of src',
    ],
    ['src/base/x.ts', "import { a } from '../../stack/addresses.ts';", 'src knows nothing of stack'],
    [
      'src/base/x.ts',
      "import {\n  a,\n  b,\n} from '../../test/support/random.ts';",
      'tests are imported by nobody',
    ],
  ])('%s: %s', (path, text, reason) => {
    expect(wrong(path, text).join()).toContain(reason);
  });

  test.each([
    ['src/core/x.ts', "import type { A } from '../contract/consumed-record.ts';"],
    [
      'src/vendors/onefile/config.ts',
      "import { onOff } from '../../base/setting.ts';\nimport { z } from 'zod';",
    ],
    ['src/config/x.ts', "import { oneFileSettings } from '../vendors/onefile/config.ts';"],
    [
      'src/commands/x.ts',
      "import { a } from '../store/ledger.ts';\nimport { b } from '../kafka/consume.ts';",
    ],
    [
      'src/core/x.test.ts',
      "import { expect } from 'vitest';\nimport { a } from '../../test/support/random.ts';",
    ],
  ])('and %s is right', (path, text) => {
    expect(wrong(path, text)).toEqual([]);
    expect(findImports(file(path, text)).length).toBe(text.split('\n').length);
  });

  test('a circle is found, also through a third file; types do not count', () => {
    const circle = [
      file('src/core/a.ts', "import { b } from './b.ts';"),
      file('src/core/b.ts', "import { c } from './c.ts';"),
      file('src/core/c.ts', "import { a } from './a.ts';"),
    ];
    expect(findCircles(circle)).toEqual(['src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts']);
    const typed = [...circle.slice(0, 2), file('src/core/c.ts', "import type { a } from './a.ts';")];
    expect(findCircles(typed)).toEqual([]);
  });

  test.each([
    ['const a = b as any;', 'any as a type'],
    ['function f(a: any) {}', 'any as a type'],
    ['const a: Map<string, any> = x;', 'any as a type'],
    ["console.log('x');", 'console'],
    ['export default function f() {}', 'a default export'],
    ["export * from './a.ts';", 'a barrel'],
    ['const at = Date.now();', 'a clock or chance'],
    ['const chance = Math.random();', 'a clock or chance'],
  ])('%s', (line, what) => {
    expect(findBadHabits([file('src/core/x.ts', `\n${line}\n`)]).join()).toContain(`src/core/x.ts:2 ${what}`);
  });

  test('words in comments and texts are no habits', () => {
    const text =
      "// any console.log( here\n/** as any */\nconst a = 'console.log(x) as any';\nconst any = 1;\n";
    expect(findBadHabits([file('src/core/x.ts', text)])).toEqual([]);
  });

  test('a long file is told with its length', () => {
    expect(findLongFiles([file('src/core/x.ts', 'x\n'.repeat(321))], 320)).toEqual([
      'src/core/x.ts: 321 lines',
    ]);
  });
});
