import { digestOf } from '../../domain/digest.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { ResourceRead } from '../../domain/polling.ts';
import type { Pics, Store } from '../../domain/ports.ts';
import type { Stranger } from '../../domain/report.ts';
import type { VendorName } from '../../domain/vendor-name.ts';
import { initialPlanDocument, planContent } from '../common/first-match.ts';
import {
  type FirstPeople,
  linkFirstMatches,
  matchPeople,
  readListedPeople,
  readStrangers,
} from '../common/first-people.ts';
import { readApprovedPlan } from '../common/warnings.ts';
import type { InitialPlan } from '../vendor.ts';
import type { OneFileClient } from './client/client.ts';
import { pollResources } from './client/read-page.ts';
import type { OneFileSection } from './config.ts';
import { forecastUnderLimits } from './forecast.ts';
import { oneFileIds } from './rules/links.ts';
import { toUploadTypes } from './rules/review-upload.ts';

/* What the first synchronisation of OneFile would do (OF-9, A-46), and whom it links. */

const vendor = 'onefile' as const;

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
  const people = await readListedPeople(client.readPage, pollResources, oneFileIds);
  if ('kind' in people) return people;
  const { match, known } = await matchPeople(sources, firstPeople(centreId), people);
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
  const digest = digestOf(planContent(facts)).slice(0, 16);
  return { plan: { digest, document, matches: match.matches }, idents };
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

/** learners of OneFile are matched by MIS value and ULN too. */
function firstPeople(centre: string): FirstPeople {
  return { ids: oneFileIds, centre, by: ['misValue', 'uln'] };
}

/** Links learners by MIS value and ULN, while an approved first synchronisation is in work and never else. */
export async function linkApprovedMatches(
  sources: Sources,
  centre: string,
  read: Pick<ResourceRead, 'passId'>,
): Promise<number> {
  if (readApprovedPlan(await sources.store.vendors.readState(vendor)) === null) return 0;
  return linkFirstMatches(sources, firstPeople(centre), read);
}

/** OneFile's learners without a learner in PICS, as a reading has shown them. */
export function readOneFileStrangers(
  sources: Parameters<typeof readStrangers>[0],
  { centre, passId }: { readonly centre: string; readonly passId: string },
): Promise<readonly Stranger[]> {
  const isArchived = ({ archived }: JsonObject) => (typeof archived === 'boolean' ? archived : null);
  return readStrangers(sources, { ...firstPeople(centre), isArchived }, passId);
}
