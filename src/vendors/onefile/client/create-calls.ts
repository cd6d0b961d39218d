import type { JsonObject } from '../../../core/json.ts';
import type { Call, CallResult } from '../../../core/step.ts';
import {
  type CreateAssessor,
  type CreateLearner,
  type CreatePlacement,
  fromMisKey,
} from '../rules/enrol/calls.ts';
import { roles } from '../wire/codes.ts';
import {
  assessorFirstDetails,
  learnerFirstDetails,
  placementFirstDetails,
  toDetailsBody,
} from '../wire/details.ts';
import { type Route, routes } from '../wire/routes.ts';
import type { ApiFailure } from './api.ts';
import { readOwn, toDuplicate, toFound } from './find-owners.ts';
import { lookForPlacement, lookForUser } from './look-for.ts';
import { emptyDone, type LinkOf, type Making, refuse, toFailure, toLink } from './making.ts';
import { toCreatedId } from './read-body.ts';
import { seeAssessor, seePlacement } from './sight.ts';

export type Creation = {
  readonly route: Route;
  readonly body: JsonObject | null;
  readonly link: Omit<LinkOf, 'vendorId'>;
  /** What is made of a refusal; without it, it is passed on. */
  readonly explain?: (refusal: ApiFailure) => Promise<CallResult>;
};

/** Creates one record, of which nothing is needed but its id. An answer without an id may have created it (O10). */
export async function create(
  { route, body, link, explain }: Creation,
  { parts, account }: Making,
): Promise<CallResult> {
  const answer = await parts.api.call(route, body, account);
  if (answer.kind === 'rejected' && explain !== undefined) return explain(answer);
  if (answer.kind !== 'ok') return toFailure(answer);
  const vendorId = toCreatedId(answer.body);
  if (vendorId === null) return { kind: 'unknown', detail: 'NO_ID' };
  return { ...emptyDone, vendorId, links: [toLink(parts, { ...link, vendorId })] };
}

/** OF-13: the learner itself, with exactly the given fields. */
export async function createLearner({ request, naturalKey }: Call, making: Making): Promise<CallResult> {
  const learner = request as CreateLearner;
  const { ident } = learner;
  const body = {
    OrganisationID: Number(making.parts.centreId),
    Role: roles.learner,
    ...toDetailsBody(learnerFirstDetails, request),
  };
  const except = fromMisKey(naturalKey ?? '')?.except ?? [];
  return create(
    {
      route: routes.createUser(),
      body,
      link: { kind: 'learner', picsId: ident, ident },
      explain: (refusal) => explainLearner(refusal, { learner, except }, making),
    },
    making,
  );
}

/**
 * Why a learner was refused: a reference that is gone, or somebody who has its MIS value or e-mail address already.
 *
 * Asked only now, so that it costs nothing where all is well. What cannot be found out is told in OneFile's words.
 */
async function explainLearner(
  refusal: ApiFailure,
  { learner, except }: { readonly learner: CreateLearner; readonly except: readonly string[] },
  making: Making,
): Promise<CallResult> {
  const { parts } = making;
  const { defaultAssessorId, placementId, misId = null } = learner;
  const { isAssessor, isOfCentre } = parts.searches;
  const assessor = { toRoute: routes.user, isOurs: isAssessor };
  if ((await readOwn(defaultAssessorId, assessor, making)) === null)
    return toGone('officer', defaultAssessorId, learner.officerCode);
  const placement = { toRoute: routes.placement, isOurs: isOfCentre };
  if ((await readOwn(placementId, placement, making)) === null)
    return toGone('organisation', placementId, learner.organisationCode);
  const found = await lookForUser({ who: 'learner', misId, about: learner, except }, making);
  const isTaken = found.kind === 'rows' && found.rows.length > 0;
  return isTaken ? toDuplicate(found.rows, learner) : toFailure(refusal);
}

function toGone(kind: 'officer' | 'organisation', id: string, code: string | undefined) {
  const detail = `The ${kind}'s record ${id} is not in the centre`;
  return refuse('LINK_GONE', detail, { kind, id, ...(code === undefined ? {} : { code }) });
}

/** OF-20: an assessor of an officer nobody at OneFile stands for. */
export async function createAssessor(request: JsonObject, making: Making): Promise<CallResult> {
  const { code, firstName, lastName, email = null, misId = null } = request as CreateAssessor;
  const body = {
    OrganisationID: Number(making.parts.centreId),
    Role: roles.assessor,
    ...toDetailsBody(assessorFirstDetails, request),
  };
  /** OF-36: OneFile may refuse because somebody has the MIS value or the e-mail address already (G13, G29). */
  const explain = async (refusal: ApiFailure): Promise<CallResult> => {
    const about = { firstName, lastName, email };
    const found = await lookForUser({ who: 'assessor', misId, about }, making);
    if (found.kind !== 'rows' || found.rows.length === 0) return toFailure(refusal);
    return toFound(found, { kind: 'officer', code, see: seeAssessor }, making);
  };
  const link = { kind: 'officer', picsId: code, ident: null } as const;
  return create({ route: routes.createUser(), body, link, explain }, making);
}

/** OF-22: a placement of an organisation, by its name alone beside the MIS value. */
export async function createPlacement(request: JsonObject, making: Making): Promise<CallResult> {
  const { code, misId = null } = request as CreatePlacement;
  const body = {
    OrganisationID: Number(making.parts.centreId),
    ...toDetailsBody(placementFirstDetails, request),
  };
  const explain = async (refusal: ApiFailure): Promise<CallResult> => {
    const found = await lookForPlacement({ misId, name: null }, making);
    if (found.kind !== 'rows' || found.rows.length === 0) return toFailure(refusal);
    return toFound(found, { kind: 'organisation', code, see: seePlacement }, making);
  };
  const link = { kind: 'organisation', picsId: code, ident: null } as const;
  return create({ route: routes.createPlacement(), body, link, explain }, making);
}
