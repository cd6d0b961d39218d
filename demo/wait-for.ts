import { setTimeout as sleep } from 'node:timers/promises';

/** One look at something: as expected or not, and what was seen, in words. */
export type Look<T> =
  | { readonly isMet: true; readonly seen: string; readonly value: T }
  | { readonly isMet: false; readonly seen: string };

export const met = <T>(seen: string, value: T): Look<T> => ({ isMet: true, seen, value });
export const unmet = (seen: string): Look<never> => ({ isMet: false, seen });

const everyMs = 25;

/**
 * Looks again and again until it is as expected or the time is over, and gives the last look.
 *
 * A look that throws counts as one that was not met: the other side may be restarting.
 */
export async function waitFor<T>(
  look: () => Promise<Look<T>>,
  { withinMs, signal }: { withinMs: number; signal: AbortSignal },
): Promise<Look<T>> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    const last = await look().catch((error: unknown) => unmet(`could not look: ${(error as Error).message}`));
    if (last.isMet || performance.now() >= deadlineMs) return last;
    await sleep(everyMs, undefined, { signal });
  }
}
