import { createLog } from '../../src/base/log.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { VendorFailure } from '../../src/domain/outcome.ts';
import { type OwnerKind, toOwnerLane } from '../../src/domain/owner.ts';
import type {
  Lease,
  PassReport,
  PassScope,
  PassSummary,
  PollCommand,
  PollPlan,
  PollRuns,
  PollStore,
  ReadPage,
  ResourceRead,
} from '../../src/domain/polling.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { Work } from '../../src/domain/work.ts';
import { type PassEnd, runFullPass } from '../../src/polling/full-pass.ts';
import type { PollPorts } from '../../src/polling/page.ts';
import { createPollMemory, pollEveryTurn } from '../../src/polling/poll.ts';
import { createSteadyReader } from '../../src/polling/read-steadily.ts';
import type { VendorPolling } from '../../src/vendors/vendor.ts';
import { createVirtualClock } from '../memory/clock.ts';
import { MemoryMeter } from '../memory/meter.ts';
import { MemoryPics } from '../memory/pics.ts';
import { MemoryStore } from '../memory/store.ts';
import { MemoryTopics } from '../memory/topics.ts';
import { buildLearner } from './learner.ts';
import { noRuns } from './no-runs.ts';

/** The process died. */
export class Killed extends Error {}

type Row = { readonly owner: string | null; readonly record: JsonObject };
type LogLine = { readonly level: string; readonly message: string } & Readonly<Record<string, unknown>>;

export const plans: readonly PollPlan[] = [
  { resource: { name: 'reviews', entity: 'review', scope: 'centre' }, recent: 'every-turn' },
  { resource: { name: 'aims', entity: 'learning-aim', scope: 'learner' }, recent: 'by-learner' },
];

/** The same after the lists of standards and learners. */
export const allPlans: readonly PollPlan[] = [
  { resource: { name: 'standards', entity: 'standard', scope: 'centre' }, recent: 'never' },
  { resource: { name: 'learners', entity: 'learner', scope: 'centre' }, recent: 'never' },
  ...plans,
];

const scope = { vendor: 'onefile', centre: '7' } as const;
const leaseMs = 15_000;

/** A scripted vendor that is polled on databases and topics in memory, and a record of all that was asked and said. */
export class PollWorld {
  readonly #time = createVirtualClock();
  readonly clock: Clock = {
    ...this.#time.clock,
    sleep: async (ms, signal) => {
      this.onSleep();
      if (signal?.aborted) return;
      this.slept.push(ms);
      await this.#time.clock.sleep(ms, signal);
    },
  };
  readonly store = new MemoryStore(this.clock);
  readonly pics = new MemoryPics([], this.clock);
  readonly topics = new MemoryTopics(this.clock);
  readonly meter = new MemoryMeter();
  readonly #passes = this.store.polling.open({ ...scope, holder: 'this', leaseMs });
  /** Another process that polls the same vendor. */
  readonly rival = this.store.polling.open({ ...scope, holder: 'other', leaseMs: 24 * 3_600_000 });
  #lease: Lease | null = null;

  /** What the vendor shows: by entity, then by vendor id. */
  readonly shown = {
    review: new Map<string, Row>(),
    'learning-aim': new Map<string, Row>(),
    learner: new Map<string, Row>(),
    standard: new Map<string, Row>(),
  };
  readonly pageSize = 2;
  /** Answers of the vendor that come instead of pages. */
  readonly failures: VendorFailure[] = [];
  /** What the vendor answers for this read for good, as `reads` shows it; null: it shows the page. */
  failing: (read: string) => VendorFailure | null = () => null;
  /** Idents outside of the daily run. */
  readonly outOfScope = new Set<string>();
  readonly commands: PollCommand[] = [];

  readonly reads: string[] = [];
  /** What was said to be read, by entity. */
  readonly concluded: (ResourceRead & { readonly entity: string })[] = [];
  readonly published: Observation[][] = [];
  readonly works: Work[] = [];
  readonly slept: number[] = [];
  readonly reports: PassReport[] = [];
  readonly answers: PassEnd[] = [];
  readonly initialAnswers: PassSummary[] = [];
  readonly logged: LogLine[] = [];

  onSleep: () => void = () => {};
  onRead: () => void | Promise<void> = () => {};
  onAfterRead: (entity: string) => void = () => {};
  /** The brokers have acknowledged. */
  onPublished: () => void | Promise<void> = () => {};

  /** Lists whose last page says that they were not shown whole. */
  readonly partial = new Set<string>();

  readonly readPage: ReadPage = async ({ resource, cursor, learnerVendorId, extent, cause }) => {
    const read = [extent, resource.name, learnerVendorId, cursor].filter((part) => part !== null).join(' ');
    this.reads.push(read);
    await this.onRead();
    const failure = this.failures.shift() ?? this.failing(read);
    if (failure !== null) return failure;
    const rows = [...(this.shown[resource.entity as 'review'] ?? [])].filter(
      ([, { owner }]) => learnerVendorId === null || owner === learnerVendorId,
    );
    const start = Number(cursor ?? 0);
    const observations = rows.slice(start, start + this.pageSize).map(
      ([vendorId, { owner, record }]): Observation => ({
        vendor: 'onefile',
        centre: '7',
        entity: resource.entity,
        vendorId,
        learnerVendorId: owner,
        observedAtMs: this.nowMs,
        cause,
        deleted: false,
        record,
      }),
    );
    const end = start + this.pageSize;
    const isLast = end >= rows.length;
    const isPartial = isLast && this.partial.has(resource.name);
    return { kind: 'page', observations, next: isLast ? null : String(end), ...(isPartial && { isPartial }) };
  };

  /** Field names that say of a record that it is another person, by vendor id. */
  readonly contradictions = new Map<string, readonly string[]>();
  readonly linking: PollPorts['vendor']['linking'] = {
    isShown: () => true,
    searchOwners: async () => [],
    findRecord: async () => ({ kind: 'rejected', code: 'ID_NOT_FOUND', detail: '' }),
    contradictionsOf: ({ ident }) => this.contradictions.get(ident) ?? [],
    crossedBy: () => ({ freed: [], unlinks: [], holds: [] }),
    refreshCatalogue: async () => ({ references: 0, unmatched: [] }),
  };
  readonly polling: { -readonly [K in keyof VendorPolling]: VendorPolling[K] } = {
    plans,
    dailyTime: { hour: 3, minute: 30 },
    mode: 'spare',
    reviewTime: { entity: 'review', atMsField: 'atMs' },
    selectDaily: async (learners) => learners.filter(({ ident }) => !this.outOfScope.has(ident)),
    ownerKindOf: () => null,
    matchOwners: () => ({ links: [], unclear: [] }),
    afterRead: async (entity, read) => {
      this.concluded.push({ entity, ...read });
      this.onAfterRead(entity);
    },
    toMatchRecord: ({ secret: _secret, ...record }) => record,
    publishesAll: () => false,
    pushedOwners: [],
    readsOf: ({ ident }) => [`learner ${ident}`],
    readsOfOwner: (owner) => [`owner ${toOwnerLane(owner)}`],
    forecast: async (learnerCount = 0) => {
      return { calls: learnerCount, minutes: learnerCount / 60, callsPerLearner: 1 };
    },
  };

  readonly passes: { -readonly [K in keyof PollStore]: PollStore[K] } = {
    ...this.#passes,
    acquireLease: async () => {
      this.#lease = await this.#passes.acquireLease();
      return this.#lease;
    },
  };

  readonly ports: PollPorts = {
    vendor: {
      name: 'onefile',
      title: 'OneFile',
      centre: scope.centre,
      columns: { learner: 'oneFileId', review: 'oneFileId', activePortfolio: 'O' },
      readPage: this.readPage,
      linking: this.linking,
      polling: this.polling,
    },
    engine: {
      submit: async (work) => {
        this.works.push(work);
        return { kind: 'settled', isLinked: true, calls: {}, holds: [] };
      },
    },
    pics: this.pics,
    store: this.store,
    passes: this.passes,
    topics: {
      publishObservations: async (observations) => {
        await this.topics.publishObservations(observations);
        this.published.push([...observations]);
        await this.onPublished();
      },
      publishLinks: (links) => this.topics.publishLinks(links),
    },
    commands: {
      take: async () => this.commands.shift() ?? null,
      progress: (report) => void this.reports.push(report),
      conclude: async (_, end) => void this.answers.push(end),
      concludeInitial: async (summary) => void this.initialAnswers.push(summary),
    },
    runs: noRuns,
    clock: this.clock,
    meter: this.meter,
    log: createLog({ isPretty: false, write: (line) => void this.logged.push(JSON.parse(line) as LogLine) }),
  };

  readonly reader = createSteadyReader(this.ports);

  get nowMs(): number {
    return this.clock.nowMs();
  }

  get publishedIds(): string[] {
    return this.published.flat().map(({ vendorId, deleted }) => (deleted ? `-${vendorId}` : vendorId));
  }

  /** Lanes in the order of their work; `unread` where the pass has read nothing of the learner. */
  get submitted(): string[] {
    return this.works.map(({ ident, reads = [] }) =>
      reads.length > 0 || ident.includes(':') ? ident : `${ident} unread`,
    );
  }

  /** What was said when more records were gone than may vanish. */
  get heldDeletions(): string[] {
    return this.logged
      .filter(({ message }) => message.startsWith('the vendor no longer shows many records'))
      .map(({ entity, count, limit }) => `${String(entity)} ${String(count)} of ${String(limit)}`);
  }

  put(entity: keyof PollWorld['shown'], id: string, owner: string | null, record: JsonObject): void {
    this.shown[entity].set(id, { owner, record });
  }

  link(...vendorIds: readonly string[]): void {
    for (const vendorId of vendorIds) {
      const ident = `i${vendorId}`;
      const link = { ...scope, kind: 'learner', picsId: ident, ident, vendorId, how: 'typed' } as const;
      this.store.ledger.linkTable.make(link);
    }
  }

  linkOwner(kind: OwnerKind, code: string, vendorId: string): void {
    const link = { ...scope, kind, picsId: code, ident: null, vendorId, how: 'typed' } as const;
    this.store.ledger.linkTable.make(link);
  }

  /** Vendor ids that PICS shows and that have no link. */
  claim(...vendorIds: readonly string[]): void {
    for (const oneFileId of vendorIds)
      this.pics.setLearner(buildLearner({ ident: `i${oneFileId}`, oneFileId }));
  }

  hasShadow(entity: string, vendorId: string): boolean {
    return this.store.ledger.shadowTable.find(scope, entity, vendorId) !== undefined;
  }

  /** As earlier processes left it. */
  async keepRuns({ open, lastCompleted, scope: of = 'daily' }: PollRuns): Promise<void> {
    const lease = await this.#passes.acquireLease();
    if (lease === null) throw new Error('the lease is free');
    const { epoch } = lease;
    if (lastCompleted !== null) await this.#passes.recordRun(lastCompleted, { kind: 'completed' }, epoch);
    if (open !== null) await this.#passes.recordRun(open, { kind: 'begun', scope: of }, epoch);
    await this.#passes.releaseLease(lease);
  }

  /** Another process has the lease from now on. */
  async loseLease(): Promise<Lease> {
    if (this.#lease !== null) await this.#passes.releaseLease(this.#lease);
    const lease = await this.rival.acquireLease();
    if (lease === null) throw new Error('the lease is free');
    return lease;
  }

  /** The process dies once, after the brokers have acknowledged a page. */
  dieAfterPublish(): void {
    this.onPublished = () => {
      this.onPublished = () => {};
      throw new Killed();
    };
  }

  /** Lets time pass until it is done. */
  run<T>(done: Promise<T>): Promise<T> {
    return this.#time.virtual.runUntil(done);
  }

  async wait(ms: number): Promise<void> {
    await this.run(this.#time.clock.sleep(ms));
  }

  /** Renews the lease as the poller does. */
  async #keepLease(lease: Lease, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#time.clock.sleep(leaseMs / 3, signal);
      if (!signal.aborted) await this.#passes.renewLease(lease);
    }
  }

  /** What is read between full passes, once, and a minute after it. */
  async turn(): Promise<void> {
    const lease = await this.passes.acquireLease();
    if (lease === null) throw new Error('the lease is free');
    const { ports, reader } = this;
    const { signal } = new AbortController();
    await this.run(pollEveryTurn({ ports, lease, memory: createPollMemory(), reader, signal }));
    await this.passes.releaseLease(lease);
    await this.wait(60_000);
  }

  /** One full pass, and a minute after it. */
  async pass({
    scope: of = 'daily' as PassScope,
    signal = new AbortController().signal,
    interlude = async () => ({ pageCount: 0 }),
  } = {}): Promise<PassEnd> {
    const lease = await this.passes.acquireLease();
    if (lease === null) throw new Error('the lease is free');
    const over = new AbortController();
    const renewed = this.#keepLease(lease, over.signal);
    try {
      return await this.run(
        runFullPass(this.ports, lease, { scope: of, interlude, reader: this.reader }, signal),
      );
    } finally {
      over.abort();
      await renewed;
      await this.passes.releaseLease(lease);
      await this.wait(60_000);
    }
  }
}
