import type { Learner } from '../../src/domain/learner.ts';
import type { Intent, LaneState } from '../../src/domain/ledger.ts';
import type { Shadow } from '../../src/domain/observation.ts';
import type { Call, CallResult, Done, Evaluation, NextStep, Resolution } from '../../src/domain/step.ts';
import type { LearnerView } from '../../src/domain/view.ts';
import type { OpenVendor } from '../../src/vendors/vendor.ts';
import type { createRandom } from '../support/random.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';

/** What the vendor lived through, in its own order: the judge of every claim. */
export type VendorEvent = {
  readonly kind: 'create' | 'update';
  readonly key: string;
  readonly id: string;
  readonly value: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
};

/** How often, of 1, each thing goes wrong with a call. */
export type Faults = {
  readonly refusedConnection: number;
  /** The line is cut, before or after the vendor is done. */
  readonly doneThenCut: number;
  readonly cutBeforeDone: number;
  readonly throttled: number;
  /** The vendor takes up to twice as long as a client waits. */
  readonly slow: number;
};

/** How long a client waits for an answer, and how far the search lags behind at most. */
export const callTimeoutMs = 6_000;
export const searchLagMs = 1_000;

type Record = { readonly id: string; value: string; readonly createdAtMs: number };
type Setting = {
  readonly clock: VirtualClock;
  readonly random: ReturnType<typeof createRandom>;
  readonly faults: Faults;
  readonly isSearchable: boolean;
};

/**
 * A vendor small enough to be judged: each review of PICS is one record with one value, created once, then updated.
 *
 * It has no idempotency, like the real ones: a create that is sent twice makes two records. What it has received it
 * does, at its own time, whether or not the client still waits.
 */
export class ToyVendor {
  readonly history: VendorEvent[] = [];
  readonly #records = new Map<string, Record[]>();
  readonly #setting: Setting;
  #lastId = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** Natural keys to values; a key with two records shows both. */
  get state(): { [key: string]: string[] } {
    return Object.fromEntries(
      [...this.#records].map(([key, records]) => [key, records.map(({ value }) => value)]),
    );
  }

  readonly execute = async (call: Call): Promise<CallResult> => {
    const { clock, random, faults } = this.#setting;
    const startedAtMs = clock.nowMs();
    await clock.sleep(random.below(40));
    const dice = random.chance();
    let limit = faults.refusedConnection;
    if (dice < limit) return { kind: 'unreachable', detail: 'refused' };
    limit += faults.throttled;
    if (dice < limit) return { kind: 'throttled', detail: '429', retryAfterMs: 500 + random.below(3000) };
    const workMs = random.chance() < faults.slow ? random.below(2 * callTimeoutMs) : random.below(400);
    const answeredInMs = workMs + random.below(40);
    limit += faults.cutBeforeDone;
    if (dice < limit) {
      await clock.sleep(random.below(Math.min(answeredInMs, callTimeoutMs) + 1));
      return { kind: 'unknown', detail: 'cut' };
    }
    const value = String(call.request['value']);
    if (value === 'poison') return { kind: 'rejected', code: 'VENDOR_REFUSED', detail: 'no such value' };
    const work = clock.sleep(workMs).then(() => this.#apply(call, value, startedAtMs));
    if (dice < limit + faults.doneThenCut) {
      await clock.sleep(random.below(Math.min(answeredInMs, callTimeoutMs) + 1));
      return { kind: 'unknown', detail: 'cut' };
    }
    await clock.sleep(Math.min(answeredInMs, callTimeoutMs));
    return answeredInMs > callTimeoutMs ? { kind: 'unknown', detail: 'timeout' } : work;
  };

  readonly resolve = async ({
    naturalKey,
    ident,
  }: Pick<Intent, 'naturalKey' | 'ident'>): Promise<Resolution> => {
    const { clock, random, isSearchable } = this.#setting;
    if (!isSearchable || naturalKey === null) return { kind: 'blind', policy: 'hold' };
    const lagMs = random.below(searchLagMs);
    await clock.sleep(random.below(60));
    if (random.chance() < 0.1) return { kind: 'unreachable', detail: 'refused' };
    const records = this.#records.get(naturalKey) ?? [];
    const [record, ...more] = records.filter(({ createdAtMs }) => clock.nowMs() - createdAtMs >= lagMs);
    if (record === undefined) return { kind: 'absent' };
    if (more.length > 0) return { kind: 'several', count: more.length + 1 };
    return { kind: 'found', done: toDone(naturalKey, ident, record, clock.nowMs()) };
  };

  #apply(call: Call, value: string, startedAtMs: number): Done {
    const key = String(call.request['key']);
    const kind = call.effect === 'create' ? 'create' : 'update';
    const records = this.#records.get(key) ?? [];
    if (kind === 'create') {
      this.#lastId += 1;
      const createdAtMs = this.#setting.clock.nowMs();
      this.#records.set(key, [...records, { id: String(this.#lastId), value, createdAtMs }]);
    }
    const record = this.#records.get(key)!.at(-1)!;
    record.value = value;
    const endedAtMs = this.#setting.clock.nowMs();
    this.history.push({ kind, key, id: record.id, value, startedAtMs, endedAtMs });
    return toDone(key, String(call.request['ident']), record, endedAtMs);
  }
}

function toDone(key: string, ident: string, { id, value }: Record, observedAtMs: number): Done {
  const at = { vendor: 'onefile', centre: '1' } as const;
  const shadow: Shadow = {
    ...at,
    entity: 'review',
    vendorId: id,
    learnerVendorId: `v${ident}`,
    record: { value },
    observedAtMs,
  };
  const link = { ...at, kind: 'review', picsId: key, vendorId: id, ident, how: 'created' } as const;
  return { kind: 'done', vendorId: id, observed: [], shadow: [shadow], links: [link], findings: [] };
}

/** A member that the test at hand does not use. */
function unused(): never {
  throw new Error('the toy vendor cannot do this');
}

/**
 * The toy as the product knows a vendor. It does what the engine and the handling of changes ask for: every call is
 * allowed at once and every change is irrelevant, unless the test says otherwise; all else throws.
 */
export function createToyVendor(known: Partial<OpenVendor> = {}): OpenVendor {
  return {
    name: 'onefile',
    title: 'Toy',
    centre: '1',
    address: 'http://toy.test',
    columns: { learner: 'oneFileId', review: 'oneFileId', activePortfolio: 'O' },
    tables: [],
    settleMs: 140_000,
    callsPerMinute: 300,
    endedBySettings: [],
    decideRelevance: () => ({ kind: 'irrelevant', rule: 'toy' }),
    isForeignWrite: () => false,
    vendorIdsOf: ({ ident }) => [`v${ident}`],
    evaluate: async (view) => evaluateToy(view),
    evaluateOwner: async () => ({ candidates: [], holds: [], notes: [] }),
    readKnowledge: unused,
    digestRecord: unused,
    reserveCall: async () => ({ waitedMs: 0 }),
    execute: unused,
    resolve: unused,
    readPage: unused,
    polling: {
      plans: [],
      dailyTime: { hour: 0, minute: 0 },
      mode: 'off',
      reviewTime: { entity: 'review', atMsField: 'atMs' },
      selectDaily: unused,
      afterRead: unused,
      ownerKindOf: () => null,
      matchOwners: () => ({ links: [], unclear: [] }),
      toMatchRecord: unused,
      publishesAll: unused,
      pushedOwners: [],
      readsOf: unused,
      readsOfOwner: unused,
      forecast: unused,
    },
    linking: {
      isShown: unused,
      searchOwners: unused,
      findRecord: unused,
      refreshCatalogue: unused,
      contradictionsOf: unused,
      crossedBy: unused,
    },
    enrolment: { ask: unused, refreshOffers: unused, correct: unused },
    close: async () => {},
    ...known,
  };
}

/** The toy's only rule: the vendor shall have each review with the value that PICS has. */
export function evaluateToy({ learner, lane }: LearnerView): Evaluation {
  return {
    candidates: learner.reviews.flatMap((review) => toStep(learner, lane, review)),
    holds: [],
    notes: [],
  };
}

function toStep({ ident }: Learner, lane: LaneState, review: Learner['reviews'][number]): NextStep[] {
  const value = review.proposedAt ?? '';
  const link = lane.links.find(({ kind, picsId }) => kind === 'review' && picsId === review.id);
  const shadow = lane.shadows.find(({ vendorId }) => vendorId === link?.vendorId);
  if (link !== undefined && shadow?.record['value'] === value) return [];
  const effect = link === undefined ? 'create' : 'update';
  const request = { key: review.id, ident, value };
  const call: Call = { name: effect, effect, subject: `review:${review.id}`, naturalKey: review.id, request };
  return [{ kind: 'call', call }];
}
