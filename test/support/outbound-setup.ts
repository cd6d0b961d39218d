import type { Intent } from '../../src/domain/ledger.ts';
import type { NewLink } from '../../src/domain/link.ts';
import type { VendorFailure } from '../../src/domain/outcome.ts';
import type { Clock, Pics } from '../../src/domain/ports.ts';
import type { Priority } from '../../src/domain/priority.ts';
import type { Call, CallContext, CallResult, Done, Evaluation, Resolution } from '../../src/domain/step.ts';
import type { VendorName } from '../../src/domain/vendor-name.ts';
import type { LearnerView, OwnerView } from '../../src/domain/view.ts';
import type { Settled, Work } from '../../src/domain/work.ts';
import { defaultEngineOptions, type EngineOptions } from '../../src/engine/desk.ts';
import { createEngine } from '../../src/engine/engine.ts';
import type { OpenVendor } from '../../src/vendors/vendor.ts';
import { createVirtualClock } from '../memory/clock.ts';
import { MemoryMeter } from '../memory/meter.ts';
import { MemoryPics } from '../memory/pics.ts';
import { MemoryStore } from '../memory/store.ts';
import { MemoryTopics } from '../memory/topics.ts';
import { createToyVendor, evaluateToy } from '../simulation/toy-vendor.ts';
import { buildLearner, buildReview } from './learner.ts';
import type { MemoryLedger } from './memory-ledger.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What the vendor says to a call: at once, or when it gets round to it. */
export type Answer = CallResult | ((call: Call) => CallResult | Promise<CallResult>);

export type OutboundSetup = {
  /** Reviews of learner 00017 in PICS, by id, with the one value that the toy vendor shall have. */
  readonly reviews?: Readonly<Record<string, string>>;
  /** One call after the other; afterwards everything is done as asked. */
  readonly answers?: readonly Answer[];
  readonly resolutions?: readonly Resolution[];
  readonly evaluate?: (view: LearnerView) => Evaluation;
  readonly evaluateOwner?: (view: OwnerView) => Evaluation;
  readonly options?: Partial<EngineOptions>;
  /** In the place of a reading of PICS as it is. */
  readonly readLearner?: Pics['readLearner'];
  /** In the place of a right to call that is given at once. */
  readonly reserveCall?: (priority: Priority) => Promise<{ readonly waitedMs: number }>;
};

export const ident = '00017';
const at = { vendor: 'onefile', centre: '1' } as const;

/** Says what is measured in the order in which it happens, between everything else that is done. */
class SpokenMeter extends MemoryMeter {
  readonly #did: string[];

  constructor(did: string[]) {
    super();
    this.#did = did;
  }

  override delivered(vendor: VendorName, latencyMs: number): void {
    super.delivered(vendor, latencyMs);
    this.#did.push(`delivered after ${latencyMs}`);
  }

  override noted(vendor: VendorName, code: string): void {
    super.noted(vendor, code);
    this.#did.push(`note ${code}`);
  }

  override paused(vendor: VendorName, reason: string | null): void {
    super.paused(vendor, reason);
    this.#did.push(`paused ${reason}`);
  }
}

/** An engine with a vendor that is given its answers, on a clock that jumps, and a record of all that was done. */
export function setUpOutbound(setup: OutboundSetup = {}) {
  /** In the order in which it was done. */
  const did: string[] = [];
  const { clock: jumping, virtual: clock } = createVirtualClock();
  const stop = new AbortController();
  const store = new MemoryStore(jumping);
  // The first to join is worker 1: the engine.
  void store.joinAsWorker();
  const { ledger } = store;
  const pics = new MemoryPics([], jumping);
  const plan = (reviewId: string, value: string, of = ident): void => {
    const learner = pics.learners.get(of) ?? buildLearner({ ident: of });
    const others = learner.reviews.filter(({ id }) => id !== reviewId);
    const reviews = [...others, buildReview({ id: reviewId, proposedAt: value })];
    pics.setLearner({ ...learner, reviews });
  };
  for (const [id, value] of Object.entries(setup.reviews ?? { r1: 'monday' })) plan(id, value);
  const topics = new MemoryTopics(jumping);
  topics.onPublish = (_topic, item) => {
    if (!('kind' in item)) return;
    if (item.kind === 'observation')
      did.push(`publish ${item.observation.entity} ${item.observation.vendorId}`);
    if (item.kind === 'link') did.push(`announce ${item.link.kind} ${item.link.picsId}`);
  };
  const sleep: Clock['sleep'] = (ms, signal) => {
    did.push(`sleep ${ms}`);
    return jumping.sleep(ms, signal);
  };
  const meter = new SpokenMeter(did);
  const contexts: CallContext[] = [];
  let aheadMs = 0;
  const engine = createEngine(
    {
      vendor: createScriptedVendor(setup, { clock, did, contexts }),
      pics: {
        readLearner: async (query) => {
          did.push(['read PICS', query.ident, ...query.txIds].join(' '));
          return (setup.readLearner ?? pics.readLearner)(query);
        },
        readOwner: async (query) => {
          did.push(`read ${query.key.kind} ${query.key.code}`);
          return pics.readOwner(query);
        },
      },
      ledger,
      links: store.links,
      postponed: store.postponed,
      vendors: store.vendors,
      topics,
      clock: { ...jumping, nowMs: () => jumping.nowMs() + aheadMs, sleep },
      meter,
      worker: 1,
    },
    { ...defaultEngineOptions, ...setup.options },
    stop.signal,
  );
  const blank = { ident, demand: 'change', priority: 'live', txIds: [], committedAtMs: null } as const;
  const submit = (work: Partial<Work> = {}): Promise<Settled> => engine.submit({ ...blank, ...work });
  return {
    clock,
    store,
    ledger,
    pics,
    topics,
    did,
    plan,
    engine,
    submit,
    meter,
    /** How each call was made. */
    contexts,
    /** Puts the clock of the engine's process so far ahead of that of the database. */
    offset: (ms: number) => {
      aheadMs = ms;
    },
    stop: () => stop.abort(new Error('stopped')),
    /** Asks for a look and lets time pass until it is over. */
    settle: (work: Partial<Work> = {}) => clock.runUntil(submit(work)),
    /** What was done of these kinds, in order: `call`, `sleep`, … */
    done: (...kinds: readonly string[]) =>
      did.filter((line) => kinds.some((kind) => line.startsWith(`${kind} `))),
    intents: () => ledger.intents.map(({ step, subject, state, attempt }) => [step, subject, state, attempt]),
    held: () => ledger.held.map(({ subject, code }) => [subject, code]),
    links: () => ledger.links.map(({ kind, picsId, vendorId }) => [kind, picsId, vendorId]),
  };
}

type Script = { readonly clock: VirtualClock; readonly did: string[]; readonly contexts: CallContext[] };

function createScriptedVendor(setup: OutboundSetup, { clock, did, contexts }: Script): OpenVendor {
  const answers = [...(setup.answers ?? [])];
  const resolutions = [...(setup.resolutions ?? [])];
  const { evaluate = evaluateToy, evaluateOwner = () => ({ candidates: [], holds: [], notes: [] }) } = setup;
  return createToyVendor({
    evaluate: async (view) => evaluate(view),
    evaluateOwner: async (view) => evaluateOwner(view),
    reserveCall: async (priority) => {
      did.push(`reserve ${priority}`);
      return (await setup.reserveCall?.(priority)) ?? { waitedMs: 0 };
    },
    execute: async (call, context) => {
      contexts.push(context);
      did.push(`call ${call.name} ${call.subject}`);
      const answer = answers.shift() ?? ((asked: Call) => toDone(asked, clock.nowMs()));
      return typeof answer === 'function' ? answer(call) : answer;
    },
    resolve: async (intent) => {
      did.push(`look up ${intent.step} ${intent.subject}`);
      return resolutions.shift() ?? { kind: 'absent' };
    },
  });
}

/** The vendor did what the toy's call asks for: record `n-<key>`. */
export function toDone(call: Pick<Call, 'request'>, observedAtMs = 0, change: Partial<Done> = {}): Done {
  const key = String(call.request['key']);
  const vendorId = `n-${key}`;
  const of = String(call.request['ident']);
  const record = { value: call.request['value'] ?? null };
  const shadow = { ...at, entity: 'review', vendorId, learnerVendorId: `v${of}`, record, observedAtMs };
  const link: NewLink = { ...at, kind: 'review', picsId: key, vendorId, ident: of, how: 'created' };
  return { kind: 'done', vendorId, observed: [], findings: [], shadow: [shadow], links: [link], ...change };
}

/** An intent that another process has left in the ledger. */
export async function leaveIntent(
  ledger: MemoryLedger,
  change: Partial<Pick<Intent, 'step' | 'effect' | 'subject' | 'worker' | 'naturalKey'>> = {},
): Promise<string> {
  const key = { ...at, ident };
  const { version } = await ledger.readLane({
    ...key,
    officers: [],
    organisations: [],
    learnerVendorIds: [],
  });
  const what = { step: 'create', effect: 'create', subject: 'review:r1', naturalKey: 'r1' } as const;
  const recorded = await ledger.recordIntent({
    ...key,
    ...what,
    version,
    worker: 2,
    requestHash: 'h',
    intentId: null,
    ...change,
  });
  if (recorded.kind === 'conflict') throw new Error('the intent was not recorded');
  return recorded.intentId;
}

export const lost: VendorFailure = { kind: 'unknown', detail: 'no answer' };
export const unreachable: VendorFailure = { kind: 'unreachable', detail: 'refused' };
export const refusal: VendorFailure = { kind: 'rejected', code: 'VENDOR_REFUSED', detail: 'no such value' };
export const throttled = (retryAfterMs: number | null): VendorFailure => ({
  kind: 'throttled',
  detail: '429',
  retryAfterMs,
});
