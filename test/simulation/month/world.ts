import type { Change } from '../../../src/domain/change.ts';
import type { CommandRequest } from '../../../src/domain/request.ts';
import type { OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import { MemoryStore } from '../../memory/store.ts';
import type { MemoryLedger } from '../../support/memory-ledger.ts';
import { defaultSettings } from '../../support/onefile-rules.ts';
import { createRandom } from '../../support/random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { type BrokenRules, goodRules } from './broken-rules.ts';
import { toRates, toSettings } from './conditions.ts';
import { OneFileState } from './onefile.ts';
import { OneFileLine } from './onefile-line.ts';
import { type OutboundProcess, startOutbound } from './outbound-process.ts';
import { PicsSide } from './pics-side.ts';
import { type PollerProcess, startPoller } from './poller-process.ts';
import { populate } from './populate.ts';
import { Process } from './process.ts';
import { startReconciler } from './reconciler-process.ts';
import { VendorTopics } from './topics.ts';

export type WorldOptions = {
  readonly seed: number;
  readonly learnerCount: number;
  readonly rules?: Partial<BrokenRules>;
  readonly onTrace?: (line: string) => void;
};

/** Both sides, everything between them, and the processes that come and go, on one simulated clock. */
export class MonthWorld {
  readonly clock: VirtualClock;
  readonly random: ReturnType<typeof createRandom>;
  readonly settings: OneFileSettings;
  /** How users' commands ended: request, learner, and the answer's status and code. */
  readonly answers: { readonly id: string; readonly ident: string; readonly end: string }[] = [];
  readonly state: OneFileState;
  /** Whether the centre keeps the date a certificate was received (O12). */
  readonly keepsCertificateReceived: boolean;
  readonly line: OneFileLine;
  readonly store: MemoryStore;
  readonly ledger: MemoryLedger;
  readonly pics: PicsSide;
  readonly topics: VendorTopics;
  readonly rules: BrokenRules;
  /** Idents that users have changed. */
  readonly renamed = new Map<string, string>();
  readonly faults: unknown[] = [];
  /** When the reconciler first decided about a review of OneFile, by its id. */
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
  #lastNumber = 0;
  readonly #processes = new Map<number, Process>();
  readonly #onTrace: ((line: string) => void) | undefined;

  constructor({ seed, learnerCount, rules, onTrace }: WorldOptions) {
    this.random = createRandom(seed);
    const { random } = this;
    // Over a night on which the clocks change, one way or the other.
    this.clock = new VirtualClock(random.chance() < 0.5 ? Date.UTC(2026, 2, 12, 9) : Date.UTC(2026, 9, 8, 9));
    const { clock } = this;
    this.rules = { ...goodRules, ...rules };
    this.#onTrace = onTrace;
    this.line = new OneFileLine(clock, random, toRates(random));
    this.topics = new VendorTopics(clock.nowMs);
    this.store = new MemoryStore(clock);
    this.ledger = this.store.ledger;
    this.keepsCertificateReceived = random.chance() < 0.8;
    this.state = new OneFileState(clock, this.keepsCertificateReceived);
    const tellsOldRows = random.chance() < 0.8;
    const population = populate(this.state, random, { learnerCount, nowMs: clock.nowMs() });
    this.settings = { ...defaultSettings, ...population.fallbacks, ...toSettings(random) };
    this.pics = new PicsSide({
      ...population,
      settings: this.settings,
      ...{
        random,
        nowMs: clock.nowMs,
        tellsOldRows,
        publish: (change: Change) => this.#deliverTwice(change),
      },
    });
    this.pics.store.collides = () => random.chance() < 0.01;
  }

  readonly trace = (line: () => string): void => {
    this.#onTrace?.(`${new Date(this.clock.nowMs()).toISOString()} ${line()}`);
  };

  readonly fail = (fault: unknown): void => {
    this.faults.push(fault);
  };

  newNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
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
      this.store.lose(process.place);
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

  /**
   * A change arrives late, sometimes twice, and seldom never; but for a changed key: no run can know that two keys are of
   * one record.
   */
  #deliverTwice(change: Change): void {
    const { random } = this;
    this.trace(
      () =>
        `PICS ${change.op} ${change.entity} ${JSON.stringify(change.key)} ${JSON.stringify(change.after)} ${change.origin ?? ''}`,
    );
    if (random.chance() < this.lossRate && change.renamedFrom === undefined) return;
    void this.#deliver(change);
    if (random.chance() < 0.1) void this.#deliver(change);
  }

  /** A user's command: taken up by some process, and again by another, until one has answered. */
  async request(request: CommandRequest): Promise<void> {
    const { random, clock } = this;
    this.trace(() => `REQUEST ${request.kind} ${request.ident} ${request.id}`);
    this.deliveries += 1;
    await clock.sleep(random.below(3_000));
    const end = await this.#handToWorker((worker) => worker.enrol(request));
    this.deliveries -= 1;
    const words = `${end.status} ${end.code ?? ''}`;
    this.trace(() => `ANSWER ${request.id} ${request.ident} ${words}`);
    this.answers.push({ id: request.id, ident: request.ident ?? '', end: words });
  }

  /** Hands an event to some worker, and again to another, until one says that it is durably done. */
  async #deliver(change: Change): Promise<void> {
    const { random, clock } = this;
    this.deliveries += 1;
    await clock.sleep(random.chance() < 0.95 ? random.below(5_000) : random.below(6 * 3_600_000));
    await this.#handToWorker((worker) => worker.handle(change));
    this.deliveries -= 1;
  }

  async #handToWorker<R>(give: (worker: OutboundProcess) => Promise<R>): Promise<R> {
    for (;;) {
      if (this.workers.length === 0) {
        await this.clock.sleep(60_000);
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
