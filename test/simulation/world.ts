import { digestOf } from '../../src/domain/digest.ts';
import type { Learner } from '../../src/domain/learner.ts';
import { defaultEngineOptions, type OutboundEffects } from '../../src/engine/effects.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { buildLearner, buildReview } from '../support/learner.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';
import { createRandom } from '../support/random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { evaluateToy, type Faults, ToyVendor } from './toy-vendor.ts';

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
  readonly ledger: MemoryLedger;
  readonly pics = new Map<string, Learner>();
  /** Every value a review ever had, in the order of the commits. */
  readonly edits = new Map<string, string[]>();
  readonly #alive = new Map<number, Worker>();
  #lastWorker = 0;

  constructor({ seed, faults, isSearchable }: WorldOptions) {
    this.random = createRandom(seed);
    const { clock, random } = this;
    this.vendor = new ToyVendor({ clock, random, faults, isSearchable });
    this.ledger = new MemoryLedger({ isWorkerAlive: (id) => this.#alive.has(id), nowMs: clock.nowMs });
  }

  startWorker(): void {
    this.#lastWorker += 1;
    const id = this.#lastWorker;
    let die: (value: 'died') => void = () => {};
    const died = new Promise<'died'>((resolve) => {
      die = resolve;
    });
    const kill = (): void => {
      this.#alive.delete(id);
      die('died');
    };
    const engine = createEngine(this.#effects(id), defaultEngineOptions, new AbortController().signal);
    this.#alive.set(id, { id, engine, died, kill });
  }

  /** As kill -9: nothing the process still wants to do happens; a call it has sent still reaches the vendor. */
  killWorker(): void {
    const workers = [...this.#alive.values()];
    if (workers.length > 0) this.random.pick(workers).kill();
  }

  edit(ident: string, reviewId: string, value: string): void {
    const learner = this.pics.get(ident) ?? buildLearner({ ident });
    const others = learner.reviews.filter(({ id }) => id !== reviewId);
    const reviews = [...others, buildReview({ id: reviewId, proposedAt: value })];
    this.pics.set(ident, { ...learner, reviews });
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

  #effects(id: number): OutboundEffects<null, null> {
    const isAlive = (): boolean => this.#alive.has(id);
    const live = <A extends unknown[], R>(effect: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        if (!isAlive()) return never();
        const result = await effect(...args);
        return isAlive() ? result : never();
      };
    };
    const { clock, ledger, vendor, random } = this;
    const think = (): Promise<void> => clock.sleep(random.below(8));
    return {
      vendor: {
        name: 'onefile',
        centre: '1',
        settings: null,
        readCentre: async () => null,
        toVendorIds: ({ ident }) => [`v${ident}`],
        evaluate: evaluateToy,
        evaluateOwner: () => ({ candidates: [], holds: [], notes: [] }),
        execute: live((call) => vendor.execute(call)),
        resolve: live((intent) => vendor.resolve(intent)),
      },
      ledger: {
        readLane: live((query) => think().then(() => ledger.readLane(query))),
        recordIntent: live((intent) => think().then(() => ledger.recordIntent(intent))),
        recordOutcome: live((outcome) => think().then(() => ledger.recordOutcome(outcome))),
      },
      worker: id,
      readOwner: async () => null,
      readLearner: live(({ ident }) => think().then(() => this.pics.get(ident) ?? null)),
      reserveCall: live(async () => {
        await clock.sleep(random.below(20));
        return { waitedMs: 0 };
      }),
      publishObservations: async () => {},
      publishLinks: async () => {},
      digest: digestOf,
      nowMs: clock.nowMs,
      sleep: live((ms, signal) => clock.sleep(ms, signal)),
      chance: random.chance,
      meter: { called: () => {}, delivered: () => {}, noted: () => {}, paused: () => {} },
    };
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
