import { expect, test } from 'vitest';
import { buildLearner, buildQualification, buildReview } from '../../../../test/support/learner.ts';
import { smallCentre } from '../../../../test/support/onefile-client.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import { openOneFileWorld } from '../../../../test/support/onefile-world/world.ts';
import type { Learner } from '../../../domain/learner.ts';

const ada = { code: 'ABR001', firstName: 'Ada', surname: 'Brook', externalId: '400002' };
const qualification = buildQualification({ reference: '603/1122/3' });

function planReviews(count: number) {
  return Array.from({ length: count }, (_, n) =>
    buildReview({
      id: `r${n + 1}`,
      type: 'N',
      proposedAt: `2026-02-${String(n + 1).padStart(2, '0')}T10:00:00`,
      officer: 'ABR001',
    }),
  );
}

test('G-7: of twenty steps the one that OneFile refuses is held with its words, the others are done', async () => {
  const learner = buildLinked({
    qualifications: [{ ...qualification, registrationNumber: 'RG-2' }],
    reviews: planReviews(10),
  });
  await using world = await openOneFileWorld({ learners: [learner], officers: [ada] });
  const refused = { match: { method: 'POST', path: 'Review', bodyIncludes: '2026-02-05' }, times: null };
  const action = { type: 'answer', status: 400, body: { message: 'The assessor is on leave' } };
  await world.script({ ...refused, action });
  await world.settle('10001');

  expect(world.held()).toEqual(['review:r5 VENDOR_REFUSED']);
  expect(world.messages()).toEqual([expect.stringMatching(/^OneFile refused .*The assessor is on leave\.$/)]);
  const shown = world.learner('10001').reviews.filter(({ oneFileId }) => oneFileId !== null);
  expect(shown.map(({ id }) => id)).toEqual(['r1', 'r2', 'r3', 'r4', 'r6', 'r7', 'r8', 'r9', 'r10']);
  expect(await world.records('reviews')).toHaveLength(9);
  const aims = await world.records('aims');
  expect(aims.find(({ ID }) => ID === 600045)).toMatchObject({ RegistrationNumber: 'RG-2' });

  // Neither the next change nor the daily run tries it again: a person decides.
  await world.takeWrites();
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  await world.control('DELETE', '/rules');
  world.ledger.retry(world.ledger.held[0]?.id ?? '');
  await world.settle('10001');
  expect(world.held()).toEqual([]);
  expect(await world.records('reviews')).toHaveLength(10);
});

test('G-7: a field that OneFile refuses is held alone, the other qualification and the reviews go on', async () => {
  const learner = buildLinked({
    qualifications: [
      { ...qualification, registrationNumber: 'RG-2' },
      buildQualification({ reference: '196AS', certificateAppliedOn: '2026-01-02' }),
    ],
    reviews: planReviews(1),
  });
  await using world = await openOneFileWorld({ learners: [learner], officers: [ada] });
  const action = { type: 'answer', status: 400, body: { message: 'RegistrationNumber is malformed' } };
  await world.script({ match: { method: 'POST', path: 'LearningAim/600045' }, times: null, action });
  await world.settle('10001');
  expect(world.held()).toEqual(['aim:600045 VENDOR_REFUSED']);
  expect(world.messages().join()).toContain('RegistrationNumber is malformed');
  const aims = await world.records('aims');
  expect(aims.find(({ ID }) => ID === 600046)).toMatchObject({
    CertificateAppliedDate: expect.stringContaining('2026-01-02'),
  });
  expect(world.learner('10001').reviews[0]?.oneFileId).not.toBeNull();
});

test('G-7: one learner is held, and all others complete', async () => {
  const other: Learner = buildLearner({ ident: '10002', oneFileId: '400099', reviews: [] });
  const learner = buildLinked({ qualifications: [{ ...qualification, registrationNumber: 'RG-2' }] });
  await using world = await openOneFileWorld({ learners: [other, learner] });
  await Promise.all(['10002', '10001'].map((ident) => world.look(ident, 'refresh')));
  expect(world.held()).toEqual(['learner:10002 ID_NOT_FOUND']);
  const aims = await world.records('aims');
  expect(aims.find(({ ID }) => ID === 600045)).toMatchObject({ RegistrationNumber: 'RG-2' });
});

const numbers = ["O'Brien/7", 'Ñandú-é-ß-東', `${'x'.repeat(49)}é`];

test.each(numbers)(
  'A-13: the registration number %s is exchanged unchanged in both directions, and is then not sent again',
  async (number) => {
    const learner = buildLinked({
      qualifications: [
        { ...qualification, registrationNumber: number },
        buildQualification({ reference: '196AS' }),
      ],
    });
    const aims = [
      { ID: 600045, StandardID: 5003, UserID: 400061, Status: 0, Progress: 0 },
      { ID: 600046, StandardID: 5007, UserID: 400061, Status: 0, Progress: 0, RegistrationNumber: number },
    ];
    await using world = await openOneFileWorld({ learners: [learner], records: { ...smallCentre, aims } });
    await world.settle('10001', 'refresh');
    const there = await world.records('aims');
    expect(there.map((aim) => aim['RegistrationNumber'])).toEqual([number, number]);
    const here = world.learner('10001').qualifications.map(({ registrationNumber }) => registrationNumber);
    expect(here).toEqual([number, number]);
    await world.takeWrites();
    const { length } = world.pics.written;
    await world.settle('10001', 'refresh');
    expect(await world.takeWrites()).toEqual([]);
    expect(world.pics.written).toHaveLength(length);
  },
);

test('A-13: of 100 characters of a registration number PICS keeps 50, and does not compare the rest', async () => {
  const long = 'R'.repeat(100);
  const aims = [{ ID: 600045, StandardID: 5003, UserID: 400061, Status: 0, RegistrationNumber: long }];
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
    records: { ...smallCentre, aims },
  });
  await world.settle('10001', 'refresh');
  expect(world.learner('10001').qualifications[0]?.registrationNumber).toBe(long.slice(0, 50));
  const { length } = world.pics.written;
  await world.settle('10001', 'refresh');
  expect(world.pics.written).toHaveLength(length);
  expect(await world.takeWrites()).toEqual([]);
});

test.each([
  ['2026-03-29T01:30:00', '2026-03-29T01:30:00', '2026-03-29T02:30:00', '2026-03-29T01:30:00'],
  ['2026-10-25T01:30:00', '2026-10-25T00:30:00', '2026-10-25T01:30:00', '2026-10-25T01:30:00'],
])(
  'A-14, OF-51b: a review at %s goes up as %s UTC, lasts one elapsed hour, and comes back as %s',
  async (...times) => {
    const [proposedAt, from, to, back] = times;
    const review = buildReview({ id: 'r1', type: 'N', proposedAt, officer: 'ABR001' });
    await using world = await openOneFileWorld({
      learners: [buildLinked({ reviews: [review] })],
      officers: [ada],
    });
    await world.settle('10001');
    const [visit, sent] = await world.takeWrites();
    expect(visit).toContain(`"DateFrom":"${from}.000Z","DateTo":"${to}.000Z"`);
    expect(sent).toContain(`"ScheduledFor":"${from}.000Z"`);
    await world.settle('10001', 'refresh');
    const [shown] = world.learner('10001').reviews;
    expect(shown).toMatchObject({ proposedAt: back, attended: 'U' });
    const { length } = world.pics.written;
    await world.settle('10001', 'refresh');
    expect(await world.takeWrites()).toEqual([]);
    expect(world.pics.written).toHaveLength(length);
  },
);

test('G-2, D-7: two episodes of one person with one OneFile id: both are held with both names, neither is linked', async () => {
  const [first, second] = ['10009', '10010'].map((ident) =>
    buildLearner({ ident, firstName: 'Imogen', surname: 'Tarrant', oneFileId: '400061' }),
  );
  await using world = await openOneFileWorld({ learners: [first!, second!] });
  await world.settle('10009');
  await world.settle('10010', 'refresh');
  expect(world.ledger.links).toEqual([]);
  expect(world.held()).toEqual(['learner:10009 ID_CLAIMED_TWICE', 'learner:10010 ID_CLAIMED_TWICE']);
  for (const message of world.messages())
    expect(message).toContain('Imogen Tarrant (10009), Imogen Tarrant (10010)');
  expect(await world.takeCalls()).toEqual([]);
  // Corrected at one of them, the other is linked.
  await world.pics.edit('10009', (learner) => ({ ...learner, oneFileId: null }));
  for (const ident of ['10009', '10010']) await world.settle(ident, 'refresh');
  expect(world.ledger.links.find(({ kind }) => kind === 'learner')).toMatchObject({ picsId: '10010' });
  expect(world.held()).toEqual([]);
});

test('G-2: an id that another learner is linked to is held and names that one; the link stays', async () => {
  const [first, second] = ['10009', '10010'].map((ident) =>
    buildLearner({ ident, firstName: 'Imogen', surname: 'Tarrant', oneFileId: '400061' }),
  );
  await using world = await openOneFileWorld({ learners: [first!] });
  await world.settle('10009');
  world.pics.setLearner(second!);
  await world.settle('10010');
  expect(world.ledger.links.filter(({ kind }) => kind === 'learner')).toMatchObject([{ picsId: '10009' }]);
  expect(world.held()).toEqual(['learner:10010 ID_IN_USE']);
  expect(world.messages().join()).toContain('10009');
  expect(await world.takeWrites()).toEqual([]);
});

test('OF-31: an aim that is gone when it is written is held, and the sentence names the learner', async () => {
  const learner = buildLinked({ qualifications: [{ ...qualification, registrationNumber: 'RG-2' }] });
  await using world = await openOneFileWorld({ learners: [learner] });
  const action = { type: 'answer', status: 404, body: { code: -9999, message: 'No such aim' } };
  await world.script({ match: { method: 'POST', path: 'LearningAim/600045' }, times: null, action });
  await world.settle('10001');
  expect(world.held()).toEqual(['aim:600045 LINK_GONE']);
  expect(world.messages()).toEqual([
    'The OneFile record 600045 linked to qualification 10001/603/1122/3/1 no longer exists. Look it up again.',
  ]);
});

test('G-7: a value that PICS refuses is held with its record and the code of the database, the others are written', async () => {
  const learner = buildLinked({
    qualifications: [qualification, buildQualification({ reference: '196AS' })],
  });
  await using world = await openOneFileWorld({ learners: [learner] });
  world.pics.refuses = (action) =>
    'reference' in action && action.reference === '603/1122/3' ? '22001' : null;
  await world.settle('10001', 'refresh');
  expect(world.messages()).toEqual([
    'PICS refused the value that OneFile holds for learning-aim 600045 (database code 22001).',
  ]);
  expect(world.learner('10001').qualifications[1]).toMatchObject({ registrationNumber: 'RG-1' });
});

test('OF-36: with two assessors that have the code of its officer, officer and review are held, with both names', async () => {
  const users = smallCentre.users.map((user) => ({
    ...user,
    ...(user.Role === 1 ? {} : { MISID: 'TWO001' }),
  }));
  const [planned] = planReviews(1);
  await using world = await openOneFileWorld({
    learners: [buildLinked({ reviews: [{ ...planned!, officer: 'TWO001' }] })],
    officers: [{ code: 'TWO001', firstName: 'Two', surname: 'Times', email: 't@x.example.org' }],
    records: { ...smallCentre, users } as never,
  });
  await world.settle('10001');
  expect(world.held().toSorted()).toEqual(['officer:TWO001 MIS_NOT_UNIQUE', 'review:r1 MIS_NOT_UNIQUE']);
  expect(new Set(world.messages()).size).toBe(1);
  expect(world.messages()[0]).toMatch(/MIS value TWO001: .*Ada Brook.*Ben Cole.*/);
  expect(await world.takeWrites()).toEqual([]);
});
