/* What the history keeps, and what it must never hold. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLIENT_KEY, PASSWORD, PASSWORD_CANARY, USER_NAME } from './credential.ts';
import { createInProcessSmartAssessor } from './in-process.ts';
import {
  ADA,
  bodyOf,
  envelopeOf,
  LEARNER,
  NEXT_LEARNER,
  openSimulator,
  type Records,
} from './testing/open-simulator.ts';

test('a call is kept with what it was, what came of it, and which part of its credential was right', async () => {
  const bench = await openSimulator();
  await bench.rest('POST', '/learners', ADA, { 'X-Request-Id': 'intent-1/1' });
  expect(await bench.lastCall()).toEqual({
    seq: 1,
    at: '2026-03-02T09:00:00.000Z',
    durationMs: expect.any(Number),
    facade: 'rest',
    operation: 'create-learner',
    method: 'POST',
    path: 'learners',
    query: '',
    requestId: 'intent-1/1',
    credential: 'user right, password right, key right',
    body: JSON.stringify(ADA),
    status: 201,
    outcome: 'answered',
    applied: true,
    resultId: NEXT_LEARNER,
    code: null,
    ruleId: null,
    isDryRun: false,
    passwordSent: false,
    concurrent: 1,
  });
  await bench.rest('GET', '/ping', undefined, { 'X-Client-Key': 'wrong' });
  expect(await bench.lastCall()).toMatchObject({
    credential: 'user right, password right, key wrong',
    code: '403',
  });
  await bench.soap('<GetAllCourseDetail/>', { key: 'wrong' });
  expect(await bench.lastCall()).toMatchObject({
    credential: 'key wrong',
    code: 'Key',
    operation: 'read-courses',
  });
});

test('operations are in the words of the port, else in those of the wire', async () => {
  const bench = await openSimulator();
  const { rest } = bench;
  for (const [method, path, body] of [
    ['GET', '/employers?misId=1'],
    ['GET', '/employers'],
    ['GET', `/learners/${LEARNER}`],
    ['GET', '/employers/1001'],
    ['PATCH', `/learners/${LEARNER}`, { misId: '5' }],
    ['PATCH', `/learners/${LEARNER}`, { mobile: '5' }],
    ['PATCH', '/employers/1001', { misId: '5' }],
    ['PATCH', '/employers/1001', { name: 'N' }],
    ['GET', '/nowhere'],
  ] as const) {
    await rest(method, path, body);
  }
  await bench.soap('<GetLearnerCourseLinkWithAssessor/>');
  const calls = await bench.doorJson('/calls');
  expect(calls.map((call: Records) => call.operation)).toEqual([
    'find-employer',
    'read-employers',
    'read-learner',
    'GET employers/{id}',
    'write-mis-id',
    'update-learner',
    'write-mis-id',
    'PATCH employers/{id}',
    'GET nowhere',
    'GetLearnerCourseLinkWithAssessor',
  ]);
});

test('calls are found by number, operation, façade and outcome; changes by number, with the call they came from', async () => {
  const bench = await openSimulator({ size: 'empty' });
  await bench.rest('GET', '/ping');
  await bench.rest('POST', '/learners', ADA);
  await bench.soap('<GetAllLearnerDetail/>');
  const seqs = async (query: string) =>
    (await bench.doorJson(`/calls?${query}`)).map((call: Records) => call.seq);
  expect(await seqs('since=1')).toEqual([2, 3]);
  expect(await seqs('operation=create-learner')).toEqual([2]);
  expect(await seqs('facade=soap')).toEqual([3]);
  expect(await seqs('outcome=limited')).toEqual([]);
  expect((await bench.door('GET', '/calls?since=x')).status).toBe(400);
  expect(await bench.doorJson('/changes')).toMatchObject([
    {
      seq: 1,
      source: 'rest',
      callSeq: 2,
      kind: 'learners',
      id: LEARNER,
      before: null,
      after: { familyName: 'Okafor' },
    },
  ]);
  expect(await bench.doorJson('/changes?since=1')).toEqual([]);
});

test('an assessor over SOAP shows a password, and nothing else does', async () => {
  const bench = await openSimulator();
  expect(bodyOf(await bench.soap('<GetAllAssessorDetail/>')).split(PASSWORD_CANARY)).toHaveLength(6);
  for (const operation of [
    'GetAllLearnerDetail',
    'GetAllEmployerDetail',
    'GetAllCourseDetail',
    'GetAllSessionDetail',
  ]) {
    expect((await bench.soap(`<${operation}/>`)).text).not.toContain(PASSWORD_CANARY);
  }
  for (const path of ['/assessors', '/learners', '/sessions']) {
    expect((await bench.rest('GET', path)).text).not.toContain(PASSWORD_CANARY);
  }
  for (const path of ['/calls', '/changes', '/records']) {
    expect((await bench.door('GET', path)).text).not.toContain(PASSWORD_CANARY);
  }
});

test('a password is never kept or stored: the history says only that one was sent', async () => {
  const bench = await openSimulator();
  await bench.rest('POST', '/assessors', {
    firstName: 'B',
    lastName: 'R',
    userName: 'br',
    password: 'hunter-2',
  });
  expect(await bench.lastCall()).toMatchObject({ passwordSent: true, applied: true });
  const assessor = '<FirstName>B</FirstName><LastName>R</LastName><UserName>bs</UserName>';
  await bench.soap(
    `<InserAssessorDetail><Assessor>${assessor}<Password>hunter-2</Password></Assessor></InserAssessorDetail>`,
  );
  expect(await bench.lastCall()).toMatchObject({ passwordSent: true, applied: true });
  await bench.rest('POST', '/assessors', '{"password": "hunter-2", ');
  for (const path of ['/calls', '/changes', '/records']) {
    expect((await bench.door('GET', path)).text).not.toContain('hunter-2');
  }
});

const NOW = Date.parse('2026-03-02T09:00:00Z');

/** Ways in which a client could send its secrets, rightly or wrongly. */
const secrets = fc.record({
  secret: fc.constantFrom(PASSWORD, CLIENT_KEY, 'wr0ng-secret'),
  way: fc.constantFrom(
    'basic',
    'key',
    'token',
    'soap',
    'soap-prefixed',
    'soap-broken',
    'json',
    'json-broken',
    'nested',
    'query',
    'key-in-json',
  ),
  spaces: fc.constantFrom('', ' ', '\n'),
});

test('no credential and no password is ever in the history, however it was sent', () => {
  fc.assert(
    fc.property(fc.array(secrets, { minLength: 1, maxLength: 8 }), (sent) => {
      const sim = createInProcessSmartAssessor({ nowMs: () => NOW });
      for (const { secret, way, spaces } of sent) sendSecret(sim, secret, way, spaces);
      const kept = JSON.stringify([sim.calls(), sim.changes()]);
      for (const secret of [PASSWORD, CLIENT_KEY, 'wr0ng-secret']) expect(kept).not.toContain(secret);
      expect(sim.calls()).toHaveLength(sent.length);
    }),
  );
});

type Sim = ReturnType<typeof createInProcessSmartAssessor>;

function sendSecret(sim: Sim, secret: string, way: string, spaces: string): void {
  const soap = (body: string) =>
    sim.send({ method: 'POST', path: '/soap/g1', headers: { 'content-type': 'application/soap+xml' }, body });
  const rest = (path: string, headers: Record<string, string>, body = '') =>
    sim.send({ method: 'POST', path: `/api/v1${path}`, headers, body });
  const envelope = envelopeOf('<InserAssessorDetail><Assessor/></InserAssessorDetail>', { key: secret });
  switch (way) {
    case 'basic':
      return void rest('/assessors', {
        Authorization: `Basic ${Buffer.from(`${USER_NAME}:${secret}`).toString('base64')}`,
      });
    case 'key':
      return void rest('/assessors', { 'X-Client-Key': secret });
    case 'token':
      return void rest(
        '/token',
        {},
        new URLSearchParams({ username: secret, password: secret, client_key: secret }).toString(),
      );
    case 'soap':
      return void soap(
        envelope.replace(
          '<Assessor/>',
          `<Assessor><Password${spaces}>${secret}</Password${spaces}></Assessor>`,
        ),
      );
    case 'soap-prefixed':
      return void soap(
        envelope
          .replace('<AuthHeader xmlns=', '<g:AuthHeader xmlns:g=')
          .replace('</AuthHeader>', '</g:AuthHeader>')
          .replace('<ApiKey>', `<g:ApiKey${spaces}>`)
          .replace('</ApiKey>', `</g:ApiKey${spaces}>`)
          .replace(/<(\/?)ReadOnly>/g, '<$1g:ReadOnly>'),
      );
    case 'soap-broken':
      return void soap(envelope.slice(0, -8 - spaces.length));
    case 'json':
      return void rest(
        '/assessors',
        { 'content-type': 'application/json' },
        `{${spaces}"password":${spaces}"${secret}"}`,
      );
    case 'json-broken':
      return void rest('/assessors', {}, `{"passWord":"${secret}"${spaces}`);
    case 'query':
      return void rest(`/learners?misId=1&client_key=${secret}&Password=${secret}`, {});
    case 'key-in-json':
      return void rest('/learners', {}, JSON.stringify({ clientKey: secret, apiKey: [secret] }));
    default:
      return void rest('/learners', {}, JSON.stringify({ a: [{ Password: secret }] }));
  }
}
