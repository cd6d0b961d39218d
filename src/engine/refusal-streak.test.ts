import { expect, test } from 'vitest';
import { RefusalStreak } from './gate.ts';

const refuse = (streak: RefusalStreak, count: number, reason = 'create NO'): boolean[] =>
  Array.from({ length: count }, () => streak.refused(reason));

test('the twentieth refusal in a row for one reason says pause, and so does each after it', () => {
  const said = refuse(new RefusalStreak(), 22);
  expect(said.slice(0, 19)).not.toContain(true);
  expect(said.slice(19)).toEqual([true, true, true]);
});

test('a success begins the count again', () => {
  const streak = new RefusalStreak(3);
  refuse(streak, 2);
  streak.succeeded();
  expect(refuse(streak, 3)).toEqual([false, false, true]);
});

test('another reason begins a count of its own', () => {
  const streak = new RefusalStreak(3);
  refuse(streak, 2);
  expect(refuse(streak, 2, 'update NO')).toEqual([false, false]);
  expect(refuse(streak, 3)).toEqual([false, false, true]);
});
