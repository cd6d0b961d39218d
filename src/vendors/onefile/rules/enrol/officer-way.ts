import type { Officer } from '../../../../core/learner.ts';
import { decideOwnerLink } from '../owner-link.ts';
import type { OneFileSettings } from '../settings.ts';
import { type EnrolmentInput, isId } from './ask.ts';
import type { EnrolmentFacts, Named } from './facts.ts';

/** How an officer of PICS comes to its assessor (OF-20, OF-32). */
export type OfficerWay =
  | { readonly kind: 'linked' | 'matched'; readonly vendorId: string }
  | { readonly kind: 'create' }
  /** The id that PICS or the link table holds is not in the centre: never replaced by a guess (OF-31). */
  | { readonly kind: 'gone'; readonly id: string }
  /** Several assessors have the officer's code as MIS value (OF-36). */
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] }
  /** PICS does not hold what OneFile demands of an assessor. */
  | { readonly kind: 'impossible'; readonly lacks: Lack };

export type Lack = 'NO_NAME' | 'NO_EMAIL';

export type PlanInput = EnrolmentInput & { readonly facts: EnrolmentFacts; readonly nowMs: number };

export function decideOfficerWay(officer: Officer, { links, settings, facts, nowMs }: PlanInput): OfficerWay {
  const { code, externalId } = officer;
  const link = decideOwnerLink({ kind: 'officer', code, externalId }, links, settings, nowMs);
  if (link.kind === 'linked' || link.kind === 'typed') {
    const id = link.kind === 'linked' ? link.vendorId : link.typedId;
    const isGone = facts.missingAssessors.includes(id) || !isId(id);
    return isGone ? { kind: 'gone', id } : { kind: 'linked', vendorId: id };
  }
  const match = findOnly(facts.assessors[code] ?? []);
  if (match.kind !== 'none') return match;
  const lack = findLack(officer, settings);
  return lack === null ? { kind: 'create' } : { kind: 'impossible', lacks: lack };
}

/** what an assessor could not be created without. */
export function findLack(
  { firstName, surname, email }: Officer,
  { officerCreateEmail }: Pick<OneFileSettings, 'officerCreateEmail'>,
): Lack | null {
  if (firstName === null || surname === null) return 'NO_NAME';
  return officerCreateEmail && email === null ? 'NO_EMAIL' : null;
}

/** OF-32: exactly one counts. */
export function findOnly(
  hits: readonly Named[],
):
  | { readonly kind: 'matched'; readonly vendorId: string }
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] }
  | { readonly kind: 'none' } {
  const byId = new Map(hits.map((hit) => [hit.id, hit]));
  const [only] = byId.keys();
  if (only === undefined) return { kind: 'none' };
  if (byId.size === 1) return { kind: 'matched', vendorId: only };
  return { kind: 'ambiguous', names: [...byId.values()].map(({ id, name }) => `${name ?? '?'} (${id})`) };
}
