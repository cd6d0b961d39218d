import { Fault } from '../../src/base/fault.ts';
import type { Alarm } from '../../src/domain/alarm.ts';
import type { CanaryFlight } from '../../src/domain/canary.ts';
import type { Change } from '../../src/domain/change.ts';
import type { Link } from '../../src/domain/link.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { Clock, Topics } from '../../src/domain/ports.ts';
import type { ReconcileItem, ReconcileRecord, RequestAnswer } from '../../src/domain/rows.ts';
import type {
  ChangeSubscription,
  DecodedChange,
  ItemBatch,
  PartitionReading,
  ReadStart,
} from '../../src/domain/topic-records.ts';
import { referenceTables } from '../../src/pics/tables.ts';

type Entry = { readonly timestampMs: number; readonly key: string; readonly value: Change | ReconcileItem };
/** The offset of an entry is its place. Null: compaction took it. `low`: what lies below was deleted. */
type Partition = {
  readonly topic: string;
  readonly partition: number;
  readonly entries: (Entry | null)[];
  low: number;
};
type Reading = {
  readonly group: string;
  readonly sources: readonly { readonly name: string; readonly topic: string }[];
  readonly start: ReadStart;
};
type Assigned = Partition & { readonly key: string };

/** The members of a consumer group and how far it has come. */
class Group {
  readonly committed = new Map<string, number>();
  members: Member[] = [];
}

/** One consumer. What it has in hand of a lost assignment goes on, and is not committed. */
class Member {
  generation = 0;
  assigned: readonly Assigned[] = [];
  held = new AbortController();
  #wake = Promise.withResolvers<void>();

  wake(): void {
    this.#wake.resolve();
  }

  async untilWoken(): Promise<void> {
    await this.#wake.promise;
    this.#wake = Promise.withResolvers<void>();
  }

  assign(partitions: readonly Assigned[]): void {
    this.held.abort();
    this.held = new AbortController();
    this.generation += 1;
    this.assigned = partitions;
    this.wake();
  }
}

/**
 * The topics in memory, with the promises of the real ones: each record lies in the partition of its key, a group's
 * partitions are shared out among its members, what is committed is the finished beginning of a partition, and after a
 * kill everything behind it is delivered again. It keeps no time of its own.
 */
export class MemoryTopics implements Topics {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #partitionCount: number;
  readonly #topics = new Map<string, Partition[]>();
  readonly #groups = new Map<string, Group>();
  readonly #dropped = new Set<string>();
  /** Told of everything that is published, before it can be read. */
  onPublish: (topic: string, value: Change | ReconcileItem) => void = () => {};
  /** Told of each record that cannot be read, before it counts as finished. */
  raise: (alarm: Alarm) => Promise<void> = async () => {};

  constructor(clock: Pick<Clock, 'nowMs'>, partitionCount = 1) {
    this.#clock = clock;
    this.#partitionCount = partitionCount;
  }

  /** A row of PICS was changed and the connector has captured it. */
  publishChange(change: Change): void {
    if (change.entity === 'heartbeat') return;
    const ident = change.key?.['ident'] ?? change.after?.['ident'] ?? change.before?.['ident'];
    this.#append(
      `changes ${referenceTables[change.entity].table}`,
      String(ident ?? JSON.stringify(change.key)),
      change,
    );
  }

  async publishObservations(observations: readonly Observation[]): Promise<void> {
    for (const observation of observations)
      this.#append(`${observation.vendor}.${observation.entity}`, observation.vendorId, {
        kind: 'observation',
        observation,
      });
  }

  async publishLinks(links: readonly Link[], removed = false): Promise<void> {
    for (const link of links)
      this.#append('link', `${link.vendor}/${link.kind}/${link.picsId}`, { kind: 'link', link, removed });
  }

  async publishCanary(flight: CanaryFlight): Promise<void> {
    this.#append('canary', 'canary', { kind: 'canary', flight });
  }

  async publishResult(answer: RequestAnswer): Promise<void> {
    this.#append('request-result', answer.id, { kind: 'request-result', answer });
  }

  /** Puts something that cannot be read, or a deletion's tombstone, into a topic. */
  publishItem(topic: string, key: string, item: ReconcileItem): void {
    this.#append(topic, key, item);
  }

  /** Everything that a topic holds, in the order of its publication within each partition. */
  itemsOf(topic: string): readonly ReconcileItem[] {
    return this.#partitionsOf(topic).flatMap(({ entries }) =>
      entries.flatMap((entry) => (entry === null ? [] : [entry.value as ReconcileItem])),
    );
  }

  /** Retention: what lies below an offset of a partition is gone. */
  trim(topic: string, partition: number, low: number): void {
    const found = this.#partitionsOf(topic)[partition];
    if (found !== undefined) found.low = low;
  }

  /** Compaction long after: of each key the last record alone is there, and no deletion. */
  compact(topic: string): void {
    for (const { entries } of this.#partitionsOf(topic)) {
      const seen = new Set<string>();
      for (let offset = entries.length - 1; offset >= 0; offset -= 1) {
        const entry = entries[offset];
        if (entry == null) continue;
        const isTombstone = 'kind' in entry.value && entry.value.kind === 'tombstone';
        if (seen.has(entry.key) || isTombstone) entries[offset] = null;
        seen.add(entry.key);
      }
    }
  }

  /** Deletes a topic. It is made again as soon as something is published to it. */
  drop(topic: string): void {
    this.#topics.delete(topic);
    this.#dropped.add(topic);
  }

  /** Groups with members or offsets. */
  get groupNames(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** Records that a group has not finished. */
  lagOf(group: string, topics: readonly string[]): number {
    const known = this.#groups.get(group);
    return topics
      .flatMap((topic) => this.#partitionsOf(topic))
      .reduce((sum, one) => sum + one.entries.length - (known?.committed.get(keyOf(one)) ?? 0), 0);
  }

  /** Records that a group with members has not finished: 0 when nothing is under way. */
  get lag(): number {
    const open = ({ members, committed }: Group): number =>
      members
        .flatMap(({ assigned }) => assigned)
        .reduce((sum, { key, entries }) => sum + entries.length - (committed.get(key) ?? 0), 0);
    return [...this.#groups.values()].reduce((sum, group) => sum + open(group), 0);
  }

  /** Everything that was published so far. */
  get publishedCount(): number {
    const partitions = [...this.#topics.values()].flat();
    return partitions.reduce((sum, { entries }) => sum + entries.length, 0);
  }

  async consumeChanges(
    { group: name, tables, maxInWork = 1_000, onBuried }: ChangeSubscription,
    handle: Parameters<Topics['consumeChanges']>[1],
    signal: AbortSignal,
  ): Promise<void> {
    const topics = tables.map((table) => `changes ${table}`);
    await this.#consume(name, topics, signal, async (group, member, fail) => {
      const next = new Map<string, number>();
      const inWork = new Map<string, Set<number>>();
      let count = 0;
      let generation = 0;
      const finish = (key: string, offset: number, of: number): void => {
        count -= 1;
        inWork.get(key)?.delete(offset);
        if (of === member.generation && !signal.aborted)
          group.committed.set(key, Math.min(...(inWork.get(key) ?? []), next.get(key) ?? 0));
        member.wake();
      };
      const hands: Promise<void>[] = [];
      const bury = (key: string, offset: number, { reason: code }: { readonly reason: string }) => {
        onBuried?.(code);
        const about = key.slice(0, key.lastIndexOf('/'));
        return this.raise({ kind: 'dead-letter', about, code, place: `${key}/${offset}` });
      };
      const turn = (): void => {
        if (generation !== member.generation) {
          generation = member.generation;
          for (const { key } of member.assigned) {
            next.set(key, group.committed.get(key) ?? 0);
            inWork.set(key, new Set());
          }
        }
        for (const { key, entries } of member.assigned)
          for (;;) {
            const offset = next.get(key) ?? 0;
            const entry = entries[offset];
            if (entry === undefined || count >= maxInWork || signal.aborted) break;
            next.set(key, offset + 1);
            if (entry === null) continue;
            inWork.get(key)?.add(offset);
            count += 1;
            const of = generation;
            const decoded = toDecoded(entry.value);
            const handled =
              decoded.kind === 'malformed' ? bury(key, offset, decoded) : handle(decoded, entry.timestampMs);
            if (!(handled instanceof Promise)) finish(key, offset, of);
            else
              hands.push(
                handled.then(
                  () => finish(key, offset, of),
                  (error: unknown) => {
                    if (!signal.aborted) fail(error);
                  },
                ),
              );
          }
      };
      while (!signal.aborted) {
        turn();
        await member.untilWoken();
      }
      await Promise.all(hands);
    });
  }

  async consumeItems(
    { group: name, topics, claimPlace }: Parameters<Topics['consumeItems']>[0],
    handle: (batch: ItemBatch, held: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#consume(name, topics, signal, async (group, member, fail) => {
      /** Loops under way by partition, also of assignments that are over. */
      const loops = new Map<string, Promise<void>>();
      const follow = async (partition: Assigned, generation: number, held: AbortSignal): Promise<void> => {
        const { topic, key, entries } = partition;
        const { epoch, nextOffset } = await claimPlace(topic, partition.partition);
        let offset = Number(nextOffset ?? 0n);
        while (generation === member.generation && !signal.aborted) {
          const records = recordsOf(partition, offset, offset + 500);
          const next = Math.min(offset + 500, entries.length);
          if (next === offset) {
            await this.#untilLonger(entries, offset, AbortSignal.any([held, signal]));
            continue;
          }
          if (records.length > 0)
            await handle(
              { topic, partition: partition.partition, epoch, records },
              AbortSignal.any([held, signal]),
            );
          offset = next;
          if (generation === member.generation) group.committed.set(key, offset);
        }
      };
      while (!signal.aborted) {
        const { generation, held } = member;
        for (const partition of member.assigned) {
          const earlier = loops.get(partition.key) ?? Promise.resolve();
          const loop = earlier
            .then(() => follow(partition, generation, held.signal))
            .catch((error: unknown) => {
              if (generation === member.generation && !signal.aborted) fail(error);
            });
          loops.set(partition.key, loop);
        }
        while (!signal.aborted && generation === member.generation) await member.untilWoken();
      }
      await Promise.all(loops.values());
    });
  }

  async readChangesThrough(
    { group, tables, start }: Parameters<Topics['readChangesThrough']>[0],
    handle: Parameters<Topics['readChangesThrough']>[1],
    signal: AbortSignal,
  ): Promise<readonly PartitionReading[]> {
    const sources = tables.map((name) => ({ name, topic: `changes ${name}` }));
    return this.#readThrough({ group, sources, start }, signal, async (name, { partition }, records) => {
      let unreadable = 0;
      for (const { offset, timestampMs, item } of records) {
        const decoded = toDecoded(item as Change | ReconcileItem);
        if (decoded.kind === 'malformed') unreadable += 1;
        else await handle(decoded, { topic: name, partition, offset, timestampMs });
        signal.throwIfAborted();
      }
      return unreadable;
    });
  }

  async readItemsThrough(
    { group, topics, start }: Parameters<Topics['readItemsThrough']>[0],
    handle: Parameters<Topics['readItemsThrough']>[1],
    signal: AbortSignal,
  ): Promise<readonly PartitionReading[]> {
    const sources = topics.map((name) => ({ name, topic: name }));
    return this.#readThrough({ group, sources, start }, signal, async (name, of, records) => {
      const { partition } = of;
      const { entries } = of;
      const keyed = records.map((record) =>
        record.item.kind === 'tombstone'
          ? { ...record, key: entries[Number(record.offset)]?.key ?? '' }
          : record,
      );
      await handle({ topic: name, partition, records: keyed });
      return records.filter(({ item }) => item.kind === 'malformed').length;
    });
  }

  async #readThrough(
    { group: name, sources, start }: Reading,
    signal: AbortSignal,
    read: (name: string, of: Partition, records: readonly ReconcileRecord[]) => Promise<number>,
  ): Promise<readonly PartitionReading[]> {
    signal.throwIfAborted();
    if ((this.#groups.get(name)?.members.length ?? 0) > 0) throw new Fault(`the group ${name} is in use`);
    const planned = sources.flatMap(({ name: given, topic }) => {
      if (this.#dropped.has(topic)) throw new Fault(`The topic ${topic} does not exist.`);
      return this.#partitionsOf(topic).map((of) => ({ of, ...findBounds(given, of, start) }));
    });
    for (const { topic, partition } of start.kind === 'offsets' ? start.offsets : [])
      if (!planned.some((one) => one.topic === topic && one.partition === partition))
        throw new Fault(`The start names ${topic}, partition ${partition}, which is not among what is read.`);
    const group = new Group();
    group.members.push(new Member());
    this.#groups.set(name, group);
    try {
      return await Promise.all(
        planned.map(async ({ of, ...bounds }) => {
          let [count, unreadable] = [0, 0];
          for (let offset = Math.max(Number(bounds.start), of.low); offset < Number(bounds.end); ) {
            const next = Math.min(offset + 500, Number(bounds.end));
            const records = recordsOf(of, offset, next);
            if (records.length > 0) unreadable += await read(bounds.topic, of, records);
            signal.throwIfAborted();
            if (this.#partitionsOf(of.topic)[of.partition] !== of)
              throw new Fault(`The topic ${of.topic} was deleted and made again while it was read.`);
            count += records.length;
            offset = next;
          }
          return { ...bounds, count, unreadable };
        }),
      );
    } finally {
      this.#groups.delete(name);
    }
  }

  /** Joins the group for as long as `work` takes; ends with the first failure that `fail` is given. */
  async #consume(
    name: string,
    topics: readonly string[],
    signal: AbortSignal,
    work: (group: Group, member: Member, fail: (error: unknown) => void) => Promise<void>,
  ): Promise<void> {
    if (signal.aborted) return;
    const group = this.#groups.get(name) ?? new Group();
    this.#groups.set(name, group);
    const member = new Member();
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    const wake = (): void => {
      member.wake();
      this.#wakeAll();
    };
    signal.addEventListener('abort', wake, { once: true });
    group.members.push(member);
    this.#share(group, topics);
    try {
      await Promise.race([work(group, member, failed.reject), failed.promise]);
    } finally {
      signal.removeEventListener('abort', wake);
      group.members = group.members.filter((one) => one !== member);
      member.assign([]);
      this.#share(group, topics);
    }
  }

  #share({ members }: Group, topics: readonly string[]): void {
    const all = topics.flatMap((topic) => this.#partitionsOf(topic));
    for (const [place, member] of members.entries())
      member.assign(
        all
          .filter((_, index) => index % members.length === place)
          .map((partition) => ({ ...partition, key: keyOf(partition) })),
      );
  }

  #partitionsOf(topic: string): readonly Partition[] {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const made = Array.from({ length: this.#partitionCount }, (_, partition): Partition => {
      return { topic, partition, entries: [], low: 0 };
    });
    this.#topics.set(topic, made);
    return made;
  }

  #append(topic: string, key: string, value: Change | ReconcileItem): void {
    this.onPublish(topic, value);
    const partitions = this.#partitionsOf(topic);
    this.#dropped.delete(topic);
    partitions[hash(key) % partitions.length]?.entries.push({ timestampMs: this.#clock.nowMs(), key, value });
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const { members } of this.#groups.values()) for (const member of members) member.wake();
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  readonly #waiters: (() => void)[] = [];

  #untilLonger(entries: readonly unknown[], length: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (entries.length > length || signal.aborted) resolve();
        else this.#waiters.push(look);
      };
      signal.addEventListener('abort', () => resolve(), { once: true });
      look();
    });
  }
}

/** What is left of the records of a partition between two offsets. */
function recordsOf({ entries, low }: Partition, from: number, to: number): readonly ReconcileRecord[] {
  return entries.slice(from, to).flatMap((entry, index): ReconcileRecord[] => {
    const offset = from + index;
    if (entry === null || offset < low) return [];
    return [{ offset: BigInt(offset), timestampMs: entry.timestampMs, item: entry.value as ReconcileItem }];
  });
}

/** Where a reading of a partition begins and ends. */
function findBounds(
  topic: string,
  of: Partition,
  start: ReadStart,
): Omit<PartitionReading, 'count' | 'unreadable'> {
  const { partition, entries } = of;
  const [low, end] = [BigInt(of.low), BigInt(entries.length)];
  const findStart = (): bigint => {
    if (start.kind === 'beginning') return low;
    if (start.kind === 'offsets') {
      const at = start.offsets.find((one) => one.topic === topic && one.partition === partition);
      if ((at?.offset ?? end) > end) throw new Fault(`The topic ${topic} ends at offset ${end}.`);
      return at?.offset ?? end;
    }
    const index = entries.findIndex((one, offset) => {
      return one !== null && offset >= of.low && one.timestampMs >= start.atMs;
    });
    return index === -1 ? end : BigInt(index);
  };
  const first = findStart();
  const isBeginningDeleted = start.kind === 'beginning' ? low > 0n : first < low;
  return { topic, partition, low, start: first, end, isBeginningDeleted };
}

/** What a record of a captured table is to those that read it. */
function toDecoded(value: Change | ReconcileItem): DecodedChange {
  if (!('kind' in value)) return { kind: 'change', change: value };
  if (value.kind === 'malformed' || value.kind === 'tombstone') return value;
  throw new Error(`a topic of changes holds a ${value.kind}`);
}

function keyOf({ topic, partition }: Pick<Partition, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}

function hash(text: string): number {
  let sum = 7;
  for (let index = 0; index < text.length; index += 1) sum = (sum * 31 + text.charCodeAt(index)) >>> 0;
  return sum;
}
