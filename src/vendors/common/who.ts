import type { Learner, Officer } from '../../domain/learner.ts';
import { type VendorName, vendorTitles } from '../../domain/vendor-name.ts';

export function toFullName({ firstName, surname }: Pick<Officer, 'firstName' | 'surname'>): string {
  return [firstName, surname].filter((name) => name !== null).join(' ');
}

/** The params that every message about a learner needs. */
export function toWho(
  learner: Pick<Learner, 'ident' | 'firstName' | 'surname'>,
  vendor: VendorName,
): { readonly vendor: string; name: string; ident: string } {
  return { vendor: vendorTitles[vendor], name: toFullName(learner), ident: learner.ident };
}

/** Orders by code units, so the order is the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
