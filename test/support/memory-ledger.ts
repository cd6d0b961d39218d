import type {
  HeldItem,
  Intent,
  IntentRecord,
  IntentRecorded,
  JournalEntry,
  LaneQuery,
  LaneState,
  Ledger,
  OutcomeRecord,
  OutcomeRecorded,
} from '../../src/core/ledger.ts';
import type { Link, NewLink } from '../../src/core/link.ts';
import type { Shadow } from '../../src/core/observation.ts';

type StoredIntent = Omit<Intent, 'isWorkerAlive'>;

/** The sync database in memory, for flows and simulations; held to the same claims as the real one. */
export class MemoryLedger implements Ledger {
  readonly versions = new Map<string, number>();
  readonly intents: StoredIntent[] = [];
  readonly links: Link[] = [];
  readonly shadows = new Map<string, Shadow>();
  readonly held = new Map<string, HeldItem>();
  readonly journal: (JournalEntry & { ident: string })[] = [];
  readonly fieldSupport: Record<string, boolean> = {};
  readonly #isWorkerAlive: (worker: number) => boolean;
  readonly #nowMs: () => number;

  constructor({ isWorkerAlive, nowMs }: { isWorkerAlive: (worker: number) => boolean; nowMs: () => number }) {
    this.#isWorkerAlive = isWorkerAlive;
    this.#nowMs = nowMs;
  }

  async readLane({ ident, officers, learnerVendorIds }: LaneQuery): Promise<LaneState> {
    const links = this.links.filter(
      (link) => link.ident === ident || (link.kind === 'officer' && officers.includes(link.picsId)),
    );
    const vendorIds = [
      ...learnerVendorIds,
      ...links.filter(({ kind }) => kind === 'learner').map(({ vendorId }) => vendorId),
    ];
    return {
      version: this.versions.get(ident) ?? 0,
      openIntents: this.intents
        .filter(
          (intent) => intent.ident === ident && ['planned', 'sending', 'unknown'].includes(intent.state),
        )
        .map((intent) => ({ ...intent, isWorkerAlive: this.#isWorkerAlive(intent.worker) })),
      links,
      shadows: [...this.shadows.values()].filter(
        ({ learnerVendorId, vendorId, entity }) =>
          (learnerVendorId !== null && vendorIds.includes(learnerVendorId)) ||
          (entity === 'learner' && vendorIds.includes(vendorId)),
      ),
      held: [...this.held.values()].filter((item) => item.ident === ident),
      fieldSupport: { ...this.fieldSupport },
    };
  }

  async recordIntent(record: IntentRecord): Promise<IntentRecorded> {
    const version = this.#advance(record.ident, record.version);
    if (version === null) return { kind: 'conflict' };
    const known = this.intents.find(({ id }) => id === record.intentId);
    const { vendor, ident, step, effect, subject, naturalKey, worker, requestHash } = record;
    const sent = { vendor, ident, step, effect, subject, naturalKey, worker, requestHash };
    if (known !== undefined) {
      Object.assign(known, sent, {
        state: 'sending',
        attempt: known.attempt + 1,
        startedAtMs: this.#nowMs(),
      });
      return { kind: 'recorded', intentId: known.id, version };
    }
    const id = String(this.intents.length + 1);
    this.intents.push({ ...sent, id, state: 'sending', attempt: 1, startedAtMs: this.#nowMs() });
    return { kind: 'recorded', intentId: id, version };
  }

  async recordOutcome(outcome: OutcomeRecord): Promise<OutcomeRecorded> {
    const version = this.#advance(outcome.ident, outcome.version);
    if (version === null) return { kind: 'conflict' };
    const intent = this.intents.find(({ id }) => id === outcome.intentId);
    if (intent !== undefined && outcome.state !== null) Object.assign(intent, { state: outcome.state });
    for (const shadow of outcome.shadows) this.#keep(shadow);
    const conflictingLinks = outcome.links.filter((link) => !this.#link(link));
    for (const { field, isKept } of outcome.findings) this.fieldSupport[field] = isKept;
    for (const subject of outcome.released) this.held.delete(`${outcome.ident} ${subject}`);
    for (const hold of outcome.holds) this.#hold(outcome, hold);
    for (const entry of outcome.journal) this.journal.push({ ...entry, ident: outcome.ident });
    return { kind: 'recorded', version, conflictingLinks };
  }

  #advance(ident: string, expected: number): number | null {
    const version = this.versions.get(ident) ?? 0;
    if (version !== expected) return null;
    this.versions.set(ident, version + 1);
    return version + 1;
  }

  #keep(shadow: Shadow): void {
    const key = `${shadow.entity} ${shadow.vendorId}`;
    const known = this.shadows.get(key);
    if (known === undefined || known.observedAtMs <= shadow.observedAtMs) this.shadows.set(key, shadow);
  }

  #link(link: NewLink): boolean {
    const clash = this.links.find(
      ({ kind, picsId, vendorId }) =>
        kind === link.kind && (picsId === link.picsId || vendorId === link.vendorId),
    );
    if (clash === undefined) this.links.push({ ...link, copiedAtMs: null });
    return clash === undefined || (clash.picsId === link.picsId && clash.vendorId === link.vendorId);
  }

  #hold({ vendor, ident }: OutcomeRecord, hold: OutcomeRecord['holds'][number]): void {
    const key = `${ident} ${hold.subject}`;
    const known = this.held.get(key);
    const item = { id: known?.id ?? String(this.held.size + 1), sinceMs: known?.sinceMs ?? this.#nowMs() };
    this.held.set(key, { ...hold, ...item, vendor, ident, tries: known?.tries ?? 0 });
  }
}
