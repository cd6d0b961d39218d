import type { NewLink } from '../domain/link.ts';
import type { ResourceRead } from '../domain/polling.ts';
import { recordLinks } from '../store/links.ts';
import { readSeenShadows } from '../store/shadows.ts';
import { readVendorState } from '../store/vendor-state.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import type { OneFilePerson } from '../vendors/onefile/rules/first-sync.ts';
import { readApprovedPlan } from './enabled-with.ts';
import { matchPeople, toPerson } from './initial-plan.ts';
import type { EngineParts } from './open-engine.ts';

type Parts = Pick<EngineParts, 'store' | 'pics' | 'oneFile'>;

const pageSize = 2_000;
const linksAtOnce = 500;

/**
 * links learners by MIS value and ULN, while an approved initial synchronisation is in work and never else.
 *
 * The looks that follow in the same run announce the links, so that PICS shows them. Done again it finds nobody new.
 */
export async function linkFirstMatches(
  { store, pics, oneFile }: Parts,
  { passId }: Pick<ResourceRead, 'passId'>,
): Promise<number> {
  if (readApprovedPlan(await readVendorState(store.pool, vendor.name)) === null) return 0;
  const centre = oneFile.settings.centreId;
  const people = await readSeenPeople({ store, centre, passId });
  const { match } = await matchPeople({ pics, db: store.pool, centreId: centre }, people);
  const links = match.matches
    .filter(({ by }) => by !== 'id')
    .map(({ ident, vendorId }): NewLink => {
      const scope = { vendor: vendor.name, centre, kind: 'learner' } as const;
      return { ...scope, picsId: ident, ident, vendorId, how: 'matched' };
    });
  let refusedCount = 0;
  for (let at = 0; at < links.length; at += linksAtOnce)
    refusedCount += (await recordLinks(store.pool, links.slice(at, at + linksAtOnce))).length;
  return links.length - refusedCount;
}

async function readSeenPeople({
  store,
  centre,
  passId,
}: Pick<Parts, 'store'> & { readonly centre: string; readonly passId: string }): Promise<OneFilePerson[]> {
  const seen = { vendor: vendor.name, centre, entity: 'learner', passId } as const;
  const people: OneFilePerson[] = [];
  for (let afterVendorId: string | null = null; ; ) {
    const page = await readSeenShadows(store.pool, seen, { afterVendorId, limit: pageSize });
    people.push(...page.map(({ record }) => toPerson(record)));
    if (page.length < pageSize) return people;
    afterVendorId = page.at(-1)?.vendorId ?? null;
  }
}
