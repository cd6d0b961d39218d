import { createHash, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type CallWindow, type Counts, type Grants, leastPoll, type WindowLimits } from './call-window.ts';
import { withinTime } from './client.ts';

type SharedGrants = Grants & { readonly pausedForMs: number; readonly used: Counts };

type SharedWindow = {
  /** Rejects when Redis is away or slow. */
  readonly grant: (wanted: Counts) => Promise<SharedGrants>;
  readonly pause: (durationMs: number) => Promise<void>;
};

type SharedWindowOptions = {
  readonly redis: Redis;
  /** The beginning of the key names. It contains a digest of the credential, never the credential. */
  readonly keyPrefix: string;
  readonly limits: WindowLimits;
  readonly timeoutMs: number;
  /** This process's own record of granted calls. Calls that Redis does not know are reported from here. */
  readonly own: CallWindow;
  readonly nowMs: () => number;
};

/**
 * The client connects at the first use. For this long, a missing connection does not count as a Redis that
 * is away.
 */
const firstConnectMs = 2_000;

/**
 * Creates the client of the call window that all processes of a credential share.
 *
 * Each `grant` runs the script once. It reports the calls that Redis does not know yet, for example those
 * granted while Redis was away, and asks for new ones. If Redis has lost its state, the answer says so:
 * then all calls of the window are reported in a second run before anything is granted.
 */
export function createSharedWindow(options: SharedWindowOptions): SharedWindow {
  const { redis, limits, own, nowMs, timeoutMs, keyPrefix } = options;
  const keys = [`${keyPrefix}:calls`, `${keyPrefix}:state`, `${keyPrefix}:waiting`];
  const process = randomUUID();
  let born = '';
  let answeredAtMs = Number.NEGATIVE_INFINITY;
  let firstUsedAtMs: number | null = null;

  function toConnectMs(): number {
    firstUsedAtMs ??= nowMs();
    return Math.max(timeoutMs, firstUsedAtMs + firstConnectMs - nowMs());
  }

  async function ask(wanted: Counts): Promise<{ isNew: boolean; grants: SharedGrants }> {
    // Redis drops a state that was unused for long. That is no loss: its window was empty.
    const known = nowMs() - answeredAtMs < 2 * limits.windowMs ? born : '';
    const reports = own.unreported(nowMs()).flatMap(({ ageMs, counts }) => [ageMs, ...counts]);
    const { limit, windowMs, grainMs, burstMs, minimum, maximum, spareShare } = limits;
    const numbers = [limit, windowMs, grainMs, burstMs, ...minimum, ...maximum, ...wanted];
    const args = [...numbers, process, known, spareShare];
    const act = (client: Redis) => runScript(client, grantScript, { keys, args: [...args, ...reports] });
    const answer = await withinTime(redis, timeoutMs, act, toConnectMs());
    const [bornNow, isNew, pausedForMs, waitMs, ...granted] = answer as [string, ...number[]];
    own.setReported(true);
    born = bornNow;
    answeredAtMs = nowMs();
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = granted;
    const grants: SharedGrants = {
      granted: [a, b, c, d],
      used: [e, f, g, h],
      waitMs: waitMs ?? 0,
      pausedForMs: pausedForMs ?? 0,
    };
    return { isNew: isNew === 1, grants };
  }

  return {
    grant: async (wanted) => {
      let { isNew, grants } = await ask(wanted);
      if (isNew) {
        // Redis has lost its data. Each process reports its calls of this window before Redis grants new
        // ones.
        own.setReported(false);
        ({ grants } = await ask(wanted));
      }
      own.record(nowMs(), grants.granted, true);
      return grants;
    },
    pause: async (durationMs) => {
      await withinTime(redis, timeoutMs, (client) =>
        runScript(client, pauseScript, { keys, args: [Math.ceil(durationMs)] }),
      );
    },
  };
}

/**
 * The beginning of both scripts: the time by the clock of Redis, and what is to be done when that clock was
 * set back. Then the times of the state lie in the future, and a window would stay full, and a pause last,
 * until the clock reaches them. So the state counts as lost, and each process reports its calls; of a pause,
 * what was left of it goes on.
 */
const readClock = `
local calls, state, waiting = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local whole = function(number) return string.format('%.0f', number) end
local clock = redis.call('HMGET', state, 'at', 'paused')
local at, pausedThen = tonumber(clock[1] or 0), tonumber(clock[2] or 0)
if now < at - 1000 then
  redis.call('DEL', calls, state, waiting)
  if pausedThen > at then redis.call('HSET', state, 'paused', whole(now + pausedThen - at)) end
end
redis.call('HSET', state, 'at', whole(now))
`;

/**
 * Grants calls of the shared window. It is `CallWindow` as a Redis script: it runs by the clock of Redis,
 * for all processes of a credential.
 *
 * KEYS: 1 calls (sorted set, by time), 2 state (hash), 3 waiting (hash: what each process waits for).
 *
 * ARGV: 1 limit, 2 window ms, 3 grain ms, 4 burst ms, 5-8 minimum, 9-12 maximum, 13-16 wanted, 17 process,
 * 18 birth of the state as the process knows it ('' = unknown), 19 share of spare polling, 20.. age and counts of calls that were
 * granted without Redis.
 *
 * Answer: 1 birth, 2 is new, 3 paused for ms, 4 wait ms, 5-8 granted, 9-12 used.
 *
 * The birth identifies the state. If Redis has lost the state that the process knew, the script starts a
 * new one and grants nothing: the process must first report the calls that the lost state had counted.
 */
const grantScript: RedisScript = toScript(`${readClock}
local limit, window, grain, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local minimum, maximum, wanted = {}, {}, {}
for rank = 1, 4 do
  minimum[rank] = tonumber(ARGV[4 + rank])
  maximum[rank] = tonumber(ARGV[8 + rank])
  wanted[rank] = tonumber(ARGV[12 + rank])
end
local process, known = ARGV[17], ARGV[18]

local fields = redis.call('HMGET', state, 'born', 'seq', 'paced', 'paused', 'u1', 'u2', 'u3', 'u4')
local born, seq = fields[1], tonumber(fields[2] or 0)
local paced, paused = tonumber(fields[3] or 0), tonumber(fields[4] or 0)
local used = {}
for rank = 1, 4 do used[rank] = tonumber(fields[4 + rank] or 0) end
if not born then
  redis.call('DEL', calls)
  born = whole(now) .. '-' .. time[2]
  for rank = 1, 4 do used[rank] = 0 end
end

local parse = function(member)
  local first, a, b, c, d = string.match(member, '^%d+:(%d+):(%d+):(%d+):(%d+):(%d+)$')
  return tonumber(first), { tonumber(a), tonumber(b), tonumber(c), tonumber(d) }
end
local remember = function(first, last, counts)
  seq = seq + 1
  local member = whole(seq) .. ':' .. whole(first) .. ':' .. table.concat(counts, ':')
  redis.call('ZADD', calls, whole(last), member)
end

local gone = redis.call('ZRANGEBYSCORE', calls, '-inf', whole(now - window))
for _, member in ipairs(gone) do
  local _, counts = parse(member)
  for rank = 1, 4 do used[rank] = used[rank] - counts[rank] end
end
if #gone > 0 then redis.call('ZREMRANGEBYSCORE', calls, '-inf', whole(now - window)) end
for index = 20, #ARGV, 5 do
  local last = now - tonumber(ARGV[index])
  if last > now - window then
    local counts = {}
    for rank = 1, 4 do
      counts[rank] = tonumber(ARGV[index + rank])
      used[rank] = used[rank] + counts[rank]
    end
    remember(last, last, counts)
  end
end

local granted, wait = { 0, 0, 0, 0 }, -1
local isNew = 0
if known ~= '' and known ~= born then isNew = 1 end
if isNew == 0 and paused <= now then
  local others = { 0, 0, 0, 0 }
  local rows = redis.call('HGETALL', waiting)
  for index = 1, #rows, 2 do
    if rows[index] ~= process then
      local a, b, c, d, untilMs = string.match(rows[index + 1], '^(%d+):(%d+):(%d+):(%d+):(%d+)$')
      if tonumber(untilMs) > now then
        local counts = { tonumber(a), tonumber(b), tonumber(c), tonumber(d) }
        for rank = 1, 4 do others[rank] = others[rank] + counts[rank] end
      else
        redis.call('HDEL', waiting, rows[index])
      end
    end
  end
  local left = limit - used[1] - used[2]
  local intervals = { 0, 0, window / math.max(limit * ${leastPoll}, 1, left),
    window / math.max(1, left * tonumber(ARGV[19])) }
  local burstOf = function(rank) return math.max(burst, intervals[rank]) end
  paced = math.max(paced, now)
  local spokenFor = paced
  local paceLeft = function(rank)
    return math.max(0, math.floor((burstOf(rank) - (spokenFor - now)) / intervals[rank] + 0.001))
  end
  local free = limit - used[1] - used[2] - used[3] - used[4]
  local given = { 0, 0, 0, 0 }
  local room = function(rank, ceiling, isPaceKept)
    local keep = 0
    if rank > 1 then keep = math.max(0, math.max(0, minimum[1] - used[1]) - given[1]) end
    local most = math.min(free - keep, ceiling - used[rank] - given[rank])
    if rank > 2 and isPaceKept then most = math.min(most, paceLeft(rank)) end
    return math.max(0, most)
  end
  local give = function(rank, ceiling, isPaceKept)
    local count = math.min(wanted[rank] + others[rank] - given[rank], room(rank, ceiling, isPaceKept))
    if count <= 0 then return end
    local mine = math.min(count, wanted[rank] - granted[rank])
    given[rank] = given[rank] + count
    granted[rank] = granted[rank] + mine
    free = free - count
    if rank > 2 then
      spokenFor = spokenFor + count * intervals[rank]
      paced = paced + mine * intervals[rank]
    end
  end
  for rank = 1, 4 do give(rank, math.min(minimum[rank], maximum[rank]), false) end
  for rank = 1, 4 do give(rank, maximum[rank], true) end

  local oldest = redis.call('ZRANGE', calls, 0, 0, 'WITHSCORES')
  local frees = (tonumber(oldest[2]) or now) + window
  for rank = 1, 4 do
    if granted[rank] < wanted[rank] then
      local isFull = room(rank, maximum[rank], true) <= 0
      local pace, space = 0, 0
      if rank > 2 and paceLeft(rank) <= 0 then pace = paced + intervals[rank] - burstOf(rank) - now end
      if isFull and not (pace > 0 and free > 0) then space = frees - now end
      local rest = math.max(pace, space, 0)
      if rest == 0 then rest = 25 end
      if wait < 0 or rest < wait then wait = rest end
    end
  end
  if wait < 0 then wait = 0 end
  local total = 0
  for rank = 1, 4 do
    total = total + granted[rank]
    used[rank] = used[rank] + granted[rank]
  end
  if total > 0 then
    local tail = redis.call('ZREVRANGE', calls, 0, 0)[1]
    local first, counts
    if tail then first, counts = parse(tail) end
    if tail and now - first < grain then
      redis.call('ZREM', calls, tail)
      for rank = 1, 4 do counts[rank] = counts[rank] + granted[rank] end
      remember(first, now, counts)
    else
      remember(now, now, granted)
    end
  end
  wait = math.ceil(wait)
  if wait > 0 then
    local left = {}
    for rank = 1, 4 do left[rank] = whole(wanted[rank] - granted[rank]) end
    redis.call('HSET', waiting, process, table.concat(left, ':') .. ':' .. whole(now + wait + 250))
  else
    redis.call('HDEL', waiting, process)
  end
end

redis.call('HSET', state, 'born', born, 'seq', whole(seq), 'paced', string.format('%.17g', paced),
  'u1', whole(used[1]), 'u2', whole(used[2]), 'u3', whole(used[3]), 'u4', whole(used[4]))
local keep = whole(math.max(window * 3, paused - now + window))
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, keep) end
return { born, isNew, math.max(0, math.ceil(paused - now)), math.max(0, wait),
  granted[1], granted[2], granted[3], granted[4], used[1], used[2], used[3], used[4] }
`);

/** Pauses all processes for a time. A longer pause that is already set stays. */
const pauseScript: RedisScript = toScript(`${readClock}
local paused = tonumber(redis.call('HGET', state, 'paused') or 0)
local wanted = now + tonumber(ARGV[1])
if wanted > paused then redis.call('HSET', state, 'paused', whole(wanted)) end
return 1
`);

/** A Redis script and the digest under which Redis caches it. */
type RedisScript = { readonly text: string; readonly sha: string };

export function toScript(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** Runs a script by its digest, and sends its text if Redis no longer has it. */
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
