import { expect, test } from 'vitest';
import { readCommand } from './command-line.ts';
import { defaultInputs } from './generate/inputs.ts';

test('load takes the defaults for what is not said', () => {
  expect(readCommand(['load', '--database-url', 'postgres://x/y'])).toEqual({
    kind: 'load',
    databaseUrl: 'postgres://x/y',
    oneFileControl: null,
    smartAssessorControl: null,
    inputs: defaultInputs,
  });
});

test('every input can be said', () => {
  const args =
    'load --database-url d --onefile-control c --smart-assessor-control s' +
    ' --learners 50 --seed 7 --as-of 2026-03-01 --vendors 50,25,25';
  expect(readCommand([...args.split(' '), '--external-id', 'smartassessor', '--elements', 'pair'])).toEqual({
    kind: 'load',
    databaseUrl: 'd',
    oneFileControl: 'c',
    smartAssessorControl: 's',
    inputs: {
      ...defaultInputs,
      learners: 50,
      seed: 7,
      asOf: '2026-03-01',
      vendors: { onefile: 50, smartassessor: 25, none: 25 },
      externalIdVendor: 'smartassessor',
      elements: 'pair',
    },
  });
});

test.each([
  [[], 'say what to do'],
  [['drop'], 'there is no command "drop"'],
  [['load'], '--database-url'],
  [['load', '--wrong'], '--wrong'],
  [['load', '--database-url', 'd', '--learners', '49'], 'learners must be 50 to 100000'],
  [['load', '--database-url', 'd', '--learners', ''], 'learners must be 50 to 100000'],
  [['load', '--database-url', 'd', '--seed', 'x'], 'seed must be'],
  [['load', '--database-url', 'd', '--as-of', '2026-02-30'], 'as-of must be a date'],
  [['load', '--database-url', 'd', '--vendors', '60,30'], 'vendor shares'],
  [['load', '--database-url', 'd', '--elements', 'units'], 'elements must be'],
])('%j is refused with a sentence', (args, part) => {
  expect(readCommand(args)).toEqual({ kind: 'refused', reason: expect.stringContaining(part) });
});

test('help is given when asked for', () => {
  expect(readCommand(['load', '--help'])).toEqual({ kind: 'help' });
});
