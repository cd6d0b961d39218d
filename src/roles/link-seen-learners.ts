import type { VendorLearner } from '../domain/people.ts';
import type { ResourceRead } from '../domain/polling.ts';
import { readOneFileLearners } from '../pics/lookups.ts';
import { linkSeen } from '../store/links.ts';
import { readPollLearners } from '../store/polling.ts';
import { readSeenIds } from '../store/shadows.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import type { EngineParts } from './open-engine.ts';

type Parts = Pick<EngineParts, 'store' | 'pics' | 'oneFile'>;

/**
 * G-2, OF-30: links learners whose OneFile id stands in PICS and whom a full pass has just seen at OneFile.
 *
 * The list of the centre's learners says about everybody what a call would say about one.
 */
export async function linkSeenLearners(
  parts: Parts,
  { passId }: Pick<ResourceRead, 'passId'>,
): Promise<number> {
  const { store, oneFile } = parts;
  const scope = { vendor: vendor.name, centre: oneFile.settings.centreId } as const;
  const claimed = await readClaimedLearners(parts);
  const ids = claimed.map(({ vendorId }) => vendorId);
  const seen = await readSeenIds(store.pool, { ...scope, entity: 'learner', passId }, ids);
  return linkSeen(
    store.pool,
    claimed
      .filter(({ vendorId }) => seen.has(vendorId))
      .map(({ ident, vendorId }) => ({
        ...{ ...scope, kind: 'learner', how: 'typed' },
        ...{ picsId: ident, ident, vendorId },
      })),
  );
}

/** Everybody with a OneFile id in PICS and no link. */
export async function readClaimedLearners({
  pics,
  store,
  oneFile,
}: Parts): Promise<readonly VendorLearner[]> {
  const [linked, claimed] = await Promise.all([
    readLinked({ store, oneFile }),
    readOneFileLearners(pics.pool, pics.columns),
  ]);
  const known = new Set(linked.map(({ ident }) => ident));
  return claimed.filter(({ ident }) => !known.has(ident));
}

export function readLinked({ store, oneFile }: Pick<Parts, 'store' | 'oneFile'>) {
  const scope = { vendor: vendor.name, centre: oneFile.settings.centreId };
  return readPollLearners(store.pool, scope, { entity: 'review', atMsField: 'scheduledForMs' });
}
