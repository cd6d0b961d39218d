import { Redis } from 'ioredis';

type RedisOptions = {
  readonly url: string;
  /** Called with connection errors. The client keeps trying to connect by itself, at least every 2 s. */
  readonly onError?: (error: Error) => void;
};

/**
 * Creates a client whose callers never wait for Redis to come back.
 *
 * While Redis is away, nothing is queued and nothing is sent twice: a command fails immediately, and its
 * caller falls back. The client connects at the first use.
 */
export function createRedis({ url, onError }: RedisOptions): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    // A connection that no longer answers is closed and opened again.
    socketTimeout: 2_000,
    connectionName: 'pics-sync',
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  redis.on('error', (error: Error) => onError?.(error));
  return redis;
}

/**
 * Rejects with a plain message if Redis does not finish in time. Redis may still run the command later; the
 * caller must tolerate that.
 *
 * `connectMs`: the time limit for a connection that is being opened.
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
    // Redis is away, and the client retries by itself. Do not wait for that.
    if (!['wait', 'connecting', 'connect'].includes(redis.status))
      return reject(new Error(`the connection to Redis is ${redis.status}`));
    const end = (settle: () => void) => {
      clearTimeout(timer);
      redis.off('ready', onReady);
      redis.off('close', onClose);
      settle();
    };
    const onReady = () => end(resolve);
    const onClose = () => end(() => reject(new Error('Redis refuses the connection')));
    const timer = setTimeout(() => end(() => reject(new Error('Redis is not connected'))), timeoutMs);
    redis.once('ready', onReady);
    redis.once('close', onClose);
    if (redis.status === 'wait') redis.connect().catch(() => undefined);
  });
}

type AwayWatch = {
  /**
   * The call budget calls this with a reason when it falls back, and with null when the calls are shared
   * again.
   */
  readonly fallback: (reason: string | null) => void;
  readonly close: () => void;
};

type AwayWatchOptions = {
  /** How long Redis must stay away before `onAway` is called. */
  readonly afterMs?: number;
  /** Asks whether Redis answers now. Without calls, the budget would not notice its return. */
  readonly answers: () => Promise<boolean>;
  /** Called once when Redis has stayed away. */
  readonly onAway: () => void;
  /** Called only after `onAway`. */
  readonly onBack: () => void;
};

/**
 * Distinguishes short interruptions from a Redis that is away. The budget falls back in both cases; only
 * the second deserves a line in the log.
 *
 * A fallback starts a timer. When it expires, Redis is asked: if it answers, the timer starts again; if
 * not, `onAway` is called. The end of the fallback stops the timer and calls `onBack` if `onAway` had been
 * called.
 */
export function createAwayWatch({ afterMs = 5_000, answers, onAway, onBack }: AwayWatchOptions): AwayWatch {
  let timer: NodeJS.Timeout | null = null;
  let isReported = false;

  function stop(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function wait(): void {
    const own = setTimeout(async () => {
      const isThere = await answers().catch(() => false);
      // The fallback ended meanwhile.
      if (timer !== own) return;
      if (isThere) return wait();
      timer = null;
      isReported = true;
      onAway();
    }, afterMs);
    own.unref();
    timer = own;
  }

  return {
    fallback: (reason) => {
      if (reason !== null) {
        if (timer === null && !isReported) wait();
        return;
      }
      stop();
      if (isReported) onBack();
      isReported = false;
    },
    close: stop,
  };
}
