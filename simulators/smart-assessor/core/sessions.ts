/*
 * Sessions. One session can hold several learners with several courses each; every learner has a status of its own.
 * Nothing of this is in the partner interface but reading, and in SOAP a session can be changed: people book, move, close
 * and cancel in the vendor's own screens, which the control door stands in for.
 */

import { stampNow, type World } from '../world.ts';
import { byRule, isUnderWay } from './courses.ts';
import type { Row, Value } from './fields.ts';
import { METHODS, textOf, wallMs } from './values.ts';

export interface Attendance {
  readonly learnerId: string;
  readonly courseIds: readonly string[];
  /** REST name. */
  readonly status: string;
  readonly [name: string]: Value;
}

/** A rule that an act is against. */
export interface Broken {
  readonly rule: string;
  readonly message: string;
}

export const attendancesOf = (row: Row): readonly Attendance[] =>
  (row['learners'] as readonly Attendance[] | null) ?? [];

const isCancelled = ({ status }: Attendance): boolean => status.startsWith('Cancelled');

export interface Booking {
  readonly type: string;
  readonly start: string;
  readonly durationMinutes: number;
  readonly location: string | null;
  readonly method: string | null;
  readonly assessorId: string | null;
  readonly learners: readonly Attendance[];
}

/** What stands against a booking. */
export function explainBooking(world: World, booking: Booking): Broken | null {
  const { store } = world;
  if (booking.location === null || booking.method === null || booking.assessorId === null) {
    return { rule: 'bookable', message: 'A session needs a location, a method and an assessor.' };
  }
  if (!(METHODS as readonly string[]).includes(booking.method)) {
    return { rule: 'bookable', message: `The method must be one of ${METHODS.join(', ')}.` };
  }
  const assessor = store.get('assessors', booking.assessorId);
  if (assessor === undefined) return { rule: 'bookable', message: 'The assessor was not found.' };
  if (assessor['isArchived'] === true) return { rule: 'archived', message: 'The assessor is archived.' };
  for (const { learnerId, courseIds } of booking.learners) {
    const learner = store.get('learners', learnerId);
    if (learner === undefined) return { rule: 'bookable', message: 'The learner was not found.' };
    if (learner['isArchived'] === true) return { rule: 'archived', message: 'The learner is archived.' };
    const rows = courseIds.map((courseId) => store.get('learnerCourses', `${learnerId}/${courseId}`));
    if (rows.length === 0 || rows.some((row) => row === undefined || !isUnderWay(row))) {
      return {
        rule: 'bookable',
        message: 'Sessions are booked for courses that are Awaiting Induction or In Training.',
      };
    }
  }
  return booking.learners.length === 0
    ? { rule: 'bookable', message: 'A session needs a learner.' }
    : explainOverlap(world, null, booking);
}

/** Sessions of one assessor, or of one learner, do not overlap; the end is exclusive and cancelled ones do not count. */
export function explainOverlap(
  { store }: World,
  ownId: string | null,
  wanted: Pick<Booking, 'start' | 'durationMinutes' | 'assessorId' | 'learners'>,
): Broken | null {
  const startMs = wallMs(wanted.start);
  const endMs = startMs + wanted.durationMinutes * 60_000;
  const learnerIds = new Set(wanted.learners.filter((one) => !isCancelled(one)).map((one) => one.learnerId));
  for (const row of store.list('sessions')) {
    const live = attendancesOf(row).filter((one) => !isCancelled(one));
    if (row['id'] === ownId || live.length === 0 || row['start'] === null) continue;
    const otherMs = wallMs(String(row['start']));
    const otherEndMs = otherMs + Number(row['durationMinutes'] ?? 0) * 60_000;
    if (startMs >= otherEndMs || otherMs >= endMs) continue;
    if (wanted.assessorId !== null && row['assessorId'] === wanted.assessorId) {
      return { rule: 'no-double-booking', message: 'The assessor has another session then.' };
    }
    if (live.some(({ learnerId }) => learnerIds.has(learnerId))) {
      return { rule: 'no-double-booking', message: 'The learner has another session then.' };
    }
  }
  return null;
}

export function book(world: World, booking: Booking): Row {
  const id = world.store.nextGuid('session');
  return world.store.put('sessions', { ...booking, id }, stampNow(world));
}

interface Close {
  readonly status: string;
  /** Null: all learners. */
  readonly learnerId: string | null;
  readonly files: number;
  readonly isForced: boolean;
}

/** What stands against giving learners of a session that status. */
export function explainClose(
  world: World,
  row: Row,
  { status, learnerId, files, isForced }: Close,
): Broken | null {
  if (isForced) return null;
  const meant = attendancesOf(row).filter((one) => learnerId === null || one.learnerId === learnerId);
  const isOpen = (one: Attendance): boolean => one.status === 'Open';
  // For all at once those already closed stay as they are, but something must be left to close.
  if (!meant.some(isOpen)) return { rule: 'closed-is-final', message: 'The session is closed.' };
  const needsFile = world.switches['formal-review-file'] === 'on' && row['type'] === 'FormalReview';
  if (status === 'Attended' && needsFile && files === 0) {
    return { rule: 'formal-review-file', message: 'A Formal Review cannot be attended without a file.' };
  }
  return null;
}

/** Gives learners of a session their status, and does what follows from an attended one. */
export function close(
  world: World,
  row: Row,
  wish: Close & { patch: Row; source: 'person' | 'soap'; callSeq: number | null },
): Row {
  const { status, learnerId, isForced, patch, source, callSeq } = wish;
  const changed: Attendance[] = [];
  const learners = attendancesOf(row).map((one) => {
    const isMeant = learnerId === null || one.learnerId === learnerId;
    if (!isMeant || one.status === status || (one.status !== 'Open' && !isForced)) return one;
    changed.push(one);
    return { ...one, status };
  });
  const after = world.store.patch('sessions', row, { ...patch, learners }, world.clock.nowIso());
  if (status === 'Attended') {
    byRule(world, source, callSeq, () => {
      for (const one of changed) followAttendance(world, after, one);
    });
  }
  return after;
}

/** An attended Induction begins the training; time out of the workplace counts as off-the-job. */
function followAttendance({ store, clock }: World, session: Row, { learnerId, courseIds }: Attendance): void {
  if (session['type'] === 'Induction') {
    for (const courseId of courseIds) {
      const row = store.get('learnerCourses', `${learnerId}/${courseId}`);
      if (row?.['status'] !== 'AwaitingInduction') continue;
      store.patch('learnerCourses', row, { status: 'InTraining' }, clock.nowIso());
    }
  }
  const learner = store.get('learners', learnerId);
  if (session['type'] !== 'OutOfTheWorkplace' || learner === undefined) return;
  const offTheJobMinutes = Number(learner['offTheJobMinutes']) + Number(session['durationMinutes'] ?? 0);
  store.patch('learners', learner, { offTheJobMinutes }, clock.nowIso());
}

/** One row of a list of sessions: a learner, a course, and the status. */
export interface SessionRow {
  readonly session: Row;
  readonly learnerId: string;
  readonly courseId: string | null;
  readonly status: string;
}

export const rowsOf = (session: Row): SessionRow[] =>
  attendancesOf(session).flatMap(({ learnerId, courseIds, status }) => {
    const ids: readonly (string | null)[] = courseIds.length === 0 ? [null] : courseIds;
    return ids.map((courseId) => ({ session, learnerId, courseId, status }));
  });

/** Sessions as a list shows them: those cancelled for everybody may be hidden. */
export function shownAttendances(world: World, session: Row): Row {
  if (world.switches['cancelled-visibility'] === 'shown') return session;
  return { ...session, learners: attendancesOf(session).filter((one) => !isCancelled(one)) };
}

export const courseQan = ({ store }: World, courseId: string | null): string | null =>
  courseId === null ? null : textOf(store.get('courses', courseId)?.['qanCode']);
