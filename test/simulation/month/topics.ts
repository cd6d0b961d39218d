import type { Link } from '../../../src/domain/link.ts';
import type { Observation } from '../../../src/domain/observation.ts';
import type { ReconcileItem, ReconcileRecord } from '../../../src/domain/rows.ts';

export type Partition = {
  readonly topic: string;
  readonly partition: number;
  readonly records: ReconcileRecord[];
  /** Woken when a record comes. */
  wake: () => void;
};

/** Partitions of each topic: a vendor record always lies in the same one, in the order of its publication. */
const partitionCounts = { review: 2, 'learning-aim': 2, link: 2 } as const;

/** The topics between whoever sees OneFile and the reconciler. */
export class VendorTopics {
  readonly partitions: readonly Partition[];
  readonly #nowMs: () => number;
  readonly #byName = new Map<string, Partition>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    const names = ['review', 'learning-aim', 'learner', 'assessor', 'placement', 'other', 'link'];
    this.partitions = names.flatMap((topic) =>
      Array.from({ length: countOf(topic) }, (_, partition) => {
        const made: Partition = { topic, partition, records: [], wake: () => {} };
        this.#byName.set(`${topic} ${partition}`, made);
        return made;
      }),
    );
  }

  publishObservations(observations: readonly Observation[]): void {
    for (const observation of observations)
      this.#append(observation.entity, observation.vendorId, { kind: 'observation', observation });
  }

  publishLinks(links: readonly Link[], removed = false): void {
    for (const link of links)
      this.#append('link', `${link.kind} ${link.picsId}`, { kind: 'link', link, removed });
  }

  #append(name: string, key: string, item: ReconcileItem): void {
    const topic = this.#byName.has(`${name} 0`) ? name : 'other';
    const place = hash(key) % countOf(topic);
    const to = this.#byName.get(`${topic} ${place}`) as Partition;
    to.records.push({ offset: BigInt(to.records.length), timestampMs: this.#nowMs(), item });
    to.wake();
  }
}

function countOf(topic: string): number {
  return (partitionCounts as Readonly<Record<string, number>>)[topic] ?? 1;
}

function hash(text: string): number {
  let sum = 7;
  for (let index = 0; index < text.length; index += 1) sum = (sum * 31 + text.charCodeAt(index)) >>> 0;
  return sum;
}
