import { digestOf } from '../domain/digest.ts';
import type { JsonObject } from '../domain/json.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import { forecastFullPass } from '../domain/schedule.ts';
import { countNewReviews, readPersons } from '../pics/lookups.ts';
import type { InitialPlan } from '../requests/switch.ts';
import type { Db } from '../store/database.ts';
import { readLinkedLearners } from '../store/links.ts';
import type { OneFileClient } from '../vendors/onefile/client/client.ts';
import type { OneFileSection } from '../vendors/onefile/config.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import {
  type FirstMatch,
  type KnownLinks,
  matchFirst,
  type OneFilePerson,
  toInitialPlanDocument,
  toPlanContent,
} from '../vendors/onefile/rules/first-sync.ts';
import { toUploadTypes } from '../vendors/onefile/rules/review-upload.ts';
import type { Pics } from './open-pics.ts';
import { passLiveShare } from './pass-forecast.ts';

type Parts = {
  readonly pics: Pics;
  readonly db: Db;
  readonly client: Pick<OneFileClient, 'readPage'>;
  readonly section: OneFileSection;
  readonly centreId: string;
};

export type ReadPlan = {
  readonly plan: InitialPlan;
  /** Everybody who will be exchanged. */
  readonly idents: readonly string[];
};

/** OF-9, A-46: what the initial synchronisation would do: one call for each page of OneFile's learners. */
export async function readInitialPlan(parts: Parts): Promise<ReadPlan | VendorFailure> {
  const { pics, section, centreId } = parts;
  const oneFilePeople = await readOneFilePeople(parts);
  if ('kind' in oneFilePeople) return oneFilePeople;
  const { match, known } = await matchPeople(parts, oneFilePeople);
  const idents = [...known.idents, ...match.matches.map(({ ident }) => ident)];
  const normalReviewTypes = await pics.readNormalReviewTypes();
  const types = toUploadTypes(
    { uploadReviewTypes: section.uploadReviewTypes ?? null },
    { normalReviewTypes },
  );
  const reviewsToSend = section.uploadReviews
    ? await countNewReviews(pics.pool, pics.columns, { idents, types })
    : 0;
  const unknown = { reviews: null, placements: null, classrooms: null, standards: null };
  const { pageSize, callsPerMinute } = section;
  const forecast = forecastFullPass(
    { ...unknown, learners: idents.length, users: null },
    { pageSize, callsPerMinute, liveShare: passLiveShare },
  );
  const facts = { centre: centreId, linked: known.idents.size, match, reviewsToSend, forecast };
  const document = toInitialPlanDocument(facts) as unknown as JsonObject;
  return { plan: { digest: digestOf(toPlanContent(facts)).slice(0, 16), document }, idents };
}

/** Who of PICS is who of OneFile, beside those who are linked. */
export async function matchPeople(
  { pics, db, centreId }: Pick<Parts, 'pics' | 'db' | 'centreId'>,
  oneFilePeople: readonly OneFilePerson[],
): Promise<{ readonly match: FirstMatch; readonly known: KnownLinks }> {
  const known = await readKnownLinks(db, centreId);
  const persons = await readPersons(pics.pool, pics.columns);
  return { match: matchFirst(persons, oneFilePeople, known), known };
}

const pageSize = 5_000;

async function readKnownLinks(db: Db, centre: string): Promise<KnownLinks> {
  const idents = new Set<string>();
  const vendorIds = new Set<string>();
  for (let afterIdent: string | null = null; ; ) {
    const page: { ident: string; vendorId: string }[] = await readLinkedLearners(
      db,
      { vendor: vendor.name, centre },
      { afterIdent, limit: pageSize },
    );
    for (const { ident, vendorId } of page) {
      idents.add(ident);
      vendorIds.add(vendorId);
    }
    if (page.length < pageSize) return { idents, vendorIds };
    afterIdent = page.at(-1)?.ident ?? null;
  }
}

async function readOneFilePeople({ client }: Parts): Promise<readonly OneFilePerson[] | VendorFailure> {
  const resource = vendor.pollResources.find(({ name }) => name === 'learners');
  if (resource === undefined) throw new Error('OneFile has no list of learners');
  const people: OneFilePerson[] = [];
  for (let cursor: string | null = null; ; ) {
    const asked = { resource, cursor, learnerVendorId: null, extent: 'full', cause: 'poll' } as const;
    const page = await client.readPage(asked);
    if (page.kind !== 'page') return page;
    people.push(...page.observations.flatMap(({ record }) => (record === null ? [] : [toPerson(record)])));
    if (page.next === null) return people;
    cursor = page.next;
  }
}

/** A learner of OneFile as it was observed. */
export function toPerson(record: JsonObject): OneFilePerson {
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
