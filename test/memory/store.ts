import type { Alarm, OpenAlarm } from '../../src/domain/alarm.ts';
import type { CatalogueRow } from '../../src/domain/catalogue.ts';
import { hashRecord } from '../../src/domain/digest.ts';
import type { KeptEnrolment } from '../../src/domain/enrolment.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Due, JournalEntry } from '../../src/domain/ledger.ts';
import type { LinkKind } from '../../src/domain/link.ts';
import type { Observation, Shadow } from '../../src/domain/observation.ts';
import type { PassProgress, PollRuns, PollStore } from '../../src/domain/polling.ts';
import type { CentreScope, Clock, Store, Worker } from '../../src/domain/ports.ts';
import type { VendorName } from '../../src/domain/vendor-name.ts';
import { neverEnabled, type SwitchPlace, type VendorState } from '../../src/domain/vendor-state.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';
import { MemoryRuns } from '../support/memory-runs.ts';
import { createMemoryUsers } from '../support/memory-users.ts';
import { MemoryDifferences } from './differences.ts';

type Pass = {
  readonly id: number;
  readonly entity: string;
  readonly startedAtMs: number;
  /** How many links were made before it began: learners that were linked since are not asked for. */
  readonly madeCount: number;
  isComplete: boolean;
};

type Waiting = {
  readonly vendor: VendorName;
  readonly ident: string;
  readonly subject: string;
  untilMs: number;
  readonly txId: number | null;
  readonly sinceMs: number;
};

/** One vendor connection as its poller left it. */
class Polling {
  readonly passes: Pass[] = [];
  readonly progress = new Map<string, PassProgress>();
  /** By record, the last pass that showed it. */
  readonly seen = new Map<string, number>();
  runs: PollRuns = { open: null, lastCompleted: null };
  epoch = 0;
  heldUntilMs = 0;
}

/**
 * The sync database in memory. Several simulated processes may share it.
 *
 * A worker that is ended without closing counts as alive until `lose` is called, as a process that hangs would.
 */
export class MemoryStore implements Store {
  readonly ledger: MemoryLedger;
  readonly runs: Store['runs'];
  readonly users: Store['users'];
  /** Lines that were written outside of an outcome. */
  readonly journalLines: (JournalEntry & { readonly ident?: string })[] = [];
  /** The report that each source told last. */
  readonly #reports = new Map<string, string>();
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #workers = new Map<number, AbortController>();
  readonly #enrolments = new Map<string, KeptEnrolment & { readonly lane: string }>();
  readonly #states = new Map<string, VendorState>();
  /** By vendor, the place of the command that switched it last. */
  readonly #asked = new Map<string, SwitchPlace>();
  readonly #catalogues = new Map<string, readonly CatalogueRow[]>();
  readonly #postponed: Waiting[] = [];
  readonly #pollings = new Map<string, Polling>();
  readonly #differences: MemoryDifferences;
  #alarms: readonly OpenAlarm[] = [];
  #lastAlarm = 0;
  #lastWorker = 0;
  #lastPassId = 0;
  /** Called when a synchronisation that was wanted is done. */
  onSynchronised: () => void = () => {};

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
    this.ledger = new MemoryLedger({
      isWorkerAlive: (worker) => this.#workers.get(worker)?.signal.aborted === false,
      nowMs: () => clock.nowMs(),
    });
    this.held = this.ledger.heldTable.group;
    this.users = createMemoryUsers(() => clock.nowMs());
    this.runs = new MemoryRuns(
      this.ledger,
      () => this.journalLines,
      () => clock.nowMs(),
    ).group;
    this.#differences = new MemoryDifferences({
      nowMs: () => clock.nowMs(),
      versionOf: (lane) => this.ledger.versionOf(lane),
      isLinked: ({ vendor, centre, ident }) =>
        this.ledger.linkTable.findByPicsId({ vendor, centre }, 'learner', ident) !== undefined,
    });
    this.differences = this.#differences.group;
    this.ledger.lastFullSyncOf = ({ vendor, centre }) =>
      this.#pollings.get(`${vendor} ${centre}`)?.runs.lastCompleted ?? null;
    this.ledger.postponedOf = (ident) =>
      this.#postponed
        .filter((one) => one.ident === ident && one.untilMs > clock.nowMs())
        .map(({ subject }) => subject);
  }

  async joinAsWorker(): Promise<Worker> {
    this.#lastWorker += 1;
    const worker = this.#lastWorker;
    const end = new AbortController();
    this.#workers.set(worker, end);
    return {
      worker,
      lost: end.signal,
      close: async () => {
        this.#workers.delete(worker);
        end.abort(new Error('the place in the ledger was given back'));
      },
    };
  }

  /** Plans that were accepted, by request. */
  get acceptedEnrolments(): ReadonlyMap<string, KeptEnrolment> {
    return this.#enrolments;
  }

  /** The session of a worker has ended: others may take its open intents. Without a number, of all. */
  lose(worker?: number): void {
    for (const [number, end] of this.#workers)
      if (worker === undefined || worker === number) end.abort(new Error('the place in the ledger was lost'));
  }

  /** False: a command with a later place has switched the vendor. Else its place is kept. */
  #isLast(vendor: VendorName, asked: SwitchPlace | null): boolean {
    const last = this.#asked.get(vendor);
    if (asked === null) return true;
    const isEarlier =
      last !== undefined && (asked.atMs < last.atMs || (asked.atMs === last.atMs && asked.id < last.id));
    if (!isEarlier) this.#asked.set(vendor, asked);
    return !isEarlier;
  }

  async readUnsettledIdents(
    vendor: VendorName,
    { afterIdent, limit }: { afterIdent: string | null; limit: number },
  ) {
    const enrolling = [...this.#enrolments.values()]
      .filter(({ state, lane }) => state === 'open' && this.ledger.hasOpenEnrolment(lane))
      .map(({ lane }) => lane.split(' '))
      .flatMap(([of, ident = '']) => (of === vendor ? [ident] : []));
    const idents = [...new Set([...this.ledger.unsettledIdents(vendor), ...enrolling])].sort();
    return idents.filter((ident) => afterIdent === null || ident > afterIdent).slice(0, limit);
  }

  readonly links: Store['links'] = {
    readByVendorIds: async (scope, vendorIds) =>
      vendorIds.flatMap((id) => this.ledger.linkTable.allByVendorId(scope, scope.kind, id)),
    readByPicsIds: async (scope, picsIds) =>
      picsIds.flatMap((id) => this.ledger.linkTable.findByPicsId(scope, scope.kind, id) ?? []),
    readLearners: async (scope, { afterIdent, limit }) =>
      this.#linksOf(scope, 'learner')
        .filter(({ picsId }) => afterIdent === null || picsId > afterIdent)
        .slice(0, limit)
        .map(({ picsId, vendorId }) => ({ ident: picsId, vendorId })),
    readOwners: async (scope, { afterCode, limit }) =>
      this.#linksOf(scope, scope.kind)
        .filter(({ picsId }) => afterCode === null || picsId > afterCode)
        .slice(0, limit)
        .map(({ picsId }) => picsId),
    readShared: async (scope) => this.ledger.linkTable.sharedOf(scope, scope.kind),
    count: async (scope) => this.#linksOf(scope, scope.kind).length,
    record: async (links) =>
      links.flatMap((link) => {
        const rival = this.ledger.linkTable.make(link);
        this.ledger.touch(link.vendor, link.ident ?? '');
        return rival === 'made' ? [] : [{ ...link, takenBy: rival }];
      }),
    recordSeen: async (links) => {
      let count = 0;
      for (const link of links) {
        const { linkTable } = this.ledger;
        const isFree =
          linkTable.findByPicsId(link, link.kind, link.picsId) === undefined &&
          (link.kind === 'officer' || linkTable.findByVendorId(link, link.kind, link.vendorId) === undefined);
        if (!isFree) continue;
        linkTable.put({ ...link, copiedAtMs: this.#clock.nowMs() });
        this.ledger.touch(link.vendor, link.ident ?? '');
        count += 1;
      }
      return count;
    },
    rename: async (scope, renaming, facts) => {
      const { vendor, centre } = scope;
      const renamed = this.ledger.rename(scope, renaming, facts);
      if (renamed.kind === 'renamed' && renaming.entity === 'learner')
        this.#differences.forgetKey(scope, renaming.from);
      if (renamed.kind !== 'renamed' || renaming.entity !== 'learner') return renamed;
      const [from, to] = [renaming.from, renamed.to].map((ident) => `${vendor} ${ident} ${centre}`);
      for (const [id, kept] of this.#enrolments)
        if (kept.lane === from && to !== undefined) this.#enrolments.set(id, { ...kept, lane: to });
      return renamed;
    },
  };

  readonly held: Store['held'];

  readonly differences: Store['differences'];

  readonly enrolments: Store['enrolments'] = {
    read: async (id) => {
      const kept = this.#enrolments.get(id);
      if (kept === undefined) return null;
      const isOpen = kept.state === 'open' && this.ledger.hasOpenEnrolment(kept.lane);
      return { plan: kept.plan, state: kept.state === 'open' && !isOpen ? 'done' : kept.state };
    },
    open: async (lane, { id, plan }) => {
      if (this.#enrolments.has(id)) return;
      const key = `${lane.vendor} ${lane.ident} ${lane.centre}`;
      for (const [other, kept] of this.#enrolments)
        if (kept.lane === key && kept.state === 'open')
          this.#enrolments.set(other, { ...kept, state: 'superseded' });
      this.#enrolments.set(id, { state: 'open', plan, lane: key });
      this.ledger.openEnrolment(lane, { id, plan, plannedAtMs: this.#clock.nowMs(), milestones: [] });
    },
    correct: async (lane, correct) => {
      const open = this.ledger.enrolmentOf(lane);
      if (open === null) return false;
      const plan = correct(open.plan);
      this.ledger.openEnrolment(lane, { ...open, plan });
      const kept = this.#enrolments.get(open.id);
      if (kept !== undefined) this.#enrolments.set(open.id, { ...kept, plan });
      return true;
    },
  };

  readonly fields: Store['fields'] = {
    list: async (scope) => this.ledger.fields.listOf(scope),
    forget: async (scope, field) => this.ledger.fields.forget(scope, field),
  };

  readonly postponed: Store['postponed'] = {
    add: async ({ vendor, ident, subject, forMs, txId = null }) => {
      const nowMs = this.#clock.nowMs();
      const untilMs = nowMs + forMs;
      const known = this.#postponed.find(
        (one) => one.vendor === vendor && one.ident === ident && one.subject === subject,
      );
      if (known === undefined)
        this.#postponed.push({ vendor, ident, subject, untilMs, txId, sinceMs: nowMs });
      else {
        const waitedMs = known.txId === null ? 0 : Math.min(nowMs - known.sinceMs, 3_600_000);
        known.untilMs = Math.max(known.untilMs, untilMs, nowMs + waitedMs);
      }
    },
    readDue: async (vendor, limit) => {
      const due = this.#postponed
        .filter((one) => one.vendor === vendor && one.untilMs <= this.#clock.nowMs())
        .sort((a, b) => a.untilMs - b.untilMs || (a.ident < b.ident ? -1 : 1));
      // In the order of the earliest of each learner, with the time of the latest.
      const latest = new Map(due.map(({ ident, untilMs }) => [ident, untilMs]));
      const dayAgoMs = this.#clock.nowMs() - 86_400_000;
      const txIdsOf = (ident: string): number[] =>
        due.flatMap((one) => (one.ident === ident && one.sinceMs > dayAgoMs ? (one.txId ?? []) : []));
      return [...latest]
        .slice(0, limit)
        .map(([ident, untilMs]): Due => ({ ident, until: String(untilMs), txIds: txIdsOf(ident) }));
    },
    forgetDue: async (vendor, { ident, until }) => {
      for (let at = this.#postponed.length - 1; at >= 0; at -= 1) {
        const one = this.#postponed[at];
        if (one?.vendor === vendor && one.ident === ident && one.untilMs <= Number(until))
          this.#postponed.splice(at, 1);
      }
    },
  };

  readonly catalogue: Store['catalogue'] = {
    read: async ({ vendor, centre }) => this.#catalogues.get(`${vendor} ${centre}`) ?? [],
    replace: async ({ vendor, centre }, rows) => {
      const keyOfRow = (row: CatalogueRow): string => `${row.entity} ${row.code} ${row.vendorId}`;
      const byKey = new Map(rows.toReversed().map((row) => [keyOfRow(row), row]));
      const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
      this.#catalogues.set(`${vendor} ${centre}`, sorted);
    },
  };

  /** As after a rebuild of the sync database. */
  beCautious(vendor: VendorName): void {
    const cautiousSinceMs = this.#clock.nowMs();
    this.#states.set(vendor, { ...(this.#states.get(vendor) ?? neverEnabled), cautiousSinceMs });
  }

  readonly vendors: Store['vendors'] = {
    readState: async (vendor) => this.#states.get(vendor) ?? neverEnabled,
    enable: async ({ vendor, confirmed = {}, by, isSyncDue = true, asked = null }) => {
      if (!this.#isLast(vendor, asked)) return 'superseded';
      const state = this.#states.get(vendor) ?? neverEnabled;
      const nowMs = this.#clock.nowMs();
      this.#states.set(vendor, {
        isEnabled: true,
        confirmed,
        firstEnabledAtMs: state.firstEnabledAtMs ?? nowMs,
        syncDueAtMs: isSyncDue ? nowMs : state.syncDueAtMs,
        cautiousSinceMs: state.cautiousSinceMs,
        changedAtMs: nowMs,
        changedBy: by,
      });
      return 'enabled';
    },
    disable: async ({ vendor, by, asked = null }) => {
      const state = this.#states.get(vendor);
      const isAgain = asked !== null && this.#asked.get(vendor)?.id === asked.id && state?.changedBy === by;
      const isSwitched = state?.isEnabled === true || isAgain;
      const isLast = this.#isLast(vendor, asked);
      if (isLast && state === undefined && asked !== null)
        this.#states.set(vendor, { ...neverEnabled, changedAtMs: this.#clock.nowMs(), changedBy: by });
      if (isLast && state?.isEnabled === true)
        this.#changeState(vendor, () => ({
          isEnabled: false,
          changedAtMs: this.#clock.nowMs(),
          changedBy: by,
        }));
      if (!isSwitched) return 'was-disabled';
      return isLast ? 'disabled' : 'superseded';
    },
    requestSync: async (vendor) => this.#changeState(vendor, () => ({ syncDueAtMs: this.#clock.nowMs() })),
    clearSyncDue: async (vendor, dueAtMs) => {
      const { syncDueAtMs } = this.#states.get(vendor) ?? neverEnabled;
      if (syncDueAtMs === null || syncDueAtMs > dueAtMs) return;
      this.#changeState(vendor, () => ({ syncDueAtMs: null, cautiousSinceMs: null }));
      this.onSynchronised();
    },
    noteConfirmed: async (vendor, change) =>
      this.#changeState(vendor, ({ confirmed }) => ({
        confirmed: withoutNulls({ ...confirmed, ...change }) as JsonObject,
      })),
  };

  readonly polling: Store['polling'] = {
    open: (options) => this.#openPolling(options, options.leaseMs),
    readLearners: async (scope, review) => {
      const nowMs = this.#clock.nowMs();
      return this.#linksOf(scope, 'learner').map(({ picsId, vendorId }) => {
        const shadows = this.ledger.shadowTable.ofLearners(scope, [vendorId]);
        const times = shadows
          .filter((shadow) => shadow.entity === review?.entity)
          .map(({ record }) => record[review?.atMsField ?? ''])
          .filter((at) => typeof at === 'number')
          .sort((a, b) => Math.abs(a - nowMs) - Math.abs(b - nowMs));
        const activity = Math.max(0, ...shadows.map(({ observedAtMs }) => observedAtMs));
        return {
          ident: picsId,
          vendorId,
          lastActivityAtMs: activity === 0 ? null : activity,
          nextReviewAtMs: times[0] ?? null,
        };
      });
    },
    readSeenShadows: async (of, { afterVendorId, limit }) =>
      this.#shadowsOf(of, of.entity)
        .filter(({ vendorId }) => afterVendorId === null || vendorId > afterVendorId)
        .filter(({ vendorId }) => this.#seenBy(of, vendorId) >= Number(of.passId))
        .slice(0, limit),
    readLastPass: async (of) => {
      const last = this.#pollingOf(of).passes.findLast((one) => one.entity === of.entity && one.isComplete);
      return last === undefined ? null : String(last.id);
    },
    readSeenIds: async (of, vendorIds) =>
      new Set(vendorIds.filter((id) => this.#seenBy(of, id) === Number(of.passId))),
    countRecords: async <K extends string>(
      scope: CentreScope,
      wanted: Readonly<Record<K, readonly string[]>>,
    ) => {
      const { passes } = this.#pollingOf(scope);
      const count = (entities: readonly string[]): number | null => {
        const isKnown = entities.every((entity) =>
          passes.some((one) => one.entity === entity && one.isComplete),
        );
        return isKnown
          ? entities.reduce((sum, entity) => sum + this.#shadowsOf(scope, entity).length, 0)
          : null;
      };
      return Object.fromEntries(
        Object.entries<readonly string[]>(wanted).map(([name, entities]) => [name, count(entities)]),
      ) as Record<K, number | null>;
    },
    readRuns: async (vendor) => {
      const [, polling] = [...this.#pollings].find(([key]) => key.startsWith(`${vendor} `)) ?? [];
      return { open: polling?.runs.open ?? null, lastCompleted: polling?.runs.lastCompleted ?? null };
    },
  };

  readonly alarms: Store['alarms'] = {
    raise: async (alarm) => {
      const isSame = (one: Alarm): boolean =>
        one.kind === alarm.kind && one.about === alarm.about && one.code === alarm.code;
      const nowMs = this.#clock.nowMs();
      const open = this.#alarms.find(isSame);
      if (open === undefined) {
        this.#lastAlarm += 1;
        const id = String(this.#lastAlarm);
        this.#alarms = [...this.#alarms, { ...alarm, id, count: 1, sinceMs: nowMs, lastAtMs: nowMs }];
        return;
      }
      const again = { ...open, count: open.count + 1, lastAtMs: nowMs, place: alarm.place };
      this.#alarms = this.#alarms.map((one) => (one === open ? again : one));
    },
    listOpen: async () => this.#alarms,
    acknowledge: async (choice) => {
      const isMeant = ({ id }: OpenAlarm): boolean => choice === 'all' || choice.ids.includes(id);
      const closed = this.#alarms.filter(isMeant);
      this.#alarms = this.#alarms.filter((one) => !isMeant(one));
      return closed;
    },
  };

  readonly recordReport: Store['recordReport'] = async ({ vendor, centre, source }, report) => {
    if (this.#reports.get(source) === report.id) return;
    this.#reports.set(source, report.id);
    const { holds, lines, notes, copied, alarms } = report;
    for (const alarm of alarms) await this.alarms.raise(alarm);
    if (vendor === null || centre === null) return;
    for (const { ident, ...hold } of holds)
      this.ledger.heldTable.hold({ vendor, centre, ident }, { ...hold, requestHash: null });
    this.journalLines.push(...lines);
    for (const { ident, ...note } of notes) {
      if (!this.ledger.addNote({ vendor, centre, ident }, note)) continue;
      this.journalLines.push({ ident, kind: 'noted', ...note, vendorId: null, tookMs: null });
    }
    this.ledger.linkTable.markCopied(copied, this.#clock.nowMs());
  };

  /** A vendor that was never enabled has no state to change. */
  #changeState(vendor: VendorName, change: (state: VendorState) => Partial<VendorState>): void {
    const state = this.#states.get(vendor);
    if (state !== undefined) this.#states.set(vendor, { ...state, ...change(state) });
  }

  #linksOf({ vendor, centre }: CentreScope, kind: LinkKind) {
    return this.ledger.links
      .filter((link) => link.vendor === vendor && link.centre === centre && link.kind === kind)
      .sort((a, b) => (a.picsId < b.picsId ? -1 : 1));
  }

  #shadowsOf({ vendor, centre }: CentreScope, entity: string): readonly Shadow[] {
    return this.ledger.shadows
      .filter((one) => one.vendor === vendor && one.centre === centre && one.entity === entity)
      .sort((a, b) => (a.vendorId < b.vendorId ? -1 : 1));
  }

  #pollingOf({ vendor, centre }: CentreScope): Polling {
    const key = `${vendor} ${centre}`;
    const known = this.#pollings.get(key) ?? new Polling();
    this.#pollings.set(key, known);
    return known;
  }

  /** The last pass that has shown the record; 0: none. */
  #seenBy(of: CentreScope & { readonly entity: string }, vendorId: string): number {
    return this.#pollingOf(of).seen.get(`${of.entity} ${vendorId}`) ?? 0;
  }

  #openPolling(scope: CentreScope, leaseMs: number): PollStore {
    const at = { vendor: scope.vendor, centre: scope.centre };
    const polling = this.#pollingOf(at);
    const { shadowTable } = this.ledger;
    const nowMs = (): number => this.#clock.nowMs();
    const isMine = (epoch: number): boolean => epoch === polling.epoch && nowMs() < polling.heldUntilMs;
    /** By this complete reading and all after it. */
    const isMissedBy = (pass: Pass, { entity, vendorId, observedAtMs }: Shadow): boolean =>
      (polling.seen.get(`${entity} ${vendorId}`) ?? 0) < pass.id && observedAtMs < pass.startedAtMs;
    const fenced = (epoch: number, act: () => void): 'recorded' | 'fenced' => {
      if (!isMine(epoch)) return 'fenced';
      act();
      return 'recorded';
    };
    return {
      acquireLease: async () => {
        if (nowMs() < polling.heldUntilMs) return null;
        polling.epoch += 1;
        polling.heldUntilMs = nowMs() + leaseMs;
        return { epoch: polling.epoch };
      },
      renewLease: async ({ epoch }) => {
        if (!isMine(epoch)) return false;
        polling.heldUntilMs = nowMs() + leaseMs;
        return true;
      },
      releaseLease: async ({ epoch }) => {
        if (epoch === polling.epoch) polling.heldUntilMs = 0;
      },
      readHashes: async (entity, vendorIds) => {
        const last = polling.passes.findLast((one) => one.entity === entity && one.isComplete);
        return new Map(
          vendorIds.flatMap((id) => {
            const shadow = shadowTable.find(at, entity, id);
            if (shadow === undefined || (last !== undefined && isMissedBy(last, shadow))) return [];
            return [[id, hashOf(shadow)] as const];
          }),
        );
      },
      recordPage: async ({ epoch, observations, progress }) =>
        fenced(epoch, () => {
          for (const { record, cause: _cause, deleted: _deleted, ...rest } of observations)
            if (record !== null) shadowTable.keep({ ...rest, record });
          if (progress === null) return;
          polling.progress.set(progress.resource, progress.value);
          const passId = Number(progress.value.passId);
          for (const { entity, vendorId } of observations) polling.seen.set(`${entity} ${vendorId}`, passId);
        }),
      readProgress: async (resource) => polling.progress.get(resource) ?? null,
      beginPass: async (entity, epoch) => {
        // Without the lease the number leads nowhere: the next write that carries the epoch is refused.
        if (!isMine(epoch)) return '0';
        this.#lastPassId += 1;
        const { madeCount } = this.ledger.linkTable;
        polling.passes.push({
          id: this.#lastPassId,
          entity,
          startedAtMs: nowMs(),
          madeCount,
          isComplete: false,
        });
        return String(this.#lastPassId);
      },
      completePass: async (passId, epoch) =>
        fenced(epoch, () => {
          const pass = polling.passes.find(({ id }) => id === Number(passId));
          if (pass !== undefined) pass.isComplete = true;
        }),
      readMissing: async (entity) => {
        const known = this.#shadowsOf(at, entity);
        const [, first] = polling.passes.filter((one) => one.entity === entity && one.isComplete).reverse();
        if (first === undefined) return { missing: [], totalCount: known.length };
        const { linkTable } = this.ledger;
        const missing = known
          .filter(
            (shadow) =>
              isMissedBy(first, shadow) &&
              (shadow.learnerVendorId === null ||
                entity === 'learner' ||
                linkTable.isLearnerAmong(at, shadow.learnerVendorId, first.madeCount)),
          )
          .map(({ centre, vendorId, learnerVendorId }) => ({ centre, vendorId, learnerVendorId }));
        return { missing, totalCount: known.length };
      },
      forgetShadows: async (entity, vendorIds, epoch) =>
        fenced(epoch, () => {
          for (const id of vendorIds) shadowTable.forget(at, entity, id);
        }),
      keepUnasked: async (entity, learnerVendorIds, { passId, epoch }) =>
        fenced(epoch, () => {
          for (const shadow of shadowTable.ofLearners(at, learnerVendorIds))
            if (shadow.entity === entity) polling.seen.set(`${entity} ${shadow.vendorId}`, Number(passId));
        }),
      readObservations: async (entity, vendorIds) =>
        vendorIds.flatMap((id): Observation[] => {
          const shadow = shadowTable.find(at, entity, id);
          return shadow === undefined ? [] : [{ ...shadow, cause: 'poll', deleted: false }];
        }),
      readRuns: async () => polling.runs,
      recordRun: async (run, state, epoch) =>
        fenced(epoch, () => {
          polling.runs =
            state.kind === 'begun'
              ? { ...polling.runs, open: run, scope: state.scope }
              : { ...polling.runs, open: null, lastCompleted: run, unread: state.unread ?? {} };
        }),
    };
  }
}

const hashes = new WeakMap<object, string>();

/** Records are never changed in memory, so each is read once. */
function hashOf({ record }: Shadow): string {
  const known = hashes.get(record) ?? hashRecord(record);
  hashes.set(record, known);
  return known;
}

/** As `jsonb_strip_nulls` does it: properties at any depth, elements of arrays stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutNulls(inner)]));
}
