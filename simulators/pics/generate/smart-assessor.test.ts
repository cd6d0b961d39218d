import { expect, test } from 'vitest';
import { createDataset } from './dataset.ts';
import type { SmartAssessorKind, SmartAssessorRecord } from './smart-assessor-records.ts';
import { toReference } from './world.ts';

const dataset = createDataset({ learners: 600, externalIdVendor: 'smartassessor' });
const linked = [...dataset.learners()].filter(({ rows }) => rows.pctrndet[0]!.portfolio_id !== null);
const ordinary = linked.filter(({ number }) => number > 30);

function readKind(kind: SmartAssessorKind): SmartAssessorRecord[] {
  return [...dataset.smartAssessor()].filter((entry) => entry.kind === kind).map(({ record }) => record);
}

function byId(kind: SmartAssessorKind): Map<string, SmartAssessorRecord> {
  const records = readKind(kind);
  const found = new Map(records.map((record) => [String(record['id']), record]));
  expect(found.size).toBe(records.length);
  return found;
}

const learners = byId('learners');
const assessors = byId('assessors');
const employers = byId('employers');
const courses = byId('courses');
const sessions = byId('sessions');
const learnerCourses = readKind('learnerCourses');

type Attendance = { learnerId: string; courseIds: string[]; status: string };
const attendanceOf = (session: SmartAssessorRecord): Attendance =>
  (session['learners'] as unknown as Attendance[])[0]!;

test('exactly the learners with a portfolio id are at Smart Assessor, under that id', () => {
  expect([...learners.keys()]).toEqual(linked.map(({ rows }) => rows.pctrndet[0]!.portfolio_id));
});

test('learners agree: names in composed form, keys, dates, four address lines', () => {
  for (const { ident, rows } of ordinary) {
    const [trainee] = rows.trainee;
    const [details] = rows.pctrndet;
    expect(learners.get(details!.portfolio_id!)).toMatchObject({
      misId: ident,
      familyName: trainee!.surname.normalize('NFC'),
      givenNames: trainee!.firstname.normalize('NFC'),
      dateOfBirth: trainee!.birthdate,
      uln: details!.miap_uln,
      sex: ['M', '1'].includes(trainee!.sex ?? '') ? 'Male' : 'Female',
      homeAddress: { line1: trainee!.addr1, locality: trainee!.addr2, postCode: trainee!.postcode },
    });
  }
});

test('every reference leads to a record that is loaded before it', () => {
  const seen = new Set<unknown>([null]);
  const dangling: string[] = [];
  for (const { kind, record } of dataset.smartAssessor()) {
    const attendance = kind === 'sessions' ? attendanceOf(record) : { courseIds: [] };
    const references = { ...record, ...attendance } as Record<string, unknown>;
    for (const name of ['learnerId', 'courseId', 'assessorId', 'secondAssessorId', 'employerId'])
      if (references[name] !== undefined && !seen.has(references[name]))
        dangling.push(`${kind}.${name} ${String(references[name])}`);
    for (const id of attendance.courseIds) if (!seen.has(id)) dangling.push(`${kind}.courseIds ${id}`);
    seen.add(record['id']);
  }
  expect(dangling).toEqual([]);
  expect(sessions.size).toBeGreaterThan(300);
});

test('external ids of officers and organisations are its ids, with the code as MIS id; employer ids are numbers', () => {
  for (const { code, other_id } of dataset.rows('officer'))
    if (other_id !== null) expect(assessors.get(other_id)).toMatchObject({ misId: code });
  for (const { place, add_id } of dataset.rows('placemnt'))
    if (add_id !== null) expect(employers.get(add_id)).toMatchObject({ id: Number(add_id), misId: place });
});

test('the officer of 10016 has an account made by hand: same name and e-mail, no MIS id (SA-23)', () => {
  const officer = [...dataset.rows('officer')][4]!;
  expect(officer.other_id).toBeNull();
  const namesakes = [...assessors.values()].filter(({ email }) => email === officer.email);
  expect(namesakes).toMatchObject([
    { misId: null, lastName: officer.surname.normalize('NFC'), userName: 'made.by.hand' },
  ]);
});

test('two courses carry one number, one is not active, standards have a code of their own (SA-14, A-45)', () => {
  const all = [...courses.values()];
  const qans = all.flatMap(({ qanCode }) => qanCode ?? []);
  expect(qans).toHaveLength(40);
  expect(new Set(qans).size).toBe(39);
  expect(qans.filter((qan) => /[/\s]/.test(String(qan)))).toEqual([]);
  expect(all.filter(({ isActive }) => isActive === false)).toHaveLength(1);
  expect(all.flatMap(({ standardCode }) => standardCode ?? [])).toEqual(['196', '105', '122', '91', '135']);
});

test('elements agree: 100 in total, done is the assessed percentage cut to a whole number (SA-32, A-28)', () => {
  const byLearner = Map.groupBy(learnerCourses, ({ learnerId }) => String(learnerId));
  let seen = 0;
  for (const { rows } of ordinary) {
    for (const course of byLearner.get(rows.pctrndet[0]!.portfolio_id!) ?? []) {
      const { qanCode, progressAssessedPc } = course;
      const row = rows.trqual.find(({ vqref }) =>
        qanCode === null ? /^\d+AS$/.test(vqref) : toReference(vqref) === qanCode,
      );
      expect([row!.tot_elem, row!.done_elem]).toEqual([100, Math.floor(Number(progressAssessedPc))]);
      expect(Number(course['progressMappedPc'])).toBeGreaterThanOrEqual(Number(course['progressAssessedPc']));
      seen += 1;
    }
  }
  expect(seen).toBeGreaterThan(150);
});

test('sessions agree as after a settled synchronisation (SA-42, A-29)', () => {
  const statuses = { Y: 'Attended', N: 'CancelledByLearner', U: 'Open' };
  let seen = 0;
  for (const { rows } of ordinary) {
    for (const row of rows.itp_revu) {
      if (row.sa_event_id === null) continue;
      seen += 1;
      const session = sessions.get(row.sa_event_id)!;
      expect(session['start']).toBe(row.proposed!.replace(' ', 'T'));
      expect(attendanceOf(session)).toMatchObject({
        learnerId: rows.pctrndet[0]!.portfolio_id,
        status: statuses[row.attended as 'Y' | 'N' | 'U'],
      });
      expect(row.actual).toBe(row.attended === 'Y' ? row.proposed : null);
    }
  }
  expect(seen).toBeGreaterThan(300);
});

test('10029 has an open, an attended, a cancelled session and one of another type (SA-9, SA-42)', () => {
  const own = ['EV-29-1', 'EV-29-2', 'EV-29-3', 'EV-29-4'].map((id) => sessions.get(id)!);
  expect(own.map((session) => `${String(session['type'])} ${attendanceOf(session).status}`)).toEqual([
    'FormalReview Open',
    'FormalReview Attended',
    'FormalReview CancelledByLearner',
    'GatewayReady Open',
  ]);
});

test('10025 has other figures here than at OneFile (A-25)', () => {
  const { rows } = dataset.learner(25);
  const own = learnerCourses.filter(({ learnerId }) => learnerId === rows.pctrndet[0]!.portfolio_id);
  expect(own.map(({ progressAssessedPc }) => progressAssessedPc)).toEqual([7, 7]);
  expect(rows.trqual.map(({ done_elem }) => done_elem)).not.toContain(7);
});
