import type { JsonObject } from '../../../domain/json.ts';
import type { Call, CallResult } from '../../../domain/step.ts';
import {
  type AssignAssessor,
  type AssignStandard,
  type CreateAssessor,
  type CreateLearner,
  type CreatePlacement,
  fromMisKey,
} from '../rules/enrol/calls.ts';
import {
  assessorFirstDetails,
  learnerFirstDetails,
  placementFirstDetails,
  toDetailsBody,
} from '../wire/details.ts';
import { type Route, roles, routes } from '../wire/names.ts';
import { idOf } from '../wire/values.ts';
import { toCreatedId } from './answers.ts';
import type { ApiFailure } from './api.ts';
import { explainInUse } from './in-use.ts';
import { emptyDone, type LinkOf, type Making, observeAll, refuse, toFailure, toLink } from './making.ts';
import { lookForPlacement, lookForUser, readOwn, toDuplicate, toFound } from './owners.ts';
import { isGone, searchAll } from './searches.ts';
import { seeAims, seeAssessor, seePlacement } from './sight.ts';

type Creation = {
  readonly route: Route;
  readonly body: JsonObject | null;
  readonly link: Omit<LinkOf, 'vendorId'>;
  /** Turns a refusal into a result; without it the refusal is passed on. */
  readonly explain?: (refusal: ApiFailure) => Promise<CallResult>;
};

/**
 * Creates one record and returns its id. An answer without an id may have created it, so it is unknown
 * (O10).
 */
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

/** OF-13: creates the learner with exactly the given fields. */
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
 * Finds out why a learner was refused: a referenced record is gone, or another record has its MIS value or
 * e-mail address (D-22).
 *
 * It makes these calls only after a refusal. If it finds no reason, OneFile's own text is passed on.
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
    return goneRefusal('officer', defaultAssessorId, learner.officerCode);
  const placement = { toRoute: routes.placement, isOurs: isOfCentre };
  if ((await readOwn(placementId, placement, making)) === null)
    return goneRefusal('organisation', placementId, learner.organisationCode);
  const found = await lookForUser({ who: 'learner', misId, about: learner, except }, making);
  if (found.kind === 'rows' && found.rows.length > 0) return toDuplicate(found.rows, learner);
  const name = `${learner.firstName} ${learner.lastName}`;
  const inUse = await explainInUse(refusal, { resource: 'User', name, email: learner.email, misId }, making);
  return inUse ?? toFailure(refusal);
}

function goneRefusal(kind: 'officer' | 'organisation', id: string, code: string | undefined) {
  const detail = `The ${kind}'s record ${id} is not in the centre`;
  return refuse('LINK_GONE', detail, { kind, id, ...(code === undefined ? {} : { code }) });
}

/** OF-20: creates the assessor of an officer. */
export async function createAssessor(request: JsonObject, making: Making): Promise<CallResult> {
  const { code, firstName, lastName, email = null, misId = null } = request as CreateAssessor;
  const body = {
    OrganisationID: Number(making.parts.centreId),
    Role: roles.assessor,
    ...toDetailsBody(assessorFirstDetails, request),
  };
  /** OF-36: OneFile may refuse because another user has the MIS value or the e-mail address (G13, G29). */
  const explain = async (refusal: ApiFailure): Promise<CallResult> => {
    const about = { firstName, lastName, email };
    const found = await lookForUser({ who: 'assessor', misId, about }, making);
    if (found.kind === 'rows' && found.rows.length > 0)
      return toFound(found, { kind: 'officer', code, see: seeAssessor }, making);
    const name = `${firstName} ${lastName}`;
    const inUse = await explainInUse(refusal, { resource: 'User', name, email, misId }, making);
    return inUse ?? toFailure(refusal);
  };
  const link = { kind: 'officer', picsId: code, ident: null } as const;
  return create({ route: routes.createUser(), body, link, explain }, making);
}

/** OF-22: creates the placement of an organisation, with only its name and MIS value. */
export async function createPlacement(request: JsonObject, making: Making): Promise<CallResult> {
  const { code, name, misId = null } = request as CreatePlacement;
  const body = {
    OrganisationID: Number(making.parts.centreId),
    ...toDetailsBody(placementFirstDetails, request),
  };
  const explain = async (refusal: ApiFailure): Promise<CallResult> => {
    const found = await lookForPlacement({ misId, name: null }, making);
    if (found.kind === 'rows' && found.rows.length > 0)
      return toFound(found, { kind: 'organisation', code, see: seePlacement }, making);
    const unique = { resource: 'Placement', name, email: null, misId } as const;
    return (await explainInUse(refusal, unique, making)) ?? toFailure(refusal);
  };
  const link = { kind: 'organisation', picsId: code, ident: null } as const;
  return create({ route: routes.createPlacement(), body, link, explain }, making);
}

/** OF-15: assigns a standard to the learner. The aim that results belongs to the qualification. */
export async function assignStandard(request: JsonObject, making: Making): Promise<CallResult> {
  const { ident, learnerId, key, standardId } = request as AssignStandard;
  const link = { kind: 'qualification', picsId: `${ident}/${key}`, ident } as const;
  /**
   * G23: OneFile may refuse a standard that the learner already has. Then its existing aim is the wanted
   * one.
   */
  const explain = async (refusal: ApiFailure): Promise<CallResult> => {
    const found = await findAims({ learnerId, standardId, link }, making);
    return found.kind === 'done' && found.links.length === 1 ? found : toFailure(refusal);
  };
  const route = routes.assignStandard(standardId, learnerId);
  return create({ route, body: null, link, explain }, making);
}

type AimOf = {
  readonly learnerId: string;
  readonly standardId: string;
  readonly link: { readonly kind: 'qualification'; readonly picsId: string; readonly ident: string };
};

/** The learner's aims of one standard, each with the link that it would get. */
export async function findAims(
  { learnerId, standardId, link }: AimOf,
  { parts, account, cause }: Making,
): Promise<CallResult> {
  const found = await searchAll(parts.api, parts.searches.aims(learnerId), account);
  if (found.kind !== 'rows') return toFailure(found);
  const rows = found.rows.filter(({ row }) => idOf(row, 'StandardID') === standardId);
  if (rows.length === 0) return emptyDone;
  const aims = await seeAims(rows, { parts, account });
  if (aims.kind !== 'seen') return toFailure(aims);
  return {
    ...emptyDone,
    vendorId: rows[0]?.id ?? null,
    observed: observeAll(aims.seen, { parts, observedAtMs: found.sentAtMs, cause }),
    links: rows.map(({ id }) => toLink(parts, { ...link, vendorId: id })),
  };
}

/**
 * OF-20: assigns the assessor of one aim (level 3) or an additional one of the learner (level 1). Repeating
 * has no effect.
 */
export async function assignAssessor(request: JsonObject, { parts, account }: Making): Promise<CallResult> {
  const { learnerId, assessorId, standardId } = request as AssignAssessor;
  const of = standardId === null ? { Level: 1 } : { Level: 3, StandardID: Number(standardId) };
  const body = { LearnerID: Number(learnerId), ...of };
  const answer = await parts.api.call(routes.assignUser(assessorId), body, account);
  if (answer.kind === 'ok') return emptyDone;
  const gone = await isGone(parts.api, answer, { route: routes.user(assessorId), account });
  return gone
    ? refuse('LINK_GONE', `There is no assessor ${assessorId}`, { kind: 'officer', id: assessorId })
    : toFailure(answer);
}
