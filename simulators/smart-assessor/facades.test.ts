/* Both façades over one state: sign-in, envelopes, every operation, and that what one writes the other reads. */

import { expect, test } from 'vitest';
import {
  ADA,
  ASSESSOR,
  BASIC,
  type Bench,
  bodyOf,
  COURSE,
  ENROLMENT,
  envelopeOf,
  faultOf,
  HILLSIDE,
  LEARNER,
  NEXT_LEARNER,
  openSimulator,
  type Records,
  resultOf,
  SESSION,
  statusAndBody,
} from './testing/open-simulator.ts';

/** The record element of a list that has this text in it, as names and texts. */
async function soapRecord(
  bench: Bench,
  operation: string,
  tag: string,
  text: string,
): Promise<Record<string, string>> {
  const body = bodyOf(await bench.soap(`<${operation}/>`));
  const records = body.match(new RegExp(`<${tag}>.*?</${tag}>`, 'g')) ?? [];
  const found = records.filter((one) => one.includes(text)).at(-1) ?? '';
  return Object.fromEntries(
    [...found.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name, value]) => [name, value]),
  );
}

test('REST: the login is judged before the key, and both before anything else', async () => {
  const { rest } = await openSimulator();
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const call = (headers: Record<string, string>, path = '/ping') => rest('GET', path, undefined, headers);
  expect((await call({})).status).toBe(204);
  expect((await call({ Authorization: basic('who:what'), 'X-Client-Key': 'wrong' })).status).toBe(401);
  expect((await call({ Authorization: basic('api.smartassessor@provider.example:what') })).status).toBe(401);
  expect((await call({ Authorization: 'Bearer nothing' })).status).toBe(401);
  expect((await call({ 'X-Client-Key': '' }, '/no-such')).status).toBe(403);
  expect((await call({}, '/no-such')).status).toBe(404);
});

test('REST: a token wants the right form', async () => {
  const { baseUrl } = await openSimulator();
  const post = async (form: Record<string, string>) =>
    (await fetch(`${baseUrl}/token`, { method: 'POST', body: new URLSearchParams(form) })).status;
  const right = {
    grant_type: 'password',
    username: 'api.smartassessor@provider.example',
    password: 'local-password',
    client_key: 'local-key',
  };
  expect(await post({ ...right, grant_type: 'code' })).toBe(400);
  expect(await post({ ...right, password: 'x', client_key: 'x' })).toBe(401);
  expect(await post({ ...right, client_key: 'x' })).toBe(403);
  expect(await post(right)).toBe(200);
});

test('REST: methods, content types and bodies that are not understood', async () => {
  const { rest, baseUrl } = await openSimulator();
  expect((await rest('DELETE', '/learners')).status).toBe(405);
  expect((await rest('POST', '/learners', 'x', { 'Content-Type': 'text/plain' })).status).toBe(415);
  expect((await rest('POST', '/learners', '{"a":')).status).toBe(400);
  expect((await rest('POST', '/learners', '[]')).status).toBe(400);
  expect((await rest('POST', '/learners', '{"sendWelcomeEmail":"yes"}')).status).toBe(400);
  expect((await fetch(baseUrl.replace('/api/v1', '/api/v2/ping'), { headers: BASIC })).status).toBe(404);
});

test('REST: lists are bare arrays by ascending id, unknown parameters are ignored, and ids take any form', async () => {
  const { json, rest } = await openSimulator();
  for (const path of ['/courses', '/employers', '/assessors', '/learners', '/learner-courses', '/sessions']) {
    const rows = await json('GET', `${path}?colour=red`);
    const ids = rows.map((row: Records) => row.id ?? `${row.learnerId}/${row.courseId}`);
    expect(ids).toEqual(ids.toSorted());
    expect(rows.length).toBeGreaterThan(2);
  }
  expect((await rest('GET', `/learners/%7B${LEARNER.toUpperCase()}%7D`)).status).toBe(200);
  expect((await rest('GET', '/learners/no-such')).status).toBe(404);
});

test('SOAP: an envelope that is not understood is a fault, and the key is judged first of what is', async () => {
  const { soap, soapUrl } = await openSimulator();
  const post = async (body: string, type = 'application/soap+xml') => {
    const answer = await fetch(soapUrl, { method: 'POST', headers: { 'Content-Type': type }, body });
    return faultOf({ status: answer.status, text: await answer.text(), headers: answer.headers });
  };
  const good = envelopeOf('<GetAllCourseDetail/>');
  expect(await post(good)).toBe('200 undefined - undefined');
  expect(await post(good, 'text/xml')).toBe('415 undefined - undefined');
  expect(await post('<a><b></a>')).toBe('500 Sender - The body is not well-formed XML.');
  expect(await post(good.slice(0, -5))).toBe('500 Sender - The body is not well-formed XML.');
  expect(await post(`<!DOCTYPE a [<!ENTITY b "c">]>${good.replace(/^<\?.*?\?>/, '')}`)).toBe(
    '500 Sender - A document type is not allowed.',
  );
  expect(await post(good.replace('local-key', '&xxe;'))).toBe(
    '500 Sender - The body is not well-formed XML.',
  );
  expect(await post(`${'<a>'.repeat(40)}${'</a>'.repeat(40)}`)).toBe(
    '500 Sender - The body is not well-formed XML.',
  );
  expect(await post(good.replace('2003/05', '2001/12'))).toBe(
    '500 Sender - The body is not a SOAP 1.2 envelope.',
  );
  expect(await post(good.replaceAll('urn:smart-assessor:g1', 'urn:other'))).toBe(
    '500 Sender - The header block is not of this service.',
  );
  expect(await post(good, 'application/soap+xml; action="urn:smart-assessor:g1/GetAllLearnerDetail"')).toBe(
    '500 Sender - The action is not that of the body.',
  );
  expect(faultOf(await soap('<GetEverything/>'))).toBe('500 Sender - The operation is not known.');
  expect(faultOf(await soap('<InserLearnerDetail/>'))).toBe('500 Sender - The element Learner is missing.');
  expect(faultOf(await soap('<GetEverything/>', { key: 'wrong' }))).toBe(
    '500 Sender Key The key is not valid for this site.',
  );
  expect((await fetch(soapUrl)).status).toBe(405);
});

test('SOAP: text is escaped and read back whole, in any of the ways XML writes it', async () => {
  const bench = await openSimulator();
  await bench.soap(
    '<InserLearnerDetail><Learner><FamilyName>O&apos;Brien &amp; &#x53;ons &lt;Ltd&gt;</FamilyName>' +
      '<GivenNames><![CDATA[Zoë & <Co>]]></GivenNames><DateOfBirth>29/02/2004</DateOfBirth></Learner></InserLearnerDetail>',
  );
  const learner = await bench.json('GET', `/learners/${NEXT_LEARNER}`);
  expect(learner).toMatchObject({
    familyName: "O'Brien & Sons <Ltd>",
    givenNames: 'Zoë & <Co>',
    dateOfBirth: '2004-02-29',
  });
  expect((await bench.soap('<GetAllLearnerDetail/>')).text).toContain(
    "<FamilyName>O'Brien &amp; Sons &lt;Ltd&gt;</FamilyName><GivenNames>Zoë &amp; &lt;Co&gt;</GivenNames>",
  );
});

test('what REST writes SOAP reads', async () => {
  const bench = await openSimulator();
  await bench.rest('POST', '/employers', HILLSIDE);
  await bench.rest('POST', '/learners', { ...ADA, employerId: 1004, sex: 'Female' });
  await bench.rest('POST', `/learners/${NEXT_LEARNER}/courses`, ENROLMENT);
  await bench.rest('POST', '/assessors', {
    misId: 'B',
    firstName: 'Bo',
    lastName: 'Ro',
    userName: 'bo',
    roles: ['iqa'],
  });
  expect(await soapRecord(bench, 'GetAllEmployerDetail', 'Employer', 'HILLS1')).toEqual({
    SmartAssessorId: '1004',
    PartnerId: 'HILLS1',
    Name: 'Hillside Care Ltd',
    EdsId: '900112239',
    AddressLine1: '1 Mill Lane',
    AddressTown: 'Exampleton',
    AddressPostCode: 'EX99 1AA',
    Telephone: '01632 960101',
  });
  expect(await soapRecord(bench, 'GetAllLearnerDetail', 'Learner', NEXT_LEARNER)).toEqual({
    SmartAssessorId: NEXT_LEARNER,
    PartnerId: '104233',
    FamilyName: 'Okafor',
    GivenNames: 'Ada',
    DateOfBirth: '29/02/2004',
    ULN: '9000000016',
    Sex: 'Female',
    Email: 'ada.okafor@example.org',
    HomeAddressLine1: '2 High Street',
    HomeAddressPostCode: 'EX99 1AB',
    EmployerSmartAssessorId: '1004',
    EmployerPartnerId: 'HILLS1',
  });
  expect(await soapRecord(bench, 'GetLearnerCourseDetail', 'CourseProgress', NEXT_LEARNER)).toMatchObject({
    SmartAssessorId: COURSE,
    AssessorSmartAssessorId: ASSESSOR,
    CourseStatus: 'Awaiting Induction',
    Progress_AssessedPC: '0',
  });
  expect(await soapRecord(bench, 'GetAllAssessorDetail', 'Assessor', '<FirstName>Bo<')).toMatchObject({
    UserType: '512',
  });
  expect(await soapRecord(bench, 'GetAllSessionDetail', 'Session', SESSION)).toMatchObject({
    StartTime: '10/03/2026 10:00:00',
    Duration: '90',
    TypeofReview: 'Formal Review',
    Status: 'Open',
    QANCode: '60112345',
  });
});

test('what SOAP writes REST reads', async () => {
  const bench = await openSimulator();
  const { soap, json } = bench;
  const done = async (body: string) => expect(faultOf(await soap(body))).toBe('200 undefined - undefined');
  const employer = '<Name>Hillside</Name><EdsId>1</EdsId><AddressPostCode>EX99 1AA</AddressPostCode>';
  expect(
    resultOf(
      await soap(
        `<InserEmployerDetail><Employer><PartnerId>H</PartnerId>${employer}</Employer></InserEmployerDetail>`,
      ),
    ),
  ).toBe('1004');
  await done(
    '<InserLearnerDetail><Learner><PartnerId>7</PartnerId><FamilyName>O</FamilyName><GivenNames>A</GivenNames>' +
      '<DateOfBirth>2004/02/29</DateOfBirth><EmployerSmartAssessorId>1004</EmployerSmartAssessorId></Learner></InserLearnerDetail>',
  );
  const assessor = resultOf(
    await soap(
      '<InserAssessorDetail><Assessor><FirstName>Bo</FirstName><LastName>Ro</LastName><UserName>bo</UserName>' +
        '<UserType>3072</UserType></Assessor></InserAssessorDetail>',
    ),
  );
  const ids = `<SmartAssessorId>${COURSE}</SmartAssessorId><LearnerSmartAssessorId>${NEXT_LEARNER}</LearnerSmartAssessorId>`;
  await done(
    `<AssignQualficationToLearner><LearnerCourse>${ids}<StatusofCourse>AI</StatusofCourse>` +
      '<CourseStartDate>2026-03-02</CourseStartDate><CourseEndDate>2027-03-01</CourseEndDate></LearnerCourse></AssignQualficationToLearner>',
  );
  await done(
    `<AssignAssessorToLearner><LearnerlinkwithAssessor>${ids}<AssessorSmartAssessorId>${assessor}</AssessorSmartAssessorId>` +
      '</LearnerlinkwithAssessor></AssignAssessorToLearner>',
  );
  await done(
    `<UpdateLearnerDetail><Learner><SmartAssessorId>${NEXT_LEARNER}</SmartAssessorId><Mobile>1</Mobile><PartnerId/></Learner></UpdateLearnerDetail>`,
  );
  await done(
    `<UpdateAssessorDetail><Assessor><SmartAssessorId>${assessor}</SmartAssessorId><Region>West</Region></Assessor></UpdateAssessorDetail>`,
  );
  await done(
    '<UpdateEmployerDetail><Employer><SmartAssessorId>1004</SmartAssessorId><PartnerId>H2</PartnerId></Employer></UpdateEmployerDetail>',
  );
  expect((await bench.lastCall()).operation).toBe('write-mis-id');
  expect(await json('GET', `/learners/${NEXT_LEARNER}`)).toMatchObject({
    misId: null,
    mobile: '1',
    employerId: 1004,
  });
  expect(await json('GET', '/employers/1004')).toMatchObject({ misId: 'H2', edrsNumber: '1' });
  expect(await json('GET', `/assessors/${assessor}`)).toMatchObject({
    region: 'West',
    roles: ['assessor'],
    userName: 'bo',
  });
  expect(await json('GET', `/learner-courses?learnerId=${NEXT_LEARNER}`)).toMatchObject([
    {
      courseId: COURSE,
      status: 'AwaitingInduction',
      startDate: '2026-03-02',
      endDate: '2027-03-01',
      assessorId: assessor,
    },
  ]);
  await done(
    `<DeleteLearnerQualification><DeleteLearnerCourses>${ids}</DeleteLearnerCourses></DeleteLearnerQualification>`,
  );
  expect(await json('GET', `/learner-courses?learnerId=${NEXT_LEARNER}`)).toEqual([]);
});

test('SOAP: a session is changed and closed, with what follows from it; links and progress take their ids', async () => {
  const bench = await openSimulator();
  const update = (fields: string) =>
    bench.soap(
      `<UpdateSessionDetail><Session><SmartAssessorId>${SESSION}</SmartAssessorId>${fields}</Session></UpdateSessionDetail>`,
    );
  await bench.act(`/learner-courses/${LEARNER}/${COURSE}`, { status: 'AwaitingInduction', force: true });
  expect(
    (
      await update(
        '<StartTime>04/05/2026 09:30:00</StartTime><TypeofReview>Induction</TypeofReview><Status>Attended</Status><Comments>Came</Comments>',
      )
    ).status,
  ).toBe(200);
  expect((await bench.json('GET', `/sessions?learnerId=${LEARNER}`))[0]).toMatchObject({
    start: '2026-05-04T09:30:00',
    type: 'Induction',
    status: 'Attended',
    comments: 'Came',
  });
  expect((await bench.doorJson('/changes')).slice(-2)).toMatchObject([
    { source: 'soap', kind: 'sessions' },
    { source: 'rule', kind: 'learnerCourses', after: { status: 'InTraining' } },
  ]);
  expect(faultOf(await update('<Status>Open</Status>'))).toBe('500 Sender Validation The session is closed.');
  expect(faultOf(await update('<StartTime>31/02/2026 09:30</StartTime>'))).toBe(
    '500 Sender Validation The value is not valid.',
  );
  await bench.soap(
    `<AssignLearnerLinkToLearner><LearnerLink><LearnerSmartAssessorId>${LEARNER}</LearnerSmartAssessorId><LearnersLink>survey</LearnersLink></LearnerLink></AssignLearnerLinkToLearner>`,
  );
  expect(await soapRecord(bench, 'GetAllLearnerDetail', 'Learner', LEARNER)).toMatchObject({
    LearnerLink: 'survey',
  });
  await bench.soap(
    `<UpdateProgressDetail><Progress><SmartAssessorId>${COURSE}</SmartAssessorId><PartnerId>P</PartnerId></Progress></UpdateProgressDetail>`,
  );
  expect(await soapRecord(bench, 'GetCourseProgressDetail', 'CourseProgress', LEARNER)).toMatchObject({
    PartnerId: 'P',
  });
});

test('SOAP: batches of samples, and courses by assessor', async () => {
  const bench = await openSimulator();
  const batch = {
    batchId: 'B1',
    iqaId: ASSESSOR,
    courseId: COURSE,
    learnerId: LEARNER,
    plannedDate: '2026-04-01',
  };
  await bench.door('POST', '/records', { batches: [batch] });
  expect(await soapRecord(bench, 'GetAllBatchDetail', 'BatchDetailDisplay', 'B1')).toEqual({
    BatchId: 'B1',
    IQASmartAssessorId: ASSESSOR,
    CourseSmartAssessorId: COURSE,
    LearnerSmartAssessorId: LEARNER,
    PlannedDate: '2026-04-01',
  });
  const body = bodyOf(await bench.soap('<GetLearnerCourseLinkWithAssessor/>'));
  const assessors = [...body.matchAll(/<AssessorSmartAssessorId>([^<]*)</g)].map(([, id]) => id);
  expect(assessors).toEqual(assessors.toSorted());
});

test('SOAP: refusals by their subcode', async () => {
  const bench = await openSimulator();
  const fault = async (body: string) => faultOf(await bench.soap(body));
  const enrol = (learner: string, course = COURSE) =>
    `<AssignQualficationToLearner><LearnerCourse><SmartAssessorId>${course}</SmartAssessorId><LearnerSmartAssessorId>${learner}</LearnerSmartAssessorId></LearnerCourse></AssignQualficationToLearner>`;
  expect(await fault(enrol('no-such'))).toBe('500 Sender NotFound The learner was not found.');
  expect(await fault(enrol(LEARNER, 'no-such'))).toBe('500 Sender Validation The course was not found.');
  expect(await fault(enrol(LEARNER))).toBe('500 Sender Duplicate The learner is already on this course.');
  expect(await fault(enrol(''))).toBe('500 Sender Validation The field is required.');
  expect(
    await fault(
      '<InserAssessorDetail><Assessor><FirstName>B</FirstName><LastName>R</LastName><UserName>beth.rowe@example.org</UserName></Assessor></InserAssessorDetail>',
    ),
  ).toBe('500 Sender Duplicate The user name is taken.');
  expect(
    await fault('<InserAssessorDetail><Assessor><FirstName>B</FirstName></Assessor></InserAssessorDetail>'),
  ).toBe('500 Sender Validation LastName: The field is required. UserName: The field is required.');
  await bench.set({ 'near-match': 'queue' });
  const { uln } = await bench.json('GET', `/learners/${LEARNER}`);
  expect(
    await fault(
      `<InserLearnerDetail><Learner><FamilyName>O</FamilyName><GivenNames>A</GivenNames><DateOfBirth>2004/02/29</DateOfBirth><ULN>${uln}</ULN></Learner></InserLearnerDetail>`,
    ),
  ).toBe('500 Sender Matching The record is waiting to be matched.');
});

test('SOAP: a dry run judges, changes nothing and answers no id', async () => {
  const bench = await openSimulator({ switches: { 'near-match': 'queue' } });
  const before = [await bench.doorJson('/records'), (await bench.doorJson('/changes')).length];
  const learner = (fields: string) =>
    `<InserLearnerDetail><Learner><FamilyName>O</FamilyName><GivenNames>A</GivenNames>${fields}</Learner></InserLearnerDetail>`;
  const { uln } = await bench.json('GET', `/learners/${LEARNER}`);
  const born = '<DateOfBirth>2004/02/29</DateOfBirth>';
  const dry = await bench.soap(learner(born), { readOnly: true });
  expect(bodyOf(dry)).toBe(
    '<InserLearnerDetailResponse><InserLearnerDetailResult/></InserLearnerDetailResponse>',
  );
  expect(await bench.lastCall()).toMatchObject({ isDryRun: true, applied: false, resultId: null });
  expect(faultOf(await bench.soap(learner(''), { readOnly: true }))).toBe(
    '500 Sender Validation The field is required.',
  );
  expect(faultOf(await bench.soap(learner(`${born}<ULN>${uln}</ULN>`), { readOnly: true }))).toContain(
    'Matching',
  );
  expect(await bench.doorJson('/match-queue')).toEqual([]);
  expect([await bench.doorJson('/records'), (await bench.doorJson('/changes')).length]).toEqual(before);
  expect(resultOf(await bench.soap(learner(born)))).toBe(NEXT_LEARNER);
});

test('the same refusals have the same reasons on both', async () => {
  const bench = await openSimulator();
  const rest = await bench.rest('POST', '/learners', {
    misId: '1',
    familyName: 'O',
    givenNames: 'A',
    dateOfBirth: '2004-13-01',
  });
  expect(statusAndBody(rest)).toContain('"dateOfBirth":["The date is not valid."]');
  expect(
    faultOf(
      await bench.soap(
        '<InserLearnerDetail><Learner><FamilyName>O</FamilyName><GivenNames>A</GivenNames><DateOfBirth>2004/13/01</DateOfBirth></Learner></InserLearnerDetail>',
      ),
    ),
  ).toBe('500 Sender Validation The date is not valid.');
});
