import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import type { Log } from '../base/log.ts';
import { partitionKey, type TopicPartition } from './broker.ts';

export type {
  Admin as KafkaAdmin,
  Consumer as KafkaConsumer,
  EachBatchPayload,
  Kafka,
  KafkaMessage,
  LogEntry,
  Message,
  Producer as KafkaProducer,
  RecordMetadata,
} from 'kafkajs';

/** How to reach the cluster, and its time limits. Times are in milliseconds. */
export type KafkaSettings = {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly maxWaitTimeMs?: number;
  readonly maxBytesPerPartition?: number;
  readonly connectionTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** How often the client retries a request before it gives up. */
  readonly retries?: number;
};

/** Default values proven in practice. The comments of the consumer and of the producer give the reasons. */
export function withDefaults(settings: KafkaSettings): Required<KafkaSettings> {
  return {
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 3_000,
    rebalanceTimeoutMs: 120_000,
    maxWaitTimeMs: 250,
    maxBytesPerPartition: 512 * 1024,
    connectionTimeoutMs: 5_000,
    requestTimeoutMs: 30_000,
    retries: 5,
    ...settings,
  };
}

/** Receives every entry of the client's log, including those that are not written to our log. */
type LogTap = (entry: kafkajs.LogEntry) => void;

/**
 * Creates a kafkajs client. Each consumer, producer and admin connection has its own client, so that each
 * has its own log.
 *
 * Only warnings and errors are written to our log, and without their details, because a detail may contain
 * a record.
 */
export function createKafka(settings: KafkaSettings, log: Log, tap?: LogTap): kafkajs.Kafka {
  const { brokers, clientId, connectionTimeoutMs, requestTimeoutMs, retries } = withDefaults(settings);
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: { retries, initialRetryTime: 100, maxRetryTime: 5_000, restartOnFailure: async () => false },
    logLevel: tap === undefined ? kafkajs.logLevel.WARN : kafkajs.logLevel.DEBUG,
    logCreator: () => (entry) => {
      tap?.(entry);
      writeEntry(entry, log);
    },
  });
}

/**
 * kafkajs logs this at every start of an idempotent producer with limited retries. Ours has them on
 * purpose.
 */
const expectedWarning = 'Limiting retries for the idempotent producer may invalidate EoS guarantees';

function writeEntry({ level, log: { message } }: kafkajs.LogEntry, log: Log): void {
  if (level > kafkajs.logLevel.WARN || message === expectedWarning) return;
  // kafkajs logs errors even when it retries the request. An error that it cannot retry ends the consumer
  // or the send.
  log.warn(`Kafka client: ${message}`);
}

/** Named explicitly, so that an upgrade of kafkajs cannot move keys to other partitions. */
export const defaultPartitioner: typeof kafkajs.Partitioners.DefaultPartitioner =
  kafkajs.Partitioners.DefaultPartitioner;
export const compressionTypes: typeof kafkajs.CompressionTypes = kafkajs.CompressionTypes;
export const topicResource: number = kafkajs.ConfigResourceTypes.TOPIC;

type Encoder = { readonly buffer: Buffer };
type Codec = {
  readonly compress: (encoder: Encoder) => Promise<Buffer>;
  readonly decompress: (bytes: Buffer) => Promise<Buffer>;
};
const codecs: Readonly<Record<string, Codec>> = {
  gzip: {
    compress: ({ buffer }) => promisify(gzip)(buffer),
    decompress: (bytes) => promisify(gunzip)(bytes) as Promise<Buffer>,
  },
  zstd: {
    compress: ({ buffer }) => promisify(zstdCompress)(buffer),
    decompress: (bytes) => promisify(zstdDecompress)(bytes) as Promise<Buffer>,
  },
};

/**
 * kafkajs ends the consumer for an error of this name. For any other error it would retry the fetch for
 * ever.
 */
function refuseCodec(name: string): () => never {
  return () => {
    const error = new Error(
      `records compressed with ${name} cannot be read: set the writer to gzip, zstd or no compression`,
    );
    error.name = 'KafkaJSNotImplemented';
    throw error;
  };
}

kafkajs.CompressionCodecs[kafkajs.CompressionTypes.GZIP] = () => codecs['gzip'];
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => codecs['zstd'];
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = refuseCodec('snappy');
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = refuseCodec('lz4');

/**
 * Reads facts from the log of kafkajs, which reports none of them as an event: the generation that it joined, that it
 * fell back to the oldest record because the next one no longer exists, and which brokers have answered a fetch. The
 * contract suite checks on a real broker that the client still logs them.
 */
type ClientTap = {
  readonly see: LogTap;
  /** The generation of the latest join, or null if the log did not contain it. Each join is returned once. */
  readonly takeGeneration: () => number | null;
  /** Whether the client fell back to the oldest record of this partition since the last call. */
  readonly takeOutOfRange: (partition: TopicPartition) => boolean;
  /** A broker has answered a fetch, with records or without; null: a fetch failed. */
  onFetched: (broker: string | null) => void;
};

export function createClientTap(): ClientTap {
  let generation: number | null = null;
  const outOfRange = new Set<string>();
  const tap: ClientTap = {
    onFetched: () => {},
    see: ({ log }) => {
      if (log.message.startsWith('Response Fetch('))
        tap.onFetched(log['error'] === undefined ? String(log['broker']) : null);
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
  return tap;
}
