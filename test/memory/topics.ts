import type { Alarm } from '../../src/domain/alarm.ts';
import type { CanaryFlight } from '../../src/domain/canary.ts';
import type { Change } from '../../src/domain/change.ts';
import type { Link } from '../../src/domain/link.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { ChangeSubscription, Clock, DecodedChange, ItemBatch, Topics } from '../../src/domain/ports.ts';
import type { ReconcileItem, ReconcileRecord, RequestAnswer } from '../../src/domain/rows.ts';
import { referenceTables } from '../../src/pics/tables.ts';

type Entry = { readonly timestampMs: number; readonly value: Change | ReconcileItem };
type Partition = { readonly topic: string; readonly partition: number; readonly entries: Entry[] };
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
      entries.map(({ value }) => value as ReconcileItem),
    );
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
          const records = entries.slice(offset, offset + 500).map((entry, index): ReconcileRecord => {
            const { timestampMs, value } = entry;
            return { offset: BigInt(offset + index), timestampMs, item: value as ReconcileItem };
          });
          if (records.length === 0) {
            await this.#untilLonger(entries, offset, AbortSignal.any([held, signal]));
            continue;
          }
          await handle(
            { topic, partition: partition.partition, epoch, records },
            AbortSignal.any([held, signal]),
          );
          offset += records.length;
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
      return { topic, partition, entries: [] };
    });
    this.#topics.set(topic, made);
    return made;
  }

  #append(topic: string, key: string, value: Change | ReconcileItem): void {
    this.onPublish(topic, value);
    const partitions = this.#partitionsOf(topic);
    partitions[hash(key) % partitions.length]?.entries.push({ timestampMs: this.#clock.nowMs(), value });
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const { members } of this.#groups.values()) for (const member of members) member.wake();
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  readonly #waiters: (() => void)[] = [];

  #untilLonger(entries: readonly Entry[], length: number, signal: AbortSignal): Promise<void> {
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
