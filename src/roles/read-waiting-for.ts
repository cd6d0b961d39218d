import type { OwnerKind } from '../domain/owner.ts';
import { readIdentsHeldFor } from '../store/held.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import type { Store } from './open-store.ts';

/** Learners with something held because of an officer or organisation. */
export function createReadWaitingFor({
  pool,
}: Pick<Store, 'pool'>): (kind: OwnerKind, code: string) => Promise<readonly string[]> {
  return (kind, code) =>
    readIdentsHeldFor(pool, vendor.name, { name: kind === 'officer' ? 'officer' : 'place', value: code });
}
