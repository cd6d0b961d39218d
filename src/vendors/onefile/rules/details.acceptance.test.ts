import { expect, test } from 'vitest';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import {
  adaBrook,
  buildPlacement,
  enrolmentCentre,
  openEnrolmentWorld,
} from '../../../../test/support/onefile-world/enrolment.ts';
import type { OneFileWorld, WorldSetup } from '../../../../test/support/onefile-world/world.ts';
import type { Learner } from '../../../domain/learner.ts';

const user = {
  ...{ ID: 400061, OrganisationID: 301, Role: 1, FirstName: 'Imogen', LastName: 'Tarrant', MISID: '10001' },
  ...{ Email: 'i@x.example.org', Telephone: '0113 111', DefaultAssessorID: 400002, PlacementID: 30_001 },
};
const records = { ...enrolmentCentre, users: [...enrolmentCentre.users, user] } as never;

function openWorld(known: Partial<Learner>, setup: Partial<WorldSetup>) {
  const learner = buildLinked({ email: 'i@x.example.org', mainOfficer: 'ABR001', ...known });
  return openEnrolmentWorld([learner], { records, ...setup });
}

const readUser = async (world: OneFileWorld, id = 400061) =>
  (await world.records('users')).find(({ ID }) => ID === id);

async function expectRest(world: OneFileWorld): Promise<void> {
  await world.takeWrites();
  const { length } = world.pics.written;
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.pics.written).toHaveLength(length);
}

test('OF-70: a phone that differs is sent in push mode, written in pull mode, and left alone by default', async () => {
  const ends = [];
  for (const learnerDetails of ['push', 'pull', 'ignore'] as const) {
    await using world = await openWorld({ phone: '0113 222' }, { settings: { learnerDetails } });
    // The first exchange makes the link; what it read before is applied by the next one.
    await world.settle('10001', 'refresh');
    await world.settle('10001', 'refresh');
    ends.push([learnerDetails, (await readUser(world))?.['Telephone'], world.learner('10001').phone]);
    await expectRest(world);
  }
  expect(ends).toEqual([
    ['push', '0113 222', '0113 222'],
    ['pull', '0113 111', '0113 111'],
    ['ignore', '0113 111', '0113 222'],
  ]);
});

test('OF-70, A-34, G-1: a blank source clears nothing, in either mode, and the ULN is never pulled', async () => {
  const settings = (learnerDetails: 'push' | 'pull') => ({ settings: { learnerDetails } });
  await using push = await openWorld({ phone: null, mobile: null }, settings('push'));
  await push.settle('10001', 'refresh');
  expect(await readUser(push)).toMatchObject({ Telephone: '0113 111' });
  expect(await push.takeWrites()).toEqual([]);
  await using pull = await openWorld({ mobile: '07700 1', uln: null }, settings('pull'));
  await pull.load({ users: [{ ...user, ULN: '1000000019' }] } as never);
  await pull.settle('10001', 'refresh');
  await pull.settle('10001', 'refresh');
  expect(pull.learner('10001')).toMatchObject({ mobile: '07700 1', uln: null, phone: '0113 111' });
});

test('OF-71, OF-72: a changed address of a linked officer or organisation is one call; without a link there is no call', async () => {
  await using world = await openWorld(
    { placements: [buildPlacement()] },
    { settings: { officerDetails: 'push', organisationDetails: 'push' } },
  );
  const officer = { ...adaBrook, email: 'ada.new@x.example.org' };
  const place = { code: 'ALD001', name: 'Alder Joinery Ltd', email: 'new@x.example.org' };
  world.pics.putOfficer(officer);
  world.pics.putOrganisation(place);
  for (const lane of ['officer:ABR001', 'organisation:ALD001']) await world.look(lane);
  expect(await world.takeWrites()).toEqual([]);
  world.pics.putOfficer({ ...officer, externalId: '400002' });
  world.pics.putOrganisation({ ...place, externalId: '30001' });
  for (const lane of ['officer:ABR001', 'organisation:ALD001']) await world.look(lane);
  await world.reconciler.drain();
  expect(await readUser(world, 400002)).toMatchObject({ Email: 'ada.new@x.example.org' });
  expect((await world.records('placements'))[0]).toMatchObject({ Email: 'new@x.example.org' });
  const writes = (await world.takeWrites()).map((line) => line.split(' {')[0]);
  expect(writes).toEqual(['POST User/400002', 'POST Placement/30001']);
  for (const lane of ['officer:ABR001', 'organisation:ALD001']) await world.look(lane, 'refresh');
  expect(await world.takeWrites()).toEqual([]);
});

test('A-6, A-7: with their settings on a changed main officer and placement follow, once', async () => {
  const settings = { pushMainOfficer: true, pushPlacement: true };
  await using world = await openWorld({ placements: [buildPlacement()] }, { settings });
  await world.settle('10001', 'refresh');
  await expectRest(world);
  world.pics.edit('10001', (learner) => ({
    ...learner,
    mainOfficer: 'SNE001',
    placements: [...learner.placements, buildPlacement({ seq: 2, organisation: 'BIR001' })],
  }));
  await world.settle('10001');
  const users = await world.records('users');
  const sam = users.find(({ MISID }) => MISID === 'SNE001');
  const birch = (await world.records('placements')).find(({ MISID }) => MISID === 'BIR001');
  expect(await readUser(world)).toMatchObject({ DefaultAssessorID: sam?.['ID'], PlacementID: birch?.['ID'] });
  await expectRest(world);
});

test('OF-70, OF-24: a typed id is linked after PICS was told of the record: the details come down at once all the same', async () => {
  await using world = await openWorld(
    { oneFileId: null, phone: '1' },
    { settings: { learnerDetails: 'pull' } },
  );
  // The link is made so slowly that the reconciler has let the record go by.
  const { ledger } = world.store;
  const record = ledger.recordOutcome.bind(ledger);
  ledger.recordOutcome = async (outcome) => {
    if (outcome.links.some(({ kind }) => kind === 'learner')) await world.sleep(30_000);
    return record(outcome);
  };
  await world.pics.edit('10001', (learner) => ({ ...learner, oneFileId: '400061' }));
  await world.settle('10001');
  expect(world.learner('10001')).toMatchObject({ phone: '0113 111' });
});
