/** Roles of OneFile users that the sync meets. "All assessors" means two searches, one a role. */
export const roles = { learner: 1, traineeAssessor: 4, assessor: 5 } as const;
export const assessorRoles: readonly number[] = [roles.assessor, roles.traineeAssessor];

/** Numbers of a visit's type: 2 is seen in use, what each means is assumed. */
export const visitTypes = { notSpecified: 0, remote: 1, faceToFace: 2 } as const;

/** The only status a review may be created with. */
export const scheduledReview = 1;
