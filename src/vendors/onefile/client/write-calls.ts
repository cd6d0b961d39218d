import type { JsonObject } from '../../../core/json.ts';
import type { LinkKind, NewLink } from '../../../core/link.ts';
import type { CallResult, CentreFinding, Done, Resolution } from '../../../core/step.ts';
import { type ExchangedField, exchangedFields } from '../rules/aim-field.ts';
import { fromReviewKey } from '../rules/review-upload.ts';
import { scheduledReview, visitTypes } from '../wire/codes.ts';
import { toWireDate, toWireInstant } from '../wire/dates.ts';
import { type Route, routes } from '../wire/routes.ts';
import { idOf } from '../wire/values.ts';
import { toCreatedId } from './read-body.ts';
import { emptyDone, type Making, toFailure } from './read-calls.ts';
import type { RecentAims } from './recent-aims.ts';
import { readById, searchAll } from './search.ts';
import { seeAims, seeReview, toObservation } from './sight.ts';

/** OF-42 to OF-44: sends exactly the given fields; never null, never a status (O14). */
export async function updateAim(
  request: JsonObject,
  making: Making,
  recentAims: RecentAims,
): Promise<CallResult> {
  const { parts, account } = making;
  const { names } = parts;
  const [id, learnerId] = [String(request['aimId']), String(request['learnerId'])];
  const fields = request['fields'] as Partial<Record<ExchangedField, string>>;
  const body: Record<string, string | number> = { ID: Number(id) };
  for (const [field, value] of Object.entries(fields) as [ExchangedField, string][]) {
    body[names(exchangedFields[field])] = field === 'registrationNumber' ? value : toWireDate(value);
  }
  const answer = await parts.api.call(routes.updateAim(id), body, account);
  if (answer.kind === 'rejected' && answer.status === 404) {
    return { kind: 'rejected', code: 'LINK_GONE', detail: `There is no aim ${id}` };
  }
  if (answer.kind !== 'ok') return toFailure(answer);
  const verify = (request['verify'] ?? []) as readonly ExchangedField[];
  if (verify.length > 0) {
    const verified = await verifyAim({ id, verify }, making);
    if (verified !== null) return verified;
  }
  const base = recentAims.get(id);
  if (base === null) return emptyDone;
  const record: JsonObject = { ...base, ...fields };
  recentAims.set(id, record);
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
  { id, verify }: { id: string; verify: readonly ExchangedField[] },
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
      field: exchangedFields[field],
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
  return create({ route: routes.createVisit(), body, kind: 'visit', request }, making);
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
  return create({ route: routes.createReview(), body, kind: 'review', request }, making);
}

type Creation = {
  readonly route: Route;
  readonly body: JsonObject;
  readonly kind: LinkKind;
  readonly request: JsonObject;
};

async function create(
  { route, body, kind, request }: Creation,
  { parts, account }: Making,
): Promise<CallResult> {
  const answer = await parts.api.call(route, body, account);
  if (answer.kind !== 'ok') return toFailure(answer);
  const vendorId = toCreatedId(answer.body);
  if (vendorId === null) return { kind: 'unknown', detail: 'NO_ID' };
  const owner = { picsId: String(request['reviewId']), ident: String(request['ident']) };
  return { ...emptyDone, vendorId, links: [toLink(parts.centreId, { ...owner, kind, vendorId })] };
}

function toLink(centre: string, link: Pick<NewLink, 'kind' | 'picsId' | 'vendorId' | 'ident'>): NewLink {
  return { vendor: 'onefile', centre, how: 'created', ...link };
}

/**
 * O10: looks for the review of ours whose create was not answered.
 *
 * The visit's id is the only mark by which it is recognised; every row is checked, whatever was filtered.
 */
export async function resolveReview(
  { naturalKey, subject, ident }: { naturalKey: string | null; subject: string; ident: string },
  making: Making,
): Promise<Resolution> {
  const key = naturalKey === null ? null : fromReviewKey(naturalKey);
  if (key === null) return { kind: 'blind', policy: 'hold' };
  const { parts, account, cause } = making;
  const found = await searchAll(parts.api, parts.searches.reviewsOf(key.learnerId), account);
  if (found.kind !== 'rows') return toFailure(found);
  const matches = found.rows.filter(({ row }) => idOf(row, 'VisitID') === key.visitId);
  const [only] = matches;
  if (only === undefined) return { kind: 'absent' };
  if (matches.length > 1) return { kind: 'several', count: matches.length };
  const moment = { observedAtMs: found.sentAtMs, cause };
  const picsId = subject.slice(subject.indexOf(':') + 1);
  const link = toLink(parts.centreId, { kind: 'review', picsId, vendorId: only.id, ident });
  const observed = [toObservation(parts.centreId, seeReview(only.row, only.id), moment)];
  return { kind: 'found', done: { ...emptyDone, vendorId: only.id, observed, links: [link] } };
}
