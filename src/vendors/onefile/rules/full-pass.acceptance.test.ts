import { expect, test } from 'vitest';
import { buildReview } from '../../../../test/support/learner.ts';
import { smallCentre } from '../../../../test/support/onefile-client.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import { type OneFileWorld, openOneFileWorld } from '../../../../test/support/onefile-world/world.ts';

const review = (id: number, assessorId: number, day: string, known: object = {}) => ({
  ...{ ID: id, LearnerID: 400061, AssessorID: assessorId, ScheduledFor: `${day}T09:00:00Z` },
  ...known,
});
const ada = { code: 'ADA001', firstName: 'Ada', surname: 'Brook', externalId: '400002' };
/** No id in PICS; an assessor has the code as MIS value, in other case. */
const ben = { code: 'bco001', firstName: 'Ben', surname: 'Cole' };
const placements = [{ ID: 30_001, OrganisationID: 301, Name: 'Alder Joinery Ltd', MISID: 'ald001' }];

const linksOf = (world: OneFileWorld) =>
  world.ledger.links.map(({ kind, picsId, vendorId }) => `${kind} ${picsId}=${vendorId}`).sort();

test('D-6, OF-55: officers carry ids in PICS and nothing went up yet: from the first full run on each review that comes down has its officer', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked()],
    officers: [ada, ben],
    organisations: [{ code: 'ALD001', name: 'Alder' }],
    records: {
      ...smallCentre,
      placements,
      reviews: [review(800100, 400002, '2026-01-20'), review(800101, 400003, '2026-01-21')],
    } as never,
  });
  await world.pass();
  const down = world.learner('10001').reviews.map(({ oneFileId, officer }) => [oneFileId, officer]);
  expect(down).toEqual([
    ['800100', 'ADA001'],
    ['800101', 'bco001'],
  ]);
  expect(linksOf(world)).toEqual(
    expect.arrayContaining(['officer ADA001=400002', 'officer bco001=400003', 'organisation ALD001=30001']),
  );
  // What was found by the code is shown in PICS, and the look-up tells who is who.
  expect(world.pics.owners.get('officer:bco001')).toMatchObject({ externalId: '400003' });
  expect(world.pics.owners.get('organisation:ALD001')).toMatchObject({ externalId: '30001' });
  const look = await world.command('look-up', { payload: { records: 'officers' } });
  expect(look.result).toMatchObject({
    found: [{ linkedTo: { code: 'ADA001' } }, { linkedTo: { code: 'bco001' } }],
  });
  expect(await world.takeWrites()).toEqual([]);
  expect(world.held()).toEqual([]);
  const { length } = world.pics.written;
  await world.pass();
  expect(world.pics.written).toHaveLength(length);
});

test('D-6: a review that comes down by a refresh names its officer too, and later looks find the link', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked()],
    officers: [ada],
    records: { ...smallCentre, reviews: [review(800100, 400002, '2026-01-20')] } as never,
  });
  await world.settle('10001', 'refresh');
  expect(world.learner('10001').reviews).toMatchObject([{ oneFileId: '800100', officer: 'ADA001' }]);
});

test.each(['10009', '99999'])(
  'D-7: two Idents with one OneFile id are both held with both names in every run, and neither is linked (the other is %s)',
  async (other) => {
    const twins = ['10010', other].map((ident) => buildLinked({ ident }));
    await using world = await openOneFileWorld({ learners: twins });
    const why = { name: 'Imogen Tarrant', vendorId: '400061', why: 'ID_CLAIMED_TWICE' };
    expect(await world.readPlan()).toMatchObject({
      toLink: { id: 0 },
      doubts: ['10010', other].sort().map((ident) => ({ ident, ...why })),
    });
    for (let run = 0; run < 2; run += 1) {
      await world.pass();
      expect(linksOf(world)).toEqual([]);
      expect(world.held().sort()).toEqual(
        ['10010', other].map((ident) => `learner:${ident} ID_CLAIMED_TWICE`).sort(),
      );
      for (const message of world.messages()) {
        expect(message).toContain('Imogen Tarrant (10010)');
        expect(message).toContain(`Imogen Tarrant (${other})`);
      }
    }
    expect(world.pics.written).toEqual([]);
    await world.pics.edit(other, (learner) => ({ ...learner, oneFileId: null }));
    await world.settle(other); // the edit is an event, and causes a look
    await world.pass();
    expect(linksOf(world)).toContain('learner 10010=400061');
    expect(world.held()).toEqual([]);
  },
);

test('D-7: two organisations with one placement id are both held, and neither is linked', async () => {
  const twins = ['ALD001', 'ALD002'].map((code) => ({ code, name: 'Alder', externalId: '30001' }));
  await using world = await openOneFileWorld({
    learners: [],
    organisations: twins,
    records: { ...smallCentre, placements } as never,
  });
  await world.pass();
  expect(linksOf(world)).toEqual([]);
  expect(world.held().sort()).toEqual([
    'organisation:ALD001 ID_CLAIMED_TWICE',
    'organisation:ALD002 ID_CLAIMED_TWICE',
  ]);
  expect(world.messages()[0]).toContain('Alder (ALD001), Alder (ALD002)');
});

test('D-13: an id of another person is not linked in bulk either: the pass holds it with what differs', async () => {
  const other = {
    ID: 400063,
    OrganisationID: 301,
    Role: 1,
    FirstName: 'Otto',
    LastName: 'Far',
    MISID: '20002',
  };
  await using world = await openOneFileWorld({
    learners: [buildLinked({ oneFileId: '400063' })],
    records: { ...smallCentre, users: [...smallCentre.users, other] } as never,
  });
  await world.pass();
  expect(linksOf(world)).toEqual([]);
  expect(world.held()).toEqual(['learner:10001 ID_OTHER_PERSON']);
  expect(world.messages().join()).toContain('name, MIS value differ');
});

test('D-20: numbers in the id column of learners with another portfolio in use are not taken for ids', async () => {
  await using world = await openOneFileWorld({
    learners: [
      buildLinked({ activePortfolio: 'S' }),
      buildLinked({ ident: '10002', activePortfolio: 'other' }),
    ],
  });
  await world.pass();
  expect(linksOf(world)).toEqual([]);
  expect(world.held()).toEqual([]);
});

test('D-9: what a learner left who was deleted in PICS is taken over in the next full run', async () => {
  const uploaded = buildReview({ id: 'r1', type: 'N', officer: 'ADA001', proposedAt: '2026-02-01T10:00:00' });
  await using world = await openOneFileWorld({
    learners: [buildLinked({ reviews: [uploaded] })],
    officers: [ada],
  });
  await world.pass();
  world.pics.removeLearner('10001');
  world.pics.setLearner(buildLinked({ ident: '10901' }));
  await world.pass();
  expect(linksOf(world)).toContain('learner 10901=400061');
  expect(world.ledger.links.filter(({ ident }) => ident === '10001')).toEqual([]);
  expect(world.learner('10901').reviews).toHaveLength(1);
  expect(world.held()).toEqual([]);
});

test('D-14: blank reviews by a live officer and by a dormant one, neither linked: one account is made, the other review is held', async () => {
  const reviews = ['LIV001', 'DOR001'].map((officer, n) =>
    buildReview({ id: `r${n}`, type: 'N', officer, proposedAt: `2026-02-0${n + 1}T10:00:00` }),
  );
  const [live, dormant] = ['LIV001', 'DOR001'].map((code) => {
    return { code, firstName: 'Liv', surname: code, email: `${code}@x.example.org` };
  });
  await using world = await openOneFileWorld({
    learners: [buildLinked({ reviews })],
    officers: [live!, { ...dormant!, isDormant: true }],
  });
  expect(await world.readPlan()).toMatchObject({
    reviewsToSend: 2,
    officersToCreate: [{ code: 'LIV001', name: 'Liv LIV001', reviews: 1 }],
    officersNotLinked: [{ code: 'DOR001', reviews: 1 }],
    organisationsToCreate: [],
  });
  await world.pass();
  const accounts = (await world.records('users')).filter(({ MISID }) =>
    ['LIV001', 'DOR001'].includes(String(MISID)),
  );
  expect(accounts.map(({ MISID }) => MISID)).toEqual(['LIV001']);
  expect(world.held().sort()).toEqual(['officer:DOR001 OFFICER_NOT_LINKED', 'review:r1 OFFICER_NOT_LINKED']);
  expect(world.messages()[0]).toContain('Officer DOR001 is dormant in PICS and not linked');
  expect(world.learner('10001').reviews.map(({ oneFileId }) => oneFileId !== null)).toEqual([true, false]);
  // Set live again, it goes up.
  world.pics.putOfficer({ ...dormant!, isDormant: false });
  await world.pass();
  expect(await world.records('reviews')).toHaveLength(2);
  expect(world.held()).toEqual([]);
});

test('D-15: the account of one Ident is given to another: no review is inserted twice, new ones come down', async () => {
  const reviews = [review(800100, 400002, '2026-01-20')];
  await using world = await openOneFileWorld({
    learners: [buildLinked({ ident: '10010' }), buildLinked({ ident: '20033', oneFileId: null })],
    officers: [ada],
    records: { ...smallCentre, reviews } as never,
  });
  await world.pass();
  expect(world.learner('10010').reviews).toHaveLength(1);
  await world.passMs(120_000);
  await world.pics.edit('10010', (learner) => ({ ...learner, oneFileId: null }));
  await world.settle('10010');
  await world.pics.edit('20033', (learner) => ({ ...learner, oneFileId: '400061' }));
  await world.load({ reviews: [review(800101, 400002, '2026-02-20')] } as never);
  for (let run = 0; run < 2; run += 1) await world.pass();
  expect(world.learner('10010').reviews.map(({ oneFileId }) => oneFileId)).toEqual(['800100']);
  expect(world.learner('20033').reviews.map(({ oneFileId }) => oneFileId)).toEqual(['800101']);
  // G-10: what stands at the other learner is noted at this one, once, for as long as it does.
  const noted = () => world.store.journalLines.filter(({ kind }) => kind === 'noted');
  const named = { ident: '20033', code: 'D-15', subject: 'review:800100' };
  expect(noted()).toMatchObject([named]);
  const ended = () =>
    world.ledger.journal.filter(({ kind, code }) => kind === 'note-ended' && code === 'D-15');
  await world.settle('20033');
  expect(ended()).toEqual([]);
  await world.pics.edit('10010', (learner) => ({ ...learner, reviews: [] }));
  for (let run = 0; run < 2; run += 1) await world.pass();
  const { reviews: taken } = world.learner('20033');
  expect(taken.map(({ oneFileId }) => oneFileId).sort()).toEqual(['800100', '800101']);
  expect(noted()).toHaveLength(1);
  expect(ended()).toMatchObject([named]);
});

test('D-7: two reviews of a learner that show one id are both held with both days, and neither is written', async () => {
  const twins = ['r1', 'r2'].map((id, n) =>
    buildReview({ id, type: 'N', oneFileId: '800100', proposedAt: `2026-01-2${n}T09:00:00` }),
  );
  await using world = await openOneFileWorld({
    learners: [buildLinked({ reviews: twins })],
    records: { ...smallCentre, reviews: [review(800100, 400002, '2026-01-20')] } as never,
  });
  await world.pass();
  await world.settle('10001', 'refresh');
  expect(world.held().sort()).toEqual(['review:r1 ID_CLAIMED_TWICE', 'review:r2 ID_CLAIMED_TWICE']);
  expect(world.messages()[0]).toContain('2026-01-20T09:00, 2026-01-21T09:00');
  expect(world.learner('10001').reviews.map(({ attended }) => attended)).toEqual([null, null]);
  expect(world.ledger.links.some(({ kind }) => kind === 'review')).toBe(false);
});

test.each(['typed', 'by command'])(
  'D-5, OF-53: reviews of a portfolio that is linked to none are not published; once it is linked (%s) they come down whole',
  async (way) => {
    await using world = await openOneFileWorld({
      learners: [buildLinked({ oneFileId: null })],
      officers: [ada],
      records: {
        ...smallCentre,
        reviews: [review(800100, 400002, '2026-01-20', { StartedOn: '2026-01-20T09:05:00Z' })],
      } as never,
    });
    await world.pass();
    await world.pass();
    const published = () =>
      world.reconciler.records.filter(
        (one) => one.kind === 'observation' && one.observation.entity === 'review',
      );
    expect(published()).toEqual([]);
    const stored = world.ledger.shadows.filter(({ entity }) => entity === 'review');
    expect(stored.map(({ record }) => Object.entries(record).filter(([, value]) => value !== null))).toEqual([
      [['id', '800100']],
    ]);
    if (way === 'typed') {
      await world.pics.edit('10001', (learner) => ({ ...learner, oneFileId: '400061' }));
      await world.settle('10001');
    } else await world.command('set-learner-id', { ident: '10001', payload: { vendorId: '400061' } });
    expect(world.learner('10001').reviews).toMatchObject([
      { oneFileId: '800100', officer: 'ADA001', attended: 'Y', actualAt: '2026-01-20T09:05:00' },
    ]);
    await world.pass();
    expect(world.held()).toEqual([]);
    expect(world.learner('10001').reviews).toHaveLength(1);
  },
);
