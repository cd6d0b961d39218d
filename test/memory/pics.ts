import type { CanaryFlight } from '../../src/domain/canary.ts';
import type { Change } from '../../src/domain/change.ts';
import { holdsIdsOfVendor, isOfOtherVendor, type Learner, type Officer } from '../../src/domain/learner.ts';
import { mostSkewMs } from '../../src/domain/observation.ts';
import { type Organisation, type Owner, type OwnerKey, toOwnerLane } from '../../src/domain/owner.ts';
import type { UsedOwner } from '../../src/domain/people.ts';
import type { Claim, Clock, Pics } from '../../src/domain/ports.ts';
import type { FutureDate } from '../../src/domain/report.ts';
import type { NewRequest, RequestRow } from '../../src/domain/request.ts';
import {
  type AppliedItem,
  type ParkedItem,
  type Place,
  type RequestAnswer,
  type RowAction,
  type Rows,
  type RowsQuery,
  type TransactionResult,
  toItemKey,
  type WithReconcileTransaction,
} from '../../src/domain/rows.ts';
import { referenceTables } from '../../src/pics/tables.ts';
import { applyToState } from '../../src/reconciling/record.ts';
import { toLearnerChanges, toOwnerChanges, toSnapshotRows } from './pics-changes.ts';

/** Entities whose rows name a learner, an officer or an organisation. */
const captured = [
  'learner',
  'episode',
  'learner-details',
  'officer',
  'organisation',
  'placement',
  'qualification',
  'review',
] as const;

/** What a transaction meets instead of success. */
type Trouble = 'collided' | 'killed-before-commit' | 'killed-after-commit';

type State = {
  learners: Map<string, Learner>;
  /** Officers and organisations, by lane. */
  owners: Map<string, Owner>;
  newest: Map<string, AppliedItem>;
  places: Map<string, Claim>;
  /** Records that wait, by `toItemKey`. */
  parked: Map<string, Parked>;
  answers: Map<string, RequestAnswer>;
};

type Parked = ParkedItem & { readonly place: Place; readonly sinceMs: number };

type Draft = State & {
  readonly actions: RowAction[];
  readonly answered: RequestAnswer[];
  readonly canaries: ReturnedCanary[];
  readonly unparked: Set<string>;
};

type ReturnedCanary = { readonly flight: CanaryFlight; readonly receivedAtMs: number };

export type Commit = {
  /** Whose reconciler it was. */
  readonly vendor: string;
  readonly actions: readonly RowAction[];
  readonly changed: readonly { readonly before: Learner; readonly after: Learner }[];
};

/** The process died: what was committed stays, everything else is gone. */
export class Killed extends Error {}

/**
 * A PICS in memory that keeps what a transaction of the reconciler promises: all of it or nothing.
 *
 * One transaction runs at a time: the rows it has read are locked for everybody else.
 */
export class MemoryPics implements Pics {
  readonly #state: State;
  readonly #requests = new Map<string, RequestRow>();
  /** Which learner a review was last written for. */
  readonly #identOfReview = new Map<string, string>();
  readonly #clock: Pick<Clock, 'nowMs'>;
  #txId = 1000;
  /** Every action that was committed, in order. */
  readonly written: RowAction[] = [];
  transactionCount = 0;
  /** Lanes whose rows a user's transaction has locked. */
  readonly locked = new Set<string>();
  /** SQLSTATE when PICS refuses the action. */
  refuses: (action: RowAction) => string | null = () => null;
  /** SQLSTATE when PICS refuses the answer of a command. */
  refusesAnswer: (answer: RequestAnswer) => string | null = () => null;
  /** Whether the action meets another session in a way that no locked row shows. */
  collides: (action: RowAction) => boolean = () => false;
  /** Told of every commit: what it did, and the learners it changed as they were and are. */
  onCommit: (commit: Commit) => void = () => {};
  #troubles: (Trouble | null)[] = [];
  #lock: Promise<unknown> = Promise.resolve();

  /** Told of every row change, as the connector reads it from the log. */
  onChange: (change: Change) => void = () => {};
  /** Whether the log has old rows (replica identity full). */
  tellsOldRows = true;
  /** The origin mark of a transaction of the reconciler; null where PICS refuses the mark. */
  markOf: (vendor: string) => string | null = (vendor) => `picsync:${vendor}:1`;
  /** Its row. */
  canary: { probe: number; state: 'sent' | 'back'; last: ReturnedCanary | null } = {
    probe: 0,
    state: 'back',
    last: null,
  };
  /** Every snapshot that was asked for. */
  readonly snapshots: { readonly table: string; readonly lanes: readonly string[] | null }[] = [];
  /** Whether the connector is there to take them. */
  takesSnapshots = true;
  normalReviewTypes: readonly string[] = ['N'];
  /** Rows of the desktop product's settings. */
  desktopSettings: Readonly<Record<string, string>> = {};

  constructor(learners: readonly Learner[] = [], clock: Pick<Clock, 'nowMs'> = { nowMs: Date.now }) {
    this.#clock = clock;
    this.#state = {
      learners: new Map(),
      owners: new Map(),
      newest: new Map(),
      places: new Map(),
      parked: new Map(),
      answers: new Map(),
    };
    for (const learner of learners) this.setLearner(learner);
  }

  get learners(): ReadonlyMap<string, Learner> {
    return this.#state.learners;
  }

  /** Officers and organisations, by lane. */
  get owners(): ReadonlyMap<string, Owner> {
    return this.#state.owners;
  }

  get answers(): ReadonlyMap<string, RequestAnswer> {
    return this.#state.answers;
  }

  setOwner(owner: Owner): void {
    this.#state.owners.set(toOwnerLane(owner), owner);
  }

  /** An officer of whom only what is given is known. */
  putOfficer(officer: Partial<Extract<Owner, { kind: 'officer' }>> & { readonly code: string }): void {
    const blank = {
      firstName: null,
      surname: null,
      email: null,
      phone: null,
      mobile: null,
      externalId: null,
      isDormant: false,
    };
    this.setOwner({ kind: 'officer', ...blank, ...officer });
  }

  putOrganisation(organisation: Partial<Organisation> & { readonly code: string }): void {
    const blank = {
      name: null,
      address: [],
      postcode: null,
      phone: null,
      email: null,
      website: null,
      edrs: null,
      headCount: null,
    };
    this.setOwner({ kind: 'organisation', ...blank, externalId: null, ...organisation });
  }

  /** A learner as it was before anything was captured. */
  setLearner(learner: Learner): void {
    this.#state.learners.set(learner.ident, learner);
    for (const { id } of learner.reviews) this.#identOfReview.set(id, learner.ident);
  }

  /** By lane. */
  removeOwner(lane: string): void {
    this.#state.owners.delete(lane);
  }

  removeLearner(ident: string): void {
    this.#state.learners.delete(ident);
  }

  /** A user's transaction on one learner. It waits for the reconciler's, which may have the rows locked. */
  edit(ident: string, change: (learner: Learner) => Learner): Promise<void> {
    return this.whenFree(() => {
      const before = this.#state.learners.get(ident);
      if (before === undefined) throw new Error(`there is no learner ${ident}`);
      const after = change(before);
      this.setLearner(after);
      this.#capture(toLearnerChanges(before, after), null);
    });
  }

  editOwner(key: OwnerKey, change: (owner: Owner | null) => Owner): Promise<void> {
    return this.whenFree(() => {
      const before = this.findOwner(key);
      const after = change(before);
      this.setOwner(after);
      this.#capture(toOwnerChanges(before, after), null);
    });
  }

  /** A user gives a command. */
  insertRequest(request: Partial<NewRequest> & Pick<NewRequest, 'id' | 'kind' | 'vendor'>): void {
    const blank = { ident: null, officer: null, organisation: null, payload: null, requestedBy: null };
    const row: RequestRow = {
      ...blank,
      ...request,
      status: 'new',
      code: null,
      message: null,
      result: null,
      attempts: 0,
      requestedAtMs: this.#clock.nowMs(),
      startedAtMs: null,
      finishedAtMs: null,
    };
    this.#requests.set(row.id, row);
    const { id, kind, vendor, ident, officer, organisation, requestedBy, status } = row;
    const payload = row.payload === null ? null : JSON.stringify(row.payload);
    const after = { id, kind, vendor, ident, officer, organisation, requestedBy, status, payload };
    this.#capture([{ entity: 'request', op: 'create', key: { id }, before: null, after }], null);
  }

  /** One consistent read: what the learner names is as it stands now. */
  readonly readLearner: Pics['readLearner'] = async ({ ident }) => {
    const learner = this.find(ident.trim());
    return learner === null ? null : withOrder(learner);
  };

  find(ident: string): Learner | null {
    const learner = this.#state.learners.get(ident);
    if (learner === undefined) return null;
    const codes = new Set([
      learner.mainOfficer,
      ...learner.qualifications.map(({ officer }) => officer),
      ...learner.reviews.map(({ officer }) => officer),
      ...learner.relatedOfficers.map(({ code }) => code),
    ]);
    const officers = [...codes].flatMap((code) => (code === null ? [] : (this.#officer(code) ?? [])));
    const placements = learner.placements
      .toSorted((a, b) => a.seq - b.seq)
      .map((placement) => {
        const organisation =
          placement.organisation === null
            ? null
            : this.findOwner({ kind: 'organisation', code: placement.organisation });
        const organisationName = organisation?.kind === 'organisation' ? organisation.name : null;
        return { ...placement, organisationName, organisationExternalId: organisation?.externalId ?? null };
      });
    return { ...learner, officers, placements };
  }

  readonly readOwner: Pics['readOwner'] = async ({ key }) => this.findOwner(key);
  readonly readIdentOfReview: Pics['readIdentOfReview'] = async (id) =>
    [...this.#state.learners.values()].find(({ reviews }) => reviews.some((review) => review.id === id))
      ?.ident ?? null;
  readonly readNormalReviewTypes: Pics['readNormalReviewTypes'] = async () =>
    this.normalReviewTypes.toSorted();
  readonly readOwnerNames: Pics['readOwnerNames'] = async (kind, codes) =>
    new Map(
      codes.flatMap((code) => {
        const owner = this.findOwner({ kind, code });
        if (owner === null) return [];
        const name =
          owner.kind === 'organisation'
            ? owner.name
            : [owner.firstName, owner.surname].filter((part) => part !== null).join(' ');
        return name === null || name === '' ? [] : [[code, name] as const];
      }),
    );
  readonly readVendorLearners: Pics['readVendorLearners'] = async (column) =>
    [...this.#state.learners.values()].flatMap((learner) => {
      const vendorId = shownId(learner, column);
      return vendorId === null ? [] : [{ ident: learner.ident, vendorId }];
    });
  readonly readPersons: Pics['readPersons'] = async (column, idents) =>
    [...this.#state.learners.values()]
      .filter(({ ident }) => idents === null || idents.includes(ident))
      .map((learner) => {
        const { ident, uln, niNumber, firstName, surname, birthDate } = learner;
        return { ident, vendorId: shownId(learner, column), uln, niNumber, firstName, surname, birthDate };
      })
      .sort((a, b) => (a.ident < b.ident ? -1 : 1));
  readonly readPersonsLike: Pics['readPersonsLike'] = async (column, { uln, niNumber, birthDate }) => {
    const toKey = (text: string | null): string | null => text?.replaceAll(' ', '').toUpperCase() ?? null;
    return (await this.readPersons(column, null)).filter(
      (one) =>
        (uln !== null && one.uln === uln) ||
        (niNumber !== null && toKey(one.niNumber) === toKey(niNumber)) ||
        (birthDate !== null && one.birthDate === birthDate),
    );
  };
  readonly readClaimants: Pics['readClaimants'] = async (kind, column, vendorId) =>
    kind === 'learner'
      ? [...this.#state.learners.values()]
          .filter((learner) => shownId(learner, column) === vendorId)
          .map(({ ident, firstName, surname }) => ({ code: ident, name: joinName([firstName, surname]) }))
          .sort((a, b) => (a.code < b.code ? -1 : 1))
      : (await this.readOwners(kind, null))
          .filter(({ externalId }) => externalId === vendorId)
          .map(({ code, name }) => ({ code, name }));
  readonly readReviewHolders: Pics['readReviewHolders'] = async (column, vendorIds) =>
    [...this.#state.learners.values()].flatMap(({ ident, reviews }) =>
      reviews.flatMap((review) => {
        const vendorId = review[column];
        return vendorId !== null && vendorIds.includes(vendorId) ? [{ id: review.id, ident, vendorId }] : [];
      }),
    );
  readonly readOwners: Pics['readOwners'] = async (kind, codes) =>
    [...this.#state.owners.values()]
      .filter((owner) => owner.kind === kind && (codes === null || codes.includes(owner.code)))
      .map(toUsedOwner)
      .sort((a, b) => (a.code < b.code ? -1 : 1));
  readonly readLearnerStandings: Pics['readLearnerStandings'] = async (idents) =>
    [...new Set(idents)].flatMap((ident) => {
      const learner = this.#state.learners.get(ident);
      if (learner === undefined) return [];
      const { status, isSuspended, endOn } = learner;
      return [{ ident, status, isSuspended, endOn }];
    });
  readonly readUsedOwners: Pics['readUsedOwners'] = async (idents) => {
    const learners = idents.flatMap((ident) => this.#state.learners.get(ident) ?? []);
    const used = (kind: OwnerKey['kind'], codes: readonly (string | null)[]) =>
      [...new Set(codes)].toSorted().flatMap((code) => {
        const owner = code === null ? null : this.findOwner({ kind, code });
        return owner === null ? [] : [toUsedOwner(owner)];
      });
    const officers = learners.flatMap(({ mainOfficer, qualifications, reviews }) => [
      mainOfficer,
      ...[...qualifications, ...reviews].map(({ officer }) => officer),
    ]);
    const organisations = learners.flatMap(({ placements }) =>
      placements.map(({ organisation }) => organisation),
    );
    return { officers: used('officer', officers), organisations: used('organisation', organisations) };
  };
  readonly countNewReviews: Pics['countNewReviews'] = async ({ idents, types, column }) => {
    const counts = new Map<string | null, number>();
    for (const learner of idents.flatMap((ident) => this.find(ident) ?? [])) {
      for (const review of learner.reviews) {
        const isNew =
          types.includes(review.type ?? '') &&
          review.proposedAt !== null &&
          review.actualAt === null &&
          review.attended === null &&
          review[column] === null &&
          !isOfOtherVendor(review, column);
        if (!isNew) continue;
        const own = review.officer === null ? null : this.#officer(review.officer);
        const officer = own?.code ?? learner.mainOfficer;
        counts.set(officer, (counts.get(officer) ?? 0) + 1);
      }
    }
    return [...counts].map(([officer, count]) => ({ officer, count }));
  };
  readonly readUsedReferences: Pics['readUsedReferences'] = async ({ idents, letters }) => {
    const used = [...this.#state.learners.values()].filter(
      ({ ident, status }) => idents.includes(ident) || letters.includes(status ?? ''),
    );
    return [
      ...new Set(used.flatMap(({ qualifications }) => qualifications.map((one) => one.reference))),
    ].sort();
  };
  readonly readStartedLearners: Pics['readStartedLearners'] = async ({ letters, onDate }) =>
    this.#inOrder().flatMap((learner) => {
      const { ident, status, isSuspended, startOn, endOn, activePortfolio: portfolio } = learner;
      if (status === null || !letters.includes(status) || startOn === null || startOn > onDate) return [];
      const held = learner.reviews.flatMap(({ actualAt }) => actualAt?.slice(0, 10) ?? []);
      const lastHeldOn =
        held
          .filter((day) => day <= onDate)
          .sort()
          .at(-1) ?? null;
      const name = joinName([learner.firstName, learner.surname]);
      return [{ ident, name, status, isSuspended, startOn, endOn, portfolio, lastHeldOn }];
    });
  readonly readUndatedReviews: Pics['readUndatedReviews'] = async (idents) =>
    this.#inOrder(idents).flatMap(({ ident, reviews }) =>
      reviews
        .filter(({ proposedAt }) => proposedAt === null)
        .map(({ id, type, officer, actualAt }) => ({ id, ident, type, officer, actualAt }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
  readonly readFutureDates: Pics['readFutureDates'] = async ({ idents, after }) =>
    this.#inOrder(idents).flatMap(({ ident, endOn, reviews, qualifications }) => {
      const day = after.slice(0, 10);
      const own: FutureDate[] =
        endOn !== null && endOn > day ? [{ ident, what: 'learner', record: null, at: endOn }] : [];
      const ends = qualifications.flatMap((one): FutureDate[] =>
        one.endOn !== null && one.endOn > day
          ? [{ ident, what: 'qualification', record: one.key, at: one.endOn }]
          : [],
      );
      const held = reviews.flatMap(({ id, actualAt }): FutureDate[] =>
        actualAt !== null && actualAt > after ? [{ ident, what: 'review', record: id, at: actualAt }] : [],
      );
      const byRecord = (list: FutureDate[]): FutureDate[] =>
        list.sort((a, b) => ((a.record ?? '') < (b.record ?? '') ? -1 : 1));
      return [...own, ...byRecord(ends), ...byRecord(held)];
    });
  readonly readDesktopSettings: Pics['readDesktopSettings'] = async (names) =>
    names.flatMap((name) => {
      const value = this.desktopSettings[name];
      return value === undefined ? [] : [{ name, value }];
    });
  readonly readRequest: Pics['readRequest'] = async (id) => this.#requests.get(id) ?? null;
  readonly readOpenRequests: Pics['readOpenRequests'] = async (vendor) =>
    [...this.#requests.values()].filter(
      (row) => row.vendor === vendor && ['new', 'working'].includes(row.status),
    );
  readonly readHeldRequests: Pics['readHeldRequests'] = async (vendor, idents) =>
    [...this.#requests.values()].flatMap((row) =>
      row.vendor === vendor &&
      row.status === 'held' &&
      ['enrol', 'refresh', 'set-learner-id'].includes(row.kind) &&
      row.ident !== null &&
      idents.includes(row.ident)
        ? [{ id: row.id, kind: row.kind, ident: row.ident }]
        : [],
    );
  readonly readLanesOf: Pics['readLanesOf'] = async (table) =>
    new Set(this.#rowsOf(table).map(({ lane }) => lane));
  readonly requestSnapshot: Pics['requestSnapshot'] = async ({ table, lanes }) => {
    const rows = this.#rowsOf(table);
    if (lanes?.length === 0) return;
    this.snapshots.push({ table, lanes });
    if (!this.takesSnapshots) return;
    const wanted = rows.filter(({ lane }) => lanes === null || lanes.includes(lane));
    this.#capture(
      wanted.map(({ change }) => change),
      null,
    );
  };

  /** By table: the rows that a snapshot reads, and whom each names. */
  #rowsOf(table: string) {
    const entity = captured.find((name) => referenceTables[name].table === table);
    if (entity === undefined) throw new Error(`the table ${table} has no rows of learners or owners`);
    if (entity === 'officer' || entity === 'organisation')
      return [...this.#state.owners.values()]
        .filter(({ kind }) => kind === entity)
        .flatMap((owner) =>
          toOwnerChanges(null, owner).map((change) => ({
            lane: toOwnerLane(owner),
            change: { ...change, op: 'snapshot' as const },
          })),
        );
    return [...this.#state.learners.values()].flatMap((learner) =>
      toSnapshotRows(entity, learner).map((change) => ({ lane: learner.ident, change })),
    );
  }

  readonly claimPlace: Pics['claimPlace'] = async (topic, partition) => this.claim(topic, partition);
  readonly readParked: Pics['readParked'] = async ({ topic, partition, epoch }, { afterOffset, limit }) => {
    if (this.#state.places.get(`${topic} ${partition}`)?.epoch !== epoch) return [];
    return this.parked
      .filter(({ place, record }) => {
        return place.topic === topic && place.partition === partition && record.offset > afterOffset;
      })
      .sort((a, b) => Number(a.record.offset - b.record.offset))
      .slice(0, limit)
      .map(({ record, sinceMs }) => ({ ...record, waitedMs: this.#clock.nowMs() - sinceMs }));
  };
  readonly readRows: Pics['readRows'] = async (query) =>
    this.#pickRows(query, { learners: new Map(), owners: new Map() });
  readonly openTransactions: Pics['openTransactions'] =
    (vendor) =>
    <R>(run: Parameters<WithReconcileTransaction>[0]): Promise<TransactionResult<R>> =>
      this.whenFree(() => this.#transact<R>(run, vendor));

  /** Learners by ident; with idents, those of them that are there. */
  #inOrder(idents?: readonly string[]): readonly Learner[] {
    return [...this.#state.learners.values()]
      .filter(({ ident }) => idents?.includes(ident) ?? true)
      .sort((a, b) => (a.ident < b.ident ? -1 : 1));
  }

  /** Rows that are read are part of what is drafted. */
  #pickRows(
    { idents, officers, organisations, items }: RowsQuery,
    into: { readonly learners: Map<string, Learner>; readonly owners: Map<string, Owner> },
  ): Rows {
    return {
      learners: pick(this.#state.learners, idents, into.learners),
      owners: pick(this.#state.owners, toLanes(officers, organisations), into.owners),
      newest: pick(this.#state.newest, items.map(toItemKey), new Map()),
      nowMs: this.#clock.nowMs(),
      parked: new Map(
        items.flatMap((key): [string, number | null][] => {
          const item = this.#state.parked.get(toItemKey(key))?.record.item;
          if (item === undefined) return [];
          return [[toItemKey(key), item.kind === 'observation' ? item.observation.observedAtMs : null]];
        }),
      ),
    };
  }

  findOwner(key: OwnerKey): Owner | null {
    return this.#state.owners.get(toOwnerLane(key)) ?? null;
  }

  /** An officer about whom only its external id is known. */
  setOfficer(code: string, externalId: string | null): void {
    const unknown = {
      firstName: null,
      surname: null,
      email: null,
      phone: null,
      mobile: null,
      isDormant: false,
    };
    this.setOwner({ kind: 'officer', code, ...unknown, externalId });
  }

  /** The external id; undefined when there is no such officer. */
  getOfficer(code: string): string | null | undefined {
    return this.findOwner({ kind: 'officer', code })?.externalId;
  }

  /** Meets the next transactions, one each; null lets one pass. */
  meet(...troubles: readonly (Trouble | null)[]): void {
    this.#troubles.push(...troubles);
  }

  /** What waits now. */
  get parked(): readonly Parked[] {
    return [...this.#state.parked.values()];
  }

  claim(topic: string, partition: number): Claim {
    const none: Claim = { epoch: 0, nextOffset: null, report: null };
    const known = this.#state.places.get(`${topic} ${partition}`) ?? none;
    const claimed = { ...known, epoch: known.epoch + 1 };
    this.#state.places.set(`${topic} ${partition}`, claimed);
    return claimed;
  }

  /** Whether everything before this offset is settled. */
  isApplied(topic: string, partition: number, offset: bigint): boolean {
    return (this.#state.places.get(`${topic} ${partition}`)?.nextOffset ?? 0n) >= offset;
  }

  /** Runs when no transaction is under way, and lets none begin before its end. */
  whenFree<R>(run: () => R | Promise<R>): Promise<R> {
    const turn = this.#lock.then(run);
    this.#lock = turn.catch(() => {});
    return turn;
  }

  readonly withTransaction: WithReconcileTransaction = <R>(
    run: Parameters<WithReconcileTransaction>[0],
  ): Promise<TransactionResult<R>> => this.whenFree(() => this.#transact<R>(run, 'onefile'));

  async #transact<R>(
    run: Parameters<WithReconcileTransaction>[0],
    vendor: string,
  ): Promise<TransactionResult<R>> {
    this.transactionCount += 1;
    const trouble = this.#troubles.shift();
    if (trouble === 'collided') return { kind: 'collided', code: '40P01' };
    const draft = emptyDraft();
    let refusal: string | null = null;
    let isBlocked = false;
    const { commit, value } = await run({
      readRows: async (query) => {
        const { idents, officers, organisations } = query;
        isBlocked ||= [...idents, ...toLanes(officers, organisations)].some((lane) => this.locked.has(lane));
        return this.#pickRows(query, draft);
      },
      readLocked: async ({ idents, officers, organisations }) =>
        new Set([...idents, ...toLanes(officers, organisations)].filter((lane) => this.locked.has(lane))),
      applyActions: async (asked) => {
        for (const action of asked) {
          refusal ??= this.refuses(action);
          isBlocked ||= this.collides(action);
          this.#apply(action, draft);
          draft.actions.push(action);
        }
      },
      applyAnswers: async (answers) => {
        for (const answer of answers) {
          refusal ??= this.refusesAnswer(answer);
          draft.answers.set(answer.id, answer);
        }
        draft.answered.push(...answers);
      },
      applyCanary: async (flight, receivedAtMs) => {
        draft.canaries.push({ flight, receivedAtMs });
      },
      recordApplied: async ({ place, nextOffset, items, parked, unparked, report }) => {
        const key = `${place.topic} ${place.partition}`;
        const known = this.#state.places.get(key);
        if (known === undefined || known.epoch > place.epoch) return 'fenced';
        draft.places.set(key, { epoch: place.epoch, nextOffset: nextOffset ?? known.nextOffset, report });
        for (const item of items) if (this.#isNewest(item)) draft.newest.set(toItemKey(item), item);
        for (const item of unparked) draft.unparked.add(toItemKey(item));
        for (const item of parked) {
          const sinceMs = this.#state.parked.get(toItemKey(item))?.sinceMs ?? this.#clock.nowMs();
          draft.parked.set(toItemKey(item), { ...item, place, sinceMs });
        }
        return 'recorded';
      },
    });
    if (isBlocked) return { kind: 'collided', code: '55P03' };
    if (refusal !== null) return { kind: 'refused', code: refusal };
    if (trouble === 'killed-before-commit') throw new Killed();
    if (commit) this.#commit(draft, vendor);
    if (trouble === 'killed-after-commit') throw new Killed();
    return { kind: 'ended', value: value as R };
  }

  #officer(code: string): Officer | null {
    const owner = this.findOwner({ kind: 'officer', code });
    if (owner?.kind !== 'officer') return null;
    const { firstName, surname, email, externalId, isDormant } = owner;
    return { code, firstName, surname, email, externalId, isDormant };
  }

  /** An answer never takes the place of a later one: a row that has ended stays so, unless it was held. */
  #answer({ id, status, code, message, result, attempts, startedAtMs, finishedAtMs }: RequestAnswer): void {
    const row = this.#requests.get(id);
    if (row === undefined) return;
    const isOpen = row.status === 'new' || row.status === 'working';
    const goesOn = row.status === 'held' && (status === 'working' || status === 'skipped');
    if (!isOpen && !goesOn) return;
    const given = result === null ? null : (JSON.parse(result) as RequestRow['result']);
    const isSame = row.status === status && row.code === code && row.message === message;
    if (isSame && row.attempts === attempts && JSON.stringify(row.result) === JSON.stringify(given)) return;
    this.#requests.set(id, {
      ...row,
      status,
      code,
      message,
      result: given,
      attempts: Math.max(row.attempts, attempts),
      startedAtMs: startedAtMs ?? row.startedAtMs,
      finishedAtMs,
    });
  }

  /** Ops sends a probe. */
  sendCanary(): void {
    this.canary = { ...this.canary, probe: this.canary.probe + 1, state: 'sent' };
    this.#captureCanary(null);
  }

  /** As the statement of PICS does: one that came twice, or after another was sent, changes nothing. */
  #returnCanary(returned: ReturnedCanary): void {
    const { probe, state } = this.canary;
    if (state !== 'sent' || returned.flight.probe !== probe) return;
    this.canary = { probe, state: 'back', last: returned };
    this.#captureCanary('picsync:onefile:1');
  }

  #captureCanary(origin: string | null): void {
    const { probe, state } = this.canary;
    const after = { id: 1, probe, state };
    this.#capture([{ entity: 'canary', op: 'update', key: { id: 1 }, before: null, after }], origin);
  }

  #capture(changes: ReturnType<typeof toLearnerChanges>, origin: string | null): void {
    this.#txId += 1;
    for (const { before, ...change } of changes)
      this.onChange({
        ...change,
        before: this.tellsOldRows || change.op === 'delete' ? before : null,
        origin,
        txId: this.#txId,
        committedAtMs: this.#clock.nowMs(),
      });
  }

  /** Does what the statements of PICS do: their rows need not have been read before, nor be there. */
  #apply(action: RowAction, draft: Draft): void {
    if (this.#isTaken(action, draft)) return;
    const ident = 'ident' in action ? action.ident : this.#identOfReview.get('id' in action ? action.id : '');
    if (ident !== undefined) pick(this.#state.learners, [ident], draft.learners);
    if ('code' in action) pick(this.#state.owners, toLanes([action.code], [action.code]), draft.owners);
    applyToState(action, draft, null);
    const learner = draft.learners.get(ident ?? '');
    if (learner !== undefined && !(learner.hasDetails && learner.hasEpisode))
      draft.learners.set(learner.ident, withoutAbsent(learner));
  }

  /** G-4, G-11: by the time at which it was read; one from the future gives way to any other. */
  #isNewest(item: AppliedItem): boolean {
    const known = this.#state.newest.get(toItemKey(item));
    if (known === undefined || known.readAtMs <= item.readAtMs) return true;
    return known.readAtMs > this.#clock.nowMs() + mostSkewMs;
  }

  /** A review that is there is not inserted again, whomever it belongs to: ids are keys of the whole table. */
  #isTaken(action: RowAction, draft: Draft): boolean {
    if (action.kind !== 'insert-review') return false;
    const has = ({ reviews }: Learner): boolean => reviews.some(({ id }) => id === action.id);
    const holder = this.#state.learners.get(this.#identOfReview.get(action.id) ?? '');
    return draft.learners.values().some(has) || (holder !== undefined && has(holder));
  }

  #commit(draft: Draft, vendor: string): void {
    const changed = [...draft.learners].flatMap(([ident, after]) => {
      const before = this.#state.learners.get(ident);
      return before === undefined || before === after ? [] : [{ before, after }];
    });
    const owners = [...draft.owners].flatMap(([lane, after]) => {
      const before = this.#state.owners.get(lane);
      return before === undefined || before === after ? [] : [{ before, after }];
    });
    for (const learner of draft.learners.values()) this.setLearner(learner);
    for (const key of draft.unparked) this.#state.parked.delete(key);
    for (const part of ['owners', 'newest', 'places', 'parked', 'answers'] as const)
      for (const [key, value] of draft[part]) (this.#state[part] as Map<string, unknown>).set(key, value);
    this.written.push(...draft.actions);
    for (const answer of draft.answered) this.#answer(answer);
    for (const canary of draft.canaries) this.#returnCanary(canary);
    const changes = [
      ...changed.flatMap(({ before, after }) => toLearnerChanges(before, after)),
      ...owners.flatMap(({ before, after }) => toOwnerChanges(before, after)),
    ];
    this.#capture(changes, this.markOf(vendor));
    if (draft.actions.length > 0) this.onCommit({ vendor, actions: draft.actions, changed });
  }
}

function emptyDraft(): Draft {
  return {
    learners: new Map(),
    owners: new Map(),
    newest: new Map(),
    places: new Map(),
    parked: new Map(),
    answers: new Map(),
    actions: [],
    answered: [],
    canaries: [],
    unparked: new Set(),
  };
}

function toLanes(officers: readonly string[], organisations: readonly string[]): string[] {
  return [
    ...officers.map((code) => toOwnerLane({ kind: 'officer', code })),
    ...organisations.map((code) => toOwnerLane({ kind: 'organisation', code })),
  ];
}

/** Rows that were read are part of the transaction: what it does to them is seen by nobody before the commit. */
function pick<V>(
  from: ReadonlyMap<string, V>,
  keys: readonly string[],
  into: Map<string, V>,
): Map<string, V> {
  const picked = new Map<string, V>();
  for (const key of keys) {
    if (!from.has(key)) continue;
    if (!into.has(key)) into.set(key, from.get(key) as V);
    picked.set(key, into.get(key) as V);
  }
  return picked;
}

/** D-20: what stands in a row that the learner has not. */
/** A column of a row that is not there is blank. */
function withoutAbsent(learner: Learner): Learner {
  const { hasDetails, hasEpisode } = learner;
  const known = hasDetails ? learner : withoutDetails(learner);
  return hasEpisode ? known : { ...known, expectedEndOn: null, risk: null };
}

function withoutDetails(learner: Learner): Learner {
  return {
    ...learner,
    email: null,
    uln: null,
    lrn: null,
    ethnicity: null,
    disability: null,
    primaryDifficulty: null,
    activePortfolio: null,
    oneFileId: null,
    smartAssessorId: null,
  };
}

/** Lists as PICS gives them, in whatever order their rows were made. */
function withOrder(learner: Learner): Learner {
  return {
    ...learner,
    qualifications: inOrder(learner.qualifications, ({ key }) => key),
    reviews: inOrder(learner.reviews, ({ proposedAt, id }) => `${proposedAt ?? ''} ${id}`),
    placements: learner.placements.toSorted((a, b) => a.seq - b.seq),
    officers: inOrder(learner.officers, ({ code }) => code),
    relatedOfficers: inOrder(learner.relatedOfficers, ({ relation, code }) => `${relation} ${code}`),
  };
}

function inOrder<T>(list: readonly T[], toKey: (one: T) => string): readonly T[] {
  return list.toSorted((a, b) => (toKey(a) < toKey(b) ? -1 : 1));
}

/** D-20: an id of the vendor only where the portfolio in use says that the column holds one. */
function shownId(learner: Learner, column: 'oneFileId' | 'smartAssessorId'): string | null {
  return holdsIdsOfVendor(column, learner.activePortfolio) ? learner[column] : null;
}

function toUsedOwner(owner: Owner): UsedOwner {
  const { code, externalId } = owner;
  return owner.kind === 'officer'
    ? { code, name: joinName([owner.firstName, owner.surname]), externalId, isDormant: owner.isDormant }
    : { code, name: owner.name, externalId, isDormant: false };
}

function joinName(parts: readonly (string | null)[]): string | null {
  const name = parts.filter((part) => part !== null).join(' ');
  return name === '' ? null : name;
}
