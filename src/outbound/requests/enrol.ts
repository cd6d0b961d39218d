import type { JsonObject } from '../../core/json.ts';
import type { Learner } from '../../core/learner.ts';
import type { Settled, Work } from '../work.ts';
import { toEnrolAnswer, toTold } from './enrol-answer.ts';
import { toNoLearner } from './names.ts';
import { planEnrolment, toChoices } from './plan-enrolment.ts';
import { type PreviewEffects, toPlanRefusal } from './preview.ts';
import { type Answer, type CommandRequest, type HandleCommand, toTxIds } from './request.ts';

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
