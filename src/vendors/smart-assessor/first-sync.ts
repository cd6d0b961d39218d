import { digestOf } from '../../domain/digest.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { Stranger } from '../../domain/report.ts';
import { initialPlanDocument, planContent } from '../common/first-match.ts';
import { type FirstPeople, matchPeople, readListedPeople, readStrangers } from '../common/first-people.ts';
import type { InitialPlan, VendorContext } from '../vendor.ts';
import { pollResources } from './client/read-page.ts';
import type { SmartAssessorConnection } from './connection.ts';
import { createPageReader, forecastPass } from './polling.ts';
import { smartAssessorIds } from './rules/links.ts';

export type ReadPlan = {
  readonly plan: InitialPlan;
  /** All who will be exchanged. */
  readonly idents: readonly string[];
};

/**
 * What the first synchronisation of Smart Assessor would do: one reading of the list of learners.
 *
 * Learners are brought together by the id that PICS shows and by nothing else (SA-23). Pairs with the same
 * names and birth date are proposed to a person. Nothing is created and nothing is sent: reviews come down only
 * (SA-40), and only an enrolment creates.
 */
export async function readInitialPlan(
  context: Pick<VendorContext, 'pics' | 'store' | 'log' | 'clock'>,
  connection: SmartAssessorConnection,
): Promise<ReadPlan | VendorFailure> {
  const { section } = connection;
  const readPage = createPageReader(connection, section, context);
  const people = await readListedPeople(readPage, pollResources, smartAssessorIds);
  if ('kind' in people) return people;
  const { match, known } = await matchPeople(context, firstPeople(section.site), people);
  const idents = [...known.idents, ...match.matches.map(({ ident }) => ident)];
  const facts = {
    centre: section.site,
    linked: known.idents.size,
    match,
    reviewsToSend: 0,
    officersToCreate: [],
    officersNotLinked: [],
    forecast: forecastPass(idents.length, section),
  };
  const document = initialPlanDocument(facts) as unknown as JsonObject;
  const digest = digestOf(planContent(facts)).slice(0, 16);
  return { plan: { digest, document, matches: match.matches }, idents };
}

/** SA-23: by the id that PICS shows alone. */
function firstPeople(centre: string): FirstPeople {
  return { ids: smartAssessorIds, centre, by: [] };
}

/** Smart Assessor's learners without a learner in PICS, as a reading has shown them. */
export function readSmartAssessorStrangers(
  sources: Parameters<typeof readStrangers>[0],
  { centre, passId }: { readonly centre: string; readonly passId: string },
): Promise<readonly Stranger[]> {
  const isArchived = ({ isArchived: flag }: JsonObject) => (typeof flag === 'boolean' ? flag : null);
  return readStrangers(sources, { ...firstPeople(centre), isArchived }, passId);
}
