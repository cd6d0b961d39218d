import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import { setupOneFile } from '../../../../test/support/onefile-client.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import {
  adaBrook,
  buildNewcomer,
  openEnrolmentWorld,
} from '../../../../test/support/onefile-world/enrolment.ts';
import { openOneFileWorld } from '../../../../test/support/onefile-world/world.ts';
import { toConfig } from '../../../config/config.ts';

const passwords = {
  PICS_SYNC_PICS_PASSWORD: 'p',
  PICS_SYNC_STORE_PASSWORD: 's',
  PICS_SYNC_ONEFILE_CUSTOMER_TOKEN: 'token-of-the-customer',
};

test('OF-2: an unknown environment stops OneFile with a sentence, and nothing else', () => {
  const read = toConfig('onefile: { enabled: on, environment: demo }', {
    env: passwords,
    readFile: () => '',
  });
  const config = read.kind === 'faults' ? null : read.config;
  expect(config?.vendors['onefile']).toMatchObject({
    kind: 'faulty',
    faults: [
      { sentence: expect.stringContaining('must be live or beta or practice or simulator, not "demo".') },
    ],
  });
});

test('OF-1: a test of the connection signs in and reads the centres, changes nothing, and logs no token', async () => {
  await using oneFile = await setupOneFile();
  await oneFile.client.testConnection();
  const calls = await oneFile.calls();
  expect(calls.filter(({ method, path }) => method !== 'GET' && !/Authentication|Search/.test(path))).toEqual(
    [],
  );
  expect(oneFile.lines.join('\n')).not.toContain('sim-customer-1');
});

test('OF-5: with one centre chosen no call concerns another centre that the token reaches', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  await world.command('enrol', { ident: '10001' });
  await world.settle('10001', 'refresh');
  const named = (await world.takeCalls()).flatMap((line) => /"OrganisationID":(\d+)/.exec(line)?.[1] ?? []);
  expect(new Set(named)).toEqual(new Set(['301']));
  const shown = world.reconciler.records.flatMap((item) =>
    item.kind === 'observation' ? [item.observation.centre] : [],
  );
  expect(new Set(shown)).toEqual(new Set(['301']));
});

test('OF-18: a standard that is new at OneFile is available to the next enrolment', async () => {
  const qualifications = [buildQualification({ reference: '777AS' })];
  await using world = await openEnrolmentWorld([buildNewcomer({ qualifications })]);
  const before = await world.command('preview', { ident: '10001' });
  expect(before.result).toMatchObject({ qualifications: [{ state: 'unavailable' }] });
  // A list that was read a moment ago is not read again (10 minutes).
  await world.passMs(600_001);
  await world.load({ standards: [{ ID: 5077, Title: 'Glazing', code: '777AS' }] });
  expect(await world.command('enrol', { ident: '10001' })).toMatchObject({ result: { skipped: [] } });
  expect(await world.records('aims')).toMatchObject([{ StandardID: 5077 }]);
});

test('OF-9, A-17: every linked learner gets the whole first exchange, with any status letter and past planned dates, and a second one changes nothing', async () => {
  const past = buildReview({ id: 'r1', type: 'N', proposedAt: '2024-03-01T10:00:00', officer: 'ABR001' });
  const reviews = [
    past,
    ...(['U', 'N', 'Y'] as const).map((attended) => ({ ...past, id: attended, attended })),
    { ...past, id: 'linked', oneFileId: '899999' },
  ];
  const left = buildLinked({ ident: '10006', status: 'X', endOn: '2023-01-01', reviews });
  await using world = await openOneFileWorld({
    learners: [left],
    officers: [{ ...adaBrook, externalId: '400002' }],
    settings: {},
  });
  await world.settle('10006', 'refresh');
  const sent = (await world.takeWrites()).filter((line) => line.startsWith('POST Review'));
  expect(sent).toHaveLength(1);
  expect(sent[0]).toContain('2024-03-01T10:00:00');
  await world.settle('10006', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
});

test('A-38: with the setting off no created record carries our key', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: 'SNE001' })], {
    settings: { sendMisValue: false },
  });
  expect(await world.command('enrol', { ident: '10001' })).toMatchObject({ status: 'done' });
  const writes = await world.takeWrites();
  expect(writes.filter((line) => line.includes('MISID'))).toEqual([]);
  expect(writes.filter((line) => line.startsWith('POST User {'))).toHaveLength(2);
});

test('OF-13: a learner without an episode row is enrolled, without an expected end', async () => {
  const bare = buildNewcomer({ expectedEndOn: null, startOn: null, status: null });
  await using world = await openEnrolmentWorld([bare]);
  expect(await world.command('enrol', { ident: '10001' })).toMatchObject({ status: 'done' });
  const [created] = (await world.takeWrites()).filter((line) => line.startsWith('POST User {'));
  expect(created).not.toMatch(/StartOn|PlannedEndDate/);
});
