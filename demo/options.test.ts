import { expect, test } from 'vitest';
import { help, readCommand } from './options.ts';

test('without arguments the story is told about few learners, and nothing is kept', () => {
  const options = { isKept: false, learners: 100, seed: 1 };
  expect(readCommand([])).toEqual({ kind: 'run', options });
});

test('every option reaches its place', () => {
  const options = { isKept: true, learners: 300, seed: 7 };
  expect(readCommand(['--keep', '--learners', '300', '--seed=7'])).toEqual({ kind: 'run', options });
});

test('the help names every option', () => {
  expect(readCommand(['--help'])).toEqual({ kind: 'help' });
  for (const option of ['--keep', '--learners', '--seed', '--help']) expect(help).toContain(option);
});

test.each([
  [['--learners', 'many'], '--learners must be a whole number, not "many".'],
  [['--learners', '10'], '--learners must be 50 to'],
  [['--learners', '6000'], '--learners must be at most 5000'],
  [['--seed', '2147483648'], '--seed must be 0 to 2147483647.'],
  [['--seed', '-1'], '--seed needs a value'],
  [['--seed'], "'--seed <value>' argument missing"],
  [['--sed', '1'], "Unknown option '--sed'."],
  [['fast'], 'The demo takes options only, not "fast".'],
])('%j is refused in one sentence that names the mistake', (args, sentence) => {
  const command = readCommand(args);
  expect(command).toMatchObject({ kind: 'refused', sentence: expect.stringContaining(sentence) });
  expect(JSON.stringify(command)).not.toContain('\\n');
});
