import { expect, test } from 'vitest';
import { CENTRE, IMOGEN, openCentre } from '../testing/open-simulator.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

test('slashes too many and letters in any case do not matter', async () => {
  const { get, post } = await openCentre();
  expect((await get('CUSTOMER/')).status).toBe(200);
  expect((await get('/user//400060')).status).toBe(200);
  expect((await post('learningaim/SEARCH/1/10/', { USERID: 400060 })).status).toBe(200);
});

test('a form works like JSON, and the type is guessed where it is not said', async () => {
  const { call, doorJson } = await openCentre();
  const form = 'OrganisationID=301&Name=By+form&Active=FALSE';
  expect((await call('POST', 'Placement', form, FORM)).text).toBe('30009');
  expect((await call('POST', 'Placement', form, { 'Content-Type': '' })).text).toBe('30010');
  expect(
    (await call('POST', 'Placement', '{"organisationid":"301","name":"x"}', { 'Content-Type': '' })).text,
  ).toBe('30011');
  expect(await doorJson('/records/placements/30009')).toMatchObject({ Name: 'By form', Active: false });
});

test('another content type is 415 with a body and fine without one', async () => {
  const { call } = await openCentre();
  expect((await call('POST', 'Plan/Search', 'x', { 'Content-Type': 'text/xml' })).status).toBe(415);
  expect((await call('POST', 'Plan/Search', '', { 'Content-Type': 'text/xml' })).status).toBe(204);
});

test('malformed JSON is 400, but not where bodies are ignored; a list is an empty body', async () => {
  const { call, post } = await openCentre();
  expect((await post('Placement/Search', '{"Name":')).status).toBe(400);
  expect((await post('Placement/Search', '7')).status).toBe(400);
  expect((await post('Placement/Search', '[]')).status).toBe(200);
  expect((await call('DELETE', 'User/400003', '{"Name":')).status).toBe(204);
  const headers = { 'X-CustomerToken': 'sim-customer-1' };
  expect((await call('POST', 'Authentication', '{"Name":', headers)).status).toBe(200);
});

test('of two names that differ in case the last counts, and unknown names are ignored', async () => {
  const { post, doorJson } = await openCentre();
  await post('User/400060', '{"telephone":"1","Telephone":"2","Telefone":"3"}');
  expect((await doorJson('/records/users/400060')).Telephone).toBe('2');
});

test.each([
  ['a JSON list', '{"SecondaryLLDDCodes":[4,"5"]}', 'application/json', [4, 5]],
  ['an object with numeric keys', '{"SecondaryLLDDCodes":{"2":7,"0":4}}', 'application/json', [4, 7]],
  ['form with places', 'SecondaryLLDDCodes[0]=4&SecondaryLLDDCodes[1]=9', FORM['Content-Type'], [4, 9]],
  ['form with brackets', 'SecondaryLLDDCodes[]=4&SecondaryLLDDCodes[]=9', FORM['Content-Type'], [4, 9]],
  ['form with a repeated name', 'SecondaryLLDDCodes=4&SecondaryLLDDCodes=9', FORM['Content-Type'], [4, 9]],
])('a list arrives as %s', async (_case, body, type, expected) => {
  const { call, doorJson } = await openCentre();
  expect((await call('POST', 'User/400060', body, { 'Content-Type': type })).status).toBe(204);
  expect((await doorJson('/records/users/400060')).SecondaryLLDDCodes).toEqual(expected);
});

test.each([
  ['"2026-06-15T10:00:00.1234567Z"', '2026-06-15T10:00:00.123Z'],
  ['"2026-06-15T10:00:00+01:00"', '2026-06-15T09:00:00.000Z'],
  ['"2026-06-15T10:00:00 01:00"', '2026-06-15T09:00:00.000Z'],
  ['"2026-06-15T10:00:00"', '2026-06-15T10:00:00.000Z'],
  ['"2026-06-15"', '2026-06-15T00:00:00.000Z'],
  ['"2026-02-30"', 400],
  ['"15/06/2026"', 400],
  ['"2026-06-15T25:00:00Z"', 400],
  ['20260615', 400],
])('a date written %s is read as %s', async (given, expected) => {
  const { post, doorJson } = await openCentre();
  const answer = await post('LearningAim/600044', `{"ID":600044,"RegistrationDate":${given}}`);
  const stored = (await doorJson('/records/aims/600044')).RegistrationDate;
  expect(answer.status === 204 ? stored : answer.status).toBe(expected);
});

test.each([
  ['GET', 'Nowhere', 404],
  ['GET', 'User/abc', 404],
  ['GET', 'Unit/PLAN_02', 200],
  ['PUT', 'User/400060', 405],
  ['PATCH', 'User/400060', 405],
  ['GET', 'User/Search', 405],
  ['POST', 'Customer', 405],
  ['POST', 'Placement/Search/0/10', 400],
  ['POST', 'Placement/Search/1/0', 400],
  ['POST', 'Placement/Search/-1/10', 400],
  ['POST', 'Placement/Search/1/1000', 200],
  ['POST', 'Placement/Search/x/10', 404],
  ['POST', 'Standard/1/Assign/400060', 404],
  ['POST', 'Standard/5003/Assign/1', 404],
  ['POST', 'Standard/5003/Assign/400002', 400],
  ['GET', 'LearningAims/600044', 200],
  ['GET', 'User/400004', 403],
  ['GET', 'Organisation/303/LearningAimStatuses', 403],
  ['GET', 'Timesheet/Learner/400060', 204],
])('%s %s is %i', async (method, path, expected) => {
  const { call } = await openCentre();
  expect((await call(method, path)).status).toBe(expected);
});

test('the route is looked at before the session, the session before the body', async () => {
  const { call } = await openCentre();
  const none = { 'X-TokenID': 'none' };
  expect((await call('GET', 'Nowhere', undefined, none)).status).toBe(404);
  expect((await call('POST', 'Placement', '{', none)).status).toBe(401);
});

test('an unknown organisation is 400 with its code, in a search and in a body', async () => {
  const { post } = await openCentre();
  const expected = { status: 400, text: '{"code":-11,"message":"Organisation not found"}' };
  expect(await post('Review/Search', { OrganisationID: 999 })).toMatchObject(expected);
  expect(await post('User', { ...IMOGEN, OrganisationID: 999 })).toMatchObject(expected);
  expect(await post('Visit', { ...CENTRE.visits[0], OrganisationID: 999 })).toMatchObject(expected);
});

test('a null or empty filter is no filter, and text in a numeric one is 400', async () => {
  const { post } = await openCentre();
  expect(JSON.parse((await post('Placement/Search', { Name: '', OrganisationID: null })).text)).toHaveLength(
    2,
  );
  expect((await post('LearningAim/Search', { UserID: 'x' })).status).toBe(400);
});
