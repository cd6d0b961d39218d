/* Faults by scripted rules, on both façades. */

import { request } from 'node:http';
import { expect, test } from 'vitest';
import {
  ADA,
  BASIC,
  type Bench,
  bodyOf,
  COURSE,
  envelopeOf,
  faultOf,
  LEARNER,
  NEXT_LEARNER,
  openSimulator,
  type Records,
  resultOf,
  statusAndBody,
} from './testing/open-simulator.ts';

const ADA_SOAP =
  '<InserLearnerDetail><Learner><PartnerId>104233</PartnerId><FamilyName>Okafor</FamilyName>' +
  '<GivenNames>Ada</GivenNames><DateOfBirth>2004/02/29</DateOfBirth></Learner></InserLearnerDetail>';

const FACADES = ['rest', 'soap'] as const;
type Facade = (typeof FACADES)[number];

/** A create on one of the façades. */
const create = (bench: Bench, facade: Facade) =>
  facade === 'rest' ? bench.rest('POST', '/learners', ADA) : bench.soap(ADA_SOAP);

const countAda = async (bench: Bench): Promise<number> =>
  (await bench.doorJson('/records/learners')).filter((row: Records) => row.misId === '104233').length;

/** What came over the wire of a create: the head's status, the bytes of the body, and whether it was whole. */
function rawCreate({ baseUrl, soapUrl }: Bench, facade: Facade, signal = AbortSignal.timeout(5000)) {
  const url = facade === 'rest' ? `${baseUrl}/learners` : soapUrl;
  const headers =
    facade === 'rest'
      ? { ...BASIC, 'Content-Type': 'application/json' }
      : { 'Content-Type': 'application/soap+xml' };
  const body = facade === 'rest' ? JSON.stringify(ADA) : envelopeOf(ADA_SOAP);
  return new Promise<{ status: number | null; body: string; isWhole: boolean; ms: number }>((resolve) => {
    const startedAtMs = performance.now();
    const seen = { status: null as number | null, body: '', isWhole: false };
    const call = request(url, { method: 'POST', headers, signal }, (response) => {
      seen.status = response.statusCode ?? null;
      response.on('data', (chunk) => {
        seen.body += chunk;
      });
      response.on('end', () => {
        seen.isWhole = response.complete;
      });
      response.on('error', () => undefined);
    });
    call.on('error', () => undefined);
    call.on('close', () => resolve({ ...seen, ms: performance.now() - startedAtMs }));
    call.end(body);
  });
}

const called = async (bench: Bench, name: string) => (await bench.lastCall())[name];

test.each(FACADES)('%s: an answer instead of the work, and one after it', async (facade) => {
  const bench = await openSimulator();
  await bench.rule({
    type: 'answer',
    status: 503,
    body: '<h1>Down</h1>',
    headers: { 'content-type': 'text/html' },
  });
  expect(statusAndBody(await create(bench, facade))).toBe('503 <h1>Down</h1>');
  expect([await countAda(bench), await called(bench, 'applied')]).toEqual([0, false]);
  await bench.rule({ type: 'apply-then-answer', status: 500, body: { no: 'id' } });
  expect(statusAndBody(await create(bench, facade))).toBe('500 {"no":"id"}');
  expect(await countAda(bench)).toBe(1);
  expect(await bench.lastCall()).toMatchObject({
    applied: true,
    resultId: NEXT_LEARNER,
    status: 500,
    facade,
  });
});

test.each(FACADES)('%s: the connection is cut before and after the work', async (facade) => {
  const bench = await openSimulator();
  await bench.rule({ type: 'drop' });
  expect(await rawCreate(bench, facade)).toMatchObject({ status: null, isWhole: false });
  expect([await countAda(bench), await called(bench, 'outcome')]).toEqual([0, 'dropped-before']);
  await bench.rule({ type: 'apply-then-drop' });
  expect(await rawCreate(bench, facade)).toMatchObject({ status: null, isWhole: false });
  expect([await countAda(bench), await called(bench, 'outcome')]).toEqual([1, 'dropped-after']);
});

test.each(FACADES)('%s: no answer until the client gives up, before and after the work', async (facade) => {
  const bench = await openSimulator();
  await bench.rule({ type: 'hang', holdMs: 60_000 });
  const patience = new AbortController();
  const before = rawCreate(bench, facade, patience.signal);
  await expect.poll(async () => (await bench.doorJson('/calls')).length).toBe(1);
  patience.abort();
  expect(await before).toMatchObject({ status: null, isWhole: false });
  expect([await countAda(bench), await called(bench, 'outcome')]).toEqual([0, 'dropped-before']);
  await bench.rule({ type: 'apply-then-hang', holdMs: 40 });
  const after = await rawCreate(bench, facade);
  expect(after).toMatchObject({ status: null, isWhole: false });
  expect(after.ms).toBeGreaterThan(35);
  expect([await countAda(bench), await called(bench, 'outcome')]).toEqual([1, 'dropped-after']);
});

test.each([
  ['empty', true, '201 {"id":""}', ''],
  ['missing', false, '201 {}', null],
  ['zero', true, '201 {"id":"00000000-0000-0000-0000-000000000000"}', '00000000-0000-0000-0000-000000000000'],
] as const)('an id that is %s, with the work done: %s', async (form, applies, rest, soap) => {
  const bench = await openSimulator();
  await bench.rule({ type: 'empty-id', applies, form }, {}, { times: 2 });
  expect(statusAndBody(await create(bench, 'rest'))).toBe(rest);
  const answer = await create(bench, 'soap');
  expect([answer.status, resultOf(answer) ?? (bodyOf(answer).includes('Result') ? '' : null)]).toEqual([
    200,
    soap,
  ]);
  expect(await countAda(bench)).toBe(applies ? 2 : 0);
});

test('a blank id of an employer, and a refusal that stays one', async () => {
  const bench = await openSimulator();
  await bench.rule({ type: 'empty-id', applies: true, form: 'zero' }, {}, { times: 3 });
  const hillside = { misId: 'H', name: 'Hillside' };
  expect(statusAndBody(await bench.rest('POST', '/employers', hillside))).toBe('201 {"id":0}');
  expect(
    resultOf(
      await bench.soap('<InserEmployerDetail><Employer><Name>H</Name></Employer></InserEmployerDetail>'),
    ),
  ).toBe('0');
  expect((await bench.rest('POST', '/employers', {})).status).toBe(400);
});

test.each(FACADES)('%s: throttled with each form of waiting, and no work', async (facade) => {
  const bench = await openSimulator();
  const forms = [];
  for (const retryAfter of ['none', 'seconds', 'date']) {
    await bench.rule({ type: 'throttle', retryAfter, seconds: 7 });
    const { status, headers } = await create(bench, facade);
    forms.push([status, headers.get('retry-after')]);
  }
  expect(forms).toEqual([
    [429, null],
    [429, '7'],
    [429, 'Mon, 02 Mar 2026 09:00:07 GMT'],
  ]);
  expect([await countAda(bench), await called(bench, 'outcome')]).toEqual([0, 'limited']);
});

test.each(FACADES)('%s: a body that comes slowly, and one that stalls', async (facade) => {
  const bench = await openSimulator();
  await bench.rule({ type: 'slow-body', totalMs: 80 });
  const slow = await rawCreate(bench, facade);
  expect(slow).toMatchObject({ isWhole: true, body: expect.stringContaining(NEXT_LEARNER) });
  expect(slow.ms).toBeGreaterThan(60);
  expect(await called(bench, 'outcome')).toBe('slow');
  await bench.rule({ type: 'slow-body', totalMs: 30, stallAfterBytes: 4 });
  expect(await rawCreate(bench, facade)).toMatchObject({
    isWhole: false,
    body: expect.stringMatching(/^.{4}$/),
  });
});

test.each(FACADES)('%s: a body that ends early under its full length', async (facade) => {
  const bench = await openSimulator();
  await bench.rule({ type: 'truncate', bytes: 9 });
  const answer = await rawCreate(bench, facade);
  expect(answer).toMatchObject({ isWhole: false, body: expect.stringMatching(/^.{9}$/s) });
  expect([await countAda(bench), await called(bench, 'outcome')]).toEqual([1, 'truncated']);
});

test('records that are missing from a list that looks whole', async () => {
  const bench = await openSimulator();
  const ids = [LEARNER, `${LEARNER}/${COURSE}`];
  await bench.rule({ type: 'omit', ids }, {}, { times: null });
  expect(await bench.json('GET', '/learners')).toHaveLength(18);
  expect(await bench.json('GET', '/learner-courses')).toHaveLength(20);
  expect((await bench.rest('GET', `/learners/${LEARNER}`)).status).toBe(404);
  for (const [operation, tag, count] of [
    ['GetAllLearnerDetail', 'Learner', 18],
    ['GetCourseProgressDetail', 'CourseProgress', 20],
  ] as const) {
    const body = bodyOf(await bench.soap(`<${operation}/>`));
    expect(body.match(new RegExp(`<${tag}>`, 'g'))).toHaveLength(count);
  }
});

test('a SOAP fault without work, and what it is over REST', async () => {
  const bench = await openSimulator();
  await bench.rule({ type: 'soap-fault', code: 'Receiver' }, {}, { times: 2 });
  expect(faultOf(await create(bench, 'soap'))).toBe('500 Receiver - The service reported a fault.');
  expect(statusAndBody(await create(bench, 'rest'))).toBe('500 {"message":"The request failed."}');
  await bench.rule({ type: 'soap-fault', code: 'Sender', subcode: 'Matching' });
  expect(faultOf(await create(bench, 'soap'))).toBe('500 Sender Matching The service reported a fault.');
  expect(await countAda(bench)).toBe(0);
});

test('latency: the work is done when the delay is over, and calls in flight are counted', async () => {
  const bench = await openSimulator();
  await bench.rule(undefined, { operation: 'create-learner' }, { delayMs: 600 });
  const slow = create(bench, 'rest');
  await expect.poll(async () => (await bench.doorJson('/rules'))[0].hitsLeft).toBe(0);
  expect(await countAda(bench)).toBe(0);
  await bench.rest('GET', '/ping');
  await slow;
  const calls = await bench.doorJson('/calls');
  expect(calls.map((call: Records) => [call.operation, call.concurrent])).toEqual([
    ['test-connection', 2],
    ['create-learner', 1],
  ]);
});

test('a client that gave up during a delay has asked all the same', async () => {
  const bench = await openSimulator();
  await bench.rule(undefined, {}, { delayMs: 300 });
  const patience = new AbortController();
  const call = rawCreate(bench, 'rest', patience.signal);
  await expect.poll(async () => (await bench.doorJson('/rules'))[0].hitsLeft).toBe(0);
  patience.abort();
  await call;
  await expect.poll(() => countAda(bench)).toBe(1);
  expect(await bench.lastCall()).toMatchObject({ outcome: 'client-gone', applied: true });
});

test('rules match by façade, operation in either word, method, path and body; oldest first, after the skips', async () => {
  const bench = await openSimulator();
  const answer = (status: number) => ({ type: 'answer', status });
  await bench.rule(answer(501), { facade: 'soap' });
  await bench.rule(answer(502), { operation: 'GetAllCourseDetail' });
  await bench.rule(answer(503), { path: '/api/v1/learners/{id}', method: 'get' });
  await bench.rule(
    answer(504),
    { bodyIncludes: 'Okafor', operation: 'create-learner' },
    { skip: 1, times: 1 },
  );
  await bench.rule(answer(505), { path: 'sessions' }, { times: null });
  expect((await bench.rest('GET', '/ping')).status).toBe(204);
  expect((await bench.soap('<GetAllCourseDetail/>')).status).toBe(501);
  expect((await bench.soap('<GetAllCourseDetail/>')).status).toBe(502);
  expect((await bench.rest('GET', `/learners/${LEARNER}`)).status).toBe(503);
  expect([(await create(bench, 'rest')).status, (await create(bench, 'rest')).status]).toEqual([201, 504]);
  expect([
    (await bench.rest('GET', '/sessions')).status,
    (await bench.rest('GET', '/sessions?learnerId=1')).status,
  ]).toEqual([505, 505]);
  const rules = await bench.doorJson('/rules');
  expect(rules.map(({ id, hitsLeft }: Records) => [id, hitsLeft])).toEqual([
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
    [5, null],
  ]);
  expect((await bench.door('DELETE', '/rules/5')).status).toBe(200);
  expect((await bench.door('DELETE', '/rules/5')).status).toBe(404);
  expect((await bench.rest('GET', '/sessions')).status).toBe(200);
  await bench.door('DELETE', '/rules');
  expect(await bench.doorJson('/rules')).toEqual([]);
});

test.each([
  [{}, 'match must be an object'],
  [{ match: { colour: 'red' } }, 'match: unknown property colour'],
  [{ match: { facade: 'fax' } }, 'match: facade must be rest or soap'],
  [{ match: {}, often: 2 }, 'unknown property often'],
  [{ match: {}, times: 0 }, 'times must be at least 1, or null'],
  [{ match: {}, action: { type: 'explode' } }, 'action.type is unknown'],
  [{ match: {}, action: { type: 'hang' } }, 'action: holdMs must be whole'],
  [{ match: {}, action: { type: 'drop', at: 1 } }, 'action: unknown property at'],
  [
    { match: {}, action: { type: 'empty-id', form: 'zero' } },
    'action: applies must be bool and form one of empty, missing, zero',
  ],
  [{ match: {}, action: { type: 'throttle' } }, 'action: retryAfter must be one of none, seconds, date'],
  [{ match: {}, action: { type: 'omit', ids: [1] } }, 'action: ids must be a list of texts'],
  [{ match: {}, action: { type: 'soap-fault', code: 'Nobody' } }, 'action: code must be Sender or Receiver'],
])('a rule that is not understood is refused: %j', async (body, error) => {
  const bench = await openSimulator();
  const answer = await bench.door('POST', '/rules', body);
  expect([answer.status, JSON.parse(answer.text)]).toEqual([400, { error }]);
  expect(await bench.doorJson('/rules')).toEqual([]);
});
