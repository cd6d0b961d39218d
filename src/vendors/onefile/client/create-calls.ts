import type { JsonObject } from '../../../domain/json.ts';
import type { Intent } from '../../../domain/ledger.ts';
import type { Call, CallResult, Resolution, UnsentCreate } from '../../../domain/step.ts';
import { isSameName } from '../../common/values.ts';
import {
  type AssignAssessor,
  type AssignStandard,
  type CreateAssessor,
  type CreateLearner,
  type CreatePlacement,
  fromAimKey,
  fromMisKey,
} from '../rules/enrol/calls.ts';
import { fromReviewKey } from '../rules/review-upload.ts';
import {
  assessorFirstDetails,
  learnerFirstDetails,
  placementFirstDetails,
  toDetailsBody,
} from '../wire/details.ts';
import { type Route, roles, routes } from '../wire/names.ts';
import { flagOf, idOf, integerOf, type Row, textOf } from '../wire/values.ts';
import { toCreatedId } from './answers.ts';
import type { ApiFailure } from './api.ts';
import {
  emptyDone,
  type LinkOf,
  type Making,
  observeAll,
  type Refusal,
  refuse,
  toFailure,
  toLink,
} from './making.ts';
import {
  type Looked,
  lookForPlacement,
  lookForUser,
  readOwn,
  toDuplicate,
  toFound,
  toFullName,
} from './owners.ts';
import { type FoundRow, firstPlace, isGone, type Search, searchAll, searchPage } from './searches.ts';
import { type CentreClient, seeAims, seeAssessor, seeLearner, seePlacement, seeReview } from './sight.ts';

/*
 * The calls that create, and the two questions that follow one. Refused: does another record have the e-mail address or
 * the MIS value (D-22)? Without an answer: was it created after all (G-5)? Both are asked by searching for what the
 * create would have made unique.
 */

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
async function findAims(
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

/** What a new user or placement must not share with another one. */
type Unique = {
  readonly resource: 'User' | 'Placement';
  /** The new record, for the message. */
  readonly name: string;
  readonly email: string | null;
  readonly misId: string | null;
};

type Value = { readonly words: string; readonly filter: 'Email' | 'MISID'; readonly text: string };

/** A vendor that ignores the filter shows all its users: a refusal is not worth more pages than these. */
const mostPages = 2;

/**
 * D-22: says which record is in the way of a refused create; null when the refusal has another reason.
 *
 * OneFile keeps an e-mail address, which is the login, and a MIS value unique over more than the search before a
 * create looks at: over all roles, centres and archived accounts. So the search is made again without a role and
 * without a centre, and each row is compared with the value alone. If no record with it is shown although
 * OneFile's words speak of one, it is outside what the token can see, and the message says so.
 */
async function explainInUse(refusal: ApiFailure, unique: Unique, making: Making): Promise<Refusal | null> {
  for (const value of valuesOf(unique)) {
    const holder = await findHolder(value, unique, making);
    if (holder === null) continue;
    const message = refusal.detail === '' ? 'no reason given' : refusal.detail;
    const holding = { value: value.words, holder: describe(holder, making.parts) };
    const params = { name: unique.name, message, ...holding };
    return refuse('VALUE_IN_USE', `${value.words}: ${holder.id}`, params);
  }
  const words = refusal.detail;
  const isAboutUse = /in use|already|exist|duplicate|taken|unique/i.test(words);
  const named = valuesOf(unique).find(({ filter }) => patterns[filter].test(words));
  if (!isAboutUse || named === undefined) return null;
  const params = { name: unique.name, value: named.words, message: words };
  return refuse('VALUE_IN_USE_ELSEWHERE', words, params);
}

const patterns = { Email: /e-?mail|login|user ?name/i, MISID: /\bmis/i } as const;

function valuesOf({ email, misId }: Unique): readonly Value[] {
  const values: Value[] = [];
  if (email !== null) values.push({ words: 'e-mail address', filter: 'Email', text: email });
  if (misId !== null) values.push({ words: 'MIS value', filter: 'MISID', text: misId });
  return values;
}

/** Null when no such record is shown, or OneFile cannot be asked: then its own words must do. */
async function findHolder(
  { filter, text }: Value,
  { resource }: Unique,
  { parts, account }: Making,
): Promise<FoundRow | null> {
  const all = resource === 'User' ? parts.searches.users(null) : parts.searches.placements();
  const names = filter === 'Email' ? ['Email', 'Username'] : ['MISID', parts.names('placement.misId')];
  const search: Search = {
    ...all,
    filter: { [filter]: text },
    isWanted: (row) => names.some((name) => isSameName(textOf(row, name), text)),
    mayBeWanted: (row) => filter === 'Email' || textOf(row, 'MISID') === null || hasText(row, text),
  };
  const seen = new Set<string>();
  for (let place = firstPlace(search), read = 0; read < mostPages; read += 1) {
    const page = await searchPage(parts.api, search, { place, seen, account });
    if (page.kind !== 'rows') return null;
    const [holder] = page.rows;
    if (holder !== undefined) return holder;
    if (page.next === null) return null;
    for (const id of page.ids) seen.add(id);
    place = page.next;
  }
  return null;
}

function hasText(row: Row, text: string): boolean {
  return isSameName(textOf(row, 'MISID'), text);
}

const roleWords: Readonly<Record<number, string>> = {
  1: 'learner',
  4: 'trainee assessor',
  5: 'assessor',
  10: 'internal verifier',
  40: 'employer',
  45: 'observer',
};

/** `assessor Ada Brook (id 400002, archived, centre 302)` */
function describe(holder: FoundRow, { names, centreId }: CentreClient): string {
  const { id, row } = holder;
  const role = integerOf(row, names('user.role'));
  const kind = role === null ? 'record' : (roleWords[role] ?? `user of role ${role}`);
  const centre = idOf(row, names('user.organisation'));
  const more = [
    `id ${id}`,
    ...(flagOf(row, names('user.archived')) === true ? ['archived'] : []),
    ...(centre === null || centre === centreId ? [] : [`centre ${centre}`]),
  ];
  return `${kind} ${textOf(row, 'Name') ?? toFullName(holder)} (${more.join(', ')})`;
}

type Unanswered = Pick<Intent, 'step' | 'naturalKey' | 'subject' | 'ident'>;

const hold: Resolution = { kind: 'blind', policy: 'hold' };

/**
 * O10: looks for the record that an unanswered create may have made.
 *
 * The natural key of the intent says how to search: by MIS value for users and placements, by standard for aims, by visit
 * for reviews. Every found row is checked against the key, whatever the filter was. Exactly one match is ours and is
 * linked. No match means that the create did not happen; several matches are left to a person.
 */
export async function resolveCreate(intent: Unanswered, making: Making): Promise<Resolution> {
  switch (intent.step) {
    case 'create-learner':
    case 'create-assessor':
      return resolveUser(intent.step === 'create-learner' ? 'learner' : 'assessor', intent, making);
    case 'create-placement':
      return resolvePlacement(intent, making);
    case 'assign-standard':
      return resolveAim(intent, making);
    case 'create-review':
      return resolveReview(intent, making);
    default:
      return hold;
  }
}

async function resolveUser(
  who: 'learner' | 'assessor',
  { naturalKey, subject }: Unanswered,
  making: Making,
): Promise<Resolution> {
  const key = fromMisKey(naturalKey ?? '');
  if (key === null) return hold;
  const found = await lookForUser({ who, ...key, about: making.about }, making);
  const isLearner = who === 'learner';
  const picsId = picsIdOf(subject);
  const link = { kind: isLearner ? 'learner' : 'officer', picsId, ident: isLearner ? picsId : null } as const;
  return toResolution(found, { link, see: isLearner ? seeLearner : seeAssessor }, making);
}

async function resolvePlacement({ naturalKey, subject }: Unanswered, making: Making): Promise<Resolution> {
  const key = fromMisKey(naturalKey ?? '');
  if (key === null) return hold;
  const name = making.about?.lastName ?? null;
  const found = await lookForPlacement({ misId: key.misId, name }, making);
  const link = { kind: 'organisation', picsId: picsIdOf(subject), ident: null } as const;
  return toResolution(found, { link, see: seePlacement }, making);
}

async function resolveAim({ naturalKey, subject, ident }: Unanswered, making: Making): Promise<Resolution> {
  const key = fromAimKey(naturalKey ?? '');
  if (key === null) return hold;
  const link = { kind: 'qualification', picsId: picsIdOf(subject), ident } as const;
  const found = await findAims({ ...key, link }, making);
  if (found.kind !== 'done') return found;
  const count = found.links.length;
  if (count === 0) return { kind: 'absent' };
  return count > 1 ? { kind: 'several', count } : { kind: 'found', done: found };
}

/** The id of the visit is the only field by which our review is recognised. */
async function resolveReview(intent: Unanswered, making: Making): Promise<Resolution> {
  const key = fromReviewKey(intent.naturalKey ?? '');
  if (key === null) return hold;
  return findReview(intent, making, {
    learnerId: key.learnerId,
    isOurs: ({ row }) => idOf(row, 'VisitID') === key.visitId,
  });
}

/**
 * Looks for the review of an earlier upload before a visit is made for a new one: nothing may be known of its visit, so the
 * learner's review of the same time is ours, if no other record of PICS has it.
 */
export function resolveUpload(intent: Unanswered, unsent: UnsentCreate, making: Making): Promise<Resolution> {
  const { request, taken } = unsent;
  const second = Math.floor(Number(request['fromMs']) / 1_000);
  return findReview(intent, making, {
    learnerId: String(request['learnerId']),
    isOurs: ({ id, row }) =>
      !taken.has(id) && Math.floor(Number(seeReview(row, id).record['scheduledForMs']) / 1_000) === second,
  });
}

async function findReview(
  { subject, ident }: Unanswered,
  making: Making,
  { learnerId, isOurs }: { readonly learnerId: string; readonly isOurs: (found: FoundRow) => boolean },
): Promise<Resolution> {
  const { parts, account } = making;
  const found = await searchAll(parts.api, parts.searches.reviewsOf(learnerId), account);
  if (found.kind !== 'rows') return toFailure(found);
  const adoption = { link: { kind: 'review', picsId: picsIdOf(subject), ident }, see: seeReview } as const;
  return toResolution({ ...found, rows: found.rows.filter(isOurs) }, adoption, making);
}

type Adoption = {
  readonly link: Omit<LinkOf, 'vendorId'>;
  readonly see: typeof seeLearner;
};

function toResolution(found: Looked, { link, see }: Adoption, { parts, cause }: Making): Resolution {
  if (found.kind === 'blind') return hold;
  if (found.kind === 'unsure') return { kind: 'several', count: found.count };
  if (found.kind !== 'rows') return toFailure(found);
  const [only, ...others] = found.rows;
  if (only === undefined) return { kind: 'absent' };
  if (others.length > 0) return { kind: 'several', count: found.rows.length };
  const observed = observeAll([see(only.row, only.id, parts)], {
    parts,
    observedAtMs: found.sentAtMs,
    cause,
  });
  const links = [toLink(parts, { ...link, vendorId: only.id })];
  return { kind: 'found', done: { ...emptyDone, vendorId: only.id, observed, links } };
}

/** `qualification:10001/603/1122/3/1` → `10001/603/1122/3/1` */
function picsIdOf(subject: string): string {
  return subject.slice(subject.indexOf(':') + 1);
}
