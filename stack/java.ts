import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
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
