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
