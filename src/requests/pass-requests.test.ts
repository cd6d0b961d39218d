import { expect, test } from 'vitest';
import { buildRequest, openRows, openWorkplace, says, scope } from '../../test/support/requests.ts';
import { silentLog } from '../base/log.ts';
import type { JsonObject } from '../domain/json.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import type { PassReport, PassSummary } from '../domain/polling.ts';
import type { InitialPlan } from '../vendors/vendor.ts';
import { createPassRequests } from './passes.ts';

const vendor = 'onefile';
const forecast = { calls: 90, minutes: 3, callsPerLearner: 10 };
const summary: PassSummary = {
  run: 1,
  scope: 'daily',
  learnerCount: 9,
  linkedCount: 1,
  callCount: 20,
  recordCount: 300,
  publishedCount: 30,
  deletedCount: 2,
  gapCount: 0,
  unread: [],
};
const counts = { learners: 9, linked: 1, calls: 20, records: 300, published: 30, deleted: 2, gaps: 0 };
const present: InitialPlan = { digest: 'new', document: { linked: 2 }, matches: [] };

function setup({ isEnabled = true, isReady = true, plan = present as InitialPlan | VendorFailure } = {}) {
  const opened = openWorkplace();
  const { pics, store, topics, clock, workplace } = opened;
  const rows = openRows(opened);
  const planned: string[] = [];
  const requests = createPassRequests({
    vendor: { name: vendor },
    switching: {
      readInitialPlan: async (centre) => {
        planned.push(centre);
        return plan;
      },
    },
    pics,
    store,
    topics,
    clock,
    log: silentLog,
    isEnabled: async () => isEnabled,
    ready: async () => (isReady ? workplace.vendor : null),
    signal: new AbortController().signal,
  });
  const give = async (id: string, kind: string, payload: JsonObject = {}) => {
    const request = buildRequest({ id, kind, payload });
    await rows.insert(request);
    await requests.accept(request);
    await rows.write();
    return pics.readRequest(id);
  };
  const readRow = async (id: string) => {
    await rows.write();
    return pics.readRequest(id);
  };
  void store.vendors.enable({ vendor, by: 'test', isSyncDue: false });
  const isSyncDue = async () => (await store.vendors.readState(vendor)).syncDueAtMs !== null;
  return { ...opened, ...requests, answers: rows.answers, give, readRow, isSyncDue, planned };
}

/** A full pass is in work since then. */
async function beginRun({ store }: ReturnType<typeof setup>, sinceMs: number): Promise<void> {
  const polling = store.polling.open({ ...scope, holder: 'other', leaseMs: 60_000 });
  const lease = await polling.acquireLease();
  await polling.recordRun(sinceMs, { kind: 'begun', scope: 'daily' }, lease?.epoch ?? 0);
}

test('a synchronisation waits in its row until the process that polls takes it, and ends with its counts', async () => {
  const { give, take, progress, conclude, readRow } = setup();
  expect(await take()).toBeNull();
  expect(await give('1', 'synchronise')).toMatchObject({ status: 'working' });
  const command = { id: '1', kind: 'synchronise' } as const;
  expect(await take()).toEqual(command);
  const report: PassReport = {
    run: 1,
    learnersDone: 3,
    learnerCount: 9,
    calls: 30,
    minutesLeft: 2,
    forecast,
  };
  progress(report);
  expect(await readRow('1')).toMatchObject({
    status: 'working',
    result: {
      learnersDone: 3,
      learners: 9,
      calls: 30,
      minutesLeft: 2,
      forecast: { calls: 90, minutes: 3 },
    },
  });
  await conclude(command, summary);
  expect(await readRow('1')).toMatchObject({ status: 'done', result: counts });
  expect(await take()).toBeNull();
});

test('a run that was broken off is taken again, and one whose answer is under way is not', async () => {
  const { give, take, conclude, pics } = setup();
  const command = { id: '1', kind: 'synchronise' } as const;
  await give('1', 'synchronise');
  for (const end of ['stopped', 'fenced'] as const) {
    await take();
    await conclude(command, end);
    expect(await take()).toEqual(command);
  }
  await conclude(command, summary);
  // The row has not heard of the answer yet.
  expect(await pics.readRequest('1')).toMatchObject({ status: 'working' });
  expect(await take()).toBeNull();
});

test('a synchronisation is refused: OneFile is disabled (G-8)', async () => {
  const { give, take } = setup({ isEnabled: false });
  expect(await give('1', 'synchronise')).toMatchObject({ status: 'refused', code: 'DISABLED' });
  expect(await take()).toBeNull();
});

test('a synchronisation is refused: a run is in work, with the time by London clocks', async () => {
  const opened = setup();
  await beginRun(opened, Date.parse('2026-07-01T02:30:00Z'));
  const row = await opened.give('1', 'synchronise');
  expect(row).toMatchObject({ status: 'refused', code: 'RUNNING' });
  expect(row?.message).toMatch(/^A synchronisation with OneFile is already running, started .*03:30.*\.$/);
  expect(await opened.take()).toBeNull();
});

test.each(['synchronise', 'initial-sync'])(
  'a second request is refused while the first, %s, waits for its turn',
  async (kind) => {
    const { give } = setup();
    await give('1', kind, { plan: 'new' });
    const row = await give('2', 'synchronise');
    expect(row).toMatchObject({ status: 'refused', code: 'RUNNING' });
    expect(row?.message, 'since when the first was accepted, by London clocks').toContain('10:00');
  },
);

test.each([
  ['the request itself', { id: '8', kind: 'synchronise', status: 'new' }],
  ['one that was not accepted', { id: '7', kind: 'initial-sync', status: 'new' }],
  ['a refresh', { id: '7', kind: 'refresh', status: 'working' }],
] as const)('%s is nothing in its way', async (_title, { id, kind, status }) => {
  const { give, pics, topics, clock } = setup();
  pics.insertRequest({ id, kind, vendor });
  const answer = { id, status: 'working', code: null, message: null, result: null, attempts: 1 } as const;
  if (status === 'working')
    await topics.publishResult({ ...answer, startedAtMs: clock.nowMs(), finishedAtMs: null });
  expect(await give('8', 'synchronise')).toMatchObject({ status: 'working' });
  expect((await pics.readRequest(id))?.status).toBe(id === '8' ? 'working' : status);
});

test('OF-9: an initial synchronisation runs the plan that was shown, and no other', async () => {
  const { give, take, readRow, concludeInitial, isSyncDue, planned, store } = setup();
  expect(await give('1', 'initial-sync')).toMatchObject({
    status: 'refused',
    code: 'PLAN_STALE',
    result: { plan: { linked: 2, digest: 'new' } },
  });
  expect(await give('2', 'initial-sync', { plan: 'old' })).toMatchObject({ code: 'PLAN_STALE' });
  expect(await isSyncDue()).toBe(false);
  expect((await store.vendors.readState(vendor)).confirmed).toEqual({});
  expect(await give('3', 'initial-sync', { plan: 'new' })).toMatchObject({ status: 'working' });
  expect(await isSyncDue()).toBe(true);
  expect((await store.vendors.readState(vendor)).confirmed, 'it counts as approved').toEqual({ plan: 'new' });
  expect(planned).toEqual(['c1', 'c1', 'c1']);
  expect(await take(), 'it is no daily run').toBeNull();
  await concludeInitial(summary);
  expect(await readRow('3')).toMatchObject({ status: 'done', result: counts });
});

test('OF-9: there is no plan while the vendor cannot be opened or asked', async () => {
  const off = setup({ isReady: false });
  expect(await off.give('1', 'initial-sync')).toMatchObject({ status: 'refused', code: 'DISABLED' });
  const away = setup({ plan: { kind: 'unreachable', detail: '' } });
  expect(await away.give('1', 'initial-sync')).toMatchObject({
    status: 'failed',
    ...says('UNREACHABLE', { address: 'https://onefile.example' }),
  });
});

test('a request that is delivered again after it was taken up changes nothing', async () => {
  const { give, accept, readRow, answers, isSyncDue, store } = setup();
  await give('1', 'initial-sync', { plan: 'new' });
  expect(await isSyncDue()).toBe(true);
  const { syncDueAtMs } = await store.vendors.readState(vendor);
  await store.vendors.clearSyncDue(vendor, syncDueAtMs ?? 0);
  await accept(buildRequest({ id: '1', kind: 'initial-sync', payload: { plan: 'new' } }));
  expect(await isSyncDue()).toBe(false);
  expect(answers()).toHaveLength(1);
  expect((await readRow('1'))?.status).toBe('working');
});

test.each([{ vendor: 'smartassessor' }, { kind: 'refresh' }, { status: 'done' }])(
  'what is not for the poller is left alone: %o',
  async (change) => {
    const { accept, answers } = setup();
    await accept(buildRequest({ kind: 'synchronise', ...change }));
    expect(answers()).toEqual([]);
  },
);

test('a synchronisation whose row PICS has no more is neither run nor answered', async () => {
  const { accept, take, answers } = setup();
  await accept(buildRequest({ id: 'erased', kind: 'synchronise' }));
  expect(await take()).toBeNull();
  expect(answers()).toEqual([]);
});
