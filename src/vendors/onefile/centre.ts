import type { CatalogueRow } from '../../domain/catalogue.ts';
import type { Clock, Pics } from '../../domain/ports.ts';
import { createOfferList, type OfferList } from '../common/offer-list.ts';
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

/** OF-18: the standards of the centre are what OneFile offers. */
export function createStandardList(
  client: Pick<OneFileClient, 'refreshCatalogue'>,
  centre: string,
  sources: Parameters<typeof createOfferList>[0],
): OfferList {
  return createOfferList(sources, {
    vendor: 'onefile',
    centre,
    entity: 'standard',
    readRows: async () => {
      const offered = await client.refreshCatalogue('command');
      if ('kind' in offered) return offered;
      return offered.map(({ id, code, title }) => ({ code, vendorId: id, title, entity: 'standard' }));
    },
    toRows: toOffers,
    findUnmatched: findUnoffered,
  });
}

/** References that no standard has. */
export function findUnoffered(
  references: readonly string[],
  rows: readonly CatalogueRow[],
): readonly string[] {
  const known = new Set(rows.map(({ code }) => toReferenceKey(code)));
  return references.filter((reference) => !known.has(toReferenceKey(reference)));
}

/** The standards of the kept list. */
export function toStandards(rows: readonly CatalogueRow[]): readonly OfferedStandard[] {
  return rows.flatMap(({ code, vendorId, title, entity }) =>
    entity === 'standard' ? [{ id: vendorId, code, title }] : [],
  );
}
