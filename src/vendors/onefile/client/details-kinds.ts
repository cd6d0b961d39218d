import type { CallResult } from '../../../core/step.ts';
import { assessorDetails, type Details, learnerDetails, placementDetails } from '../wire/details.ts';
import { type Route, routes } from '../wire/routes.ts';
import type { Row } from '../wire/values.ts';
import { emptyDone, type Making, observeAll, refuse, toFailure } from './making.ts';
import { readById } from './search.ts';
import { type ClientParts, type Seen, seeAssessor, seeLearner, seePlacement } from './sight.ts';

/** What the three kinds of records with details have of their own. */
export type DetailsKind = {
  readonly entity: 'learner' | 'assessor' | 'placement';
  /** Argument that names the record. */
  readonly idName: string;
  /** Of PICS, for the words about a link that is gone. */
  readonly picsKind: 'learner' | 'officer' | 'organisation';
  readonly details: Details;
  readonly toUpdate: (id: string) => Route;
  readonly toRead: (id: string) => Route;
  readonly see: (row: Row, id: string, parts: ClientParts) => Seen;
};

export const detailsKinds = {
  learner: {
    ...{ entity: 'learner', idName: 'learnerId', picsKind: 'learner', details: learnerDetails },
    ...{ toUpdate: routes.updateUser, toRead: routes.user, see: seeLearner },
  },
  assessor: {
    ...{ entity: 'assessor', idName: 'assessorId', picsKind: 'officer', details: assessorDetails },
    ...{ toUpdate: routes.updateUser, toRead: routes.user, see: seeAssessor },
  },
  placement: {
    ...{ entity: 'placement', idName: 'placementId', picsKind: 'organisation', details: placementDetails },
    ...{ toUpdate: routes.updatePlacement, toRead: routes.placement, see: seePlacement },
  },
} as const satisfies Readonly<Record<DetailsKind['entity'], DetailsKind>>;

export type DetailsOf = { readonly kind: DetailsKind; readonly id: string };

/** One record by its id, as OneFile holds it now. */
export async function readDetails(
  { kind, id }: DetailsOf,
  { parts, account, cause }: Making,
): Promise<CallResult> {
  const read = await readById(parts.api, kind.toRead(id), account);
  if (read.kind === 'missing') return toGoneDetails({ kind, id });
  if (read.kind !== 'record') return toFailure(read);
  const observed = observeAll([kind.see(read.row, id, parts)], { parts, observedAtMs: read.sentAtMs, cause });
  return { ...emptyDone, observed };
}

/** O16: a linked record that is gone is a person's matter. */
export function toGoneDetails({ kind: { entity, picsKind }, id }: DetailsOf, code?: string): CallResult {
  const named = code === undefined ? {} : { code };
  return refuse('LINK_GONE', `There is no ${entity} ${id}`, { kind: picsKind, id, ...named });
}
