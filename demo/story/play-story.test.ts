import { expect, test } from 'vitest';
import { showReport } from './play-story.ts';

const plain = (text: string): string => text;
const step = { title: 'A step', expectations: 2, met: 2, latencyMs: 1234, calls: 5, writes: 1 };

function show(...results: readonly (typeof step)[]) {
  let shown = '';
  const write = (text: string): void => {
    shown += text;
  };
  const screen = {
    isTerminal: false,
    columns: () => 100,
    write,
    bold: plain,
    dim: plain,
    green: plain,
    red: plain,
  };
  return { isMet: showReport(results, screen, 60_000), shown };
}

test('all expectations met is a success, with the sums at the foot', () => {
  const { isMet, shown } = show(step, { ...step, calls: 6 });
  expect(isMet).toBe(true);
  expect(shown).toMatch(/1 {2}A step +2 of 2 ✔ +1\.23 s +1 +5\n/);
  expect(shown).toMatch(/all +4 of 4 ✔ +2 +11\n/);
  expect(shown).toContain('All 4 expectations were met, 60.0 s after the start.');
});

test('one expectation that was not met is a failure', () => {
  const { isMet, shown } = show(step, { ...step, met: 1 });
  expect(isMet).toBe(false);
  expect(shown).toMatch(/2 {2}A step +1 of 2 ✖/);
  expect(shown).toContain('1 of 4 expectations were not met');
});

test('the columns stand below each other, however long a title and however many steps', () => {
  const long = {
    ...step,
    title: 'A step with a title that says in many words what one will see when it is played, and more',
  };
  const { shown } = show(long, ...Array.from({ length: 11 }, () => step));
  const rows = shown.split('\n').filter((line) => / of \d+ [✔✖]/.test(line));
  expect(rows).toHaveLength(13);
  expect(new Set(rows.map((row) => row.indexOf('✔'))).size).toBe(1);
});

test('a step that looked at nothing has shown nothing', () => {
  expect(show(step, { ...step, expectations: 0, met: 0 }).isMet).toBe(false);
});

test('no step at all has shown nothing', () => {
  expect(show().isMet).toBe(false);
});
