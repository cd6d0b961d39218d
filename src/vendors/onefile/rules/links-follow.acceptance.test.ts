import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
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

test.each(['0-1-2', 'renumbered'])(
  'D-10, OF-83: the aim in progress comes before newer ones that have ended, in a centre with the statuses %s',
  async (statuses) => {
    const aims = [
      aim(600150, { Status: 1, AchievedDate: '2026-01-05', RegistrationNumber: 'ENDED-1' }),
      aim(600101, { Status: 0, RegistrationNumber: 'LIVE-1' }),
      aim(600160, { Status: 2, RegistrationNumber: 'LEFT-1' }),
    ];
    await using world = await openOneFileWorld({
      learners: [buildLinked({ qualifications: [joinery] })],
      records: { ...smallCentre, aims } as never,
      switches: { 'aim-statuses': statuses },
    });
    await world.settle('10001', 'refresh');
    expect(linksOf(world)).toEqual(['10001/196AS/1=600101']);
    expect(rowsOf(world)).toEqual([['196AS/1', 10, 'LIVE-1']]);
    await expectSilent(world);
    const asked = (await world.takeCalls()).filter((line) => line.includes('LearningAimStatuses'));
    expect(asked).toHaveLength(1);
  },
);

const ada = { code: 'ABR001', firstName: 'Ada', surname: 'Brook', externalId: '400002' };
const user = (id: number, known: object) => ({
  ...{ ID: id, OrganisationID: 301, Role: 1, DefaultAssessorID: 400002, Email: `${id}@x.example.org` },
  ...known,
});
const otto = user(400063, {
  FirstName: 'Otto',
  LastName: 'Far',
  DOB: '1999-01-01T00:00:00Z',
  ULN: '1000000035',
});
const imogen = user(400064, { FirstName: 'Imogen', LastName: 'Tarrant', DOB: '2005-03-09T00:00:00Z' });
const aReview = { type: 'N', officer: 'ABR001' } as const;

/** Imogen's record, with an id that is one digit off: it is Otto's. */
function openMistyped(known: Parameters<typeof buildLinked>[0] = {}) {
  const learner = buildLinked({ oneFileId: '400063', birthDate: '2005-03-09', uln: '1000000027', ...known });
  return openOneFileWorld({
    learners: [learner],
    officers: [ada],
    records: {
      ...smallCentre,
      users: [...smallCentre.users, otto, imogen],
      aims: [aim(600201, { UserID: 400063, RegistrationNumber: 'OTTO-1' }), aim(600202, { UserID: 400064 })],
      reviews: [{ ID: 800100, LearnerID: 400063, AssessorID: 400002, ScheduledFor: '2026-01-20T09:00:00Z' }],
    } as never,
  });
}
const confirm = (world: OneFileWorld) =>
  world.command('set-learner-id', { ident: '10001', payload: { vendorId: '400063', samePerson: true } });
const typeId = (world: OneFileWorld, oneFileId: string | null) =>
  world.pics.edit('10001', (learner) => ({ ...learner, oneFileId }));

test('D-13: a typed id of quite another person is held with what differs, and nothing is exchanged with that portfolio', async () => {
  await using world = await openMistyped({
    reviews: [buildReview({ id: 'r1', ...aReview, proposedAt: '2026-02-01T10:00:00' })],
  });
  await world.settle('10001');
  await world.settle('10001', 'refresh');
  expect(world.held()).toEqual(['learner:10001 ID_OTHER_PERSON']);
  expect(world.messages().join()).toContain('ULN, birth date, name differ');
  expect(world.messages().join()).not.toMatch(/1000000027|2005-03-09/);
  expect(await world.takeWrites()).toEqual([]);
  expect(world.pics.written).toEqual([]);
  // By command it is refused for the same reason.
  const answer = await world.command('set-learner-id', { ident: '10001', payload: { vendorId: '400063' } });
  expect(answer).toMatchObject({ status: 'refused', code: 'ID_OTHER_PERSON' });
});

test.each([
  ['ignore', []],
  ['pull', ['update-learner']],
] as const)(
  'D-20: a learner without a row of details keeps the link and is held (details: %s); with the row the id follows',
  async (learnerDetails, writtenFirst) => {
    await using world = await openOneFileWorld({
      learners: [buildLinked({ oneFileId: null, hasDetails: false, phone: '1' })],
      settings: { learnerDetails },
      records: {
        ...smallCentre,
        users: smallCentre.users.map((one) =>
          one.ID === 400061 ? { ...one, Email: 'new@x.example.org', MobileNumber: '07700900111' } : one,
        ),
      } as never,
    });
    await world.command('set-learner-id', {
      ident: '10001',
      payload: { vendorId: '400061', samePerson: true },
    });
    for (let day = 0; day < 3; day += 1) {
      await world.passMs(86_400_000);
      await world.settle('10001', day === 1 ? 'change' : 'refresh');
      expect(world.ledger.links).toMatchObject([{ kind: 'learner', vendorId: '400061', copiedAtMs: null }]);
      expect(world.held()).toEqual(['details:10001 NO_DETAILS_ROW']);
    }
    expect(world.messages().join()).toMatch(/\(10001\) is linked to OneFile, but PICS has no details/);
    expect([...new Set(world.pics.written.map(({ kind }) => kind))]).toEqual(writtenFirst);
    await world.pics.edit('10001', (learner) => ({ ...learner, hasDetails: true }));
    await world.settle('10001', 'refresh');
    expect(world.learner('10001')).toMatchObject({ oneFileId: '400061', activePortfolio: 'O' });
    await world.passMs(86_400_000);
    await expectSilent(world);
  },
);

test.each(['typed', 'by command', 'cleared first'])(
  'D-13: after a confirmed link is corrected (%s) reviews are at the right learner, once, and what came down is listed',
  async (way) => {
    const reviews = ['2026-02-01', '2026-02-08'].map((day) =>
      buildReview({ id: `r-${day}`, ...aReview, proposedAt: `${day}T10:00:00` }),
    );
    await using world = await openMistyped({ reviews, qualifications: [joinery] });
    await confirm(world);
    await world.settle('10001', 'refresh');
    const wrong = world.learner('10001');
    expect(wrong.reviews.filter(({ oneFileId }) => oneFileId !== null)).toHaveLength(3);
    expect(wrong.qualifications[0]?.registrationNumber).toBe('OTTO-1');
    if (way === 'by command') {
      await world.command('set-learner-id', { ident: '10001', payload: { vendorId: '400064' } });
    } else {
      if (way === 'cleared first') {
        world.passMs(120_000);
        await typeId(world, null);
        await world.settle('10001');
      }
      await typeId(world, '400064');
    }
    for (let round = 0; round < 3; round += 1) await world.settle('10001', 'refresh');
    const there = await world.records('reviews');
    const ofRight = there.filter(({ LearnerID }) => LearnerID === 400064);
    expect(ofRight.map(({ ScheduledFor }) => String(ScheduledFor).slice(0, 10)).sort()).toEqual([
      '2026-02-01',
      '2026-02-08',
    ]);
    const right = world.learner('10001').reviews.filter(({ id }) => id.startsWith('r-'));
    expect(right.map(({ oneFileId }) => oneFileId).sort()).toEqual(
      ofRight.map(({ ID }) => String(ID)).sort(),
    );
    expect(world.held()).toEqual(['crossed:400063 CROSSED_RECORDS']);
    expect(world.messages().join()).toMatch(
      /learner 400063 before.*2 reviews \(2026-02-01, 2026-02-08\).*Came down from it: 1 review \(2026-01-20\).*196AS\/1 registrationNumber/,
    );
    // The number of the other person does not go on to the right portfolio.
    const aims = await world.records('aims');
    expect(aims.find(({ ID }) => ID === 600202)).toMatchObject({ RegistrationNumber: null });
    const links = world.ledger.links.filter(({ kind }) => kind === 'learner' || kind === 'qualification');
    expect(links.map(({ vendorId }) => vendorId).sort()).toEqual(['400064', '600202']);
    await world.takeWrites();
    await world.settle('10001', 'refresh');
    expect(await world.takeWrites()).toEqual([]);
  },
);

test('D-13: an id that is cleared and typed again is the same link, and no review is sent twice', async () => {
  const review = buildReview({ id: 'r1', ...aReview, proposedAt: '2026-02-01T10:00:00' });
  await using world = await openOneFileWorld({
    learners: [buildLinked({ reviews: [review] })],
    officers: [ada],
  });
  await world.settle('10001', 'refresh');
  world.passMs(120_000);
  await typeId(world, null);
  await world.settle('10001');
  await typeId(world, '400061');
  await world.settle('10001', 'refresh');
  expect(await world.records('reviews')).toHaveLength(1);
  expect(world.learner('10001').reviews[0]?.oneFileId).toBe(
    String((await world.records('reviews'))[0]?.['ID']),
  );
});

test('D-13, OF-42: of the portfolio that is linked again nothing has crossed, so a number cleared there is filled from PICS', async () => {
  await using world = await openWith([joinery], [aim(600101, { RegistrationNumber: 'RG-1' })]);
  await world.settle('10001', 'refresh');
  world.passMs(120_000);
  await typeId(world, null);
  await world.settle('10001');
  await world.load({ aims: [aim(600101, { RegistrationNumber: null })] } as never);
  await typeId(world, '400061');
  await world.settle('10001', 'refresh');
  await world.settle('10001', 'refresh');
  expect((await world.records('aims')).map((one) => one['RegistrationNumber'])).toEqual(['RG-1']);
});

test('D-12: a review that OneFile moved, and that PICS could not follow while its learner was not linked, moves when the learner is linked again', async () => {
  const review = buildReview({ id: 'r1', ...aReview, proposedAt: '2026-02-01T10:00:00' });
  await using world = await openOneFileWorld({
    learners: [buildLinked({ reviews: [review] })],
    officers: [ada],
  });
  await world.settle('10001', 'refresh');
  await world.settle('10001', 'refresh');
  world.passMs(120_000);
  const [row] = await world.records('reviews');
  await world.load({ reviews: [{ ...row, ScheduledFor: '2026-02-08T14:00:00.000Z' }] } as never);
  // A user has the learner open: what OneFile shows waits, and the user takes the id away meanwhile.
  world.pics.locked.add('10001');
  await world.settle('10001', 'refresh');
  expect(world.pics.parked.map(({ entity, code }) => `${entity} ${code}`)).toContain('review PICS_LOCKED');
  await typeId(world, null);
  await world.settle('10001');
  world.pics.locked.clear();
  await world.passMs(60_000);
  expect(world.pics.parked).toEqual([]);
  expect(world.learner('10001').reviews[0]?.proposedAt).toBe('2026-02-01T10:00:00');
  await typeId(world, '400061');
  await world.settle('10001', 'refresh');
  expect(world.learner('10001').reviews[0]?.proposedAt).toBe('2026-02-08T14:00:00');
});

test('D-9, G-5: a create without an outcome stays held when the learner is found under a new Ident', async () => {
  const review = buildReview({ id: 'r1', ...aReview, proposedAt: '2026-02-01T10:00:00' });
  await using world = await openOneFileWorld({
    learners: [buildLinked({ reviews: [review] })],
    officers: [ada],
  });
  await world.script({ match: { method: 'POST', path: 'Visit' }, times: 2, action: { type: 'drop' } });
  await world.settle('10001');
  expect(world.held()).toEqual(['review:r1 UNKNOWN_OUTCOME']);
  // The event of the changed key has not come yet, another of the new key has.
  const learner = world.learner('10001');
  world.pics.removeLearner('10001');
  world.pics.setLearner({ ...learner, ident: '10901' });
  await world.settle('10901', 'refresh');
  expect(world.ledger.held.map(({ ident, code }) => `${ident} ${code}`)).toEqual(['10901 UNKNOWN_OUTCOME']);
  expect(await world.records('visits')).toEqual([]);
});

test('D-9: a learner that is deleted and re-entered under a new Ident with the same id is linked, and nothing is held', async () => {
  const row = buildQualification({ reference: '603/1122/3' });
  await using world = await openOneFileWorld({ learners: [buildLinked({ qualifications: [row] })] });
  await world.settle('10001', 'refresh');
  world.pics.removeLearner('10001');
  world.pics.setLearner(buildLinked({ ident: '10901', qualifications: [row] }));
  await world.settle('10901');
  await world.settle('10901', 'refresh');
  expect(
    world.ledger.links.map(({ kind, picsId, vendorId }) => `${kind} ${picsId}=${vendorId}`).sort(),
  ).toEqual(['learner 10901=400061', 'qualification 10901/603/1122/3/1=600045']);
  expect(world.learner('10901').qualifications[0]).toMatchObject({ elementsDone: 41 });
  expect(world.held()).toEqual([]);
});

test('D-9: the id of an organisation that PICS no longer has is taken over by the one that shows it next', async () => {
  const place = { ID: 30_001, OrganisationID: 301, Name: 'Alder Joinery Ltd' };
  await using world = await openOneFileWorld({
    learners: [],
    organisations: [{ code: 'OLD1', name: 'Alder', externalId: '30001' }],
    records: { ...smallCentre, placements: [place] } as never,
  });
  await world.look('organisation:OLD1');
  world.pics.removeOwner('organisation:OLD1');
  world.pics.putOrganisation({ code: 'NEW1', name: 'Alder', externalId: '30001' });
  await world.look('organisation:NEW1');
  expect(world.ledger.links).toMatchObject([{ kind: 'organisation', picsId: 'NEW1', vendorId: '30001' }]);
  expect(world.held()).toEqual([]);
});

test('D-8: two codes share one assessor: reviews of both go up, and one that comes down names the live code', async () => {
  const reviews = ['OLD001', 'NEW001'].map((officer, n) =>
    buildReview({ id: `r${n}`, type: 'N', officer, proposedAt: `2026-02-0${n + 1}T10:00:00` }),
  );
  const review = { ID: 800100, LearnerID: 400061, AssessorID: 400002, ScheduledFor: '2026-01-20T09:00:00Z' };
  await using world = await openOneFileWorld({
    learners: [buildLinked({ reviews })],
    officers: [
      { ...ada, code: 'OLD001', isDormant: true },
      { ...ada, code: 'NEW001' },
    ],
    records: { ...smallCentre, reviews: [review] } as never,
  });
  await world.settle('10001');
  const sent = (await world.records('reviews')).filter(({ ID }) => ID !== 800100);
  expect(sent.map(({ AssessorID }) => AssessorID)).toEqual([400002, 400002]);
  expect(world.held()).toEqual([]);
  await world.settle('10001', 'refresh');
  const down = world.learner('10001').reviews.find(({ oneFileId }) => oneFileId === '800100');
  expect(down?.officer).toBe('NEW001');
  // The one that was uploaded under the old code is told by the live one too: OneFile shows the assessor alone.
  const look = await world.command('look-up', { payload: { records: 'officers', text: 'Ada' } });
  expect(look.result).toMatchObject({
    found: [{ id: '400002', linkedTo: { code: 'NEW001' }, alsoLinkedTo: [{ code: 'OLD001' }] }],
  });
});
