import { expect, test } from 'vitest';
import { createInProcessSmartAssessor } from './in-process.ts';
import {
  ADA,
  BASIC,
  ENROLMENT,
  envelopeOf,
  HILLSIDE,
  LEARNER,
  openSimulator,
} from './testing/open-simulator.ts';

const START_MS = Date.parse('2026-03-02T09:00:00Z');
const JSON_TYPE = { ...BASIC, 'Content-Type': 'application/json' };

/** On a clock of the test's own. */
function setup() {
  let nowMs = START_MS;
  const sim = createInProcessSmartAssessor({ nowMs: () => nowMs, size: 'small' });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { sim, pass };
}

test('the clock is the caller\u2019s: tokens end, the timeline moves and the list lag passes by it', () => {
  const { sim, pass } = setup();
  const progress = () =>
    JSON.parse(
      (
        sim.send({ method: 'GET', path: `/api/v1/learner-courses?learnerId=${LEARNER}`, headers: BASIC }) as {
          body: string;
        }
      ).body,
    )[0].timelinePc;
  expect(progress()).toBe(50);
  sim.control('PATCH', '/switches', { 'list-lag-s': 5 });
  sim.send({ method: 'POST', path: '/api/v1/learners', headers: JSON_TYPE, body: JSON.stringify(ADA) });
  const find = () => sim.send({ method: 'GET', path: '/api/v1/learners?misId=104233', headers: BASIC });
  expect(find()).toMatchObject({ body: '[]' });
  pass(5000);
  expect(find()).toMatchObject({ body: expect.stringContaining('Okafor') });
  pass(60 * 86_400_000);
  expect(progress()).toBe(66);
  expect(sim.calls().at(-1)?.at).toBe('2026-05-01T09:00:05.000Z');
});

test('the list lag passes by the caller\u2019s clock also while the simulated one stands', () => {
  const { sim, pass } = setup();
  sim.control('PATCH', '/switches', { 'list-lag-s': 5 });
  sim.control('POST', '/clock', { mode: 'frozen' });
  sim.send({ method: 'POST', path: '/api/v1/learners', headers: JSON_TYPE, body: JSON.stringify(ADA) });
  const find = () => sim.send({ method: 'GET', path: '/api/v1/learners?misId=104233', headers: BASIC });
  pass(4999);
  expect(find()).toMatchObject({ body: '[]' });
  pass(1);
  expect(find()).toMatchObject({ body: expect.stringContaining('Okafor') });
});

test('nothing waits: a delay is reported, and the work is done when the caller finishes the call', () => {
  const { sim, pass } = setup();
  sim.control('POST', '/rules', {
    match: {},
    delayMs: 30_000,
    action: { type: 'apply-then-hang', holdMs: 5000 },
  });
  const pending = sim.receive({
    method: 'POST',
    path: '/api/v1/employers',
    headers: JSON_TYPE,
    body: JSON.stringify(HILLSIDE),
  });
  expect(pending.delayMs).toBe(30_000);
  expect(sim.changes().filter(({ source }) => source === 'rest')).toEqual([]);
  pass(30_000);
  expect(pending.finish(true)).toEqual({ kind: 'cut', status: null, tookMs: 35_000 });
  expect(sim.calls()).toMatchObject([{ outcome: 'client-gone', applied: true, durationMs: 30_000 }]);
});

test('an unknown base and records that are not valid are errors of the test', () => {
  const { sim } = setup();
  expect(() => sim.send({ method: 'GET', path: '/ping' })).toThrow(
    '/ping has neither the base of REST nor that of SOAP',
  );
  expect(() => sim.load({ employers: [{ id: 1001, colour: 'red' }] })).toThrow(
    'employers has no property colour',
  );
});

test('the same calls get the same answers and leave the same history over HTTP and in process', async () => {
  const bench = await openSimulator();
  const { sim } = setup();
  const requests: readonly [method: string, path: string, body?: unknown][] = [
    ['GET', '/ping'],
    ['POST', '/learners', ADA],
    ['POST', '/learners', {}],
    ['GET', '/learners?misId=104233'],
    ['POST', `/learners/%7B${LEARNER}%7D/courses`, ENROLMENT],
    ['PATCH', `/learners/${LEARNER}`, { mobile: '1' }],
    ['DELETE', '/nowhere'],
    ['GET', '/sessions'],
  ];
  for (const [method, path, body] of requests) {
    const { status, text, headers } = await bench.rest(method, path, body);
    const sent = body === undefined ? null : JSON.stringify(body);
    expect(sim.send({ method, path: `/api/v1${path}`, headers: JSON_TYPE, body: sent })).toMatchObject({
      kind: 'answer',
      status,
      body: text,
      headers: { date: headers.get('date') },
    });
  }
  const { status, text } = await bench.soap('<GetAllSessionDetail/>');
  const headers = { 'content-type': 'application/soap+xml' };
  const body = envelopeOf('<GetAllSessionDetail/>');
  expect(sim.send({ method: 'POST', path: '/soap/g1', headers, body })).toMatchObject({ status, body: text });
  const plain = (call: object) => ({ ...call, durationMs: null, path: null });
  expect(sim.calls().map(plain)).toEqual((await bench.doorJson('/calls')).map(plain));
});
