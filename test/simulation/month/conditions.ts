import type { OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import type { createRandom } from '../../support/random.ts';
import type { FaultRates } from './line.ts';

type Random = ReturnType<typeof createRandom>;

/** Half of the installations have changed nothing; the others one thing or several. */
export function toSettings(random: Random): Partial<OneFileSettings> {
  if (random.chance() < 0.5) return {};
  const or = <T>(usual: T, other: T): T => (random.chance() < 0.7 ? usual : other);
  return {
    deletedReviews: or<OneFileSettings['deletedReviews']>('recreate', 'remember'),
    rescheduleFromOneFile: or(true, false),
    unitsPolicy: or<OneFileSettings['unitsPolicy']>('skip', 'import'),
    unitsScope: or<OneFileSettings['unitsScope']>('elements', 'all'),
    externalIdVendor: or<OneFileSettings['externalIdVendor']>('onefile', 'smartassessor'),
    learnerDetails: or<OneFileSettings['learnerDetails']>('ignore', random.pick(['push', 'pull'])),
    learnerDetailFields: ['email', 'phones'],
    uploadReviews: or(true, random.chance() < 0.5),
    downloadReviews: or(true, random.chance() < 0.5),
  };
}

/** Some months are calm, some are rough. */
export function toRates(random: Random): FaultRates {
  const scale = random.pick([0, 0.3, 1, 1]);
  return {
    refusedConnection: 0.03 * scale,
    cutBeforeDone: 0.03 * scale,
    doneThenCut: 0.05 * scale,
    doneLate: 0.03 * scale,
    throttled: 0.03 * scale,
  };
}
