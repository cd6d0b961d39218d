import type { SeedOptions, Size } from '../settings.ts';
import type { Store } from '../state/store.ts';
import { sowLearners } from './learners.ts';
import { sowOrganisations, sowPlaces } from './places.ts';
import type { Sowing } from './sowing.ts';
import { sowStaff } from './staff.ts';
import { sowStandards } from './standards.ts';

/** Learners come in groups of six: four in the main centre, one in each of the two others. */
const GROUP_COUNTS: Readonly<Record<Size, number>> = { empty: 0, small: 5, medium: 50, large: 500 };

/** Fills an empty store. The same options give the same records, byte for byte; a larger size contains a smaller one. */
export function seedStore(store: Store, options: SeedOptions): void {
  if (options.size === 'empty') return;
  const sowing: Sowing = { store, options, asOfMs: Date.parse(options.asOf) };
  const organisationIds = sowOrganisations(sowing);
  for (const organisationId of organisationIds) {
    sowPlaces(sowing, organisationId);
    sowStandards(sowing, organisationId);
    sowStaff(sowing, organisationId);
  }
  sowLearners(sowing, organisationIds, GROUP_COUNTS[options.size]);
}
