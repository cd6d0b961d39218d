import { expect, test } from 'vitest';
import { RefusalStreak } from './gate.ts';

/** Refusals of so many learners, one after the other. */
const refuse = (
  streak: RefusalStreak,
  count: number,
  { step = 'create', code = 'VENDOR_REFUSED', from = 0 } = {},
) => Array.from({ length: count }, (_, n) => streak.refused({ step, code, lane: String(from + n) }));

test('the twentieth learner refused in a row says pause, and so does each after it', () => {
  const said = refuse(new RefusalStreak(), 22);
  expect(said.slice(0, 19)).not.toContain(true);
  expect(said.slice(19)).toEqual([true, true, true]);
});

test('D-19: one learner that is refused again and again counts once', () => {
  const streak = new RefusalStreak(3);
  for (let attempt = 0; attempt < 10; attempt += 1) expect(refuse(streak, 2)).toEqual([false, false]);
  expect(refuse(streak, 1, { from: 2 })).toEqual([true]);
});

test("D-19: a refusal for a reason that is the record's own counts nothing, and ends no count", () => {
  const streak = new RefusalStreak(3);
  expect(refuse(streak, 9, { code: 'LINK_GONE' })).not.toContain(true);
  refuse(streak, 2);
  refuse(streak, 1, { code: 'MIS_NOT_UNIQUE', from: 7 });
  expect(refuse(streak, 1, { from: 2 })).toEqual([true]);
});

test('a success begins the count again', () => {
  const streak = new RefusalStreak(3);
  refuse(streak, 2);
  streak.succeeded();
  expect(refuse(streak, 3)).toEqual([false, false, true]);
});

test('another step begins a count of its own', () => {
  const streak = new RefusalStreak(3);
  refuse(streak, 2);
  expect(refuse(streak, 2, { step: 'update' })).toEqual([false, false]);
  expect(refuse(streak, 3)).toEqual([false, false, true]);
});
