import type { ReconcileItem } from '../../domain/rows.ts';
import type { ItemKnowledge } from '../vendor.ts';
export function createReadKnowledge(
  _sources: object,
): (items: readonly ReconcileItem[]) => Promise<readonly ItemKnowledge[]> {
  return async () => [];
}
