import { buildReview } from '../support/learner.ts';
import type { Tour } from './installation.ts';

/** A person types a registration number for the qualification with this place in the list. */
export async function typeNumber(tour: Tour, number: string, at = 0): Promise<void> {
  const qualification = tour.learner().qualifications[at];
  if (qualification === undefined) throw new Error(`there is no qualification ${at}`);
  const { reference, seq, registrationNumber } = qualification;
  const row = { ident: '10001   ', vqref: reference, seq };
  await tour.edit(
    (known) => ({
      ...known,
      qualifications: known.qualifications.map((one) =>
        one.reference === reference ? { ...one, registrationNumber: number } : one,
      ),
    }),
    'trqual',
    { op: 'u', before: { ...row, regno: registrationNumber }, after: { ...row, regno: number } },
  );
}

/** A person plans a Normal review with the Main Officer. */
export async function planReview(tour: Tour, id: string, proposedAt: string): Promise<void> {
  await tour.edit(
    (known) => ({ ...known, reviews: [...known.reviews, buildReview({ id, type: 'N', proposedAt })] }),
    'itp_revu',
    { op: 'c', before: null, after: { id, ident: '10001   ', type: 'N', proposed: proposedAt } },
  );
}
