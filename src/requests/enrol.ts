import type { EnrolmentChoices, EnrolmentPlan, Partner, PlanFault } from '../domain/enrolment.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import type { LaneKey } from '../domain/ledger.ts';
import type { Link } from '../domain/link.ts';
import { messageOf } from '../domain/messages.ts';
import type { OwnerKind } from '../domain/owner.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import type { Settled } from '../domain/work.ts';
import {
  askAt,
  type Command,
  done,
  failed,
  fullName,
  held,
  heldLine,
  noLearner,
  payloadText,
  readLearnerOf,
  refused,
  txIdsOf,
  type Workplace,
} from './request.ts';

/*
 * Preview and enrol. Both make the same plan: the vendor's rules name the facts that planning needs, the vendor is
 * asked for them, and the plan says what would be created, linked and left out, with the first reason to refuse.
 * A preview shows the plan. The command has it accepted: it is kept in the store, and from then on the engine brings
 * it to its end, whatever is killed meanwhile.
 */

/** OF-12: what an enrolment would create, link and leave out, and what is to be chosen. Nothing is sent or kept. */
export const preview: Command = async (request, begin, workplace) => {
  const learner = await readLearnerOf(request, workplace);
  if (learner === null) return noLearner(request.ident);
  await begin();
  const planned = await planEnrolment(workplace, learner, choicesOf(request));
  if (planned.kind === 'failed') return planned.answer;
  if (planned.kind === 'refused') return planRefusal(planned.fault, learner);
  const { refusal } = planned.plan;
  // The other reasons are part of the preview: it is there to show them.
  if (refusal?.code === 'ALREADY_LINKED') return planRefusal(refusal, learner);
  return done(previewResult(planned.plan, workplace.vendor.name));
};

/**
 * OF-10: enrols a learner. The only thing that ever does.
 *
 * Given again, an accepted command is not planned a second time, for half of it may be done.
 */
export const enrol: Command = async (request, begin, workplace) => {
  const learner = await readLearnerOf(request, workplace);
  if (learner === null) return noLearner(request.ident);
  await begin();
  const known = (await workplace.store.enrolments.read(request.id))?.plan ?? null;
  const accepted: Accepted =
    known === null ? await accept(workplace, request, learner) : { kind: 'accepted', plan: known };
  if (accepted.kind === 'answered') return accepted.answer;
  const settled = await workplace.engine.submit({
    ident: learner.ident,
    demand: 'change',
    priority: 'command',
    txIds: txIdsOf(request),
    committedAtMs: null,
  });
  const links = await readLinks(workplace, learner);
  return enrolAnswer(workplace.vendor.name, { plan: accepted.plan, learner, settled, links });
};

type Accepted =
  | { readonly kind: 'accepted'; readonly plan: JsonObject }
  | { readonly kind: 'answered'; readonly answer: Answer };

async function accept(workplace: Workplace, request: CommandRequest, learner: Learner): Promise<Accepted> {
  const planned = await planEnrolment(workplace, learner, choicesOf(request));
  if (planned.kind === 'failed') return { kind: 'answered', answer: planned.answer };
  if (planned.kind === 'refused') return { kind: 'answered', answer: planRefusal(planned.fault, learner) };
  const { refusal, accepted } = planned.plan;
  if (refusal !== null) return { kind: 'answered', answer: planRefusal(refusal, learner) };
  const plan = { ...accepted, told: summaryOf(planned.plan) };
  await workplace.store.enrolments.open(laneOf(workplace, learner), { id: request.id, plan });
  return { kind: 'accepted', plan };
}

type Planned =
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
async function planEnrolment(
  workplace: Workplace,
  learner: Learner,
  choices: EnrolmentChoices,
): Promise<Planned> {
  const { enrolment } = workplace.vendor;
  const question = await enrolment.ask({ learner, links: await readLinks(workplace, learner) });
  if (question.kind === 'refused') return question;
  const findings = await askAt(workplace, () => question.read(workplace.signal));
  if (findings.kind === 'failed') return findings;
  const { plan, hasOffers } = await findings.value.plan(choices);
  const mayBeNew = !hasOffers || plan.qualifications.some(({ state }) => state === 'unavailable');
  if (!mayBeNew) return { kind: 'planned', plan };
  const offers = await askAt(workplace, () => enrolment.refreshOffers());
  if (offers.kind === 'failed') return hasOffers ? { kind: 'planned', plan } : offers;
  return { kind: 'planned', plan: (await findings.value.plan(choices)).plan };
}

/** Links of the learner's lane, with those of the officers and organisations it names. */
export async function readLinks(
  workplace: Pick<Workplace, 'store' | 'vendor'>,
  learner: Learner,
): Promise<readonly Link[]> {
  const lane = await workplace.store.ledger.readLane({
    ...laneOf(workplace, learner),
    officers: learner.officers.map(({ code }) => code),
    organisations: [...new Set(learner.placements.flatMap(({ organisation }) => organisation ?? []))],
    learnerVendorIds: [],
  });
  return lane.links;
}

function laneOf({ vendor }: Pick<Workplace, 'vendor'>, { ident }: Learner): LaneKey {
  return { vendor: vendor.name, centre: vendor.centre, ident };
}

/** What a person decided, as the request carries it. */
function choicesOf({ payload }: Pick<CommandRequest, 'payload'>): EnrolmentChoices {
  return {
    centre: payloadText(payload, 'centre'),
    pathways: pathwaysOf(payload['pathways']),
    createAnyway: payload['createAnyway'] === true,
  };
}

export function pathwaysOf(given: Json | undefined): EnrolmentChoices['pathways'] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return {};
  const texts = given as JsonObject;
  return Object.fromEntries(
    Object.keys(texts).flatMap((reference) => {
      const id = payloadText(texts, reference);
      return id === null ? [] : [[reference, id]];
    }),
  );
}

function planRefusal({ code, params }: PlanFault, learner: Learner): Answer {
  return refused(code, { ident: learner.ident, name: fullName(learner), ...params });
}

/** The plan with its faults in words; what only the sync itself needs of it is left out. */
function previewResult(
  { accepted: _accepted, refusal, warnings, ...plan }: EnrolmentPlan,
  vendor: string,
): Readonly<Record<string, unknown>> {
  return {
    ...plan,
    refusal: refusal === null ? null : faultText(refusal, vendor),
    warnings: warnings.map((warning) => faultText(warning, vendor)),
  };
}

function faultText({ code, params }: PlanFault, vendor: string): { code: string; message: string } {
  return { code, message: messageOf(code, { vendor, ...params }) };
}

/** What the answer will say, kept with the accepted plan: codes and references, no personal data. */
type PlanSummary = {
  /** Officers and organisations that are to be created. */
  readonly creates: readonly { readonly kind: OwnerKind; readonly code: string }[];
  readonly skipped: readonly string[];
  readonly warnings: readonly PlanFault[];
};

const emptySummary: PlanSummary = { creates: [], skipped: [], warnings: [] };

/** Params of warnings that name no person. */
const impersonal: ReadonlySet<string> = new Set([
  'reference',
  'relation',
  'what',
  'officer',
  'place',
  'kind',
  'code',
  'ident',
  'id',
]);

function summaryOf({ officers, organisation, qualifications, warnings }: EnrolmentPlan): PlanSummary {
  const created = (kind: OwnerKind, { way, code }: Partner): PlanSummary['creates'] =>
    way === 'create' && code !== null ? [{ kind, code }] : [];
  return {
    creates: [
      ...officers.flatMap((officer) => created('officer', officer)),
      ...created('organisation', organisation),
    ],
    skipped: qualifications.filter(({ state }) => state === 'unavailable').map(({ reference }) => reference),
    warnings: warnings.map(({ code, params }) => ({
      code,
      params: Object.fromEntries(Object.entries(params).filter(([name]) => impersonal.has(name))),
    })),
  };
}

type Enrolled = {
  readonly plan: JsonObject;
  readonly learner: Learner;
  readonly settled: Settled;
  /** Links of the lane afterwards. */
  readonly links: readonly Link[];
};

/**
 * What came of an enrolment: the id, what was created, left out and sent.
 *
 * Failed only where the vendor said no before the learner was there; what is held later leaves a learner that is
 * created and linked (OF-23).
 */
export function enrolAnswer(vendor: string, { plan, learner, settled, links }: Enrolled): Answer {
  if (settled.kind === 'vanished') return noLearner(learner.ident);
  const names = { ident: learner.ident, name: fullName(learner) };
  const summary = { ...emptySummary, ...(plan['told'] as Partial<PlanSummary> | undefined) };
  const vendorId = findLink(links, 'learner', learner.ident)?.vendorId ?? null;
  const result = {
    vendorId,
    created: createdOwners(summary, links, learner),
    skipped: summary.skipped,
    reviews: links.filter(({ kind, how }) => kind === 'review' && how === 'created').length,
    warnings: summary.warnings.map(({ code, params }) =>
      faultText({ code, params: { ...names, ...params } }, vendor),
    ),
    calls: settled.calls,
    held: settled.holds.map(heldLine),
  };
  const [first] = settled.holds;
  if (first === undefined) return vendorId === null ? failed('NOT_LINKED', names, result) : done(result);
  const params = { ...names, ...first.params };
  const isRefused = vendorId === null && first.code === 'VENDOR_REFUSED';
  return isRefused ? failed(first.code, params, result) : held(first.code, params, result);
}

/** Of the owners that were to be created those that were: another may have been found by then. */
function createdOwners({ creates }: PlanSummary, links: readonly Link[], learner: Learner) {
  return creates.flatMap(({ kind, code }) => {
    const link = findLink(links, kind, code);
    if (link === undefined || link.how !== 'created') return [];
    return [{ kind, code, name: ownerName(kind, code, learner), vendorId: link.vendorId }];
  });
}

function ownerName(kind: OwnerKind, code: string, { officers, placements }: Learner): string | null {
  if (kind === 'organisation')
    return placements.find(({ organisation }) => organisation === code)?.organisationName ?? null;
  const officer = officers.find((one) => one.code === code);
  return officer === undefined ? null : fullName(officer);
}

function findLink(links: readonly Link[], kind: Link['kind'], picsId: string): Link | undefined {
  return links.find((link) => link.kind === kind && link.picsId === picsId);
}
