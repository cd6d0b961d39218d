/*
 * How the programs of the stack come onto this machine. Maven downloads them (pom.xml and maven/ name them) into a
 * folder beside the final one. PostgreSQL comes as a tar archive, which is unpacked here because Maven would lose
 * its symbolic links. The folder is renamed when it is whole, so a download that was broken off is never taken for
 * a complete one; a lock lets one start download while the others wait.
 */

import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { downloadSentence, fetchProgress, StackFault, sentenceOf } from './fault.ts';
import { fastStartFlags, type Java } from './java.ts';
import { runTool } from './processes.ts';
import { takeLock } from './state.ts';
import { type Platform, pomFile, toPostgresPlatform } from './versions.ts';

type Fetch = {
  stackDir: string;
  platform: Platform;
  java: Java;
  /** The program to call. */
  maven: string;
  logFile: string;
  signal: AbortSignal;
  onProgress: (detail: string) => void;
};

/** Downloads, unpacked, and a copy of what Maven keeps for itself. */
const neededBytes = 1_000_000_000;
const isComplete = (stackDir: string) => existsSync(path.join(stackDir, 'complete'));

/**
 * Puts all programs of the stack on disk, unless they are there.
 *
 * Everything is unpacked beside the final folder, which appears by one rename when it is whole.
 */
export async function fetchStack(fetch: Fetch): Promise<void> {
  if (isComplete(fetch.stackDir)) return;
  makeCacheDir(path.dirname(fetch.stackDir));
  const unlock = await lockFetch(fetch);
  try {
    if (isComplete(fetch.stackDir)) return;
    checkFreeSpace(path.dirname(fetch.stackDir));
    removeLeftovers(fetch.stackDir);
    const part = `${fetch.stackDir}.part`;
    await runMaven(fetch, part);
    unpackPostgres(part);
    await writePluginManifests(fetch, part);
    rmSync(path.join(part, 'target'), { recursive: true, force: true });
    writeFileSync(path.join(part, 'complete'), '');
    renameSync(part, fetch.stackDir);
  } finally {
    unlock();
  }
}

function makeCacheDir(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const reason = sentenceOf(error);
    throw new StackFault(`${reason} Name another folder for the downloads with PICS_SYNC_STACK_CACHE.`);
  }
}

export function checkFreeSpace(folder: string, bytes: number = neededBytes): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= bytes) return;
  const toMb = (count: number) => Math.round(count / 1_000_000);
  throw new StackFault(
    `The disk is too full: ${toMb(bytes)} MB are needed in ${folder}, ${toMb(bavail * bsize)} MB are free.`,
  );
}

/** One fetch at a time; the others wait for it and then find everything in place. */
async function lockFetch({ stackDir, signal, onProgress }: Fetch): Promise<() => void> {
  for (;;) {
    signal.throwIfAborted();
    const unlock = takeLock(`${stackDir}.lock`);
    if (unlock) return unlock;
    onProgress('another start is downloading');
    await sleep(200);
  }
}

function removeLeftovers(stackDir: string): void {
  rmSync(`${stackDir}.part`, { recursive: true, force: true });
  rmSync(stackDir, { recursive: true, force: true });
}

async function runMaven(
  { maven, platform, logFile, signal, onProgress }: Fetch,
  part: string,
): Promise<void> {
  const shown = setInterval(() => onProgress(fetchProgress(readLog(logFile))), 500);
  const args = [
    '-B',
    '-T',
    '4',
    '-f',
    pomFile,
    `-Dstack.dir=${part}`,
    `-Dpostgres.platform=${toPostgresPlatform(platform)}`,
    'package',
  ];
  const { exitCode, error } = await runTool({ file: maven, args, logFile, signal });
  clearInterval(shown);
  signal.throwIfAborted();
  if (error?.code === 'ENOENT') {
    throw new StackFault(
      'Maven is needed to download the stack and no mvn was found. Install Maven 3.6 or newer.',
      'absent',
    );
  }
  if (error) throw error;
  if (exitCode !== 0) throw new StackFault(downloadSentence(readLog(logFile), logFile));
}

function readLog(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8');
  } catch {
    return '';
  }
}

function unpackPostgres(part: string): void {
  unpackTar(path.join(part, 'target', 'postgres.tar'), path.join(part, 'postgres'));
  for (const file of readdirSync(path.join(part, 'redis'))) chmodSync(path.join(part, 'redis', file), 0o755);
}

/** The converter has no service manifest. Connect loads services only here, so it would not see the converter. */
async function writePluginManifests({ java, logFile, signal }: Fetch, part: string): Promise<void> {
  const log = path.join(path.dirname(logFile), 'plugins.log');
  const { exitCode, error } = await runTool({
    file: java.file,
    args: [
      ...fastStartFlags,
      '-cp',
      path.join(part, 'lib', '*'),
      'org.apache.kafka.tools.ConnectPluginPath',
      'sync-manifests',
      '--plugin-path',
      path.join(part, 'plugins'),
    ],
    logFile: log,
    signal,
  });
  signal.throwIfAborted();
  if (error) throw error;
  if (exitCode !== 0) throw new StackFault(`The plug-ins of Connect could not be listed. See ${log}.`);
}

/** A tar archive is a sequence of blocks: a header, then the content, filled up to whole blocks. */
const blockBytes = 512;

type TarEntry = {
  name: string;
  kind: 'file' | 'directory' | 'symlink' | 'hardlink';
  mode: number;
  linkName: string;
  content: Buffer;
};

const textAt = (block: Buffer, from: number, length: number): string => {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
};
const numberAt = (block: Buffer, from: number, length: number): number =>
  Number.parseInt(textAt(block, from, length).trim() || '0', 8);

/** Values of a pax header, a sequence of `<length> <key>=<value>\n`. */
function readPaxHeader(content: Buffer): Map<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const length = Number(content.subarray(at, space).toString());
    if (space < 0 || !(length > 0)) break;
    const record = content.subarray(space + 1, at + length - 1).toString('utf8');
    const equals = record.indexOf('=');
    values.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return values;
}

/**
 * Reads the archive as written by GNU tar, bsdtar or Ant.
 *
 * A name or link that is too long for its header comes in an entry of its own before the entry it belongs to: types L
 * and K of GNU, or a pax header (x). It is remembered until that entry has been read.
 */
export function* readTar(archive: Buffer): Generator<TarEntry> {
  let longName: string | undefined;
  let longLink: string | undefined;
  for (let at = 0; at + blockBytes <= archive.length; ) {
    const block = archive.subarray(at, at + blockBytes);
    if (block.every((byte) => byte === 0)) return;
    const sizeBytes = numberAt(block, 124, 12);
    const content = archive.subarray(at + blockBytes, at + blockBytes + sizeBytes);
    if (content.length < sizeBytes) throw new Error('the archive is cut off');
    at += blockBytes + Math.ceil(sizeBytes / blockBytes) * blockBytes;
    const type = textAt(block, 156, 1);
    if (type === 'L') longName = textAt(content, 0, sizeBytes);
    else if (type === 'K') longLink = textAt(content, 0, sizeBytes);
    else if (type === 'x') {
      const values = readPaxHeader(content);
      longName = values.get('path') ?? longName;
      longLink = values.get('linkpath') ?? longLink;
    } else if (type !== 'g') {
      const prefix = textAt(block, 345, 155);
      const shortName = textAt(block, 0, 100);
      const isUstar = textAt(block, 257, 6) === 'ustar';
      yield {
        name: longName ?? (prefix && isUstar ? `${prefix}/${shortName}` : shortName),
        kind: toKind(type),
        mode: numberAt(block, 100, 8) & 0o777,
        linkName: longLink ?? textAt(block, 157, 100),
        content,
      };
      longName = undefined;
      longLink = undefined;
    }
  }
}

function toKind(type: string): TarEntry['kind'] {
  if (type === '5') return 'directory';
  if (type === '2') return 'symlink';
  return type === '1' ? 'hardlink' : 'file';
}

/** Unpacks into a folder; an entry that points out of it is refused. */
export function unpackTar(archiveFile: string, folder: string): void {
  const root = path.resolve(folder);
  for (const { name, kind, mode, linkName, content } of readTar(readFileSync(archiveFile))) {
    const target = path.resolve(root, name);
    if (target !== root && !target.startsWith(root + path.sep)) throw new Error(`${name} leaves the folder`);
    mkdirSync(kind === 'directory' ? target : path.dirname(target), { recursive: true });
    if (kind === 'symlink') symlinkSync(linkName, target);
    else if (kind === 'hardlink') writeFileSync(target, readFileSync(path.resolve(root, linkName)));
    else if (kind === 'file') writeFileSync(target, content);
    if (kind === 'file') chmodSync(target, mode | 0o444);
  }
}
