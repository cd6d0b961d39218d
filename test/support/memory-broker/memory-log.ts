import type {
  ConsumedRecord,
  OutgoingRecord,
  PartitionBounds,
  PublishedAt,
  TopicDescription,
} from '../../../src/kafka/broker.ts';
import type { TopicSpec } from '../../../src/kafka/topics.ts';

/** A partition's log: `records[0]` has the offset `low`; null where compaction took a record. */
type PartitionLog = { low: bigint; records: (ConsumedRecord | null)[] };
type Topic = { readonly spec: TopicSpec; readonly partitions: PartitionLog[] };

/** What is stored. Knows nothing of groups. */
export class MemoryLog {
  readonly #topics = new Map<string, Topic>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get names(): string[] {
    return [...this.#topics.keys()];
  }

  create(spec: TopicSpec): boolean {
    if (this.#topics.has(spec.name)) return false;
    const partitions = Array.from({ length: spec.partitions }, () => ({ low: 0n, records: [] }));
    this.#topics.set(spec.name, { spec, partitions });
    return true;
  }

  delete(name: string): void {
    this.#topics.delete(name);
  }

  describe(name: string): TopicDescription[] {
    const topic = this.#topics.get(name);
    return topic === undefined ? [] : [{ ...topic.spec }];
  }

  append(record: OutgoingRecord): PublishedAt {
    const { topic, key, value, headers = {} } = record;
    const { partitions } = this.#topic(topic);
    const partition = record.partition ?? hash(key) % partitions.length;
    const log = this.#partition(topic, partition);
    const offset = log.low + BigInt(log.records.length);
    log.records.push({ topic, partition, offset, key, value, headers, timestampMs: this.#nowMs() });
    return { topic, partition, offset };
  }

  /** At most `most` records from an offset on; `next` is where to go on. */
  read(
    topic: string,
    partition: number,
    from: bigint,
    most: number,
  ): { records: ConsumedRecord[]; next: bigint } {
    const log = this.#partition(topic, partition);
    const start = Number((from < log.low ? log.low : from) - log.low);
    const slice = log.records.slice(start, start + most);
    return {
      records: slice.filter((record) => record !== null),
      next: log.low + BigInt(start + slice.length),
    };
  }

  bounds(topic: string): PartitionBounds[] {
    return this.#topic(topic).partitions.map(({ low, records }, partition) => ({
      topic,
      partition,
      low,
      high: low + BigInt(records.length),
    }));
  }

  offsetAt(topic: string, partition: number, atMs: number): bigint {
    const { low, records } = this.#partition(topic, partition);
    const found = records.findIndex((record) => record !== null && record.timestampMs >= atMs);
    return low + BigInt(found === -1 ? records.length : found);
  }

  /** Retention: records below an offset are gone. */
  trim(topic: string, partition: number, low: bigint): void {
    const log = this.#partition(topic, partition);
    log.records = log.records.slice(Number(low - log.low));
    log.low = low;
  }

  /** Compaction: of each key only the last record stays. */
  compact(topic: string): void {
    for (const log of this.#topic(topic).partitions) {
      const seen = new Set<string>();
      for (let index = log.records.length - 1; index >= 0; index -= 1) {
        const key = log.records[index]?.key?.toString('hex');
        if (key === undefined) continue;
        if (seen.has(key)) log.records[index] = null;
        seen.add(key);
      }
    }
  }

  /** What `delete.retention.ms` ends with; the offsets stay. */
  dropTombstones(topic: string): void {
    for (const { records } of this.#topic(topic).partitions)
      for (const [index, record] of records.entries()) if (record?.value === null) records[index] = null;
  }

  partitionCount(topic: string): number {
    return this.#topic(topic).partitions.length;
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new Error(`no topic ${name}`);
    return topic;
  }

  #partition(topic: string, partition: number): PartitionLog {
    const log = this.#topic(topic).partitions[partition];
    if (log === undefined) throw new Error(`no partition ${topic}/${partition}`);
    return log;
  }
}

/** FNV-1a. Not the broker's own: which partition a key falls into means nothing to a flow. */
function hash(key: Buffer | null): number {
  let value = 0x811c9dc5;
  for (const byte of key ?? []) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
