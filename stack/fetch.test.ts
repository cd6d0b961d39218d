import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkFreeSpace, fetchStack } from './fetch.ts';
import { platformOf, readVersions, stackDirOf, toPostgresPlatform } from './versions.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fetch-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that does what a Maven does: puts files where it is told, and ends well or badly. */
function writeProgram(name: string, script: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const unpacks = `
for word in "$@"; do case $word in -Dstack.dir=*) dir=\${word#-Dstack.dir=};; esac; done
mkdir -p "$dir/target" "$dir/redis" "$dir/lib"
echo jar > "$dir/lib/kafka.jar"
head -c 1024 /dev/zero > "$dir/target/postgres.tar"
echo run >> "${'$'}(dirname "$0")/runs"`;

function toFetch(maven: string, signal = new AbortController().signal) {
  return {
    stackDir: path.join(folder, 'cache', 'stack'),
    platform: { system: 'linux', processor: 'amd64' } as const,
    java: { file: writeProgram('java', 'exit 0'), major: 17, fingerprint: 'x' },
    maven,
    logFile: path.join(folder, 'logs', 'maven.log'),
    signal,
    onProgress: () => {},
  };
}

test('downloads appear under their name when they are whole, and are not fetched twice', async () => {
  const fetch = toFetch(writeProgram('mvn', unpacks));
  await Promise.all([fetchStack(fetch), fetchStack(fetch)]);
  await fetchStack(fetch);
  expect(readdirSync(fetch.stackDir).sort()).toEqual(['complete', 'lib', 'redis']);
  expect(readdirSync(path.join(folder, 'cache'))).toEqual(['stack']);
  expect(readFileSync(path.join(folder, 'runs'), 'utf8')).toBe('run\n');
});

test('a download that broke off halfway is not taken for a whole one, and the next one begins anew', async () => {
  const broken = toFetch(writeProgram('mvn-1', `${unpacks}\necho "[ERROR] Connection refused"\nexit 1`));
  await expect(fetchStack(broken)).rejects.toThrow("Maven's repository cannot be reached");
  expect(existsSync(broken.stackDir)).toBe(false);
  // A crash in the middle leaves its folder behind, here with something that belongs to no download.
  mkdirSync(`${broken.stackDir}.part`, { recursive: true });
  writeFileSync(path.join(`${broken.stackDir}.part`, 'stray'), '');
  await fetchStack(toFetch(writeProgram('mvn-2', unpacks)));
  expect(readdirSync(broken.stackDir)).not.toContain('stray');
});

test('a lock left by a process that is gone holds nobody up', async () => {
  const fetch = toFetch(writeProgram('mvn', unpacks));
  mkdirSync(path.dirname(fetch.stackDir), { recursive: true });
  writeFileSync(`${fetch.stackDir}.lock`, JSON.stringify({ pid: process.pid, startedAt: 'another life' }));
  await fetchStack(fetch);
  expect(existsSync(fetch.stackDir)).toBe(true);
});

test('a missing Maven is one sentence, and the machine counts as unable', async () => {
  const fetching = fetchStack(toFetch(path.join(folder, 'no-mvn')));
  await expect(fetching).rejects.toMatchObject({
    kind: 'absent',
    message: expect.stringContaining('Install Maven'),
  });
});

test('breaking off ends Maven and leaves no lock', async () => {
  const aborted = new AbortController();
  const fetch = toFetch(
    writeProgram('mvn', `echo started > "$(dirname "$0")/started"\nexec sleep 60`),
    aborted.signal,
  );
  const fetching = fetchStack(fetch);
  fetching.catch(() => {});
  while (!existsSync(path.join(folder, 'started'))) await new Promise((resolve) => setTimeout(resolve, 10));
  aborted.abort();
  await expect(fetching).rejects.toThrow();
  expect(readdirSync(path.join(folder, 'cache'))).not.toContain('stack.lock');
});

test('a disk with too little room is named before anything is written', () => {
  expect(() => checkFreeSpace(folder, Number.MAX_SAFE_INTEGER)).toThrow('The disk is too full');
});

test('another version or platform is another folder', () => {
  const linux = platformOf('linux', 'x64');
  expect(stackDirOf(linux, '/cache')).toMatch(/^\/cache\/stack-linux-amd64-[0-9a-f]{12}$/);
  expect(toPostgresPlatform(platformOf('darwin', 'arm64'))).toBe('darwin-arm64v8');
  expect(() => platformOf('win32', 'x64')).toThrow('Give addresses of running ones instead.');
  expect(readVersions().kafka).toMatch(/^\d+\.\d+\.\d+$/);
});
