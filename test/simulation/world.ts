import type { Renaming } from '../../src/domain/change.ts';
import type { Learner } from '../../src/domain/learner.ts';
import { noTracer } from '../../src/domain/trace.ts';
import { createHandleChange } from '../../src/engine/changes.ts';
import { defaultEngineOptions, type EngineOptions, type EnginePorts } from '../../src/engine/desk.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { OpenVendor } from '../../src/vendors/vendor.ts';
import { MemoryMeter } from '../memory/meter.ts';
import { MemoryPics } from '../memory/pics.ts';
import { MemoryStore } from '../memory/store.ts';
import { MemoryTopics } from '../memory/topics.ts';
import { buildLearner, buildReview } from '../support/learner.ts';
import type { MemoryLedger } from '../support/memory-ledger.ts';
import { createRandom } from '../support/random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import {
  callTimeoutMs,
  createToyVendor,
  evaluateToy,
  type Faults,
  searchLagMs,
  ToyVendor,
} from './toy-vendor.ts';

/**
 * PICS, a vendor, the sync database and a few worker processes, on one simulated time.
 *
 * Each process has a clock of its own, which differs from the database's by up to a minute and a half. A process ends
 * in one of three ways: killed, so that nothing it still wants happens; by SIGTERM, so that it ends what is in hand
 * and gives its place in the ledger back; or by the loss of that place, after which it must not call the vendor. What
 * the vendor has received it does in any case. Learners get new keys in PICS while all this goes on; their reviews are
 * sent while the lane shows the learner's link, which moves to the new key with the event of the change.
 */
type Worker = {
  readonly id: number;
  readonly vendor: OpenVendor;
  readonly engine: Engine;
  readonly signal: AbortSignal;
  /** The process takes no more work: killed, stopping, or without its place. */
  readonly ended: Promise<'ended'>;
  readonly end: (how: 'kill' | 'stop' | 'lose') => void;
};

export type WorldOptions = {
  readonly seed: number;
  readonly faults: Faults;
  readonly isSearchable: boolean;
  /** How far the clock of a process may be from that of the database. */
  readonly skewMs?: number;
};

const options: EngineOptions = {
  ...defaultEngineOptions,
  retry: {
    ...defaultEngineOptions.retry,
    lookAfterMs: 1_000,
    settleMs: 2 * callTimeoutMs + 2 * searchLagMs,
    confirmMs: 1_000,
  },
};

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
  /** What a process did that had no right to: calls after its place was lost or given back. */
  readonly wrongs: string[] = [];
  readonly #skewMs: number;
  readonly #workers = new Map<number, Worker>();
  readonly #killed = new Set<number>();
  readonly #placeless = new Set<number>();

  constructor({ seed, faults, isSearchable, skewMs = 90_000 }: WorldOptions) {
    this.random = createRandom(seed);
    const { clock, random } = this;
    this.#skewMs = skewMs;
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
    const { worker: id, close } = await this.store.joinAsWorker();
    const ended = Promise.withResolvers<'ended'>();
    const stop = new AbortController();
    const ports = this.#portsOf(id);
    const engine = createEngine(ports, options, stop.signal);
    const end = (how: 'kill' | 'stop' | 'lose'): void => {
      this.#workers.delete(id);
      ended.resolve('ended');
      if (how === 'kill') this.#killed.add(id);
      if (how !== 'stop') {
        this.#placeless.add(id);
        this.store.lose(id);
      }
      if (how === 'kill') return;
      stop.abort(new Error(how));
      // As the role does it: the place is given back when the last call has ended.
      void engine.idle().then(() => {
        this.#placeless.add(id);
        return close();
      });
    };
    const { vendor } = ports;
    this.#workers.set(id, { id, vendor, engine, signal: stop.signal, ended: ended.promise, end });
  }

  /** Ends one process, if there is one. */
  endWorker(how: 'kill' | 'stop' | 'lose'): void {
    const workers = [...this.#workers.values()];
    if (workers.length > 0) this.random.pick(workers).end(how);
  }

  edit(ident: string, reviewId: string, value: string): void {
    const learner = this.learners.get(ident) ?? this.#newLearner(ident);
    const others = learner.reviews.filter(({ id }) => id !== reviewId);
    const reviews = [...others, buildReview({ id: reviewId, proposedAt: value })];
    this.pics.setLearner({ ...learner, reviews });
    this.edits.set(reviewId, [...(this.edits.get(reviewId) ?? []), value]);
  }

  #newLearner(ident: string): Learner {
    const key = { vendor: 'onefile', centre: '1', kind: 'learner', how: 'typed', copiedAtMs: null } as const;
    this.ledger.linkTable.put({ ...key, picsId: ident, vendorId: `v${ident}`, ident });
    return buildLearner({ ident });
  }

  /** Gives a learner another key in PICS. The event may come before that of an earlier change. */
  async rename(from: string, to: string): Promise<void> {
    const learner = this.learners.get(from);
    if (learner === undefined) return;
    this.pics.removeLearner(from);
    this.pics.setLearner({ ...learner, ident: to });
    const committedAtMs = this.clock.nowMs();
    await this.clock.sleep(this.random.below(20_000));
    return this.#give((worker) => this.#follow(worker, { entity: 'learner', from, to }, committedAtMs));
  }

  /** Hands an event to some worker, and again to another, until one says that it is durably done. */
  deliver(ident: string): Promise<void> {
    const work = { ident, demand: 'change', priority: 'live', txIds: [], committedAtMs: null } as const;
    return this.#give(({ engine }) => engine.submit(work));
  }

  async #give(handle: (worker: Worker) => unknown): Promise<void> {
    for (;;) {
      const workers = [...this.#workers.values()];
      if (workers.length === 0) {
        await this.clock.sleep(100);
        continue;
      }
      const worker = this.random.pick(workers);
      const handled = Promise.resolve(handle(worker)).catch((error: unknown) => {
        // A process that is told to end, or has lost its place, rejects what it holds.
        if (!worker.signal.aborted) throw error;
        return 'ended' as const;
      });
      if ((await Promise.race([handled, worker.ended])) !== 'ended') return;
    }
  }

  /** The event of a changed key, as the product handles it. */
  async #follow(
    { id, vendor, engine, signal }: Worker,
    renaming: Renaming,
    committedAtMs: number,
  ): Promise<void> {
    const ports = this.#portsOf(id);
    const handle = createHandleChange({
      ...ports,
      pics: { ...ports.pics, readIdentOfReview: this.pics.readIdentOfReview },
      vendor: { ...vendor, decideRelevance: () => ({ kind: 'renamed', ...renaming }) },
      store: {
        ...this.store,
        links: { ...this.store.links, rename: this.#live(id, this.store.links.rename) },
      },
      engine,
      oldAfterMs: 900_000,
      tracer: noTracer,
      signal,
    });
    await handle({
      kind: 'change',
      change: {
        ...{ entity: 'learner', op: 'create', key: null, before: null, after: null, origin: null },
        ...{ txId: null, committedAtMs },
      },
    });
  }

  /** An effect that happens, and whose answer comes back, only while the process lives; afterwards it never ends. */
  #live<A extends unknown[], R>(id: number, act: (...args: A) => Promise<R>) {
    return async (...args: A): Promise<R> => {
      if (this.#killed.has(id)) return never();
      const result = await act(...args);
      return this.#killed.has(id) ? never() : result;
    };
  }

  #portsOf(id: number): EnginePorts {
    const { clock, ledger, vendor, random, pics, topics, meter, store } = this;
    const live = <A extends unknown[], R>(act: (...args: A) => Promise<R>) => this.#live(id, act);
    const think = (): Promise<void> => clock.sleep(random.below(8));
    const aheadMs = random.below(2 * this.#skewMs + 1) - this.#skewMs;
    return {
      vendor: createToyVendor({
        evaluate: async (view) => {
          const isLinked = view.lane.links.some(({ kind }) => kind === 'learner');
          return isLinked ? evaluateToy(view) : { candidates: [], holds: [], notes: [] };
        },
        execute: live((call) => {
          if (this.#placeless.has(id)) this.wrongs.push(`${call.name} ${call.subject} by ${id}`);
          return vendor.execute(call);
        }),
        resolve: live((intent) => {
          if (this.#placeless.has(id)) this.wrongs.push(`look-up ${intent.subject} by ${id}`);
          return vendor.resolve(intent);
        }),
        reserveCall: live(async () => {
          await clock.sleep(random.below(20));
          return { waitedMs: 0 };
        }),
      }),
      ledger: {
        readLane: live((query) => think().then(() => ledger.readLane(query))),
        recordIntent: live((intent) =>
          think()
            .then(() => ledger.recordIntent(intent))
            .finally(think),
        ),
        findLane: live((intentId) => think().then(() => ledger.findLane(intentId))),
        recordOutcome: live((outcome) => think().then(() => ledger.recordOutcome(outcome))),
      },
      links: { rename: live(store.links.rename) },
      postponed: store.postponed,
      vendors: store.vendors,
      pics: {
        readLearner: live((query) => think().then(() => pics.readLearner(query))),
        readOwner: pics.readOwner,
      },
      topics,
      clock: {
        nowMs: () => clock.nowMs() + aheadMs,
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
