import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../src/cli/program.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const documents = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'connectors/README.md'],
  ...['docs', 'docs/decisions'].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((file) => file.endsWith('.md'))
      .map((file) => `${folder}/${file}`),
  ),
  'test/tour/README.md',
];
/** Code in a line, which may be broken once by the width of the page. */
const toCode = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replace(/\s+/g, ' '));
const withoutBlocks = (text: string): string => text.replace(/```.*?```/gs, '');

describe.each(documents)('%s', (file) => {
  const text = read(file);

  test('names only files and folders that exist', () => {
    expect(findMissingPaths(text)).toEqual([]);
  });

  test('links only to what exists', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
    const missing = links.filter((target) => !existsSync(path.join(root, path.dirname(file), target)));
    expect(missing).toEqual([]);
  });

  test('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm (?:run ([\w:-]+)|(test)\b)/g)].map(
      ([, script, plain]) => script ?? plain ?? '',
    );
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  test('names only commands and options that the program has', () => {
    expect(findUnknownCommands(text)).toEqual([]);
  });

  test('names no machine and no one who works on it', () => {
    expect(text).not.toMatch(/\/(?:home|root|work|tmp|Users)\/|localhost:\d/);
  });
});

describe('README.md', () => {
  const guarantees = sectionOf(read('README.md'), 'What it promises')
    .split('\n')
    .filter((line) => /^\| [A-Z]/.test(line));

  test('names for every promise at least one test that exists', () => {
    expect(guarantees.length).toBeGreaterThanOrEqual(8);
    for (const line of guarantees) {
      const tests = toCode(line.split('|').at(-2) ?? '');
      expect(tests.length, line).toBeGreaterThan(0);
      expect(tests.filter((file) => !/\.test\.ts$/.test(file) || !existsSync(path.join(root, file)))).toEqual(
        [],
      );
    }
  });
});

describe('ARCHITECTURE.md', () => {
  const architecture = read('ARCHITECTURE.md');

  test('gives the path of one record in at most twelve files each way', () => {
    const ways = sectionOf(architecture, 'The path of one record').split('**').slice(1);
    const files = ways.map((way) => toCode(way).filter((code) => code.endsWith('.ts')));
    const paths = files.filter((list) => list.length > 0);
    expect(paths).toHaveLength(2);
    for (const list of paths) {
      expect(new Set(list).size).toBe(list.length);
      expect(list.length).toBeLessThanOrEqual(12);
    }
  });

  test('names functions where they are defined', () => {
    const pairs = [...architecture.matchAll(/`(\w+)`\s+\(`(src\/[\w/.-]+\.ts)`/g)];
    expect(pairs.length).toBeGreaterThan(15);
    const wrong = pairs.filter(([, name = '', file = '']) => !defines(read(file), name));
    expect(wrong.map(([, name, file]) => `${name} is not in ${file}`)).toEqual([]);
  });

  test('lists every folder of src', () => {
    const folders = readdirSync(path.join(root, 'src'), { withFileTypes: true }).filter((one) =>
      one.isDirectory(),
    );
    const missing = folders.filter(({ name }) => !architecture.includes(`\`src/${name}/`));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  test('lists every table of the sync database', () => {
    const migrations = readdirSync(path.join(root, 'src/store/migrations')).filter((file) =>
      file.endsWith('.sql'),
    );
    const tables = migrations.flatMap((file) => [
      ...read(`src/store/migrations/${file}`).matchAll(/create table (\w+)/g),
    ]);
    const missing = tables.filter(([, name = '']) => !architecture.includes(`\`${name}\``));
    expect(missing.map(([, name]) => name)).toEqual([]);
  });
});

test('the runbook says what to do about every reason to hold that the rules can give', () => {
  const sources = [
    'src/vendors/onefile/rules',
    'src/vendors/onefile/client',
    ...['engine', 'requests', 'polling', 'reconciling', 'roles'].map((folder) => `src/${folder}`),
  ];
  const given = new Set(
    sources.flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
        .flatMap((file) =>
          [...read(`${folder}/${file}`).matchAll(/'([A-Z][A-Z_]{5,})'/g)].map(([, code = '']) => code),
        ),
    ),
  );
  const known = [...read('src/domain/messages.ts').matchAll(/^ {2}([A-Z_]+):/gm)].map(
    ([, code = '']) => code,
  );
  const answersOnly = [
    'ANSWER_REFUSED',
    'NO_RUN',
    'RUN_ORDER',
    'RUN_PASS',
    'RUN_STATE',
    'DISABLED',
    'NO_LEARNER',
    'NO_OFFICER',
    'NO_ORGANISATION',
    'NOT_LINKED',
    'PLAN_STALE',
    'BAD_SIGN_IN',
    'UNREACHABLE',
    'MANY_CENTRES',
    'RUNNING',
    'NOT_LICENSED',
    'SETTINGS_MISSING',
    'DESKTOP_ON',
    'WARNINGS_OPEN',
    'ALREADY_LINKED',
    'NO_CLASSROOM',
    'CHOOSE',
    'QUALIFICATION_SKIPPED',
    'ULN_INVALID',
    'UNKNOWN_COMMAND',
    'INPUT_MISSING',
    'NOT_HELD',
    'REASON_MISSING',
    'SUPERSEDED',
    'UNEXPECTED',
    'COLUMN_NOT_EMPTIED',
  ];
  const heldCodes = known.filter((code) => given.has(code) && !answersOnly.includes(code));
  expect(heldCodes.length).toBeGreaterThan(5);
  const section = sectionOf(read('docs/runbook.md'), 'Held items');
  expect(heldCodes.filter((code) => !section.includes(`\`${code}\``))).toEqual([]);
});

test('the runbook names every message that a command or a held item can show', () => {
  const known = [...read('src/domain/messages.ts').matchAll(/^ {2}([A-Z_]+):/gm)].map(
    ([, code = '']) => code,
  );
  expect(known.length).toBeGreaterThan(30);
  const runbook = read('docs/runbook.md');
  expect(known.filter((code) => !runbook.includes(`\`${code}\``))).toEqual([]);
});

test('every command that the program, its messages or the demo print is one that the program has', () => {
  const sources = ['src', 'demo', 'stack', 'simulators'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => `${folder}/${file}`),
  );
  const printed = sources.flatMap((file) => findPrintedCommands(read(file)));
  expect(printed.length).toBeGreaterThan(20);
  expect(printed.filter((line) => !isKnown(line.split(' ')))).toEqual([]);
});

describe('the tests above fail when they should', () => {
  test('a printed command is found in a sentence, alone and in a template, and prose is none', () => {
    const text = [
      `fail('x', 'Run "pics-sync hold list" or "pics-sync lag".');`,
      'write(`./pics-sync refresh $' + '{ident}   ($' + '{name})`);',
      "const lines = ['./pics-sync tail itp_revu'];",
      '// The rest of pics-sync goes on, and the group "pics-sync" too.',
    ].join('\n');
    expect(findPrintedCommands(text)).toEqual(['hold list', 'lag', 'refresh <gap>', 'tail itp_revu']);
  });

  test('a file that does not exist is found, a pattern is not taken for one', () => {
    expect(
      findMissingPaths('see `src/engine/engine.ts`, `src/gone.ts`, `schemas/pics.<table>.avsc`'),
    ).toEqual(['src/gone.ts']);
  });

  test('a command or option that does not exist is found', () => {
    const text =
      '`./pics-sync held list --code X`, `./pics-sync hold list`, `pics-sync lag --fast`, `pics-sync held drop`';
    expect(findUnknownCommands(text)).toEqual(['hold list', 'lag --fast', 'held drop']);
  });
});

const folders = ['src', 'test', 'docs', 'schemas', 'connectors', 'simulators', 'stack', 'demo'];

/** Paths in code that are meant as such: in a folder of ours, without gaps to be filled. */
function findMissingPaths(text: string): string[] {
  const named = toCode(withoutBlocks(text)).flatMap((code) => code.split(/[ ,]+/));
  const paths = named.filter((code) => folders.some((folder) => code.startsWith(`${folder}/`)));
  return paths.filter((one) => !/[<*…{]/.test(one) && !existsSync(path.join(root, one)));
}

function sectionOf(text: string, title: string): string {
  const after = text.split(new RegExp(`^## ${title}$`, 'm'))[1] ?? '';
  return after.split(/^## /m)[0] ?? '';
}

function defines(source: string, name: string): boolean {
  return new RegExp(`\\b(?:function|const|class|type)\\s+${name}\\b`).test(source);
}

/** Command lines, in a line's code or at the beginning of a line of a block, that the program does not know. */
function findUnknownCommands(text: string): string[] {
  const inLines = toCode(withoutBlocks(text)).flatMap(
    (code) => /^(?:\.\/)?pics-sync (.+)$/.exec(code)?.[1] ?? [],
  );
  const blocks = [...text.matchAll(/```.*?```/gs)].map(([block]) => block).join('\n');
  const inBlocks = [...blocks.matchAll(/^(?:\$ )?\.\/pics-sync (.+)$/gm)].map(([, line = '']) => line);
  return [...new Set([...inLines, ...inBlocks])].filter((line) => !isKnown(line.split(' ')));
}

/** Command lines in texts of the code: after `./`, or in double quotes that hold nothing else. */
function findPrintedCommands(source: string): string[] {
  const withGaps = source.replaceAll(/\$\{[^}]*\}/g, '<gap>');
  const lines = [
    ...withGaps.matchAll(/"pics-sync ([^"'\n]+)"/g),
    ...withGaps.matchAll(/\.\/pics-sync ([^"'`\n(]+)/g),
  ].map(([, line = '']) => line.trim());
  return [...new Set(lines)].filter((line) => !line.startsWith('<gap>'));
}

function isKnown([name = '', ...rest]: readonly string[]): boolean {
  const program = createProgram({ signal: new AbortController().signal } as Parameters<
    typeof createProgram
  >[0]);
  if (name.startsWith('-')) return program.options.some(({ long }) => long === name);
  if (name.startsWith('<') || name.startsWith('[')) return true;
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined) return false;
  const [next = ''] = rest;
  const inner = command.commands.find((one) => one.name() === next);
  if (command.commands.length > 0 && inner === undefined && /^[a-z]/.test(next)) return next.includes('|');
  const options = (inner ?? command).options.map(({ long }) => long);
  return rest.filter((word) => word.startsWith('--')).every((word) => options.includes(word));
}
