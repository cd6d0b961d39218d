import type { Learner, Officer } from '../../../../core/learner.ts';

export const vendor = 'OneFile';

export function toFullName({ firstName, surname }: Pick<Officer, 'firstName' | 'surname'>): string {
  return [firstName, surname].filter((name) => name !== null).join(' ');
}

/** What every message about a learner names. */
export function toWho(learner: Learner): { readonly vendor: string; name: string; ident: string } {
  return { vendor, name: toFullName(learner), ident: learner.ident };
}

/** The same order on every machine, whatever the order of rows. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
