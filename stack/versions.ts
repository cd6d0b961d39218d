import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { StackFault } from './fault.ts';

export const pomFile = path.join(import.meta.dirname, 'pom.xml');
const modulePoms = ['kafka', 'converter', 'registry', 'binaries'].map((module) =>
  path.join(import.meta.dirname, 'maven', module, 'pom.xml'),
);

type Versions = {
  kafka: string;
  debezium: string;
  registry: string;
  converter: string;
  postgres: string;
  redis: string;
};

/** What the stack is made of, from the one file that says so. */
export function readVersions(pom: string = readFileSync(pomFile, 'utf8')): Versions {
  const versionOf = (part: string): string => {
    const version = new RegExp(`<${part}\\.version>([^<]+)</`).exec(pom)?.[1];
    if (version === undefined) throw new Error(`stack/pom.xml has no ${part}.version`);
    return version;
  };
  return {
    kafka: versionOf('kafka'),
    debezium: versionOf('debezium'),
    registry: versionOf('registry'),
    converter: versionOf('converter'),
    postgres: versionOf('postgres'),
    redis: versionOf('redis'),
  };
}

export type Platform = { system: 'linux' | 'darwin'; processor: 'amd64' | 'arm64' };

export function platformOf(system: string, processor: string): Platform {
  const known = { x64: 'amd64', arm64: 'arm64' } as const;
  const name = known[processor as keyof typeof known];
  if ((system !== 'linux' && system !== 'darwin') || name === undefined) {
    throw new StackFault(
      `There is no PostgreSQL and Redis to fetch for ${system} on ${processor}. Give addresses of running ones instead.`,
      'absent',
    );
  }
  return { system, processor: name };
}

/** How the PostgreSQL artifact calls the platform. */
export function toPostgresPlatform({ system, processor }: Platform): string {
  return `${system}-${processor === 'arm64' ? 'arm64v8' : processor}`;
}

/** The folder of the downloads: named after all that decides what is in it, so another version is another folder. */
export function stackDirOf(platform: Platform, cacheDir: string = defaultCacheDir()): string {
  const hash = createHash('sha256');
  for (const file of [pomFile, ...modulePoms]) hash.update(readFileSync(file));
  const name = `stack-${platform.system}-${platform.processor}-${hash.digest('hex').slice(0, 12)}`;
  return path.join(cacheDir, name);
}

/** Downloads are kept outside the project so that a fresh clone starts warm. */
function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env['PICS_SYNC_STACK_CACHE']) return path.resolve(env['PICS_SYNC_STACK_CACHE']);
  return path.join(env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'pics-sync');
}
