import type { EnrolmentPlan } from '../../src/domain/enrolment.ts';
import type { Learner, Officer, Placement } from '../../src/domain/learner.ts';
import type { Link } from '../../src/domain/link.ts';
import type { AcceptedPlan } from '../../src/vendors/onefile/rules/enrol/accepted.ts';
import type {
  EnrolmentFacts,
  LearnerCandidate,
  OfferedStandard,
} from '../../src/vendors/onefile/rules/enrol/facts.ts';
import { type EnrolmentPlanInput, planEnrolment } from '../../src/vendors/onefile/rules/enrol/plan.ts';
import type { OneFileCentre, OneFileSettings } from '../../src/vendors/onefile/rules/settings.ts';
import { buildLearner, buildQualification } from './learner.ts';
import { defaultSettings, nowMs } from './onefile-rules.ts';

export function buildOfficer(code: string, known: Partial<Officer> = {}): Officer {
  const mail = `${code.toLowerCase()}@staff.example.org`;
  return {
    code,
    firstName: 'Ada',
    surname: `Officer ${code}`,
    email: mail,
    externalId: null,
    isDormant: false,
    ...known,
  };
}

export function buildPlacement(seq: number, organisation: string, known: Partial<Placement> = {}): Placement {
  return {
    seq,
    organisation,
    organisationName: `${organisation} Limited`,
    organisationExternalId: null,
    type: 'P',
    startOn: '2026-01-05',
    endOn: null,
    ...known,
  };
}

/** A learner of PICS that nothing stands against enrolling. */
export function buildUnlinked(known: Partial<Learner> = {}): Learner {
  return buildLearner({
    ident: '10001',
    firstName: 'Imogen',
    surname: 'Tarrant',
    email: 'imogen.tarrant.10001@learner.example.org',
    birthDate: '2007-03-14',
    mainOfficer: 'OFF001',
    officers: [buildOfficer('OFF001')],
    placements: [buildPlacement(1, 'HARRO1')],
    qualifications: [buildQualification({ reference: '603/1122/3', startOn: '2026-01-05' })],
    ...known,
  });
}

export function buildCandidate(id: string, known: Partial<LearnerCandidate> = {}): LearnerCandidate {
  return {
    id,
    misId: null,
    firstName: 'Imogen',
    lastName: 'Tarrant',
    email: null,
    birthDate: null,
    uln: null,
    niNumber: null,
    ...known,
  };
}

export function buildStandard(id: string, code: string): OfferedStandard {
  return { id, code, title: `Standard ${id}` };
}

/** OneFile finds nothing that is asked for. */
const nothingFound: EnrolmentFacts = {
  candidates: [],
  assessors: {},
  missingAssessors: [],
  placements: [],
  isPlacementMissing: false,
  classrooms: [],
  centres: [{ id: '301', name: 'Larkfield' }],
};

export type Given = {
  readonly learner?: Learner;
  readonly links?: readonly Link[];
  readonly facts?: Partial<EnrolmentFacts>;
  readonly standards?: readonly OfferedStandard[];
  readonly choices?: Partial<EnrolmentPlanInput['choices']>;
  readonly centre?: Partial<OneFileCentre>;
  readonly settings?: Partial<OneFileSettings>;
};

/** Everything is in order unless the test says otherwise. */
export function buildInput(given: Given = {}): EnrolmentPlanInput {
  return {
    learner: given.learner ?? buildUnlinked(),
    links: given.links ?? [],
    facts: { ...nothingFound, ...given.facts },
    standards: given.standards ?? [buildStandard('5001', '60311223')],
    choices: { centre: null, pathways: {}, createAnyway: false, ...given.choices },
    centre: { assessors: null, normalReviewTypes: ['N'], ...given.centre },
    settings: { ...defaultSettings, fallbackClassroomId: '2001', ...given.settings },
    nowMs,
  };
}

export function plan(given: Given = {}): EnrolmentPlan & { readonly accepted: AcceptedPlan } {
  const made = planEnrolment(buildInput(given));
  return { ...made, accepted: made.accepted as unknown as AcceptedPlan };
}

/** Codes of the warnings. */
export function toCodes({ warnings }: Pick<EnrolmentPlan, 'warnings'>): string[] {
  return warnings.map(({ code }) => code);
}
