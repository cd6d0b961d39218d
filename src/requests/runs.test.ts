import { expect, test } from 'vitest';
import { buildRequest, openWorkplace } from '../../test/support/requests.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RunPlan, RunState } from '../domain/run.ts';
import { createRunHandlers, planRun } from './runs.ts';

const aPlan: RunPlan = {
  ...{
    digest: 'd1',
    plannedAtMs: 5,
    learners: 1,
    equal: 0,
    unlinked: 0,
    counts: { update: 1 },
    owners: [],
    reads: 0,
  },
  forecast: { calls: 1, minutes: 0.1, callsPerLearner: 1 },
  ...{ completed: [], strangers: [] },
};

async function open(state: RunState, kind = 'replay') {
  const { workplace } = openWorkplace();
  const { store, vendor } = workplace;
  const request = buildRequest({ kind: 'run-plan', payload: { kind, filter: { officer: 'AB' } } });
  await planRun(kind === 'initial' ? { ...request, payload: { kind } } : request, async () => {}, workplace);
  await store.runs.move(1, { from: ['asked'], to: 'planned' }, { plan: aPlan });
  await store.runs.move(
    1,
    { from: ['planned'], to: state },
    state === 'running' ? { approvedBy: 'ann' } : {},
  );
  const handlers = createRunHandlers({ vendor, store });
  const give = (step: string, payload: JsonObject = {}) => {
    const handler = handlers[`run-${step}`];
    if (handler === undefined) throw new Error(`there is no command ${step}`);
    return handler.handle(
      buildRequest({ kind: `run-${step}`, payload: { run: 1, ...payload } }),
      async () => {},
    );
  };
  return { give, store };
}

test('a run is asked for once however often the command is delivered', async () => {
  const { workplace } = openWorkplace();
  const payload = {
    kind: 'replay',
    filter: { idents: ['00018', '00017', '00018'], status: 'L' },
    start: { kind: 'offsets', offsets: [{ topic: 'trqual', partition: 0, offset: '12' }] },
    topics: ['trqual'],
  } as const;
  const request = buildRequest({ kind: 'run-plan', payload });
  const answers = [
    await planRun(request, async () => {}, workplace),
    await planRun(request, async () => {}, workplace),
  ];
  expect(answers).toMatchObject([
    { status: 'done', result: { run: 1, kind: 'replay' } },
    { status: 'done', result: { run: 1 } },
  ]);
  expect(await workplace.store.runs.list(null, 10)).toMatchObject([
    {
      state: 'asked',
      askedBy: 'Ann (PICS)',
      order: { ...payload, filter: { idents: ['00017', '00018'], status: 'L' }, readsVendor: false },
    },
  ]);
});

test.each<[string, JsonObject, string]>([
  ['of no kind', {}, 'the kind must be one of'],
  ['of a kind that there is not', { kind: 'redo' }, 'the kind must be one of'],
  ['for a list of nobody', { kind: 'audit', filter: { idents: [] } }, 'one at least'],
  ['for idents that are no list', { kind: 'audit', filter: { idents: '00017' } }, 'must be a list'],
  [
    'with a filter that there is not',
    { kind: 'audit', filter: { town: 'Leeds' } },
    'there is no filter town',
  ],
  ['with a blank filter', { kind: 'audit', filter: { officer: ' ' } }, 'not blank'],
  ['with a filter that is a text', { kind: 'audit', filter: 'AB' }, 'must be an object'],
  [
    'from a time that is none',
    { kind: 'replay', start: { kind: 'time', atMs: 'yesterday' } },
    'time of the start',
  ],
  [
    'from an offset that is none',
    { kind: 'replay', start: { kind: 'offsets', offsets: [{ topic: 't', partition: 0, offset: '-1' }] } },
    'the start must be',
  ],
  ['from somewhere', { kind: 'replay', start: { kind: 'middle' } }, 'the start must be'],
  ['of topics that are no list', { kind: 'replay', topics: 'trqual' }, 'topics must be a list'],
  ['of all, for some', { kind: 'initial', filter: { officer: 'AB' } }, 'is for all learners'],
])('asked for %s it is refused with a reason, and nothing is kept', async (_, payload, reason) => {
  const { workplace } = openWorkplace();
  const answer = await planRun(buildRequest({ kind: 'run-plan', payload }), async () => {}, workplace);
  expect(answer).toMatchObject({
    status: 'refused',
    code: 'RUN_ORDER',
    params: { reason: expect.stringContaining(reason) },
  });
  expect(await workplace.store.runs.list(null, 10)).toEqual([]);
});

test('a plan is approved by its digest alone, by the name of the person, and once', async () => {
  const { give, store } = await open('planned');
  expect(await give('approve', { digest: 'd0' })).toMatchObject({
    status: 'refused',
    code: 'PLAN_STALE',
    result: { digest: 'd1' },
  });
  expect(await give('approve')).toMatchObject({ status: 'refused', code: 'PLAN_STALE' });
  expect(await give('approve', { digest: 'd1' })).toMatchObject({
    status: 'done',
    result: { state: 'approved' },
  });
  expect(await store.runs.read(1)).toMatchObject({ state: 'approved', approvedBy: 'Ann (PICS)' });
  expect(await give('approve', { digest: 'd1' })).toMatchObject({
    status: 'done',
    result: { state: 'approved' },
  });
});

test.each<[RunState, string, string, object]>([
  ['running', 'pause', 'paused', {}],
  ['asked', 'pause', 'paused', {}],
  ['paused', 'pause', 'paused', {}],
  ['running', 'stop', 'stopped', {}],
  ['planned', 'stop', 'stopped', {}],
  ['stopped', 'stop', 'stopped', {}],
])('one that is %s and told to %s is %s', async (state, step, to) => {
  const { give, store } = await open(state);
  expect(await give(step)).toMatchObject({ status: 'done', result: { run: 1, state: to } });
  expect(await store.runs.read(1)).toMatchObject({ state: to });
});

test.each<[RunState, string, JsonObject]>([
  ['done', 'pause', {}],
  ['planned', 'pause', {}],
  ['done', 'stop', {}],
  ['running', 'resume', {}],
  ['done', 'approve', { digest: 'd1' }],
  ['failed', 'resume', {}],
])('one that is %s cannot %s, and the sentence says where it is', async (state, step, payload) => {
  const { give, store } = await open(state);
  expect(await give(step, payload)).toMatchObject({
    status: 'refused',
    code: 'RUN_STATE',
    params: { run: '1', state },
  });
  expect(await store.runs.read(1)).toMatchObject({ state });
});

test('paused before or after its approval it waits for its turn in the same state again', async () => {
  const begun = await open('running');
  await begun.give('pause');
  expect(await begun.give('resume')).toMatchObject({ status: 'done', result: { state: 'approved' } });
  const asked = await open('asked');
  await asked.give('pause');
  expect(await asked.give('resume')).toMatchObject({ status: 'done', result: { state: 'asked' } });
});

test('a full pass that has begun is paused, not stopped', async () => {
  const { give, store } = await open('running', 'initial');
  expect(await give('stop')).toMatchObject({
    status: 'refused',
    code: 'RUN_PASS',
    params: { run: '1', vendor: 'onefile' },
  });
  expect(await store.runs.read(1)).toMatchObject({ state: 'running' });
});

test.each([['7'], ['x'], [''], ['-1'], ['1.5']])('a run %j that is not there is said', async (run) => {
  const { give } = await open('planned');
  expect(await give('pause', { run })).toMatchObject({
    status: 'refused',
    code: 'NO_RUN',
    params: { run, vendor: 'onefile' },
  });
});

test('a run of another vendor is not there', async () => {
  const { store } = await open('planned');
  const handlers = createRunHandlers({ vendor: { name: 'smartassessor' }, store });
  const answer = await handlers['run-stop']?.handle(
    buildRequest({ kind: 'run-stop', payload: { run: 1 } }),
    async () => {},
  );
  expect(answer).toMatchObject({ code: 'NO_RUN' });
});
