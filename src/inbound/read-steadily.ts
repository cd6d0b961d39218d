import type { PollPage, ReadPage } from '../core/poll.ts';
import type { PollEffects } from './poll-effects.ts';

const firstDelayMs = 1_000;
const maxDelayMs = 60_000;
const throttledMs = 60_000;

/**
 * Reads a page, waiting as long as the vendor is away: a read may always be repeated.
 *
 * Null when the vendor refuses this very page, or when the signal came.
 */
export async function readSteadily(
  { readPage, sleep, onPaused }: Pick<PollEffects, 'readPage' | 'sleep' | 'onPaused'>,
  request: Parameters<ReadPage>[0],
  signal: AbortSignal,
): Promise<PollPage | null> {
  let isPaused = false;
  for (let delayMs = firstDelayMs; !signal.aborted; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
    const answer = await readPage(request);
    if (answer.kind === 'page' || answer.kind === 'rejected') {
      if (isPaused) onPaused(null);
      return answer.kind === 'page' ? answer : null;
    }
    if (answer.kind === 'throttled') {
      await sleep(answer.retryAfterMs ?? throttledMs, signal);
      delayMs = firstDelayMs;
      continue;
    }
    isPaused = true;
    onPaused(answer.kind);
    await sleep(delayMs, signal);
  }
  return null;
}
