import type { JsonObject } from '../../domain/json.ts';
import type { NewLink } from '../../domain/link.ts';
import type { Shadow } from '../../domain/observation.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { PollResource, ReadPage, ResourceRead } from '../../domain/polling.ts';
import type { Pics, Store } from '../../domain/ports.ts';
import type { Stranger } from '../../domain/report.ts';
import {
  type FirstMatch,
  type KnownLinks,
  type MatchReason,
  matchFirst,
  type VendorPerson,
} from './first-match.ts';
import type { VendorIds } from './learner-link.ts';

/*
 * Whom the first synchronisation brings together. The pairs are found twice: once for the person who approves
 * them, from a reading of the vendor's learners, and once while the run is in work, from what the run has read. What
 * became unsure in between is not linked.
 */

const learnerPage = 5_000;
const shadowPage = 2_000;
const linksAtOnce = 500;

/** Whose learners are matched, and by what beside their ids. */
export type FirstPeople = {
  readonly ids: VendorIds;
  readonly centre: string;
  readonly by: readonly Exclude<MatchReason, 'id'>[];
};

type Sources = {
  readonly pics: Pick<Pics, 'readPersons'>;
  readonly store: Pick<Store, 'links' | 'polling'>;
};

/** Which learner of PICS is which of the vendor, beside those that are linked. */
export async function matchPeople(
  { pics, store }: Sources,
  of: FirstPeople,
  people: readonly VendorPerson[],
): Promise<{ readonly match: FirstMatch; readonly known: KnownLinks }> {
  const { ids, by } = of;
  const known = await readKnownLinks(store, of);
  const persons = await pics.readPersons(ids.learner, null);
  const toId = (text: string): string | null => ids.toId('learner', text);
  return { match: matchFirst(persons, people, { known, by, toId }), known };
}

async function readKnownLinks(
  { links }: Pick<Store, 'links'>,
  { ids: { vendor }, centre }: FirstPeople,
): Promise<KnownLinks> {
  const idents = new Set<string>();
  const vendorIds = new Set<string>();
  for (let afterIdent: string | null = null; ; ) {
    const page: readonly { ident: string; vendorId: string }[] = await links.readLearners(
      { vendor, centre },
      { afterIdent, limit: learnerPage },
    );
    for (const { ident, vendorId } of page) {
      idents.add(ident);
      vendorIds.add(vendorId);
    }
    if (page.length < learnerPage) return { idents, vendorIds };
    afterIdent = page.at(-1)?.ident ?? null;
  }
}

/** All learners of the vendor, by a reading of their list. */
export async function readListedPeople(
  readPage: ReadPage,
  resources: readonly PollResource[],
  ids: VendorIds,
): Promise<readonly VendorPerson[] | VendorFailure> {
  const resource = resources.find(({ entity }) => entity === 'learner');
  if (resource === undefined) throw new Error('the vendor has no list of learners');
  const people: VendorPerson[] = [];
  for (let cursor: string | null = null; ; ) {
    const request = { resource, cursor, learnerVendorId: null, extent: 'full', cause: 'poll' } as const;
    const page = await readPage(request);
    if (page.kind !== 'page') return page;
    for (const { vendorId, record } of page.observations)
      if (record !== null) people.push({ id: vendorId, ...ids.personOf(record) });
    if (page.next === null) return people;
    cursor = page.next;
  }
}

/**
 * Links the pairs that a reading of the run in work shows. Answers how many were linked.
 *
 * It is for a run that a person has approved, and never else. The looks that follow in the same run announce the links,
 * so that PICS shows them. Done again it finds none to link.
 */
export async function linkFirstMatches(
  sources: Sources,
  of: FirstPeople,
  { passId }: Pick<ResourceRead, 'passId'>,
): Promise<number> {
  const { match } = await matchPeople(sources, of, await readSeenPeople(sources.store, of, passId));
  const { ids, centre } = of;
  const links = match.matches.flatMap(({ by, ident, vendorId }): NewLink[] =>
    by === 'id'
      ? []
      : [{ vendor: ids.vendor, centre, kind: 'learner', picsId: ident, ident, vendorId, how: 'matched' }],
  );
  let refusedCount = 0;
  for (let at = 0; at < links.length; at += linksAtOnce)
    refusedCount += (await sources.store.links.record(links.slice(at, at + linksAtOnce))).length;
  return links.length - refusedCount;
}

/** Accounts of the last complete reading of the vendor's learners that no learner of PICS is linked to or shows (D-20). */
export async function readStrangers(
  sources: Sources,
  of: FirstPeople & { readonly isArchived: (record: JsonObject) => boolean | null },
  passId: string,
): Promise<readonly Stranger[]> {
  const shadows = await readSeenLearners(sources.store, of, passId);
  const { match, known } = await matchPeople(
    sources,
    of,
    shadows.map((one) => toPerson(of, one)),
  );
  const likes = new Map<string, Stranger['like']>();
  for (const { ident, vendorId } of match.proposals) likes.set(vendorId, { ident, by: 'names' });
  for (const { ident, vendorId } of match.doubtful) likes.set(vendorId, { ident, by: 'doubtful-id' });
  const shown = new Set<string>();
  for (const { ident, vendorId, by } of match.matches)
    if (by === 'id') shown.add(vendorId);
    else likes.set(vendorId, { ident, by });
  return shadows
    .filter(({ vendorId }) => !known.vendorIds.has(vendorId) && !shown.has(vendorId))
    .map(({ vendorId, record }) => ({
      vendorId,
      isArchived: of.isArchived(record),
      like: likes.get(vendorId) ?? null,
    }));
}

async function readSeenPeople(
  store: Pick<Store, 'polling'>,
  of: FirstPeople,
  passId: string,
): Promise<readonly VendorPerson[]> {
  return (await readSeenLearners(store, of, passId)).map((one) => toPerson(of, one));
}

function toPerson({ ids }: FirstPeople, { vendorId, record }: Shadow): VendorPerson {
  return { id: vendorId, ...ids.personOf(record) };
}

async function readSeenLearners(
  { polling }: Pick<Store, 'polling'>,
  { ids, centre }: FirstPeople,
  passId: string,
): Promise<readonly Shadow[]> {
  const learners: Shadow[] = [];
  for (let afterVendorId: string | null = null; ; ) {
    const seen = { vendor: ids.vendor, centre, entity: 'learner', passId } as const;
    const page = await polling.readSeenShadows(seen, { afterVendorId, limit: shadowPage });
    learners.push(...page);
    if (page.length < shadowPage) return learners;
    afterVendorId = page.at(-1)?.vendorId ?? null;
  }
}
