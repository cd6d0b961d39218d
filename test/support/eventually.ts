import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats a claim until it holds. After the deadline its last failure is the test's. */
export async function eventually<T>(claim: () => T | Promise<T>, deadlineMs = 5_000): Promise<T> {
  const endAtMs = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await claim();
    } catch (error) {
      if (performance.now() > endAtMs) throw error;
      await sleep(10);
    }
  }
}
