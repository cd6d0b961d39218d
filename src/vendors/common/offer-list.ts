import type { Log } from '../../base/log.ts';
import type { CatalogueRow, CatalogueScope } from '../../domain/catalogue.ts';
import type { Shadow } from '../../domain/observation.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { ResourceRead } from '../../domain/polling.ts';
import type { Clock, Pics, Store } from '../../domain/ports.ts';
import { vendorTitles } from '../../domain/vendor-name.ts';

const shadowPage = 1_000;
const learnerPage = 5_000;
/** A reference that is misspelt stays unknown: it does not cost a reading of the list each time. */
const refreshAgainAfterMs = 600_000;

type Sources = {
  readonly pics: Pick<Pics, 'readUsedReferences'>;
  readonly store: Pick<Store, 'catalogue' | 'links' | 'polling'>;
  readonly clock: Pick<Clock, 'steadyMs'>;
  readonly log: Log;
  readonly liveLetters: readonly string[];
};

/** What a vendor offers and how it becomes rows of the list. */
type Offered = CatalogueScope & {
  /** Entity of the records that are offered. */
  readonly entity: string;
  /** Asks the vendor. */
  readRows(): Promise<readonly CatalogueRow[] | VendorFailure>;
  /** Makes the rows of what a full pass has read. */
  toRows(shadows: readonly Shadow[]): readonly CatalogueRow[];
  /** Which of these references of PICS none of the rows is for. */
  findUnmatched(references: readonly string[], rows: readonly CatalogueRow[]): readonly string[];
};

/** OF-18, SA-14: the list of what a vendor offers, kept in the store. */
export type OfferList = {
  read(): Promise<readonly CatalogueRow[]>;
  /** Makes the list from what a full pass has just read, without another call. */
  rebuild(read: ResourceRead): Promise<void>;
  /** Reads it afresh, unless that was done a moment ago; a failure keeps the old one. */
  refreshWhenOld(): Promise<{ readonly kind: 'refreshed' | 'recent' } | VendorFailure>;
  /** Reads it afresh and says what learners that are linked or live need and is not in what was read. */
  refreshAndCompare(): Promise<
    { readonly references: number; readonly unmatched: readonly string[] } | VendorFailure
  >;
};

export function createOfferList(sources: Sources, offered: Offered): OfferList {
  const { pics, store, clock, log, liveLetters } = sources;
  const { vendor, centre, entity } = offered;
  const scope = { vendor, centre };
  const title = vendorTitles[vendor];
  let refreshedAtMs = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<readonly CatalogueRow[] | VendorFailure> {
    const rows = await offered.readRows();
    if ('kind' in rows) return rows;
    await keep(rows);
    refreshedAtMs = clock.steadyMs();
    return rows;
  }

  /** D-21: a list that came out empty takes nothing away. */
  async function keep(rows: readonly CatalogueRow[]): Promise<void> {
    if (rows.length === 0 && (await store.catalogue.read(scope)).length > 0)
      return log.warn(`${title} offers nothing any more: the old list stays`);
    await store.catalogue.replace(scope, rows);
    log.info(`the list of what ${title} offers is renewed`, { count: rows.length });
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
    read: () => store.catalogue.read(scope),

    // All at once or not at all: after a reading with a gap, or one that came out empty, the old list stays.
    rebuild: async ({ passId, isWhole }) => {
      if (!isWhole) return log.warn(`what ${title} offers could not be read: the old list stays`);
      const shadows: Shadow[] = [];
      for (let page: readonly Shadow[] = []; ; ) {
        const after = { afterVendorId: page.at(-1)?.vendorId ?? null, limit: shadowPage };
        page = await store.polling.readSeenShadows({ ...scope, entity, passId }, after);
        shadows.push(...page);
        if (page.length < shadowPage) break;
      }
      await keep(offered.toRows(shadows));
    },

    refreshWhenOld: async () => {
      if (clock.steadyMs() - refreshedAtMs < refreshAgainAfterMs) return { kind: 'recent' };
      const rows = await refresh();
      return 'kind' in rows ? rows : { kind: 'refreshed' };
    },

    refreshAndCompare: async () => {
      const rows = await refresh();
      if ('kind' in rows) return rows;
      const used = await pics.readUsedReferences({ idents: await readLinkedIdents(), letters: liveLetters });
      const references = new Set(rows.map(({ code }) => code)).size;
      return { references, unmatched: offered.findUnmatched(used, rows) };
    },
  };
}
