import { expect, test } from 'vitest';
import { createProgress, type Progress, progressOf } from './progress.ts';

/** What a person sees while so many seconds pass, with a look five times a second. */
function follow(seconds: number, tellWidth: number | undefined, at: (second: number) => Progress): string[] {
  const told: string[] = [];
  let nowMs = 0;
  const io = { tell: (text: string) => void told.push(text), ...(tellWidth !== undefined && { tellWidth }) };
  const progress = createProgress(io, () => nowMs);
  for (; nowMs < seconds * 1_000; nowMs += 200) progress.show(at(nowMs / 1_000));
  progress.end();
  return told;
}

const waiting: Progress = { state: 'waiting for a process', part: null, minutesLeft: null };

function working(done: number, total = 600): Progress {
  return { state: 'working', part: { done, total, unit: 'learners' }, minutesLeft: (total - done) / 60 };
}

test('elsewhere than on a terminal a new state is a line at once, and then there is one line a minute', () => {
  const told = follow(200, undefined, (second) => (second < 5 ? waiting : working(Math.floor(second))));
  expect(told).toEqual([
    'waiting for a process …\n',
    'working: 5 of 600 learners, about 10 min left …\n',
    'working: 65 of 600 learners, about 9 min left …\n',
    'working: 125 of 600 learners, about 8 min left …\n',
    'working: 185 of 600 learners, about 7 min left …\n',
  ]);
});

test('on a terminal one line is drawn again when something has changed, and the end leaves it free', () => {
  const told = follow(3, 100, (second) => (second < 1 ? waiting : working(Math.floor(second) * 150)));
  expect(told).toEqual([
    '\r\u001b[Kwaiting for a process …',
    '\r\u001b[K[██████░░░░░░░░░░░░░░░░░░]  25 %  working: 150 of 600 learners, about 8 min left',
    '\r\u001b[K[████████████░░░░░░░░░░░░]  50 %  working: 300 of 600 learners, about 5 min left',
    '\r\u001b[K',
  ]);
});

test('a bar is full only when everything is done, and never wider than the terminal', () => {
  const lastOf = (progress: Progress, width: number) => follow(0.2, width, () => progress)[0]?.slice(4);
  expect(lastOf(working(599), 100)).toContain('[███████████████████████░]  99 %');
  expect(lastOf(working(600), 100)).toContain('[████████████████████████] 100 %');
  // More were found on the way than were counted at first.
  expect(lastOf(working(700), 100)).toContain('[████████████████████████] 100 %');
  expect(lastOf(working(0, 0), 100)).toBe('working: 0 of 0 learners, less than a minute left …');
  expect(lastOf(working(300), 40)).toHaveLength(39);
});

test('nothing is written where nothing was shown', () => {
  expect(follow(0, 100, () => waiting)).toEqual([]);
});

test.each([
  [{ status: 'new', result: null }, waiting],
  [
    { status: 'working', result: null },
    { state: 'working', part: null, minutesLeft: null },
  ],
  [
    { status: 'working', result: { learnersDone: 41, learners: 100, calls: 45, minutesLeft: 2.5 } },
    { state: 'working', part: { done: 41, total: 100, unit: 'learners' }, minutesLeft: 2.5 },
  ],
])('a command in the row %j', (row, progress) => {
  expect(progressOf(row)).toEqual(progress);
});
