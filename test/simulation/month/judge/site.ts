import type { Learner, Review } from '../../../../src/domain/learner.ts';
import { isSiteRequest } from '../people-who-link.ts';
import { courseIds } from '../populate-smart-assessor.ts';
import { type Attendance, atSite, type SiteRow } from '../smart-assessor.ts';
import type { MonthWorld } from '../world.ts';
import { heldOf, judgeLearnerLinks, type LinkedLearner, type ShownIds, type Verdict } from './linked.ts';
import { judgeSiteHolds } from './site-holds.ts';

/** Everything at Smart Assessor, or brought from there, that is not as its rules want it after a month. */
export async function judgeSite(world: MonthWorld, find: Verdict): Promise<void> {
  for (const linked of judgeLearnerLinks(world, shownIds(world), find)) {
    judgeSessions(world, linked, find);
    judgeProgress(world, linked, find);
    judgeDetails(world, linked, find);
  }
  judgeWrites(world, find);
  judgeMails(world, find);
  judgeSiteHolds(world, find);
  await judgeEnrolments(world, find);
}

function shownIds({ site }: MonthWorld): ShownIds {
  return {
    at: atSite,
    shownIdOf: ({ smartAssessorId }) => smartAssessorId,
    isCounted: ({ activePortfolio }) => activePortfolio !== 'other',
    isId: (text) => !/^\d+$/.test(text),
    surnameOf: (id) => site.find('learners', id)?.['familyName'] as string | null | undefined,
  };
}

const reviewTypes: Readonly<Record<string, string>> = {
  FormalReview: 'Formal Review',
  Induction: 'Induction',
  General: 'General',
  GatewayReady: 'Gateway Ready',
};

/** SA-9, SA-41, SA-42: each session once, of the mapped type, as it was attended. */
function judgeSessions(world: MonthWorld, linked: LinkedLearner, find: Verdict): void {
  const { learner, learnerId, held, links } = linked;
  const { settings, siteSection, site } = world;
  const isSpoilt = held.some(({ code }) => ['ID_FIELD_CHANGED', 'ID_CLAIMED_TWICE'].includes(code));
  const isRemembered = (id: string): boolean =>
    settings.deletedReviews === 'remember' &&
    links.some(
      ({ kind, picsId, vendorId }) =>
        kind === 'review' &&
        vendorId.startsWith(id) &&
        !learner.reviews.some((review) => review.id === picsId),
    );
  for (const { session, own } of site.sessionsOf(learnerId)) {
    const id = String(session['id']);
    const rows = learner.reviews.filter(({ smartAssessorId }) => smartAssessorId === id);
    const type = siteSection.reviewTypeMap[reviewTypes[String(session['type'])] ?? ''];
    const [row] = rows;
    if (rows.length > 1) find(`SA-41: ${learner.ident} has session ${id} ${rows.length} times`);
    if (row !== undefined) judgeSession(world, learner, { row, session, own }, find);
    else if (type === undefined) {
      const isHeld = held.some(({ code, subject }) => code === 'TYPE_NOT_MAPPED' && subject.includes(id));
      if (!isHeld) find(`SA-9: session ${id} of ${learner.ident} has no type, and nothing is held`);
    } else if (!isSpoilt && !isRemembered(id)) find(`SA-41: ${learner.ident} lacks session ${id}`);
  }
}

type Seen = { readonly row: Review; readonly session: SiteRow; readonly own: Attendance };

/** attended at the time for which it was booked; what is still open may have been typed over in PICS. */
function judgeSession(
  { pics }: MonthWorld,
  { ident }: Learner,
  { row, session, own }: Seen,
  find: Verdict,
): void {
  const start = String(session['start']);
  const name = `review ${row.id} of ${ident} (session ${String(session['id'])})`;
  if (own.status !== 'Open') {
    const expected = own.status === 'Attended' ? ['Y', start] : ['N', null];
    if (row.attended !== expected[0] || row.actualAt !== expected[1])
      find(`SA-42: ${name} is ${row.attended} ${row.actualAt} instead of ${expected.join(' ')}`);
  }
  if (row.proposedAt !== start && !pics.movedAtMs.has(row.id))
    find(`A-31: ${name} is proposed for ${row.proposedAt} instead of ${start}`);
}

/** SA-32, A-28, A-25, A-27. */
function judgeProgress(world: MonthWorld, { learner, learnerId }: LinkedLearner, find: Verdict): void {
  const { site, siteSection } = world;
  const isForeign = learner.oneFileId !== null && learner.activePortfolio !== 'S';
  if (siteSection.elementsFrom === 'off' || isForeign) return;
  const courses = site.coursesOf(learnerId);
  for (const one of learner.qualifications) {
    const isAlone =
      learner.qualifications.filter(({ reference }) => reference === one.reference).length === 1;
    const course = courses.find(({ courseId }) => courseId === courseIds[one.reference]);
    const isFrozen = one.hasUnits && siteSection.unitsPolicy === 'skip';
    if (course === undefined || !isAlone || isFrozen) continue;
    const done = Math.floor(Number(course['progressAssessedPc']));
    if (one.elementsTotal !== 100 || one.elementsDone !== done)
      find(
        `SA-32: ${learner.ident}/${one.key} shows ${one.elementsTotal} ${one.elementsDone} elements instead of 100 ${done}`,
      );
  }
}

const details = { email: 'email', phone: 'telNumber', mobile: 'mobile' } as const;

/** SA-50: the side that the setting names has its way, and a blank there clears nothing. */
function judgeDetails(world: MonthWorld, { learner, learnerId, held }: LinkedLearner, find: Verdict): void {
  const { site, siteSection, ignoredFields } = world;
  const { learnerDetails } = siteSection;
  const record = site.find('learners', learnerId);
  if (learnerDetails === 'none' || record === undefined) return;
  const isArchived = held.some(({ code }) => code === 'ARCHIVED');
  for (const [field, name] of Object.entries(details) as [keyof typeof details, string][]) {
    const [inPics, there] = [learner[field], (record[name] ?? null) as string | null];
    const source = learnerDetails === 'push' ? inPics : there;
    const isDropped = learnerDetails === 'push' && (ignoredFields.includes(name) || isArchived);
    if (source === null || isDropped || inPics?.toLowerCase() === there?.toLowerCase()) continue;
    find(`SA-50: ${field} of ${learner.ident} is ${inPics} in PICS and ${there} at Smart Assessor`);
  }
}

const createdBy: Readonly<Record<string, (body: SiteRow, path: string) => string>> = {
  'create-learner': ({ misId }) => String(misId),
  'create-assessor': ({ misId }) => String(misId),
  'create-employer': ({ misId }) => String(misId),
  'enrol-on-course': ({ courseId }, path) => `${path} ${String(courseId)}`,
};
const updates = ['update-learner', 'update-assessor', 'set-assessor', 'set-second-assessor'];

/** SA-60, SA-40: nothing else is ever written; G-5: what is made is made once. */
function judgeWrites({ site, siteSection }: MonthWorld, find: Verdict): void {
  const made = new Map<string, number>();
  for (const { operation, body, path } of site.writes) {
    const keyOf = createdBy[operation];
    if (keyOf === undefined && !updates.includes(operation)) find(`SA-60: ${operation} was called`);
    if (operation === 'update-learner' && siteSection.learnerDetails !== 'push')
      find('SA-13: details of a learner were sent');
    if (keyOf === undefined) continue;
    const key = `${operation} ${keyOf(JSON.parse(body) as SiteRow, path)}`;
    made.set(key, (made.get(key) ?? 0) + 1);
  }
  for (const [key, count] of made) {
    // Somebody at Smart Assessor may take a learner off a course, who is put on it again by another enrolment.
    if (count > 1 && !(key.startsWith('enrol-on-course') && site.deleted.size > 0))
      find(`G-5: ${key} was done ${count} times`);
  }
}

/** SA-2: one mail a learner, and none where nobody wants them. */
function judgeMails({ site, siteSection }: MonthWorld, find: Verdict): void {
  const { mailed } = site;
  if (!siteSection.welcomeEmail && mailed.length > 0) find(`SA-2: ${mailed.length} mails that nobody wanted`);
  if (new Set(mailed).size < mailed.length) find('SA-2: a learner got two mails');
}

/** SA-10 to SA-18: what was accepted is there, or somebody is told what stands in its way. */
async function judgeEnrolments(world: MonthWorld, find: Verdict): Promise<void> {
  const { ledger, pics, smartAssessor, renamed, store } = world;
  for (const [id] of store.acceptedEnrolments) {
    if (!isSiteRequest(id)) continue;
    const asked = smartAssessor.answers.find((answer) => answer.id === id)?.ident ?? '';
    const learner = pics.learners.get(renamed.get(asked) ?? asked);
    if (learner === undefined) {
      find(`SA-10: request ${id} was accepted and never answered`);
      continue;
    }
    const { ident } = learner;
    const query = { ...atSite, ident, officers: [], organisations: [], learnerVendorIds: [] };
    const { enrolment, held } = await ledger.readLane(query);
    const isWaitedFor = heldOf(world, 'smartassessor').some((item) => item.ident === ident);
    if (enrolment?.id === id && held.length === 0 && !isWaitedFor)
      find(`SA-10: the enrolment of ${ident} stands still and nothing is held`);
  }
}
