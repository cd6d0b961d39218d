import { isDate } from './dates.ts';

export type Vendor = 'onefile' | 'smartassessor' | 'both' | 'none';

/** What the seeded set depends on, and nothing else: no clock, no locale, no machine. */
export interface GeneratorInputs {
  seed: number;
  /** 50 to 100,000, the awkward ones included. */
  learners: number;
  /** The date that stands for "today". */
  asOf: string;
  /** Shares of ordinary learners linked to each vendor, in per cent; together 100. */
  vendors: { onefile: number; smartassessor: number; none: number };
  /** The vendor of the ids in the one external-id column of officers and organisations (D-2). */
  externalIdVendor: 'onefile' | 'smartassessor';
  /** How OneFile shows the elements of an aim: by its percentage only, or by an explicit pair. */
  elements: 'progress' | 'pair';
  /** Learners that are linked otherwise than drawn, by ident. */
  links: Readonly<Record<string, Vendor>>;
}

export const defaultInputs: GeneratorInputs = {
  seed: 1,
  learners: 1000,
  asOf: '2026-01-15',
  vendors: { onefile: 60, smartassessor: 25, none: 15 },
  externalIdVendor: 'onefile',
  elements: 'progress',
  links: {},
};

/** Null when the inputs can be used, else what is wrong with them. */
export function findInputFault({ seed, learners, asOf, vendors }: GeneratorInputs): string | null {
  if (!Number.isInteger(seed) || seed < 0 || seed > 2 ** 31 - 1) return 'seed must be 0 to 2147483647';
  if (!Number.isInteger(learners) || learners < 50 || learners > 100_000)
    return 'learners must be 50 to 100000';
  if (!isDate(asOf)) return 'as-of must be a date such as 2026-01-15';
  const shares = [vendors.onefile, vendors.smartassessor, vendors.none];
  if (shares.some((share) => !(share >= 0)) || shares.reduce((a, b) => a + b, 0) !== 100)
    return 'vendor shares must be three numbers that make 100';
  return null;
}

/** How many officers exist when there are this many learners. */
export function countOfficers(learners: number): number {
  return Math.max(12, Math.floor(learners / 25));
}

export function countOrganisations(learners: number): number {
  return Math.max(15, Math.floor(learners / 4));
}
