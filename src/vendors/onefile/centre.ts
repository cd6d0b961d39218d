import type { Log } from '../../base/log.ts';
import type { Shadow } from '../../domain/observation.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { ResourceRead } from '../../domain/polling.ts';
import type { Clock, Pics, Store } from '../../domain/ports.ts';
import { toReferenceKey } from '../common/values.ts';
import type { OneFileClient } from './client/client.ts';
import type { OfferedStandard } from './rules/enrol/facts.ts';
import { type OneFileCentre, toOffers } from './rules/settings.ts';

/*
 * What belongs to the centre as a whole: its assessors, kept for the rules, and the list of standards it offers, kept
 * in the store.
 */

const assessorsMaxAgeMs = 600_000;

/**
 * Keeps what the rules need to know of the centre, and reads it again when it is old.
 *
 * No look waits for OneFile here: until its assessors are known they count as unknown, and each that is needed is
 * looked up.
 */
export function createCentreReader(
  client: Pick<OneFileClient, 'readAssessors'>,
  {
    pics,
    clock,
  }: { readonly pics: Pick<Pics, 'readNormalReviewTypes'>; readonly clock: Pick<Clock, 'steadyMs'> },
  maxAgeMs: number = assessorsMaxAgeMs,
): () => Promise<OneFileCentre> {
  let assessors: OneFileCentre['assessors'] = null;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.steadyMs() - askedAtMs >= maxAgeMs) {
      askedAtMs = clock.steadyMs();
      void client
        .readAssessors('live')
        .catch(() => null)
        .then((found) => {
          assessors = found ?? assessors;
        });
    }
    return { assessors, normalReviewTypes: await pics.readNormalReviewTypes() };
  };
}

/** Entity of the list under which standards are kept. */
const entity = 'standard';
const shadowPage = 1_000;
const learnerPage = 5_000;
/** A reference that is misspelt stays unknown: it does not cost a reading of the list each time. */
const refreshAgainAfterMs = 600_000;

type Sources = {
  readonly client: Pick<OneFileClient, 'refreshCatalogue'>;
  readonly pics: Pick<Pics, 'readUsedReferences'>;
  readonly store: Pick<Store, 'catalogue' | 'links' | 'polling'>;
  readonly centre: string;
  readonly clock: Pick<Clock, 'steadyMs'>;
  readonly liveLetters: readonly string[];
  readonly log: Log;
};

/** OF-18: the list of what OneFile offers. */
export type OfferList = {
  read(): Promise<readonly OfferedStandard[]>;
  /** Makes the list from the standards that a full pass has just read, without another call. */
  rebuild(read: ResourceRead): Promise<void>;
  /** Reads it afresh, unless that was done a moment ago; a failure keeps the old one. */
  refreshWhenOld(): Promise<{ readonly kind: 'refreshed' | 'recent' } | VendorFailure>;
  /** Reads it afresh and says what learners that are linked or live need and OneFile does not offer. */
  refreshAndCompare(): Promise<
    { readonly references: number; readonly unmatched: readonly string[] } | VendorFailure
  >;
};

export function createOfferList({
  client,
  pics,
  store,
  centre,
  clock,
  liveLetters,
  log,
}: Sources): OfferList {
  const scope = { vendor: 'onefile', centre } as const;
  let refreshedAtMs = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<readonly OfferedStandard[] | VendorFailure> {
    const offered = await client.refreshCatalogue('command');
    if ('kind' in offered) return offered;
    const rows = offered.map(({ id, code, title }) => ({ code, vendorId: id, title, entity }));
    await store.catalogue.replace(scope, rows);
    refreshedAtMs = clock.steadyMs();
    return offered;
  }

  async function readLinkedIdents(): Promise<readonly string[]> {
    const idents: string[] = [];
    for (;;) {
      const page = { afterIdent: idents.at(-1) ?? null, limit: learnerPage };
      const learners = await store.links.readLearners(scope, page);
      idents.push(...learners.map(({ ident }) => ident));
      if (learners.length < learnerPage) return idents;
    }
  }

  return {
    read: async () =>
      (await store.catalogue.read(scope)).flatMap(({ code, vendorId, title, entity: kind }) =>
        kind === entity ? [{ id: vendorId, code, title }] : [],
      ),

    // All at once or not at all: after a reading with a gap, or one that came out empty, the old list stays.
    rebuild: async ({ passId, isWhole }) => {
      if (!isWhole) return log.warn('the list of standards could not be read: the old one stays');
      const standards: Shadow[] = [];
      for (let page: readonly Shadow[] = []; ; ) {
        const after = { afterVendorId: page.at(-1)?.vendorId ?? null, limit: shadowPage };
        page = await store.polling.readSeenShadows({ ...scope, entity, passId }, after);
        standards.push(...page);
        if (page.length < shadowPage) break;
      }
      const offers = toOffers(standards);
      if (offers.length === 0 && (await store.catalogue.read(scope)).length > 0)
        return log.warn('OneFile shows no standard any more: the old list stays');
      await store.catalogue.replace(scope, offers);
      log.info('the list of what OneFile offers is renewed', { count: offers.length });
    },

    refreshWhenOld: async () => {
      if (clock.steadyMs() - refreshedAtMs < refreshAgainAfterMs) return { kind: 'recent' };
      const offered = await refresh();
      return 'kind' in offered ? offered : { kind: 'refreshed' };
    },

    refreshAndCompare: async () => {
      const offered = await refresh();
      if ('kind' in offered) return offered;
      const used = await pics.readUsedReferences({ idents: await readLinkedIdents(), letters: liveLetters });
      const known = new Set(offered.map(({ code }) => toReferenceKey(code)));
      const unmatched = used.filter((reference) => !known.has(toReferenceKey(reference)));
      return { references: known.size, unmatched };
    },
  };
}
