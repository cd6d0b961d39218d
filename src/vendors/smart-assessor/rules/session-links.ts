import type { Review } from '../../../domain/learner.ts';
import type { NewLink } from '../../../domain/link.ts';
import type { Hold } from '../../../domain/step.ts';
import { readKey } from '../../../domain/view.ts';
import {
  joinParts,
  nothing,
  type Part,
  toCallStep,
  toHold,
  toMissingNote,
  toNote,
  toSteps,
} from '../../common/parts.ts';
import { reviewsClaimedTwice, toReviewSubject } from '../../common/review-id.ts';
import { type Of, toReadSessions } from './calls.ts';
import { toSessionKey } from './records.ts';
import {
  findAttendance,
  findChangedRow,
  findReviews,
  findReviewType,
  findSessionHold,
  findUnmappedType,
  type Session,
  toSession,
  toSessionSubject,
} from './session-review.ts';
import type { SmartAssessorLearnerView } from './settings.ts';

type View = Pick<SmartAssessorLearnerView, 'learner' | 'lane' | 'settings' | 'demand' | 'reads'>;

/**
 * What a look does about the sessions of a learner: it links reviews with sessions that were seen, reads sessions again
 * for which a review type was added to the settings, and says of every session and review that differ why they do.
 */
export function followSessions(view: View, of: Of): Part {
  const sessions = view.lane.shadows.flatMap(({ entity, vendorId, record }) =>
    entity === 'session' ? (toSession(vendorId, record) ?? []) : [],
  );
  return joinParts([
    linkSeenReviews(view, of, sessions),
    readReleased(view, of, sessions),
    holdClaimedReviews(view),
    ...sessions.map((session) => judgeSession(view, session)),
    ...orphanNotes(view),
    ...view.learner.reviews.map((review) => goneNote(view, of, { review, sessions })),
  ]);
}

/**
 * G-2, SA-41: a downloaded review gets its link once its session was seen, so that a later edit of the id is noticed. A
 * session may have several learners, so the link carries the key of its topic: session and learner.
 */
function linkSeenReviews(
  { learner, lane, settings, demand }: View,
  of: Of,
  sessions: readonly Session[],
): Part {
  if (demand === 'change') return nothing;
  const taken = new Set(
    lane.links.filter(({ kind }) => kind === 'review').flatMap((link) => [link.picsId, link.vendorId]),
  );
  const links = sessions.flatMap(({ key, sessionId }): NewLink[] => {
    const [row, ...more] = findReviews(learner, sessionId);
    const isOurs = key === toSessionKey({ id: sessionId, learnerId: of.learnerId });
    if (row === undefined || more.length > 0 || !isOurs || taken.has(key) || taken.has(row.id)) return [];
    return [
      {
        vendor: 'smartassessor',
        centre: settings.site,
        kind: 'review',
        picsId: row.id,
        vendorId: key,
        ident: learner.ident,
        how: 'matched',
      },
    ];
  });
  return links.length === 0 ? nothing : toSteps({ kind: 'link', links });
}

const released: ReadonlySet<string> = new Set(['TYPE_NOT_MAPPED', 'STATE_NOT_MAPPED']);

/**
 * SA-9, A-29: sessions that were held for a word that the settings have meanwhile are read again, so that the reconciler
 * takes them over.
 */
function readReleased({ learner, lane, settings, reads }: View, of: Of, sessions: readonly Session[]): Part {
  const waiting = new Set(lane.held.filter(({ code }) => released.has(code)).map(({ subject }) => subject));
  const isReleased = (session: Session): boolean =>
    waiting.has(toSessionSubject(session.key)) &&
    findUnmappedType(session, learner, settings) === null &&
    findSessionHold(session, learner, settings) === null;
  const read = toReadSessions(of);
  const isRead = [of, { ...of, isFirst: false }].some((one) => reads.has(readKey(toReadSessions(one))));
  return isRead || !sessions.some(isReleased) ? nothing : toSteps(toCallStep(read));
}

/** D-7: reviews of a learner with one id are held, each with the days of all. */
function holdClaimedReviews({ learner }: View): Part {
  const ids = new Set(learner.reviews.flatMap(({ smartAssessorId }) => smartAssessorId ?? []));
  const holds = [...ids].flatMap((id): Hold[] => {
    const rows = findReviews(learner, id);
    const [first] = rows;
    if (rows.length < 2 || first?.smartAssessorId !== id) return [];
    return rows.map((row) => ({
      ...reviewsClaimedTwice(rows, id, 'smartassessor'),
      subject: toReviewSubject(row.id),
    }));
  });
  return { ...nothing, holds };
}

/** The held item or note of a session that PICS does not show as Smart Assessor does. */
function judgeSession(view: View, session: Session): Part {
  const { learner, lane, settings } = view;
  const subject = toSessionSubject(session.key);
  const [row, ...more] = findReviews(learner, session.sessionId);
  const unmapped = findUnmappedType(session, learner, settings);
  const odd = findSessionHold(session, learner, settings);
  if (row === undefined) {
    const changed = findChangedRow(session, { learner, links: lane.links, site: settings.site });
    if (changed !== null) return toHold(changed);
    const isLinked = lane.links.some(({ kind, vendorId }) => kind === 'review' && vendorId === session.key);
    if (isLinked && settings.deletedReviews === 'remember') return toNote('A-4', subject);
    // What only the reconciler can find out stays noted.
    const isElsewhere = lane.notes?.some((note) => note.code === 'D-15' && note.subject === subject) === true;
    if (isElsewhere) return toNote('D-15', subject);
    return unmapped === null ? nothing : toHold(unmapped);
  }
  if (more.length > 0) return nothing;
  // Whether the type of a session that is in PICS has changed, the reconciler alone can tell.
  const isHeld = lane.held.some((item) => item.code === 'TYPE_NOT_MAPPED' && item.subject === subject);
  return joinParts([
    unmapped !== null && isHeld ? toHold(unmapped) : nothing,
    odd === null ? nothing : toHold(odd),
    ...differenceNotes(view, row, session),
  ]);
}

/** SA-42, A-31: until Smart Assessor has an attendance, what PICS plans and says of it stays; its type stays ever. */
function differenceNotes({ lane, settings }: View, row: Review, session: Session): readonly Part[] {
  const subject = toReviewSubject(row.id);
  const { startsAt, assessorId } = session;
  const type = findReviewType(session.type, settings);
  const officers = lane.links.filter(({ kind, vendorId }) => kind === 'officer' && vendorId === assessorId);
  const isMoved = startsAt !== null && row.proposedAt !== null && row.proposedAt !== startsAt;
  const isOther = officers.length > 0 && officers.every(({ picsId }) => picsId !== row.officer);
  const isDecided =
    findAttendance(session, settings) === 'U' && (row.attended === 'Y' || row.attended === 'N');
  return [
    ...(isMoved ? [toNote('drift', subject)] : []),
    ...(isDecided || (isOther && row.officer !== null) ? [toNote('SA-42', subject)] : []),
    ...(type !== null && row.type !== null && row.type !== type ? [toNote('A-31', subject)] : []),
  ];
}

/** notes links to reviews that were deleted in PICS. */
function orphanNotes({ learner, lane }: View): readonly Part[] {
  const ids = new Set(learner.reviews.map(({ id }) => id));
  return lane.links
    .filter(({ kind, picsId }) => kind === 'review' && !ids.has(picsId))
    .map(({ picsId }) => toNote('orphan', toReviewSubject(picsId)));
}

/** a review whose session Smart Assessor does not show any more stays as it is. */
function goneNote(
  view: View,
  of: Of,
  { review, sessions }: { readonly review: Review; readonly sessions: readonly Session[] },
): Part {
  const { id, smartAssessorId } = review;
  if (smartAssessorId === null) return nothing;
  const isShown = sessions.some(({ sessionId }) =>
    findReviews({ reviews: [review] }, sessionId).some((one) => one.id === id),
  );
  if (isShown) return nothing;
  const note = { code: 'A-4', subject: toReviewSubject(id) };
  return toMissingNote(view, note, (how) => toReadSessions({ ...of, ...how }));
}
