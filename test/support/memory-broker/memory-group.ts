import { type PartitionOffset, partitionKey, type TopicPartition } from '../../../src/kafka/broker.ts';

/** A member as its group sees it. */
export type GroupMember = {
  readonly topics: readonly string[];
  revoke(): void;
  assign(generation: number, partitions: readonly TopicPartition[]): void;
};

/** Who holds what, and what was committed. Eager: every rebalance takes everything away first. */
export class MemoryGroup {
  generation = 0;
  readonly committed = new Map<string, bigint>();
  readonly #members: GroupMember[] = [];
  readonly #partitionCount: (topic: string) => number;
  readonly #nextTurn: (then: () => void) => void;
  #isRebalancing = false;
  #held = new Map<GroupMember, ReadonlySet<string>>();

  constructor(partitionCount: (topic: string) => number, nextTurn: (then: () => void) => void) {
    this.#partitionCount = partitionCount;
    this.#nextTurn = nextTurn;
  }

  join(member: GroupMember): void {
    this.#members.push(member);
    this.rebalance();
  }

  leave(member: GroupMember): void {
    const index = this.#members.indexOf(member);
    if (index === -1) return;
    this.#members.splice(index, 1);
    this.#held.delete(member);
    this.rebalance();
  }

  get memberCount(): number {
    return this.#members.length;
  }

  /** Commits of the old generation are taken until the new one has begun, as a real coordinator does. */
  rebalance(): void {
    if (this.#isRebalancing) return;
    this.#isRebalancing = true;
    for (const member of this.#members) member.revoke();
    this.#nextTurn(() => {
      this.#isRebalancing = false;
      this.generation += 1;
      this.#share();
    });
  }

  /** Offsets of partitions that the member does not hold in this generation are not taken. */
  commit(
    member: GroupMember,
    generation: number,
    offsets: readonly PartitionOffset[],
  ): 'committed' | 'fenced' {
    const held = this.#held.get(member);
    if (held === undefined || generation !== this.generation) return 'fenced';
    const mine = offsets.filter((at) => held.has(partitionKey(at)));
    for (const at of mine) this.committed.set(partitionKey(at), at.offset);
    return mine.length === offsets.length ? 'committed' : 'fenced';
  }

  #share(): void {
    const shares = new Map(this.#members.map((member): [GroupMember, TopicPartition[]] => [member, []]));
    const topics = new Set(this.#members.flatMap((member) => member.topics));
    let turn = 0;
    for (const topic of topics) {
      const takers = this.#members.filter((member) => member.topics.includes(topic));
      for (let partition = 0; partition < this.#partitionCount(topic); partition += 1) {
        const taker = takers[turn % takers.length];
        if (taker !== undefined) shares.get(taker)?.push({ topic, partition });
        turn += 1;
      }
    }
    this.#held = new Map([...shares].map(([member, share]) => [member, new Set(share.map(partitionKey))]));
    for (const [member, share] of shares) member.assign(this.generation, share);
  }
}
