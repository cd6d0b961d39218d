import type { Learner, Officer } from '../../../src/domain/learner.ts';
import { buildLearner, buildQualification, buildReview } from '../../support/learner.ts';

/** How much there is to be created with one learner. */
export type EnrolmentCase = {
  /** Officers OneFile does not know; the first is the Main Officer, each further one has a qualification. */
  readonly newOfficers: number;
  readonly newEmployer: boolean;
  readonly qualifications: number;
  readonly reviews: number;
};

export type Newcomer = {
  readonly learner: Learner;
  readonly officers: readonly Officer[];
  readonly organisation: { readonly code: string; readonly name: string };
  /** Qualifications with another assessor than the Default Assessor. */
  readonly otherAssessors: number;
};

const references = ['603/1122/3', '196AS', '500/1234/5', '600/2345/6'];
export const standards = references.map((code, n) => ({ ID: 5003 + n, Title: `Standard ${n}`, code }));

/** A learner in PICS who is to be enrolled with all that. Officers and employer are known only where they are not new. */
export function buildNewcomer(ident: string, size: EnrolmentCase): Newcomer {
  const codes =
    size.newOfficers === 0
      ? ['ABR001']
      : Array.from({ length: size.newOfficers }, (_, n) => `NEW${ident}${n}`);
  const officers = codes.map((code, n) => ({
    code,
    firstName: `Kit ${n}`,
    surname: `Marsh ${code}`,
    externalId: null,
    isDormant: false,
    email: `${code.toLowerCase()}@x.example.org`,
  }));
  const organisation = size.newEmployer
    ? { code: `E${ident}`, name: `Firm of ${ident}` }
    : { code: 'ALD001', name: 'Alder Joinery Ltd' };
  const officerOf = (n: number): string => codes[Math.min(n + 1, codes.length - 1)] ?? '';
  const qualifications = references.slice(0, size.qualifications).map((reference, n) =>
    buildQualification({
      reference,
      officer: officerOf(n),
      startOn: '2026-01-05',
      expectedEndOn: '2027-07-31',
      registrationNumber: `RG-${ident}-${n}`,
    }),
  );
  const [main = ''] = codes;
  const learner = buildLearner({
    ident,
    firstName: 'Imogen',
    surname: `Tarrant ${ident}`,
    email: `${ident}@x.example.org`,
    mainOfficer: main,
    startOn: '2026-01-05',
    expectedEndOn: '2027-07-31',
    qualifications,
    placements: [
      {
        seq: 1,
        organisation: organisation.code,
        organisationName: null,
        organisationExternalId: null,
        type: 'P',
        startOn: '2026-01-05',
        endOn: null,
      },
    ],
    reviews: Array.from({ length: size.reviews }, (_, n) =>
      buildReview({
        id: `00000000-0000-4000-8000-0000000${ident}${n}`,
        type: 'N',
        officer: main,
        proposedAt: `2026-0${2 + (n % 7)}-10T10:00:00`,
      }),
    ),
  });
  const otherAssessors = qualifications.filter(({ officer }) => officer !== main).length;
  return { learner, officers, organisation, otherAssessors };
}
