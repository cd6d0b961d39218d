import { describe, expect, test } from 'vitest';
import { createMemoryCredentials } from '../../../test/memory/credential.ts';
import { simulatorConnection, ways } from '../../../test/support/smart-assessor-client.ts';
import { createLog } from '../../base/log.ts';
import { Secret } from '../../base/secret.ts';
import type { VendorContext } from '../vendor.ts';
import { smartAssessorSection } from './config.ts';
import { openConnection, toConnection, toWireContract } from './connection.ts';

const secrets = { userName: new Secret('u'), password: new Secret('p'), clientKey: new Secret('k') };
const enabled = { enabled: 'on', ...secrets, origin: 'http://127.0.0.1:4020' };

function faultsOf(section: unknown): string[] {
  const result = smartAssessorSection.safeParse(section);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
}

test('SA-1: an empty section has every default of the exchange rules, and is off', () => {
  expect(smartAssessorSection.parse({})).toEqual({
    enabled: false,
    site: 'main',
    contract: 'assumed-rest-v0',
    auth: 'basic-key',
    concurrency: 2,
    callsPerMinute: 60,
    connectMs: 5_000,
    writeMs: 30_000,
    readMs: 120_000,
    settleMs: 2_000,
    settleTries: 3,
    dailySync: { time: '04:30' },
    pollIntervalS: 7_200,
    welcomeEmail: false,
    studentIdFromLrn: false,
    riskFromScore: false,
    riskBands: [0.33, 0.66],
    learnerDetails: 'none',
    updateGender: false,
    officerDetails: 'none',
    learnerDetailFields: [
      'names',
      'birthDate',
      'email',
      'phones',
      'niNumber',
      'uln',
      'sex',
      'address',
      'postcode',
    ],
    officerDetailFields: ['names', 'email', 'phones'],
    secondAssessorRole: '',
    unlinkedOfficer: 'omit',
    unlinkedEmployer: 'create',
    placementTypes: 'all',
    reviewTypeMap: {},
    attendanceMap: {
      open: 'U',
      attended: 'Y',
      'cancelled-by-learner': 'N',
      'cancelled-by-assessor': 'N',
      'cancelled-by-employer': 'N',
    },
    elementsFrom: 'percent',
    unitsPolicy: 'skip',
    matchStandards: 'main-aim',
    enrolEndDate: 'planned',
    courseOverrides: {},
    capabilities: {},
    g1: {
      path: '/soap/g1',
      namespace: 'urn:smart-assessor:g1',
      partnerIdName: 'PartnerId',
      misIdForm: 'text',
    },
  });
});

test('SA-1: enabling needs the origin and the credential of the contract, and the faults name all that is missing', () => {
  expect(faultsOf({ enabled: true })).toEqual(
    ['origin', 'userName', 'password', 'clientKey'].map(
      (name) => `${name} is needed to enable Smart Assessor`,
    ),
  );
  expect(faultsOf(enabled)).toEqual([]);
  const soap = { enabled: true, contract: 'soap-g1', origin: 'http://localhost:1' };
  expect(faultsOf(soap)).toEqual(['g1.apiKey is needed to enable Smart Assessor']);
  expect(faultsOf({ ...soap, g1: { apiKey: new Secret('k') } })).toEqual([]);
  expect(faultsOf({ ...enabled, password: 'in plain text' })).toEqual([
    'password must be a reference, { env: NAME } or { file: path }: a secret does not belong in this file',
  ]);
});

test.each([
  [
    { origin: 'https://api.smartassessor.example:883' },
    'origin must be on this machine: the contract assumed-rest-v0 is not verified',
  ],
  [{ origin: 'http://10.0.0.7' }, 'origin must be on this machine'],
  [{ origin: 'http://u:p@localhost' }, 'origin must be an address like https://host:883'],
  [{ origin: 'http://localhost/api' }, 'origin must be an address like https://host:883'],
  [
    { origin: 'https://sim.example:1', allowUnverifiedOrigin: 'https://sim.example:2' },
    'origin must be on this machine',
  ],
  [{ allowUnverifiedOrigin: true }, 'allowUnverifiedOrigin'],
  [{ allowUnverifiedOrigin: '*' }, 'allowUnverifiedOrigin must be an address like'],
  [{ contract: 'real' }, 'contract'],
  [{ riskBands: [0.7, 0.3] }, 'riskBands must name the lower threshold first'],
  [{ riskBands: [0.5] }, 'riskBands must be two numbers from 0 to 1'],
  [{ riskBands: [0.5, 2] }, 'riskBands.1'],
  [{ placementTypes: [] }, 'placementTypes must name a type letter, or be all'],
  [{ placementTypes: ['AB'] }, 'placementTypes.0 must be a type letter'],
  [{ placementTypes: 'W' }, 'placementTypes must be all, or a list of type letters'],
  [{ attendanceMap: { attended: 'maybe' } }, 'attendanceMap.attended'],
  [
    { updatableFields: ['phone', 'shoeSize'] },
    'updatableFields has shoeSize, which the contract assumed-rest-v0 cannot update',
  ],
  [
    { contract: 'soap-g1', updatableFields: ['studentId'] },
    'updatableFields has studentId, which the contract soap-g1 cannot update',
  ],
  [{ capabilities: { telepathy: true } }, 'capabilities'],
  // Nothing does otherwise for it, so it cannot be set.
  [{ capabilities: { changedSince: true } }, 'capabilities'],
  [{ dailySync: { time: '01:30' } }, 'dailySync.time must not lie between 01:00 and 02:00'],
  [{ pollIntervalS: 86_401 }, 'pollIntervalS'],
  [{ callsPerMinute: 601 }, 'callsPerMinute'],
  [{ concurrency: 0 }, 'concurrency'],
  [{ site: 'a b' }, 'site must be 1 to 50 letters, digits, dots and hyphens'],
  [{ g1: { partnerIdName: 'a b' } }, 'g1.partnerIdName must be the name of an XML element'],
  [{ g1: { path: 'soap' } }, 'g1.path must be a path that begins with a slash'],
  [{ g1: { namespace: 'x'.repeat(51) } }, 'g1.namespace'],
  [{ customerToken: 'x' }, 'customerToken'],
])('the mistake %o has a sentence: %s', (section, sentence) => {
  expect(faultsOf({ ...enabled, ...section }).join('\n')).toContain(sentence);
});

test('7.3: an origin beyond this machine is taken if it is excepted by itself', () => {
  const origin = 'https://sim.example:883';
  expect(faultsOf({ ...enabled, origin, allowUnverifiedOrigin: `${origin}/` })).toEqual([]);
});

test('SA-9, SA-42: event types and states are taken as the screens write them; what is not known stays as it is', () => {
  const section = smartAssessorSection.parse({
    reviewTypeMap: { 'Formal Review': 'NR', 'tests/exams': 'EX', 'Site Visit': 'SV' },
    attendanceMap: { 'Cancelled by learner': 'U', Postponed: 'U' },
  });
  expect(section.reviewTypeMap).toEqual({ 'formal-review': 'NR', 'tests-exams': 'EX', 'Site Visit': 'SV' });
  expect(section.attendanceMap).toMatchObject({ 'cancelled-by-learner': 'U', Postponed: 'U', attended: 'Y' });
});

test('SA-14: overrides name references as courses carry them, and ids in normal form', () => {
  const id = '7CA3BBE2-AF0A-4854-BD76-F97780497BA5';
  expect(
    smartAssessorSection.parse({ courseOverrides: { '601/1234 /5x': `{${id}}` } }).courseOverrides,
  ).toEqual({
    '60112345X': id.toLowerCase(),
  });
});

describe('the connection', () => {
  const context = (lines: string[] = []) =>
    ({
      openCredential: createMemoryCredentials(),
      log: createLog({ write: (line) => lines.push(line), isPretty: false }),
      clock: { nowMs: () => 0, steadyMs: () => 0, sleep: async () => {}, chance: () => 0 },
    }) as unknown as VendorContext;

  test('has what the section says, and reveals the credential only when it is used', () => {
    const section = smartAssessorSection.parse({
      ...enabled,
      updatableFields: ['phone'],
      capabilities: { units: true },
      g1: { misIdForm: 'integer' },
    });
    const connection = toConnection(section);
    if (typeof connection === 'string') throw new Error(connection);
    const expected = simulatorConnection(ways[0]);
    expect(JSON.stringify(connection)).not.toMatch(/"[upk]"/);
    expect([connection.credential.userName(), connection.credential.g1ApiKey()]).toEqual(['u', '']);
    const { capabilities } = connection.site;
    expect(capabilities).toEqual({
      ...expected.site.capabilities,
      units: true,
      updatableLearnerFields: ['phone'],
    });
    const soap = toConnection(
      smartAssessorSection.parse({
        origin: enabled.origin,
        contract: 'soap-g1',
        g1: { misIdForm: 'integer', apiKey: new Secret('g') },
      }),
    );
    expect(soap).toMatchObject({ site: { capabilities: { misIdForm: 'integer' } } });
  });

  test('is spoken over a contract of which every name and its origin can be shown', () => {
    const section = smartAssessorSection.parse({ contract: 'soap-g1', capabilities: { storesMisId: 'off' } });
    const { id, trust, names, capabilities } = toWireContract(section);
    expect([id, trust, capabilities['storesMisId']]).toEqual(['soap-g1', 'seen', false]);
    expect(names.length).toBe(new Set(names.map(({ name }) => name)).size);
    expect(names).toContainEqual({ name: 'InserLearnerDetail', mark: 'client' });
  });

  test('that may not be opened is a fault in one sentence, even past the schema', async () => {
    const section = smartAssessorSection.parse(enabled);
    await expect(
      openConnection(context(), { ...section, origin: 'https://api.smartassessor.example:883' }),
    ).rejects.toThrow('Smart Assessor is stopped: smart-assessor.origin must be on this machine');
    await expect(openConnection(context(), smartAssessorSection.parse({}))).rejects.toThrow(
      'Smart Assessor is stopped: smart-assessor.origin, smart-assessor.userName, smart-assessor.password, smart-assessor.clientKey must be set.',
    );
  });

  test('to an excepted origin warns at each start', async () => {
    const lines: string[] = [];
    const origin = 'http://sim.example:4020';
    const section = smartAssessorSection.parse({ ...enabled, origin, allowUnverifiedOrigin: origin });
    const opened = await openConnection(context(lines), section);
    await opened.close();
    expect(lines.join()).toContain('A contract without proof may call an origin beyond this machine');
    const local = await openConnection(context(lines), smartAssessorSection.parse(enabled));
    await local.close();
    expect(lines).toHaveLength(1);
  });
});
