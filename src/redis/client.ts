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
