import type { Log } from '../base/log.ts';
import {
  type OutgoingRecord,
  type Producer,
  type ProducerOptions,
  type PublishedAt,
  partitionKey,
} from './broker.ts';
import {
  compressionTypes,
  createKafka,
  defaultPartitioner,
  type Kafka,
  type KafkaProducer,
  type KafkaSettings,
  type Message,
  type RecordMetadata,
  withDefaults,
} from './client.ts';

const compressions = {
  none: compressionTypes.None,
  gzip: compressionTypes.GZIP,
  zstd: compressionTypes.ZSTD,
} as const;

/**
 * An idempotent producer with one batch in flight.
 *
 * Each `send` waits for the one before it, connects if necessary and sends one batch with acknowledgement
 * by all in-sync replicas. kafkajs returns only the base offset of each partition; the partitioner records
 * the partition of each message, so that `toPublishedAt` can compute every record's offset.
 */
export function createKafkaProducer(
  settings: KafkaSettings,
  log: Log,
  { compression = 'none' }: ProducerOptions = {},
): Producer {
  const kafka = createKafka(settings, log);
  const { retries } = withDefaults(settings);
  let current: Promise<Connected> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  /**
   * Disconnects the client after an error; the next send connects a new one.
   *
   * If only the response was lost, the next batch of the same size would reuse the sequence number, and the
   * broker would acknowledge it without storing it.
   */
  async function discard(): Promise<void> {
    const discarded = current;
    current = null;
    await discarded?.then(({ producer }) => producer.disconnect()).catch(() => {});
  }

  async function sendNow(records: readonly OutgoingRecord[]): Promise<PublishedAt[]> {
    if (isClosed) throw new Error('the producer is closed');
    current ??= connect(kafka, retries);
    try {
      const { producer, partitions } = await current;
      const { topicMessages, messages } = toMessages(records);
      const metadata = await producer.sendBatch({
        acks: -1,
        compression: compressions[compression],
        topicMessages,
      });
      return toPublishedAt({ records, messages, metadata, partitions });
    } catch (error) {
      await discard();
      throw error;
    }
  }

  return {
    // Sequence numbers and the order of records are correct only with one batch in flight.
    send(records) {
      const sent = last.then(() => sendNow(records));
      last = sent.catch(() => {});
      return sent;
    },
    async close() {
      await last;
      isClosed = true;
      await discard();
    },
  };
}

type Connected = { readonly producer: KafkaProducer; readonly partitions: WeakMap<Message, number> };

async function connect(kafka: Kafka, retries: number): Promise<Connected> {
  const partitions = new WeakMap<Message, number>();
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: { retries, initialRetryTime: 100, maxRetryTime: 2_000 },
    createPartitioner: () => {
      const choose = defaultPartitioner();
      return (args) => {
        const partition = choose(args);
        partitions.set(args.message, partition);
        return partition;
      };
    },
  });
  await producer.connect();
  return { producer, partitions };
}

function toMessages(records: readonly OutgoingRecord[]) {
  const messages = records.map(
    ({ key, value, headers, partition }): Message => ({
      key,
      value,
      ...(headers !== undefined && { headers: { ...headers } }),
      ...(partition !== undefined && { partition }),
    }),
  );
  const byTopic = Map.groupBy(messages.keys(), (index) => records[index]?.topic ?? '');
  const topicMessages = [...byTopic].map(([topic, indexes]) => ({
    topic,
    messages: indexes.flatMap((index) => messages[index] ?? []),
  }));
  return { messages, topicMessages };
}

/** Within a batch, the records of a partition have consecutive offsets from its base offset on. */
function toPublishedAt({
  records,
  messages,
  metadata,
  partitions,
}: {
  readonly records: readonly OutgoingRecord[];
  readonly messages: readonly Message[];
  readonly metadata: readonly RecordMetadata[];
  readonly partitions: WeakMap<Message, number>;
}): PublishedAt[] {
  const next = new Map<string, bigint>();
  for (const { topicName, partition, baseOffset } of metadata) {
    if (baseOffset === undefined || baseOffset.startsWith('-')) continue;
    next.set(partitionKey({ topic: topicName, partition }), BigInt(baseOffset));
  }
  return records.map(({ topic }, index) => {
    const message = messages[index];
    const partition = (message && partitions.get(message)) ?? -1;
    const at = partitionKey({ topic, partition });
    const offset = next.get(at) ?? null;
    if (offset !== null) next.set(at, offset + 1n);
    return { topic, partition, offset };
  });
}

type Publisher = {
  /**
   * Resolves when all in-sync replicas have the record. If it rejects, the record may or may not be stored.
   */
  publish(record: OutgoingRecord): Promise<PublishedAt>;
  /** Waits for the batches in progress, then closes the producer. */
  close(): Promise<void>;
};

export type PublisherOptions = {
  readonly producer: Producer;
  readonly maxBatchRecords?: number;
  readonly maxBatchBytes?: number;
  /** The largest record that a broker accepts. */
  readonly maxRecordBytes?: number;
};

type WaitingRecord = {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly resolve: (at: PublishedAt) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Publishes single records in batches.
 *
 * A record waits in a list. At the end of the current turn of the event loop, the waiting records go to the
 * producer in batches, bounded by count and bytes, in order. Records published while a batch is being sent
 * go with the next one. If a batch fails, every record in it is rejected, and the next batch is still sent.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const {
    producer,
    maxBatchRecords = 500,
    maxBatchBytes = 512 * 1024,
    maxRecordBytes = 900 * 1024,
  } = options;
  let waiting: WaitingRecord[] = [];
  let flushing: Promise<void> | null = null;

  function takeBatch(): WaitingRecord[] {
    let bytes = 0;
    const isOver = (entry: WaitingRecord, index: number) => {
      bytes += entry.bytes;
      return index > 0 && (bytes > maxBatchBytes || index >= maxBatchRecords);
    };
    const over = waiting.findIndex(isOver);
    const batch = over === -1 ? waiting : waiting.slice(0, over);
    waiting = over === -1 ? [] : waiting.slice(over);
    return batch;
  }

  async function flush(): Promise<void> {
    // All records published in this turn of the event loop go into the same batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await send(takeBatch());
    flushing = null;
  }

  async function send(batch: readonly WaitingRecord[]): Promise<void> {
    try {
      const at = await producer.send(batch.map(({ record }) => record));
      batch.forEach(({ resolve, reject }, index) => {
        const place = at[index];
        if (place === undefined) reject(new Error('the producer did not return the position of a record'));
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
      if (fault !== null) return Promise.reject(new RefusedRecord(fault));
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

/** A record that cannot be published, whatever state the brokers are in. */
class RefusedRecord extends Error {
  override readonly name = 'RefusedRecord';
}

/**
 * A record without a key can be lost: when one broker fails, the retry sends it to another partition or
 * nowhere.
 */
function findFault(
  { topic, key, partition }: OutgoingRecord,
  bytes: number,
  maxBytes: number,
): string | null {
  if (key === null && partition === undefined) return `a record for ${topic} has neither key nor partition`;
  if (bytes > maxBytes) return `a record for ${topic} has ${bytes} bytes, more than ${maxBytes}`;
  return null;
}
