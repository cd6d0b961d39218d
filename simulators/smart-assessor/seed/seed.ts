/*
 * The site that grows from a seed number: blocks of 3 employers, 6 assessors, 12 courses, 20 learners on 21 courses, and
 * 30 sessions. `small` is one block and `large` 250 of them, so a larger site begins with the smaller one. Each record
 * draws from a generator of its own. The first learner, course, assessor and session are those of the worked examples and
 * do not depend on the number. Sessions of a block are on days of their own, so none overlap.
 */

import { londonDate } from '../../common/clock.ts';
import type { Random } from '../../common/random.ts';
import type { Kind, Row, Value } from '../core/fields.ts';
import { drawFor } from '../core/ids.ts';
import type { Store } from '../core/store.ts';
import { COURSE_STATUSES, dateOfDay, dayNumber, SESSION_STATUSES, SESSION_TYPES } from '../core/values.ts';
import type { SeedOptions } from '../settings.ts';
import { COURSES, FAMILY_NAMES, FIRM_WORDS, GIVEN_NAMES, STREETS, TOWNS, TRADES } from './words.ts';

const BLOCKS = { empty: 0, small: 1, large: 250 } as const;
const EMPLOYERS = 3;
const ASSESSORS = 6;
const LEARNERS = 20;
const SESSIONS = 30;
const UNITS = 4;

/** Places in a block, from 0. */
const IQA = 4;
const ARCHIVED_ASSESSOR = 5;
const INACTIVE_COURSE = 5;
const WITHOUT_EMAIL = 17;
const ARCHIVED_LEARNER = 18;
const ON_TWO_COURSES = 19;

interface Sowing {
  readonly store: Store;
  readonly options: SeedOptions;
  /** The day of the seed in London, counted in days. */
  readonly today: number;
}

interface Block {
  readonly at: number;
  readonly employerIds: readonly number[];
  readonly assessorIds: readonly string[];
  readonly courseIds: readonly string[];
}

export function seedStore(store: Store, options: SeedOptions): void {
  const sowing = { store, options, today: dayNumber(londonDate(Date.parse(options.asOf))) };
  for (let at = 0; at < BLOCKS[options.size]; at += 1) sowBlock(sowing, at);
}

function sow({ store, options }: Sowing, kind: Kind, values: Row): Row {
  return store.put(kind, values, { made: null, modifiedOn: options.asOf });
}

function sowBlock(sowing: Sowing, at: number): void {
  const employerIds = times(EMPLOYERS, (place) => sowEmployer(sowing, at * EMPLOYERS + place + 1));
  const assessorIds = times(ASSESSORS, (place) => sowAssessor(sowing, at * ASSESSORS + place + 1, place));
  const courseIds = COURSES.map((_, place) => sowCourse(sowing, at, place));
  const block: Block = { at, employerIds, assessorIds, courseIds };
  const learnerIds = times(LEARNERS, (place) => sowLearner(sowing, block, place));
  learnerIds.forEach((learnerId, place) => {
    sowLearnerCourse(sowing, block, { learnerId, place, coursePlace: coursePlaceOf(place) });
  });
  const last = learnerIds[ON_TWO_COURSES] as string;
  sowLearnerCourse(sowing, block, { learnerId: last, place: LEARNERS, coursePlace: 2 });
  times(SESSIONS, (place) => sowSession(sowing, block, learnerIds, place));
}

const times = <T>(count: number, make: (place: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

const draw = ({ options }: Sowing, kind: string, n: number): Random => drawFor(options.seed, kind, n);

const digits = (random: Random, count: number): string =>
  times(count, () => String(random.integer(10))).join('');

const plain = (name: string): string =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z]/g, '');

const postcode = (random: Random): string =>
  `EX99 ${random.integer(9) + 1}${random.pick('ABDEFGHJ'.split(''))}${random.pick('LNPQRSTU'.split(''))}`;

function sowEmployer(sowing: Sowing, n: number): number {
  const random = draw(sowing, 'employer', n);
  const id = sowing.store.nextEmployerId();
  const word = random.pick(FIRM_WORDS);
  sow(sowing, 'employers', {
    id,
    misId: `ORG${String(n).padStart(5, '0')}`,
    name: `${word} ${random.pick(TRADES)} Ltd`,
    edrsNumber: `9${digits(random, 8)}`,
    'address.line1': `${random.integer(98) + 1} ${random.pick(STREETS)}`,
    'address.town': random.pick(TOWNS),
    'address.postCode': postcode(random),
    telephone: `01632 960${digits(random, 3)}`,
    employerSize: random.pick(['1-49', '50-249', '250+']),
    keyContactName: `${random.pick(GIVEN_NAMES)} ${random.pick(FAMILY_NAMES)}`,
    keyContactEmail: `contact${n}@${plain(word)}.example.org`,
  });
  return id;
}

function sowAssessor(sowing: Sowing, n: number, place: number): string {
  const random = draw(sowing, 'assessor', n);
  const id = sowing.store.nextGuid('assessor');
  const isExample = n === 1;
  const firstName = isExample ? 'Beth' : random.pick(GIVEN_NAMES);
  const lastName = isExample ? 'Rowe' : random.pick(FAMILY_NAMES);
  const number = isExample ? '' : String(n);
  const email = `${plain(firstName)}.${plain(lastName)}${number}@example.org`;
  sow(sowing, 'assessors', {
    id,
    misId: `OFF${String(n).padStart(5, '0')}`,
    firstName,
    lastName,
    userName: email,
    email,
    roles: place === IQA ? ['iqa'] : ['assessor'],
    telephone: `01632 960${digits(random, 3)}`,
    mobile: `07700 900${digits(random, 3)}`,
    region: random.pick(['North', 'South', 'West']),
    isArchived: place === ARCHIVED_ASSESSOR,
  });
  return id;
}

/** Later blocks have numbers of their own, so that a number names one course unless it should not. */
function qanOf(qan: string | null, block: number): string | null {
  if (qan === null || block === 0) return qan;
  return `${qan.slice(0, 1)}${String(block).padStart(3, '0')}${qan.slice(4)}`;
}

function sowCourse(sowing: Sowing, block: number, place: number): string {
  const word = COURSES[place] as (typeof COURSES)[number];
  const id = sowing.store.nextGuid('course');
  const units = times(UNITS, (at) => ({
    unitId: sowing.store.nextGuid('unit'),
    reference: `U${place + 1}.${at + 1}`,
    title: `${word.title}: unit ${at + 1}`,
  }));
  sow(sowing, 'courses', {
    id,
    title: block === 0 ? word.title : `${word.title} ${block + 1}`,
    qanCode: qanOf(word.qan, block),
    standardCode:
      word.standard === null || block === 0 ? word.standard : String(1000 + block * 2 + (place % 2)),
    isActive: place !== INACTIVE_COURSE,
    units,
  });
  return id;
}

/** Ten digits, the last of which checks the others. */
function uln(random: Random): string {
  for (;;) {
    const head = `9${digits(random, 8)}`;
    const sum = [...head].reduce((total, digit, at) => total + Number(digit) * (10 - at), 0);
    const check = 10 - (sum % 11);
    if (check >= 0 && check < 10) return `${head}${check}`;
  }
}

function sowLearner(sowing: Sowing, block: Block, place: number): string {
  const n = block.at * LEARNERS + place + 1;
  const random = draw(sowing, 'learner', n);
  const id = sowing.store.nextGuid('learner');
  const givenNames = random.pick(GIVEN_NAMES);
  const familyName = random.pick(FAMILY_NAMES);
  const address = `${plain(givenNames)}.${plain(familyName)}${n}@example.org`;
  sow(sowing, 'learners', {
    id,
    misId: String(900_000 + n),
    studentId: `LRN${String(n).padStart(6, '0')}`,
    familyName,
    givenNames,
    dateOfBirth: dateOfDay(sowing.today - 6_000 - random.integer(9_000)),
    uln: uln(random),
    sex: random.pick(['Male', 'Female']),
    niNumber: `QQ${digits(random, 6)}${random.pick(['A', 'B', 'C', 'D'])}`,
    email: place === WITHOUT_EMAIL ? null : address,
    telNumber: `01632 960${digits(random, 3)}`,
    mobile: random.chance(0.8) ? `07700 900${digits(random, 3)}` : null,
    'homeAddress.line1': `${random.integer(98) + 1} ${random.pick(STREETS)}`,
    'homeAddress.town': random.pick(TOWNS),
    'homeAddress.postCode': postcode(random),
    employerId: block.employerIds[random.integer(EMPLOYERS)] as number,
    domicile: 'XF',
    llddDisability: random.pick(['98', '99', '1']),
    llddLearningDifficulty: random.pick(['98', '99', '2']),
    userName: place === WITHOUT_EMAIL ? `learner${n}` : address,
    smartCoachScore: random.chance(0.7) ? random.integer(101) / 100 : null,
    isArchived: place === ARCHIVED_LEARNER,
    welcomeDone: true,
  });
  return id;
}

/** Which of the block's courses a learner is on: the first is on the first, and none is on the inactive one. */
const coursePlaceOf = (place: number): number => {
  const at = place % COURSES.length;
  return at === INACTIVE_COURSE ? 0 : at;
};

interface Place {
  readonly learnerId: string;
  readonly place: number;
  readonly coursePlace: number;
}

/** What the worked examples say of the first learner's course. */
const EXAMPLE = { status: 'InTraining', assessed: 38.5, mapped: 45, agoDays: 182 } as const;

const UNTOUCHED = ['AwaitingInduction', 'Exempt'];
const FINISHED = ['IqaApproved', 'Completed', 'Certificated'];

function progressOf(random: Random, status: string): { assessed: number; mapped: number } {
  if (UNTOUCHED.includes(status)) return { assessed: 0, mapped: 0 };
  if (FINISHED.includes(status)) return { assessed: 100, mapped: 100 };
  const mapped = (random.integer(180) + 10) / 2;
  return { mapped, assessed: random.integer(mapped * 2 + 1) / 2 };
}

function sowLearnerCourse(sowing: Sowing, block: Block, { learnerId, place, coursePlace }: Place): void {
  const n = block.at * (LEARNERS + 1) + place + 1;
  const random = draw(sowing, 'learner-course', n);
  const isExample = n === 1;
  const drawn = COURSE_STATUSES[(place + 1) % COURSE_STATUSES.length]?.name as string;
  const status = isExample ? EXAMPLE.status : place === ON_TWO_COURSES ? 'InTraining' : drawn;
  const { assessed, mapped } = isExample ? EXAMPLE : progressOf(random, status);
  const agoDays = isExample ? EXAMPLE.agoDays : status === 'AwaitingInduction' ? 7 : 60 + random.integer(240);
  const startDay = sowing.today - agoDays;
  const courseId = block.courseIds[coursePlace] as string;
  const course = sowing.store.get('courses', courseId) as Row;
  sow(sowing, 'learnerCourses', {
    learnerId,
    courseId,
    qanCode: course['qanCode'] ?? null,
    title: course['title'] ?? null,
    startDate: dateOfDay(startDay),
    endDate: dateOfDay(startDay + 365),
    status,
    assessorId: block.assessorIds[isExample ? 0 : random.integer(IQA)] as string,
    secondAssessorId: place % 7 === 6 ? (block.assessorIds[(place + 1) % IQA] as string) : null,
    progressAssessedPc: assessed,
    progressMappedPc: mapped,
    iqaId: block.assessorIds[IQA] as string,
    units: unitsOf(course, assessed, dateOfDay(startDay + 30)),
  });
}

function unitsOf(course: Row, assessedPc: number, completedOn: string): Value[] {
  const units = course['units'] as readonly Row[];
  const completeCount = Math.floor((units.length * assessedPc) / 100);
  return units.map((unit, at) => {
    const state =
      at < completeCount ? 'Complete' : at === completeCount && assessedPc > 0 ? 'Working' : 'NotStarted';
    return { ...unit, state, completedOn: state === 'Complete' ? completedOn : null };
  });
}

/** Every type and status turns up; the last two sessions of a block are a group and one for two courses. */
function sowSession(sowing: Sowing, block: Block, learnerIds: readonly string[], place: number): void {
  const n = block.at * SESSIONS + place + 1;
  const random = draw(sowing, 'session', n);
  const isExample = n === 1;
  const status = SESSION_STATUSES[place % SESSION_STATUSES.length]?.name as string;
  const type = isExample ? 'FormalReview' : (SESSION_TYPES[place % SESSION_TYPES.length]?.name as string);
  // Only the example has the first learner. The last two places are those of the learner on two courses.
  const learnerPlace =
    place === 0 ? 0 : place >= SESSIONS - 2 ? ON_TWO_COURSES : 1 + (place % (ON_TWO_COURSES - 1));
  const at = (wanted: number): Value =>
    attendance(sowing, block, learnerIds[wanted] as string, wanted, status);
  const learners = place === SESSIONS - 2 ? [at(2), at(3)] : [at(learnerPlace)];
  const offset = isExample ? 8 : status === 'Open' ? 8 + place : -3 * place;
  const hour = isExample ? 10 : 9 + random.integer(7);
  sow(sowing, 'sessions', {
    id: sowing.store.nextGuid('session'),
    type,
    start: `${dateOfDay(sowing.today + offset)}T${String(hour).padStart(2, '0')}:00:00`,
    durationMinutes: isExample ? 90 : random.pick([30, 60, 90]),
    location: isExample ? 'At work' : random.pick(['At work', 'College', 'Online']),
    method: isExample ? 'Traditional' : random.pick(['Traditional', 'Smart Session']),
    assessorId: block.assessorIds[isExample ? 0 : random.integer(IQA)] as string,
    comments: status === 'Attended' ? 'Went well.' : null,
    learners,
  });
}

function attendance(
  { store }: Sowing,
  block: Block,
  learnerId: string,
  place: number,
  status: string,
): Value {
  const own = block.courseIds[coursePlaceOf(place)] as string;
  const second = block.courseIds[2] as string;
  const isOnTwo =
    place === ON_TWO_COURSES && store.get('learnerCourses', `${learnerId}/${second}`) !== undefined;
  return { learnerId, courseIds: isOnTwo ? [own, second] : [own], status };
}
