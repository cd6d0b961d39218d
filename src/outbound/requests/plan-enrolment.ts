import type { EnrolmentChoices, EnrolmentPlan, PlanFault } from '../../core/enrolment.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Learner } from '../../core/learner.ts';
import type { Link } from '../../core/link.ts';
import type { VendorFailure } from '../../core/outcome.ts';
import { type AskEffects, askVendor } from './ask-vendor.ts';
import { type Answer, type CommandRequest, toPayloadText } from './request.ts';

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
