import type { Learner, Qualification, Review } from '../../src/domain/learner.ts';

/** A learner about whom only what the test names is known. */
export function buildLearner(known: Partial<Learner> & { ident: string }): Learner {
  return {
    title: null,
    firstName: null,
    surname: null,
    sex: null,
    birthDate: null,
    niNumber: null,
    address: [],
    postcode: null,
    phone: null,
    mobile: null,
    email: null,
    uln: null,
    lrn: null,
    ethnicity: null,
    disability: null,
    primaryDifficulty: null,
    status: null,
    isSuspended: false,
    site: null,
    mainOfficer: null,
    startOn: null,
    endOn: null,
    expectedEndOn: null,
    risk: null,
    hasEpisode: true,
    activePortfolio: null,
    oneFileId: null,
    smartAssessorId: null,
    hasDetails: true,
    mainTag: null,
    qualifications: [],
    reviews: [],
    placements: [],
    officers: [],
    relatedOfficers: [],
    ...known,
  };
}

export function buildReview(known: Partial<Review> & { id: string }): Review {
  return {
    type: null,
    proposedAt: null,
    actualAt: null,
    attended: null,
    officer: null,
    learnerSignedOn: null,
    oneFileId: null,
    smartAssessorId: null,
    ...known,
  };
}

export function buildQualification(known: Partial<Qualification> & { reference: string }): Qualification {
  const seq = known.seq ?? 1;
  return {
    key: `${known.reference}/${seq}`,
    seq,
    title: null,
    type: null,
    startOn: null,
    expectedEndOn: null,
    endOn: null,
    officer: null,
    registrationNumber: null,
    registeredOn: null,
    certificateAppliedOn: null,
    certificateReceivedOn: null,
    elementsTotal: null,
    elementsDone: null,
    hasUnits: false,
    ...known,
  };
}
