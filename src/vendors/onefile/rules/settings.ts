import type { JsonObject } from '../../../domain/json.ts';
import type { VendorName } from '../../../domain/vendor-name.ts';
import type { LearnerView, OwnerView } from '../../../domain/view.ts';
import type { Claims } from '../../common/learner-link.ts';
import { toReferenceKey } from '../../common/values.ts';
import type { NameOverrides } from '../wire/names.ts';

/** Groups of fields that the details modes carry. */
export type LearnerDetail =
  | 'names'
  | 'birthDate'
  | 'email'
  | 'phones'
  | 'niNumber'
  | 'uln'
  | 'sex'
  | 'ethnicity'
  | 'disability';
export type OfficerDetail = 'names' | 'email' | 'phones';
export type OrganisationDetail = 'name' | 'address' | 'postcode' | 'phone' | 'email' | 'website';

type DetailMode = 'ignore' | 'push' | 'pull';

/**
 * The settings that the rules use: the OneFile section and the few common settings that apply to OneFile.
 */
export type OneFileSettings = {
  readonly centreId: string;
  readonly uploadReviews: boolean;
  readonly downloadReviews: boolean;
  /** Null = the Normal type. */
  readonly uploadReviewTypes: readonly string[] | null;
  readonly reviewSettleSeconds: number;
  readonly rescheduleFromOneFile: boolean;
  readonly visitType: 'notSpecified' | 'remote' | 'faceToFace';
  /** Null = the Normal type (OF-57). */
  readonly downloadedReviewType: string | null;
  readonly unknownVisit: 'repeat' | 'hold';
  readonly unitsPolicy: 'skip' | 'import';
  readonly unitsScope: 'elements' | 'all';
  readonly learnerDetails: DetailMode;
  readonly officerDetails: DetailMode;
  readonly organisationDetails: DetailMode;
  readonly pushMainOfficer: boolean;
  readonly pushPlacement: boolean;
  readonly learnerDetailFields: readonly LearnerDetail[];
  readonly officerDetailFields: readonly OfficerDetail[];
  readonly organisationDetailFields: readonly OrganisationDetail[];
  /** PICS relationships that make an officer an additional assessor at enrolment (OF-20). */
  readonly additionalAssessors: readonly string[];
  readonly classroomFromMainTag: boolean;
  readonly fallbackAssessorId?: string | undefined;
  readonly fallbackClassroomId?: string | undefined;
  readonly fallbackPlacementId?: string | undefined;
  readonly officerCreateEmail: boolean;
  readonly sendMisValue: boolean;
  readonly matchBy: 'id' | 'misValue';
  readonly nearRealTime: boolean;
  readonly deletedReviews: 'recreate' | 'remember';
  readonly externalIdVendor: VendorName | null;
  /** D-11: whether a value that we sent may be replaced by a correction in PICS until the next full synchronisation. */
  readonly corrections: 'untilFullSync' | 'off';
  /** Names on the wire that differ from the assumed ones (D-16). */
  readonly names: NameOverrides;
};

/**
 * An assessor of the centre. Archived ones are included, because a duplicate MIS value on them does harm too
 * (OF-36).
 */
export type Assessor = {
  readonly id: string;
  readonly misId: string | null;
};

/** What is known about the centre and about PICS beyond one learner. */
export type OneFileCentre = {
  /**
   * As last read; null = not known. The list only saves calls: an officer not found in it is looked up
   * (OF-32).
   */
  readonly assessors: readonly Assessor[] | null;
  /** Codes of PICS review types with the Normal flag; empty = none set. */
  readonly normalReviewTypes: readonly string[];
};

/**
 * A standard that OneFile offers, with the code it is found by. Several standards may share one code:
 * pathways.
 */
type Offer = {
  readonly code: string;
  readonly vendorId: string;
  readonly title: string | null;
  readonly entity: 'standard';
};

type Standard = { readonly vendorId: string; readonly record: JsonObject | null };

/**
 * OF-18: the list of what OneFile offers. A standard without a code is left out, because no qualification
 * can name it.
 */
export function toOffers(standards: readonly Standard[]): readonly Offer[] {
  return standards.flatMap(({ vendorId, record }) => {
    const text = (field: string): string | null => {
      const value = record?.[field];
      return typeof value === 'string' ? value : null;
    };
    const code = toReferenceKey(text('code'));
    return code === null ? [] : [{ code, vendorId, title: text('title'), entity: 'standard' as const }];
  });
}

/** What the rules look at beside the view that every vendor gets: settings, and what is known of the centre. */
type Surroundings = {
  readonly settings: OneFileSettings;
  readonly centre: OneFileCentre;
  /** Read where an id that PICS shows is not the link yet. */
  readonly claims?: Claims;
};

export type OneFileLearnerView = LearnerView & Surroundings;
export type OneFileOwnerView = OwnerView & Surroundings;
