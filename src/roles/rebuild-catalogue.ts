import type { Shadow } from '../domain/observation.ts';
import type { ResourceRead } from '../domain/polling.ts';
import { readCatalogue, replaceCatalogue } from '../store/catalogue.ts';
import { readSeenShadows } from '../store/shadows.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { toOffers } from '../vendors/onefile/rules/settings.ts';
import type { EngineParts } from './open-engine.ts';
import type { RoleContext } from './role.ts';

const pageLimit = 1_000;

/**
 * OF-18: makes the list of what OneFile offers from the standards a full pass has just read, without another call.
 *
 * All at once or not at all: after a reading with a gap, or one that came out empty, the old list stays.
 */
export async function rebuildCatalogue(
  { log }: Pick<RoleContext, 'log'>,
  { store, oneFile }: Pick<EngineParts, 'store' | 'oneFile'>,
  { passId, isWhole }: ResourceRead,
): Promise<void> {
  const scope = { vendor: vendor.name, centre: oneFile.settings.centreId } as const;
  if (!isWhole) return log.warn('the list of standards could not be read: the old one stays');
  const standards: Shadow[] = [];
  for (let page: readonly Shadow[] = []; ; ) {
    const afterVendorId = page.at(-1)?.vendorId ?? null;
    const wanted = { ...scope, entity: 'standard', passId };
    page = await readSeenShadows(store.pool, wanted, { afterVendorId, limit: pageLimit });
    standards.push(...page);
    if (page.length < pageLimit) break;
  }
  const offers = toOffers(standards);
  if (offers.length === 0 && (await readCatalogue(store.pool, scope)).length > 0)
    return log.warn('OneFile shows no standard any more: the old list stays');
  await replaceCatalogue(store.pool, scope, offers);
  log.info('the list of what OneFile offers is made anew', { count: offers.length });
}
