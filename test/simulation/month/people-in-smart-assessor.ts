import type { JsonObject } from '../../../src/domain/json.ts';
import type { createRandom } from '../../support/random.ts';
import { bookSession, toStart } from './populate-smart-assessor.ts';
import { attendancesOf, type SiteKind, type SiteRow, type SmartAssessorSite } from './smart-assessor.ts';

/** Who acts, where, and what is drawn. */
type Office = {
  readonly site: SmartAssessorSite;
  readonly random: ReturnType<typeof createRandom>;
  readonly nowMs: () => number;
  readonly trace: (line: () => string) => void;
};
type Habit = readonly [weight: number, act: (office: Office) => void];

/** What assessors and administrators do at Smart Assessor, and how often. */
const habits: readonly Habit[] = [
  [20, bookOne],
  [4, bookGroup],
  [20, closeOne],
  [10, cancelOne],
  [10, moveOne],
  [2, deleteSession],
  [22, advance],
  [4, changeStatus],
  [6, editContact],
  [2, archive],
  [2, unarchive],
  [4, scoreRisk],
  [2, switchCourse],
  [1, leaveCourse],
  [2, editMisId],
];

export function doSomethingInSmartAssessor(office: Office): void {
  const total = habits.reduce((sum, [weight]) => sum + weight, 0);
  let dice = office.random.chance() * total;
  for (const [weight, act] of habits) {
    dice -= weight;
    if (dice >= 0) continue;
    act(office);
    return;
  }
}

function bookOne(office: Office): void {
  const learner = pick(office, 'learners');
  if (learner !== null) book(office, [String(learner['id'])]);
}

/** One session of two learners is a review for each of them. */
function bookGroup(office: Office): void {
  const [one, other] = [pick(office, 'learners'), pick(office, 'learners')];
  if (one !== null && other !== null && one !== other) book(office, [String(one['id']), String(other['id'])]);
}

function book({ site, random, nowMs, trace }: Office, learnerIds: readonly string[]): void {
  const id = bookSession(site, random, learnerIds, nowMs());
  if (id !== null) trace(() => `SITE new session ${id} ${JSON.stringify(site.find('sessions', id))}`);
}

/** Mostly for all who were asked, sometimes for one of them. */
function closeOne(office: Office): void {
  onSession(office, 'close', (session) => forOne(office, session));
}

function cancelOne(office: Office): void {
  onSession(office, 'cancel', (session) => ({
    by: office.random.pick(['learner', 'assessor', 'employer']),
    ...forOne(office, session),
  }));
}

function forOne({ random }: Office, session: SiteRow): JsonObject {
  const learners = attendancesOf(session);
  return learners.length > 1 && random.chance() < 0.5 ? { learnerId: random.pick(learners).learnerId } : {};
}

function moveOne(office: Office): void {
  onSession(office, 'move', () => ({ start: toStart(office.random, office.nowMs()) }));
}

function deleteSession(office: Office): void {
  const session = pick(office, 'sessions');
  if (session === null) return;
  office.site.remove('sessions', String(session['id']));
  office.trace(() => `SITE deletes session ${String(session['id'])}`);
}

function advance(office: Office): void {
  const { random } = office;
  const assessedPc = random.below(1_000) / 10;
  onCourse(office, { assessedPc, mappedPc: Math.min(100, assessedPc + random.below(15)) });
}

function changeStatus(office: Office): void {
  const { random } = office;
  onCourse(office, {
    status: random.pick(['InTraining', 'TrainingSuspended', 'IqaApproved', 'EarlyLeaver']),
    force: true,
  });
}

function leaveCourse(office: Office): void {
  const course = pick(office, 'learnerCourses');
  if (course === null) return;
  const key = `${String(course['learnerId'])}/${String(course['courseId'])}`;
  office.site.remove('learner-courses', key);
  office.trace(() => `SITE course ${key} is left`);
}

function editContact(office: Office): void {
  const { random } = office;
  const number = random.below(10_000);
  onPerson(office, 'learners', 'edit', {
    ...random.pick<JsonObject>([
      { email: random.chance() < 0.7 ? `sa.${number}@x.example.org` : null },
      { telNumber: random.chance() < 0.7 ? `03 ${number}` : null },
      { mobile: random.chance() < 0.7 ? `09 ${number}` : null },
    ]),
  });
}

function archive(office: Office): void {
  onPerson(office, 'learners', 'archive', {});
}

function unarchive(office: Office): void {
  const archived = office.site.rows('learners').filter(({ isArchived }) => isArchived === true);
  if (archived.length === 0) return;
  office.site.act(`learners/${String(office.random.pick(archived)['id'])}/unarchive`);
}

function scoreRisk(office: Office): void {
  onPerson(office, 'learners', 'risk', { score: office.random.below(101) / 100 });
}

function switchCourse(office: Office): void {
  const course = pick(office, 'courses');
  if (course === null) return;
  const way = course['isActive'] === false || office.random.chance() < 0.7 ? 'activate' : 'deactivate';
  const id = String(course['id']);
  if (way === 'deactivate') office.site.wereInactive.add(id);
  office.site.act(`courses/${id}/${way}`);
}

/** Only of assessors whom the sync has not made: those keep the key they were given. */
function editMisId(office: Office): void {
  const { site, random } = office;
  const made = new Set(site.writes.map(({ resultId }) => resultId));
  const assessors = site.rows('assessors').filter(({ id }) => !made.has(String(id)));
  if (assessors.length === 0) return;
  const id = String(random.pick(assessors)['id']);
  site.act(`assessors/${id}/edit`, { misId: random.chance() < 0.5 ? null : `OFF0${random.below(10)}` });
}

function onSession(office: Office, way: string, toBody: (session: SiteRow) => JsonObject): void {
  const session = pick(office, 'sessions');
  if (session === null) return;
  const body = toBody(session);
  const id = String(session['id']);
  const isDone = office.site.act(`sessions/${id}/${way}`, body) !== null;
  if (isDone) office.trace(() => `SITE session ${id} ${way} ${JSON.stringify(body)}`);
}

function onCourse(office: Office, body: JsonObject): void {
  const course = pick(office, 'learnerCourses');
  if (course === null) return;
  const key = `${String(course['learnerId'])}/${String(course['courseId'])}`;
  office.site.act(`learner-courses/${key}`, body);
  office.trace(() => `SITE course ${key} ${JSON.stringify(body)}`);
}

function onPerson(office: Office, kind: 'learners', way: string, body: JsonObject): void {
  const person = pick(office, kind);
  if (person === null) return;
  office.site.act(`${kind}/${String(person['id'])}/${way}`, body);
  office.trace(() => `SITE ${kind} ${String(person['id'])} ${way} ${JSON.stringify(body)}`);
}

function pick({ site, random }: Office, kind: SiteKind): SiteRow | null {
  const rows = site.rows(kind);
  return rows.length === 0 ? null : random.pick(rows);
}
