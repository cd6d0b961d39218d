import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { StackFault } from './fault.ts';

const lowestJava = 17;

export type Java = {
  file: string;
  major: number;
  /** Differs for every build of Java. */
  fingerprint: string;
};

/** Reads the major version out of what `java -version` prints; 8 calls itself 1.8. */
export function parseJavaMajor(output: string): number | null {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(output);
  if (!match) return null;
  return match[1] === '1' ? Number(match[2]) : Number(match[1]);
}

export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<Java> {
  const home = env['JAVA_HOME'];
  const inHome = home ? path.join(home, 'bin', 'java') : '';
  const file = inHome && existsSync(inHome) ? inHome : 'java';
  const output = await new Promise<string>((resolve, reject) => {
    execFile(file, ['-version'], (error, stdout, stderr) => {
      if (error)
        reject(
          new StackFault(
            `Java ${lowestJava} or newer is needed and no java was found. Install a JDK or set JAVA_HOME.`,
            'absent',
          ),
        );
      else resolve(`${stderr}${stdout}`);
    });
  });
  const major = parseJavaMajor(output);
  if (major === null || major < lowestJava) {
    throw new StackFault(
      `Java ${lowestJava} or newer is needed; ${file} is ${major ?? 'of an unknown version'}. Set JAVA_HOME to a newer one.`,
      'absent',
    );
  }
  return { file, major, fingerprint: createHash('sha256').update(output).digest('hex').slice(0, 8) };
}

/** A short life on few cores: the quick compiler only, the small collector, no shared counters. */
export const fastStartFlags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData'];
export const throughputFlags = ['-XX:+UseSerialGC', '-XX:-UsePerfData'];

/**
 * Archives of loaded classes nearly halve the start of a JVM.
 *
 * The JVM writes one when it ends in good order, so the first start of a part dumps and every later one uses it. An
 * archive of another Java has another name; one that does not fit for any other reason is ignored by the JVM.
 */
export type ClassArchive = {
  /** The archive in use, or null where one is to be written. */
  file: string | null;
  dumpFile: string;
  /** The name that the archive will have, without its size. */
  stem: string;
  flags: string[];
};

const quiet = ['-Xshare:auto', '-Xlog:cds=off', '-Xlog:cds+dynamic=off', '-Xlog:class+path=off'];

export function classArchiveOf(stackDir: string, part: string, java: Java): ClassArchive {
  const folder = path.join(stackDir, 'archives');
  mkdirSync(folder, { recursive: true });
  const stem = path.join(folder, `${part}-${java.fingerprint}`);
  const dumpFile = `${stem}.${process.pid}.part`;
  const file = findWhole(stem);
  const flags = [file ? `-XX:SharedArchiveFile=${file}` : `-XX:ArchiveClassesAtExit=${dumpFile}`, ...quiet];
  return { file, dumpFile, stem, flags };
}

/** The size is part of the name: a JVM that maps an archive which was cut off crashes. */
function findWhole(stem: string): string | null {
  const prefix = `${path.basename(stem)}-`;
  for (const name of readdirSync(path.dirname(stem))) {
    const sizeBytes = /^(\d+)\.jsa$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '')?.[1];
    if (sizeBytes === undefined) continue;
    const file = path.join(path.dirname(stem), name);
    if (statSync(file).size === Number(sizeBytes)) return file;
    rmSync(file, { force: true });
  }
  return null;
}

type JvmEnding = 'in-order' | 'crashed' | 'otherwise';

export function classifyJvmEnding(exitCode: number | null, signal: NodeJS.Signals | null): JvmEnding {
  // A JVM that obeyed TERM ends with 143.
  if (exitCode === 0 || exitCode === 143) return 'in-order';
  const isCrash = exitCode === 134 || signal === 'SIGABRT' || signal === 'SIGBUS' || signal === 'SIGSEGV';
  return isCrash ? 'crashed' : 'otherwise';
}

/** Takes over what the JVM wrote at its end, and throws away an archive with which it crashed. */
export function settleClassArchive({ file, dumpFile, stem }: ClassArchive, ending: JvmEnding): void {
  if (file !== null) {
    if (ending === 'crashed') rmSync(file, { force: true });
    return;
  }
  try {
    const { size } = statSync(dumpFile);
    if (ending === 'in-order' && size > 0 && findWhole(stem) === null) {
      renameSync(dumpFile, `${stem}-${size}.jsa`);
    } else rmSync(dumpFile, { force: true });
  } catch {
    // Nothing was written: the next start dumps again.
  }
}
