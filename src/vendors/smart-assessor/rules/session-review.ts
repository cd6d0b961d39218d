import type { JsonObject } from '../../../domain/json.ts';
import type { Learner, Review } from '../../../domain/learner.ts';
import type { Link } from '../../../domain/link.ts';
import type { Observation } from '../../../domain/observation.ts';
import type { RowDecision } from '../../../domain/rows.ts';
import type { Hold } from '../../../domain/step.ts';
import { ignore, write } from '../../common/link-row.ts';
import { reviewIdChanged, reviewsClaimedTwice, toReviewId } from '../../common/review-id.ts';
import { toText } from '../../common/values.ts';
import { toWho } from '../../common/who.ts';
import { isSameId } from '../wire/ids.ts';
import { sessionStatuses, sessionTypes, type Words } from '../wire/words.ts';
import { findUnreadable, fromSessionKey } from './records.ts';
import type { SmartAssessorSettings } from './settings.ts';

/*
 * A session of Smart Assessor as a review of PICS (SA-9, SA-41, SA-42). Nothing goes the other way (SA-40).
 *
 * The row is the learner's review with the session's id, and no other: never one of the same day or officer. Without
 * one a row is inserted, whose own id follows from session and learner, so that it is inserted once however often it is
 * decided. A session of several learners is one review of each.
 *
 * Until Smart Assessor says who attended, PICS and Smart Assessor may both plan: a field of PICS follows when it is
 * blank, or when Smart Assessor itself has changed it since it was last shown. From then on Smart Assessor wins.
 */

const vendor = 'smartassessor' as const;

type Attended = 'Y' | 'N' | 'U';

/** A session of one learner as it was observed. */
export type Session = {
  /** Key of its topic and of its link: session and learner. */
  readonly key: string;
  /** What PICS shows of it. */
  readonly sessionId: string;
  readonly assessorId: string | null;
  readonly type: string | null;
  readonly status: string | null;
  /** London's local time; null = blank, or not readable. */
  readonly startsAt: string | null;
  /** D-17. */
  readonly unreadable: Hold | null;
};

/** Null: the key is not that of a session. */
export function toSession(key: string, record: JsonObject): Session | null {
  const sessionId = fromSessionKey(key)?.sessionId ?? null;
  if (sessionId === null) return null;
  return {
    key,
    sessionId,
    assessorId: toText(record['assessorId']),
    type: toText(record['type']),
    status: toText(record['status']),
    startsAt: toText(record['startsAt']),
    unreadable: findUnreadable({ entity: 'session', vendorId: key, record }, ['startsAt']),
  };
}

type Settings = Pick<SmartAssessorSettings, 'reviewTypeMap' | 'attendanceMap' | 'deletedReviews' | 'site'>;

/** What the sync knows besides the session and the rows of the learner. */
export type SessionSide = {
  readonly links: readonly Link[];
  /** Code of the officer linked to the assessor; null = no officer is linked. */
  readonly officer: string | null;
  /** D-15: whether this session of this learner stands at another learner of PICS. */
  readonly isShownElsewhere: boolean;
  /** What was kept of the session when it was applied last. */
  readonly shown: JsonObject | null;
};

/** SA-41: what a session changes among the reviews of its learner. */
export function decideSession(
  { centre, vendorId, record }: Observation,
  learner: Learner,
  side: SessionSide,
  settings: Settings,
): RowDecision {
  const session = toSession(vendorId, record ?? {});
  if (session === null) return ignore('SA-41');
  const [row, ...more] = findReviews(learner, session.sessionId);
  if (row !== undefined && more.length > 0)
    return { kind: 'hold', ...reviewsClaimedTwice([row, ...more], session.sessionId, vendor) };
  if (row !== undefined) return updateReview(row, session, { learner, side, settings });
  const changed = findChangedRow(session, { learner, links: side.links, site: centre });
  if (changed !== null) return { kind: 'hold', ...changed };
  const link = side.links.find((one) => one.kind === 'review' && one.vendorId === session.key);
  if (link !== undefined && settings.deletedReviews === 'remember') return ignore('A-4');
  if (side.isShownElsewhere) return { kind: 'ignore', code: 'D-15', noted: toSessionSubject(session.key) };
  const unmapped = findUnmappedType(session, learner, settings);
  if (unmapped !== null) return { kind: 'hold', ...unmapped };
  return insertReview(session, { learner, side, settings });
}

/** Reviews of the learner that show the id of a session; case does not matter, nor do braces. */
export function findReviews({ reviews }: Pick<Learner, 'reviews'>, sessionId: string): readonly Review[] {
  return reviews.filter(
    ({ smartAssessorId }) => smartAssessorId !== null && isSameId(smartAssessorId, sessionId),
  );
}

/**
 * A row that was this session's, by its link or by its own id, and does not show the session's id any more: a user has
 * changed or cleared it. Null where there is none.
 */
export function findChangedRow(
  { key, sessionId }: Pick<Session, 'key' | 'sessionId'>,
  {
    learner,
    links,
    site,
  }: { readonly learner: Learner; readonly links: readonly Link[]; readonly site: string },
): Hold | null {
  const linked = links.find((one) => one.kind === 'review' && one.vendorId === key)?.picsId;
  const ids = [linked, toReviewId({ vendor, centre: site, ident: learner.ident }, key)];
  const row = learner.reviews.find(({ id }) => ids.includes(id));
  return row === undefined
    ? null
    : reviewIdChanged(learner, { reviewId: row.id, vendorId: sessionId }, vendor);
}

type Context = { readonly learner: Learner; readonly side: SessionSide; readonly settings: Settings };

/** SA-42: the row of a session that PICS does not have yet. */
function insertReview(session: Session, { learner, side, settings }: Context): RowDecision {
  const { ident } = learner;
  const link = side.links.find((one) => one.kind === 'review' && one.vendorId === session.key);
  const id = link?.picsId ?? toReviewId({ vendor, centre: settings.site, ident }, session.key);
  const attended = findAttendance(session, settings);
  const fields: Omit<Review, 'id'> = {
    type: findReviewType(session.type, settings),
    proposedAt: session.startsAt,
    attended,
    actualAt: attended === 'Y' ? toMinute(session.startsAt) : null,
    learnerSignedOn: null,
    officer: side.officer,
    oneFileId: null,
    smartAssessorId: session.sessionId,
  };
  return withHold(
    write({ kind: 'insert-review', id, ident, fields }),
    findSessionHold(session, learner, settings),
  );
}

/** SA-42, A-29, A-31: the fields of a row that follow the session now. */
function updateReview(row: Review, session: Session, { learner, side, settings }: Context): RowDecision {
  const set = findFollowing(row, session, side, settings);
  const decision =
    Object.keys(set).length === 0 ? ignore('equal') : write({ kind: 'update-review', id: row.id, set });
  const isTypeWaiting =
    hasChanged('type', session, side.shown) && findReviewType(session.type, settings) === null;
  const unmapped = isTypeWaiting ? findUnmappedType(session, learner, settings) : null;
  return withHold(decision, unmapped ?? findSessionHold(session, learner, settings));
}

function findFollowing(
  row: Review,
  session: Session,
  { officer, shown }: SessionSide,
  settings: Settings,
): Partial<Review> {
  const attended = findAttendance(session, settings);
  const hasAttendance = attended !== 'U';
  const set: { -readonly [name in keyof Review]?: Review[name] } = {};
  if (hasAttendance) {
    const actualAt = attended === 'N' ? null : (toMinute(session.startsAt) ?? row.actualAt);
    if (row.attended !== attended) set.attended = attended;
    if (row.actualAt !== actualAt) set.actualAt = actualAt;
  } else if (row.attended === null) set.attended = 'U';
  else if (isTakenBack(session, shown, settings)) {
    if (row.attended !== 'U') set.attended = 'U';
    if (row.actualAt !== null) set.actualAt = null;
  }
  const follows = (name: keyof Kept, held: string | null): boolean =>
    hasAttendance || held === null || hasChanged(name, session, shown);
  const { startsAt } = session;
  if (startsAt !== null && row.proposedAt !== startsAt && follows('startsAt', row.proposedAt))
    set.proposedAt = startsAt;
  if (officer !== null && row.officer !== officer && follows('assessorId', row.officer))
    set.officer = officer;
  const type = findReviewType(session.type, settings);
  const followsType = row.type === null || hasChanged('type', session, shown);
  if (type !== null && row.type !== type && followsType) set.type = type;
  return set;
}

/** What is kept of a session until it is decided the next time. */
type Kept = Pick<Session, 'type' | 'status' | 'startsAt' | 'assessorId'>;

/**
 * SA-9, A-31: a type that has no review type is not kept in the place of the one before: when it has got one, the type
 * counts as changed.
 */
export function keepSession(
  key: string,
  record: JsonObject,
  { shown, settings }: { readonly shown: JsonObject | null; readonly settings: Settings },
): JsonObject {
  const session = toSession(key, record);
  if (session === null) return {};
  const { type, status, startsAt, assessorId } = session;
  const isWaiting = shown !== null && findReviewType(type, settings) === null;
  return { type: isWaiting ? (shown['type'] ?? null) : type, status, startsAt, assessorId };
}

/** Whether Smart Assessor has changed the field since it was applied last. */
function hasChanged(name: keyof Kept, session: Session, shown: JsonObject | null): boolean {
  return shown !== null && (shown[name] ?? null) !== session[name];
}

/** Smart Assessor had shown an attendance, and shows none any more. */
function isTakenBack(session: Session, shown: JsonObject | null, settings: Settings): boolean {
  if (shown === null || !hasChanged('status', session, shown)) return false;
  return findAttended(toText(shown['status']), settings) !== 'U';
}

/** D-17: a session whose time cannot be read is not taken for attended. */
export function findAttendance(
  { status, unreadable }: Session,
  settings: Pick<Settings, 'attendanceMap'>,
): Attended {
  const attended = findAttended(status, settings);
  return attended === 'Y' && unreadable !== null ? 'U' : attended;
}

function findAttended(status: string | null, { attendanceMap }: Pick<Settings, 'attendanceMap'>): Attended {
  return findByWord(attendanceMap, status) ?? 'U';
}

/** SA-9: the review type of PICS; null = the setting does not have the type. */
export function findReviewType(
  type: string | null,
  { reviewTypeMap }: Pick<Settings, 'reviewTypeMap'>,
): string | null {
  return findByWord(reviewTypeMap, type);
}

const otherWord = 'other:';

/** The settings write a word that no table has as the vendor's screens do: case and signs do not matter. */
function findByWord<V>(map: Readonly<Record<string, V>>, word: string | null): V | null {
  if (word === null) return null;
  if (!word.startsWith(otherWord)) return Object.hasOwn(map, word) ? (map[word] ?? null) : null;
  const bare = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const wanted = bare(word.slice(otherWord.length));
  return Object.entries(map).find(([name]) => bare(name) === wanted)?.[1] ?? null;
}

/** cut to the minute. */
function toMinute(localTime: string | null): string | null {
  return localTime === null ? null : `${localTime.slice(0, 16)}:00`;
}

export function toSessionSubject(key: string): string {
  return `session:${key}`;
}

/** SA-9, A-9: a session whose type has no review type waits. It is never guessed. Null: it has one. */
export function findUnmappedType(session: Session, learner: Learner, settings: Settings): Hold | null {
  if (findReviewType(session.type, settings) !== null) return null;
  const type = wordOf(sessionTypes, session.type);
  return {
    subject: toSessionSubject(session.key),
    code: 'TYPE_NOT_MAPPED',
    params: of(session, learner, { type }),
  };
}

/** D-17, A-29: what a person must look at although the session is taken over. */
export function findSessionHold(session: Session, learner: Learner, settings: Settings): Hold | null {
  if (session.unreadable !== null) return session.unreadable;
  const isKnown = session.status === null || findByWord(settings.attendanceMap, session.status) !== null;
  if (isKnown) return null;
  const state = wordOf(sessionStatuses, session.status);
  const subject = toSessionSubject(session.key);
  return { subject, code: 'STATE_NOT_MAPPED', params: of(session, learner, { state }) };
}

function of(session: Session, learner: Learner, more: Hold['params']): Hold['params'] {
  return { ...toWho(learner, vendor), date: session.startsAt?.slice(0, 10) ?? '', ...more };
}

/** As the vendor's screens write it. */
function wordOf({ all }: Words<string>, word: string | null): string {
  if (word === null) return '(blank)';
  if (word.startsWith(otherWord)) return word.slice(otherWord.length);
  return all.find(({ ours }) => ours === word)?.label ?? word;
}

/** One field that waits for a person keeps no other from its place (D-17). */
function withHold(decision: RowDecision, hold: Hold | null): RowDecision {
  if (hold === null) return decision;
  const held = { kind: 'hold' as const, ...hold };
  return decision.kind === 'write' ? { ...held, actions: decision.actions } : held;
}
