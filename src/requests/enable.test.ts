import { expect, test } from 'vitest';
import type { CommandRequest } from '../domain/request.ts';
import {
  type ConnectionCheck,
  createDisable,
  createEnable,
  createTestConnection,
  type Enabling,
} from './switch.ts';

const vendor = 'onefile';
const connected: ConnectionCheck = {
  ...{ kind: 'connected', centreId: '301', centreCount: 1, report: { interfaceVersion: 'v2.1' } },
};
const plan = { digest: 'abc', document: { linked: 2 } };
const w1 = { id: 'W-1', text: 'One centre.' };
const w2 = { id: 'W-2', text: 'Desktop.' };

const toRequest = (payload: CommandRequest['payload'] = {}): CommandRequest => ({
  ...{ id: '1', kind: 'enable', vendor, ident: null, officer: null, organisation: null, payload },
  ...{ requestedBy: 'ann', status: 'new', txId: null },
});

function setup({
  isLicensed = true,
  check = connected,
  isDesktopBlocked = false,
  enabling = {} as Partial<Enabling>,
} = {}) {
  const did: string[] = [];
  const handle = createEnable({
    vendor,
    isLicensed,
    check: async () => {
      did.push('check');
      return check;
    },
    isDesktopBlocked: async () => isDesktopBlocked,
    prepare: async (_connected, confirmed) => {
      did.push(`prepare ${confirmed}`);
      const open = [w1, w2].filter(({ id }) => !confirmed.includes(id));
      return { open, plan, enable: async (by) => void did.push(`enable ${by}`), ...enabling };
    },
    untilAtWork: async () => void did.push('at work'),
  });
  const run = (payload?: CommandRequest['payload']) =>
    handle(toRequest(payload), async () => void did.push('begin'));
  return { did, run };
}

const confirmed = ['W-1', 'W-2'];

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
  const { did, run } = setup(options);
  expect(await run({ confirmed })).toMatchObject({ status: 'refused', ...answer });
  expect(did.filter((one) => one !== 'check')).toEqual([]);
});

test('enabling without confirmation shows the warnings that are open, and the plan beside them (OF-34, OF-9)', async () => {
  const { did, run } = setup();
  expect(await run({ confirmed: ['W-1'] })).toEqual({
    ...{ status: 'refused', code: 'WARNINGS_OPEN', params: { vendor, list: 'W-2' } },
    result: { warnings: [w2], plan: { linked: 2, digest: 'abc' } },
  });
  expect(did).toEqual(['check', 'prepare W-1']);
});

test('confirming the warnings enables, and approves the plan', async () => {
  const { did, run } = setup();
  expect(await run({ confirmed, plan: 'abc' })).toMatchObject({ status: 'done', result: { centre: '301' } });
  expect(did.slice(1)).toEqual(['prepare W-1,W-2', 'begin', 'enable ann', 'at work']);
});

test('a plan that is no longer the one is shown anew, and nothing is enabled', async () => {
  const { did, run } = setup();
  expect(await run({ confirmed, plan: 'old' })).toMatchObject({
    ...{ status: 'refused', code: 'PLAN_STALE', result: { plan: { digest: 'abc' } } },
  });
  expect(did).not.toContain('enable ann');
});

test('a vendor that was enabled before has no plan to approve', async () => {
  const { run } = setup({ enabling: { plan: null } });
  expect(await run({ confirmed, plan: 'old' })).toMatchObject({ status: 'done' });
});

test('a test of the connection tells what was found, also without a chosen centre', async () => {
  const handle = (check: ConnectionCheck) =>
    createTestConnection({ vendor, check: async () => check })(toRequest(), async () => {});
  expect(await handle(connected)).toMatchObject({
    ...{ status: 'done', result: { interfaceVersion: 'v2.1', centre: '301' } },
  });
  const several = await handle({ ...connected, centreId: null, centreCount: 2 });
  expect(several).toMatchObject({ status: 'done', result: { centre: null } });
  expect(await handle({ kind: 'bad-sign-in' })).toMatchObject({ status: 'refused', code: 'BAD_SIGN_IN' });
});

test('disabling is done when what was in hand has ended', async () => {
  const did: string[] = [];
  const handle = createDisable({ disable: async (by) => void did.push(`disable ${by}`) });
  const answer = await handle(toRequest(), async () => void did.push('begin'));
  expect(did).toEqual(['begin', 'disable ann']);
  expect(answer).toMatchObject({ status: 'done', result: { enabled: false } });
});
