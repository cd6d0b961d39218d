import { describe, expect, test } from 'vitest';
import { partLine } from './commands.ts';
import { downloadSentence, fetchProgress, findReason, StackFault, sentenceOf } from './fault.ts';
import { parseJavaMajor } from './java.ts';

// What a person reads when something cannot be done: one sentence, with the cause and never a trace.

describe('what the operating system refuses', () => {
  test.each([
    [{ code: 'ENOSPC', path: '/data' }, 'The disk is full (/data). Free some space and start again.'],
    [{ code: 'EDQUOT' }, 'The disk quota is used up. Free some space and start again.'],
    [{ code: 'EROFS', path: '/data' }, 'The file system is read-only (/data).'],
    [{ code: 'EACCES', path: '/data' }, 'Permission denied (/data).'],
    [new StackFault('Own words.'), 'Own words.'],
    [new Error('something else'), 'something else'],
  ])('is one sentence: %o', (error, sentence) => {
    expect(sentenceOf(error)).toBe(sentence);
  });
});

describe('a failed download', () => {
  test.each([
    ['java.io.IOException: No space left on device', 'The disk is full.'],
    ['[ERROR] Unknown host repo: Temporary failure in name resolution', 'its name does not resolve'],
    ['[ERROR] Connect to repo failed: Connection refused', 'cannot be reached. See /log.'],
    ['[ERROR] status code: 407', 'the proxy refuses'],
    [
      '[ERROR] Some plugin broke. -> [Help 1]\n[ERROR] more',
      'The download failed: Some plugin broke. See /log.',
    ],
    ['', 'The download failed: Maven ended with an error. See /log.'],
  ])('has its cause named: %s', (log, sentence) => {
    expect(downloadSentence(log, '/log')).toContain(sentence);
  });
});

test('a download under way tells how many files and megabytes there are', () => {
  const log = [
    'Downloaded from central: a.jar (9.7 MB at 30 MB/s)',
    '[INFO] [stderr] Downloaded from central: b.pom (700 kB at 1 MB/s)',
    'Downloading from central: c.jar',
  ].join('\n');
  expect(fetchProgress(log)).toBe('2 files, 10 MB');
  expect(fetchProgress('')).toBe('asking Maven');
});

describe('the reason in a log', () => {
  test.each([
    [
      'a port',
      'INFO start\njava.net.BindException: Address already in use\n\tat x.y(Z.java:1)',
      'Address already in use',
    ],
    [
      'a full disk',
      'ERROR failed\n12:00 could not write: No space left on device',
      'No space left on device',
    ],
    [
      'a cause below a message',
      'ERROR Stopping\nCaused by: IllegalState: bad id\n\tat x',
      'Caused by: IllegalState: bad id',
    ],
    [
      'an exception',
      'ERROR Exiting\njava.lang.RuntimeException: node ID not found\n\tat x',
      'node ID not found',
    ],
    ['PostgreSQL', '2026-01-01 10:00:00 UTC [1] FATAL:  lock file exists.', 'FATAL: lock file exists'],
    ['the last line when nothing tells', 'one\ntwo\n', 'two'],
    ['nothing', '', ''],
  ])('is found: %s', (_, log, reason) => {
    expect(findReason(log)).toContain(reason);
    expect(findReason(log)).not.toMatch(/\n|\tat /);
  });
});

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_301"', 8],
  ['openjdk version "25" 2025-09-16', 25],
  ['command not found', null],
])('the version of Java is read from: %s', (output, major) => {
  expect(parseJavaMajor(output)).toBe(major);
});

test('a part is shown in one line with its state and time', () => {
  expect(partLine({ part: 'kafka', status: 'ready', pid: 1, detail: '2.5 s' })).toBe(
    '✔ kafka     ready (2.5 s)',
  );
  expect(partLine({ part: 'redis', status: 'external', pid: null, detail: '' })).toBe(
    '· redis     somewhere else, checked',
  );
});
