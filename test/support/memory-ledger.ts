import type { Renaming, RenamingFacts } from '../../src/domain/change.ts';
import type { Enrolment } from '../../src/domain/enrolment.ts';
import type {
  CallFailure,
  HeldItem,
  Intent,
  IntentRecord,
  IntentRecorded,
  JournalEntry,
  LaneKey,
  LaneQuery,
  LaneState,
  Ledger,
  OutcomeRecord,
  OutcomeRecorded,
  Renamed,
} from '../../src/domain/ledger.ts';
import type { ConflictingLink, Link, NewLink } from '../../src/domain/link.ts';
import type { Shadow } from '../../src/domain/observation.ts';
import { toOwnerLane } from '../../src/domain/owner.ts';
import type { CentreFinding, Note } from '../../src/domain/step.ts';
import { MemoryHeld } from './memory-held.ts';
import { MemoryLinks } from './memory-links.ts';
import { MemoryShadows } from './memory-shadows.ts';

type StoredIntent = Omit<Intent, 'isWorkerAlive' | 'ageMs'> & { readonly startedAtMs: number };
type Lane = Pick<LaneKey, 'vendor' | 'ident'>;

const openStates: readonly string[] = ['planned', 'sending', 'unknown'];

/** The sync database in memory, for flows and simulations; held to the same claims as the real one. */
export class MemoryLedger implements Ledger {
  readonly intents: StoredIntent[] = [];
  readonly journal: (JournalEntry & { ident: string })[] = [];
  readonly linkTable = new MemoryLinks();
  readonly shadowTable: MemoryShadows;
  readonly #versions = new Map<string, number>();
  readonly #openIntents = new Map<string, StoredIntent[]>();
  readonly fields = new MemoryFields();
  readonly #renamings: (Centre & Renaming & { readonly atMs: number })[] = [];
  readonly #notes = new Map<string, readonly Note[]>();
  readonly #enrolments = new Map<string, Enrolment>();
  readonly #failures = new Map<string, readonly (CallFailure & { readonly atMs: number })[]>();
  readonly heldTable: MemoryHeld;
  readonly #isWorkerAlive: (worker: number) => boolean;
  readonly #nowMs: () => number;

  constructor({ isWorkerAlive, nowMs }: { isWorkerAlive: (worker: number) => boolean; nowMs: () => number }) {
    this.#isWorkerAlive = isWorkerAlive;
    this.#nowMs = nowMs;
    this.shadowTable = new MemoryShadows(nowMs);
    this.heldTable = new MemoryHeld(nowMs, ({ vendor, ident }) => this.touch(vendor, ident));
  }

  /** What waits for a person, or was left by one. */
  get held(): readonly HeldItem[] {
    return this.heldTable.open;
  }

  get links(): readonly Link[] {
    return this.linkTable.all;
  }

  get shadows(): readonly Shadow[] {
    return this.shadowTable.all;
  }

  /** Lanes of a vendor with something begun and not ended. */
  unsettledIdents(vendor: LaneKey['vendor']): readonly string[] {
    return [...this.#openIntents.values()].flatMap(([first]) =>
      first?.vendor === vendor ? [first.ident] : [],
    );
  }

  async readLane(query: LaneQuery): Promise<LaneState> {
    const { vendor, centre, ident } = query;
    const shared = this.#sharedLinks(query);
    const links = [...this.linkTable.ofLearner(query), ...shared];
    return {
      version: this.#versions.get(toLane(query)) ?? 0,
      openIntents: this.#openOf(query).map(({ startedAtMs, ...intent }) => ({
        ...intent,
        isWorkerAlive: this.#isWorkerAlive(intent.worker),
        ageMs: this.#nowMs() - startedAtMs,
      })),
      links: links.sort((a, b) => inOrder(a.kind, b.kind) || inOrder(a.picsId, b.picsId)),
      shadows: this.#shadowsFor(query, links, shared).sort(
        (a, b) => inOrder(a.entity, b.entity) || inOrder(a.vendorId, b.vendorId),
      ),
      held: this.heldTable.ofLane({ vendor, ident }),
      fieldSupport: this.fields.supportOf({ vendor, centre }),
      lastFullSyncAtMs: this.lastFullSyncOf({ vendor, centre }),
      notes: this.#notes.get(toLane(query)) ?? [],
      ...this.#waitsOf(ident),
      enrolment: this.#enrolments.get(`${toLane(query)} ${centre}`) ?? null,
      failures: this.#failuresOf(query),
      readAtMs: this.#nowMs(),
    };
  }

  /** A note of a report; false where the lane has it already, or has never been written. */
  addNote(key: LaneKey, note: Note): boolean {
    const known = this.#notes.get(toLane(key)) ?? [];
    const isKnown = known.some(({ code, subject }) => code === note.code && subject === note.subject);
    if (isKnown || !this.#versions.has(toLane(key))) return false;
    this.#notes.set(toLane(key), [...known, note]);
    this.touch(key.vendor, key.ident);
    return true;
  }

  async recordIntent(record: IntentRecord): Promise<IntentRecorded> {
    const open = this.#openOf(record);
    const others = open.filter(({ id }) => id !== record.intentId);
    if (others.some(({ state }) => state === 'sending')) return { kind: 'conflict' };
    const known = open.find(({ id }) => id === record.intentId);
    if (record.intentId !== null && !this.#mayContinue(known, record.worker)) return { kind: 'conflict' };
    const version = this.#advance(record, record.version);
    if (version === null) return { kind: 'conflict' };
    const { vendor, ident, step, effect, subject, naturalKey, worker, requestHash } = record;
    const now = { state: 'sending', worker, requestHash, startedAtMs: this.#nowMs() } as const;
    if (known !== undefined) {
      Object.assign(known, now, { attempt: known.attempt + 1 });
      return { kind: 'recorded', intentId: known.id, version };
    }
    const id = String(this.intents.length + 1);
    const intent = { vendor, ident, step, effect, subject, naturalKey, ...now, id, attempt: 1, repeats: 0 };
    this.intents.push(intent);
    this.#openIntents.set(toLane(record), [...open, intent]);
    return { kind: 'recorded', intentId: id, version };
  }

  async recordOutcome(outcome: OutcomeRecord): Promise<OutcomeRecorded> {
    const intent = this.#openOf(outcome).find(({ id }) => id === outcome.intentId);
    if (outcome.intentId !== null && intent === undefined) return { kind: 'conflict' };
    const version = this.#advance(outcome, outcome.version);
    if (version === null) return { kind: 'conflict' };
    if (intent !== undefined && outcome.isRepeat) Object.assign(intent, { repeats: intent.repeats + 1 });
    if (intent !== undefined && outcome.state !== null) this.#move(intent, outcome.state);
    for (const shadow of outcome.shadows) this.shadowTable.keep(shadow);
    const links = outcome.links.toSorted(
      (a, b) => inOrder(a.kind, b.kind) || inOrder(a.picsId, b.picsId) || inOrder(a.vendorId, b.vendorId),
    );
    const doomed = outcome.unlinks.flatMap(
      ({ kind, picsId }) => this.linkTable.findByPicsId(outcome, kind, picsId) ?? [],
    );
    const refused = new Map<NewLink, ConflictingLink>();
    for (const link of links) {
      const rival = this.linkTable.make(link);
      if (rival !== 'made') refused.set(link, { ...link, takenBy: rival });
    }
    if (![...refused.keys()].some(({ replaces }) => replaces !== undefined))
      for (const link of doomed)
        if (this.linkTable.findByPicsId(link, link.kind, link.picsId) === link)
          this.linkTable.remove(link, link);
    this.#advanceEnrolment(outcome);
    for (const finding of outcome.findings) this.fields.keep(outcome, finding);
    if (outcome.notes !== null) this.#notes.set(toLane(outcome), outcome.notes);
    this.#countFailures(outcome);
    this.heldTable.record(outcome);
    for (const entry of outcome.journal) this.journal.push({ ...entry, ident: outcome.ident });
    return {
      kind: 'recorded',
      version,
      conflictingLinks: outcome.links.flatMap((link) => refused.get(link) ?? []),
    };
  }

  /** Begin of the last completed full synchronisation of a centre. */
  lastFullSyncOf: (scope: Pick<LaneKey, 'vendor' | 'centre'>) => number | null = () => null;

  async findLane(intentId: string): Promise<string | null> {
    const intent = this.intents[Number(intentId) - 1];
    return intent !== undefined && openStates.includes(intent.state) ? intent.ident : null;
  }

  /** Subjects of a lane that wait a while longer (OF-50). */
  postponedOf: (ident: string) => readonly string[] = () => [];

  enrolmentOf(key: LaneKey): Enrolment | null {
    return this.#enrolments.get(`${toLane(key)} ${key.centre}`) ?? null;
  }

  /** `lane`: vendor, ident and centre. */
  hasOpenEnrolment(lane: string): boolean {
    return this.#enrolments.has(lane);
  }

  versionOf(lane: Lane): number {
    return this.#versions.get(toLane(lane)) ?? 0;
  }

  /** Something of the lane was changed beside an outcome: a look that has read it records nothing. */
  touch(vendor: LaneKey['vendor'], ident: string): void {
    this.#advance({ vendor, ident }, this.#versions.get(toLane({ vendor, ident })) ?? 0);
  }

  /** what is known of a record moves to its new key. */
  rename(scope: Pick<LaneKey, 'vendor' | 'centre'>, asked: Renaming, facts: RenamingFacts): Renamed {
    const { vendor, centre } = scope;
    const { entity, from } = asked;
    const to = this.#findPresentKey(scope, asked, facts);
    const renaming = { entity, from, to };
    const laneOf = (code: string): LaneKey => {
      const ident = entity === 'learner' ? code : toOwnerLane({ kind: entity, code });
      return { vendor, centre, ident };
    };
    const [old, present] = [laneOf(from), laneOf(to)];
    if (facts.isFromThere || from === to) {
      this.#keepRenaming(scope, asked, facts);
      return facts.isFromThere ? { kind: 'kept' } : { kind: 'renamed', linkCount: 0, to };
    }
    if ([old, present].some((lane) => this.#isSending(lane))) return { kind: 'busy' };
    this.#keepRenaming(scope, asked, facts);
    for (const { ident } of [old, present]) this.touch(vendor, ident);
    const [own, other] = [from, to].map((id) => this.linkTable.findByPicsId(old, entity, id));
    if (own !== undefined && other !== undefined) {
      const params = { kind: entity, a: from, b: to, vendor };
      this.heldTable.holdConflict(present, { subject: `${entity}:${to}`, code: 'MERGE_CONFLICT', params });
      return { kind: 'conflict', ids: [own.vendorId, other.vendorId], to };
    }
    const linkCount = this.linkTable.rename(old, renaming);
    const subjectOf = (subject: string): string =>
      subject === `${entity}:${from}` ? `${entity}:${to}` : subject;
    this.#renameIntents(old, present, subjectOf);
    this.heldTable.rename(old, present, subjectOf);
    this.#failures.delete(toLane(old));
    const enrolment = this.enrolmentOf(old);
    if (enrolment !== null && this.enrolmentOf(present) === null) {
      this.#enrolments.delete(`${toLane(old)} ${centre}`);
      this.#enrolments.set(`${toLane(present)} ${centre}`, enrolment);
    }
    return { kind: 'renamed', linkCount, to };
  }

  #findPresentKey(scope: Centre, { entity, to }: Renaming, facts: RenamingFacts): string {
    let [key, atMs] = [to, facts.committedAtMs];
    for (let count = 0; count < 100; count += 1) {
      const later = this.#renamings
        .filter((one) => isOf(one, scope, entity) && one.from === key)
        .filter((one) => one.atMs > atMs || (one.atMs === atMs && !facts.isToThere))
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (later === undefined) return key;
      [key, atMs] = [later.to, later.atMs];
    }
    return key;
  }

  #keepRenaming({ vendor, centre }: Centre, { entity, from, to }: Renaming, facts: RenamingFacts): void {
    const kept = { vendor, centre, entity, from, to, atMs: facts.committedAtMs };
    const isKnown = this.#renamings.some(
      (one) => isOf(one, kept, entity) && one.from === from && one.atMs === kept.atMs,
    );
    if (!isKnown) this.#renamings.push(kept);
  }

  /** As a person does it: closed to be tried again. The lane moves on. */
  retry(id: string): void {
    void this.heldTable.group.retry({ ids: [id] }, { by: 'ann' });
  }

  /** As an accepted enrol command does it: one is open at a time. The lane moves on. */
  openEnrolment(key: LaneKey, enrolment: Enrolment): void {
    this.#enrolments.set(`${toLane(key)} ${key.centre}`, enrolment);
    this.#advance(key, this.#versions.get(toLane(key)) ?? 0);
  }

  #waitsOf(ident: string): Pick<LaneState, 'postponed'> {
    const postponed = this.postponedOf(ident);
    return postponed.length === 0 ? {} : { postponed };
  }

  #isSending(lane: Lane): boolean {
    return this.#openOf(lane).some(({ state, worker }) => state === 'sending' && this.#isWorkerAlive(worker));
  }

  #failuresOf(lane: Lane): readonly CallFailure[] {
    const dayAgoMs = this.#nowMs() - 86_400_000;
    return (this.#failures.get(toLane(lane)) ?? [])
      .filter(({ atMs }) => atMs > dayAgoMs)
      .map(({ atMs: _atMs, ...failure }) => failure);
  }

  #countFailures(outcome: OutcomeRecord): void {
    if (outcome.failures.length === 0) return;
    const isOf = (one: CallFailure, { step, subject }: CallFailure): boolean =>
      one.step === step && one.subject === subject;
    const known = this.#failures.get(toLane(outcome)) ?? [];
    const kept = known.filter((one) => !outcome.failures.some((failure) => isOf(one, failure)));
    const counted = outcome.failures.filter(({ count }) => count > 0);
    this.#failures.set(toLane(outcome), [
      ...kept,
      ...counted.map((one) => ({ ...one, atMs: this.#nowMs() })),
    ]);
  }

  #openOf(lane: Lane): readonly StoredIntent[] {
    return this.#openIntents.get(toLane(lane)) ?? [];
  }

  #sharedLinks(query: LaneQuery): Link[] {
    const { officers, organisations } = query;
    return [
      ...new Set(officers).values().map((code) => this.linkTable.findByPicsId(query, 'officer', code)),
      ...new Set(organisations)
        .values()
        .map((code) => this.linkTable.findByPicsId(query, 'organisation', code)),
    ].filter((link) => link !== undefined);
  }

  #shadowsFor(query: LaneQuery, links: readonly Link[], shared: readonly Link[]): Shadow[] {
    const linked = links.filter(({ kind }) => kind === 'learner').map(({ vendorId }) => vendorId);
    const own = this.shadowTable.ofLearners(query, [...query.learnerVendorIds, ...linked]);
    if (!query.ident.includes(':')) return [...own];
    const owners = shared.flatMap(({ vendorId }) =>
      ['assessor', 'placement'].flatMap((entity) => this.shadowTable.find(query, entity, vendorId) ?? []),
    );
    return [...own, ...owners];
  }

  #renameIntents(from: Lane, to: Lane, subjectOf: (subject: string) => string): void {
    const moved = this.#openOf(from);
    if (moved.length === 0) return;
    this.#openIntents.delete(toLane(from));
    for (const intent of moved)
      Object.assign(intent, { ident: to.ident, subject: subjectOf(intent.subject) });
    this.#openIntents.set(
      toLane(to),
      [...this.#openOf(to), ...moved].sort((a, b) => Number(a.id) - Number(b.id)),
    );
  }

  #mayContinue(intent: StoredIntent | undefined, worker: number): boolean {
    if (intent === undefined) return false;
    return intent.state !== 'sending' || intent.worker === worker || !this.#isWorkerAlive(intent.worker);
  }

  #move(intent: StoredIntent, state: Intent['state']): void {
    Object.assign(intent, { state });
    if (openStates.includes(state)) return;
    const rest = this.#openOf(intent).filter((one) => one !== intent);
    if (rest.length === 0) this.#openIntents.delete(toLane(intent));
    else this.#openIntents.set(toLane(intent), rest);
  }

  #advance(lane: Lane, expected: number): number | null {
    const version = this.#versions.get(toLane(lane)) ?? 0;
    if (version !== expected) return null;
    this.#versions.set(toLane(lane), version + 1);
    return version + 1;
  }

  #advanceEnrolment(outcome: OutcomeRecord): void {
    const key = `${toLane(outcome)} ${outcome.centre}`;
    const known = this.#enrolments.get(key);
    if (known === undefined) return;
    if (outcome.concludesEnrolment) this.#enrolments.delete(key);
    else if (outcome.milestone !== null && !known.milestones.includes(outcome.milestone))
      this.#enrolments.set(key, { ...known, milestones: [...known.milestones, outcome.milestone] });
  }
}

function toLane({ vendor, ident }: Lane): string {
  return `${vendor} ${ident}`;
}

function isOf(one: Centre & Renaming, { vendor, centre }: Centre, entity: Renaming['entity']): boolean {
  return one.vendor === vendor && one.centre === centre && one.entity === entity;
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Centre = Pick<LaneKey, 'vendor' | 'centre'>;

/** What is known of fields in memory: proven, or lost by so many records (D-16). */
export class MemoryFields {
  readonly #found = new Map<string, { isKept: boolean; lost: Set<string> }>();

  supportOf(centre: Centre): Record<string, boolean> {
    const known = this.listOf(centre).filter(({ isKept, lostCount }) => isKept || lostCount >= 3);
    return Object.fromEntries(known.map(({ field, isKept }) => [field, isKept]));
  }

  listOf({ vendor, centre }: Centre) {
    const prefix = `${vendor} ${centre} `;
    return [...this.#found]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, { isKept, lost }]) => ({ field: key.slice(prefix.length), isKept, lostCount: lost.size }))
      .sort((a, b) => inOrder(a.field, b.field));
  }

  keep({ vendor, centre }: Centre, { field, isKept, record }: CentreFinding): void {
    const key = `${vendor} ${centre} ${field}`;
    const known = this.#found.get(key) ?? { isKept: false, lost: new Set() };
    if (isKept) this.#found.set(key, { isKept, lost: new Set() });
    else if (!known.isKept)
      this.#found.set(key, { isKept, lost: new Set([...known.lost, record].slice(0, 3)) });
  }

  forget({ vendor, centre }: Centre, field: string): boolean {
    return this.#found.delete(`${vendor} ${centre} ${field}`);
  }
}
