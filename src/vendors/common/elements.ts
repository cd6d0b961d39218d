import { type Portfolios, type Qualification, writesCounters } from '../../domain/learner.ts';
import type { VendorIds } from './learner-link.ts';

/* What the two element counters of a delivery qualification become from what a vendor shows (OF-45, SA-32). */

export type Elements = { readonly elementsTotal: number; readonly elementsDone: number };

/** whole numbers with 0 ≤ done ≤ total. */
export function clampElements(total: number, done: number): Elements {
  const elementsTotal = Math.max(0, Math.trunc(total));
  return { elementsTotal, elementsDone: Math.min(elementsTotal, Math.max(0, Math.trunc(done))) };
}

/** Counters of PICS beside those of the vendor; `shown` null = it shows no figure. */
export type Counted = {
  readonly qualification: Qualification;
  readonly learner: Portfolios;
  readonly shown: Elements | null;
};
type Policy = { readonly ids: Pick<VendorIds, 'learner'>; readonly unitsPolicy: 'skip' | 'import' };

/** The new counters of a qualification; null = they keep their values. */
export function decideCounters(counted: Counted, policy: Policy): Partial<Elements> | null {
  return findLeavingRule(counted, policy) === null ? findChanged(counted) : null;
}

/** The rule by which counters keep their values although the vendor shows others; null = nothing is left alone. */
export function findCountersLeft(counted: Counted, policy: Policy): string | null {
  const rule = findLeavingRule(counted, policy);
  return rule === null || findChanged(counted) === null ? null : rule;
}

function findLeavingRule({ qualification, learner }: Counted, { ids, unitsPolicy }: Policy): string | null {
  if (qualification.hasUnits && unitsPolicy === 'skip') return 'A-27';
  return writesCounters(ids.learner, learner) ? null : 'A-25';
}

function findChanged({ qualification, shown }: Counted): Partial<Elements> | null {
  if (shown === null) return null;
  const changed: { elementsTotal?: number; elementsDone?: number } = {};
  if (shown.elementsTotal !== qualification.elementsTotal) changed.elementsTotal = shown.elementsTotal;
  if (shown.elementsDone !== qualification.elementsDone) changed.elementsDone = shown.elementsDone;
  return Object.keys(changed).length === 0 ? null : changed;
}
