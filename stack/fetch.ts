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
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackFault, toSentence } from './fault.ts';
import { fastStartFlags, type Java } from './java.ts';
import { takeLock } from './lock.ts';
import { toDownloadSentence, toFetchProgress } from './maven.ts';
import { runTool } from './run-tool.ts';
import { unpackTar } from './tar.ts';
import { type Platform, pomFile, toPostgresPlatform } from './versions.ts';

export type Fetch = {
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
 * Sees to it that all programs of the stack are on disk.
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
    const reason = toSentence(error);
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
  const shown = setInterval(() => onProgress(toFetchProgress(readLog(logFile))), 500);
  const args = [
    ...['-B', '-T', '4', '-f', pomFile],
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
  if (exitCode !== 0) throw new StackFault(toDownloadSentence(readLog(logFile), logFile));
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

/** The converter has no service manifest; without one Connect, told to load services only, does not see it. */
async function writePluginManifests({ java, logFile, signal }: Fetch, part: string): Promise<void> {
  const log = path.join(path.dirname(logFile), 'plugins.log');
  const { exitCode, error } = await runTool({
    file: java.file,
    args: [
      ...fastStartFlags,
      ...['-cp', path.join(part, 'lib', '*'), 'org.apache.kafka.tools.ConnectPluginPath'],
      ...['sync-manifests', '--plugin-path', path.join(part, 'plugins')],
    ],
    logFile: log,
    signal,
  });
  signal.throwIfAborted();
  if (error) throw error;
  if (exitCode !== 0) throw new StackFault(`The plug-ins of Connect could not be listed. See ${log}.`);
}
