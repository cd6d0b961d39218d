import { expect, test } from 'vitest';
import { buildQualification } from '../../../../test/support/learner.ts';
import { smallCentre } from '../../../../test/support/onefile-client.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import { type OneFileWorld, openOneFileWorld } from '../../../../test/support/onefile-world/world.ts';
import type { Qualification } from '../../../domain/learner.ts';

const joinery = buildQualification({ reference: '196AS', startOn: '2025-09-01' });
const aim = (id: number, known: object = {}) => ({
  ...{ ID: id, StandardID: 5007, UserID: 400061, Status: 0, Progress: 10 },
  ...known,
});
const openWith = (qualifications: readonly Qualification[], aims: readonly object[]) =>
  openOneFileWorld({
    learners: [buildLinked({ qualifications })],
    records: { ...smallCentre, aims } as never,
  });

const rowsOf = (world: OneFileWorld) =>
  world
    .learner('10001')
    .qualifications.map(({ key, elementsDone, registrationNumber }) => [
      key,
      elementsDone,
      registrationNumber,
    ]);
const linksOf = (world: OneFileWorld) =>
  world.ledger.links
    .filter(({ kind }) => kind === 'qualification')
    .map(({ picsId, vendorId }) => `${picsId}=${vendorId}`);
const setRows = (world: OneFileWorld, qualifications: readonly Qualification[]) =>
  world.pics.edit('10001', (learner) => ({ ...learner, qualifications }));

/** A second daily exchange makes no write on either side. */
async function expectSilent(world: OneFileWorld): Promise<void> {
  await world.takeWrites();
  const { length } = world.pics.written;
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.pics.written).toHaveLength(length);
  expect(world.held()).toEqual([]);
}

test.each([
  ['re-typed without slashes', { reference: '60311223', seq: 1 }],
  ['deleted and re-added as seq 2', { reference: '603/1122/3', seq: 2 }],
])(
  'D-9: a linked qualification is %s: the link follows, values flow, nothing is held',
  async (_title, known) => {
    const before = buildQualification({ reference: '603/1122/3', registrationNumber: 'RG-5' });
    await using world = await openWith([before], [aim(600045, { StandardID: 5003 })]);
    await world.settle('10001', 'refresh');
    expect(linksOf(world)).toEqual(['10001/603/1122/3/1=600045']);
    const after = buildQualification(known);
    await setRows(world, [after]);
    await world.settle('10001');
    expect(linksOf(world)).toEqual([`10001/${after.key}=600045`]);
    await world.settle('10001', 'refresh');
    expect(rowsOf(world)[0]?.[2]).toBe('RG-5');
    await expectSilent(world);
  },
);

test('D-10: a withdrawn aim that is newer than the active one is left alone', async () => {
  const aims = [aim(600101, { Progress: 60 }), aim(600199, { Progress: 0, Status: 2 })];
  await using world = await openWith([{ ...joinery, registrationNumber: 'RG-7' }], aims);
  await world.settle('10001', 'refresh');
  expect(linksOf(world)).toEqual(['10001/196AS/1=600101']);
  expect(rowsOf(world)).toEqual([['196AS/1', 60, 'RG-7']]);
  expect((await world.records('aims')).map(({ ID, RegistrationNumber }) => [ID, RegistrationNumber])).toEqual(
    [
      [600101, 'RG-7'],
      [600199, null],
    ],
  );
  await expectSilent(world);
});

test('D-10: after a change of pathway the link moves to the new aim, and nothing of the old one is carried over', async () => {
  const old = aim(600101, { Progress: 60, RegistrationNumber: 'RG-OLD', RegistrationDate: '2025-10-01' });
  await using world = await openWith([joinery], [old]);
  await world.settle('10001', 'refresh');
  expect(rowsOf(world)).toEqual([['196AS/1', 60, 'RG-OLD']]);
  await world.load({ aims: [{ ...old, Status: 2 }, aim(600150, { Progress: 4 })] } as never);
  await world.settle('10001', 'refresh');
  expect(linksOf(world)).toEqual(['10001/196AS/1=600150']);
  expect(rowsOf(world)[0]?.[1]).toBe(4);
  expect(await world.takeWrites()).toEqual([]);
  // A number that is typed for the new pathway goes there.
  await setRows(world, [{ ...joinery, registrationNumber: 'RG-NEW' }]);
  await world.settle('10001');
  const there = (await world.records('aims')).map(({ ID, RegistrationNumber }) => [ID, RegistrationNumber]);
  expect(there).toEqual([
    [600101, 'RG-OLD'],
    [600150, 'RG-NEW'],
  ]);
});

test('D-10: after a return from a break the open row is exchanged, on commit, and the ended one stays as it was', async () => {
  const running = aim(600101, { Progress: 30 });
  await using world = await openWith([joinery], [running]);
  await world.settle('10001', 'refresh');
  const ended = { ...world.learner('10001').qualifications[0], endOn: '2026-06-30' } as Qualification;
  const again = buildQualification({ reference: '196AS', seq: 2, startOn: '2026-09-01' });
  await setRows(world, [ended, { ...again, registrationNumber: 'RG-2' }]);
  await world.settle('10001');
  expect(linksOf(world)).toEqual(['10001/196AS/2=600101']);
  expect(await world.records('aims')).toMatchObject([{ ID: 600101, RegistrationNumber: 'RG-2' }]);
  await world.load({ aims: [aim(600101, { Progress: 45, RegistrationNumber: 'RG-2' })] } as never);
  await world.settle('10001', 'refresh');
  expect(rowsOf(world)).toEqual([
    ['196AS/1', 30, null],
    ['196AS/2', 45, 'RG-2'],
  ]);
  await expectSilent(world);
});

test('D-10: an aim that was achieved before the qualification began fills nothing in it', async () => {
  const past = { Status: 1, Progress: 100, AchievedDate: '2024-07-01', RegistrationNumber: 'RG-2023' };
  await using world = await openWith([joinery], [aim(600101, past), aim(600150, { Progress: 5 })]);
  await world.settle('10001', 'refresh');
  expect(linksOf(world)).toEqual(['10001/196AS/1=600150']);
  expect(rowsOf(world)).toEqual([['196AS/1', 5, null]]);
  await expectSilent(world);
});

test('D-10: where it is not clear which aim counts, both are named and neither is touched', async () => {
  const rows = [aim(600101), aim(600150, { AchievedDate: 'n/a' })];
  await using world = await openWith([{ ...joinery, registrationNumber: 'RG-7' }], [aim(600101)]);
  const match = { method: 'POST', path: 'LearningAim/Search/1/100' };
  await world.script({ match, times: null, action: { type: 'answer', status: 200, body: rows } });
  await world.settle('10001', 'refresh');
  expect(world.held()).toContain('qualification:10001/196AS/1 AIM_UNCLEAR');
  expect(world.messages().join()).toMatch(
    /OneFile shows several learning aims for 196AS of Imogen Tarrant \(10001\).*: 600150, 600101\./,
  );
  expect(linksOf(world)).toEqual([]);
  expect(await world.takeWrites()).toEqual([]);
  await world.control('DELETE', '/rules');
  await world.load({ aims: [aim(600150, { AchievedDate: '2026-01-05' })] } as never);
  await world.settle('10001', 'refresh');
  expect(world.held()).toEqual([]);
  expect(linksOf(world)).toEqual(['10001/196AS/1=600101']);
});
