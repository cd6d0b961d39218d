import type { NewLink } from '../domain/link.ts';
import type { Store } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';
import type { InitialPlan, OpenVendor } from '../vendors/vendor.ts';
import type { Collected } from './plan.ts';

/** What whom a run concerns is read from. */
type CollectPorts = {
  readonly vendor: Pick<OpenVendor, 'name' | 'centre'>;
  readonly store: Pick<Store, 'links'>;
  /** OF-9: whom the first synchronisation would link. Rejects when the vendor does not say. */
  readonly readMatches: () => Promise<InitialPlan['matches']>;
};

const pageSize = 5_000;

/**
 * Whom a run concerns: the learners that were named; else those that are linked, and, of the first synchronisation, those that it
 * would link.
 */
export async function collectLearners(
  { vendor, store, readMatches }: CollectPorts,
  run: Run,
): Promise<Collected> {
  const { kind, filter } = run.order;
  const matches = kind === 'initial' ? await readMatches() : [];
  const links = new Map(
    matches
      .filter(({ by }) => by !== 'id')
      .map(({ ident, vendorId }) => [ident, toLink(vendor, ident, vendorId)]),
  );
  if (filter.idents !== undefined) return { lanes: filter.idents, completed: [], links };
  const idents = new Set(matches.map(({ ident }) => ident));
  for (let afterIdent: string | null = null; ; ) {
    const scope = { vendor: vendor.name, centre: vendor.centre };
    const page: readonly { readonly ident: string }[] = await store.links.readLearners(scope, {
      afterIdent,
      limit: pageSize,
    });
    for (const { ident } of page) idents.add(ident);
    if (page.length < pageSize) break;
    afterIdent = page.at(-1)?.ident ?? null;
  }
  return { lanes: [...idents].sort(), completed: [], links };
}

function toLink({ name: vendor, centre }: CollectPorts['vendor'], ident: string, vendorId: string): NewLink {
  return { vendor, centre, kind: 'learner', picsId: ident, ident, vendorId, how: 'matched' };
}
