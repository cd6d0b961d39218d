import type { RequestRow } from '../../pics/request.ts';
import { toCountOf } from '../count-text.ts';

type Created = {
  readonly kind: string;
  readonly code: string;
  readonly name: string | null;
  readonly vendorId: string;
};
type Enrolled = {
  readonly vendorId?: string | null;
  readonly created?: readonly Created[];
  readonly skipped?: readonly string[];
  readonly reviews?: number;
  readonly warnings?: readonly { readonly message: string }[];
  readonly held?: readonly { readonly subject: string; readonly code: string }[];
};

/** What came of an enrolment, done or not. */
export function showEnrolled({ result }: Pick<RequestRow, 'result'>): string {
  if (result === null) return '';
  const { vendorId, created = [], skipped = [], reviews = 0, warnings = [], held = [] } = result as Enrolled;
  const lines = [
    vendorId == null ? 'The learner is not at OneFile.' : `OneFile learner ${vendorId}.`,
    ...created.map(({ kind, code, name, vendorId: id }) => `Created ${kind} ${code} ${name ?? ''} (${id}).`),
    ...skipped.map((reference) => `Left out ${reference}: not available at OneFile.`),
    ...(reviews === 0 ? [] : [`Sent ${toCountOf(reviews, 'review')}.`]),
    ...warnings.map(({ message }) => `Warning: ${message}`),
    ...held.map(({ subject, code }) => `Held: ${code}, ${subject}. "held list --code ${code}" shows it.`),
  ];
  return lines.map((line) => `${line.replaceAll('  ', ' ')}\n`).join('');
}
