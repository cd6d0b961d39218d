import type { Log } from '../base/log.ts';
import type { Consumer, PartitionOffset } from './broker.ts';

/** What of one generation may be committed, and what is to be told when it was. */
export type Committable = {
  readonly generation: number;
  readonly offsets: readonly PartitionOffset[];
  readonly onCommitted: () => void;
};

export type CommitLoop = {
  /** Commits now; waits for a commit under way first. Never rejects. */
  commitNow(): Promise<void>;
  stop(): void;
};

/**
 * Commits on an interval.
 *
 * A commit that fails is tried again with the next interval: until then only work that would be repeated grows. A
 * broker that stays away ends the consumer by itself.
 */
export function startCommitLoop({
  consumer,
  everyMs,
  log,
  committable,
}: {
  readonly consumer: Consumer;
  readonly everyMs: number;
  readonly log: Log;
  /** Null when there is nothing new. */
  readonly committable: () => Committable | null;
}): CommitLoop {
  let last: Promise<void> = Promise.resolve();

  async function commit(): Promise<void> {
    const due = committable();
    if (due === null) return;
    try {
      const outcome = await consumer.commit(due.generation, due.offsets);
      if (outcome === 'committed') due.onCommitted();
    } catch (error) {
      log.warn('offsets could not be committed, it is tried again', { generation: due.generation, error });
    }
  }

  function commitNow(): Promise<void> {
    last = last.then(commit);
    return last;
  }

  const timer = setInterval(commitNow, everyMs);
  return { commitNow, stop: () => clearInterval(timer) };
}
