import { digestOf } from '../../domain/digest.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { NewLink } from '../../domain/link.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { ResourceRead } from '../../domain/polling.ts';
import type { Pics, Store } from '../../domain/ports.ts';
import type { VendorName } from '../../domain/vendor-name.ts';
import type { InitialPlan } from '../vendor.ts';
import type { OneFileClient } from './client/client.ts';
import { pollResources } from './client/read-page.ts';
import type { OneFileSection } from './config.ts';
import { readApprovedPlan } from '../common/warnings.ts';
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
  readonly pics: Pick<Pics, 'readOwners' | 'readPersons' | 'readNormalReviewTypes' | 'countNewReviews'>;
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
  { section, centreId, externalIdVendor }: Planned,
): Promise<ReadPlan | VendorFailure> {
  const { pics } = sources;
  const people = await readOneFilePeople(client);
  if ('kind' in people) return people;
  const { match, known } = await matchPeople(sources, centreId, people);
  const idents = [...known.idents, ...match.matches.map(({ ident }) => ident)];
  const normalReviewTypes = await pics.readNormalReviewTypes();
  const uploadReviewTypes = section.uploadReviewTypes ?? null;
  const types = toUploadTypes({ uploadReviewTypes }, { normalReviewTypes });
  const toSend = section.uploadReviews
    ? await pics.countNewReviews({ idents, types, column: 'oneFileId' })
    : [];
  const reviewsToSend = toSend.reduce((sum, { count }) => sum + count, 0);
  const accounts = await findNewAccounts(sources, { section, centreId, externalIdVendor, toSend });
  const unknown = { users: null, reviews: null, placements: null, classrooms: null, standards: null };
  const forecast = forecastUnderLimits({ ...unknown, learners: idents.length }, section);
  const shared = { centre: centreId, linked: known.idents.size, match, reviewsToSend, forecast };
  const facts = { ...shared, ...accounts };
  const document = initialPlanDocument(facts) as unknown as JsonObject;
  return { plan: { digest: digestOf(planContent(facts)).slice(0, 16), document }, idents };
}

type Planned = {
  readonly section: OneFileSection;
  readonly centreId: string;
  readonly externalIdVendor: VendorName | null;
};

type NewReviews = { readonly officer: string | null; readonly count: number };

/**
 * D-14: officers of the reviews to send who have no assessor at OneFile as far as PICS and the links say. An assessor with
 * the officer's code as MIS value is found only when the run reads the list, so the plan may name an officer who is there.
 */
async function findNewAccounts(
  { pics, store }: Sources,
  { section, centreId, externalIdVendor, toSend }: Planned & { readonly toSend: readonly NewReviews[] },
) {
  const counts = new Map(
    toSend.flatMap(({ officer, count }): [string, number][] => (officer === null ? [] : [[officer, count]])),
  );
  const codes = [...counts.keys()];
  const links = await store.links.readByPicsIds({ vendor, centre: centreId, kind: 'officer' }, codes);
  const linked = new Set(links.map(({ picsId }) => picsId));
  const isColumnOurs = externalIdVendor === vendor && section.matchBy === 'id';
  const unlinked = (await pics.readOwners('officer', codes)).filter(
    ({ code, externalId }) => !linked.has(code) && !(isColumnOurs && externalId !== null),
  );
  const toAccount = ({ code, name }: (typeof unlinked)[number]) => {
    return { code, name, reviews: counts.get(code) ?? 0 };
  };
  return {
    officersToCreate: unlinked.filter(({ isDormant }) => !isDormant).map(toAccount),
    officersNotLinked: unlinked.filter(({ isDormant }) => isDormant).map(toAccount),
  };
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
    niNumber: text('nino'),
    firstName: text('firstName'),
    lastName: text('lastName'),
    dob: text('dob'),
  };
}
