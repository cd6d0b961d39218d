import { expect, test } from 'vitest';
import type { ApiAnswer } from '../common/in-process.ts';
import { type ApiRequest, createInProcessOneFile, type InProcessOneFile } from './in-process.ts';
import { CENTRE, IMOGEN, NOW, openCentre } from './testing/open-simulator.ts';

const START_MS = Date.parse(NOW);

/** The small centre on a clock of the test's own, with a session. */
function setup() {
  const clock = { nowMs: START_MS };
  const oneFile = createInProcessOneFile({ nowMs: () => clock.nowMs });
  oneFile.load(CENTRE);
  const signIn = () => bodyOf(oneFile.send(signInRequest));
  const token = signIn();
  const post = (path: string, body: object = {}): ApiAnswer => oneFile.send(postRequest(path, body, token));
  return { clock, oneFile, token, signIn, post };
}

const signInRequest = {
  method: 'POST',
  path: 'Authentication',
  headers: { 'X-CustomerToken': 'sim-customer-1' },
};

const postRequest = (path: string, body: object, token: string): ApiRequest => ({
  method: 'POST',
  path,
  headers: { 'X-TokenID': token, 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

const bodyOf = (answer: ApiAnswer): string => (answer.kind === 'answer' ? answer.body : '');
const statusOf = (answer: ApiAnswer): number | null => answer.status;
const setSwitches = (oneFile: InProcessOneFile, switches: object) =>
  oneFile.control('PATCH', '/switches', { ...switches });

test('a sign-in, a create and a search answer as over HTTP, on the clock of the caller', () => {
  const { clock, oneFile, token, post } = setup();
  expect(token).toHaveLength(344);
  expect(post('Placement', { OrganisationID: 301, Name: 'Harrow & Pike Ltd', MISID: 'HARRO1' })).toEqual({
    kind: 'answer',
    status: 200,
    headers: {
      date: 'Thu, 15 Jan 2026 09:12:44 GMT',
      'content-type': 'application/json; charset=utf-8',
      'content-length': '5',
    },
    body: '30009',
    tookMs: 0,
  });
  clock.nowMs += 60_000;
  const created = JSON.parse(bodyOf(post('User', IMOGEN)));
  expect(created).toMatchObject({ ID: 400061, Username: 'ITARRANT', CreatedOn: '2026-01-15T09:13:44.000Z' });
  expect(JSON.parse(bodyOf(post('User/Search', { Role: 1, MISID: '104233' })))).toEqual([
    { ID: 400061, FirstName: 'Imogen', LastName: 'Tarrant', MISID: '104233' },
  ]);
  expect(oneFile.calls().map(({ route, status, applied }) => [route, status, applied])).toEqual([
    ['Authentication', 200, false],
    ['Placement', 200, true],
    ['User', 200, true],
    ['User/Search', 200, false],
  ]);
});

test('without a session, with one that has expired, and over the limit a call is refused', () => {
  const { clock, oneFile, post, signIn } = setup();
  expect(statusOf(oneFile.send({ method: 'GET', path: 'Customer' }))).toBe(401);
  clock.nowMs += 86_400_000;
  expect(statusOf(post('User/Search'))).toBe(401);
  setSwitches(oneFile, { 'rate-limit': 2, 'rate-retry-after': 'seconds' });
  clock.nowMs += 60_000;
  const token = signIn();
  const search = () => oneFile.send(postRequest('User/Search', {}, token));
  expect([search(), search()].map(statusOf)).toEqual([200, 429]);
  expect(search()).toMatchObject({ headers: { 'retry-after': '16' } });
  clock.nowMs += 16_000;
  expect(statusOf(search())).toBe(200);
});

test.each([
  [{ type: 'drop' }, { kind: 'cut', status: null, tookMs: 0 }, 0],
  [{ type: 'apply-then-drop' }, { kind: 'cut', status: null, tookMs: 0 }, 1],
  [{ type: 'truncate', bytes: 2 }, { kind: 'cut', status: 200, tookMs: 0 }, 1],
  [{ type: 'truncate', bytes: 5 }, { kind: 'answer', status: 200, body: '30009', tookMs: 0 }, 1],
  [{ type: 'slow-body', totalMs: 900 }, { kind: 'answer', status: 200, body: '30009', tookMs: 900 }, 1],
  [{ type: 'slow-body', totalMs: 900, stallAfterBytes: 1 }, { kind: 'cut', status: 200, tookMs: 900 }, 1],
  [
    { type: 'answer', status: 500, body: 'no luck' },
    { kind: 'answer', status: 500, body: 'no luck', tookMs: 0 },
    0,
  ],
])('a fault %o is seen as a client sees it', (action, seen, changes) => {
  const { oneFile, post } = setup();
  oneFile.control('POST', '/rules', { match: { method: 'POST', path: 'Placement' }, action });
  const before = oneFile.changes().length;
  expect(post('Placement', { OrganisationID: 301, Name: 'Scripted' })).toMatchObject(seen);
  expect(oneFile.changes()).toHaveLength(before + changes);
});

test('in two steps the work is done when the delay is over', () => {
  const { clock, oneFile, token, post } = setup();
  setSwitches(oneFile, { 'latency-ms': 250 });
  const pending = oneFile.receive(postRequest('Placement', { OrganisationID: 301, Name: 'Later' }, token));
  expect(pending.delayMs).toBe(250);
  expect(bodyOf(post('Placement', { OrganisationID: 301, Name: 'First' }))).toBe('30009');
  clock.nowMs += 250;
  expect(pending.finish(true)).toMatchObject({ body: '30010', tookMs: 250 });
  expect(oneFile.calls().at(-1)).toMatchObject({ outcome: 'client-gone', durationMs: 250, applied: true });
});

test('acts of people, switches and a reset go through the control door', () => {
  const { oneFile } = setup();
  expect(oneFile.control('POST', '/act/reviews/800006/start')).toMatchObject({
    status: 200,
    body: { id: 800006, record: { StartedOn: NOW, Status: 2 } },
  });
  expect(oneFile.control('GET', '/records/reviews/800006')).toMatchObject({ body: { Status: 2 } });
  expect(oneFile.control('POST', '/act/reviews/1/start').status).toBe(404);
  expect(() => oneFile.load({ users: [{ Colour: 'red' }] })).toThrow('users has no property Colour');
  oneFile.control('POST', '/reset');
  expect([oneFile.calls(), oneFile.changes()]).toEqual([[], []]);
  expect(oneFile.control('GET', '/health')).toMatchObject({ body: { size: 'empty', now: NOW } });
});

test('the same calls get the same answers and leave the same history over HTTP and in process', async () => {
  const requests: readonly [method: string, path: string, body?: unknown][] = [
    ['GET', 'Customer'],
    ['POST', 'organisation//search/', { customerID: '11' }],
    ['POST', 'User', IMOGEN],
    ['POST', 'User', { ...IMOGEN, ClassroomID: 99 }],
    ['POST', 'User/Search/1/100', { Role: 1 }],
    ['POST', 'Placement/Search/2/100', { Name: 'caf%C3%A9' }],
    ['GET', 'Unit/PLAN%5F01?a=b'],
    ['PUT', 'User/400060'],
    ['GET', 'KeyChain/1'],
    ['POST', 'Visit', '{'],
    ['POST', 'Standard/5007/Assign/400060'],
    ['DELETE', 'User/400060'],
  ];
  const bench = await openCentre();
  const { oneFile, token } = setup();
  const overHttp = [];
  const inProcess = [];
  for (const [method, path, body] of requests) {
    const { status, text, headers } = await bench.call(method, path, body);
    overHttp.push({ status, text, type: headers.get('content-type'), date: headers.get('date') });
    const headersSent = { 'X-TokenID': token, 'Content-Type': 'application/json' };
    const bodySent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = oneFile.send({ method, path, headers: headersSent, body: (bodySent as string) ?? null });
    if (answer.kind === 'cut') throw new Error(`${path} was cut`);
    const { 'content-type': type = null, date } = answer.headers;
    inProcess.push({ status: answer.status, text: answer.body, type, date });
  }
  expect(inProcess).toEqual(overHttp);
  const plain = (call: object) => ({ ...call, session: null, durationMs: null });
  expect(oneFile.calls().map(plain)).toEqual((await bench.doorJson('/calls')).map(plain));
});
