import { expect, test } from 'vitest';
import { buildRequest, openWorkplace } from '../../test/support/requests.ts';
import { silentLog } from '../base/log.ts';
import type { CommandRequest } from '../domain/request.ts';
import type { ConnectionCheck, Enabling, Switching } from '../vendors/vendor.ts';
import { createSwitchHandlers } from './switch.ts';

const vendor = 'onefile';
const connected: ConnectionCheck = {
  kind: 'connected',
  centreId: '301',
  centreCount: 1,
  report: { interfaceVersion: 'v2.1' },
};
const plan = { digest: 'abc', document: { linked: 2 }, matches: [] };
const w1 = { id: 'W-1', text: 'One centre.' };
const w2 = { id: 'W-2', text: 'Desktop.' };
const confirmed = ['W-1', 'W-2'];

const unasked = (): never => {
  throw new Error('not asked by a command that switches');
};

function setup({
  isLicensed = true,
  check = connected,
  isDesktopBlocked = false,
  isEnabled = false,
  prepared = {} as Partial<Enabling>,
  prepare = undefined as Switching['prepare'] | undefined,
} = {}) {
  const { store, pics, clock } = openWorkplace();
  const did: string[] = [];
  const switching: Switching = {
    isConfigured: true,
    address: 'https://onefile.example',
    isLicensed,
    findRest: unasked,
    isPreparing: unasked,
    check: async ({ forEnabling }) => {
      did.push(forEnabling ? 'check' : 'check for a test');
      return check;
    },
    isDesktopBlocked: async () => isDesktopBlocked,
    prepare: async (found, ids) => {
      did.push(`prepare ${ids}`);
      if (prepare !== undefined) return prepare(found, ids);
      const open = [w1, w2].filter(({ id }) => !ids.includes(id));
      return { open, plan, confirmed: { environment: 'beta' }, ...prepared };
    },
    readInitialPlan: unasked,
    approvedPlanOf: unasked,
    readStatus: unasked,
  };
  const changedBy = async (): Promise<string> => {
    const state = await store.vendors.readState(vendor);
    return `${state.isEnabled ? 'enabled' : 'disabled'} by ${state.changedBy}`;
  };
  const handlers = createSwitchHandlers({
    vendor: { name: vendor, title: 'OneFile' },
    switching,
    pics,
    store,
    clock,
    log: silentLog,
    isEnabled: async () => isEnabled,
    untilAtWork: async () => void did.push(`at work, ${await changedBy()}`),
    untilEnded: async () => void did.push(`ended, ${await changedBy()}`),
    signal: new AbortController().signal,
  });
  const run = async (kind: string, payload: CommandRequest['payload'] = {}) => {
    const request = buildRequest({ kind, requestedBy: 'ann', payload });
    return handlers[kind]?.handle(request, async () => void did.push('begin'));
  };
  const enable = (payload?: CommandRequest['payload']) => run('enable', payload);
  return { did, store, handlers, run, enable };
}

test.each<[string, Parameters<typeof setup>[0], object]>([
  ['not licensed', { isLicensed: false }, { code: 'NOT_LICENSED' }],
  [
    'settings are missing',
    { check: { kind: 'settings-missing', settings: ['onefile.enabled', 'onefile.customerToken'] } },
    { code: 'SETTINGS_MISSING', params: { vendor, settings: 'onefile.enabled, onefile.customerToken' } },
  ],
  [
    'the vendor is away',
    { check: { kind: 'unreachable', address: 'http://localhost:1' } },
    { code: 'UNREACHABLE', params: { vendor, address: 'http://localhost:1' } },
  ],
  ['the sign-in is refused', { check: { kind: 'bad-sign-in' } }, { code: 'BAD_SIGN_IN' }],
  [
    'several centres and none chosen (OF-5)',
    { check: { ...connected, centreId: null, centreCount: 2 } },
    { code: 'MANY_CENTRES', params: { vendor, n: '2' } },
  ],
  [
    'the chosen centre is not reached',
    { check: { kind: 'centre-unknown', centreId: '9', report: {} } },
    { code: 'ID_NOT_FOUND', params: { vendor, kind: 'centre', id: '9' } },
  ],
  ['desktop synchronisation blocks (OF-7)', { isDesktopBlocked: true }, { code: 'DESKTOP_ON' }],
])('enabling is refused: %s', async (_name, options, answer) => {
  const { did, enable, store } = setup(options);
  expect(await enable({ confirmed })).toMatchObject({ status: 'refused', ...answer });
  expect(did.filter((one) => one !== 'check')).toEqual([]);
  expect(await store.vendors.readState(vendor)).toMatchObject({ isEnabled: false, changedBy: null });
});

test('enabling without confirmation shows the warnings that are open, and the plan beside them (OF-34, OF-9)', async () => {
  const { did, enable } = setup();
  expect(await enable({ confirmed: ['W-1'] })).toEqual({
    status: 'refused',
    code: 'WARNINGS_OPEN',
    params: { vendor, list: 'W-2' },
    result: { warnings: [w2], plan: { linked: 2, digest: 'abc' } },
  });
  expect(did).toEqual(['check', 'prepare W-1']);
});

test('confirming the warnings enables, and approves the plan', async () => {
  const { did, enable, store } = setup();
  expect(await enable({ confirmed, plan: 'abc' })).toMatchObject({
    status: 'done',
    result: { centre: '301' },
  });
  expect(did.slice(1)).toEqual(['prepare W-1,W-2', 'begin', 'at work, enabled by ann']);
  const state = await store.vendors.readState(vendor);
  expect(state).toMatchObject({ isEnabled: true, confirmed: { environment: 'beta' } });
  expect(state.syncDueAtMs, 'both sides are to be brought together').not.toBeNull();
});

test('enabled again while it is at work, only what was confirmed is new', async () => {
  const { enable, store } = setup({ isEnabled: true });
  expect(await enable({ confirmed })).toMatchObject({ status: 'done' });
  expect(await store.vendors.readState(vendor)).toMatchObject({
    confirmed: { environment: 'beta' },
    syncDueAtMs: null,
  });
});

test('a plan that is no longer the one is shown again, and nothing is enabled', async () => {
  const { did, enable, store } = setup();
  expect(await enable({ confirmed, plan: 'old' })).toMatchObject({
    status: 'refused',
    code: 'PLAN_STALE',
    result: { plan: { digest: 'abc' } },
  });
  expect(did).not.toContain('at work, enabled by ann');
  expect(await store.vendors.readState(vendor)).toMatchObject({ isEnabled: false });
});

test('a vendor that is away while the plan is made fails the command, and nothing is enabled', async () => {
  const { enable, store } = setup({ prepare: async () => ({ kind: 'unreachable', detail: '' }) });
  expect(await enable({ confirmed })).toMatchObject({
    status: 'failed',
    code: 'UNREACHABLE',
    params: { address: 'https://onefile.example' },
  });
  expect(await store.vendors.readState(vendor)).toMatchObject({ isEnabled: false });
});

test('a vendor that was enabled before has no plan to approve', async () => {
  const { enable } = setup({ prepared: { plan: null } });
  expect(await enable({ confirmed, plan: 'old' })).toMatchObject({ status: 'done' });
});

test('a test of the connection tells what was found, also without a chosen centre', async () => {
  const find = (check: ConnectionCheck) => setup({ check }).run('test-connection');
  expect(await find(connected)).toMatchObject({
    status: 'done',
    result: { interfaceVersion: 'v2.1', centre: '301' },
  });
  const several = await find({ ...connected, centreId: null, centreCount: 2 });
  expect(several).toMatchObject({ status: 'done', result: { centre: null } });
  expect(await find({ kind: 'bad-sign-in' })).toMatchObject({ status: 'refused', code: 'BAD_SIGN_IN' });
});

test('a test of the connection needs only the settings of a test, and runs also while the vendor is off', async () => {
  const { did, run, handlers } = setup();
  await run('test-connection');
  expect(did).toEqual(['begin', 'check for a test']);
  const running = Object.keys(handlers).filter((kind) => handlers[kind]?.runsDisabled === true);
  expect(running).toEqual(['test-connection', 'enable', 'disable']);
});

test('disabling is done when what was in hand has ended', async () => {
  const { did, run, store } = setup();
  await store.vendors.enable({ vendor, by: 'bob' });
  const answer = await run('disable');
  expect(did).toEqual(['begin', 'ended, disabled by ann']);
  expect(answer).toMatchObject({ status: 'done', result: { enabled: false } });
});

test('disabling what is not enabled is refused', async () => {
  const { did, run } = setup();
  expect(await run('disable')).toMatchObject({ status: 'refused', code: 'DISABLED' });
  expect(did).toEqual([]);
});
