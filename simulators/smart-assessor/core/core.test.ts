/* The rules of the core, by what people do at the door and what partners send. */

import { expect, test } from 'vitest';
import {
  ADA,
  ASSESSOR,
  type Bench,
  COURSE,
  ENROLMENT,
  HILLSIDE,
  LEARNER,
  NEXT_LEARNER,
  openSimulator,
  type Records,
  SESSION,
  statusAndBody,
} from '../testing/open-simulator.ts';
import { brief } from '../testing/switch-cases/looking.ts';

const enrol = (bench: Bench, changes: object = {}, id = NEXT_LEARNER) =>
  bench.rest('POST', `/learners/${id}/courses`, { ...ENROLMENT, ...changes });

const BOOKING = {
  type: 'Induction',
  start: '2026-05-04T10:00:00',
  durationMinutes: 60,
  location: 'College',
  method: 'Traditional',
  assessorId: ASSESSOR,
  learners: [{ learnerId: NEXT_LEARNER, courseIds: [COURSE] }],
};

async function openWithAda(switches: Record<string, unknown> = {}): Promise<Bench> {
  const bench = await openSimulator({ switches });
  await bench.rest('POST', '/learners', ADA);
  await enrol(bench);
  return bench;
}

const statusOfCourse = async (bench: Bench, id = NEXT_LEARNER): Promise<string> =>
  (await bench.doorJson(`/records/learnerCourses/${id}/${COURSE}`)).status;

const act = (bench: Bench, path: string, body: object = {}) => bench.door('POST', `/act${path}`, body);

async function ruleOf(answer: Promise<{ status: number; text: string }>): Promise<string> {
  const { status, text } = await answer;
  return status === 200 ? 'done' : `${status} ${JSON.parse(text).rule ?? JSON.parse(text).error}`;
}

test('a course is given once, must be active, and begins with Awaiting Induction', async () => {
  const bench = await openWithAda();
  expect(await statusOfCourse(bench)).toBe('AwaitingInduction');
  expect(await brief(enrol(bench))).toBe('409 courseId');
  expect(await brief(enrol(bench, { status: 'InTraining' }))).toBe('400 status');
  await act(bench, `/courses/${COURSE}/deactivate`);
  expect(await brief(enrol(bench, {}, LEARNER))).toBe('409 courseId');
  await bench.rest('DELETE', `/learners/${NEXT_LEARNER}/courses/${COURSE}`);
  expect(await brief(enrol(bench))).toBe('422 courseId');
  await act(bench, `/courses/${COURSE}/activate`);
  expect(await brief(enrol(bench))).toBe('201');
});

test('several reasons to refuse: 400 before 404 before 409 before inactive before archived', async () => {
  const bench = await openWithAda();
  const id = 'no-such';
  expect(await brief(enrol(bench, { startDate: '2026-02-30' }, id))).toBe('400 startDate');
  expect(await brief(enrol(bench, { courseId: id }, id))).toBe('404');
  await act(bench, `/courses/${COURSE}/deactivate`);
  await act(bench, `/learners/${NEXT_LEARNER}/archive`);
  expect(await brief(enrol(bench))).toBe('409 courseId');
  await bench.rest('DELETE', `/learners/${NEXT_LEARNER}/courses/${COURSE}`);
  expect(await brief(enrol(bench))).toBe('422 courseId');
  await act(bench, `/courses/${COURSE}/activate`);
  expect(await brief(enrol(bench))).toBe('422 isArchived');
});

test('a record that a body names and that does not exist is 422, and nothing is changed', async () => {
  const bench = await openSimulator();
  const { rest, doorJson } = bench;
  const before = await doorJson('/records');
  expect(await brief(rest('POST', '/learners', { ...ADA, employerId: 9999 }))).toBe('422 employerId');
  expect(await brief(rest('PATCH', `/learners/${LEARNER}`, { employerId: 9999, mobile: '1' }))).toBe(
    '422 employerId',
  );
  const [archived] = (await doorJson('/records/assessors')).filter((row: Records) => row.isArchived);
  const [iqa] = (await doorJson('/records/assessors')).filter((row: Records) => row.roles.includes('iqa'));
  const put = (assessorId: string) =>
    rest('PUT', `/learners/${LEARNER}/courses/${COURSE}/assessor`, { assessorId });
  expect(await brief(put('no-such'))).toBe('422 assessorId');
  expect(await brief(put(archived.id))).toBe('422 assessorId');
  expect(await brief(put(iqa.id))).toBe('422 assessorId');
  expect(await brief(put(''))).toBe('400 assessorId');
  expect(await doorJson('/records')).toEqual(before);
});

test.each([
  ['AwaitingInduction', ['InTraining', 'EarlyLeaver', 'Transferred', 'Exempt']],
  ['InTraining', ['TrainingSuspended', 'IqaApproved', 'EarlyLeaver', 'Transferred', 'Exempt']],
  ['TrainingSuspended', ['InTraining', 'EarlyLeaver', 'Transferred', 'Exempt']],
  ['IqaApproved', ['Completed']],
  ['Completed', ['Certificated']],
  ['Certificated', []],
  ['EarlyLeaver', []],
])('from %s a course can become %j', async (from, wanted) => {
  const bench = await openWithAda();
  const path = `/learner-courses/${NEXT_LEARNER}/${COURSE}`;
  const all = [
    'AwaitingInduction',
    'InTraining',
    'TrainingSuspended',
    'IqaApproved',
    'Completed',
    'Certificated',
    'Exempt',
    'EarlyLeaver',
    'Transferred',
  ];
  const allowed = [];
  for (const to of all.filter((status) => status !== from)) {
    await act(bench, path, { status: from, force: true });
    if ((await act(bench, path, { status: to })).status === 200) allowed.push(to);
  }
  expect(allowed.toSorted()).toEqual(wanted.toSorted());
});

test('an attended Induction moves its courses to In Training, and no others', async () => {
  const bench = await openWithAda();
  const { id } = await bench.act('/sessions', BOOKING);
  expect(await ruleOf(act(bench, `/sessions/${id}/close`))).toBe('done');
  expect(await statusOfCourse(bench)).toBe('InTraining');
  const moved = (await bench.doorJson('/changes')).at(-1);
  expect(moved).toMatchObject({
    source: 'rule',
    kind: 'learnerCourses',
    before: { status: 'AwaitingInduction' },
  });

  const path = `/learner-courses/${NEXT_LEARNER}/${COURSE}`;
  await act(bench, path, { status: 'TrainingSuspended' });
  const second = await bench.act('/sessions', { ...BOOKING, start: '2026-05-05T10:00:00', force: true });
  await act(bench, `/sessions/${second.id}/close`);
  expect(await statusOfCourse(bench)).toBe('TrainingSuspended');
});

test('sessions are booked for courses under way, with all that a booking needs', async () => {
  const bench = await openWithAda();
  const book = (changes: object) => ruleOf(act(bench, '/sessions', { ...BOOKING, ...changes }));
  expect(await book({ location: '' })).toBe('409 bookable');
  expect(await book({ method: 'Telepathy' })).toBe('409 bookable');
  expect(await book({ type: 'Party' })).toBe('400 type is not known');
  expect(await book({ start: '2026-02-30T10:00:00' })).toBe('400 start must be a date and time');
  expect(await book({ durationMinutes: 0 })).toBe('400 durationMinutes must be more than 0');
  expect(await book({ assessorId: 'no-such' })).toBe('409 bookable');
  expect(await book({ learners: [{ learnerId: NEXT_LEARNER, courseIds: [] }] })).toBe('409 bookable');
  const path = `/learner-courses/${NEXT_LEARNER}/${COURSE}`;
  await act(bench, path, { status: 'EarlyLeaver' });
  expect(await book({})).toBe('409 bookable');
  expect(await book({ force: true })).toBe('done');
});

test('no double booking of an assessor or a learner; the end is exclusive and cancelled ones do not count', async () => {
  const bench = await openWithAda();
  const { id } = await bench.act('/sessions', BOOKING);
  const book = (changes: object) => ruleOf(act(bench, '/sessions', { ...BOOKING, ...changes }));
  const others = (await bench.doorJson('/records/assessors')).filter(
    (row: Records) => row.id !== ASSESSOR && row.roles.includes('assessor') && !row.isArchived,
  );
  const [other] = others;
  const ofLearnerOne = [{ learnerId: LEARNER, courseIds: [COURSE] }];
  expect(await book({ start: '2026-05-04T10:59:00', learners: ofLearnerOne })).toBe('409 no-double-booking');
  expect(await book({ start: '2026-05-04T10:30:00', assessorId: other.id })).toBe('409 no-double-booking');
  expect(await book({ start: '2026-05-04T10:30:00', assessorId: other.id, learners: ofLearnerOne })).toBe(
    'done',
  );
  expect(await book({ start: '2026-05-04T11:00:00', durationMinutes: 15 })).toBe('done');
  await act(bench, `/sessions/${id}/cancel`, { by: 'employer' });
  expect(await book({ start: '2026-05-04T10:00:00', durationMinutes: 30 })).toBe('done');
});

test('open sessions are closed or cancelled, for all or for one learner; closed is final', async () => {
  const bench = await openSimulator();
  const sessions = await bench.doorJson('/records/sessions');
  const group = sessions.find((row: Records) => row.learners.length > 1);
  const [one, two] = group.learners;
  await bench.act('/sessions', BOOKING);
  const statuses = async () =>
    (await bench.doorJson(`/records/sessions/${group.id}`)).learners.map((row: Records) => row.status);
  if (one.status !== 'Open') {
    expect(await ruleOf(act(bench, `/sessions/${group.id}/close`))).toBe('409 closed-is-final');
  }
  const learners = [one, two].map(({ learnerId, courseIds }: Records) => ({ learnerId, courseIds }));
  const { id } = await bench.act('/sessions', { ...BOOKING, learners, force: true });
  expect(
    await ruleOf(act(bench, `/sessions/${id}/cancel`, { by: 'learner', learnerId: one.learnerId })),
  ).toBe('done');
  expect(await ruleOf(act(bench, `/sessions/${id}/close`, { feedback: 'Good.' }))).toBe('done');
  const after = await bench.doorJson(`/records/sessions/${id}`);
  expect(after.learners.map((row: Records) => row.status)).toEqual(['CancelledByLearner', 'Attended']);
  expect(after.feedback).toBe('Good.');
  expect(await ruleOf(act(bench, `/sessions/${id}/cancel`, { by: 'assessor' }))).toBe('409 closed-is-final');
  expect(await ruleOf(act(bench, `/sessions/${id}/move`, { start: '2026-05-06T10:00:00' }))).toBe(
    '409 closed-is-final',
  );
  expect(await ruleOf(act(bench, `/sessions/${id}/cancel`, { by: 'assessor', force: true }))).toBe('done');
  expect(await ruleOf(act(bench, `/sessions/${id}/cancel`, { by: 'nobody' }))).toBe(
    '400 by must be learner, assessor or employer',
  );
  expect(await ruleOf(act(bench, `/sessions/${id}/close`, { learnerId: LEARNER }))).toBe(
    '404 Learner of the session not found',
  );
  expect(await statuses()).toHaveLength(2);
});

test('a session is moved, but not onto another one, and deleted', async () => {
  const bench = await openSimulator();
  const move = (start: string, more = {}) =>
    ruleOf(act(bench, `/sessions/${SESSION}/move`, { start, ...more }));
  const other = await bench.act('/sessions', {
    ...BOOKING,
    learners: [{ learnerId: LEARNER, courseIds: [COURSE] }],
  });
  expect(other.record.start).toBe('2026-05-04T10:00:00');
  expect(await move('2026-05-04T09:00:00')).toBe('409 no-double-booking');
  expect(await move('2026-05-04T09:00:00', { durationMinutes: 60 })).toBe('done');
  expect(
    (await bench.json('GET', `/sessions?learnerId=${LEARNER}`)).map((row: Records) => row.start).toSorted(),
  ).toEqual(['2026-05-04T09:00:00', '2026-05-04T10:00:00']);
  await act(bench, `/sessions/${SESSION}/delete`);
  expect(await bench.json('GET', `/sessions?learnerId=${LEARNER}`)).toHaveLength(1);
});

test('attended time out of the workplace adds to the off-the-job minutes, once', async () => {
  const bench = await openWithAda();
  const { id } = await bench.act('/sessions', {
    ...BOOKING,
    type: 'Out of the Workplace',
    durationMinutes: 90,
  });
  await act(bench, `/sessions/${id}/close`);
  await act(bench, `/sessions/${id}/close`, { force: true });
  expect((await bench.doorJson(`/records/learners/${NEXT_LEARNER}`)).offTheJobMinutes).toBe(90);
});

test.each([
  [{ startDate: '2026-03-02', endDate: '2027-03-02' }, 0],
  [{ startDate: '2026-02-28', endDate: '2026-03-05' }, 40],
  [{ startDate: '2026-02-27', endDate: '2026-03-07' }, 38],
  [{ startDate: '2025-01-01', endDate: '2026-01-01' }, 100],
  [{ startDate: '2026-04-01', endDate: '2026-05-01' }, 0],
  [{ startDate: '2025-01-01', endDate: null }, 0],
])('the timeline of %j is %d per cent', async (dates, percent) => {
  const bench = await openSimulator();
  await act(bench, `/learner-courses/${LEARNER}/${COURSE}`, dates);
  expect((await bench.json('GET', `/learner-courses?learnerId=${LEARNER}`))[0].timelinePc).toBe(percent);
});

test('the timeline moves daily by itself', async () => {
  const bench = await openSimulator();
  await bench.door('POST', '/clock', { now: '2026-05-01T09:00:00Z' });
  expect((await bench.json('GET', `/learner-courses?learnerId=${LEARNER}`))[0].timelinePc).toBe(66);
});

test.each([
  [40, 'off-track'],
  [40.5, 'on-track'],
  [59.5, 'on-track'],
  [60, 'ahead'],
])('at half of the time, %d per cent mapped is %s', async (mappedPc, rag) => {
  const bench = await openSimulator();
  const { record } = await bench.act(`/learner-courses/${LEARNER}/${COURSE}`, { mappedPc, assessedPc: 0 });
  expect(record).toMatchObject({ timelinePc: 50, rag });
  const closed = await bench.act(`/learner-courses/${LEARNER}/${COURSE}`, { status: 'EarlyLeaver' });
  expect(closed.record.rag).toBe(null);
});

test('assessed is at most mapped, and mapped at most 100', async () => {
  const bench = await openSimulator();
  const change = (body: object) => ruleOf(act(bench, `/learner-courses/${LEARNER}/${COURSE}`, body));
  expect(await change({ assessedPc: 46 })).toBe('409 progress-range');
  expect(await change({ mappedPc: 101 })).toBe('409 progress-range');
  expect(await change({ assessedPc: 46, mappedPc: 46 })).toBe('done');
});

test('an archived learner is in no default list, and gets no course and no session', async () => {
  const bench = await openWithAda();
  await act(bench, `/learners/${NEXT_LEARNER}/archive`);
  expect(await bench.json('GET', '/learners?misId=104233')).toEqual([]);
  expect(await bench.json('GET', '/learners?misId=104233&includeArchived=true')).toHaveLength(1);
  expect(await ruleOf(act(bench, '/sessions', BOOKING))).toBe('409 archived');
  expect(await bench.json('GET', `/learner-courses?learnerId=${NEXT_LEARNER}`)).toHaveLength(1);
  await act(bench, `/learners/${NEXT_LEARNER}/unarchive`);
  expect(await bench.json('GET', '/learners?misId=104233')).toHaveLength(1);
});

test('one welcome mail for a learner, at the first course', async () => {
  const bench = await openWithAda();
  const [active] = (await bench.doorJson('/records/courses')).filter(
    (row: Records) => row.id !== COURSE && row.isActive,
  );
  await enrol(bench, { courseId: active.id });
  await bench.rest('DELETE', `/learners/${NEXT_LEARNER}/courses/${COURSE}`);
  await enrol(bench);
  expect(await bench.doorJson('/outbox')).toEqual([
    {
      n: 1,
      at: '2026-03-02T09:00:00.000Z',
      learnerId: NEXT_LEARNER,
      to: 'ada.okafor@example.org',
      kind: 'welcome',
      trigger: 'first-course',
    },
  ]);
});

test('no welcome mail without an address, and none belatedly', async () => {
  const bench = await openSimulator();
  const { email: _, ...ada } = ADA;
  await bench.rest('POST', '/learners', ada);
  await enrol(bench);
  await bench.rest('PATCH', `/learners/${NEXT_LEARNER}`, { email: 'late@example.org' });
  const [active] = (await bench.doorJson('/records/courses')).filter(
    (row: Records) => row.id !== COURSE && row.isActive,
  );
  await enrol(bench, { courseId: active.id });
  expect(await bench.doorJson('/outbox')).toEqual([]);
});

test('what is sent twice is made twice: employers, learners, and assessors with another login', async () => {
  const { rest, json } = await openSimulator();
  for (let n = 0; n < 2; n += 1) {
    await rest('POST', '/employers', HILLSIDE);
    await rest('POST', '/learners', ADA);
    await rest('POST', '/assessors', {
      misId: 'B',
      firstName: 'Bo',
      lastName: 'Ro',
      userName: `bo${n}@example.org`,
    });
  }
  expect(await json('GET', '/employers?misId=HILLS1')).toHaveLength(2);
  expect(await json('GET', '/learners?misId=104233')).toHaveLength(2);
  expect(await json('GET', '/assessors?misId=B')).toHaveLength(2);
});

test('a person decides near matches: a new record, or the MIS id at the record kept', async () => {
  const bench = await openSimulator({ switches: { 'near-match': 'queue' } });
  await bench.rest('POST', '/employers', HILLSIDE);
  const twin = { ...HILLSIDE, misId: 'HILLS2', name: 'Hillside' };
  expect(statusAndBody(await bench.rest('POST', '/employers', twin))).toBe(
    '202 {"message":"The record is waiting to be matched."}',
  );
  await bench.rest('POST', '/employers', { ...twin, misId: 'HILLS3' });
  const queue = await bench.doorJson('/match-queue');
  expect(queue.map((entry: Records) => [entry.n, entry.kind, entry.candidates])).toEqual([
    [1, 'employers', ['1004']],
    [2, 'employers', ['1004']],
  ]);
  expect(await bench.act('/match-queue/1', { decision: 'merge' })).toMatchObject({
    id: '1004',
    record: { misId: 'HILLS2' },
  });
  expect(await bench.act('/match-queue/2', { decision: 'new' })).toMatchObject({
    record: { id: 1005, misId: 'HILLS3' },
  });
  expect(await ruleOf(act(bench, '/match-queue/2', { decision: 'new' }))).toBe('409 decided-is-final');
  expect(await ruleOf(act(bench, '/match-queue/9', { decision: 'new' }))).toBe('404 Match not found');
});

test('a deleted learner takes courses and sessions along; others leave blanks', async () => {
  const bench = await openSimulator();
  await act(bench, `/assessors/${ASSESSOR}/delete`);
  expect((await bench.json('GET', `/learner-courses?learnerId=${LEARNER}`))[0].assessorId).toBe(null);
  expect((await bench.json('GET', `/sessions?learnerId=${LEARNER}`))[0].assessorId).toBe(null);
  const { employerId } = await bench.json('GET', `/learners/${LEARNER}`);
  await act(bench, `/employers/${employerId}/delete`);
  expect((await bench.json('GET', `/learners/${LEARNER}`)).employerId).toBe(null);
  await act(bench, `/learners/${LEARNER}/delete`);
  expect(await brief(bench.rest('GET', `/learners/${LEARNER}`))).toBe('404');
  expect(await bench.json('GET', `/learner-courses?learnerId=${LEARNER}`)).toEqual([]);
  expect(await bench.json('GET', `/sessions?learnerId=${LEARNER}`)).toEqual([]);
});

test('an update changes what it names: null and absent change nothing, what is required cannot be emptied', async () => {
  const { rest, json } = await openSimulator();
  const path = `/learners/${LEARNER}`;
  const before = await json('GET', path);
  expect(await brief(rest('PATCH', path, { email: null, colour: 'red' }))).toBe('204');
  expect(await json('GET', path)).toEqual(before);
  expect(await brief(rest('PATCH', path, { familyName: '  ' }))).toBe('400 familyName');
  expect(await brief(rest('PATCH', path, { dateOfBirth: '29/02/2004' }))).toBe('400 dateOfBirth');
  expect(await brief(rest('PATCH', path, { employerId: '1001' }))).toBe('400 employerId');
  expect(await brief(rest('PATCH', path, { employerId: '' }))).toBe('204');
  expect(await json('GET', path)).toEqual({ ...before, employerId: null });
  expect(await brief(rest('PATCH', '/learners/no-such', { mobile: '1' }))).toBe('404');
});

test('people at the screen: names are known ones, null clears, a taken login is refused unless forced', async () => {
  const bench = await openSimulator();
  const { record } = await bench.act('/learners', {
    familyName: 'New',
    givenNames: 'Person',
    dateOfBirth: '2001-01-01',
  });
  expect(record).toMatchObject({ id: NEXT_LEARNER, familyName: 'New' });
  expect(await ruleOf(act(bench, '/learners', { familyName: 'New' }))).toBe('400 learners needs givenNames');
  expect(await ruleOf(act(bench, '/learners', { familyName: 'N', givenNames: 'P', shoe: 1 }))).toBe(
    '400 learners has no property shoe',
  );
  const edited = await bench.act(`/learners/${LEARNER}/edit`, {
    mobile: null,
    homeAddress: { town: 'Testbourne' },
  });
  expect(edited.record).toMatchObject({ mobile: null, homeAddress: { town: 'Testbourne' } });
  const beth = { firstName: 'Beth', lastName: 'Rowe', email: 'beth.rowe@example.org' };
  expect(await ruleOf(act(bench, '/assessors', beth))).toBe('409 user-name-unique');
  expect(await ruleOf(act(bench, '/assessors', { ...beth, force: true }))).toBe('done');
  expect(await ruleOf(act(bench, `/learners/${LEARNER}/risk`, { score: 2 }))).toBe('409 risk-range');
  expect(await ruleOf(act(bench, `/learners/${LEARNER}/risk`, { score: null }))).toBe('done');
  expect(
    (await bench.act('/courses', { title: 'Certificate in Fencing', qanCode: '60100000' })).record,
  ).toMatchObject({
    isActive: true,
  });
});
