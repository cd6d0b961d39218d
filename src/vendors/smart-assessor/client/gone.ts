import type { VendorFailure } from '../../../domain/outcome.ts';
import { type Failed, refuse } from './failures.ts';
import { afresh, type Making } from './making.ts';

/** Ids of linked records that a request names. */
type Named = {
  readonly employerId?: string | null;
  readonly assessorId?: string | null;
  readonly secondAssessorId?: string | null;
};

const kinds = {
  employerId: { kind: 'organisation', list: 'read-employers' },
  assessorId: { kind: 'officer', list: 'read-assessors' },
  secondAssessorId: { kind: 'officer', list: 'read-assessors' },
} as const;

/**
 * SA-21: says which linked employer or assessor is gone where a request is refused because of it; null when the refusal has
 * another reason. Only a whole list that does not show the record proves it, archived ones included.
 */
export async function explainGone(
  refusal: Failed,
  named: Named,
  making: Making,
): Promise<VendorFailure | null> {
  if (refusal.kind !== 'rejected' || refusal.code !== 'invalid-field') return null;
  const { port, account } = afresh(making);
  for (const field of ['employerId', 'assessorId', 'secondAssessorId'] as const) {
    const id = named[field] ?? null;
    if (id === null || !refusal.fields.includes(field)) continue;
    const { kind, list } = kinds[field];
    const read = await port.call(list, { includeArchived: true }, account);
    const isGone =
      read.kind === 'ok' && read.value.isComplete && read.value.records.every((one) => one.id !== id);
    if (isGone) return refuse('LINK_GONE', refusal.detail, { kind, id });
  }
  return null;
}
