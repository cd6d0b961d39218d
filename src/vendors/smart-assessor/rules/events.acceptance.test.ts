import { expect, test } from 'vitest';
import { buildReview } from '../../../../test/support/learner.ts';
import { buildLinked, openLinkedWorld } from '../../../../test/support/smart-assessor-world/linked.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import type { SmartAssessorWorld } from '../../../../test/support/smart-assessor-world/world.ts';
import type { Json } from '../../../domain/json.ts';
import type { Review } from '../../../domain/learner.ts';

const other = '1ea00000-0000-4000-8000-000000010002';

const act = (world: SmartAssessorWorld, what: string, body: Json = {}) =>
  world.control('POST', `/act/sessions/${ids.session}/${what}`, body);
const reviewsOf = (world: SmartAssessorWorld, ident = '10001') => world.learner(ident).reviews;
/** The daily exchange of a learner, and what follows. */
const refresh = (world: SmartAssessorWorld, ident = '10001') => world.settle(ident, 'refresh');

/** The same site with sessions like the one it has. */
function siteWith(sessions: readonly object[], more: object = {}): Json {
  const [session] = smallSite.sessions;
  return {
    ...smallSite,
    ...more,
    sessions: sessions.map((one) => ({ ...session, ...one })),
  } as unknown as Json;
}

test('SA-41, SA-42, A-31: an event becomes one review, Unknown and planned for its start, by its officer; seen twice it is one', async () => {
  await using world = await openLinkedWorld();
  await refresh(world);
  const expected = {
    type: 'F',
    proposedAt: '2026-02-02T10:00:00',
    attended: 'U',
    actualAt: null,
    officer: 'ABR001',
    oneFileId: null,
    smartAssessorId: ids.session,
  };
  expect(reviewsOf(world)).toMatchObject([expected]);
  const before = reviewsOf(world);
  await refresh(world);
  await world.pass();
  expect(reviewsOf(world)).toEqual(before);
  expect(await world.takeWrites()).toEqual([]);
  expect(world.held()).toEqual([]);
});

test('SA-42, A-29, A-30: attended is Yes at the start of the event, cut to the minute; cancelled is No without a date', async () => {
  const second = '5e000000-0000-4000-8000-000000000002';
  await using world = await openLinkedWorld({
    records: siteWith([{ start: '2026-02-02T10:00:30' }, { id: second, start: '2026-02-03T10:00:00' }]),
  });
  await refresh(world);
  await act(world, 'close');
  await world.control('POST', `/act/sessions/${second}/cancel`, { by: 'learner' });
  await refresh(world);
  expect(reviewsOf(world)).toMatchObject([
    { attended: 'Y', actualAt: '2026-02-02T10:00:00', proposedAt: '2026-02-02T10:00:30' },
    { attended: 'N', actualAt: null },
  ]);
});

test('SA-42: PICS plans until Smart Assessor has an attendance, then Smart Assessor wins', async () => {
  await using world = await openLinkedWorld();
  await refresh(world);
  const edit = (set: Partial<Review>) =>
    world.pics.edit('10001', (learner) => ({
      ...learner,
      reviews: learner.reviews.map((one) => ({ ...one, ...set })),
    }));
  const mine = {
    type: 'X',
    proposedAt: '2026-02-09T09:00:00',
    officer: 'BCO001',
    attended: 'Y',
    actualAt: '2026-02-09T09:05:00',
  } as const;
  edit(mine);
  await refresh(world);
  expect(reviewsOf(world)).toMatchObject([mine]);
  // G-10: that they differ is said.
  const notes = (await world.ledger.readLane(laneOf('10001'))).notes?.map(({ code }) => code);
  expect(notes).toEqual(expect.arrayContaining(['SA-42', 'drift']));
  await act(world, 'close');
  await refresh(world);
  expect(reviewsOf(world)).toMatchObject([
    { ...mine, proposedAt: '2026-02-02T10:00:00', actualAt: '2026-02-02T10:00:00', officer: 'ABR001' },
  ]);
});

const laneOf = (ident: string) => ({
  vendor: 'smartassessor' as const,
  centre: 'main',
  ident,
  officers: [],
  organisations: [],
  learnerVendorIds: [],
});

test('A-31, D-12: an event that is moved at Smart Assessor moves its review, also after PICS had moved it', async () => {
  await using world = await openLinkedWorld();
  await refresh(world);
  world.pics.edit('10001', (learner) => ({
    ...learner,
    reviews: learner.reviews.map((one) => ({ ...one, proposedAt: '2026-02-20T09:00:00' })),
  }));
  await act(world, 'move', { start: '2026-02-05T11:00:00' });
  await refresh(world);
  expect(reviewsOf(world)).toMatchObject([{ proposedAt: '2026-02-05T11:00:00' }]);
});

test('SA-9, A-9: a type without a review type is held and never guessed; once it is mapped the next look takes the event over, once', async () => {
  const records = siteWith([{ type: 'GatewayReady' }]);
  await using world = await openLinkedWorld({ records });
  await refresh(world);
  expect(reviewsOf(world)).toEqual([]);
  const subject = `session:${ids.session}/${ids.imogen}`;
  expect(world.held()).toEqual([`${subject} TYPE_NOT_MAPPED`]);
  expect(world.messages()).toEqual([
    'Smart Assessor event type Gateway Ready has no PICS review type, so an event of Imogen Tarrant (10001) on 2026-02-02 waits. Add the type to the mapping in the settings; what waits is then taken over.',
  ]);
  await refresh(world);
  expect(world.held()).toEqual([`${subject} TYPE_NOT_MAPPED`]);
});

test('SA-41: an event over two courses is one review; one with two learners is one for each', async () => {
  const courseIds = [ids.teamLeader, ids.joinery];
  const learners = [
    { learnerId: ids.imogen, courseIds, status: 'Open' },
    { learnerId: other, courseIds: [ids.teamLeader], status: 'Attended' },
  ];
  const [imogen] = smallSite.learners;
  const people = [imogen, { ...imogen, id: other, misId: '10002', givenNames: 'Oscar' }];
  const onCourse = [...smallSite.learnerCourses, { ...smallSite.learnerCourses[0], learnerId: other }];
  await using world = await openLinkedWorld({
    records: siteWith([{ learners }], { learners: people, learnerCourses: onCourse }),
    learners: [buildLinked(), buildLinked({ ident: '10002', firstName: 'Oscar', smartAssessorId: other })],
  });
  for (const ident of ['10001', '10002', '10001', '10002']) await refresh(world, ident);
  expect(reviewsOf(world)).toMatchObject([{ smartAssessorId: ids.session, attended: 'U' }]);
  expect(reviewsOf(world, '10002')).toMatchObject([{ smartAssessorId: ids.session, attended: 'Y' }]);
  expect(world.held()).toEqual([]);
});

test('SA-41: never by date: a review of the same time and officer without the id is another one', async () => {
  const same = buildReview({
    id: 'r1',
    type: 'F',
    proposedAt: '2026-02-02T10:00:00',
    officer: 'ABR001',
  });
  await using world = await openLinkedWorld({ learners: [buildLinked({ reviews: [same] })] });
  await refresh(world);
  expect(reviewsOf(world)).toHaveLength(2);
  expect(reviewsOf(world)).toContainEqual(same);
});

test('SA-41: the id in PICS may be in capitals or braces', async () => {
  const known = buildReview({
    id: 'r1',
    type: 'F',
    proposedAt: '2026-02-02T10:00:00',
    attended: 'U',
    officer: 'ABR001',
    smartAssessorId: `{${ids.session.toUpperCase()}}`,
  });
  await using world = await openLinkedWorld({ learners: [buildLinked({ reviews: [known] })] });
  await refresh(world);
  expect(reviewsOf(world)).toEqual([known]);
  await act(world, 'close');
  await refresh(world);
  expect(reviewsOf(world)).toMatchObject([{ id: 'r1', attended: 'Y' }]);
});

test('SA-40, SA-60: a review that is inserted, edited or deleted in PICS causes no call', async () => {
  await using world = await openLinkedWorld();
  await refresh(world);
  await world.takeCalls();
  const planned = buildReview({ id: 'r1', type: 'F', proposedAt: '2026-03-02T10:00:00' });
  world.pics.edit('10001', (learner) => ({ ...learner, reviews: [...learner.reviews, planned] }));
  await world.settle('10001');
  world.pics.edit('10001', (learner) => ({
    ...learner,
    reviews: learner.reviews.map((one) => ({ ...one, proposedAt: '2026-03-09T10:00:00' })),
  }));
  await world.settle('10001');
  world.pics.edit('10001', (learner) => ({ ...learner, reviews: [] }));
  await world.settle('10001');
  expect(await world.takeCalls()).toEqual([]);
});

test('SA-41, A-4: a review deleted in PICS comes again; with remember it does not', async () => {
  for (const deletedReviews of ['recreate', 'remember'] as const) {
    await using world = await openLinkedWorld({ shared: { deletedReviews } });
    await refresh(world);
    await refresh(world); // makes the link
    const [first] = reviewsOf(world);
    world.pics.edit('10001', (learner) => ({ ...learner, reviews: [] }));
    await refresh(world);
    expect(reviewsOf(world).map(({ id }) => id)).toEqual(deletedReviews === 'recreate' ? [first?.id] : []);
    await refresh(world);
    expect(reviewsOf(world)).toHaveLength(deletedReviews === 'recreate' ? 1 : 0);
  }
});

test('SA-41: an id that a user clears or changes in PICS is held, and no second review comes', async () => {
  await using world = await openLinkedWorld();
  await refresh(world);
  world.pics.edit('10001', (learner) => ({
    ...learner,
    reviews: learner.reviews.map((one) => ({ ...one, smartAssessorId: null })),
  }));
  await refresh(world);
  expect(reviewsOf(world)).toMatchObject([{ smartAssessorId: null }]);
  expect(world.held()).toEqual([`review:${reviewsOf(world)[0]?.id} ID_FIELD_CHANGED`]);
  expect(world.messages()[0]).toContain(`Restore ${ids.session}, or skip.`);
  world.pics.edit('10001', (learner) => ({
    ...learner,
    reviews: learner.reviews.map((one) => ({ ...one, smartAssessorId: ids.session })),
  }));
  await refresh(world);
  expect(world.held()).toEqual([]);
});

test('D-7: two reviews with one event id are held, both with the days of both, and none is written', async () => {
  const twice = ['r1', 'r2'].map((id) =>
    buildReview({ id, proposedAt: '2026-01-01T09:00:00', smartAssessorId: ids.session }),
  );
  await using world = await openLinkedWorld({ learners: [buildLinked({ reviews: twice })] });
  await refresh(world);
  expect(reviewsOf(world)).toEqual(twice);
  expect(world.held().toSorted()).toEqual(['review:r1 ID_CLAIMED_TWICE', 'review:r2 ID_CLAIMED_TWICE']);
});

test('A-4: an event that Smart Assessor deletes leaves its review as it is, and the review is noted', async () => {
  await using world = await openLinkedWorld();
  await refresh(world);
  const before = reviewsOf(world);
  await act(world, 'delete');
  await world.pass();
  await world.pass();
  expect(reviewsOf(world)).toEqual(before);
});

test('A-29: a state that is not known leaves Attended Unknown and is reported until it is mapped', async () => {
  await using world = await openLinkedWorld();
  await world.script({
    match: { operation: 'read-sessions' },
    times: null,
    action: {
      type: 'answer',
      status: 200,
      body: [
        {
          id: ids.session,
          learnerId: ids.imogen,
          courseId: ids.teamLeader,
          type: 'FormalReview',
          start: '2026-02-02T10:00:00',
          durationMinutes: 60,
          status: 'Adjourned',
        },
      ],
    },
  });
  await refresh(world);
  expect(reviewsOf(world)).toMatchObject([{ attended: 'U', actualAt: null, type: 'F' }]);
  expect(world.held()).toEqual([`session:${ids.session}/${ids.imogen} STATE_NOT_MAPPED`]);
  expect(world.messages()).toEqual([
    'Smart Assessor shows an event of Imogen Tarrant (10001) on 2026-02-02 in the state Adjourned, so Attended stays Unknown. Add the state to the attendance mapping in the settings.',
  ]);
});

test('D-17: an event whose start cannot be read is not taken for attended; the rest of it comes down, and it is held', async () => {
  await using world = await openLinkedWorld();
  await world.script({
    match: { operation: 'read-sessions' },
    times: null,
    action: {
      type: 'answer',
      status: 200,
      body: [
        {
          id: `{${ids.session.toUpperCase()}}`,
          learnerId: ids.imogen,
          assessorId: ids.ada,
          type: 'Formal Review',
          start: '31/02/2026 10:00',
          durationMinutes: 'long',
          status: 'Attended',
        },
      ],
    },
  });
  await refresh(world);
  expect(reviewsOf(world)).toMatchObject([
    {
      attended: 'U',
      actualAt: null,
      proposedAt: null,
      type: 'F',
      officer: 'ABR001',
      smartAssessorId: ids.session,
    },
  ]);
  expect(world.messages()).toEqual([
    `Smart Assessor shows a value in startsAt of session ${ids.session}/${ids.imogen} that is not a date. Correct it in Smart Assessor.`,
  ]);
});

test('D-15: a session of an account that another Ident had is not inserted a second time', async () => {
  await using world = await openLinkedWorld({
    learners: [buildLinked(), buildLinked({ ident: '10002', smartAssessorId: null })],
  });
  await refresh(world);
  const [first] = reviewsOf(world);
  // The account goes to 10002; the review of 10001 stays.
  world.pics.edit('10001', (learner) => ({ ...learner, smartAssessorId: null }));
  await world.passMs(120_000);
  await refresh(world);
  world.pics.edit('10002', (learner) => ({ ...learner, smartAssessorId: ids.imogen }));
  await refresh(world, '10002');
  await refresh(world, '10002');
  expect(reviewsOf(world)).toEqual([first]);
  expect(reviewsOf(world, '10002')).toEqual([]);
  const notes = (await world.ledger.readLane(laneOf('10002'))).notes?.map(({ code }) => code);
  expect(notes).toContain('D-15');
});

test.each([
  ['of a learner without an account', null, 0],
  ['of another learner of the same session', other, 1],
] as const)('D-15: a review %s that shows the session already', async (_what, smartAssessorId, count) => {
  const imported = buildReview({ id: 'r1', type: 'F', smartAssessorId: ids.session });
  await using world = await openLinkedWorld({
    learners: [
      buildLinked(),
      buildLinked({ ident: '10002', firstName: 'Oscar', smartAssessorId, reviews: [imported] }),
    ],
  });
  const [imogen] = smallSite.learners;
  await world.load({ learners: [{ ...imogen, id: other, misId: '10002', givenNames: 'Oscar' }] });
  await refresh(world, '10002');
  await refresh(world);
  expect(reviewsOf(world)).toHaveLength(count);
});

test('SA-41: a review that PICS had first is linked too: its id cleared, it is held and no second one comes', async () => {
  const imported = buildReview({ id: 'r1', type: 'F', smartAssessorId: ids.session });
  await using world = await openLinkedWorld({ learners: [buildLinked({ reviews: [imported] })] });
  await refresh(world);
  await refresh(world);
  world.pics.edit('10001', (learner) => ({
    ...learner,
    reviews: learner.reviews.map((one) => ({ ...one, smartAssessorId: null })),
  }));
  await refresh(world);
  expect(reviewsOf(world)).toHaveLength(1);
  expect(world.held()).toEqual(['review:r1 ID_FIELD_CHANGED']);
});

test('D-8, SA-42: of two officers with one assessor the live one has held the event', async () => {
  await using world = await openLinkedWorld({
    officers: [
      { code: 'ABR001', externalId: ids.ada, isDormant: true },
      { code: 'ABR002', externalId: ids.ada },
    ],
  });
  await refresh(world);
  expect(reviewsOf(world)).toMatchObject([{ officer: 'ABR002' }]);
});
