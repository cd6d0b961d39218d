import type { JsonObject } from '../../../core/json.ts';
import { toReferenceKey } from './compare.ts';

/** Something OneFile offers, under the code it is found by. One code may stand for several: pathways. */
export type Offer = {
  readonly code: string;
  readonly vendorId: string;
  readonly title: string | null;
  readonly entity: 'standard';
};

type Standard = { readonly vendorId: string; readonly record: JsonObject | null };

/** OF-18: the list of what OneFile offers. A standard without a code cannot be asked for by anybody. */
export function toOffers(standards: readonly Standard[]): readonly Offer[] {
  return standards.flatMap(({ vendorId, record }) => {
    const text = (field: string): string | null => {
      const value = record?.[field];
      return typeof value === 'string' ? value : null;
    };
    const code = toReferenceKey(text('code'));
    return code === null ? [] : [{ code, vendorId, title: text('title'), entity: 'standard' as const }];
  });
}
