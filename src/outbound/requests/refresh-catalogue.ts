import type { VendorFailure } from '../../core/outcome.ts';
import { type AskEffects, askVendor } from './ask-vendor.ts';
import { type HandleCommand, toDone } from './request.ts';

export type RefreshCatalogueEffects<Entry> = AskEffects & {
  /** Everything the vendor offers, read afresh, and put in the place of the old list at once. */
  readonly refreshCatalogue: () => Promise<readonly Entry[] | VendorFailure>;
  /** How many references it offers, and which of those that PICS uses are not among them. */
  readonly compareCatalogue: (
    entries: readonly Entry[],
  ) => Promise<{ readonly references: number; readonly unmatched: readonly string[] }>;
};

/** So many references are named in the answer. */
const mostNamed = 200;

/**
 * OF-18: Refresh Qualification Links. A failed rebuild keeps the old list.
 *
 * It is no synchronisation of learners: the time of the last one does not move (OF-3).
 */
export function createRefreshCatalogue<Entry>(effects: RefreshCatalogueEffects<Entry>): HandleCommand {
  return async (_request, begin) => {
    await begin();
    const told = await askVendor(effects, effects.refreshCatalogue);
    if (told.kind === 'failed') return told.answer;
    const { references, unmatched } = await effects.compareCatalogue(told.value);
    return toDone({
      references,
      unmatchedCount: unmatched.length,
      unmatched: unmatched.slice(0, mostNamed),
    });
  };
}
