import type { EnrolmentChoices, EnrolmentPlan, PlanFault } from '../../../../core/enrolment.ts';
import { toUln } from '../uln.ts';
import type { AcceptedPlan } from './accepted.ts';
import type { EnrolmentInput } from './ask.ts';
import { findDuplicates } from './duplicates.ts';
import type { EnrolmentFacts, OfferedStandard } from './facts.ts';
import { findFirstFault } from './first-checks.ts';
import { toFullName, toWho } from './names.ts';
import { findUploads } from './officer-parts.ts';
import { planOfficers } from './plan-officers.ts';
import { planClassroom, planOrganisation } from './plan-places.ts';
import { planQualifications, toChoose } from './plan-qualifications.ts';

export type EnrolmentPlanInput = EnrolmentInput & {
  readonly facts: EnrolmentFacts;
  readonly standards: readonly OfferedStandard[];
  readonly choices: EnrolmentChoices;
};

/**
 * What an enrolment would do, and whether it may (OF-11 to OF-22).
 *
 * Pure: shown as a preview and accepted as a command from the same answer. `links` should hold, beside those of the
 * lane, the learner links of the candidates, so that another Ident of the person can be named.
 */
export function planEnrolment(given: EnrolmentPlanInput): EnrolmentPlan {
  const input = { ...given, nowMs: given.nowMs ?? Number.POSITIVE_INFINITY };
  const { learner, links, facts, choices, settings, standards } = input;
  const officers = planOfficers(input);
  const organisation = planOrganisation(input);
  const classroom = planClassroom(input);
  const qualifications = planQualifications(learner, standards, choices);
  const duplicate = choices.createAnyway ? null : findDuplicates(learner, facts.candidates, links);
  // The order in which a command is refused: the first that is not null.
  const refusal =
    findFirstFault(learner, links, input.nowMs) ??
    officers.gone ??
    officers.noAssessor ??
    classroom.noClassroom ??
    organisation.gone ??
    organisation.noPlacement ??
    checkCentre(choices, settings.centreId) ??
    qualifications.choose ??
    officers.notUnique ??
    organisation.notUnique ??
    duplicate;
  const accepted: AcceptedPlan = {
    ...officers.accepted,
    ...organisation.accepted,
    classroomId: classroom.partner.vendorId ?? '',
    qualifications: qualifications.accepted,
    knownLearners: [...new Set(facts.candidates.map(({ id }) => id))].sort(),
  };
  return {
    refusal,
    warnings: [
      ...officers.warnings,
      ...classroom.warnings,
      ...organisation.warnings,
      ...qualifications.warnings,
      ...checkUln(input),
    ],
    learner: {
      ident: learner.ident,
      name: toFullName(learner) || null,
      email: learner.email,
      startOn: learner.startOn,
    },
    centres: facts.centres,
    centre: settings.centreId,
    officers: officers.partners,
    organisation: organisation.partner,
    classroom: classroom.partner,
    qualifications: qualifications.planned,
    reviewCount: findUploads(input).length,
    accepted,
  };
}

/** OF-12, OF-5: only the centre of the settings is called. */
function checkCentre({ centre }: EnrolmentChoices, centreId: string): PlanFault | null {
  return centre === null || centre === centreId ? null : toChoose(centre);
}

/** */
function checkUln({ learner }: EnrolmentInput): readonly PlanFault[] {
  const isBad = learner.uln !== null && toUln(learner.uln) === null;
  return isBad ? [{ code: 'ULN_INVALID', params: toWho(learner) }] : [];
}
