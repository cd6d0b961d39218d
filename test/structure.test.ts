import { describe, expect, test } from 'vitest';
import { findCircles, findUnlistedFolders, findWrongImports } from './support/structure/directions.ts';
import { namingVendors, testedExports } from './support/structure/exceptions.ts';
import { findBadHabits, findLongFiles } from './support/structure/habits.ts';
import { findBags, findRulesInRoles, findVendorNames } from './support/structure/names.ts';
import { findImports, isTest, readSources, type Source } from './support/structure/sources.ts';
import { findUnusedExports, findUnusedFiles } from './support/structure/unused.ts';

const sources = readSources();

test('every import goes in an allowed direction, and each package has its place', () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(findWrongImports(sources)).toEqual([]);
});

test('the table of directions has every folder of src, and no other', () => {
  expect(findUnlistedFolders(sources)).toEqual([]);
});

test('no files import each other in a circle, types counted', () => {
  expect(findCircles(sources)).toEqual([]);
});

test('every file of src is imported', () => {
  expect(findUnusedFiles(sources)).toEqual([]);
});

test('every export of src is imported, or only by tests for a reason that is listed', () => {
  expect(findUnusedExports(sources).toSorted()).toEqual(Object.values(testedExports).flat().toSorted());
});

test('only the listed files outside the folders of vendors name a vendor', () => {
  const listed = Object.values(namingVendors).flat();
  expect(findVendorNames(sources).toSorted()).toEqual(listed.toSorted());
  expect(listed.length).toBeLessThanOrEqual(16);
});

test('no type is a bag of parts or effects, and no rule of a vendor stands in a role', () => {
  expect(findBags(sources)).toEqual([]);
  expect(findRulesInRoles(sources)).toEqual([]);
});

test('no any, no console, no default export, no barrel, no clock or chance where the code is pure', () => {
  expect(findBadHabits(sources)).toEqual([]);
});

test('no file of src is longer than one subject needs', () => {
  const read = sources.filter(({ path }) => !isTest(path));
  expect(findLongFiles(read, 450)).toEqual([]);
});

describe('the tests above fail when they should', () => {
  const file = (path: string, text: string): Source => ({ path, text });
  const wrong = (path: string, text: string) => findWrongImports([file(path, text)]);

  test.each([
    ['src/base/x.ts', "import { a } from '../domain/change.ts';", 'base may import nothing of ours'],
    ['src/domain/x.ts', "import { readFile } from 'node:fs';", 'domain may import node:crypto'],
    ['src/domain/x.ts', "import { sleep } from '../base/sleep.ts';", 'domain may import only types of base'],
    ['src/domain/x.ts', "import { a } from '../kafka/avro.ts';", 'domain may import base'],
    [
      'src/vendors/onefile/rules/x.ts',
      "import { call } from '../client/client.ts';",
      'rules may import domain',
    ],
    [
      'src/vendors/onefile/wire/x.ts',
      "import { call } from '../client/client.ts';",
      'rules may import domain',
    ],
    ['src/vendors/onefile/rules/x.ts', "import { z } from 'zod';", 'rules may import node:crypto'],
    [
      'src/vendors/onefile/x.ts',
      "import { a } from '../smart-assessor/client/client.ts';",
      'one vendor knows nothing of another',
    ],
    [
      'src/vendors/onefile/rules/x.ts',
      "import { a } from '../../smart-assessor/rules/y.ts';",
      'one vendor knows nothing of another',
    ],
    ['src/vendors/onefile/x.ts', "import { a } from '../../store/ledger.ts';", 'one-vendor may import base'],
    ['src/vendors/vendor.ts', "import type { A } from './onefile/onefile.ts';", 'vendor may import base'],
    ['src/kafka/x.ts', "import { a } from '../store/ledger.ts';", 'kafka may import base, domain'],
    ['src/pics/x.ts', "import type { A } from '../redis/client.ts';", 'pics may import base, domain'],
    ['src/engine/x.ts', "import { a } from '../kafka/consume.ts';", 'engine may import base, domain'],
    ['src/engine/x.ts', "import { a } from '../requests/link.ts';", 'engine may import base, domain'],
    [
      'src/engine/x.ts',
      "import { a } from '../vendors/vendor.ts';",
      'engine may import only types of vendor',
    ],
    ['src/polling/x.ts', "import { a } from '../vendors/all.ts';", 'polling may import base, domain, engine'],
    ['src/polling/x.ts', "import { readFile } from 'node:fs';", 'polling may import no package'],
    [
      'src/roles/x.ts',
      "import { a } from '../vendors/onefile/onefile.ts';",
      'roles know vendors by the list',
    ],
    ['page/x.tsx', "import { a } from '../src/page/api.ts';", 'the types of src/page/api.ts alone'],
    ['page/x.tsx', "import type { A } from '../src/page/routes.ts';", 'the types of src/page/api.ts alone'],
    ['src/page/x.ts', "import { a } from '../store/users.ts';", 'page may import base, domain, ops'],
    ['src/base/x.ts', "import { useState } from 'react';", 'only page/ may'],
    ['src/roles/x.ts', "import { a } from '../cli/io.ts';", 'only src/main.ts imports cli'],
    ['src/ops/x.ts', "export { a } from '../cli/io.ts';", 'only src/main.ts imports cli'],
    ['src/ops/x.ts', "import { a } from '../roles/role.ts';", 'ops may import base, domain'],
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
      'only tests and the demo import tests',
    ],
  ])('%s: %s', (path, text, reason) => {
    expect(wrong(path, text).join()).toContain(reason);
  });

  test.each([
    ['src/domain/x.ts', "import type { Log } from '../base/log.ts';"],
    ['src/vendors/onefile/wire/x.ts', "import type { A } from '../../../kafka/generated/types.ts';"],
    [
      'src/vendors/onefile/config.ts',
      "import { onOff } from '../../base/setting.ts';\nimport { z } from 'zod';",
    ],
    ['page/x.tsx', "import type { Home } from '../src/page/api.ts';"],
    ['src/config/x.ts', "import { allVendors } from '../vendors/all.ts';"],
    ['src/vendors/all.ts', "import { oneFile } from './onefile/onefile.ts';"],
    ['src/reconciling/x.ts', "import { a } from '../engine/record.ts';"],
    ['src/engine/x.ts', "import type { OpenVendor } from '../vendors/vendor.ts';"],
    ['src/cli/x.ts', "import { a } from '../store/ledger.ts';\nimport { b } from '../kafka/consume.ts';"],
    ['src/roles/x.ts', "import { a } from '../store/ledger.ts';\nimport { b } from '../vendors/all.ts';"],
    [
      'src/domain/x.test.ts',
      "import { expect } from 'vitest';\nimport { a } from '../../test/support/random.ts';",
    ],
  ])('and %s is right', (path, text) => {
    expect(wrong(path, text)).toEqual([]);
    expect(findImports(file(path, text)).length).toBe(text.split('\n').length);
  });

  test('a folder that the table does not have is found, and one that src does not have', () => {
    const found = findUnlistedFolders([file('src/newcomer/x.ts', ''), file('src/engine/x.ts', '')]);
    expect(found).toContain('newcomer');
    expect(found).toContain('requests');
    expect(found).not.toContain('engine');
  });

  test('a circle is found, also through a third file and by a type', () => {
    const circle = [
      file('src/domain/a.ts', "import { b } from './b.ts';"),
      file('src/domain/b.ts', "import { c } from './c.ts';"),
      file('src/domain/c.ts', "import { a } from './a.ts';"),
    ];
    const found = ['src/domain/a.ts → src/domain/b.ts → src/domain/c.ts → src/domain/a.ts'];
    expect(findCircles(circle)).toEqual(found);
    const typed = [...circle.slice(0, 2), file('src/domain/c.ts', "import type { a } from './a.ts';")];
    expect(findCircles(typed)).toEqual(found);
    expect(findCircles(circle.slice(0, 2))).toEqual([]);
    expect(findCircles([file('src/cli/a.ts', "const { b } = await import('./a.ts');")])).toHaveLength(1);
  });

  test('a file and an export that only tests import are found', () => {
    const some = [
      file('src/main.ts', "import { run } from './cli/run.ts';\nimport './cli/bare.ts';"),
      file('src/cli/run.ts', 'export async function run() {}\nexport const idle = 1;\nexport type Idle = 1;'),
      file('src/cli/bare.ts', 'export class Bare {}'),
      file('src/store/old.ts', 'export interface Old {}'),
      file(
        'src/store/old.test.ts',
        "import type { Old } from './old.ts';\nimport { idle } from '../cli/run.ts';",
      ),
    ];
    expect(findUnusedFiles(some)).toEqual(['src/store/old.ts']);
    expect(findUnusedExports(some)).toEqual([
      'src/cli/run.ts#idle',
      'src/cli/run.ts#Idle',
      'src/cli/bare.ts#Bare',
      'src/store/old.ts#Old',
    ]);
  });

  test.each([
    "import { type Idle as Other, idle } from '../cli/run.ts';",
    "import * as all from '../cli/run.ts';",
    "export { idle, type Idle } from '../cli/run.ts';",
    "  const { idle, Idle: other } = await import('../cli/run.ts');",
  ])('an export is used by %s', (text) => {
    const run = file('src/cli/run.ts', 'export const idle = 1;\nexport type Idle = 1;');
    expect(findUnusedExports([run, file('src/ops/x.ts', text)])).toEqual([]);
  });

  test('the name of a vendor is found in code and texts; not in comments and the folder of a vendor', () => {
    const some = [
      file('src/ops/a.ts', "const advice = 'run onefile pull';"),
      file('src/ops/b.ts', 'const smartAssessorId = 1;'),
      file('src/ops/c.ts', '/** As OneFile does. */\n// OneFile\nconst a = 1;'),
      file('src/vendors/onefile/d.ts', "const name = 'OneFile';"),
      file('src/vendors/list.ts', "const folder = 'smart-assessor';"),
      file('src/ops/e.test.ts', "const name = 'OneFile';"),
    ];
    expect(findVendorNames(some)).toEqual(['src/ops/a.ts', 'src/ops/b.ts', 'src/vendors/list.ts']);
  });

  test('a bag is found, exported or not; other names that begin like one are not', () => {
    const text =
      'export type PollEffects = {};\ninterface Parts {}\ntype PartsOfSpeech = 1;\nconst xParts = 1;';
    expect(findBags([file('src/polling/x.ts', text)])).toEqual([
      'src/polling/x.ts: PollEffects',
      'src/polling/x.ts: Parts',
    ]);
  });

  test("a vendor's rule is found in a role, also in a comment; rules for every vendor may stand there", () => {
    const text = '// OF-50: later\n// SA-3\n// D-4 and G-2';
    expect(findRulesInRoles([file('src/roles/x.ts', text), file('src/pics/x.ts', text)])).toEqual([
      'src/roles/x.ts: OF-50',
      'src/roles/x.ts: SA-3',
    ]);
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
    expect(findBadHabits([file('src/domain/x.ts', `\n${line}\n`)]).join()).toContain(
      `src/domain/x.ts:2 ${what}`,
    );
  });

  test('words in comments and texts are no habits', () => {
    const text =
      "// any console.log( here\n/** as any */\nconst a = 'console.log(x) as any';\nconst any = 1;\n";
    expect(findBadHabits([file('src/domain/x.ts', text)])).toEqual([]);
  });

  test('a long file is found, with its length', () => {
    expect(findLongFiles([file('src/domain/x.ts', 'x\n'.repeat(321))], 320)).toEqual([
      'src/domain/x.ts: 321 lines',
    ]);
  });
});
