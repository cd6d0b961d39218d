import type { Learner } from '../../src/domain/learner.ts';
import type { Owner } from '../../src/domain/owner.ts';
import type { RowsQuery } from '../../src/domain/rows.ts';
import { buildLearner, buildQualification, buildReview } from './learner.ts';

export const reviewIds = [
  '5f0c7d1e-0000-4000-8000-000000000001',
  '5f0c7d1e-0000-4000-8000-000000000002',
  '5f0c7d1e-0000-4000-8000-000000000003',
] as const;

/** A learner as PICS gives it: with four lines of address. */
export function aLearner(known: Partial<Learner> & { readonly ident: string }): Learner {
  return buildLearner({ surname: 'Berg', address: [null, null, null, null], ...known });
}

/** A learner with one qualification and one review, both by officer OFF1. */
export function aBusyLearner(ident: string, reviewId: string): Learner {
  return aLearner({
    ident,
    firstName: 'Ann',
    mainOfficer: 'OFF1',
    qualifications: [buildQualification({ reference: '500', officer: 'OFF1', registrationNumber: 'AB123' })],
    reviews: [buildReview({ id: reviewId, type: 'N', proposedAt: '2026-03-02T10:00:00', officer: 'OFF1' })],
  });
}

export function anOfficer(code: string, known: Partial<Extract<Owner, { kind: 'officer' }>> = {}): Owner {
  const blank = { firstName: null, email: null, phone: null, mobile: null, externalId: null };
  return { kind: 'officer', code, ...blank, surname: 'Hall', isDormant: false, ...known };
}

export function anOrganisation(
  code: string,
  known: Partial<Extract<Owner, { kind: 'organisation' }>> = {},
): Owner {
  const blank = {
    postcode: null,
    phone: null,
    email: null,
    website: null,
    externalId: null,
    edrs: null,
    headCount: null,
  };
  const address = [null, null, null, null];
  return { kind: 'organisation', code, ...blank, name: 'Hill Ltd', address, ...known };
}

/** A query of these learners' rows, and nothing else unless it is named. */
export function rowsOf(idents: readonly string[], more: Partial<RowsQuery> = {}): RowsQuery {
  const parts = ['own', 'details', 'qualifications', 'reviews'] as const;
  return { idents, officers: [], organisations: [], items: [], parts, ...more };
}
