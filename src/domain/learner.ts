/** A learner of PICS from one consistent read. Domain names; every text is trimmed; blank = null (G-1). */
export type Learner = {
  readonly ident: string;
  readonly title: string | null;
  readonly firstName: string | null;
  readonly surname: string | null;
  readonly sex: string | null;
  readonly birthDate: string | null;
  readonly niNumber: string | null;
  readonly address: readonly (string | null)[];
  readonly postcode: string | null;
  readonly phone: string | null;
  readonly mobile: string | null;
  readonly email: string | null;
  readonly uln: string | null;
  readonly lrn: string | null;
  readonly ethnicity: string | null;
  readonly disability: string | null;
  readonly primaryDifficulty: string | null;
  readonly status: string | null;
  readonly isSuspended: boolean;
  readonly site: string | null;
  readonly mainOfficer: string | null;
  readonly startOn: string | null;
  readonly endOn: string | null;
  readonly expectedEndOn: string | null;
  /** 1 high, 2 medium, 3 low (SA-4). */
  readonly risk: string | null;
  /** Whether PICS has the learner's row of episode data, which holds the risk and may be missing. */
  readonly hasEpisode: boolean;
  /**
   * Which vendor may write the element counters when a learner is linked to both. `other`: a portfolio of neither
   * vendor, whose ids are none of theirs (D-20).
   */
  readonly activePortfolio: 'O' | 'S' | 'other' | null;
  /**
   * OneFile learner id as typed or copied into PICS. It is a link only after the learner was found there
   * (G-2).
   */
  readonly oneFileId: string | null;
  readonly smartAssessorId: string | null;
  /** Whether PICS has the learner's row of details, which holds the ids and may be missing (D-20). */
  readonly hasDetails: boolean;
  readonly mainTag: string | null;
  readonly qualifications: readonly Qualification[];
  readonly reviews: readonly Review[];
  readonly placements: readonly Placement[];
  /**
   * Every officer that the learner, its qualifications, reviews or relations name. A code without a record
   * is absent.
   */
  readonly officers: readonly Officer[];
  readonly relatedOfficers: readonly { readonly relation: string; readonly code: string }[];
};

/** A delivery qualification: the learner's own instance of a qualification. */
export type Qualification = {
  /** Reference and sequence, `reference/seq`: the PICS id of this qualification within the learner. */
  readonly key: string;
  readonly reference: string;
  readonly seq: number;
  readonly title: string | null;
  readonly type: string | null;
  readonly startOn: string | null;
  readonly expectedEndOn: string | null;
  readonly endOn: string | null;
  readonly officer: string | null;
  readonly registrationNumber: string | null;
  readonly registeredOn: string | null;
  readonly certificateAppliedOn: string | null;
  readonly certificateReceivedOn: string | null;
  readonly elementsTotal: number | null;
  readonly elementsDone: number | null;
  readonly hasUnits: boolean;
};

export type Review = {
  readonly id: string;
  readonly type: string | null;
  /** Local time in London without zone, `YYYY-MM-DDTHH:MM:SS`. */
  readonly proposedAt: string | null;
  readonly actualAt: string | null;
  readonly attended: 'Y' | 'N' | 'U' | null;
  readonly officer: string | null;
  readonly learnerSignedOn: string | null;
  readonly oneFileId: string | null;
  readonly smartAssessorId: string | null;
};

export type Placement = {
  readonly seq: number;
  readonly organisation: string | null;
  readonly organisationName: string | null;
  /** The organisation's one external-id column (D-2); also null when there is no such organisation. */
  readonly organisationExternalId: string | null;
  readonly type: string | null;
  readonly startOn: string | null;
  readonly endOn: string | null;
};

export type Officer = {
  readonly code: string;
  readonly firstName: string | null;
  readonly surname: string | null;
  readonly email: string | null;
  /** The one external-id column, used by the vendor that owns it (D-2). */
  readonly externalId: string | null;
  /** PICS counts the officer as one who has left. A status that is blank or not kept counts as live. */
  readonly isDormant: boolean;
};

/**
 * D-20: whether a column of learner ids holds ids of its vendor, by the portfolio in use. The first column serves
 * any system that is in use; the second one Smart Assessor alone, so a learner of both vendors has both ids.
 */
export function holdsIdsOfVendor(
  column: 'oneFileId' | 'smartAssessorId',
  portfolio: Learner['activePortfolio'],
): boolean {
  if (portfolio === null) return true;
  return column === 'oneFileId' ? portfolio === 'O' : portfolio !== 'other';
}

/** The column of the other vendor's ids. */
export function otherColumn(column: 'oneFileId' | 'smartAssessorId'): 'oneFileId' | 'smartAssessorId' {
  return column === 'oneFileId' ? 'smartAssessorId' : 'oneFileId';
}

/** Which vendors a learner is with, as PICS shows it. */
export type Portfolios = Pick<Learner, 'oneFileId' | 'smartAssessorId' | 'activePortfolio'>;

/** whether the vendor with this column writes a learner's counters: alone, or as the one in use; blank: OneFile. */
export function writesCounters(
  column: 'oneFileId' | 'smartAssessorId',
  { activePortfolio, ...ids }: Portfolios,
): boolean {
  return ids[otherColumn(column)] === null || (activePortfolio === 'S') === (column === 'smartAssessorId');
}

/** OF-58: whether a review came down from another vendor than that with this column. It is sent to none. */
export function isOfOtherVendor(
  review: Pick<Review, 'oneFileId' | 'smartAssessorId'>,
  column: 'oneFileId' | 'smartAssessorId',
): boolean {
  return review[otherColumn(column)] !== null;
}
