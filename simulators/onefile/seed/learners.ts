/*
 * The invented learners, each with aims, reviews and diary. Learners come in groups of six over the three centres.
 * The running number of a learner decides the awkward cases: shared names and MIS values, a review across a change
 * of the clocks, every combination of blank registration fields.
 */

import type { Random } from '../../common/random.ts';
import { idOf, type Row, type Value } from '../state/row.ts';
import { ROLE } from '../state/tables.ts';
import { dateAt, drawFor, hourAt, lastClockChange, plusHours, type Sowing, sow, sowId } from './sowing.ts';
import { FIRST_NAMES, LAST_NAMES } from './words.ts';

/** Which centre each learner of a group of six belongs to. */
const SLOTS = [0, 0, 0, 0, 1, 2] as const;

interface Centre {
  readonly id: number;
  readonly standards: readonly Row[];
  readonly assessorIds: readonly number[];
  readonly employerIds: readonly number[];
  readonly classroomIds: readonly number[];
  readonly placementIds: readonly number[];
}

function readCentre({ store }: Sowing, id: number): Centre {
  const own = (row: Row): boolean => row['OrganisationID'] === id;
  const staff = store.list('users').filter(own);
  const withRole = (...roles: number[]): number[] =>
    staff
      .filter((row) => roles.includes(row['Role'] as number) && row['archived'] !== true)
      .map((row) => idOf(row) as number);
  return {
    id,
    standards: store.list('standards').filter((row) => (row['organisationIds'] as number[]).includes(id)),
    assessorIds: withRole(ROLE.assessor, ROLE.trainee),
    employerIds: withRole(ROLE.employer),
    classroomIds: store
      .list('classrooms')
      .filter(own)
      .map((row) => idOf(row) as number),
    placementIds: store
      .list('placements')
      .filter(own)
      .map((row) => idOf(row) as number),
  };
}

/** Nine digits and the check digit that makes a learner number valid. */
function drawUln(random: Random): string {
  for (;;) {
    const digits = Array.from({ length: 9 }, (_, at) =>
      at === 0 ? 1 + random.integer(9) : random.integer(10),
    );
    const remainder = digits.reduce((sum, digit, at) => sum + digit * (10 - at), 0) % 11;
    if (remainder !== 0) return `${digits.join('')}${10 - remainder}`;
  }
}

/** The 2nd and 3rd learner share a name; the 6th and 8th (main centre) share an MIS value, and the 8th is archived. */
function drawPerson(sowing: Sowing, number: number): Record<string, Value> {
  const random = drawFor(sowing, 'learner', number === 2 ? 1 : number);
  const firstName = random.pick(FIRST_NAMES);
  const lastName = random.pick(LAST_NAMES);
  const own = drawFor(sowing, 'learner-details', number);
  const isShared = number === 6 || number === 8;
  return {
    FirstName: firstName,
    LastName: lastName,
    Email: `learner${number + 1}@learners.example.org`,
    MISID: isShared ? '100600' : own.chance(0.8) ? String(200_000 + number * 7) : null,
    ULN: own.chance(0.9) ? drawUln(own) : null,
    NINO: own.chance(0.5) ? `QQ${100_000 + own.integer(900_000)}A` : null,
    DOB: dateAt(sowing, -(16 * 365 + own.integer(20 * 365))),
    L12: own.pick(['31', '34', '39', '41', '98']),
    L13: own.pick(['M', 'F']),
    L14: own.pick(['1', '2', '9']),
    MobileNumber: own.chance(0.7) ? `07700 900${100 + (number % 900)}` : null,
    HomeAddress: own.chance(0.6) ? `${1 + own.integer(80)} Weaver Lane\r\nHolmewood` : null,
    SupportFunding: own.chance(0.2) ? true : null,
    PrimaryLLDDCode: own.chance(0.2) ? 4 + own.integer(8) : null,
    SecondaryLLDDCodes: own.chance(0.1) ? [5, 12] : null,
    archived: number === 8,
  };
}

function sowLearner(sowing: Sowing, centre: Centre, number: number): void {
  const random = drawFor(sowing, 'learner-places', number);
  const startDays = -30 - random.integer(500);
  const aims = drawAims(sowing, centre.standards, number);
  const sum = aims.reduce((total, { values }) => total + (values['Progress'] as number), 0);
  const learner = sow(sowing, 'users', {
    ...drawPerson(sowing, number),
    OrganisationID: centre.id,
    Role: ROLE.learner,
    DefaultAssessorID: random.pick(centre.assessorIds),
    ClassroomID: random.pick(centre.classroomIds),
    PlacementID: random.pick(centre.placementIds),
    DefaultEmployerID: random.chance(0.4) ? random.pick(centre.employerIds) : null,
    LearnerStatusID: random.pick([1, 1, 1, 2, 3, 4]),
    EpisodeName: random.chance(0.5) ? 'First episode' : null,
    StartOn: dateAt(sowing, startDays),
    PlannedEndDate: dateAt(sowing, startDays + 365 + random.integer(300)),
    CentreRegister: random.chance(0.5) ? dateAt(sowing, startDays + 7) : null,
    CreatedOn: dateAt(sowing, startDays - 3),
    LastModified: dateAt(sowing, -random.integer(Math.min(30, -startDays)) - 1),
    Progress: Math.round((sum / aims.length) * 100) / 100,
  });
  sowAims(sowing, idOf(learner) as number, aims, startDays);
  sowReviews(sowing, learner, number);
  sowDiary(sowing, learner, number);
}

/** Learners with all their records, one after the other, so that ids do not depend on how many follow. */
export function sowLearners(sowing: Sowing, organisationIds: readonly number[], groupCount: number): void {
  const centres = organisationIds.map((id) => readCentre(sowing, id));
  for (let number = 0; number < groupCount * SLOTS.length; number += 1) {
    const centre = centres[SLOTS[number % SLOTS.length] ?? 0];
    if (centre !== undefined) sowLearner(sowing, centre, number);
  }
}

interface AimDraft {
  readonly standard: Row;
  readonly number: number;
  readonly values: Record<string, Value>;
}

const MOST_AIMS = 3;

/** One to three aims on different standards; the running number goes through all combinations of the four fields. */
function drawAims(sowing: Sowing, standards: readonly Row[], learnerNumber: number): AimDraft[] {
  const random = drawFor(sowing, 'aims', learnerNumber);
  const count = 1 + random.integer(MOST_AIMS);
  const first = random.integer(standards.length);
  const drawn: AimDraft[] = [];
  for (let at = 0; at < count; at += 1) {
    const standard = standards[(first + at * 5) % standards.length];
    if (standard === undefined) break;
    const number = learnerNumber * MOST_AIMS + at;
    drawn.push({ standard, number, values: drawAim(sowing, standard, number) });
  }
  return drawn;
}

function drawAim(sowing: Sowing, standard: Row, number: number): Record<string, Value> {
  const random = drawFor(sowing, 'aim', number);
  const isDone = random.chance(0.2);
  const progress = isDone ? 100 : Math.round(random.integer(9_900)) / 100;
  const has = (bit: number): boolean => ((number >> bit) & 1) === 1;
  const total = 10 + random.integer(30);
  return {
    StandardID: idOf(standard),
    Status: isDone ? 1 : random.chance(0.1) ? 2 : 0,
    Progress: progress,
    AchievedDate: isDone ? dateAt(sowing, -1 - random.integer(25)) : null,
    RegistrationNumber: has(0) ? `RG-${50_000 + number}` : null,
    RegistrationDate: has(1) ? dateAt(sowing, -20 - random.integer(200)) : null,
    CertificateAppliedDate: has(2) ? dateAt(sowing, -10 - random.integer(10)) : null,
    CertificateReceivedDate: has(3) ? dateAt(sowing, -1 - random.integer(9)) : null,
    ElementsTotal: total,
    ElementsDone: Math.floor((progress * total) / 100),
  };
}

function sowUnitSummaries(sowing: Sowing, learnerId: number, { standard, values }: AimDraft): void {
  const unitIds = (standard['unitIds'] ?? []) as readonly string[];
  const doneCount = Math.floor(((values['Progress'] as number) * unitIds.length) / 100);
  for (const [at, unitId] of unitIds.entries()) {
    const progress = at < doneCount ? 100 : at === doneCount ? 40 : 0;
    sow(sowing, 'unitSummaries', {
      UserID: learnerId,
      StandardID: idOf(standard),
      UnitID: unitId,
      Progress: progress,
    });
  }
}

function sowAims(sowing: Sowing, learnerId: number, aims: readonly AimDraft[], startDays: number): void {
  for (const aim of aims) {
    const dates = { StartDate: dateAt(sowing, startDays), PlannedEnd: dateAt(sowing, startDays + 365) };
    sow(sowing, 'aims', { ...aim.values, ...dates, UserID: learnerId });
    sowUnitSummaries(sowing, learnerId, aim);
  }
}

const STATES = ['scheduled', 'started', 'assessor', 'learner', 'employer'] as const;
const MOST_REVIEWS = 5;

/** Marks that a review of the n-th state carries; each state includes the ones before it. */
function drawMarks(state: number, startsAt: string, progress: Value): Record<string, Value> {
  const reached = (least: number, hours: number): Value =>
    state >= least ? plusHours(startsAt, hours) : null;
  return {
    StartedOn: reached(1, 0.1),
    AssessorSignedOn: reached(2, 1),
    LearnerSignedOn: reached(3, 26),
    EmployerSignedOn: reached(4, 50),
    Progress: state >= 1 ? progress : null,
  };
}

/** The first two learners have one that spans a change of the clocks; the third has one without a date. */
function drawStart(sowing: Sowing, learnerNumber: number, at: number, isPast: boolean): string | null {
  const random = drawFor(sowing, 'review-date', learnerNumber * MOST_REVIEWS + at);
  if (at === 0 && learnerNumber < 2)
    return plusHours(lastClockChange(sowing, learnerNumber === 0 ? 10 : 3), -0.5);
  if (at === 0 && learnerNumber === 2) return null;
  const days = isPast ? -3 - random.integer(250) : 1 + random.integer(60);
  return hourAt(sowing, days, 9 + random.integer(8));
}

function sowVisit(sowing: Sowing, learner: Row, startsAt: string): number {
  return sowId(sowing, 'visits', {
    LearnerID: idOf(learner),
    OrganisationID: learner['OrganisationID'] ?? null,
    AssessorID: learner['DefaultAssessorID'] ?? null,
    VisitTypeID: 2,
    DateFrom: startsAt,
    DateTo: plusHours(startsAt, 1),
  });
}

/** None to four reviews, going through every state, with and without a visit. */
function sowReviews(sowing: Sowing, learner: Row, learnerNumber: number): void {
  const random = drawFor(sowing, 'reviews', learnerNumber);
  const count = learnerNumber < 3 ? 2 + random.integer(3) : random.integer(MOST_REVIEWS);
  for (let at = 0; at < count; at += 1) {
    const startsAt = drawStart(sowing, learnerNumber, at, (learnerNumber + at) % STATES.length > 0);
    const state = startsAt === null ? 0 : (learnerNumber + at) % STATES.length;
    const visitId = startsAt !== null && random.chance(0.6) ? sowVisit(sowing, learner, startsAt) : null;
    sow(sowing, 'reviews', {
      LearnerID: idOf(learner),
      AssessorID: learner['DefaultAssessorID'] ?? null,
      EmployerID: learner['DefaultEmployerID'] ?? null,
      VisitID: visitId,
      ScheduledFor: startsAt,
      EndTime: startsAt === null ? null : plusHours(startsAt, 1),
      CreatedOn:
        startsAt === null || startsAt > sowing.options.asOf
          ? hourAt(sowing, -2, 10)
          : plusHours(startsAt, -240),
      ...drawMarks(state, startsAt ?? sowing.options.asOf, learner['Progress'] ?? 0),
    });
  }
}

const LONG_COMMENT = 'Shadowed the team and wrote up the visit. '.repeat(1700);

function sowTimesheets(sowing: Sowing, learnerId: number, learnerNumber: number): void {
  const random = drawFor(sowing, 'timesheets', learnerNumber);
  for (let at = 0; at < 1 + random.integer(3); at += 1) {
    const days = -1 - random.integer(100);
    sow(sowing, 'timesheets', {
      LearnerID: learnerId,
      TimesheetCategory: random.pick(['Shadowing', 'Training day', 'Study']),
      FromDate: hourAt(sowing, days, 9),
      ToDate: hourAt(sowing, days, 12),
      Comments: learnerNumber === 0 && at === 0 ? LONG_COMMENT : 'Half a day with the team.',
      IsOffTheJob: at % 2 === 0 ? true : 'true',
    });
  }
}

/** Assessment plans, timesheets and off-the-job figures of some learners. */
function sowDiary(sowing: Sowing, learner: Row, learnerNumber: number): void {
  const learnerId = idOf(learner) as number;
  const random = drawFor(sowing, 'diary', learnerNumber);
  if (learnerNumber % 3 === 0) {
    const isSigned = random.chance(0.5);
    sow(sowing, 'plans', {
      LearnerID: learnerId,
      Title: `Plan ${1 + random.integer(9)}`,
      PlanOn: dateAt(sowing, random.integer(60) - 30),
      AssessorSignedOn: isSigned ? hourAt(sowing, -31, 15) : null,
    });
  }
  if (learnerNumber % 4 === 0) sowTimesheets(sowing, learnerId, learnerNumber);
  if (learnerNumber % 2 === 0) {
    const planned = 200 + random.integer(200);
    const actual = random.integer(planned);
    const figures = {
      ContractedHours: 30 + random.integer(8),
      TargetPercentage: 20,
      PlannedOTJ: planned,
      Duration: 52,
      MethodOfCalculatingOTJ: 'Percentage of contracted hours',
      MinimumOTJ: 187,
      PercentOfPlanned: Math.round((actual / planned) * 10_000) / 100,
      CachedActualHours: actual,
    };
    sow(sowing, 'offTheJob', figures, learnerId);
  }
}
