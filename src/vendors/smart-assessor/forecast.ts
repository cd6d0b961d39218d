import type { Store } from '../../domain/ports.ts';
import type { SmartAssessorSection } from './config.ts';
export async function readPassForecast(
  _store: Store,
  _of: { readonly section: SmartAssessorSection; readonly learnerCount?: number },
) {
  return null;
}
