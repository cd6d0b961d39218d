import { expect, test } from 'vitest';
import {
  ASSESSOR,
  type Bench,
  COURSE,
  LEARNER,
  openSimulator,
  type Records,
  SESSION,
} from '../testing/open-simulator.ts';

const refusal = async (
  bench: Bench,
  method: string,
  path: string,
  body?: unknown,
): Promise<[number, string]> => {
  const { status, text } = await bench.door(method, path, body);
  return [status, JSON.parse(text).error];
};

test('health says what was sown, and the door needs no credential and is no call', async () => {
  const bench = await openSimulator({ switches: { 'rate-limit-per-minute': 1 } });
  await bench.rule({ type: 'drop' }, {}, { times: null });
  for (let n = 0; n < 3; n += 1) {
    expect(await bench.doorJson('/health')).toMatchObject({
      ok: true,
      seed: 1,
      size: 'small',
      records: { learners: 20 },
    });
  }
  expect(await bench.doorJson('/calls')).toEqual([]);
});

test.each([
  ['POST', '/reset', { colour: 'red' }, 400, 'unknown property colour'],
  ['POST', '/reset', { size: 'medium' }, 400, 'size must be one of empty, small, large'],
  ['POST', '/reset', { asOf: 'soon' }, 400, 'asOf must be a date'],
  ['POST', '/reset', { switches: { x: 1 } }, 400, 'unknown switch x'],
  ['POST', '/clock', { mode: 'fast' }, 400, 'mode must be real, frozen or offset'],
  ['POST', '/clock', { hours: 1 }, 400, 'unknown property hours'],
  ['POST', '/records', { people: [] }, 400, 'unknown kind people'],
  ['POST', '/records', { learners: {} }, 400, 'learners must be a list'],
  ['POST', '/records', { learners: [1] }, 400, 'learners must hold objects'],
  ['POST', '/records', { learners: [{ familyName: 'X' }] }, 400, 'learners needs an id in each record'],
  [
    'POST',
    '/records',
    { learnerCourses: [{ learnerId: LEARNER }] },
    400,
    'learnerCourses needs an id in each record',
  ],
  [
    'POST',
    '/records',
    { learners: [{ id: '1', FamilyName: 'X' }] },
    400,
    'learners has no property FamilyName',
  ],
  [
    'POST',
    '/records',
    { learners: [{ id: '1', dateOfBirth: '2004-02-30' }] },
    400,
    'learners.dateOfBirth is not a valid date',
  ],
  ['POST', '/records', { employers: [{ id: 'A' }] }, 400, 'employers.id is not a valid integer'],
  [
    'POST',
    '/records',
    { sessions: [{ id: '1', learners: [{}] }] },
    400,
    'sessions.learners needs learnerId, courseIds and a known status',
  ],
  ['GET', '/records/people', undefined, 404, 'Kind not found'],
  ['GET', '/records/learners/none', undefined, 404, 'Record not found'],
  ['POST', `/act/learners/${LEARNER}/archive`, { by: 'x' }, 400, 'unknown property by'],
  ['POST', `/act/learners/${LEARNER}/delete`, { by: 'x' }, 400, 'unknown property by'],
  ['POST', `/act/courses/${COURSE}/deactivate`, { by: 'x' }, 400, 'unknown property by'],
  ['POST', `/act/sessions/${SESSION}/delete`, { by: 'x' }, 400, 'unknown property by'],
  ['POST', `/act/learner-courses/${LEARNER}/${COURSE}/delete`, { by: 'x' }, 400, 'unknown property by'],
  ['POST', '/act/learners/none/archive', {}, 404, 'Learner not found'],
  ['POST', `/act/employers/1001/archive`, {}, 404, 'Route not found'],
  ['POST', `/act/learners/${LEARNER}/edit`, { id: '1' }, 400, 'learners has no property id'],
  ['POST', `/act/sessions/${SESSION}/close`, { file: 1 }, 400, 'unknown property file'],
  ['POST', `/act/sessions/${SESSION}/move`, { start: 'later' }, 400, 'start must be a date and time'],
  ['POST', '/act/sessions/none/close', {}, 404, 'Session not found'],
  ['POST', '/act/sessions', { learner: 1 }, 400, 'unknown property learner'],
  ['POST', `/act/learner-courses/${LEARNER}/none`, {}, 404, 'Course of the learner not found'],
  ['POST', `/act/learner-courses/${LEARNER}/${COURSE}`, { progress: 1 }, 400, 'unknown property progress'],
  ['POST', `/act/learner-courses/${LEARNER}/${COURSE}`, { status: 'Happy' }, 400, 'status is not known'],
  [
    'POST',
    `/act/learner-courses/${LEARNER}/${COURSE}`,
    { units: [{ state: 'Half' }] },
    400,
    'units: state must be one of NotStarted, Working, Complete',
  ],
  ['POST', '/act/match-queue/1', { decision: 'new', why: 'x' }, 400, 'unknown property why'],
  ['POST', '/clock', '[]', 400, 'the body must be a JSON object'],
  ['GET', '/nowhere', undefined, 404, 'Route not found'],
])('%s %s %j is refused', async (method, path, body, status, error) => {
  const bench = await openSimulator();
  const before = await bench.doorJson('/records');
  expect(await refusal(bench, method, path, body)).toEqual([status, error]);
  expect(await bench.doorJson('/records')).toEqual(before);
});

test('one bad record, and nothing is loaded', async () => {
  const bench = await openSimulator({ size: 'empty' });
  const body = { employers: [{ id: 7, name: 'Good' }], learners: [{ id: 'x', colour: 'red' }] };
  expect((await bench.door('POST', '/records', body)).status).toBe(400);
  expect(await bench.doorJson('/records/employers')).toEqual([]);
});

test('records are loaded with their ids, rules unchecked, and shown with what follows from them', async () => {
  const bench = await openSimulator({ size: 'empty' });
  const id = '{AAAAAAAA-0000-4000-8000-000000000001}';
  const learnerId = 'aaaaaaaa-0000-4000-8000-000000000001';
  const answer = await bench.door('POST', '/records', {
    employers: [{ id: 5000, misId: 'E', name: 'E', address: { postCode: 'EX99 1AA' } }],
    courses: [{ id: 'c1', title: 'Old course', qanCode: '1', isActive: false }],
    learners: [{ id, misId: '10001', familyName: 'L', givenNames: 'G', employerId: 5000, uln: '1' }],
    assessors: [{ id: 'a1', firstName: 'A', lastName: 'B', userName: 'ab' }],
    learnerCourses: [
      {
        learnerId: id,
        courseId: 'c1',
        title: 'Old course',
        status: 'In Training',
        startDate: '2025-09-01',
        endDate: '2026-09-01',
      },
    ],
    sessions: [
      {
        id: 's1',
        learnerId: id,
        courseId: 'c1',
        type: 'Formal Review',
        start: '2026-03-10T10:00:00',
        durationMinutes: 60,
        status: 'Attended',
        assessorId: 'a1',
      },
      { id: 's2', type: 'General', learners: [{ learnerId: id, courseIds: ['c1'] }] },
    ],
    batches: [{ batchId: 'b1', learnerId: id }],
  });
  expect(JSON.parse(answer.text)).toEqual({
    employers: 1,
    courses: 1,
    learners: 1,
    assessors: 1,
    learnerCourses: 1,
    sessions: 2,
    batches: 1,
  });
  expect(await bench.json('GET', `/learners/${learnerId}`)).toMatchObject({
    misId: '10001',
    employerId: 5000,
  });
  expect(await bench.json('GET', `/learner-courses?learnerId=${learnerId}`)).toMatchObject([
    { courseId: 'c1', status: 'InTraining', timelinePc: 50 },
  ]);
  expect(
    (await bench.json('GET', '/sessions')).map((row: Records) => [row.id, row.type, row.status]),
  ).toEqual([
    ['s1', 'FormalReview', 'Attended'],
    ['s2', 'General', 'Open'],
  ]);
  expect(await bench.doorJson(`/records/learnerCourses/${learnerId}/c1`)).toMatchObject({
    rag: 'off-track',
    unitsTotal: 0,
  });
  expect(
    await bench.doorJson(`/records/learnerCourses/${encodeURIComponent(`${learnerId}/c1`)}`),
  ).toMatchObject({ courseId: 'c1' });
  expect(await bench.doorJson('/records/employers/5000')).toMatchObject({
    address: { postCode: 'EX99 1AA' },
  });
  expect((await bench.doorJson('/changes')).every((entry: Records) => entry.source === 'load')).toBe(true);

  await bench.door('POST', '/records', { learners: [{ id, familyName: 'Replaced', givenNames: 'G' }] });
  expect(await bench.json('GET', `/learners/${learnerId}`)).toMatchObject({
    familyName: 'Replaced',
    misId: null,
  });
  expect(await bench.json('POST', '/employers', { misId: 'N', name: 'N' })).toEqual({ id: 1001 });
});

test('an id that a load has taken is not given again', async () => {
  const bench = await openSimulator({ size: 'empty' });
  await bench.door('POST', '/records', {
    employers: [{ id: 1001, name: 'E' }],
    learners: [{ id: LEARNER, familyName: 'L' }],
  });
  expect(await bench.json('POST', '/employers', { misId: 'N', name: 'N' })).toEqual({ id: 1002 });
  const ada = { misId: '1', familyName: 'O', givenNames: 'A', dateOfBirth: '2004-02-29' };
  expect((await bench.json('POST', '/learners', ada)).id).not.toBe(LEARNER);
});

test('the clock stands, runs on from a time, is real, and goes forward', async () => {
  const bench = await openSimulator();
  const set = async (body: object) => JSON.parse((await bench.door('POST', '/clock', body)).text);
  expect(await set({ advanceSeconds: 90 })).toEqual({ mode: 'frozen', now: '2026-03-02T09:01:30.000Z' });
  expect((await bench.rest('GET', '/ping')).headers.get('date')).toBe('Mon, 02 Mar 2026 09:01:30 GMT');
  const running = await set({ mode: 'offset', now: '2026-06-01T00:00:00Z' });
  expect([running.mode, running.now.slice(0, 16)]).toEqual(['offset', '2026-06-01T00:00']);
  expect((await set({ mode: 'real' })).mode).toBe('real');
  expect((await set({ mode: 'frozen', now: '2026-03-02' })).now).toBe('2026-03-02T00:00:00.000Z');
});

test('units are set by id and made by title; a course is left; a catalogue course is switched off and on', async () => {
  const bench = await openSimulator({ switches: { units: 'full' } });
  const path = `/learner-courses/${LEARNER}/${COURSE}`;
  const [unit] = (await bench.doorJson(`/records/learnerCourses/${LEARNER}/${COURSE}`)).units.slice(-1);
  const { record } = await bench.act(path, {
    units: [
      { unitId: unit.unitId, state: 'Complete', completedOn: '2026-03-01' },
      { title: 'Extra', state: 'Working' },
    ],
  });
  expect([record.unitsTotal, record.unitsComplete]).toEqual([5, 2]);
  const units = await bench.json('GET', `/learners/${LEARNER}/courses/${COURSE}/units`);
  expect(units.at(-2)).toEqual({ ...unit, state: 'Complete', completedOn: '2026-03-01' });
  expect(units.at(-1)).toMatchObject({ title: 'Extra', state: 'Working', completedOn: null });
  expect(await bench.act(`${path}/delete`)).toEqual({ id: `${LEARNER}/${COURSE}`, record: null });
  expect(await bench.json('GET', `/learner-courses?learnerId=${LEARNER}`)).toEqual([]);
  expect((await bench.act(`/courses/${COURSE}/deactivate`)).record.isActive).toBe(false);
  expect((await bench.act(`/courses/${COURSE}/activate`)).record.isActive).toBe(true);
});

test('an act that is refused changes nothing, and with force it is done', async () => {
  const bench = await openSimulator();
  const before = await bench.doorJson('/records');
  const change = (body: object) => bench.door('POST', `/act/learner-courses/${LEARNER}/${COURSE}`, body);
  const refused = await change({ status: 'Certificated', mappedPc: 90 });
  expect([refused.status, Object.keys(JSON.parse(refused.text))]).toEqual([409, ['rule', 'message']]);
  expect((await change({ assessorId: 'none' })).status).toBe(409);
  expect(await bench.doorJson('/records')).toEqual(before);
  const done = JSON.parse((await change({ status: 'Certificated', mappedPc: 90, force: true })).text);
  expect(done).toMatchObject({
    id: `${LEARNER}/${COURSE}`,
    record: { status: 'Certificated', progressMappedPc: 90 },
  });
  expect((await bench.doorJson('/changes')).at(-1)).toMatchObject({
    source: 'person',
    before: { status: 'InTraining' },
  });
  expect((await bench.doorJson(`/records/assessors/${ASSESSOR}`)).lastName).toBe('Rowe');
});
