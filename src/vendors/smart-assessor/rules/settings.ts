import type { VendorName } from '../../../domain/vendor-name.ts';
import type { LearnerView, OwnerView } from '../../../domain/view.ts';
import type { Claims } from '../../common/learner-link.ts';
import type { Capabilities } from '../port.ts';
import type { CourseOffer, MatchSettings } from './course-match.ts';

/** Groups of fields that the details modes carry. */
export type LearnerDetail =
  | 'names'
  | 'birthDate'
  | 'email'
  | 'phones'
  | 'niNumber'
  | 'uln'
  | 'sex'
  | 'address'
  | 'postcode';
export type OfficerDetail = 'names' | 'email' | 'phones';

type DetailMode = 'none' | 'push' | 'pull';
type UnlinkedWay = 'omit' | 'create';

/** The settings that the rules use: the section of Smart Assessor and the few common ones that apply to it. */
export type SmartAssessorSettings = MatchSettings & {
  /** Under which name the site's ids are kept. */
  readonly site: string;
  readonly capabilities: Capabilities;
  readonly welcomeEmail: boolean;
  readonly studentIdFromLrn: boolean;
  readonly riskFromScore: boolean;
  /** Scores above which the risk is medium and high. */
  readonly riskBands: readonly [number, number];
  readonly learnerDetails: DetailMode;
  readonly officerDetails: DetailMode;
  readonly updateGender: boolean;
  readonly learnerDetailFields: readonly LearnerDetail[];
  readonly officerDetailFields: readonly OfficerDetail[];
  /** Blank: no second assessor is sent (SA-7). */
  readonly secondAssessorRole: string;
  readonly unlinkedOfficer: UnlinkedWay;
  readonly unlinkedEmployer: UnlinkedWay;
  readonly placementTypes: 'all' | readonly string[];
  /** Review type of PICS by event type (SA-9). */
  readonly reviewTypeMap: Readonly<Record<string, string>>;
  readonly attendanceMap: Readonly<Record<string, 'Y' | 'N' | 'U'>>;
  readonly elementsFrom: 'percent' | 'units' | 'off';
  readonly unitsPolicy: 'skip' | 'import';
  readonly enrolEndDate: 'planned' | 'omit';
  readonly nearRealTime: boolean;
  readonly deletedReviews: 'recreate' | 'remember';
  readonly externalIdVendor: VendorName | null;
};

/** What the rules look at beside the view that every vendor gets. */
type Surroundings = {
  readonly settings: SmartAssessorSettings;
  /** What the site offers, as last read; read for learners with courses or an open enrolment. */
  readonly courses?: readonly CourseOffer[];
  /** Read where an id that PICS shows is not the link yet. */
  readonly claims?: Claims;
};
export type SmartAssessorLearnerView = LearnerView & Surroundings;
export type SmartAssessorOwnerView = OwnerView & Surroundings;
