import { setTimeout as sleep } from 'node:timers/promises';

const firstPauseMs = 10;
const longestPauseMs = 50;

/**
 * Repeats a claim until it holds. After the deadline its last failure is the test's.
 *
 * Asks less often the longer it takes: what is asked, and who asks, share the cores with what is waited for.
 */
export async function eventually<T>(claim: () => T | Promise<T>, deadlineMs = 5_000): Promise<T> {
  const endAtMs = performance.now() + deadlineMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.3, longestPauseMs)) {
    try {
      return await claim();
    } catch (error) {
      if (performance.now() > endAtMs) throw error;
      await sleep(pauseMs);
    }
  }
}
