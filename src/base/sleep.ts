import { exitCodes } from './fault.ts';

/** Waits, or returns early when the signal aborts. It never throws; check the signal afterwards. */
export function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    signal?.addEventListener('abort', end, { once: true });
  });
}

export type Sleep = typeof sleep;

/**
 * Calls a function until it returns a value other than null. Returns null after the time limit or an abort.
 */
export async function pollFor<T>(
  ask: () => Promise<T | null>,
  { everyMs, timeoutMs, signal }: { everyMs: number; timeoutMs: number; signal?: AbortSignal },
): Promise<T | null> {
  const endAtMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null || signal?.aborted || performance.now() >= endAtMs) return answer;
    await sleep(Math.min(everyMs, Math.max(0, endAtMs - performance.now())), signal);
  }
}

type SignalSource = {
  on(name: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  off(name: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
};

/**
 * Turns SIGTERM and SIGINT into one abort signal.
 *
 * The first signal asks the process to finish its work and end; the second ends it at once.
 */
export function createStop({
  source = process,
  endAtOnce = () => process.exit(exitCodes.stoppedAtOnce),
}: {
  source?: SignalSource;
  endAtOnce?: () => void;
} = {}): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const listener = () => {
    if (controller.signal.aborted) endAtOnce();
    else controller.abort();
  };
  source.on('SIGTERM', listener);
  source.on('SIGINT', listener);
  return {
    signal: controller.signal,
    release() {
      source.off('SIGTERM', listener);
      source.off('SIGINT', listener);
    },
  };
}

/** Resolves when the signal aborts: for a role that has nothing to do. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
