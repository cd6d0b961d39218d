import { sleep } from '../base/sleep.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import type { Answer } from '../domain/request.ts';
import { askVendor } from '../requests/request.ts';
import { toConnection } from '../vendors/onefile/from-config.ts';
import { type ReadPlan, readInitialPlan } from './initial-plan.ts';
import type { EngineParts } from './open-engine.ts';
import { withOneFileClient } from './open-onefile.ts';
import type { RoleContext } from './role.ts';

type Place = Pick<Parameters<typeof readInitialPlan>[0], 'section' | 'centreId'>;

/**
 * The plan of an initial synchronisation, for a command: what stands in the way is its answer.
 *
 * By a client of its own: the poller must not take what was only counted for read.
 */
export async function askInitialPlan(
  context: RoleContext,
  { pics, store }: Pick<EngineParts, 'pics' | 'store'>,
  { section, centreId, signal }: Place & { readonly signal: AbortSignal },
): Promise<ReadPlan | { readonly refusal: Answer }> {
  const address = toConnection(section, centreId)?.baseUrl ?? '';
  const ask = async (): Promise<ReadPlan | VendorFailure> => {
    const plan = await withOneFileClient(context, section, centreId, (client) =>
      readInitialPlan({ pics, db: store.pool, client, section, centreId }),
    );
    return plan ?? { kind: 'unreachable', detail: 'no connection' };
  };
  const told = await askVendor({ address, sleep, signal }, ask);
  return told.kind === 'told' ? told.value : { refusal: told.answer };
}
