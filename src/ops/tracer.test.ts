import { expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { buildLearner, buildReview } from '../../test/support/learner.ts';
import { oneFileVendor } from '../../test/support/onefile-world/world.ts';
import { fieldOf, openTraceReceiver, type Span } from '../../test/support/trace-receiver.ts';
import { openRunningWorld } from '../../test/support/world/running.ts';
import { createLog, silentLog } from '../base/log.ts';
import type { TraceFields } from '../domain/trace.ts';
import { createTracer } from './tracer.ts';

const imogen = buildLearner({
  ident: '10001',
  firstName: 'Imogen',
  surname: 'Tarrant',
  birthDate: '2006-07-14',
  email: 'imogen@x.example.org',
  phone: '01632 960111',
  startOn: '2026-01-05',
  mainOfficer: 'ABR001',
  oneFileId: '400061',
});
const ada = { code: 'ABR001', firstName: 'Ada', surname: 'Brook', email: 'ada@x.example.org' };

/** The roles, with OneFile, a learner, and a tracer that sends to an endpoint. */
async function openTracedWorld(endpoint: string | undefined, log = silentLog) {
  const tracer = createTracer({ endpoint, log });
  const world = await openRunningWorld([oneFileVendor({})], {
    learners: [imogen],
    officers: [ada],
    shared: { externalIdVendor: 'onefile' },
    tracer,
  });
  await world.command('onefile', 'synchronise');
  let count = 0;
  return {
    world,
    tracer,
    /** A user plans a review, and it is seen to. Gives when it was committed. */
    plan: async (known: Parameters<typeof buildReview>[0] | object = {}): Promise<number> => {
      count += 1;
      const committedAtMs = world.nowMs();
      const review = buildReview({
        id: String(500 + count),
        type: 'N',
        proposedAt: `2026-03-0${count}T10:00:00`,
        ...known,
      });
      await world.edit('10001', { reviews: [...world.learner('10001').reviews, review] });
      await world.settled();
      return committedAtMs;
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

test('a change is one trace, from its commit in PICS over decisions and calls to the acknowledgement', async () => {
  const receiver = await openTraceReceiver();
  await using site = await openTracedWorld(receiver.endpoint);
  const committedAtMs = await site.plan();
  await site.tracer.close();

  expect(receiver.paths).toEqual(['POST /v1/traces']);
  const spans = receiver.spans();
  const roots = spans.filter(({ name }) => name === 'change');
  const [root] = roots.filter((one) => fieldOf(one, 'op') === 'create');
  expect(root).toBeDefined();
  const own = spans.filter(({ traceId }) => traceId === root?.traceId);
  expect(own.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'change',
      'capture',
      'decide',
      'wait',
      'call create-visit',
      'call create-review',
      'record',
    ]),
  );
  expect(own.filter(({ name }) => name === 'change')).toHaveLength(1);
  for (const span of own) {
    if (span === root) expect(span.parentSpanId).toBe(undefined);
    else expect(span.parentSpanId).toBe(root?.spanId);
    expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(root!.startTimeUnixNano));
    expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root!.endTimeUnixNano));
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  }
  expect(BigInt(root!.startTimeUnixNano)).toBe(BigInt(committedAtMs) * 1_000_000n);
  expect([fieldOf(root, 'vendor'), fieldOf(root, 'entity'), fieldOf(root, 'disposition')]).toEqual([
    'onefile',
    'review',
    'settled',
  ]);
  // The acknowledgement is the last thing but for the look that finds nothing left to do.
  const calls = own.filter(({ name }) => name.startsWith('call '));
  expect(calls.map((call) => fieldOf(call, 'result'))).toEqual(calls.map(() => 'done'));
  expect(own.filter(({ name }) => name === 'record')).toHaveLength(calls.length);
  for (const personal of [/Imogen/, /Tarrant/, /2006-07-14/, /@x\.example/, /Ada/, /Brook/, /01632/])
    for (const body of receiver.bodies) expect(body).not.toMatch(personal);
});

test('a change that comes while another of the learner is seen to has a trace with the calls that serve it too', async () => {
  const receiver = await openTraceReceiver();
  await using site = await openTracedWorld(receiver.endpoint);
  const { world } = site;
  const reviews = ['601', '602'].map((id) =>
    buildReview({ id, type: 'N', proposedAt: `2026-04-${id.slice(1)}T10:00:00` }),
  );
  await world.edit('10001', { reviews: [...world.learner('10001').reviews, ...reviews] });
  await world.settled();
  await site.tracer.close();
  const spans = receiver.spans();
  const created = spans.filter((span) => span.name === 'change' && fieldOf(span, 'op') === 'create');
  expect(created).toHaveLength(2);
  const callsOf = ({ traceId }: Span) =>
    spans.filter((span) => span.traceId === traceId && span.name.startsWith('call ')).map(({ name }) => name);
  const writes = ['call create-visit', 'call create-review'];
  for (const one of created) expect(callsOf(one)).toEqual(expect.arrayContaining(writes));
});

test('a change that is held ends with the code of what it waits for', async () => {
  const receiver = await openTraceReceiver();
  await using site = await openTracedWorld(receiver.endpoint);
  await site.world.edit('10001', { mainOfficer: null });
  await site.plan({ officer: null });
  await site.tracer.close();
  const held = receiver.spans().filter((span) => fieldOf(span, 'disposition') === 'held');
  expect(held.map((span) => [span.name, fieldOf(span, 'code')])).toContainEqual([
    'change',
    'REVIEW_NO_OFFICER',
  ]);
});

test('nothing is traced unless the environment names a receiver', async () => {
  const receiver = await openTraceReceiver();
  for (const endpoint of [undefined, '']) {
    await using site = await openTracedWorld(endpoint);
    await site.plan();
    await site.tracer.close();
  }
  expect(receiver.bodies).toEqual([]);
});

test.each([
  ['answers nothing', null],
  ['takes nothing', 500],
])(
  'a receiver that %s disturbs nothing: changes are sent, and the log says it once',
  async (_how, status) => {
    const receiver = await openTraceReceiver(status ?? 200);
    if (status === null) await receiver.close();
    const lines: string[] = [];
    const log = createLog({ level: 'info', write: (line) => lines.push(line), isPretty: false });
    await using site = await openTracedWorld(receiver.endpoint, log);
    await site.plan();
    await site.plan();
    expect(site.world.learner('10001').reviews.map(({ oneFileId }) => oneFileId)).not.toContain(null);
    expect(site.world.restarts).toEqual([]);
    const beganAtMs = performance.now();
    await site.tracer.close();
    expect(performance.now() - beganAtMs).toBeLessThan(5_000);
    expect(lines.filter((line) => line.includes('TRACES_AWAY'))).toHaveLength(status === null ? 0 : 1);
  },
);

test('the log says once that the receiver is away, and once that it is back', async () => {
  const receiver = await openTraceReceiver(500);
  const lines: string[] = [];
  const log = createLog({ level: 'info', write: (line) => lines.push(line), isPretty: false });
  const tracer = createTracer({ endpoint: receiver.endpoint, log });
  // So many that they are sent at once.
  const fillBatches = (count: number): void => {
    for (let n = 0; n < count * 512; n += 1) tracer.begin({ atMs: n, fields: { vendor: 'onefile' } }).end(n);
  };
  const codes = () => lines.map((line) => (JSON.parse(line) as { code: string }).code);
  fillBatches(2);
  await eventually(() => expect(receiver.bodies).toHaveLength(2));
  receiver.answer(200);
  fillBatches(1);
  await eventually(() => expect(codes()).toEqual(['TRACES_AWAY', 'TRACES_BACK']));
  await tracer.close();
});

test('a field that is not on the list is not sent, and a long value is cut', async () => {
  const receiver = await openTraceReceiver();
  const tracer = createTracer({ endpoint: receiver.endpoint, serviceName: 'site-7', log: silentLog });
  const fields = { ident: '10001', surname: 'Tarrant', code: 'x'.repeat(500), txId: null } as TraceFields;
  const trace = tracer.begin({ atMs: 1_000, fields });
  trace.part({ name: 'decide', fromMs: 1_000, untilMs: 1_001, fields });
  trace.note(fields);
  trace.end(1_002);
  await tracer.close();
  const [body = ''] = receiver.bodies;
  expect(body).toContain('"pics_sync.ident"');
  expect(body).toContain('"site-7"');
  expect(body).not.toMatch(/surname|Tarrant|x{101}|txId/);
});

test.each(['nonsense', 'ftp://127.0.0.1:4318', '127.0.0.1:4318'])(
  'the endpoint %s is refused with a sentence',
  (endpoint) => {
    expect(() => createTracer({ endpoint, log: silentLog })).toThrow(
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://127.0.0.1:4318.',
    );
  },
);
