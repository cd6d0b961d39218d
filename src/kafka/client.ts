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

/** What says how to reach the cluster and how patient to be. Times in milliseconds. */
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
  /** How often a request is repeated before the client gives up. */
  readonly retries?: number;
};

/** Proven values: see the comments of the consumer and the producer for why. */
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

/** Sees every entry of the client's log, also those that are not written. */
export type LogTap = (entry: kafkajs.LogEntry) => void;

/**
 * A client of its own for each consumer, producer and administrator, so that each has its own log.
 *
 * Only warnings and errors are written, without their details: a detail may be a record.
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

/** Said on every start of a producer that gives up some day, as ours shall. */
const expectedWarning = 'Limiting retries for the idempotent producer may invalidate EoS guarantees';

function writeEntry({ level, log: { message } }: kafkajs.LogEntry, log: Log): void {
  if (level > kafkajs.logLevel.WARN || message === expectedWarning) return;
  // The client calls errors what it goes on to repeat; what it cannot repeat ends the consumer or the send.
  log.warn(`Kafka client: ${message}`);
}

/** Said explicitly, so that an upgrade of the client cannot move keys to other partitions. */
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

/** The name makes the client end the consumer instead of repeating the fetch for ever. */
function refuseCodec(name: string): () => never {
  return () => {
    const error = new Error(
      `records compressed with ${name} cannot be read: let the writer use gzip, zstd or no compression`,
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
