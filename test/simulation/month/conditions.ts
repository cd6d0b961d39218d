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

/** Smart Assessor's section of the configuration, where it differs from the defaults. */
export type SiteSettings = {
  readonly pollIntervalS: number;
  readonly callsPerMinute: number;
  readonly reviewTypeMap: Readonly<Record<string, string>>;
  readonly learnerDetails: 'none' | 'push' | 'pull';
  readonly learnerDetailFields: readonly string[];
  readonly unlinkedOfficer: 'omit' | 'create';
  readonly unlinkedEmployer: 'omit' | 'create';
  readonly elementsFrom: 'percent' | 'off';
  readonly unitsPolicy: 'skip' | 'import';
  readonly welcomeEmail: boolean;
};

export function toSiteSettings(
  random: Random,
  oneFile: Pick<OneFileSettings, 'learnerDetails'>,
): SiteSettings {
  // Where both were pulled from, a learner of both would be given the one's and the other's details in turn.
  const modes: readonly SiteSettings['learnerDetails'][] =
    oneFile.learnerDetails === 'pull' ? ['push'] : ['push', 'pull'];
  const or = <T>(usual: T, other: T): T => (random.chance() < 0.7 ? usual : other);
  return {
    pollIntervalS: random.pick([0, 4 * 3_600, 12 * 3_600]),
    callsPerMinute: 600,
    reviewTypeMap: {
      'Formal Review': 'N',
      Induction: 'X',
      General: 'X',
      ...(random.chance() < 0.5 ? { 'Gateway Ready': 'X' } : {}),
    },
    learnerDetails: or('none', random.pick(modes)),
    learnerDetailFields: ['email', 'phones'],
    unlinkedOfficer: or('omit', 'create'),
    unlinkedEmployer: or('create', 'omit'),
    elementsFrom: or('percent', 'off'),
    unitsPolicy: or('skip', 'import'),
    welcomeEmail: or(true, false),
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
