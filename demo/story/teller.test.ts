import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTeller, met, unmet } from './teller.ts';

const plain = (text: string): string => text;

function setup({ signal = new AbortController().signal } = {}) {
  let shown = '';
  const directory = mkdtempSync(path.join(tmpdir(), 'teller-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
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
  const toLogFile = (name: string): string => path.join(directory, `${name}.log`);
  const teller = createTeller({ screen, signal, toLogFile });
  return { teller, toLogFile, shown: () => shown };
}

test('an expectation that comes true later is met, and what was seen is told with its time', async () => {
  const { teller, shown } = setup();
  let looks = 0;
  const look = async () => (++looks < 3 ? unmet('nothing yet') : met('review 7', 7));
  expect(await teller.expect({ place: 'OneFile', expected: 'a review', look })).toEqual({ value: 7 });
  expect(shown()).toMatch(/✔ OneFile {8}review 7 +0\.\d\d s\n/);
  expect(shown()).not.toContain('nothing yet');
  expect(teller.score()).toMatchObject({ expectations: 1, met: 1 });
});

test('an expectation that does not come true says what was seen instead, and what the log says', async () => {
  const { teller, toLogFile, shown } = setup();
  writeFileSync(toLogFile('outbound'), 'one\ntwo\nthree\nfour\nfive\nsix\n');
  const look = async () => unmet('2 reviews');
  const expectation = {
    place: 'OneFile',
    expected: 'one review',
    withinMs: 0,
    log: 'outbound',
    look,
  } as const;
  expect(await teller.expect(expectation)).toBeNull();
  expect(shown()).toContain('✖ OneFile        expected: one review');
  expect(shown()).toContain('seen instead: 2 reviews');
  expect(shown()).toMatch(/two\n +three\n +four\n +five\n +six\n +whole log: .*outbound\.log\n$/);
  expect(teller.score()).toEqual({ expectations: 1, met: 0, latencyMs: null });
});

test('a look that throws is no yes', async () => {
  const { teller, shown } = setup();
  const look = () => Promise.reject(new Error('connection refused'));
  expect(await teller.expect({ place: 'PICS', expected: 'a row', withinMs: 0, look })).toBeNull();
  expect(shown()).toContain('seen instead: could not look: connection refused');
});

test('a step that breaks counts as an expectation that was not met', () => {
  const { teller, shown } = setup();
  teller.broke('no such learner\n    at stack');
  expect(shown()).toContain(
    '✖ pics-sync      the step could not be played to its end: no such learner · at stack',
  );
  expect(teller.score()).toMatchObject({ expectations: 1, met: 0 });
});

test('Ctrl-C ends the waiting at once', async () => {
  const { teller } = setup({ signal: AbortSignal.abort(new Error('interrupted')) });
  const look = async () => unmet('nothing');
  await expect(teller.expect({ place: 'PICS', expected: 'a row', look })).rejects.toThrow('interrupted');
});
