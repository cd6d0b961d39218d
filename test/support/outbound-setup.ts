import { digestOf } from '../../src/domain/digest.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { Intent } from '../../src/domain/ledger.ts';
import type { NewLink } from '../../src/domain/link.ts';
import type { VendorFailure } from '../../src/domain/outcome.ts';
import type { Owner } from '../../src/domain/owner.ts';
import type { Call, CallResult, Done, Resolution } from '../../src/domain/step.ts';
import type { LearnerView, OwnerView } from '../../src/domain/view.ts';
import type { Settled, Work } from '../../src/domain/work.ts';
import {
  defaultEngineOptions,
  type EngineOptions,
  type OutboundEffects,
  type VendorSide,
} from '../../src/engine/effects.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { evaluateToy } from '../simulation/toy-vendor.ts';
import { buildLearner, buildReview } from './learner.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What the vendor says to a call: at once, or when it gets round to it. */
export type Answer = CallResult | ((call: Call) => CallResult | Promise<CallResult>);

export type OutboundSetup = {
  /** Reviews of learner 00017 in PICS, by id, with the one value that the toy vendor shall have. */
  readonly reviews?: Readonly<Record<string, string>>;
  /** One call after the other; afterwards everything is done as asked. */
  readonly answers?: readonly Answer[];
  readonly resolutions?: readonly Resolution[];
  readonly evaluate?: (view: LearnerView<null, null>) => ReturnType<typeof evaluateToy>;
  readonly evaluateOwner?: (view: OwnerView<null, null>) => ReturnType<typeof evaluateToy>;
  readonly options?: Partial<EngineOptions>;
  readonly effects?: (clock: VirtualClock) => Partial<OutboundEffects<null, null>>;
};

export const ident = '00017';
const at = { vendor: 'onefile', centre: '1' } as const;

/** An engine with a vendor that is told what to answer, on a clock that jumps, and a record of all that was done. */
export function setUpOutbound(setup: OutboundSetup = {}) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const living = new Set([1]);
  const ledger = new MemoryLedger({ isWorkerAlive: (worker) => living.has(worker), nowMs: clock.nowMs });
  const pics = new Map<string, Learner>();
  /** By lane. */
  const owners = new Map<string, Owner>();
  /** In the order in which it was done. */
  const did: string[] = [];
  const plan = (reviewId: string, value: string, of = ident): void => {
    const learner = pics.get(of) ?? buildLearner({ ident: of });
    const others = learner.reviews.filter(({ id }) => id !== reviewId);
    const reviews = [...others, buildReview({ id: reviewId, proposedAt: value })];
    pics.set(of, { ...learner, reviews });
  };
  for (const [id, value] of Object.entries(setup.reviews ?? { r1: 'monday' })) plan(id, value);
  const [answers, resolutions] = [[...(setup.answers ?? [])], [...(setup.resolutions ?? [])]];
  const vendor: VendorSide<null, null> = {
    ...{ name: 'onefile', centre: '1', settings: null, readCentre: async () => null },
    toVendorIds: ({ ident: of }) => [`v${of}`],
    evaluate: setup.evaluate ?? evaluateToy,
    evaluateOwner: setup.evaluateOwner ?? (() => ({ candidates: [], holds: [], notes: [] })),
    execute: async (call) => {
      did.push(`call ${call.name} ${call.subject}`);
      const answer = answers.shift() ?? ((asked: Call) => toDone(asked, clock.nowMs()));
      return typeof answer === 'function' ? answer(call) : answer;
    },
    resolve: async (intent) => {
      did.push(`look up ${intent.step} ${intent.subject}`);
      return resolutions.shift() ?? { kind: 'absent' };
    },
  };
  const effects: OutboundEffects<null, null> = {
    ...{ vendor, ledger, worker: 1, digest: digestOf, nowMs: clock.nowMs, chance: () => 0.5 },
    readLearner: async ({ ident: of, txIds }) => {
      did.push(['read PICS', of, ...txIds].join(' '));
      return pics.get(of) ?? null;
    },
    readOwner: async ({ key }) => {
      did.push(`read ${key.kind} ${key.code}`);
      return owners.get(`${key.kind}:${key.code}`) ?? null;
    },
    reserveCall: async (priority) => {
      did.push(`reserve ${priority}`);
      return { waitedMs: 0 };
    },
    publishObservations: async (observations) => {
      for (const { entity, vendorId } of observations) did.push(`publish ${entity} ${vendorId}`);
    },
    publishLinks: async (links) => {
      for (const { kind, picsId } of links) did.push(`announce ${kind} ${picsId}`);
    },
    sleep: (ms, signal) => {
      did.push(`sleep ${ms}`);
      return clock.sleep(ms, signal);
    },
    meter: {
      called: () => {},
      delivered: (latencyMs) => did.push(`delivered after ${latencyMs}`),
      noted: (code) => did.push(`note ${code}`),
      paused: (reason) => did.push(`paused ${reason}`),
    },
    ...setup.effects?.(clock),
  };
  const options: EngineOptions = { ...defaultEngineOptions, ...setup.options };
  const engine = createEngine(effects, options, stop.signal);
  const submit = (work: Partial<Work> = {}): Promise<Settled> =>
    engine.submit({
      ...{ ident, demand: 'change', priority: 'live', txIds: [] },
      committedAtMs: null,
      ...work,
    });
  return {
    ...{ clock, ledger, pics, owners, did, plan, effects, engine, submit, living },
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

/** The vendor did what the toy's call asks for: record `n-<key>`. */
export function toDone(call: Pick<Call, 'request'>, observedAtMs = 0, change: Partial<Done> = {}): Done {
  const key = String(call.request['key']);
  const vendorId = `n-${key}`;
  const of = String(call.request['ident']);
  const record = { value: call.request['value'] ?? null };
  const shadow = { ...at, entity: 'review', vendorId, learnerVendorId: `v${of}`, record, observedAtMs };
  const link: NewLink = { ...at, kind: 'review', picsId: key, vendorId, ident: of, how: 'created' };
  const nothing = { observed: [], findings: [] };
  return { kind: 'done', vendorId, ...nothing, shadow: [shadow], links: [link], ...change };
}

/** An intent that somebody has left in the ledger. */
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
    ...{ ...key, version, ...what, worker: 2, requestHash: 'h', intentId: null },
    ...change,
  });
  if (recorded.kind === 'conflict') throw new Error('the intent was not recorded');
  return recorded.intentId;
}

export const lost: VendorFailure = { kind: 'unknown', detail: 'no answer' };
export const unreachable: VendorFailure = { kind: 'unreachable', detail: 'refused' };
export const refusal: VendorFailure = { kind: 'rejected', code: 'VENDOR_REFUSED', detail: 'no such value' };
export const throttled = (retryAfterMs: number | null): VendorFailure => ({
  ...{ kind: 'throttled', detail: '429', retryAfterMs },
});
