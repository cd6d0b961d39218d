import { Redis } from 'ioredis';

export type RedisOptions = {
  readonly url: string;
  /** Told of connection errors. The client goes on trying by itself, at most every 2 s. */
  readonly onError?: (error: Error) => void;
};

/**
 * Creates a client that never makes anybody wait for Redis.
 *
 * Nothing is queued while it is away and nothing is sent twice: whoever asks is told at once and falls back. It
 * connects with the first use.
 */
export function createRedis({ url, onError }: RedisOptions): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    // A connection that is dead without a word is given up and made anew.
    socketTimeout: 2_000,
    connectionName: 'pics-sync',
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  redis.on('error', (error: Error) => onError?.(error));
  return redis;
}

/**
 * Rejects with a plain sentence when Redis does not do it in time. What it may still do is the caller's to bear.
 *
 * `connectMs`: what a connection that is being made may take instead.
 */
export async function withinTime<T>(
  redis: Redis,
  timeoutMs: number,
  act: (redis: Redis) => Promise<T>,
  connectMs: number = timeoutMs,
): Promise<T> {
  if (redis.status !== 'ready') await untilReady(redis, connectMs);
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const late = () => reject(new Error(`Redis did not answer within ${timeoutMs} ms`));
    timer = setTimeout(late, timeoutMs);
  });
  try {
    return await Promise.race([act(redis), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function untilReady(redis: Redis, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // Away and trying again by itself: nobody waits for that.
    if (!['wait', 'connecting', 'connect'].includes(redis.status))
      return reject(new Error(`the connection to Redis is ${redis.status}`));
    const end = (settle: () => void) => {
      clearTimeout(timer);
      redis.off('ready', onReady);
      redis.off('close', onClose);
      settle();
    };
    const onReady = () => end(resolve);
    const onClose = () => end(() => reject(new Error('Redis takes no connection')));
    const timer = setTimeout(() => end(() => reject(new Error('Redis is not connected'))), timeoutMs);
    redis.once('ready', onReady);
    redis.once('close', onClose);
    if (redis.status === 'wait') redis.connect().catch(() => undefined);
  });
}

export type AwayWatch = {
  /** As the call budget tells it: a reason when it falls back, null when the calls are shared again. */
  readonly fallback: (reason: string | null) => void;
  readonly close: () => void;
};

export type AwayWatchOptions = {
  /** How long Redis must stay away until that is told. */
  readonly afterMs?: number;
  /** Whether Redis answers at this moment. Without calls nobody else would notice that it does again. */
  readonly answers: () => Promise<boolean>;
  /** Told once when Redis has stayed away. */
  readonly onAway: () => void;
  /** Told only after `onAway`. */
  readonly onBack: () => void;
};

/** Tells hiccups from a Redis that is away: falling back is right for both, a line in the log only for the latter. */
export function createAwayWatch({ afterMs = 5_000, answers, onAway, onBack }: AwayWatchOptions): AwayWatch {
  let timer: NodeJS.Timeout | null = null;
  let isTold = false;

  function stop(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function wait(): void {
    const own = setTimeout(async () => {
      const isThere = await answers().catch(() => false);
      // Somebody has told us better meanwhile.
      if (timer !== own) return;
      if (isThere) return wait();
      timer = null;
      isTold = true;
      onAway();
    }, afterMs);
    own.unref();
    timer = own;
  }

  return {
    fallback: (reason) => {
      if (reason !== null) {
        if (timer === null && !isTold) wait();
        return;
      }
      stop();
      if (isTold) onBack();
      isTold = false;
    },
    close: stop,
  };
}
