import type { MemoryPorts } from './ports.ts';

const lookEveryMs = 50;

/**
 * Resolves when the roles on these ports have nothing left to do: every group has finished what was
 * published, and for a while nothing more comes. The while is longer than a turn of the poller and a look at
 * the vendor's switch.
 */
export async function settle(
  { topics, clock }: Pick<MemoryPorts, 'topics' | 'clock'>,
  quietMs = 3_000,
): Promise<void> {
  let seen = -1;
  for (let quietSinceMs = clock.nowMs(); ; ) {
    if (topics.lag > 0 || topics.publishedCount !== seen) quietSinceMs = clock.nowMs();
    if (clock.nowMs() - quietSinceMs >= quietMs) return;
    seen = topics.publishedCount;
    await clock.sleep(lookEveryMs);
  }
}
