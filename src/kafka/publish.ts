import type { OutgoingRecord, Producer, PublishedAt } from './broker.ts';

export type Publisher = {
  /** Resolves when all in-sync replicas have the record. Rejects when that is not known: it may be there or not. */
  publish(record: OutgoingRecord): Promise<PublishedAt>;
  /** Waits for what is under way. */
  close(): Promise<void>;
};

export type PublisherOptions = {
  readonly producer: Producer;
  readonly maxBatchRecords?: number;
  readonly maxBatchBytes?: number;
  /** What a broker takes at most in one record. */
  readonly maxRecordBytes?: number;
};

type Waiting = {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly resolve: (at: PublishedAt) => void;
  readonly reject: (error: unknown) => void;
};

/** Publishes single records in batches: what is asked for while a batch is under way goes with the next. */
export function createPublisher(options: PublisherOptions): Publisher {
  const {
    producer,
    maxBatchRecords = 500,
    maxBatchBytes = 512 * 1024,
    maxRecordBytes = 900 * 1024,
  } = options;
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | null = null;

  function takeBatch(): Waiting[] {
    let bytes = 0;
    const isOver = (entry: Waiting, index: number) => {
      bytes += entry.bytes;
      return index > 0 && (bytes > maxBatchBytes || index >= maxBatchRecords);
    };
    const over = waiting.findIndex(isOver);
    const batch = over === -1 ? waiting : waiting.slice(0, over);
    waiting = over === -1 ? [] : waiting.slice(over);
    return batch;
  }

  async function flush(): Promise<void> {
    // Everything asked for in this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await send(takeBatch());
    flushing = null;
  }

  async function send(batch: readonly Waiting[]): Promise<void> {
    try {
      const at = await producer.send(batch.map(({ record }) => record));
      batch.forEach(({ resolve, reject }, index) => {
        const place = at[index];
        if (place === undefined) reject(new Error('the producer did not say where a record is'));
        else resolve(place);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    publish(record) {
      const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0);
      const fault = findFault(record, bytes, maxRecordBytes);
      if (fault !== null) return Promise.reject(new Error(fault));
      return new Promise((resolve, reject) => {
        waiting.push({ record, bytes, resolve, reject });
        flushing ??= flush();
      });
    },
    async close() {
      await flushing;
      await producer.close();
    },
  };
}

/** A record without key may vanish: a repeat after one broker's failure sends it to another partition, or nowhere. */
function findFault(
  { topic, key, partition }: OutgoingRecord,
  bytes: number,
  maxBytes: number,
): string | null {
  if (key === null && partition === undefined) return `a record for ${topic} has neither key nor partition`;
  if (bytes > maxBytes) return `a record for ${topic} has ${bytes} bytes, more than ${maxBytes}`;
  return null;
}
