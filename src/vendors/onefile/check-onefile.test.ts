import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/memory/clock.ts';
import { oneFileRoleSettings } from '../../../test/memory/onefile.ts';
import { createMemoryPorts } from '../../../test/memory/ports.ts';
import { setupOneFile } from '../../../test/support/onefile-client.ts';
import { Secret } from '../../base/secret.ts';
import { emptyOutcome } from '../../domain/ledger.ts';
import type { ConfiguredVendor, VendorContext } from '../vendor.ts';
import type { ConnectionTest } from './client/connection-test.ts';
import type { Connect } from './client/transport.ts';
import { type OneFileSection, oneFileSection } from './config.ts';
import { createSwitching, judgeTest } from './enabling.ts';

const address = 'http://localhost:1';
const toCentre = (id: string) => ({ id, name: null, createsLogins: true, suppressesMail: false });
const failed = (
  code: Extract<ConnectionTest, { kind: 'failed' }>['code'],
  ...ids: string[]
): ConnectionTest => ({
  kind: 'failed',
  code,
  detail: '',
  centres: ids.map(toCentre),
});
const connected = (...ids: string[]): ConnectionTest => ({
  ...{ kind: 'connected', interfaceVersion: 'v2.1', customer: 'Larkfield', warnings: [] },
  ...{ centres: ids.map(toCentre), assumedNames: [] },
  misValues: { assessors: { seen: 5, withMisValue: 3 }, placements: { seen: 1, withMisValue: 0 } },
});

test.each<[string, string | undefined, ConnectionTest, object]>([
  ['the chosen centre', '301', connected('301', '302'), { kind: 'connected', centreId: '301' }],
  ['the only centre', undefined, connected('301'), { kind: 'connected', centreId: '301' }],
  [
    'several and none chosen',
    undefined,
    failed('MANY_CENTRES', '301', '302'),
    { centreId: null, centreCount: 2 },
  ],
  ['a centre the token does not reach', '999', failed('ID_NOT_FOUND', '301'), { kind: 'centre-unknown' }],
  ['OneFile away', '301', failed('UNREACHABLE'), { kind: 'unreachable', address }],
  ['a refused token', '301', failed('BAD_SIGN_IN'), { kind: 'bad-sign-in' }],
])('OF-5: a test of the connection finds %s', (_name, centreId, found, check) => {
  const section = { ...(centreId !== undefined && { centreId }), environment: 'beta' as const };
  expect(judgeTest(section, address, found)).toMatchObject(check);
});

test('the report tells version, customer, centres and whether new users get a login', () => {
  const check = judgeTest({ centreId: '301', environment: 'beta' }, address, connected('301'));
  expect(check).toMatchObject({
    report: {
      ...{ environment: 'beta', interfaceVersion: 'v2.1', customer: 'Larkfield' },
      centres: [{ id: '301', createsLogins: true, suppressesMail: false }],
    },
  });
});

const section = (given: object): OneFileSection => oneFileSection.parse(given);
const token = { customerToken: new Secret('t') };

test.each<[string, ConfiguredVendor, string[], string[]]>([
  [
    'nothing is set',
    { kind: 'disabled', settings: section({}) },
    ['onefile.enabled', 'onefile.customerToken', 'onefile.environment'],
    ['onefile.customerToken', 'onefile.environment'],
  ],
  [
    'only the switch is off',
    { kind: 'disabled', settings: section({ ...token, environment: 'beta' }) },
    ['onefile.enabled'],
    [],
  ],
  [
    'a bad value (OF-2)',
    { kind: 'faulty', faults: [{ path: 'onefile.environment', sentence: 'onefile.environment must be …' }] },
    ['onefile.environment'],
    ['onefile.environment'],
  ],
  ['all is there', { kind: 'enabled', settings: section({ ...token, environment: 'beta' }) }, [], []],
])(
  'settings that are missing are named, for enabling and for a test: %s',
  async (_name, configured, forEnabling, forTest) => {
    const context = {
      configured,
      ...createMemoryPorts({ clock: createVirtualClock().clock, vendors: [] }),
      shared: oneFileRoleSettings().shared,
      otherPulls: [],
    } satisfies VendorContext;
    const away: Connect = () => ({
      send: async () => ({ kind: 'unreachable', detail: 'ECONNREFUSED' }),
      close: async () => {},
    });
    const missing = async (isFor: boolean): Promise<readonly string[]> => {
      const check = await createSwitching(context, away).check({ forEnabling: isFor });
      if (check.kind !== 'settings-missing') expect(check.kind).toBe('unreachable');
      return check.kind === 'settings-missing' ? check.settings : [];
    };
    expect(await missing(true)).toEqual(forEnabling);
    expect(await missing(false)).toEqual(forTest);
  },
);

test('D-16: a test of the connection names the fields that the centre does not keep, or may not keep', async () => {
  await using one = await setupOneFile();
  const ports = createMemoryPorts({ clock: createVirtualClock().clock, vendors: [] });
  const customerToken = new Secret('sim-customer-1');
  const settings = section({
    customerToken,
    environment: 'simulator',
    baseUrl: one.simulator.baseUrl,
    centreId: '301',
  });
  const context = {
    ...ports,
    configured: { kind: 'enabled', settings } satisfies ConfiguredVendor,
    shared: oneFileRoleSettings().shared,
    otherPulls: [],
  };
  const lost = (field: string, record: string) =>
    ({ kind: 'field-support', field, isKept: false, record }) as const;
  const key = { vendor: 'onefile', centre: '301', ident: '00017' } as const;
  const kept = { ...lost('aim.kept=K', 'a'), isKept: true };
  await ports.store.ledger.recordOutcome({
    ...emptyOutcome(key, 0),
    findings: [lost('aim.x=X', 'a'), lost('aim.x=X', 'b'), kept],
  });
  const check = await createSwitching(context).check({ forEnabling: false });
  expect(check).toMatchObject({
    kind: 'connected',
    report: { customer: 'Larkfield Training', lostFields: [{ field: 'aim.x=X', lostCount: 2 }] },
  });
});
