import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { classArchiveOf, classifyJvmEnding, settleClassArchive } from './java.ts';

const java = { file: 'java', major: 17, fingerprint: 'abc' };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'archive-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = () => readdirSync(path.join(folder, 'archives'));

function dump(ending: 'in-order' | 'crashed' | 'otherwise', content = 'classes'): void {
  const archive = classArchiveOf(folder, 'kafka', java);
  writeFileSync(archive.dumpFile, content);
  settleClassArchive(archive, ending);
}

test('the first run writes an archive, and the next one uses it', () => {
  expect(classArchiveOf(folder, 'kafka', java).flags[0]).toContain('-XX:ArchiveClassesAtExit=');
  dump('in-order');
  const { flags, file } = classArchiveOf(folder, 'kafka', java);
  expect(flags[0]).toBe(`-XX:SharedArchiveFile=${file}`);
  expect(files()).toEqual(['kafka-abc-7.jsa']);
});

test('what a JVM wrote that was killed or crashed is thrown away', () => {
  dump('otherwise');
  dump('crashed');
  expect(files()).toEqual([]);
});

test('an archive that was cut off is not used but written anew', () => {
  dump('in-order');
  truncateSync(path.join(folder, 'archives', 'kafka-abc-7.jsa'), 3);
  expect(classArchiveOf(folder, 'kafka', java).file).toBeNull();
  expect(files()).toEqual([]);
});

test('an archive with which the JVM crashed is not used again', () => {
  dump('in-order');
  settleClassArchive(classArchiveOf(folder, 'kafka', java), 'crashed');
  expect(classArchiveOf(folder, 'kafka', java).file).toBeNull();
});

test('of two that were written at the same time one is kept', () => {
  dump('in-order');
  writeFileSync(path.join(folder, 'archives', 'late.part'), 'other classes');
  const stem = path.join(folder, 'archives', 'kafka-abc');
  settleClassArchive(
    { file: null, dumpFile: path.join(folder, 'archives', 'late.part'), stem, flags: [] },
    'in-order',
  );
  expect(files()).toEqual(['kafka-abc-7.jsa']);
});

test('an archive belongs to one part and one Java', () => {
  dump('in-order');
  expect(classArchiveOf(folder, 'connect', java).file).toBeNull();
  expect(classArchiveOf(folder, 'kafka', { ...java, fingerprint: 'other' }).file).toBeNull();
});

test.each([
  [143, null, 'in-order'],
  [0, null, 'in-order'],
  [134, null, 'crashed'],
  [null, 'SIGBUS', 'crashed'],
  [null, 'SIGKILL', 'otherwise'],
  [1, null, 'otherwise'],
] as const)('a JVM that ended with %s %s ended %s', (exitCode, signal, ending) => {
  expect(classifyJvmEnding(exitCode, signal)).toBe(ending);
});
