import { expect, test } from 'vitest';
import { buildRequest } from '../../test/support/requests.ts';
import { createPassRequests, type OpenRequest, type PassRequestEffects } from './passes.ts';
import { toRefused } from './request.ts';

const stale = toRefused('PLAN_STALE', { vendor: 'onefile' }, { plan: { digest: 'new' } });

function setup(change: Partial<PassRequestEffects> = {}) {
  const rows = new Map<string, OpenRequest & { readonly result: unknown; readonly code: string | null }>();
  const did: string[] = [];
  const requests = createPassRequests({
    vendor: 'onefile',
    isEnabled: async () => true,
    readOpen: async () => [...rows.values()].filter(({ status }) => ['new', 'working'].includes(status)),
    readStatus: async (id) => rows.get(id)?.status ?? null,
    readOpenRun: async () => null,
    checkPlan: async ({ payload }) => (payload['plan'] === 'new' ? null : stale),
    requestSync: async () => void did.push('wanted'),
    toTimeText: (atMs) => `at ${atMs}`,
    tell: async (id, { status, code, result }) => {
      const known = rows.get(id);
      if (known !== undefined) rows.set(id, { ...known, status, code, result });
    },
    ...change,
  });
  const give = async (id: string, kind: string, payload = {}) => {
    rows.set(id, { id, kind, status: 'new', requestedAtMs: 5, startedAtMs: null, result: null, code: null });
    await requests.accept(buildRequest({ id, kind, payload }));
    return rows.get(id);
  };
  return { rows, did, give, ...requests };
}

test('a synchronisation waits in its row until whoever polls takes it, and ends with its counts', async () => {
  const { rows, give, take, progress, conclude } = setup();
  expect(await take()).toBeNull();
  expect(await give('1', 'synchronise')).toMatchObject({ status: 'working' });
  expect(await take()).toEqual({ id: '1' });
  progress({ learnersDone: 3 });
  expect(rows.get('1')).toMatchObject({ status: 'working', result: { learnersDone: 3 } });
  await conclude('1', { learners: 9 });
  expect(rows.get('1')).toMatchObject({ status: 'done', result: { learners: 9 } });
  expect(await take()).toBeNull();
});

test('a run that was broken off is taken again, and one whose answer is under way is not', async () => {
  const { rows, give, take, conclude } = setup();
  await give('1', 'synchronise');
  await take();
  await conclude('1', null);
  expect(await take()).toEqual({ id: '1' });
  const before = rows.get('1');
  await conclude('1', { learners: 9 });
  if (before !== undefined) rows.set('1', before); // the row has not heard of the answer yet
  expect(await take()).toBeNull();
});

test.each<[string, Partial<PassRequestEffects>, object]>([
  ['OneFile is disabled (G-8)', { isEnabled: async () => false }, { code: 'DISABLED' }],
  ['a run is in work', { readOpenRun: async () => 1_000 }, { code: 'RUNNING' }],
])('a synchronisation is refused: %s', async (_name, change, row) => {
  const { give, take } = setup(change);
  expect(await give('1', 'synchronise')).toMatchObject({ status: 'refused', ...row });
  expect(await take()).toBeNull();
});

test('a second request is refused while the first waits for its turn', async () => {
  const { give } = setup();
  await give('1', 'synchronise');
  expect(await give('2', 'synchronise')).toMatchObject({ status: 'refused', code: 'RUNNING' });
});

test('OF-9: an initial synchronisation runs the plan that was shown, and no other', async () => {
  const { did, give, take, rows, concludeInitial } = setup();
  expect(await give('1', 'initial-sync')).toMatchObject({
    ...{ status: 'refused', code: 'PLAN_STALE', result: { plan: { digest: 'new' } } },
  });
  expect(await give('2', 'initial-sync', { plan: 'old' })).toMatchObject({ code: 'PLAN_STALE' });
  expect(did).toEqual([]);
  expect(await give('3', 'initial-sync', { plan: 'new' })).toMatchObject({ status: 'working' });
  expect(did).toEqual(['wanted']);
  expect(await take(), 'it is no daily run').toBeNull();
  await concludeInitial({ learners: 9 });
  expect(rows.get('3')).toMatchObject({ status: 'done', result: { learners: 9 } });
});

test('a request that is delivered again after it was taken up changes nothing', async () => {
  const { rows, did, give, accept } = setup();
  await give('1', 'initial-sync', { plan: 'new' });
  await accept(buildRequest({ id: '1', kind: 'initial-sync', payload: { plan: 'new' } }));
  expect(did).toEqual(['wanted']);
  expect(rows.get('1')?.status).toBe('working');
});

test.each([{ vendor: 'smartassessor' }, { kind: 'refresh' }, { status: 'done' }])(
  'what is not for the poller is left alone: %o',
  async (change) => {
    const told: string[] = [];
    const { accept } = setup({ tell: async (id) => void told.push(id) });
    await accept(buildRequest({ kind: 'synchronise', ...change }));
    expect(told).toEqual([]);
  },
);
