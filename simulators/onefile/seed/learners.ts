import type { Row, Value } from '../state/row.ts';
import { idOf } from '../state/row.ts';
import { ROLE } from '../state/user-table.ts';
import { drawAims, sowAims } from './aims.ts';
import { sowDiary } from './diary.ts';
import type { Random } from './random.ts';
import { sowReviews } from './reviews.ts';
import { dateAt, drawFor, type Sowing, sow } from './sowing.ts';
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

/** Learners with all that hangs on them, one after the other, so that ids do not depend on how many follow. */
export function sowLearners(sowing: Sowing, organisationIds: readonly number[], groupCount: number): void {
  const centres = organisationIds.map((id) => readCentre(sowing, id));
  for (let number = 0; number < groupCount * SLOTS.length; number += 1) {
    const centre = centres[SLOTS[number % SLOTS.length] ?? 0];
    if (centre !== undefined) sowLearner(sowing, centre, number);
  }
}
