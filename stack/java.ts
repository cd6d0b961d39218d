import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { StackFault } from './fault.ts';

export const lowestJava = 17;

export type Java = {
  file: string;
  major: number /** Differs for every build of Java. */;
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
export type ClassArchive = { file: string; partFile: string; flags: string[]; isDump: boolean };

export function toClassArchive(stackDir: string, part: string, java: Java): ClassArchive {
  const folder = path.join(stackDir, 'archives');
  const file = path.join(folder, `${part}-${java.fingerprint}.jsa`);
  const partFile = `${file}.${process.pid}.part`;
  const quiet = ['-Xshare:auto', '-Xlog:cds=off', '-Xlog:cds+dynamic=off', '-Xlog:class+path=off'];
  if (existsSync(file)) {
    return { file, partFile, isDump: false, flags: [`-XX:SharedArchiveFile=${file}`, ...quiet] };
  }
  mkdirSync(folder, { recursive: true });
  return { file, partFile, isDump: true, flags: [`-XX:ArchiveClassesAtExit=${partFile}`, ...quiet] };
}

/** Takes over what the JVM wrote at its end. A dump that was cut off never gets the name that is used. */
export function keepClassArchive({ file, partFile, isDump }: ClassArchive, endedInOrder: boolean): void {
  if (!isDump) return;
  try {
    if (endedInOrder && statSync(partFile).size > 0) renameSync(partFile, file);
    else rmSync(partFile, { force: true });
  } catch {
    // Nothing was written: the next start dumps again.
  }
}
