import type { JsonObject } from '../../../domain/json.ts';
import type { Shadow } from '../../../domain/observation.ts';
import type { CallResult, CentreFinding, Done } from '../../../domain/step.ts';
import { toSentValues } from '../../common/details.ts';
import { lostHold } from '../../common/parts.ts';
import { type ExchangedField, exchangedFields, picsNames } from '../rules/aims.ts';
import {
  assessorDetails,
  type Details,
  learnerDetails,
  placementDetails,
  toDetailsBody,
  toDetailsRecord,
} from '../wire/details.ts';
import { type Route, routes, scheduledReview, visitTypes } from '../wire/names.ts';
import { joinAddress, type Row, toWireDate, toWireInstant } from '../wire/values.ts';
import { create } from './create-calls.ts';
import {
  emptyDone,
  keepRecords,
  type Making,
  observeAll,
  type RecentRecords,
  type Refusal,
  refuse,
  toFailure,
  toRecordKey,
} from './making.ts';
import { isGone, readById } from './searches.ts';
import {
  type CentreClient,
  type Seen,
  seeAims,
  seeAssessor,
  seeLearner,
  seePlacement,
  toObservation,
} from './sight.ts';

/**
 * Fields of an aim that are sent, each with the key of its name. Start and planned end are sent at enrolment
 * only.
 */
const aimFields = {
  ...exchangedFields,
  startOn: 'aim.start',
  plannedEndOn: 'aim.plannedEnd',
} as const;
type AimField = keyof typeof aimFields;

/**
 * OF-15, OF-42 to OF-44: sends exactly the given fields, never null and never a status (O14).
 *
 * The new state of the aim is the record as last read plus the sent fields; it becomes the shadow. The aim
 * is read back instead when it was not read before, or when `verify` names fields.
 */
export async function updateAim(
  request: JsonObject,
  making: Making,
  recent: RecentRecords,
): Promise<CallResult> {
  const { parts, account } = making;
  const { names } = parts;
  const [id, learnerId] = [String(request['aimId']), String(request['learnerId'])];
  const body: Record<string, string | number> = { ID: Number(id) };
  const fields: Partial<Record<AimField, string>> = {};
  for (const [field, value] of Object.entries(request['fields'] as JsonObject) as [AimField, string][]) {
    const sent = field === 'registrationNumber' ? value : toWireDate(value);
    if (sent === null) continue; // D-17: the others are sent; the rules hold this one
    body[names(aimFields[field])] = sent;
    fields[field] = value;
  }
  if (Object.keys(fields).length === 0) return unreadable(`aim ${id}`, Object.keys(request['fields'] ?? {}));
  const answer = await parts.api.call(routes.updateAim(id), body, account);
  if (answer.kind !== 'ok') {
    const gone = await isGone(parts.api, answer, { route: routes.aim(id), account });
    return gone
      ? refuse('LINK_GONE', `There is no aim ${id}`, { kind: 'qualification', id })
      : toFailure(answer);
  }
  const sentAtMs = answer.answeredAtMs;
  const verify = ((request['verify'] ?? []) as readonly AimField[]).filter((field) => field in fields);
  const key = toRecordKey('learning-aim', id);
  const base = recent.get(key);
  // Without the earlier record the aim is read back: without a shadow of what was sent, it would be sent
  // again.
  if (verify.length > 0 || base === null) {
    const verified = await verifyAim({ id, learnerId, fields, verify, sentAtMs }, making);
    if (verified !== null) return verified;
  }
  if (base === null) return emptyDone;
  const record: JsonObject = { ...base, ...fields };
  recent.set(key, record);
  const shadow = aimShadow({ id, learnerId, record, observedAtMs: sentAtMs }, parts);
  return { ...emptyDone, shadow: [{ ...shadow, sent: toSentValues(exchangedOf(fields), { sentAtMs }) }] };
}

type SentFields = Partial<Record<AimField, string>>;

/** The fields whose later fate matters (D-11, D-16). */
function exchangedOf(fields: SentFields): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field in exchangedFields));
}

function aimShadow(
  {
    id,
    learnerId,
    record,
    observedAtMs,
  }: { id: string; learnerId: string; record: JsonObject; observedAtMs: number },
  { centreId }: CentreClient,
): Shadow {
  const place = { vendor: 'onefile', centre: centreId, entity: 'learning-aim' } as const;
  return { ...place, vendorId: id, learnerVendorId: learnerId, record, observedAtMs };
}

type SentAim = {
  readonly id: string;
  readonly learnerId: string;
  readonly fields: SentFields;
  readonly verify: readonly AimField[];
  readonly sentAtMs: number;
};

/**
 * O12, D-16: reads the aim back after a write of a name that is not proven, or of a value that OneFile did not show
 * after it was sent before.
 *
 * OneFile ignores a name it does not know without an error, and the field would be sent again in every run.
 * Null when the aim could not be read: then the next write is verified.
 */
async function verifyAim(
  { id, learnerId, fields, verify, sentAtMs }: SentAim,
  { parts, account }: Making,
): Promise<Done | null> {
  const read = await readById(parts.api, routes.aim(id), account);
  if (read.kind !== 'record') return null;
  const aims = await seeAims([{ id, row: read.row }], { parts, account });
  const [seen] = aims.kind === 'seen' ? aims.seen : [];
  if (seen === undefined) return null;
  const { record } = seen;
  const sent = exchangedOf(fields);
  // An unreadable value shows that the field is kept.
  const isKept = (field: string): boolean => (record[field] ?? null) !== null || isUnreadable(record, field);
  const lost = Object.keys(sent).filter((field) => !isKept(field)) as ExchangedField[];
  const findings = verify.map((field): CentreFinding => {
    const key = `${aimFields[field]}=${parts.names(aimFields[field])}`;
    return { kind: 'field-support', field: key, isKept: isKept(field), record: id };
  });
  const observedAtMs = read.sentAtMs;
  return {
    ...emptyDone,
    observed: [toObservation(parts.centreId, seen, { observedAtMs, cause: 'after-write' })],
    shadow: [
      {
        ...aimShadow({ id, learnerId, record, observedAtMs }, parts),
        sent: toSentValues(sent, { sentAtMs, seen: record, lost }),
      },
    ],
    findings,
    holds: lost.map((field) =>
      lostHold({ entity: 'learning-aim', vendorId: id, field, name: picsNames[field] }, 'onefile'),
    ),
  };
}

function isUnreadable({ unreadable }: JsonObject, field: string): boolean {
  return Array.isArray(unreadable) && unreadable.includes(field);
}

/** D-17: nothing of the call can be sent. */
function unreadable(what: string, fields: readonly string[]): Refusal {
  const params = { vendor: 'PICS', what, field: fields.join(', ') };
  return refuse('UNREADABLE_DATE', `${what}: ${params.field}`, params);
}

/** OF-51, first call: creates the diary visit that carries start, end and type of a review. */
export async function createVisit(request: JsonObject, making: Making): Promise<CallResult> {
  const [from, to] = [toWireInstant(Number(request['fromMs'])), toWireInstant(Number(request['toMs']))];
  if (from === null || to === null) return unreadable(`review ${request['reviewId']}`, ['proposedAt']);
  const body = {
    LearnerID: Number(request['learnerId']),
    OrganisationID: Number(making.parts.centreId),
    AssessorID: Number(request['assessorId']),
    DateFrom: from,
    DateTo: to,
    VisitTypeID: visitTypes[request['visitType'] as keyof typeof visitTypes],
    SMSReminder: false,
  };
  const link = reviewLink('visit', request);
  const result = await create({ route: routes.createVisit(), body, link }, making);
  if (result.kind !== 'done' || result.vendorId === null) return result;
  // No read shows visits: what it was made with decides whether a later upload may use it.
  const { fromMs = null, assessorId = null, learnerId } = request;
  const shadow: Shadow = {
    vendor: 'onefile',
    centre: making.parts.centreId,
    entity: 'visit',
    vendorId: result.vendorId,
    learnerVendorId: String(learnerId),
    record: { fromMs, assessorId },
    observedAtMs: making.parts.now(),
  };
  return { ...result, shadow: [shadow] };
}

/** OF-51, second call: creates the review on the visit by which it is recognised (O10). */
export async function createReview(request: JsonObject, making: Making): Promise<CallResult> {
  const scheduledFor = toWireInstant(Number(request['scheduledForMs']));
  if (scheduledFor === null) return unreadable(`review ${request['reviewId']}`, ['proposedAt']);
  const body = {
    LearnerID: Number(request['learnerId']),
    AssessorID: Number(request['assessorId']),
    Status: scheduledReview,
    VisitID: Number(request['visitId']),
    ScheduledFor: scheduledFor,
  };
  return create({ route: routes.createReview(), body, link: reviewLink('review', request) }, making);
}

function reviewLink(kind: 'visit' | 'review', request: JsonObject) {
  return { kind, picsId: String(request['reviewId']), ident: String(request['ident']) };
}

/**
 * OF-70 to OF-72: sends exactly the given fields that have a value. A blank one never clears (O14, G21).
 *
 * The new state of the record is the record as last read plus the sent fields; it becomes the shadow. The
 * record is read back instead when it was not read before, or when `verify` names fields.
 */
export async function updateDetails(
  kind: DetailsKind,
  request: JsonObject,
  { making, recent }: { making: Making; recent: RecentRecords },
): Promise<CallResult> {
  const { parts, account } = making;
  const id = String(request[kind.idName]);
  const fields = await completeAddress(request['fields'] as JsonObject, { kind, id }, { making, recent });
  if ('kind' in fields) return fields as CallResult;
  const unknown = Object.keys(fields).filter((field) => kind.details[field] === undefined);
  if (unknown.length > 0)
    throw new Error(`The details of a ${kind.entity} have no field ${unknown.join(', ')}`);
  const body = toDetailsBody(kind.details, fields);
  if (Object.keys(body).length === 0) return unreadable(`${kind.picsKind} ${id}`, Object.keys(fields));
  const answer = await parts.api.call(kind.toUpdate(id), body, account);
  if (answer.kind !== 'ok') {
    const gone = await isGone(parts.api, answer, { route: kind.toRead(id), account });
    return gone ? toGoneDetails({ kind, id }) : toFailure(answer);
  }
  const key = toRecordKey(kind.entity, id);
  const base = recent.get(key);
  const sentAtMs = answer.answeredAtMs;
  const verify = (request['verify'] ?? []) as readonly string[];
  if (base === null || verify.length > 0) {
    const read = await readDetails({ kind, id }, { ...making, cause: 'after-write' });
    if (base === null || read.kind === 'done')
      return withFindings(read, { kind, fields, base, verify, sentAtMs });
  }
  const record: JsonObject = { ...base, ...toDetailsRecord(kind.details, fields) };
  recent.set(key, record);
  const shadow = {
    vendor: 'onefile' as const,
    centre: parts.centreId,
    entity: kind.entity,
    vendorId: id,
    learnerVendorId: kind.entity === 'learner' ? id : null,
    record,
    observedAtMs: answer.answeredAtMs,
  };
  return { ...emptyDone, shadow: [shadow] };
}

/** Address and postcode are one text at OneFile. The part that is not given is taken from the record. */
async function completeAddress(
  fields: JsonObject,
  { kind, id }: DetailsOf,
  { making, recent }: { making: Making; recent: RecentRecords },
): Promise<JsonObject | CallResult> {
  const { address, postcode, ...others } = fields as Record<string, string | undefined>;
  if (kind.entity !== 'placement' || (address === undefined && postcode === undefined)) return fields;
  const given = {
    ...(address === undefined ? {} : { address }),
    ...(postcode === undefined ? {} : { postcode }),
  };
  const key = toRecordKey('placement', id);
  const isWhole = address !== undefined && postcode !== undefined;
  const known = recent.get(key);
  if (!isWhole && known === null) {
    const read = await readDetails({ kind, id }, making);
    if (read.kind !== 'done') return read;
    keepRecords(recent, read.observed);
  }
  const present = recent.get(key)?.['address'];
  return {
    ...others,
    address: joinAddress(given, typeof present === 'string' ? present : null),
  } as JsonObject;
}

type Update = {
  readonly kind: DetailsKind;
  readonly fields: JsonObject;
  /** The record before the update; null = not known. */
  readonly base: JsonObject | null;
  /** Fields as the rules name them. */
  readonly verify: readonly string[];
  readonly sentAtMs: number;
};

/** O12, D-16: a field that shows its old value after the update was ignored by OneFile without an error. */
function withFindings(read: CallResult, { kind, fields, base, verify, sentAtMs }: Update): CallResult {
  const [seen] = read.kind === 'done' ? read.observed : [];
  if (read.kind !== 'done' || seen === undefined || seen.record === null) return read;
  const { record, vendorId } = seen;
  const { entity } = kind;
  const sent = toDetailsRecord(kind.details, fields) as Readonly<Record<string, string>>;
  const shownAs = (name: string): string =>
    kind.details[name === 'postcode' ? 'address' : name]?.recordName ?? name;
  const isKept = (name: string): boolean => {
    const value = record[shownAs(name)] ?? null;
    return value !== null && (value === sent[shownAs(name)] || value !== (base?.[shownAs(name)] ?? null));
  };
  const lost = verify.filter((name) => !isKept(name));
  const { deleted: _deleted, cause: _cause, ...shadow } = { ...seen, record };
  return {
    ...read,
    shadow: [{ ...shadow, sent: toSentValues(sent, { sentAtMs, seen: record, lost: lost.map(shownAs) }) }],
    findings: verify.map((name) => ({
      kind: 'field-support',
      field: `${entity}.${name}`,
      isKept: isKept(name),
      record: vendorId,
    })),
    holds: lost.map((name) => lostHold({ entity, vendorId, field: name, name }, 'onefile')),
  };
}

/** What differs between the three kinds of records with details. */
export type DetailsKind = {
  readonly entity: 'learner' | 'assessor' | 'placement';
  /** Name of the argument with the record's id. */
  readonly idName: string;
  /** The kind in PICS, for the message about a missing record. */
  readonly picsKind: 'learner' | 'officer' | 'organisation';
  readonly details: Details;
  readonly toUpdate: (id: string) => Route;
  readonly toRead: (id: string) => Route;
  readonly see: (row: Row, id: string, parts: CentreClient) => Seen;
};

export const detailsKinds = {
  learner: {
    entity: 'learner',
    idName: 'learnerId',
    picsKind: 'learner',
    details: learnerDetails,
    toUpdate: routes.updateUser,
    toRead: routes.user,
    see: seeLearner,
  },
  assessor: {
    entity: 'assessor',
    idName: 'assessorId',
    picsKind: 'officer',
    details: assessorDetails,
    toUpdate: routes.updateUser,
    toRead: routes.user,
    see: seeAssessor,
  },
  placement: {
    entity: 'placement',
    idName: 'placementId',
    picsKind: 'organisation',
    details: placementDetails,
    toUpdate: routes.updatePlacement,
    toRead: routes.placement,
    see: seePlacement,
  },
} as const satisfies Readonly<Record<DetailsKind['entity'], DetailsKind>>;

type DetailsOf = { readonly kind: DetailsKind; readonly id: string };

/** Reads one record by id, as OneFile has it now. */
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

/** O16: a linked record that is gone is left to a person. */
function toGoneDetails({ kind: { entity, picsKind }, id }: DetailsOf, code?: string): CallResult {
  const named = code === undefined ? {} : { code };
  return refuse('LINK_GONE', `There is no ${entity} ${id}`, { kind: picsKind, id, ...named });
}
