import type { SeedOptions } from '../settings.ts';
import type { Store } from '../state/store.ts';

/** Fills an empty store. The same options give the same records, byte for byte. */
export function seedStore(_store: Store, options: SeedOptions): void {
  if (options.size === 'empty') return;
}
