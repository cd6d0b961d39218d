import { partitionKey, type TopicPartition } from './broker.ts';
import type { LogTap } from './client.ts';

/**
 * Two things the client says only in its log, and never as an event: the generation it joined, and that it fell back to
 * the oldest record because the next one is gone. The contract suite shows on a real broker that it still says them.
 */
export type ClientTap = {
  readonly see: LogTap;
  /** The generation of the join just made; null when the log did not tell. */
  readonly takeGeneration: () => number | null;
  /** Whether the client fell back in this partition since asked last. */
  readonly takeOutOfRange: (partition: TopicPartition) => boolean;
};

export function createClientTap(): ClientTap {
  let generation: number | null = null;
  const outOfRange = new Set<string>();
  return {
    see: ({ log }) => {
      if (log.message === 'Received assignment') generation = Number(log['generationId']);
      if (!log.message.startsWith('Offset out of range, resetting')) return;
      outOfRange.add(partitionKey({ topic: String(log['topic']), partition: Number(log['partition']) }));
    },
    takeGeneration: () => {
      const taken = generation;
      generation = null;
      return taken;
    },
    takeOutOfRange: (partition) => outOfRange.delete(partitionKey(partition)),
  };
}
