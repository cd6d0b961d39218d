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

/** An idempotent producer. */
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
   * After an error the client is thrown away.
   *
   * When only the answer was lost, its next batch of the same size would reuse the sequence number, and be
   * acknowledged without being stored.
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
    // One batch in flight: sequence numbers, and the order of records, hold only so.
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

/** Within a batch the records of a partition lie behind each other from its base offset on. */
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
