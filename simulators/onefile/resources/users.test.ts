import { expect, test } from 'vitest';
import { IMOGEN, openCentre } from '../testing/open-simulator.ts';

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(IMOGEN).filter(([name]) => !names.includes(name)));

test.each([
  [
    'the role first',
    { ...IMOGEN, Role: 3, OrganisationID: 999 },
    -9999,
    'Role must be one of 1, 4, 5, 10, 40, 45',
  ],
  [
    'all that is missing at once',
    without('FirstName', 'ClassroomID', 'Email'),
    -9999,
    'Missing mandatory fields: FirstName, Email, ClassroomID',
  ],
  [
    'a placement for an observer',
    { ...without('PlacementID'), Role: 45 },
    -9999,
    'Missing mandatory fields: PlacementID',
  ],
  [
    'then the organisation',
    { ...IMOGEN, OrganisationID: 999, ClassroomID: 9 },
    -11,
    'Organisation not found',
  ],
  ['then the classroom', { ...IMOGEN, ClassroomID: 9, PlacementID: 9 }, -58, 'Classroom not found'],
  ['then the placement', { ...IMOGEN, PlacementID: 9, DefaultAssessorID: 9 }, -57, 'Placement not found'],
  [
    'then the assessor',
    { ...IMOGEN, DefaultAssessorID: 400003, DOB: 'x' },
    -9999,
    'Default assessor not found',
  ],
  ['then other types', { ...IMOGEN, DOB: 'x' }, -9999, 'DOB is not a valid date'],
])('a create is checked in order: %s', async (_case, body, code, message) => {
  const { post } = await openCentre();
  expect(await post('User', body)).toMatchObject({ status: 400, text: JSON.stringify({ code, message }) });
});

test('a taken username gets a number', async () => {
  const { post } = await openCentre();
  await post('User', IMOGEN);
  const second = JSON.parse(
    (await post('User', { ...IMOGEN, FirstName: 'Ígor', LastName: 'Tarr-ant' })).text,
  );
  expect(second.Username).toBe('ITARRANT2');
});

test('an update changes what it names, ignores organisation and role, and moves LastModified', async () => {
  const { post, doorJson } = await openCentre();
  const before = await doorJson('/records/users/400060');
  const body = { ID: '400060', Telephone: '01632 960123', OrganisationID: 999, Role: 5 };
  expect(await post('User/400060', body)).toMatchObject({ status: 204, text: '' });
  expect(await doorJson('/records/users/400060')).toEqual({
    ...before,
    Telephone: '01632 960123',
    LastModified: '2026-01-15T09:12:44.000Z',
  });
});

test('an update with another ID in its body is refused', async () => {
  const { post } = await openCentre();
  expect((await post('User/400060', { ID: 400061, Telephone: '1' })).status).toBe(400);
  expect((await post('LearningAim/600044', { RegistrationNumber: 'no ID' })).status).toBe(400);
  expect((await post('LearningAim/600044', { ID: 600044, UserID: 1 })).status).toBe(400);
});

test('LastModified finds users changed since that second, inclusive', async () => {
  const { post } = await openCentre();
  const since = async (LastModified: string) => (await post('User/Search', { Role: 1, LastModified })).status;
  expect(await since('2025-12-01T10:00:00.900Z')).toBe(200);
  expect(await since('2025-12-01T10:00:01Z')).toBe(204);
});

test.each([
  ['level 1 takes any person who accompanies', 400003, { LearnerID: 400060, Level: 1 }, 204],
  ['level 3 needs a standard', 400002, { LearnerID: 400060, Level: 3 }, 400],
  ['level 3 needs an aim for it', 400002, { LearnerID: 400060, Level: 3, StandardID: 5007 }, 400],
  ['level 3 with an aim', 400002, { LearnerID: 400060, Level: 3, StandardID: 5003 }, 204],
  ['level 3 is not for employers', 400003, { LearnerID: 400060, Level: 3, StandardID: 5003 }, 400],
  ['level 2 needs a unit', 400002, { LearnerID: 400060, Level: 2 }, 400],
  ['level 4 does not exist', 400002, { LearnerID: 400060, Level: 4 }, 400],
  ['the learner must exist', 400002, { LearnerID: 1, Level: 1 }, 400],
])('assigning a user: %s', async (_case, userId, body, expected) => {
  const { post } = await openCentre();
  expect((await post(`User/${userId}/Assign`, body)).status).toBe(expected);
});

test('an assignment repeated has no effect, and is kept with the user', async () => {
  const { post, doorJson } = await openCentre();
  await post('User/400002/Assign', { LearnerID: 400060, Level: 1 });
  await post('User/400002/Assign', { LearnerID: '400060', Level: '1' });
  expect((await doorJson('/records/users/400002')).assignments).toEqual([
    { learnerId: 400060, level: 1, standardId: null, unitId: null },
  ]);
});

test('a placement goes to employer users only', async () => {
  const { post, doorJson } = await openCentre();
  expect((await post('User/400002/AssignPlacement/30008/true')).status).toBe(400);
  expect((await post('User/400003/AssignPlacement/30008/true')).status).toBe(204);
  expect((await doorJson('/records/users/400003')).PlacementID).toBe(30008);
  expect((await post('User/400003/AssignPlacement/30008/false')).status).toBe(204);
  expect((await doorJson('/records/users/400003')).PlacementID).toBeNull();
  expect((await post('User/400003/AssignPlacement/30008/maybe')).status).toBe(404);
});

test('a delete flags, and is carried out in the night that begins two hours later at the earliest', async () => {
  const { call, get, door } = await openCentre();
  expect((await call('DELETE', 'User/400060')).status).toBe(204);
  await door('POST', '/clock', { mode: 'frozen', now: '2026-01-15T19:59:00Z' });
  expect((await get('User/400060')).status).toBe(200);
  await door('POST', '/clock', { mode: 'frozen', now: '2026-01-15T20:00:00Z' });
  expect((await get('User/400060')).status).toBe(404);
  expect((await get('Review/800006')).status).toBe(404);
});

test('a user with signed work cannot be deleted', async () => {
  const { call, door } = await openCentre();
  await door('POST', '/act/reviews/800006/sign', { by: 'assessor', force: true });
  expect((await call('DELETE', 'User/400060')).status).toBe(400);
});

test('episodes, unit summaries and off-the-job figures of a learner', async () => {
  const { get, door } = await openCentre();
  expect((await get('User/400060/LearnerEpisodes')).text).toBe(
    '[{"Standards":[{"ID":5003,"Title":"Team Leader"}]}]',
  );
  expect((await get('User/400002/LearnerEpisodes')).status).toBe(204);
  expect((await get('User/400060/UnitSummary')).status).toBe(204);
  await door('POST', '/records', { offTheJob: [{ ID: 400060, PlannedOTJ: 200, CachedActualHours: 12.5 }] });
  expect((await get('User/400060/offthejob')).text).toBe(
    '{"ID":400060,"PlannedOTJ":200,"CachedActualHours":12.5}',
  );
});

test('what only a learner can have is ignored for others, on create and on update', async () => {
  const { post, doorJson } = await openCentre();
  await post('User', { ...IMOGEN, Role: 5, ULN: '1000000019' });
  await post('User/400061', { ULN: '1000000019', Telephone: '1' });
  expect(await doorJson('/records/users/400061')).toMatchObject({
    ULN: null,
    ClassroomID: null,
    Telephone: '1',
  });
});
