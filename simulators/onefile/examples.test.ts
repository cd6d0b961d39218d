import { expect, test } from 'vitest';
import { CENTRE, IMOGEN, openCentre } from './testing/open-simulator.ts';

test('1: authentication answers the bare token as plain text, 344 characters long', async () => {
  const { call } = await openCentre();
  const headers = {
    'X-CustomerToken': 'sim-customer-1',
    'X-TokenID': 'left over',
    Accept: 'application/json',
  };
  const answer = await call('POST', 'Authentication', '', headers);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(answer.text).toMatch(/^[A-Za-z0-9+/]{342}==$/);
});

test('2: the customer of the token', async () => {
  const { get } = await openCentre();
  const answer = await get('Customer');
  expect(answer).toMatchObject({ status: 200, text: '{"ID":11,"Name":"Larkfield Training"}' });
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
});

test('3: paths and property names match regardless of case, and numbers may come as text', async () => {
  const { post } = await openCentre();
  expect(await post('organisation/search', { customerID: '11' })).toMatchObject({
    status: 200,
    text:
      '[{"ID":301,"Name":"Larkfield North",' +
      '"KeychainCreationForNewUserActive":true,"KeychainEmailSuppression":true}]',
  });
});

test('4: a search without a match is 204 with an empty body', async () => {
  const { post } = await openCentre();
  const answer = await post('User/Search', { OrganisationID: 301, Role: 5, MISID: 'OFF0419' });
  expect(answer).toMatchObject({ status: 204, text: '' });
  expect(answer.headers.get('content-type')).toBeNull();
});

test('5: placements come in full on pages, and a create answers the bare id', async () => {
  const { post } = await openCentre();
  expect((await post('Placement/Search/1/1', { OrganisationID: 301 })).text).toBe(
    '[{"ID":30001,"OrganisationID":301,"Name":"Brindle Joinery","Active":true,' +
      '"Address":"2 Mill Row\\r\\nOldham","MISID":"BRIND1"}]',
  );
  const created = await post('Placement', {
    OrganisationID: 301,
    Name: 'Harrow & Pike Ltd',
    MISID: 'HARRO1',
  });
  expect(created).toMatchObject({ status: 200, text: '30009' });
});

test('6: a learner is created and echoed with the username that was made', async () => {
  const { post } = await openCentre();
  const answer = await post('User', IMOGEN);
  expect(answer.status).toBe(200);
  expect(answer.text).toBe(
    '{"ID":400061,"Username":"ITARRANT","OrganisationID":301,"Role":1,"FirstName":"Imogen",' +
      '"LastName":"Tarrant","Email":"i.tarrant@learners.example.org","DefaultAssessorID":400002,' +
      '"ClassroomID":2001,"PlacementID":30001,"MISID":"104233","DOB":"2006-07-14T00:00:00.000Z",' +
      '"CreatedOn":"2026-01-15T09:12:44.000Z","Progress":0,"LastModified":"2026-01-15T09:12:44.000Z"}',
  );
});

test('7: an unknown classroom is 400 with its own code', async () => {
  const { post, doorJson } = await openCentre();
  expect(await post('User', { ...IMOGEN, ClassroomID: 99 })).toMatchObject({
    status: 400,
    text: '{"code":-58,"message":"Classroom not found"}',
  });
  expect(await doorJson('/records/users')).toHaveLength(CENTRE.users.length);
});

test('8: one code names two standards, and assigning twice gives the same aim', async () => {
  const { post } = await openCentre();
  expect((await post('Standard/Search/1/100', { OrganisationID: 301 })).text).toBe(
    '[{"ID":5003,"Title":"Team Leader","NDAQCode":"603/1122/3"},' +
      '{"ID":5007,"Title":"Team Leader (Retail pathway)","NDAQCode":"603/1122/3"}]',
  );
  expect(await post('Standard/5007/Assign/400060')).toMatchObject({ status: 200, text: '600045' });
  expect(await post('Standard/5007/Assign/400060')).toMatchObject({ status: 200, text: '600045' });
});

test('9: a new aim has status 0, progress 0 and nothing else', async () => {
  const { post } = await openCentre();
  await post('User', IMOGEN);
  await post('Standard/5007/Assign/400061');
  expect((await post('LearningAim/Search/1/100', { UserID: 400061 })).text).toBe(
    '[{"ID":600045,"StandardID":5007,"UserID":400061,"Status":0,"Progress":0}]',
  );
});

test('10: a registration is written and read back; typed by a person it is midnight in London', async () => {
  const { post, get, door } = await openCentre();
  const registration = { RegistrationNumber: 'RG-55120', RegistrationDate: '2026-06-15T00:00:00.000Z' };
  expect(await post('LearningAim/600044', { ID: 600044, ...registration })).toMatchObject({
    status: 204,
    text: '',
  });
  expect((await get('LearningAim/600044')).text).toBe(
    '{"ID":600044,"StandardID":5003,"UserID":400060,"Status":0,"Progress":42.5,' +
      '"RegistrationNumber":"RG-55120","RegistrationDate":"2026-06-15T00:00:00.000Z"}',
  );
  await door('POST', '/act/aims/600044/registration', { registrationDate: '2026-06-15' });
  expect((await get('LearningAim/600044')).text).toContain('"RegistrationDate":"2026-06-14T23:00:00.000Z"');
});

const VISIT = {
  LearnerID: 400060,
  OrganisationID: 301,
  AssessorID: 400002,
  VisitTypeID: 2,
  SMSReminder: false,
  DateFrom: '2026-06-22T09:00:00.000Z',
  DateTo: '2026-06-22T10:00:00.000Z',
};
const REVIEW = {
  LearnerID: '400060',
  AssessorID: '400002',
  Status: 1,
  VisitID: 700012,
  ScheduledFor: '2026-06-22T09:00:00.000Z',
};

test('11 and 12: a visit, its review, and the review after an assessor started it', async () => {
  const { post, get, door } = await openCentre();
  expect(await post('Visit', VISIT)).toMatchObject({ status: 200, text: '700012' });
  expect(await post('Review', REVIEW)).toMatchObject({ status: 200, text: '800007' });
  const started = await door('POST', '/act/reviews/800007/start', { at: '2026-06-22T09:04:00Z' });
  expect(started.status).toBe(200);
  expect((await get('Review/800007')).text).toBe(
    '{"ID":800007,"LearnerID":400060,"AssessorID":400002,"EmployerID":400003,"Status":2,"VisitID":700012,' +
      '"Progress":0,"ScheduledFor":"2026-06-22T09:00:00.000Z","EndTime":"2026-06-22T10:00:00.000Z",' +
      '"CreatedOn":"2026-01-15T09:12:44.000Z","StartedOn":"2026-06-22T09:04:00.000Z"}',
  );
});

test('13: users changed since a time, in short rows', async () => {
  const { post } = await openCentre();
  await post('User', IMOGEN);
  expect((await post('User/Search', { Role: 1, LastModified: '2026-01-15T08:50:00Z' })).text).toBe(
    '[{"ID":400061,"FirstName":"Imogen","LastName":"Tarrant","MISID":"104233"}]',
  );
});

test('14: the 301st call in a clock minute is one too many', async () => {
  const { get, authenticate } = await openCentre();
  await authenticate();
  await get('Customer');
  const passed = await Promise.all(Array.from({ length: 297 }, () => get('Customer')));
  expect(new Set(passed.map(({ status }) => status))).toEqual(new Set([200]));
  const limited = await get('Customer');
  expect(limited).toMatchObject({ status: 429, text: '{"code":-9999,"message":"Rate limit exceeded"}' });
  expect(limited.headers.get('retry-after')).toBeNull();
});

test('15: a review whose answer was cut off exists and is found by its visit', async () => {
  const { post, door } = await openCentre();
  await post('Visit', VISIT);
  const rule = { match: { method: 'POST', path: 'Review' }, action: { type: 'apply-then-drop' } };
  expect(await door('POST', '/rules', rule)).toMatchObject({ status: 201, text: '{"id":1}' });
  await expect(post('Review', REVIEW)).rejects.toThrow();
  const rows = JSON.parse((await post('Review/Search/1/100', { LearnerID: 400060 })).text);
  expect(rows.filter((row: { VisitID?: number }) => row.VisitID === 700012)).toHaveLength(1);
});
