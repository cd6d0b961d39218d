import type { Link } from '../../../src/domain/link.ts';
import type { Observation } from '../../../src/domain/observation.ts';
import type { ReconcileItem, ReconcileRecord } from '../../../src/domain/rows.ts';
import type { MonthVendor } from './exchange.ts';

export type Partition = {
  /** As its place in PICS names it: each vendor keeps its own. */
  readonly topic: string;
  readonly partition: number;
  readonly records: ReconcileRecord[];
  /** Woken when a record comes. */
  wake: () => void;
};

/** The topics between whoever sees a vendor and the reconciler. Each record keeps to its partition, in order. */
export class VendorTopics {
  readonly partitions: readonly Partition[];
  readonly #nowMs: () => number;
  readonly #counts: Readonly<Record<string, number>>;
  readonly #byName = new Map<string, Partition>();

  constructor({ at, partitions }: MonthVendor, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#counts = { ...partitions, other: 1, link: 2 };
    this.partitions = Object.entries(this.#counts).flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => {
        const made: Partition = { topic: `${at.vendor} ${topic}`, partition, records: [], wake: () => {} };
        this.#byName.set(`${topic} ${partition}`, made);
        return made;
      }),
    );
  }

  publishObservations(observations: readonly Observation[]): void {
    for (const observation of observations)
      this.#append(observation.entity, observation.vendorId, { kind: 'observation', observation });
  }

  publishLinks(links: readonly Link[], removed: boolean): void {
    for (const link of links)
      this.#append('link', `${link.kind} ${link.picsId}`, { kind: 'link', link, removed });
  }

  #append(name: string, key: string, item: ReconcileItem): void {
    const topic = name in this.#counts ? name : 'other';
    const place = hash(key) % (this.#counts[topic] ?? 1);
    const to = this.#byName.get(`${topic} ${place}`) as Partition;
    to.records.push({ offset: BigInt(to.records.length), timestampMs: this.#nowMs(), item });
    to.wake();
  }
}

function hash(text: string): number {
  let sum = 7;
  for (let index = 0; index < text.length; index += 1) sum = (sum * 31 + text.charCodeAt(index)) >>> 0;
  return sum;
}
