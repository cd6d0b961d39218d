/*
 * What OneFile holds of a learner that is linked: the user with aims, visits and reviews, made from the PICS rows
 * so that both sides agree, but for the differences that the rules are about: a few registration numbers differ,
 * and some cases have changed at OneFile alone.
 */

import { addMinutes, toInstant, toMidnight } from './dates.ts';
import { caseCount, isAtOneFile, type Learner } from './learner.ts';
import {
  aimIdOf,
  assessorIdOf,
  centreId,
  classroomIdOf,
  defaultClassroomId,
  fallbackAssessorId,
  fallbackPlacementId,
  learnerIdOf,
  type OneFileEntry,
  type OneFileRecord,
  oneFileEntry,
  placementIdOf,
  reviewIdOf,
  standardIdOf,
  visitIdOf,
  withoutBlanks,
} from './onefile-records.ts';
import { drawRegistrationNumber } from './plan.ts';
import type { ReviewRow, TrplaceRow, TrqualRow } from './rows.ts';
import { createStream } from './stream.ts';
import { tagNames } from './words.ts';
import { unknownQualification, type World } from './world.ts';

interface OneFileLearner {
  user: OneFileRecord;
  aims: OneFileRecord[];
  visits: OneFileRecord[];
  reviews: OneFileRecord[];
}

/** What OneFile holds of a linked learner. It is made from the PICS rows, so both sides agree by themselves. */
export function createOneFileLearner(learner: Learner, world: World): OneFileLearner | null {
  if (!isAtOneFile(learner.vendor)) return null;
  const aims = createAims(learner, world);
  const sent = learner.rows.itp_revu.filter(({ onefile_id }) => onefile_id !== null);
  return applyOneFileCase(learner.ident, {
    user: createUser(learner, world, aims),
    aims,
    visits: sent.map((review) => createVisit(review, learner, world)),
    reviews: sent.map((review) => createReviewRecord(review, learner, world)),
  });
}

export function* toOneFileEntries({ user, aims, visits, reviews }: OneFileLearner): Generator<OneFileEntry> {
  yield oneFileEntry('users', user);
  for (const record of aims) yield oneFileEntry('aims', record);
  for (const record of visits) yield oneFileEntry('visits', record);
  for (const record of reviews) yield oneFileEntry('reviews', record);
}

function createUser(learner: Learner, world: World, aims: readonly OneFileRecord[]): OneFileRecord {
  const { rows, number, ident } = learner;
  const [trainee] = rows.trainee;
  const [details] = rows.pctrndet;
  const expected = rows.epidata[0]?.tr_expect;
  const address = [trainee?.addr1, trainee?.addr2, trainee?.addr3, trainee?.addr4, trainee?.postcode];
  const progress = aims.reduce((sum, aim) => sum + Number(aim['Progress']), 0) / Math.max(1, aims.length);
  return withoutBlanks({
    ID: learnerIdOf(number),
    OrganisationID: centreId,
    Role: 1,
    FirstName: trainee?.firstname,
    LastName: trainee?.surname,
    Email: details?.email,
    DefaultAssessorID: findAssessorId(trainee?.main_off ?? null, world),
    ClassroomID: findClassroomId(rows.trtag.find(({ main }) => main === 'Y')?.tagname),
    PlacementID: findPlacementId(rows.trplace, world),
    MISID: ident,
    LearnerStatusID: trainee?.tr_end ? 3 : trainee?.suspended === 'Y' ? 2 : 1,
    MobileNumber: trainee?.mobile,
    Telephone: trainee?.phone,
    HomeAddress: address.filter((line) => line?.trim()).join('\n'),
    ULN: details?.miap_uln,
    NINO: trainee?.ninumber,
    DOB: trainee?.birthdate && toMidnight(trainee.birthdate),
    StartOn: trainee?.tr_start && toMidnight(trainee.tr_start),
    PlannedEndDate: expected && toMidnight(expected),
    CreatedOn: trainee?.tr_start && toMidnight(trainee.tr_start),
    L12: details?.ethnic,
    L13: trainee?.sex === 'M' || trainee?.sex === '1' ? 'M' : 'F',
    L15: details?.disab,
    PrimaryLLDDCode: details?.prim_lldd ? Number(details.prim_lldd) : null,
    Progress: Math.round(progress * 100) / 100,
  });
}

/** 95 % of the qualifications known at OneFile have an aim; one taken twice has one for both. */
function createAims(learner: Learner, world: World): OneFileRecord[] {
  const { seed } = world.inputs;
  const seen = new Set<number>();
  return learner.rows.trqual.flatMap((row, index) => {
    const number = world.findQualification(row.vqref)?.number ?? unknownQualification;
    const stream = createStream(seed, 'aim', learner.ident, index);
    const isLeftOut = stream.isBelow(0.05) && learner.number > caseCount;
    if (number === unknownQualification || seen.has(number) || isLeftOut) return [];
    seen.add(number);
    const latest = learner.rows.trqual.findLast(({ vqref }) => vqref === row.vqref) ?? row;
    return [createAim(latest, { learner, world, index, standardId: standardIdOf(number) })];
  });
}

interface AimPlace {
  learner: Learner;
  world: World;
  index: number;
  standardId: number;
}

/** In 3 % of the registered aims the two sides have different numbers: OneFile's will win (OF-42). */
function createAim(row: TrqualRow, { learner, world, index, standardId }: AimPlace): OneFileRecord {
  const { seed, elements } = world.inputs;
  const stream = createStream(seed, 'aim-values', learner.ident, index);
  const other = drawRegistrationNumber(stream);
  const differs = stream.isBelow(0.03) && learner.number > caseCount;
  const total = row.tot_elem ?? 0;
  const done = row.done_elem ?? 0;
  const share = total === 0 ? 0 : (done / total) * 100;
  // Up to 0.4 more still rounds to the whole number that PICS shows.
  const surplus = share > 0 && share < 99 ? stream.int(0, 40) / 100 : 0;
  return {
    ...withoutBlanks({
      ID: aimIdOf(learner.number, index),
      StandardID: standardId,
      UserID: learnerIdOf(learner.number),
      StartDate: row.qstart && toMidnight(row.qstart),
      PlannedEnd: row.qexpect && toMidnight(row.qexpect),
      AchievedDate: row.qend && toMidnight(row.qend),
      RegistrationNumber: differs && row.regno?.trim() ? other : row.regno,
      RegistrationDate: row.regdate && toMidnight(row.regdate),
      CertificateAppliedDate: row.certappl && toMidnight(row.certappl),
      CertificateReceivedDate: row.certrecd && toMidnight(row.certrecd),
    }),
    Status: row.qend === null ? 0 : 1,
    Progress: Math.round((share + surplus) * 100) / 100,
    ...(elements === 'pair' ? { ElementsTotal: total, ElementsDone: done } : {}),
  };
}

/** The review's place among the learner's, which its ids are made of. */
function reviewIndex(review: ReviewRow, learner: Learner): number {
  return Number(review.onefile_id) - reviewIdOf(learner.number, 0);
}

function createVisit(review: ReviewRow, learner: Learner, world: World): OneFileRecord {
  const from = toInstant(review.proposed ?? '');
  return {
    ID: visitIdOf(learner.number, reviewIndex(review, learner)),
    LearnerID: learnerIdOf(learner.number),
    OrganisationID: centreId,
    AssessorID: findAssessorId(review.initials, world),
    DateFrom: from,
    DateTo: addMinutes(from, 60),
    VisitTypeID: 0,
    SMSReminder: false,
  };
}

function createReviewRecord(review: ReviewRow, learner: Learner, world: World): OneFileRecord {
  const scheduled = toInstant(review.proposed ?? '');
  const started = review.actual && toInstant(review.actual);
  const signed = started && review.tr_signed && learnerSignedAt(started, review.tr_signed);
  return withoutBlanks({
    ID: Number(review.onefile_id),
    LearnerID: learnerIdOf(learner.number),
    AssessorID: findAssessorId(review.initials, world),
    ScheduledFor: scheduled,
    EndTime: addMinutes(scheduled, 60),
    VisitID: visitIdOf(learner.number, reviewIndex(review, learner)),
    Status: signed ? 4 : started ? 2 : 1,
    CreatedOn: learner.rows.trainee[0]?.tr_start && toMidnight(learner.rows.trainee[0].tr_start),
    StartedOn: started,
    AssessorSignedOn: signed && started ? addMinutes(started, 20) : null,
    LearnerSignedOn: signed,
  });
}

/** Noon of the day PICS shows, or half an hour after the start when it was the same day. */
function learnerSignedAt(started: string, date: string): string {
  return started.startsWith(date) ? addMinutes(started, 30) : `${date}T12:00:00.000Z`;
}

function findAssessorId(code: string | null, world: World): number {
  const officer = world.findOfficer(code);
  return officer?.isLinked ? assessorIdOf(officer.number) : fallbackAssessorId;
}

function findClassroomId(tagname: string | undefined): number {
  const index = tagname === undefined ? -1 : tagNames.slice(0, -2).indexOf(tagname);
  return index < 0 ? defaultClassroomId : classroomIdOf(index + 1);
}

/** The most recent placement of type P, else the most recent of any type (OF-22). */
function findPlacementId(placements: readonly TrplaceRow[], world: World): number {
  const recent = placements.toSorted((a, b) => compareRecent(b, a));
  const chosen = recent.find(({ type }) => type === 'P') ?? recent[0];
  const organisation = world.findOrganisation(chosen?.place ?? null);
  return organisation?.isLinked ? placementIdOf(organisation.number) : fallbackPlacementId;
}

/** Greatest start, a blank one counts as earliest, then the greatest sequence number. */
function compareRecent(a: TrplaceRow, b: TrplaceRow): number {
  const from = a.start ?? '';
  const other = b.start ?? '';
  return from === other ? a.seq - b.seq : from < other ? -1 : 1;
}

/** Where a case says that the two sides differ. */
function applyOneFileCase(ident: string, records: OneFileLearner): OneFileLearner {
  switch (ident) {
    case '10003':
      return { ...records, aims: withEach(records.aims, [{}, { RegistrationNumber: '' }, blankAim]) };
    case '10011':
      return {
        ...records,
        aims: withEach(records.aims, [{ Progress: 62.5 }, { Progress: 40 }]).map(withPair),
      };
    default:
      return records;
  }
}

const blankAim = {
  RegistrationNumber: '   ',
  RegistrationDate: null,
  CertificateAppliedDate: null,
  CertificateReceivedDate: null,
};

function withEach(records: readonly OneFileRecord[], fields: readonly OneFileRecord[]): OneFileRecord[] {
  return records.map((record, index) => ({ ...record, ...fields[index] }));
}

/** The explicit pair, where it is asked for, must agree with the percentage. */
function withPair(aim: OneFileRecord): OneFileRecord {
  return 'ElementsTotal' in aim
    ? { ...aim, ElementsTotal: 40, ElementsDone: Math.round((Number(aim['Progress']) * 40) / 100) }
    : aim;
}
