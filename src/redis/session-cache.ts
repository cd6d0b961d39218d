import type { Redis } from 'ioredis';
import type { Session, SessionCache } from '../domain/ports.ts';
import { withinTime } from './client.ts';
import { runScript, toScript } from './shared-window.ts';

type SessionCacheOptions = {
  readonly redis: Redis | null;
  /** Digest of the credential that the sessions belong to. */
  readonly credential: string;
  /** How long after its issue a session is used. */
  readonly ttlMs: number;
  readonly timeoutMs?: number;
  readonly now?: () => number;
};

const writeScript = toScript(`
local known = redis.call('GET', KEYS[1])
local isReadable, session = pcall(cjson.decode, known or '{}')
if isReadable and type(session) == 'table' and (tonumber(session.issuedAtMs) or 0) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
`);
const forgetScript = toScript(`
local known = redis.call('GET', KEYS[1])
local isReadable, session = pcall(cjson.decode, known or '{}')
if isReadable and type(session) == 'table' and session.token == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);

/** Creates the cache through which processes share sessions. Without Redis, each process keeps its own. */
export function createSessionCache(options: SessionCacheOptions): SessionCache {
  const { redis, credential, ttlMs, timeoutMs = 200, now = Date.now } = options;
  let own: Session | null = null;
  // The token is a secret: it is a value here, never part of a key, a log line or an error.
  const key = `pics-sync:{${credential}}:session`;
  const isFresh = (session: Session) => session.issuedAtMs + ttlMs > now();

  /** Returns null when Redis is away. The caller then uses what this process knows. */
  async function atRedis<T>(act: (client: Redis) => Promise<T>): Promise<T | null> {
    if (redis === null) return null;
    return withinTime(redis, timeoutMs, act).catch(() => null);
  }

  return {
    read: async () => {
      const text = await atRedis((client) => client.get(key));
      const found = [text === null ? null : toSession(text), own]
        .filter((session) => session !== null && isFresh(session))
        .sort((a, b) => (b?.issuedAtMs ?? 0) - (a?.issuedAtMs ?? 0));
      return found[0] ?? null;
    },
    write: async (session) => {
      own = session;
      const restMs = Math.floor(session.issuedAtMs + ttlMs - now());
      if (restMs <= 0) return;
      const args = [JSON.stringify(session), session.issuedAtMs, restMs];
      await atRedis((client) => runScript(client, writeScript, { keys: [key], args }));
    },
    forget: async (token) => {
      if (own?.token === token) own = null;
      await atRedis((client) => runScript(client, forgetScript, { keys: [key], args: [token] }));
    },
  };
}

/** A value that is not a session counts as none; the next session overwrites it. */
function toSession(text: string): Session | null {
  try {
    const { token, issuedAtMs } = JSON.parse(text) as Partial<Session>;
    return typeof token === 'string' && typeof issuedAtMs === 'number' ? { token, issuedAtMs } : null;
  } catch {
    return null;
  }
}
