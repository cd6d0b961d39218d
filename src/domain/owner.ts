import type { Officer } from './learner.ts';

/**
 * PICS records that several learners share. Each has a lane of its own, so it is created once even if
 * several learners need it (G-3).
 */
export type OwnerKind = 'officer' | 'organisation';
export type OwnerKey = { readonly kind: OwnerKind; readonly code: string };

/** An organisation of PICS. Every text trimmed; blank = null (G-1). */
export type Organisation = {
  readonly code: string;
  readonly name: string | null;
  /** Lines 1 to 4; the fifth is never sent. */
  readonly address: readonly (string | null)[];
  readonly postcode: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly website: string | null;
  /** The employer's reference number. */
  readonly edrs: string | null;
  /** Employees, or the least number of the size band that PICS keeps. */
  readonly headCount: number | null;
  /** The one external-id column, used by the vendor that owns it (D-2). */
  readonly externalId: string | null;
};

export type Owner =
  | ({ readonly kind: 'officer'; readonly phone: string | null; readonly mobile: string | null } & Officer)
  | ({ readonly kind: 'organisation' } & Organisation);

/**
 * The lane of an owner, where a learner has its ident. It is longer than any ident, so the two are never
 * confused.
 */
export function toOwnerLane({ kind, code }: OwnerKey): string {
  return `${kind}:${code}`;
}

/** The owner of a lane; null for a learner's ident. */
export function fromOwnerLane(ident: string): OwnerKey | null {
  const [, kind, code] = /^(officer|organisation):(.+)$/.exec(ident) ?? [];
  return kind === undefined || code === undefined ? null : { kind: kind as OwnerKind, code };
}
