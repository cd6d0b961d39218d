import type { Enrolment } from '../../src/core/enrolment.ts';
import type {
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
} from '../../src/core/ledger.ts';
import type { ConflictingLink, Link, NewLink } from '../../src/core/link.ts';
import type { Shadow } from '../../src/core/observation.ts';
import { MemoryHeld } from './memory-held.ts';

type StoredIntent = Omit<Intent, 'isWorkerAlive'>;
type Lane = Pick<LaneKey, 'vendor' | 'ident'>;
type Scope = Pick<LaneKey, 'vendor' | 'centre'>;

const openStates: readonly string[] = ['planned', 'sending', 'unknown'];

/** The sync database in memory, for flows and simulations; held to the same claims as the real one. */
export class MemoryLedger implements Ledger {
  readonly intents: StoredIntent[] = [];
  readonly links: Link[] = [];
  readonly journal: (JournalEntry & { ident: string })[] = [];
  readonly #versions = new Map<string, number>();
  readonly #shadows = new Map<string, Shadow>();
  readonly #fieldSupport = new Map<string, Record<string, boolean>>();
  readonly #enrolments = new Map<string, Enrolment>();
  readonly #held: MemoryHeld;
  readonly #isWorkerAlive: (worker: number) => boolean;
  readonly #nowMs: () => number;

  constructor({ isWorkerAlive, nowMs }: { isWorkerAlive: (worker: number) => boolean; nowMs: () => number }) {
    this.#isWorkerAlive = isWorkerAlive;
    this.#nowMs = nowMs;
    this.#held = new MemoryHeld(nowMs);
  }

  /** What waits for a person, or was left by one. */
  get held(): readonly HeldItem[] {
    return this.#held.open;
  }

  get shadows(): readonly Shadow[] {
    return [...this.#shadows.values()];
  }

  async readLane(query: LaneQuery): Promise<LaneState> {
    const { vendor, centre, ident, officers, organisations, learnerVendorIds } = query;
    const isHere = (one: Scope): boolean => one.vendor === vendor && one.centre === centre;
    const isShared = ({ kind, picsId }: Link): boolean =>
      (kind === 'officer' && officers.includes(picsId)) ||
      (kind === 'organisation' && organisations.includes(picsId));
    const links = this.links.filter((link) => isHere(link) && (link.ident === ident || isShared(link)));
    const owned = links.filter(isShared).map(({ vendorId }) => vendorId);
    const isOwnerLane = ident.includes(':');
    const linked = links.filter(({ kind }) => kind === 'learner').map(({ vendorId }) => vendorId);
    const vendorIds = [...learnerVendorIds, ...linked];
    return {
      version: this.#versions.get(toLane(query)) ?? 0,
      openIntents: this.#openIntents(query).map((intent) => ({
        ...intent,
        isWorkerAlive: this.#isWorkerAlive(intent.worker),
      })),
      links: links.toSorted(by(({ kind, picsId }) => `${kind} ${picsId}`)),
      shadows: this.shadows
        .filter(isHere)
        .filter(
          ({ entity, vendorId, learnerVendorId }) =>
            vendorIds.includes(learnerVendorId ?? (entity === 'learner' ? vendorId : '')) ||
            (isOwnerLane && ['assessor', 'placement'].includes(entity) && owned.includes(vendorId)),
        )
        .toSorted(by(({ entity, vendorId }) => `${entity} ${vendorId}`)),
      held: this.#held.of(query),
      fieldSupport: { ...this.#fieldSupport.get(`${vendor} ${centre}`) },
      enrolment: this.#enrolments.get(`${toLane(query)} ${centre}`) ?? null,
    };
  }

  async recordIntent(record: IntentRecord): Promise<IntentRecorded> {
    const open = this.#openIntents(record);
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
    this.intents.push({ vendor, ident, step, effect, subject, naturalKey, ...now, id, attempt: 1 });
    return { kind: 'recorded', intentId: id, version };
  }

  async recordOutcome(outcome: OutcomeRecord): Promise<OutcomeRecorded> {
    const intent = this.#openIntents(outcome).find(({ id }) => id === outcome.intentId);
    if (outcome.intentId !== null && intent === undefined) return { kind: 'conflict' };
    const version = this.#advance(outcome, outcome.version);
    if (version === null) return { kind: 'conflict' };
    if (intent !== undefined && outcome.state !== null) Object.assign(intent, { state: outcome.state });
    for (const shadow of outcome.shadows) this.#keep(shadow);
    const inOrder = outcome.links.toSorted(
      by(({ kind, picsId, vendorId }) => `${kind} ${picsId} ${vendorId}`),
    );
    const refused = new Map<NewLink, ConflictingLink>();
    for (const link of inOrder) {
      const rival = this.#link(link);
      if (rival !== 'made') refused.set(link, { ...link, takenBy: rival });
    }
    if (![...refused.keys()].some(({ replaces }) => replaces !== undefined)) this.#unlink(outcome);
    this.#advanceEnrolment(outcome);
    const support = { ...this.#fieldSupport.get(`${outcome.vendor} ${outcome.centre}`) };
    for (const { field, isKept } of outcome.findings) support[field] = isKept;
    this.#fieldSupport.set(`${outcome.vendor} ${outcome.centre}`, support);
    this.#held.record(outcome);
    for (const entry of outcome.journal) this.journal.push({ ...entry, ident: outcome.ident });
    return {
      kind: 'recorded',
      version,
      conflictingLinks: outcome.links.flatMap((link) => refused.get(link) ?? []),
    };
  }

  /** As a person does it: closed to be tried again. The lane moves on. */
  retry(id: string): void {
    const item = this.#held.retry(id);
    if (item !== null) this.#advance(item, this.#versions.get(toLane(item)) ?? 0);
  }

  /** As an accepted enrol command does it: one is open at a time. The lane moves on. */
  openEnrolment(key: LaneKey, enrolment: Enrolment): void {
    this.#enrolments.set(`${toLane(key)} ${key.centre}`, enrolment);
    this.#advance(key, this.#versions.get(toLane(key)) ?? 0);
  }

  #openIntents({ vendor, ident }: Lane): StoredIntent[] {
    return this.intents.filter(
      (intent) => intent.vendor === vendor && intent.ident === ident && openStates.includes(intent.state),
    );
  }

  #mayContinue(intent: StoredIntent | undefined, worker: number): boolean {
    if (intent === undefined) return false;
    return intent.state !== 'sending' || intent.worker === worker || !this.#isWorkerAlive(intent.worker);
  }

  #advance(lane: Lane, expected: number): number | null {
    const version = this.#versions.get(toLane(lane)) ?? 0;
    if (version !== expected) return null;
    this.#versions.set(toLane(lane), version + 1);
    return version + 1;
  }

  #keep(shadow: Shadow): void {
    const key = [shadow.vendor, shadow.centre, shadow.entity, shadow.vendorId].join(' ');
    const known = this.#shadows.get(key);
    if (known === undefined || known.observedAtMs <= shadow.observedAtMs) this.#shadows.set(key, shadow);
  }

  /** `made`, or who has the vendor id instead (null: nobody, this record has another). */
  #link({ replaces, ...link }: NewLink): 'made' | string | null {
    const rivals = this.links.filter(
      ({ vendor, centre, kind }) => vendor === link.vendor && centre === link.centre && kind === link.kind,
    );
    const holder = rivals.find(({ vendorId }) => vendorId === link.vendorId);
    if (holder !== undefined) return holder.picsId === link.picsId ? 'made' : holder.picsId;
    const own = rivals.find(({ picsId }) => picsId === link.picsId);
    if (own !== undefined && own.vendorId !== replaces) return null;
    if (own !== undefined) this.links.splice(this.links.indexOf(own), 1);
    else if (replaces !== undefined) return null;
    this.links.push({ ...link, copiedAtMs: null });
    return 'made';
  }

  #unlink({ vendor, centre, unlinks }: OutcomeRecord): void {
    for (const { kind, picsId } of unlinks) {
      const index = this.links.findIndex(
        (one) => one.vendor === vendor && one.centre === centre && one.kind === kind && one.picsId === picsId,
      );
      if (index !== -1) this.links.splice(index, 1);
    }
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

function by<T>(toKey: (one: T) => string): (a: T, b: T) => number {
  return (a, b) => (toKey(a) < toKey(b) ? -1 : 1);
}
