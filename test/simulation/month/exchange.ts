import type { Change } from '../../../src/domain/change.ts';
import type { CommandRequest } from '../../../src/domain/request.ts';
import type { Call } from '../../../src/domain/step.ts';
import type { VendorName } from '../../../src/domain/vendor-name.ts';
import type { ConfiguredVendor, Vendor } from '../../../src/vendors/vendor.ts';
import type { createRandom } from '../../support/random.ts';
import type { Line } from './line.ts';
import { type OutboundProcess, startOutbound } from './outbound-process.ts';
import { type PollerProcess, startPoller } from './poller-process.ts';
import { Process } from './process.ts';
import { startReconciler } from './reconciler-process.ts';
import { VendorTopics } from './topics.ts';
import type { MonthWorld } from './world.ts';

/** A vendor as the month has it: what is there, the way to it, and what people do there. */
export type MonthVendor = {
  readonly at: { readonly vendor: VendorName; readonly centre: string };
  readonly configured: ConfiguredVendor;
  readonly line: Line;
  /** Partitions of its topics: a record of the vendor always lies in the same one. */
  readonly partitions: Readonly<Record<string, number>>;
  /** The entity whose records are reviews of PICS. */
  readonly reviewEntity: string;
  /** The product's vendor object, for a process that hears nothing more once it is killed. */
  readonly create: (live: Process['live']) => Vendor;
  /** Runs a call of the sync, so that what the vendor carries out meanwhile is noted as its work. */
  readonly during: <R>(call: Call, run: () => R) => R;
  /** Something that a person does at the vendor, or in PICS about it. */
  readonly act: () => void | Promise<void>;
};

/** The exchange with one vendor: its topics, its processes that come and go, and the events on their way to them. */
export class MonthExchange {
  readonly world: MonthWorld;
  readonly vendor: MonthVendor;
  readonly random: ReturnType<typeof createRandom>;
  readonly topics: VendorTopics;
  /** How users' commands ended: request, learner, and the answer's status and code. */
  readonly answers: { readonly id: string; readonly ident: string; readonly end: string }[] = [];
  /** When the reconciler first decided about a review of the vendor, by its id. */
  readonly firstShownAtMs = new Map<string, number>();
  /** Full passes that were completed, in their order. */
  readonly fullPasses: { readonly beganAtMs: number; readonly completedAtMs: number }[] = [];
  workers: OutboundProcess[] = [];
  poller: PollerProcess | null = null;
  reconciler: Process | null = null;
  /** Events on their way. */
  deliveries = 0;
  /** Of 1, how many events never arrive. */
  lossRate = 0.01;
  readonly #processes = new Map<number, Process>();

  constructor(world: MonthWorld, vendor: MonthVendor, random: ReturnType<typeof createRandom>) {
    this.world = world;
    this.vendor = vendor;
    this.random = random;
    this.topics = new VendorTopics(vendor, world.clock.nowMs);
  }

  get clock(): MonthWorld['clock'] {
    return this.world.clock;
  }

  get name(): VendorName {
    return this.vendor.at.vendor;
  }

  newProcess(): Process {
    const process = new Process(this.#processes.size + 1, this.random.below(8_000) - 4_000);
    this.#processes.set(process.id, process);
    return process;
  }

  startOutbound(): void {
    this.workers.push(startOutbound(this));
  }

  startPoller(): void {
    this.poller = startPoller(this);
  }

  startReconciler(): void {
    this.reconciler = startReconciler(this);
  }

  /** A worker dies at once, is asked to stop, or loses its place in the ledger while it goes on. */
  endOutbound(): void {
    const [victim] = this.workers.length === 0 ? [] : [this.random.pick(this.workers)];
    if (victim === undefined) return;
    const { process } = victim;
    this.workers = this.workers.filter((one) => one !== victim);
    const dice = this.random.chance();
    if (dice < 0.5 || process.place === null) {
      this.trace(() => `KILL outbound ${process.id}`);
      process.kill();
    } else if (dice < 0.8) {
      this.trace(() => `STOP outbound ${process.id}`);
      process.stop();
    } else {
      this.trace(() => `LOSE the place of outbound ${process.id}`);
      process.hasLostItsPlace = true;
      this.world.store.lose(process.place);
    }
  }

  killPoller(): void {
    this.trace(() => 'KILL poller');
    this.poller?.process.kill();
    this.poller = null;
  }

  killReconciler(): void {
    this.trace(() => 'KILL reconciler');
    this.reconciler?.kill();
    this.reconciler = null;
  }

  readonly trace = (line: () => string): void => {
    this.world.trace(() => `${this.name} ${line()}`);
  };

  /**
   * A change arrives late, sometimes twice, and seldom never; but for a changed key: no run can know that two keys are of
   * one record.
   */
  deliverTwice(change: Change): void {
    const { random } = this;
    if (random.chance() < this.lossRate && change.renamedFrom === undefined) return;
    void this.#deliver(change);
    if (random.chance() < 0.1) void this.#deliver(change);
  }

  /** A user's command: taken up by some process, and again by another, until one has answered. */
  async request(request: CommandRequest): Promise<void> {
    const { random, world } = this;
    this.trace(() => `REQUEST ${request.kind} ${request.ident} ${request.id}`);
    this.deliveries += 1;
    await world.clock.sleep(random.below(3_000));
    const end = await this.#handToWorker((worker) => worker.command(request));
    this.deliveries -= 1;
    const words = `${end.status} ${end.code ?? ''}`;
    this.trace(() => `ANSWER ${request.id} ${request.ident} ${words}`);
    this.answers.push({ id: request.id, ident: request.ident ?? '', end: words });
  }

  /** Nothing is on its way any more. */
  get isQuiet(): boolean {
    const { pics } = this.world;
    return (
      this.deliveries === 0 &&
      this.topics.partitions.every(({ topic, partition, records }) =>
        pics.store.isApplied(topic, partition, BigInt(records.length)),
      )
    );
  }

  /** Hands an event to some worker, and again to another, until one says that it is durably done. */
  async #deliver(change: Change): Promise<void> {
    const { random, world } = this;
    this.deliveries += 1;
    await world.clock.sleep(random.chance() < 0.95 ? random.below(5_000) : random.below(6 * 3_600_000));
    await this.#handToWorker((worker) => worker.handle(change));
    this.deliveries -= 1;
  }

  async #handToWorker<R>(give: (worker: OutboundProcess) => Promise<R>): Promise<R> {
    for (;;) {
      if (this.workers.length === 0) {
        await this.world.clock.sleep(60_000);
        continue;
      }
      const worker = this.random.pick(this.workers);
      const given = give(worker).catch((fault: unknown) => {
        if (!worker.process.isAlive || worker.process.signal.aborted || worker.process.hasLostItsPlace)
          return 'died' as const;
        throw fault;
      });
      const end = await Promise.race([given, worker.process.died]);
      if (end !== 'died') return end as R;
    }
  }
}
