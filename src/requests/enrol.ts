import type { EnrolmentChoices, EnrolmentPlan, Partner, PlanFault } from '../domain/enrolment.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import type { Link } from '../domain/link.ts';
import { toMessage } from '../domain/messages.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import type { OwnerKind } from '../domain/owner.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import type { Settled, Work } from '../domain/work.ts';
import { toHeldLine } from './refresh.ts';
import {
  type AskEffects,
  askVendor,
  type HandleCommand,
  toDone,
  toFailed,
  toFullName,
  toHeld,
  toNoLearner,
  toPayloadText,
  toRefused,
  toTxIds,
} from './request.ts';

/** What the rules look at: the learner, and the links of its lane. */
export type EnrolmentView = { readonly learner: Learner; readonly links: readonly Link[] };

export type PlanEffects<Ask, Facts extends object, Offer> = AskEffects & {
  readonly readLinks: (learner: Learner) => Promise<readonly Link[]>;
  /** Which facts are needed, or why it cannot be. */
  readonly askFor: (
    view: EnrolmentView,
  ) => Promise<
    { readonly kind: 'ask'; readonly ask: Ask } | { readonly kind: 'refused'; readonly fault: PlanFault }
  >;
  readonly readFacts: (ask: Ask) => Promise<Facts | VendorFailure>;
  /** What the vendor offers, as it was last read. */
  readonly readOffers: () => Promise<readonly Offer[]>;
  /** The same read afresh, unless that was done a moment ago: then null. */
  readonly refreshOffers: () => Promise<readonly Offer[] | VendorFailure | null>;
  readonly plan: (
    view: EnrolmentView & {
      readonly facts: Facts;
      readonly offers: readonly Offer[];
      readonly choices: EnrolmentChoices;
    },
  ) => Promise<EnrolmentPlan>;
};

export type Planned =
  | { readonly kind: 'planned'; readonly plan: EnrolmentPlan }
  /** Before anything was asked. */
  | { readonly kind: 'refused'; readonly fault: PlanFault }
  /** The vendor could not be asked. */
  | { readonly kind: 'failed'; readonly answer: Answer };

/**
 * Finds out what an enrolment would do (OF-11, OF-12): asks the vendor and writes nothing anywhere.
 *
 * A reference that the list of offers does not know may be new: the list is read once more before it counts as
 * unavailable. When that fails the old list stands (OF-18).
 */
export async function planEnrolment<Ask, Facts extends object, Offer>(
  effects: PlanEffects<Ask, Facts, Offer>,
  learner: Learner,
  choices: EnrolmentChoices,
): Promise<Planned> {
  const view = { learner, links: await effects.readLinks(learner) };
  const asked = await effects.askFor(view);
  if (asked.kind === 'refused') return asked;
  const facts = await askVendor(effects, () => effects.readFacts(asked.ask));
  if (facts.kind === 'failed') return facts;
  const given = { ...view, facts: facts.value, choices };
  const known = await effects.readOffers();
  const plan = await effects.plan({ ...given, offers: known });
  const mayBeNew = known.length === 0 || plan.qualifications.some(({ state }) => state === 'unavailable');
  if (!mayBeNew) return { kind: 'planned', plan };
  const offers = await askVendor(effects, async () => (await effects.refreshOffers()) ?? known);
  if (offers.kind === 'failed') return known.length === 0 ? offers : { kind: 'planned', plan };
  return { kind: 'planned', plan: await effects.plan({ ...given, offers: offers.value }) };
}

/** What a person decided, as the request carries it. */
export function toChoices({ payload }: Pick<CommandRequest, 'payload'>): EnrolmentChoices {
  return {
    centre: toPayloadText(payload, 'centre'),
    pathways: toPathways(payload['pathways']),
    createAnyway: payload['createAnyway'] === true,
  };
}

export function toPathways(given: Json | undefined): EnrolmentChoices['pathways'] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return {};
  const texts = given as JsonObject;
  return Object.fromEntries(
    Object.keys(texts).flatMap((reference) => {
      const id = toPayloadText(texts, reference);
      return id === null ? [] : [[reference, id]];
    }),
  );
}

export type PreviewEffects<Ask, Facts extends object, Offer> = PlanEffects<Ask, Facts, Offer> & {
  readonly vendor: string;
  readonly readLearner: (query: { ident: string; txIds: readonly number[] }) => Promise<Learner | null>;
};

/** OF-12: what an enrolment would create, link and leave out, and what is to be chosen. Nothing is sent or kept. */
export function createPreview<Ask, Facts extends object, Offer>(
  effects: PreviewEffects<Ask, Facts, Offer>,
): HandleCommand {
  return async (request, begin) => {
    const { ident } = request;
    const learner = ident === null ? null : await effects.readLearner({ ident, txIds: toTxIds(request) });
    if (learner === null) return toNoLearner(ident);
    await begin();
    const planned = await planEnrolment(effects, learner, toChoices(request));
    if (planned.kind === 'failed') return planned.answer;
    if (planned.kind === 'refused') return toPlanRefusal(planned.fault, learner);
    const { refusal } = planned.plan;
    // The other reasons are part of the preview: it is there to show them.
    if (refusal?.code === 'ALREADY_LINKED') return toPlanRefusal(refusal, learner);
    return toDone(toPreviewResult(planned.plan, effects.vendor));
  };
}

export function toPlanRefusal({ code, params }: PlanFault, learner: Learner): Answer {
  return toRefused(code, { ident: learner.ident, name: toFullName(learner), ...params });
}

/** The plan with its faults in words; what only the sync itself needs of it is left out. */
function toPreviewResult(
  { accepted: _accepted, refusal, warnings, ...plan }: EnrolmentPlan,
  vendor: string,
): Readonly<Record<string, unknown>> {
  return {
    ...plan,
    refusal: refusal === null ? null : toFaultText(refusal, vendor),
    warnings: warnings.map((warning) => toFaultText(warning, vendor)),
  };
}

export function toFaultText({ code, params }: PlanFault, vendor: string): { code: string; message: string } {
  return { code, message: toMessage(code, { vendor, ...params }) };
}

export type EnrolEffects<Ask, Facts extends object, Offer> = PreviewEffects<Ask, Facts, Offer> & {
  /** The plan that was accepted for a request; null = none yet. */
  readonly readAccepted: (requestId: string) => Promise<JsonObject | null>;
  /** Keeps an accepted plan, in the place of an older open one of the learner. */
  readonly openEnrolment: (ident: string, enrolment: { id: string; plan: JsonObject }) => Promise<void>;
  readonly submit: (work: Work) => Promise<Settled>;
};

/**
 * OF-10: enrols a learner. The only thing that ever does.
 *
 * The command plans and, when every check holds, has the plan accepted: from then on the engine brings it to its end,
 * whatever is killed meanwhile. Given again, an accepted one is not planned a second time, for half of it may be done.
 */
export function createEnrol<Ask, Facts extends object, Offer>(
  effects: EnrolEffects<Ask, Facts, Offer>,
): HandleCommand {
  return async (request, begin) => {
    const { ident, id } = request;
    const txIds = toTxIds(request);
    const learner = ident === null ? null : await effects.readLearner({ ident, txIds });
    if (learner === null) return toNoLearner(ident);
    await begin();
    const known = await effects.readAccepted(id);
    const accepted: Accepted =
      known === null ? await accept(effects, request, learner) : { kind: 'accepted', plan: known };
    if (accepted.kind === 'answered') return accepted.answer;
    const settled = await effects.submit({
      ...{ ident: learner.ident, demand: 'change', priority: 'command', txIds, committedAtMs: null },
    });
    const links = await effects.readLinks(learner);
    return toEnrolAnswer({ vendor: effects.vendor, plan: accepted.plan, learner, settled, links });
  };
}

type Accepted =
  | { readonly kind: 'accepted'; readonly plan: JsonObject }
  | { readonly kind: 'answered'; readonly answer: Answer };

async function accept<Ask, Facts extends object, Offer>(
  effects: EnrolEffects<Ask, Facts, Offer>,
  request: CommandRequest,
  learner: Learner,
): Promise<Accepted> {
  const planned = await planEnrolment(effects, learner, toChoices(request));
  if (planned.kind === 'failed') return { kind: 'answered', answer: planned.answer };
  if (planned.kind === 'refused') return { kind: 'answered', answer: toPlanRefusal(planned.fault, learner) };
  const { refusal, accepted } = planned.plan;
  if (refusal !== null) return { kind: 'answered', answer: toPlanRefusal(refusal, learner) };
  const plan = { ...accepted, told: toTold(planned.plan) };
  await effects.openEnrolment(learner.ident, { id: request.id, plan });
  return { kind: 'accepted', plan };
}

type ToldWarning = { readonly code: string; readonly params: Readonly<Record<string, string>> };

/** What the answer will tell, kept with the accepted plan: codes and references, no personal data. */
type Told = {
  /** Officers and organisations that are to be created. */
  readonly creates: readonly { readonly kind: OwnerKind; readonly code: string }[];
  readonly skipped: readonly string[];
  readonly warnings: readonly ToldWarning[];
};

/** Params of warnings that name no person. */
const impersonal: ReadonlySet<string> = new Set([
  'reference',
  'officer',
  'place',
  'kind',
  'code',
  'ident',
  'id',
]);

export function toTold({ officers, organisation, qualifications, warnings }: EnrolmentPlan): Told {
  const toCreate = (kind: OwnerKind, { way, code }: Partner): Told['creates'] =>
    way === 'create' && code !== null ? [{ kind, code }] : [];
  return {
    creates: [
      ...officers.flatMap((officer) => toCreate('officer', officer)),
      ...toCreate('organisation', organisation),
    ],
    skipped: qualifications.filter(({ state }) => state === 'unavailable').map(({ reference }) => reference),
    warnings: warnings.map(({ code, params }) => ({
      code,
      params: Object.fromEntries(Object.entries(params).filter(([name]) => impersonal.has(name))),
    })),
  };
}

type Enrolled = {
  readonly vendor: string;
  readonly plan: JsonObject;
  readonly learner: Learner;
  readonly settled: Settled;
  /** Links of the lane afterwards. */
  readonly links: readonly Link[];
};

/**
 * What came of an enrolment: the id, what was created, left out and sent.
 *
 * Failed only where the vendor said no before the learner was there; whatever is held later leaves a learner that is
 * created and linked (OF-23).
 */
export function toEnrolAnswer({ vendor, plan, learner, settled, links }: Enrolled): Answer {
  if (settled.kind === 'vanished') return toNoLearner(learner.ident);
  const names = { ident: learner.ident, name: toFullName(learner) };
  const told = { ...nothingTold, ...(plan['told'] as Partial<Told> | undefined) };
  const { skipped } = told;
  const vendorId = findLink(links, 'learner', learner.ident)?.vendorId ?? null;
  const result = {
    ...{ vendorId, created: toCreated(told, links, learner), skipped },
    reviews: links.filter(({ kind, how }) => kind === 'review' && how === 'created').length,
    warnings: told.warnings.map(({ code, params }) =>
      toFaultText({ code, params: { ...names, ...params } }, vendor),
    ),
    ...{ calls: settled.calls, held: settled.holds.map(toHeldLine) },
  };
  const [first] = settled.holds;
  if (first === undefined) return vendorId === null ? toFailed('NOT_LINKED', names, result) : toDone(result);
  const params = { ...names, ...first.params };
  const isRefused = vendorId === null && first.code === 'VENDOR_REFUSED';
  return isRefused ? toFailed(first.code, params, result) : toHeld(first.code, params, result);
}

const nothingTold: Told = { creates: [], skipped: [], warnings: [] };

/** Of those that were to be created: who was. Somebody else may have been found by then. */
function toCreated({ creates }: Told, links: readonly Link[], learner: Learner) {
  return creates.flatMap(({ kind, code }) => {
    const link = findLink(links, kind, code);
    if (link === undefined || link.how !== 'created') return [];
    return [{ kind, code, name: toName(kind, code, learner), vendorId: link.vendorId }];
  });
}

function toName(kind: OwnerKind, code: string, { officers, placements }: Learner): string | null {
  if (kind === 'organisation')
    return placements.find(({ organisation }) => organisation === code)?.organisationName ?? null;
  const officer = officers.find((one) => one.code === code);
  return officer === undefined ? null : toFullName(officer);
}

function findLink(links: readonly Link[], kind: Link['kind'], picsId: string): Link | undefined {
  return links.find((link) => link.kind === kind && link.picsId === picsId);
}
