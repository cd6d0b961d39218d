/**
 * OneFile's ids, worked out from the record's number so that nothing has to be remembered while streaming.
 *
 * Kinds keep ranges of their own, so that an id used for the wrong kind is found.
 */
export const customerId = 11;
export const centreId = 301;
export const defaultClassroomId = 2001;
/** The placement of learners whose organisation is not known at OneFile, and the assessor of such officers. */
export const fallbackPlacementId = 30001;
export const fallbackAssessorId = 400001;

export const toClassroomId = (tagNumber: number): number => defaultClassroomId + tagNumber;
export const toStandardId = (qualificationNumber: number): number => 5000 + qualificationNumber;
export const toPlacementId = (organisationNumber: number): number => 30_100 + organisationNumber;
export const toAssessorId = (officerNumber: number): number => 400_100 + officerNumber;
export const toLearnerId = (learnerNumber: number): number => 410_000 + learnerNumber;
export const toAimId = (learnerNumber: number, index: number): number =>
  60_000_000 + learnerNumber * 16 + index;
export const toVisitId = (learnerNumber: number, index: number): number =>
  70_000_000 + learnerNumber * 16 + index;
export const toReviewId = (learnerNumber: number, index: number): number =>
  80_000_000 + learnerNumber * 16 + index;
