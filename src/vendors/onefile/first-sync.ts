import { digestOf } from '../../domain/digest.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { NewLink } from '../../domain/link.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { ResourceRead } from '../../domain/polling.ts';
import type { Pics, Store } from '../../domain/ports.ts';
import type { InitialPlan } from '../vendor.ts';
import type { OneFileClient } from './client/client.ts';
import { pollResources } from './client/read-page.ts';
import type { OneFileSection } from './config.ts';
import { readApprovedPlan } from './confirmed.ts';
import { forecastUnderLimits } from './forecast.ts';
import {
  type FirstMatch,
  initialPlanDocument,
  type KnownLinks,
  matchFirst,
  type OneFilePerson,
  planContent,
} from './rules/first-sync.ts';
import { toUploadTypes } from './rules/review-upload.ts';

/*
 * The first synchronisation (OF-9, A-46). Its plan is computed twice: once for the person who approves it, from a
 * reading of OneFile's learners, and once while the run is in work, from what the run has read. What became unsure in
 * between is not linked.
 */

const vendor = 'onefile' as const;
const learnerPage = 5_000;
const shadowPage = 2_000;
const linksAtOnce = 500;

type Sources = {
  readonly pics: Pick<Pics, 'readPersons' | 'readNormalReviewTypes' | 'countNewReviews'>;
  readonly store: Pick<Store, 'links' | 'polling' | 'vendors'>;
};

export type ReadPlan = {
  readonly plan: InitialPlan;
  /** All who will be exchanged. */
  readonly idents: readonly string[];
};

/** What the first synchronisation would do: one call for each page of OneFile's learners. */
export async function readInitialPlan(
  sources: Sources,
  client: Pick<OneFileClient, 'readPage'>,
  { section, centreId }: { readonly section: OneFileSection; readonly centreId: string },
): Promise<ReadPlan | VendorFailure> {
  const { pics } = sources;
  const people = await readOneFilePeople(client);
  if ('kind' in people) return people;
  const { match, known } = await matchPeople(sources, centreId, people);
  const idents = [...known.idents, ...match.matches.map(({ ident }) => ident)];
  const normalReviewTypes = await pics.readNormalReviewTypes();
  const uploadReviewTypes = section.uploadReviewTypes ?? null;
  const types = toUploadTypes({ uploadReviewTypes }, { normalReviewTypes });
  const reviewsToSend = section.uploadReviews
    ? await pics.countNewReviews({ idents, types, column: 'oneFileId' })
    : 0;
  const unknown = { users: null, reviews: null, placements: null, classrooms: null, standards: null };
  const forecast = forecastUnderLimits({ ...unknown, learners: idents.length }, section);
  const facts = { centre: centreId, linked: known.idents.size, match, reviewsToSend, forecast };
  const document = initialPlanDocument(facts) as unknown as JsonObject;
  return { plan: { digest: digestOf(planContent(facts)).slice(0, 16), document }, idents };
}

/**
 * Links learners by MIS value and ULN, while an approved first synchronisation is in work and never else. Answers how
 * many were linked.
 *
 * The looks that follow in the same run announce the links, so that PICS shows them. Done again it finds none to link.
 */
export async function linkFirstMatches(
  sources: Sources,
  centre: string,
  { passId }: Pick<ResourceRead, 'passId'>,
): Promise<number> {
  const { store } = sources;
  if (readApprovedPlan(await store.vendors.readState(vendor)) === null) return 0;
  const people = await readSeenPeople(store, centre, passId);
  const { match } = await matchPeople(sources, centre, people);
  const links = match.matches.flatMap(({ by, ident, vendorId }): NewLink[] =>
    by === 'id' ? [] : [{ vendor, centre, kind: 'learner', picsId: ident, ident, vendorId, how: 'matched' }],
  );
  let refusedCount = 0;
  for (let at = 0; at < links.length; at += linksAtOnce)
    refusedCount += (await store.links.record(links.slice(at, at + linksAtOnce))).length;
  return links.length - refusedCount;
}

/** Which learner of PICS is which of OneFile, beside those that are linked. */
async function matchPeople(
  { pics, store }: Sources,
  centre: string,
  people: readonly OneFilePerson[],
): Promise<{ readonly match: FirstMatch; readonly known: KnownLinks }> {
  const known = await readKnownLinks(store, centre);
  return { match: matchFirst(await pics.readPersons('oneFileId', null), people, known), known };
}

async function readKnownLinks({ links }: Pick<Store, 'links'>, centre: string): Promise<KnownLinks> {
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

async function readOneFilePeople(
  client: Pick<OneFileClient, 'readPage'>,
): Promise<readonly OneFilePerson[] | VendorFailure> {
  const resource = pollResources.find(({ name }) => name === 'learners');
  if (resource === undefined) throw new Error('OneFile has no list of learners');
  const people: OneFilePerson[] = [];
  for (let cursor: string | null = null; ; ) {
    const request = { resource, cursor, learnerVendorId: null, extent: 'full', cause: 'poll' } as const;
    const page = await client.readPage(request);
    if (page.kind !== 'page') return page;
    people.push(...page.observations.flatMap(({ record }) => (record === null ? [] : [personOf(record)])));
    if (page.next === null) return people;
    cursor = page.next;
  }
}

async function readSeenPeople(
  { polling }: Pick<Store, 'polling'>,
  centre: string,
  passId: string,
): Promise<OneFilePerson[]> {
  const people: OneFilePerson[] = [];
  for (let afterVendorId: string | null = null; ; ) {
    const seen = { vendor, centre, entity: 'learner', passId } as const;
    const page = await polling.readSeenShadows(seen, { afterVendorId, limit: shadowPage });
    people.push(...page.map(({ record }) => personOf(record)));
    if (page.length < shadowPage) return people;
    afterVendorId = page.at(-1)?.vendorId ?? null;
  }
}

/** A learner of OneFile as it was observed. */
function personOf(record: JsonObject): OneFilePerson {
  const text = (field: string): string | null => {
    const value = record[field];
    return typeof value === 'string' ? value : null;
  };
  return {
    id: String(record['id']),
    misId: text('misId'),
    uln: text('uln'),
    firstName: text('firstName'),
    lastName: text('lastName'),
    dob: text('dob'),
  };
}
