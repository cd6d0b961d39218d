import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A script for Redis with the digest under which Redis remembers it. */
export type RedisScript = { readonly text: string; readonly sha: string };

export function toScript(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** Runs a script by its digest; sends it once more when Redis has forgotten it. */
export async function runScript(
  redis: Redis,
  script: RedisScript,
  { keys, args }: { readonly keys: readonly string[]; readonly args: readonly (string | number)[] },
): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('NOSCRIPT')) throw error;
    return redis.eval(script.text, keys.length, ...keys, ...args);
  }
}
