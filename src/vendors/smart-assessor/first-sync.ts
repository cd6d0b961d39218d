import type { VendorFailure } from '../../domain/outcome.ts';
import type { InitialPlan, VendorContext } from '../vendor.ts';
import type { SmartAssessorConnection } from './connection.ts';
export type ReadPlan = { readonly plan: InitialPlan; readonly idents: readonly string[] };
export async function readInitialPlan(
  _context: VendorContext,
  _connection: SmartAssessorConnection,
): Promise<ReadPlan | VendorFailure> {
  return { plan: { digest: 'x', document: {} }, idents: [] };
}
