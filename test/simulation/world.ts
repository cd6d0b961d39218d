import type { Learner } from '../../src/domain/learner.ts';
import { defaultEngineOptions, type EnginePorts } from '../../src/engine/desk.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { MemoryMeter } from '../memory/meter.ts';
import { MemoryPics } from '../memory/pics.ts';
import { MemoryStore } from '../memory/store.ts';
import { MemoryTopics } from '../memory/topics.ts';
import { buildLearner, buildReview } from '../support/learner.ts';
import type { MemoryLedger } from '../support/memory-ledger.ts';
import { createRandom } from '../support/random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { createToyVendor, type Faults, ToyVendor } from './toy-vendor.ts';

type Worker = {
  readonly id: number;
  readonly engine: Engine;
  readonly died: Promise<'died'>;
  readonly kill: () => void;
};

export type WorldOptions = { readonly seed: number; readonly faults: Faults; readonly isSearchable: boolean };

/** PICS, a vendor, the sync database and a few worker processes, on one simulated clock. */
export class World {
  readonly clock = new VirtualClock();
  readonly random: ReturnType<typeof createRandom>;
  readonly vendor: ToyVendor;
  readonly store: MemoryStore;
  readonly topics: MemoryTopics;
  readonly meter = new MemoryMeter();
  readonly pics: MemoryPics;
  /** Every value a review ever had, in the order of the commits. */
  readonly edits = new Map<string, string[]>();
  readonly #alive = new Map<number, Worker>();

  constructor({ seed, faults, isSearchable }: WorldOptions) {
    this.random = createRandom(seed);
    const { clock, random } = this;
    this.vendor = new ToyVendor({ clock, random, faults, isSearchable });
    this.store = new MemoryStore(clock);
    this.topics = new MemoryTopics(clock);
    this.pics = new MemoryPics([], clock);
  }

  get ledger(): MemoryLedger {
    return this.store.ledger;
  }

  get learners(): ReadonlyMap<string, Learner> {
    return this.pics.learners;
  }

  async startWorker(): Promise<void> {
    const { worker: id } = await this.store.joinAsWorker();
    let die: (value: 'died') => void = () => {};
    const died = new Promise<'died'>((resolve) => {
      die = resolve;
    });
    const kill = (): void => {
      this.#alive.delete(id);
      this.store.lose(id);
      die('died');
    };
    const engine = createEngine(this.#portsOf(id), defaultEngineOptions, new AbortController().signal);
    this.#alive.set(id, { id, engine, died, kill });
  }

  /** As kill -9: nothing the process still wants to do happens; a call it has sent still reaches the vendor. */
  killWorker(): void {
    const workers = [...this.#alive.values()];
    if (workers.length > 0) this.random.pick(workers).kill();
  }

  edit(ident: string, reviewId: string, value: string): void {
    const learner = this.learners.get(ident) ?? buildLearner({ ident });
    const others = learner.reviews.filter(({ id }) => id !== reviewId);
    const reviews = [...others, buildReview({ id: reviewId, proposedAt: value })];
    this.pics.setLearner({ ...learner, reviews });
    this.edits.set(reviewId, [...(this.edits.get(reviewId) ?? []), value]);
  }

  /** Hands an event to some worker, and again to another, until one says that it is durably done. */
  async deliver(ident: string): Promise<void> {
    for (;;) {
      const workers = [...this.#alive.values()];
      if (workers.length === 0) {
        await this.clock.sleep(100);
        continue;
      }
      const worker = this.random.pick(workers);
      const work = { ident, demand: 'change', priority: 'live', txIds: [], committedAtMs: null } as const;
      const end = await Promise.race([worker.engine.submit(work), worker.died]);
      if (end !== 'died') return;
    }
  }

  #portsOf(id: number): EnginePorts {
    const isAlive = (): boolean => this.#alive.has(id);
    const live = <A extends unknown[], R>(act: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        if (!isAlive()) return never();
        const result = await act(...args);
        return isAlive() ? result : never();
      };
    };
    const { clock, ledger, vendor, random, pics, topics, meter } = this;
    const think = (): Promise<void> => clock.sleep(random.below(8));
    return {
      vendor: createToyVendor({
        execute: live((call) => vendor.execute(call)),
        resolve: live((intent) => vendor.resolve(intent)),
        reserveCall: live(async () => {
          await clock.sleep(random.below(20));
          return { waitedMs: 0 };
        }),
      }),
      ledger: {
        readLane: live((query) => think().then(() => ledger.readLane(query))),
        recordIntent: live((intent) => think().then(() => ledger.recordIntent(intent))),
        recordOutcome: live((outcome) => think().then(() => ledger.recordOutcome(outcome))),
      },
      pics: {
        readLearner: live((query) => think().then(() => pics.readLearner(query))),
        readOwner: pics.readOwner,
      },
      topics,
      clock: {
        nowMs: clock.nowMs,
        steadyMs: clock.nowMs,
        sleep: live((ms, signal) => clock.sleep(ms, signal)),
        chance: random.chance,
      },
      meter,
      worker: id,
    };
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
