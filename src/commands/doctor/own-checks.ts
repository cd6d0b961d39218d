import { readdirSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import { toSqlState } from '../../pics/queryable.ts';
import { createRedis, withinTime } from '../../redis/client.ts';
import { withStore } from '../connections.ts';
import { toCountOf } from '../count-text.ts';
import { type Finding, fail, ok, runCheck, warn } from './check.ts';

/** The sync's own database, with its migrations. */
export function checkStore(config: Config): Promise<readonly Finding[]> {
  return runCheck('sync database', 'Start it, make it, or correct the section store.', async () => {
    const ran = await readMigrations(config);
    const migrate = 'Run "pics-sync store migrate".';
    if (ran === null) return [fail('sync database', 'it is empty', migrate)];
    const wanted = listMigrations();
    const missing = wanted.filter((name) => !ran.includes(name));
    const newer = ran.filter((name) => !wanted.includes(name));
    if (missing.length > 0) {
      return [fail('sync database', `not run yet: ${toCountOf(missing.length, 'migration')}`, migrate)];
    }
    if (newer.length > 0) {
      const advice = 'A newer version of this program was here: run that one.';
      return [fail('sync database', `not known here: ${toCountOf(newer.length, 'migration')}`, advice)];
    }
    return [ok('sync database', `${toCountOf(ran.length, 'migration')}, none missing`)];
  });
}

/** Null when none ever ran. */
async function readMigrations(config: Config): Promise<string[] | null> {
  const tableIsMissing = '42P01';
  return withStore(config, async (client) => {
    try {
      const { rows } = await client.query<{ name: string }>('select name from sync.migration order by id');
      return rows.map(({ name }) => name);
    } catch (error) {
      if (toSqlState(error) === tableIsMissing) return null;
      throw error;
    }
  });
}

function listMigrations(): string[] {
  const files = readdirSync(new URL('../../store/migrations', import.meta.url));
  return files.filter((file) => /\.(sql|ts)$/.test(file)).map((file) => file.replace(/\.\w+$/, ''));
}

/** Redis is an economy: without it each process keeps to its own share of the calls. */
export async function checkRedis(config: Config): Promise<readonly Finding[]> {
  const redis = createRedis({ url: config.redis.url.reveal() });
  try {
    const info = await withinTime(redis, 1_500, (client) => client.info('server'));
    const version = /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
    return [ok('Redis', `version ${version}`)];
  } catch {
    const advice =
      'Start it, or correct redis.url. Until then each process keeps to its own share of the calls.';
    return [warn('Redis', 'it does not answer', advice)];
  } finally {
    redis.disconnect();
  }
}
