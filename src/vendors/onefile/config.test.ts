import { expect, test } from 'vitest';
import { Secret } from '../../base/secret.ts';
import { isLocalAddress, oneFileSection, toAddress } from './config.ts';
import { toConnection, toRuleSettings } from './connection.ts';

const enabled = { enabled: 'on', customerToken: new Secret('t'), environment: 'beta', centreId: 301 };
const simulator = { ...enabled, environment: 'simulator', baseUrl: 'http://127.0.0.1:4010/api/v2.1' };

function faultsOf(section: unknown): string[] {
  const result = oneFileSection.safeParse(section);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
}

test('OF-4: an empty section has every default of the exchange rules, and is off', () => {
  expect(oneFileSection.parse({})).toEqual({
    enabled: false,
    desktopSyncOff: false,
    desktopGuard: 'warn',
    dailySync: { time: '03:30' },
    dailyScope: 'all',
    polling: 'spare',
    callsPerMinute: 280,
    pollingShare: 0.5,
    uploadReviews: true,
    downloadReviews: true,
    corrections: 'untilFullSync',
    reviewSettleSeconds: 0,
    rescheduleFromOneFile: true,
    visitType: 'notSpecified',
    additionalAssessors: [],
    classroomFromMainTag: false,
    officerCreateEmail: true,
    sendMisValue: true,
    matchBy: 'id',
    unitsPolicy: 'skip',
    unitsScope: 'elements',
    readUnitSummaries: false,
    unknownVisit: 'repeat',
    learnerDetails: 'ignore',
    officerDetails: 'ignore',
    organisationDetails: 'ignore',
    learnerDetailFields: [
      'names',
      'birthDate',
      'email',
      'phones',
      'niNumber',
      'uln',
      'sex',
      'ethnicity',
      'disability',
    ],
    officerDetailFields: ['names', 'email', 'phones'],
    organisationDetailFields: ['name', 'address', 'postcode', 'phone', 'email', 'website'],
    pushMainOfficer: false,
    pushPlacement: false,
    pageSize: 100,
    connections: 64,
    connectTimeoutMs: 5_000,
    callTimeoutMs: 60_000,
    names: {},
  });
});

test('OF-5, OF-35: one centre, also as a list; several are refused with the reason', () => {
  expect(oneFileSection.parse({ ...enabled, centreId: [301] }).centreId).toBe('301');
  expect(faultsOf({ ...enabled, centreId: [301, '302'] })).toEqual([
    'centreId must be one centre: several need matchBy misValue, and this version serves one',
  ]);
  expect(faultsOf({ ...enabled, centreId: [301, 302], matchBy: 'misValue' })).toEqual([
    'centreId names several centres: this version serves one',
  ]);
  expect(faultsOf({ ...enabled, centreId: [] })).toHaveLength(1);
});

test('OF-1, OF-2: enabling needs a token and an environment, and the faults name all that is missing', () => {
  expect(faultsOf({ enabled: true })).toEqual([
    'customerToken is needed to enable OneFile',
    'environment must be one of live, beta, practice, simulator',
  ]);
  expect(faultsOf({ ...enabled, environment: 'demo' })).toHaveLength(1);
  expect(faultsOf({ ...enabled, customerToken: 'in the file' })[0]).toContain(
    'customerToken must be a reference',
  );
  expect(faultsOf({ ...simulator, baseUrl: undefined })).toEqual([
    'baseUrl is needed for the environment simulator',
  ]);
});

test.each([
  'https://wsapi.onefile.co.uk/api/v2.1',
  'https://wsapi.onefile.co.uk./api/v2.1',
  'https://example.org',
  'http://8.8.8.8/api',
  'http://172.32.0.1/api',
  'http://127.0.0.1.example.org/api',
  'http://localhost@wsapi.onefile.co.uk/api',
  'http://[2001:db8::1]/api',
  'ftp://127.0.0.1/api',
  'not an address',
])('only a local address can be the simulator: not %s', (baseUrl) => {
  expect(isLocalAddress(baseUrl)).toBe(false);
  expect(faultsOf({ ...simulator, baseUrl })).toHaveLength(1);
});

test.each([
  'http://127.0.0.1:4010/api/v2.1',
  'http://localhost:4010/api/v2.1/',
  'http://[::1]:4010/api/v2.1',
  'http://onefile-simulator:4010/api/v2.1',
  'http://sim.test:4010/api/v2.1',
  'http://192.168.1.20:4010/api/v2.1',
  'http://172.31.0.1:4010/api/v2.1',
  'http://10.0.0.2:4010/api/v2.1',
  'http://0x7f000001:4010/api/v2.1',
])('a local address can be the simulator: %s', (baseUrl) => {
  expect(faultsOf({ ...simulator, baseUrl })).toEqual([]);
});

test("OF-2: the vendor's environments have their own addresses and take no other", () => {
  expect(faultsOf({ ...enabled, baseUrl: 'http://127.0.0.1:4010' })).toEqual([
    'baseUrl is for the environment simulator only: the others have fixed addresses',
  ]);
  expect(toAddress('live')).toBe('https://wsapi.onefile.co.uk/api/v2.1');
  expect(toConnection(oneFileSection.parse(enabled), '301')?.baseUrl).toBe(toAddress('beta'));
});

test('the client of a simulator refuses any other address too', () => {
  const section = { ...oneFileSection.parse(simulator), baseUrl: toAddress('live') };
  expect(toConnection(section, '301')).toBeNull();
  expect(toConnection(oneFileSection.parse({}), '301')).toBeNull();
});

test('OF-80: more calls than OneFile allows are for the simulator only', () => {
  expect(faultsOf({ ...enabled, callsPerMinute: 300 })).toEqual([]);
  expect(faultsOf({ ...enabled, callsPerMinute: 301 })).toEqual([
    'callsPerMinute must be at most 300: OneFile refuses more',
  ]);
  expect(faultsOf({ ...simulator, callsPerMinute: 1_000_000 })).toEqual([]);
  expect(faultsOf({ ...simulator, callsPerMinute: 1_000_001 })).toHaveLength(1);
});

test.each(['01:00', '01:59', '02:00', '24:00', '3:30'])(
  'OF-40: %s is refused as the time of the daily run',
  (time) => {
    expect(faultsOf({ dailySync: { time } })).toHaveLength(1);
  },
);

test('an unknown setting and an unknown name are faults', () => {
  expect(faultsOf({ uploadReview: true })).toHaveLength(1);
  expect(faultsOf({ names: { 'aim.unknown': 'X' } })).toEqual(['names has no name with the key aim.unknown']);
  expect(faultsOf({ names: { 'aim.certificateReceived': 'X' } })).toEqual([]);
});

test('the rule settings contain the section, the common settings and the centre, but no token', () => {
  const common = { nearRealTime: false, deletedReviews: 'remember', externalIdVendor: 'onefile' } as const;
  const settings = toRuleSettings(
    oneFileSection.parse({ ...enabled, uploadReviewTypes: ['N', 'P'] }),
    common,
    '301',
  );
  expect(settings).toMatchObject({
    ...common,
    centreId: '301',
    uploadReviewTypes: ['N', 'P'],
    downloadedReviewType: null,
  });
  expect(JSON.stringify(settings)).not.toContain('"t"');
});
