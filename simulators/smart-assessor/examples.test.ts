/* The worked exchanges of the contract, in their order, as exact answers of seed 1. */

import { expect, test } from 'vitest';
import { PASSWORD, USER_NAME } from './credential.ts';
import {
  ADA,
  ASSESSOR,
  bodyOf,
  COURSE,
  ENROLMENT,
  faultOf,
  HILLSIDE,
  LEARNER,
  NEXT_LEARNER,
  openSimulator,
  SESSION,
  statusAndBody,
} from './testing/open-simulator.ts';

test('1: a wrong key', async () => {
  const { rest } = await openSimulator();
  const answer = await rest('GET', '/ping', undefined, { 'X-Client-Key': 'wrong' });
  expect(statusAndBody(answer)).toBe('403 {"message":"The client key is not valid for this site."}');
});

test('2: a token, and a call with it', async () => {
  const { baseUrl } = await openSimulator();
  const form = { grant_type: 'password', username: USER_NAME, password: PASSWORD, client_key: 'local-key' };
  const answer = await fetch(`${baseUrl}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const token = (await answer.json()) as { access_token: string };
  expect([answer.status, token]).toEqual([
    200,
    { access_token: expect.stringMatching(/^[\w-]{20,}$/), token_type: 'bearer', expires_in: 3600 },
  ]);
  const headers = { Authorization: `Bearer ${token.access_token}` };
  expect((await fetch(`${baseUrl}/ping`, { headers })).status).toBe(204);
});

test('3 to 8, and 10: an employer and a learner are created, enrolled, refused a course, and changed', async () => {
  const { rest, rule, doorJson } = await openSimulator();
  const find = '/learners?misId=104233&includeArchived=true';
  expect(statusAndBody(await rest('GET', find))).toBe('200 []');
  expect(statusAndBody(await rest('POST', '/employers', HILLSIDE))).toBe('201 {"id":1004}');
  const ada = { ...ADA, employerId: 1004 };
  expect(statusAndBody(await rest('POST', '/learners', ada))).toBe(`201 {"id":"${NEXT_LEARNER}"}`);

  await rule({ type: 'empty-id', applies: false, form: 'empty' });
  expect(statusAndBody(await rest('POST', '/learners', ada))).toBe('201 {"id":""}');

  const path = `/learners/${NEXT_LEARNER}/courses`;
  expect(statusAndBody(await rest('POST', path, ENROLMENT))).toBe(
    `201 {"learnerId":"${NEXT_LEARNER}","courseId":"${COURSE}"}`,
  );
  const courses = await doorJson('/records/courses');
  const off = courses.find((course: { isActive: boolean }) => !course.isActive).id;
  expect(statusAndBody(await rest('POST', path, { ...ENROLMENT, courseId: off }))).toBe(
    '422 {"message":"The request was refused.","modelState":{"courseId":["The course is not active for this site."]}}',
  );
  const patch = { mobile: '07700 900123', homeAddress: { locality: '' } };
  expect(statusAndBody(await rest('PATCH', `/learners/${NEXT_LEARNER}`, patch))).toBe('204');
  expect(JSON.parse((await rest('GET', `/learners/${NEXT_LEARNER}`)).text)).toMatchObject({
    mobile: '07700 900123',
    homeAddress: { line1: '2 High Street', locality: null, postCode: 'EX99 1AB' },
    employerId: 1004,
  });
});

test('9: a user name that is taken', async () => {
  const { rest } = await openSimulator();
  const beth = {
    misId: 'BTH001',
    firstName: 'Beth',
    lastName: 'Rowe',
    email: 'beth.rowe@example.org',
    roles: ['assessor'],
  };
  expect(statusAndBody(await rest('POST', '/assessors', beth))).toBe(
    '409 {"message":"The request was refused.","modelState":{"userName":["The user name is taken."]}}',
  );
});

test('11: the courses of a learner', async () => {
  const { rest } = await openSimulator();
  expect(statusAndBody(await rest('GET', `/learner-courses?learnerId=${LEARNER}`))).toBe(
    `200 [{"learnerId":"${LEARNER}","courseId":"${COURSE}","qanCode":"60112345",` +
      '"title":"Diploma in Care","startDate":"2025-09-01","endDate":"2026-09-01","status":"InTraining",' +
      `"assessorId":"${ASSESSOR}","secondAssessorId":null,` +
      '"progressAssessedPc":38.5,"progressMappedPc":45,"timelinePc":50}]',
  );
});

test('12: the sessions of a learner', async () => {
  const { rest } = await openSimulator();
  expect(statusAndBody(await rest('GET', `/sessions?learnerId=${LEARNER}`))).toBe(
    `200 [{"id":"${SESSION}","learnerId":"${LEARNER}",` +
      `"assessorId":"${ASSESSOR}","courseId":"${COURSE}","qanCode":"60112345",` +
      '"type":"FormalReview","start":"2026-03-10T10:00:00","durationMinutes":90,"status":"Open",' +
      '"location":"At work","method":"Traditional","comments":null,"feedback":null,"planningNotes":null}]',
  );
});

const ADA_SOAP =
  '<InserLearnerDetail><Learner><PartnerId>104233</PartnerId><FamilyName>Okafor</FamilyName>' +
  '<GivenNames>Ada</GivenNames><ULN>9000000016</ULN><DateOfBirth>2004/02/29</DateOfBirth>' +
  '<EmployerSmartAssessorId>1004</EmployerSmartAssessorId></Learner></InserLearnerDetail>';

test('13: a learner over SOAP, with the id that REST would have given', async () => {
  const { soap, rest } = await openSimulator();
  await rest('POST', '/employers', HILLSIDE);
  const answer = await soap(ADA_SOAP);
  expect(answer.status).toBe(200);
  expect(bodyOf(answer)).toBe(
    `<InserLearnerDetailResponse><InserLearnerDetailResult>${NEXT_LEARNER}</InserLearnerDetailResult>` +
      '</InserLearnerDetailResponse>',
  );
});

test('14: progress over SOAP, wrapped twice', async () => {
  const { soap } = await openSimulator();
  const body = bodyOf(await soap('<GetCourseProgressDetail/>'));
  expect(body).toMatch(
    /^<GetCourseProgressDetailResponse><GetCourseProgressDetailResult><CourseProgress>.*<\/CourseProgress><\/GetCourseProgressDetailResult><\/GetCourseProgressDetailResponse>$/,
  );
  expect(body).toContain(
    `<CourseProgress><SmartAssessorId>${COURSE}</SmartAssessorId>` +
      `<LearnerSmartAssessorId>${LEARNER}</LearnerSmartAssessorId>` +
      `<AssessorSmartAssessorId>${ASSESSOR}</AssessorSmartAssessorId>` +
      '<QANCode>60112345</QANCode><QualificationTitle>Diploma in Care</QualificationTitle><Progress>38.5</Progress>' +
      '<Progress_AssessedPC>38.5</Progress_AssessedPC><Progress_MappedPC>45</Progress_MappedPC>' +
      '<TimeLinePerc>50</TimeLinePerc><CourseStatus>In Training</CourseStatus></CourseProgress>',
  );
  expect(body.match(/<CourseProgress>/g)).toHaveLength(21);
});

test('15: an enrolment over SOAP that is refused', async () => {
  const { soap, rest, act } = await openSimulator();
  await rest('POST', '/learners', ADA);
  await act(`/courses/${COURSE}/deactivate`);
  const answer = await soap(
    `<AssignQualficationToLearner><LearnerCourse><SmartAssessorId>${COURSE}</SmartAssessorId>` +
      `<LearnerSmartAssessorId>${NEXT_LEARNER}</LearnerSmartAssessorId><QANCode>60112345</QANCode>` +
      '<StatusofCourse>AI</StatusofCourse><CourseStartDate>2026-03-02</CourseStartDate>' +
      '</LearnerCourse></AssignQualficationToLearner>',
  );
  expect(faultOf(answer)).toBe('500 Sender Inactive The course is not active for this site.');
  expect(bodyOf(answer)).toBe(
    '<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>Inactive</env:Value></env:Subcode>' +
      '</env:Code><env:Reason><env:Text xml:lang="en">The course is not active for this site.</env:Text></env:Reason>' +
      '</env:Fault>',
  );
});
