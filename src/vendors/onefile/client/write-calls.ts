import type { JsonObject } from '../../../core/json.ts';
import type { CallResult, CentreFinding, Done } from '../../../core/step.ts';
import { exchangedFields } from '../rules/aim-field.ts';
import { scheduledReview, visitTypes } from '../wire/codes.ts';
import { toWireDate, toWireInstant } from '../wire/dates.ts';
import { routes } from '../wire/routes.ts';
import { create } from './create-calls.ts';
import { emptyDone, type Making, refuse, toFailure } from './making.ts';
import { type RecentRecords, toRecordKey } from './recent-records.ts';
import { readById } from './search.ts';
import { seeAims, toObservation } from './sight.ts';

/** Fields of an aim that are sent, each with its key among the assumed names. Start and planned end only at enrolment. */
const aimFields = {
  ...exchangedFields,
  startOn: 'aim.start',
  plannedEndOn: 'aim.plannedEnd',
} as const;
type AimField = keyof typeof aimFields;

/** OF-15, OF-42 to OF-44: sends exactly the given fields; never null, never a status (O14). */
export async function updateAim(
  request: JsonObject,
  making: Making,
  recent: RecentRecords,
): Promise<CallResult> {
  const { parts, account } = making;
  const { names } = parts;
  const [id, learnerId] = [String(request['aimId']), String(request['learnerId'])];
  const fields = request['fields'] as Partial<Record<AimField, string>>;
  const body: Record<string, string | number> = { ID: Number(id) };
  for (const [field, value] of Object.entries(fields) as [AimField, string][]) {
    body[names(aimFields[field])] = field === 'registrationNumber' ? value : toWireDate(value);
  }
  const answer = await parts.api.call(routes.updateAim(id), body, account);
  if (answer.kind === 'rejected' && answer.status === 404) {
    return refuse('LINK_GONE', `There is no aim ${id}`, { kind: 'qualification', id });
  }
  if (answer.kind !== 'ok') return toFailure(answer);
  const verify = (request['verify'] ?? []) as readonly AimField[];
  const key = toRecordKey('learning-aim', id);
  const base = recent.get(key);
  // Not known whole it is read back: without a shadow of what was sent, the same would be sent again.
  if (verify.length > 0 || base === null) {
    const verified = await verifyAim({ id, verify }, making);
    if (verified !== null) return verified;
  }
  if (base === null) return emptyDone;
  const record: JsonObject = { ...base, ...fields };
  recent.set(key, record);
  const shadow = {
    vendor: 'onefile' as const,
    centre: parts.centreId,
    entity: 'learning-aim',
    vendorId: id,
    learnerVendorId: learnerId,
    record,
    observedAtMs: answer.answeredAtMs,
  };
  return { ...emptyDone, shadow: [shadow] };
}

/**
 * O12: reads the aim back after the first write of a name that nobody has proven.
 *
 * A name that OneFile does not know is ignored without a word, and would be sent again in every run. Null when the aim
 * could not be read: then the next write is verified.
 */
async function verifyAim(
  { id, verify }: { id: string; verify: readonly AimField[] },
  { parts, account }: Making,
): Promise<Done | null> {
  const read = await readById(parts.api, routes.aim(id), account);
  if (read.kind !== 'record') return null;
  const aims = await seeAims([{ id, row: read.row }], { parts, account });
  const [seen] = aims.kind === 'seen' ? aims.seen : [];
  if (seen === undefined) return null;
  const findings = verify.map(
    (field): CentreFinding => ({
      kind: 'field-support',
      field: aimFields[field],
      // What cannot be read is there all the same.
      isKept: (seen.record[field] ?? null) !== null || isUnreadable(seen.record, field),
    }),
  );
  const moment = { observedAtMs: read.sentAtMs, cause: 'after-write' as const };
  return { ...emptyDone, observed: [toObservation(parts.centreId, seen, moment)], findings };
}

function isUnreadable({ unreadable }: JsonObject, field: string): boolean {
  return Array.isArray(unreadable) && unreadable.includes(field);
}

/** OF-51, first call: the diary visit that carries start, end and type of a review. */
export async function createVisit(request: JsonObject, making: Making): Promise<CallResult> {
  const body = {
    LearnerID: Number(request['learnerId']),
    OrganisationID: Number(making.parts.centreId),
    AssessorID: Number(request['assessorId']),
    DateFrom: toWireInstant(Number(request['fromMs'])),
    DateTo: toWireInstant(Number(request['toMs'])),
    VisitTypeID: visitTypes[request['visitType'] as keyof typeof visitTypes],
    SMSReminder: false,
  };
  return create({ route: routes.createVisit(), body, link: toReviewLink('visit', request) }, making);
}

/** OF-51, second call: the review itself, on the visit by which it is recognised (O10). */
export async function createReview(request: JsonObject, making: Making): Promise<CallResult> {
  const body = {
    LearnerID: Number(request['learnerId']),
    AssessorID: Number(request['assessorId']),
    Status: scheduledReview,
    VisitID: Number(request['visitId']),
    ScheduledFor: toWireInstant(Number(request['scheduledForMs'])),
  };
  return create({ route: routes.createReview(), body, link: toReviewLink('review', request) }, making);
}

function toReviewLink(kind: 'visit' | 'review', request: JsonObject) {
  return { kind, picsId: String(request['reviewId']), ident: String(request['ident']) };
}
