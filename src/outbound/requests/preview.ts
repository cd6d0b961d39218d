import type { EnrolmentPlan, PlanFault } from '../../core/enrolment.ts';
import type { Learner } from '../../core/learner.ts';
import { toMessage } from '../../core/message.ts';
import { toFullName, toNoLearner } from './names.ts';
import { type PlanEffects, planEnrolment, toChoices } from './plan-enrolment.ts';
import { type Answer, type HandleCommand, toDone, toRefused, toTxIds } from './request.ts';

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
