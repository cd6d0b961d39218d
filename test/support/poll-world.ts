import type { JsonObject } from '../../src/domain/json.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { VendorFailure } from '../../src/domain/outcome.ts';
import type {
  PageRecord,
  PassProgress,
  PassReport,
  PollCommand,
  PollPlan,
  PollRuns,
  PollStore,
  ReadPage,
  ResourceRead,
} from '../../src/domain/polling.ts';
import { forecastFullPass, type PollLearner } from '../../src/domain/schedule.ts';
import type { PassEnd } from '../../src/polling/full-pass.ts';
import type { PollEffects } from '../../src/polling/page.ts';

/** The process died. */
export class Killed extends Error {}

type Row = { readonly owner: string; readonly record: JsonObject };

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

/** A vendor and a sync database in memory, and a record of all that was asked and told. */
export class PollWorld {
  nowMs = Date.UTC(2026, 0, 15, 9);
  /** By entity, then by vendor id. */
  readonly vendor = {
    review: new Map<string, Row>(),
    'learning-aim': new Map<string, Row>(),
    learner: new Map<string, Row>(),
    standard: new Map<string, Row>(),
  };
  readonly shadows = new Map<string, Observation>();
  readonly progress = new Map<string, PassProgress>();
  readonly seen = new Map<string, Set<string>>();
  readonly passes: { id: string; entity: string; isComplete: boolean }[] = [];
  runs: PollRuns = { open: null, lastCompleted: null };
  epoch = 0;
  isLeaseFree = true;

  learners: PollLearner[] = [];
  /** Vendor ids that PICS shows and nobody has linked. */
  claimed: string[] = [];
  /** Idents outside of the daily run. */
  readonly outOfScope = new Set<string>();
  syncDueAtMs: number | null = null;
  readonly reports: PassReport[] = [];
  /** What was told to be read, by resource. */
  readonly concluded: (ResourceRead & { readonly what: string })[] = [];
  readonly reads: string[] = [];
  readonly published: Observation[][] = [];
  readonly submitted: string[] = [];
  readonly slept: number[] = [];
  readonly paused: (string | null)[] = [];
  readonly heldDeletions: string[] = [];
  readonly answers: (PassEnd | undefined)[] = [];
  readonly commands: PollCommand[] = [];
  /** Answers of the vendor that come instead of pages. */
  readonly failures: VendorFailure[] = [];
  /** Where the process dies. */
  dieAt: 'after-publish' | null = null;
  onRead: () => void = () => {};

  readonly pageSize = 2;

  put(entity: keyof PollWorld['vendor'], id: string, owner: string, record: JsonObject): void {
    this.vendor[entity].set(id, { owner, record });
  }

  link(...vendorIds: readonly string[]): void {
    const known = new Set(this.learners.map(({ vendorId }) => vendorId));
    for (const vendorId of vendorIds.filter((id) => !known.has(id)))
      this.learners.push({ ident: `i${vendorId}`, vendorId, lastActivityAtMs: null, nextReviewAtMs: null });
  }

  readonly readPage: ReadPage = async ({ resource, cursor, learnerVendorId, extent, cause }) => {
    this.reads.push(
      [extent, resource.name, learnerVendorId, cursor].filter((part) => part !== null).join(' '),
    );
    this.onRead();
    const failure = this.failures.shift();
    if (failure !== undefined) return failure;
    const rows = [...(this.vendor[resource.entity as 'review'] ?? [])].filter(
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
    return { kind: 'page', observations, next: end < rows.length ? String(end) : null };
  };

  readonly store: PollStore = {
    acquireLease: async () => {
      if (!this.isLeaseFree) return null;
      this.epoch += 1;
      return { epoch: this.epoch };
    },
    renewLease: async ({ epoch }) => epoch === this.epoch,
    releaseLease: async () => {},
    readHashes: async (entity, vendorIds) =>
      new Map(
        vendorIds.flatMap((id) => {
          const shadow = this.shadows.get(`${entity} ${id}`);
          return shadow?.record == null ? [] : [[id, JSON.stringify(shadow.record)] as const];
        }),
      ),
    recordPage: async (page) => (page.epoch === this.epoch ? this.#record(page) : 'fenced'),
    readProgress: async (resource) => this.progress.get(resource) ?? null,
    beginPass: async (entity) => {
      const id = String(this.passes.length + 1);
      this.passes.push({ id, entity, isComplete: false });
      this.seen.set(id, new Set());
      return id;
    },
    completePass: async (passId) => {
      const pass = this.passes.find(({ id }) => id === passId);
      if (pass !== undefined) pass.isComplete = true;
      return 'recorded';
    },
    readMissing: async (entity) => {
      const [last, before] = this.passes.filter((one) => one.entity === entity && one.isComplete).reverse();
      const known = [...this.shadows.values()].filter((shadow) => shadow.entity === entity);
      if (last === undefined || before === undefined) return { missing: [], totalCount: known.length };
      const isSeen = (id: string): boolean =>
        this.seen.get(last.id)?.has(id) || this.seen.get(before.id)?.has(id) || false;
      return { missing: known.filter(({ vendorId }) => !isSeen(vendorId)), totalCount: known.length };
    },
    forgetShadows: async (entity, vendorIds) => {
      for (const id of vendorIds) this.shadows.delete(`${entity} ${id}`);
      return 'recorded';
    },
    keepUnasked: async (entity, learnerVendorIds, { passId }) => {
      for (const one of this.shadows.values())
        if (one.entity === entity && learnerVendorIds.includes(one.learnerVendorId ?? ''))
          this.seen.get(passId)?.add(one.vendorId);
      return 'recorded';
    },
    readObservations: async (entity, vendorIds) =>
      vendorIds.flatMap((id) => this.shadows.get(`${entity} ${id}`) ?? []),
    readRuns: async () => this.runs,
    recordRun: async (run, state, epoch) => {
      if (epoch !== this.epoch) return 'fenced';
      this.runs =
        state.kind === 'begun'
          ? { ...this.runs, open: run, scope: state.scope }
          : { open: null, lastCompleted: run };
      return 'recorded';
    },
  };

  #record({ observations, progress }: PageRecord): 'recorded' {
    for (const one of observations) this.shadows.set(`${one.entity} ${one.vendorId}`, one);
    if (progress === null) return 'recorded';
    this.progress.set(progress.resource, progress.value);
    for (const { vendorId } of observations) this.seen.get(progress.value.passId)?.add(vendorId);
    return 'recorded';
  }

  readonly effects: { -readonly [K in keyof PollEffects]: PollEffects[K] } = {
    plans,
    vendor: 'onefile',
    readPage: (request) => this.readPage(request),
    store: this.store,
    hash: (record) => JSON.stringify(record),
    readLearners: async () => this.learners,
    readClaimed: async () =>
      this.claimed
        .filter((id) => !this.learners.some(({ vendorId }) => vendorId === id))
        .map((vendorId) => ({ ident: `i${vendorId}`, vendorId })),
    selectDaily: async (learners) => learners.filter(({ ident }) => !this.outOfScope.has(ident)),
    afterLearners: async (read) => {
      this.concluded.push({ what: 'learners', ...read });
      this.link(...this.claimed.filter((id) => this.seen.get(read.passId)?.has(id)));
    },
    afterStandards: async (read) => void this.concluded.push({ what: 'standards', ...read }),
    publish: async (observations) => {
      this.published.push([...observations]);
      if (this.dieAt === 'after-publish') {
        this.dieAt = null;
        throw new Killed();
      }
    },
    submitLearner: async ({ ident }, isRead) => void this.submitted.push(isRead ? ident : `${ident} unread`),
    readForecast: async (learners) =>
      forecastFullPass(
        { learners, users: 0, reviews: 0, placements: 0, classrooms: 0, standards: 0 },
        { pageSize: this.pageSize, callsPerMinute: 60, liveShare: 0 },
      ),
    onProgress: (report) => void this.reports.push(report),
    holdDeletions: async (entity, count, limit) =>
      void this.heldDeletions.push(`${entity} ${count} of ${limit}`),
    readSyncDue: async () => this.syncDueAtMs,
    clearSyncDue: async (dueAtMs) => {
      if (this.syncDueAtMs !== null && this.syncDueAtMs <= dueAtMs) this.syncDueAtMs = null;
    },
    takeCommand: async () => this.commands.shift() ?? null,
    answerCommand: async (_, end) => void this.answers.push(end),
    onPaused: (reason) => void this.paused.push(reason),
    nowMs: () => this.nowMs,
    sleep: async (ms, signal) => {
      if (signal.aborted) return;
      this.slept.push(ms);
      this.nowMs += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };

  get publishedIds(): string[] {
    return this.published.flat().map(({ vendorId, deleted }) => (deleted ? `-${vendorId}` : vendorId));
  }
}
