/**
 * What is kept of an accepted enrolment: ids, codes and choices, no personal data.
 *
 * Names, dates and addresses are read afresh when they are sent (D-3).
 */
export type AcceptedPlan = {
  /** Who becomes the Default Assessor: an officer, or the fallback's id. */
  readonly defaultAssessor: AcceptedPartner;
  readonly placement: AcceptedPartner;
  readonly classroomId: string;
  readonly qualifications: readonly AcceptedQualification[];
  /** Officer codes that become additional assessors (OF-20). */
  readonly additional: readonly string[];
  /** Officers that were looked for by MIS value: null = nobody found, so the create needs no second look. */
  readonly looked: Readonly<Record<string, string | null>>;
  /** The same for the organisation, by its code. */
  readonly lookedPlacement: Readonly<Record<string, string | null>>;
  /** Learners of OneFile that the person has seen and does not mean: never adopted as the created one. */
  readonly knownLearners: readonly string[];
};

/** `code` of the PICS record; `vendorId` alone for a fallback. */
export type AcceptedPartner = { readonly code: string | null; readonly vendorId: string | null };

export type AcceptedQualification = {
  /** `reference/seq` */
  readonly key: string;
  readonly standardId: string;
};
