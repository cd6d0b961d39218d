import { expect, test } from 'vitest';
import { CENTRE, NOW, openCentre, openSeeded } from '../testing/open-simulator.ts';

test.each([
  ['POST', '/records', { cats: [] }, 400],
  ['POST', '/records', { aims: {} }, 400],
  ['POST', '/records', { aims: [{ StandardID: 1 }] }, 400],
  ['POST', '/records', { aims: [{ ID: 1, Colour: 'red' }] }, 400],
  ['POST', '/records', { aims: [{ ID: 1, AchievedDate: 'soon' }] }, 400],
  ['POST', '/records', '[1]', 400],
  ['POST', '/records', '{', 400],
  ['GET', '/records/cats', undefined, 404],
  ['GET', '/records/aims/1', undefined, 404],
  ['GET', '/nowhere', undefined, 404],
  ['DELETE', '/calls', undefined, 404],
  ['POST', '/reset', { size: 'huge' }, 400],
  ['POST', '/reset', { switches: { nulls: 'x' } }, 400],
  ['POST', '/clock', { mode: 'fast' }, 400],
  ['POST', '/clock', { mode: 'real', now: NOW }, 400],
  ['POST', '/clock', { mode: 'frozen', now: 'soon' }, 400],
  ['POST', '/rules', {}, 400],
  ['POST', '/rules', { match: {}, action: { type: 'explode' } }, 400],
  ['POST', '/rules', { match: {}, action: { type: 'answer' } }, 400],
  ['POST', '/rules', { match: {}, action: { type: 'truncate' } }, 400],
  ['POST', '/rules', { match: {}, times: 0 }, 400],
  ['POST', '/rules', { match: { verb: 'GET' } }, 400],
  ['DELETE', '/rules/1', undefined, 404],
  ['POST', '/rate/exhaust', { customerId: 99 }, 404],
  ['POST', '/rate/window', {}, 400],
  ['POST', '/sessions/expire', { customerId: 'x' }, 400],
  ['POST', '/maintenance', {}, 400],
  ['POST', '/maintenance', { daily: { from: '7', to: '8' } }, 400],
  ['POST', '/maintenance', { from: '2026-01-02', to: '2026-01-01' }, 400],
  ['GET', '/calls?since=x', undefined, 400],
  ['POST', '/act/reviews', { learnerId: 400002 }, 400],
  ['POST', '/act/reviews', { learnerId: 400060, when: 'soon' }, 400],
  ['POST', '/act/reviews/1/start', {}, 404],
  ['POST', '/act/reviews/800006/start', { at: 'soon' }, 400],
  ['POST', '/act/reviews/800006/sign', { by: 'passer-by' }, 400],
  ['POST', '/act/reviews/800006/sign', { by: 'assessor' }, 409],
  ['POST', '/act/reviews/800006/sign', { by: 'learner' }, 409],
  ['POST', '/act/reviews/800006/unstart', {}, 409],
  ['POST', '/act/reviews/800006/assessor', { assessorId: 400003 }, 400],
  ['POST', '/act/aims/1/complete', {}, 404],
  ['POST', '/act/aims/600044/progress', { progress: 101 }, 400],
  ['POST', '/act/aims/600044/registration', { registrationDate: 'soon' }, 400],
  ['POST', '/act/aims', { learnerId: 400060, standardId: 1 }, 400],
  ['POST', '/act/users', { OrganisationID: 301, Role: 2 }, 400],
  ['POST', '/act/users', { OrganisationID: 999, Role: 1 }, 404],
  ['POST', '/act/users/400060/edit', { Nickname: 'x' }, 400],
  ['POST', '/act/users/1/archive', {}, 404],
  ['POST', '/act/placements', { OrganisationID: 301 }, 400],
])('%s %s %j is %i and changes nothing', async (method, path, body, expected) => {
  const { door } = await openCentre();
  const before = (await door('GET', '/records')).text;
  const answer = await door(method, path, body);
  expect(answer.status).toBe(expected);
  expect(typeof JSON.parse(answer.text).error).toBe('string');
  expect((await door('GET', '/records')).text).toBe(before);
});

test('health says what the simulator was started with', async () => {
  const { doorJson } = await openSeeded({ seed: 3 });
  expect(await doorJson('/health')).toMatchObject({
    ok: true,
    seed: 3,
    size: 'small',
    asOf: '2026-01-15T09:00:00.000Z',
  });
});

test('one bad record and none is loaded', async () => {
  const { door, doorJson } = await openSeeded({ size: 'empty' });
  const answer = await door('POST', '/records', { classrooms: [{ ID: 1, Name: 'ok' }, { ID: 'x' }] });
  expect(answer).toMatchObject({ status: 400, text: '{"error":"classrooms.ID is not a valid int"}' });
  expect(await doorJson('/records/classrooms')).toEqual([]);
});

test('loaded records replace those of the same id, and new ids follow the highest', async () => {
  const { door, doorJson, post } = await openCentre();
  expect(
    (
      await door('POST', '/records', {
        placements: [
          { ID: 30100, OrganisationID: 301, Name: 'X' },
          { ID: 30001, Name: 'Y' },
        ],
      })
    ).text,
  ).toBe('{"placements":2}');
  expect(await doorJson('/records/placements/30001')).toMatchObject({ Name: 'Y', Active: true, MISID: null });
  expect((await post('Placement', { OrganisationID: 301, Name: 'Z' })).text).toBe('30101');
});

test('an id is not given twice, not even after its record is gone', async () => {
  const { door, post } = await openCentre();
  await door('POST', '/act/reviews/800006/delete');
  expect((await post('Review', { LearnerID: 400060 })).text).toBe('800007');
});

test('records show nulls, and what no API answer shows', async () => {
  const { doorJson } = await openCentre();
  expect(await doorJson('/records/users/400060')).toMatchObject({
    ULN: null,
    archived: false,
    deletedAt: null,
    assignments: [],
  });
  expect(await doorJson('/records/visits/700011')).toMatchObject({ LearnerID: 400060, SMSReminder: false });
  expect(await doorJson('/records/units/PLAN_02')).toMatchObject({ Display: null });
});

test('the life of a review: planned, moved, started, signed by all', async () => {
  const { door, doorJson } = await openCentre();
  const act = async (path: string, body: object = {}) =>
    (await door('POST', `/act/reviews${path}`, body)).status;
  const planned = JSON.parse(
    (
      await door('POST', '/act/reviews', {
        learnerId: 400060,
        scheduledFor: '2026-06-01T09:00:00Z',
        visitTypeId: 2,
      })
    ).text,
  );
  expect(planned).toMatchObject({
    id: 800007,
    record: { VisitID: 700012, EndTime: '2026-06-01T10:00:00.000Z', Status: 1 },
  });
  expect(await act('/800007/reschedule', { scheduledFor: '2026-06-02T09:00:00Z' })).toBe(200);
  expect(await act('/800007/assessor', { assessorId: 400002 })).toBe(200);
  expect(await act('/800007/start')).toBe(200);
  expect(await act('/800007/start')).toBe(409);
  expect(await act('/800007/reschedule', { scheduledFor: '2026-06-03T09:00:00Z' })).toBe(409);
  expect(await act('/800007/unstart')).toBe(200);
  expect(await act('/800007/start', { at: '2026-06-02T09:05:00Z' })).toBe(200);
  expect(await act('/800007/sign', { by: 'learner' })).toBe(409);
  expect(await act('/800007/sign', { by: 'assessor' })).toBe(200);
  expect(await act('/800007/unstart')).toBe(409);
  expect(await act('/800007/sign', { by: 'learner' })).toBe(200);
  expect(await act('/800007/sign', { by: 'learner' })).toBe(409);
  expect(await act('/800007/sign', { by: 'employer' })).toBe(200);
  expect(await doorJson('/records/reviews/800007')).toMatchObject({
    Status: 4,
    ScheduledFor: '2026-06-02T09:00:00.000Z',
    EndTime: '2026-06-02T10:00:00.000Z',
    StartedOn: '2026-06-02T09:05:00.000Z',
    LearnerSignedOn: NOW,
    EmployerSignedOn: NOW,
  });
});

test('people clear with null what the API cannot', async () => {
  const { door, doorJson } = await openCentre();
  await door('POST', '/act/aims/600044/registration', {
    registrationNumber: 'R1',
    registrationDate: '2026-01-02',
  });
  await door('POST', '/act/aims/600044/registration', { registrationNumber: null });
  expect(await doorJson('/records/aims/600044')).toMatchObject({
    RegistrationNumber: null,
    RegistrationDate: '2026-01-02T00:00:00.000Z',
  });
  await door('POST', '/act/users/400060/edit', { MISID: null, LastName: 'Marchbanks' });
  expect(await doorJson('/records/users/400060')).toMatchObject({
    MISID: null,
    LastName: 'Marchbanks',
    LastModified: NOW,
  });
});

test('aims are added, moved on and ended; the learner follows with the mean', async () => {
  const { door, doorJson } = await openCentre();
  const act = async (path: string, body: object = {}) =>
    (await door('POST', `/act/aims${path}`, body)).status;
  expect(await act('', { learnerId: 400060, standardId: 5007 })).toBe(200);
  expect(await act('/600045/progress', { progress: 57.5, elementsTotal: 20, elementsDone: 11 })).toBe(200);
  expect((await doorJson('/records/users/400060')).Progress).toBe(50);
  expect(await act('/600045/complete', { on: '2026-01-14' })).toBe(200);
  expect(await doorJson('/records/aims/600045')).toMatchObject({
    Status: 1,
    AchievedDate: '2026-01-14T00:00:00.000Z',
    ElementsDone: 11,
  });
  expect(await act('/600044/withdraw')).toBe(200);
  expect((await doorJson('/records/aims/600044')).Status).toBe(2);
  expect(await act('/600044/delete')).toBe(200);
  expect((await doorJson('/records/users/400060')).Progress).toBe(57.5);
});

test('people create and edit users, places and standards, and archive and restore', async () => {
  const { door, doorJson } = await openCentre();
  const act = async (path: string, body: object = {}) =>
    JSON.parse((await door('POST', `/act${path}`, body)).text);
  const user = await act('/users', {
    OrganisationID: 301,
    Role: 5,
    FirstName: 'Ewan',
    LastName: 'Carrow',
    DOB: '1990-07-01',
  });
  expect(user).toMatchObject({
    id: 400061,
    record: { Username: 'ECARROW', DOB: '1990-06-30T23:00:00.000Z' },
  });
  expect((await act('/placements', { OrganisationID: 301, Name: 'New firm' })).id).toBe(30009);
  expect((await act('/classrooms/2001/edit', { Archive: true })).record.Archive).toBe(true);
  expect((await act('/standards/5003/edit', { code: '603/9999/9' })).record.code).toBe('603/9999/9');
  await act('/users/400060/archive');
  expect((await doorJson('/records/users/400060')).archived).toBe(true);
  await act('/users/400060/unarchive');
  expect((await doorJson('/records/users/400060')).archived).toBe(false);
});

test('calls are kept in order with what was asked and answered, and changes name their call', async () => {
  const { post, doorJson, door } = await openCentre();
  await post('Review/Search/1/10?debug=1', { LearnerID: 400060 });
  await post('Review', { LearnerID: 400060 });
  const calls = await doorJson('/calls');
  expect(calls.map(({ seq, route }: { seq: number; route: string }) => [seq, route])).toEqual([
    [1, 'Authentication'],
    [2, 'Review/Search/{page}/{size}'],
    [3, 'Review'],
  ]);
  expect(calls[1]).toMatchObject({
    at: NOW,
    method: 'POST',
    path: 'Review/Search/1/10',
    query: 'debug=1',
    customerId: 11,
    contentType: 'application/json',
    body: '{"LearnerID":400060}',
    status: 200,
    outcome: 'answered',
    applied: false,
    ruleId: null,
    windowCount: 2,
  });
  expect(calls[2]).toMatchObject({ applied: true, responseBody: '800007' });
  expect(await doorJson('/calls?since=1&route=review&method=post')).toMatchObject([{ seq: 3 }]);
  expect(await doorJson('/calls?status=200&limit=1')).toMatchObject([{ seq: 1 }]);
  expect(await doorJson('/calls/summary?since=1')).toEqual({
    calls: 2,
    byRoute: { 'POST Review/Search/{page}/{size}': 1, 'POST Review': 1 },
    byStatus: { '200': 2 },
    byOutcome: { answered: 2 },
  });
  const loadedCount = Object.values(CENTRE).flat().length;
  await door('POST', '/act/reviews/800007/start');
  expect(await doorJson(`/changes?since=${loadedCount}`)).toMatchObject([
    { source: 'api', callSeq: 3, kind: 'reviews', id: 800007, before: null, after: { Status: 1 } },
    { source: 'person', kind: 'reviews', id: 800007, before: { Status: 1 }, after: { Status: 2 } },
  ]);
  expect((await doorJson('/changes'))[0]).toMatchObject({ seq: 1, source: 'load' });
});

test('bodies in the history are cut at 64 KiB', async () => {
  const { post, doorJson } = await openCentre();
  await post('Placement', { OrganisationID: 301, Name: 'x'.repeat(100_000) });
  expect((await doorJson('/calls?since=1'))[0].body).toHaveLength(64 * 1024);
});

test('a clock can stand still, be moved on, and run from an instant', async () => {
  const { door, doorJson } = await openSeeded({ size: 'empty' });
  const set = async (body: object) => JSON.parse((await door('POST', '/clock', body)).text);
  expect(await set({ mode: 'frozen', now: NOW })).toEqual({ mode: 'frozen', now: NOW });
  expect((await set({ advanceSeconds: 3600 })).now).toBe('2026-01-15T10:12:44.000Z');
  expect((await set({ mode: 'offset', now: NOW })).now.slice(0, 16)).toBe(NOW.slice(0, 16));
  expect((await set({ mode: 'real' })).mode).toBe('real');
  expect(Math.abs(Date.parse((await doorJson('/clock')).now) - Date.now())).toBeLessThan(5000);
});

test('new ids follow the highest also when records were loaded in any order', async () => {
  const { door, post } = await openCentre();
  const placements = [30_300, 30_200].map((ID) => ({ ID, OrganisationID: 301, Name: 'X' }));
  await door('POST', '/records', { placements });
  expect((await post('Placement', { OrganisationID: 301, Name: 'Z' })).text).toBe('30301');
  expect((await post('Placement/Search', { Name: 'X' })).text).toBe(
    '[{"ID":30200,"Name":"X"},{"ID":30300,"Name":"X"}]',
  );
});
