import { expect, test } from 'vitest';
import { buildReview } from '../../../../test/support/learner.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import {
  type OneFileWorld,
  openOneFileWorld,
  type WorldSetup,
} from '../../../../test/support/onefile-world/world.ts';
import type { Review } from '../../../domain/learner.ts';

const planned = buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00' });

/** A linked learner with a linked main officer. */
function openWorld(reviews: readonly Review[] = [], setup: Partial<WorldSetup> = {}) {
  return openOneFileWorld({
    learners: [buildLinked({ mainOfficer: 'ABR001', reviews })],
    officers: [{ code: 'ABR001', externalId: '400002' }, { code: 'BCO001' }],
    ...setup,
  });
}

/** A review planned in OneFile. */
async function planThere(world: OneFileWorld, at = '2026-02-01T10:00:00'): Promise<string> {
  const body = { learnerId: 400061, scheduledFor: at, visitTypeId: 0 };
  const review = (await world.control('POST', '/act/reviews', body)) as { readonly id: number };
  return String(review.id ?? (await world.records('reviews')).at(-1)?.['ID']);
}

const act = (world: OneFileWorld, id: string | null | undefined, what: string, body = {}) =>
  world.control('POST', `/act/reviews/${id}/${what}`, body);
const reviewsOf = (world: OneFileWorld) => world.learner('10001').reviews;

test('OF-50, A-22: a new review is one review at OneFile with its id in PICS, and a second run changes nothing', async () => {
  await using world = await openWorld([planned]);
  await world.settle('10001');
  const there = await world.records('reviews');
  expect(there).toHaveLength(1);
  expect(reviewsOf(world)).toMatchObject([{ id: 'r1', oneFileId: String(there[0]?.['ID']) }]);
  await world.takeWrites();
  await world.settle('10001');
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  expect(await world.records('reviews')).toHaveLength(1);
});

test('A-1, A-26, OF-19: only a Normal review that is planned, not held and without an id is uploaded, whenever that became true', async () => {
  const others = [
    { ...planned, id: 'r2', type: 'C' },
    { ...planned, id: 'r3', attended: 'N' as const },
    { ...planned, id: 'r4', actualAt: '2026-02-01T10:00:00' },
    { ...planned, id: 'r5', proposedAt: null },
  ];
  await using world = await openWorld(others);
  await world.settle('10001', 'refresh');
  expect(await world.records('reviews')).toEqual([]);
  world.pics.edit('10001', (learner) => ({
    ...learner,
    reviews: learner.reviews.map((one) =>
      one.id === 'r5' ? { ...one, proposedAt: planned.proposedAt } : one,
    ),
  }));
  await world.settle('10001');
  expect(reviewsOf(world).filter(({ oneFileId }) => oneFileId !== null)).toMatchObject([{ id: 'r5' }]);
  expect(await world.records('reviews')).toHaveLength(1);
});

test('OF-51a: a review at 23:30 ends at 00:30 the next day', async () => {
  await using world = await openWorld([{ ...planned, proposedAt: '2026-02-01T23:30:00' }]);
  await world.settle('10001');
  const [visit] = await world.takeWrites();
  expect(visit).toContain('"DateFrom":"2026-02-01T23:30:00.000Z","DateTo":"2026-02-02T00:30:00.000Z"');
});

test('OF-51c: without an officer the review is held with a sentence, and uploaded when there is one', async () => {
  await using world = await openWorld([planned], {
    learners: [buildLinked({ reviews: [planned], firstName: 'Zoë', surname: "O'Neill" })],
  });
  await world.settle('10001');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.messages()).toEqual([
    "The review of Zoë O'Neill (10001) on 2026-02-01 has no officer and the learner has no Main Officer.",
  ]);
  world.pics.edit('10001', (learner) => ({ ...learner, mainOfficer: 'ABR001' }));
  await world.settle('10001');
  expect(world.held()).toEqual([]);
  expect(await world.records('reviews')).toHaveLength(1);
});

test('OF-52, A-4, A-5: moving or deleting an uploaded review causes no call', async () => {
  await using world = await openWorld([planned, { ...planned, id: 'r2' }], {
    settings: { deletedReviews: 'remember', rescheduleFromOneFile: false },
  });
  await world.settle('10001');
  await world.takeWrites();
  world.pics.edit('10001', (learner) => ({
    ...learner,
    reviews: learner.reviews
      .filter(({ id }) => id === 'r1')
      .map((one) => ({ ...one, proposedAt: '2026-03-01T09:00:00' })),
  }));
  await world.settle('10001');
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  expect(await world.records('reviews')).toHaveLength(2);
});

test('OF-53, OF-57: a review of OneFile at the time of one in PICS becomes a second one, of the Normal type', async () => {
  await using world = await openWorld([{ ...planned, attended: 'N', type: 'N' }]);
  const id = await planThere(world);
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)).toHaveLength(2);
  expect(reviewsOf(world)[0]).toMatchObject({ id: 'r1', oneFileId: null });
  expect(reviewsOf(world)[1]).toMatchObject({ oneFileId: id, type: 'N', attended: 'U' });
});

test('OF-53b: an upload with a lost answer that the poller reads first is not doubled on either side', async () => {
  await using world = await openWorld([planned]);
  const lost = { type: 'apply-then-drop' };
  await world.script({ match: { method: 'POST', path: 'Review' }, times: 1, action: lost });
  await world.settle('10001', 'refresh');
  await world.settle('10001', 'refresh');
  const there = await world.records('reviews');
  expect(there).toHaveLength(1);
  expect(reviewsOf(world)).toMatchObject([{ id: 'r1', oneFileId: String(there[0]?.['ID']) }]);
});

test.each<[string, WorldSetup['settings'], number]>([
  ['is inserted again by default', {}, 1],
  ['stays away when it is to be remembered', { deletedReviews: 'remember' }, 0],
])('OF-53c, A-4: an uploaded review that a user deletes in PICS %s', async (_title, settings, count) => {
  await using world = await openWorld([planned], settings === undefined ? {} : { settings });
  await world.settle('10001');
  world.pics.edit('10001', (learner) => ({ ...learner, reviews: [] }));
  await world.takeWrites();
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)).toHaveLength(count);
  expect(await world.takeWrites()).toEqual([]);
});

test('A-4: a review deleted at OneFile stays in PICS as it is', async () => {
  await using world = await openWorld([planned]);
  await world.settle('10001');
  const [before] = reviewsOf(world);
  await act(world, before?.oneFileId, 'delete');
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)).toMatchObject([{ id: 'r1', oneFileId: before?.oneFileId }]);
  expect(await world.records('reviews')).toEqual([]);
});

test('OF-54, OF-56, A-30: a review starts, is signed, and loses its start; PICS follows by the minute', async () => {
  await using world = await openWorld([planned, { ...planned, id: 'r2' }]);
  await world.settle('10001');
  const [first, second] = reviewsOf(world);
  expect([first?.attended, second?.attended]).toEqual([null, null]);
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)).toMatchObject([
    { attended: 'U', actualAt: null, learnerSignedOn: null },
    { attended: 'U', actualAt: null },
  ]);
  for (const one of [first, second])
    await act(world, one?.oneFileId, 'start', { at: '2026-06-01T09:04:37Z' });
  await act(world, first?.oneFileId, 'sign', { by: 'learner', at: '2026-06-01T23:30:00Z', force: true });
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)).toMatchObject([
    { attended: 'Y', actualAt: '2026-06-01T10:04:00', learnerSignedOn: '2026-06-02' },
    { attended: 'Y', actualAt: '2026-06-01T10:04:00', learnerSignedOn: null },
  ]);
  await act(world, second?.oneFileId, 'unstart');
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)[1]).toMatchObject({ attended: 'U', actualAt: null });
});

test('OF-54b, A-18: attendance that a user enters is reset to what OneFile shows', async () => {
  await using world = await openWorld([planned]);
  await world.settle('10001', 'refresh');
  world.pics.edit('10001', (learner) => ({
    ...learner,
    reviews: learner.reviews.map((one) => ({ ...one, attended: 'N', actualAt: '2026-02-01T11:00:00' })),
  }));
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)).toMatchObject([{ attended: 'U', actualAt: null }]);
  expect(await world.takeWrites()).toHaveLength(2); // the upload itself
});

test('OF-55: the officer of a review follows a linked assessor; without a link it stays, and none is created', async () => {
  await using world = await openWorld([planned]);
  await world.settle('10001', 'refresh');
  const [review] = reviewsOf(world);
  await act(world, review?.oneFileId, 'assessor', { assessorId: 400003 });
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)[0]).toMatchObject({ officer: null });
  expect(world.pics.owners.size).toBe(2);
  await act(world, review?.oneFileId, 'assessor', { assessorId: 400002 });
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)[0]).toMatchObject({ officer: 'ABR001' });
});

test('OF-58, G-6: the event of a downloaded review causes no upload', async () => {
  await using world = await openWorld();
  await planThere(world);
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)).toHaveLength(1);
  await world.takeWrites();
  await world.settle('10001');
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  expect(await world.records('reviews')).toHaveLength(1);
});

test('A-3: a review moved at OneFile moves in PICS, unless the setting says otherwise', async () => {
  for (const rescheduleFromOneFile of [true, false]) {
    await using world = await openWorld([planned], { settings: { rescheduleFromOneFile } });
    await world.settle('10001', 'refresh');
    await act(world, reviewsOf(world)[0]?.oneFileId, 'reschedule', { scheduledFor: '2026-02-08T14:00:00' });
    await world.settle('10001', 'refresh');
    const proposedAt = rescheduleFromOneFile ? '2026-02-08T14:00:00' : planned.proposedAt;
    expect(reviewsOf(world)).toMatchObject([{ proposedAt }]);
  }
});

test('D-12, OF-52: an uploaded review that is moved in PICS stays moved and the difference is shown; moved at OneFile, PICS follows', async () => {
  await using world = await openWorld([planned]);
  await world.settle('10001');
  const move = (proposedAt: string) =>
    world.pics.edit('10001', (learner) => ({
      ...learner,
      reviews: learner.reviews.map((one) => ({ ...one, proposedAt })),
    }));
  move('2026-02-09T15:00:00');
  await world.takeWrites();
  for (let run = 0; run < 2; run += 1) {
    await world.settle('10001', 'refresh');
    expect(reviewsOf(world)).toMatchObject([{ proposedAt: '2026-02-09T15:00:00' }]);
  }
  expect(await world.takeWrites()).toEqual([]);
  const shown = world.ledger.journal.filter(({ kind }) => kind === 'noted');
  expect(shown).toMatchObject([{ code: 'drift', subject: 'review:r1' }]);
  await act(world, reviewsOf(world)[0]?.oneFileId, 'reschedule', { scheduledFor: '2026-02-08T14:00:00' });
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)).toMatchObject([{ proposedAt: '2026-02-08T14:00:00' }]);
  await world.settle('10001', 'refresh');
  const ended = world.ledger.journal.filter(({ kind }) => kind === 'note-ended');
  expect(ended).toMatchObject([{ code: 'drift', subject: 'review:r1' }]);
  move('2026-02-10T15:00:00');
  await world.settle('10001', 'refresh');
  expect(reviewsOf(world)).toMatchObject([{ proposedAt: '2026-02-10T15:00:00' }]);
});

test.each<[string, Partial<Review>]>([
  ['moved', { proposedAt: '2026-02-03T11:00:00' }],
  ['given to another officer', { officer: 'BCO001' }],
])(
  'OF-51: a review that is refused after its visit was made, and then %s, gets a visit of its own',
  async (_title, change) => {
    await using world = await openWorld([planned]);
    const refuse = { type: 'answer', status: 400, body: JSON.stringify({ message: 'no aims' }) };
    const { id: rule } = (await world.script({
      match: { method: 'POST', path: 'Review' },
      times: null,
      action: refuse,
    })) as { id: number };
    await world.settle('10001');
    expect(world.held()).toEqual(['review:r1 VENDOR_REFUSED']);
    await world.control('DELETE', `/rules/${rule}`);
    world.pics.edit('10001', (learner) => ({
      ...learner,
      reviews: learner.reviews.map((one) => ({ ...one, ...change })),
    }));
    await world.settle('10001');
    const visits = await world.records('visits');
    expect(visits).toHaveLength(2);
    const [review] = await world.records('reviews');
    const visit = visits.find(({ ID }) => ID === review?.['VisitID']);
    expect(visit?.['AssessorID']).toBe(review?.['AssessorID']);
    expect(visit?.['DateFrom']).toBe(review?.['ScheduledFor']);
    expect(world.held()).toEqual([]);
    await world.takeWrites();
    await world.settle('10001', 'refresh');
    expect(await world.takeWrites()).toEqual([]);
  },
);

test('OF-82, G-5, A-24: a review with a lost answer is found by its visit and adopted', async () => {
  await using world = await openWorld([planned]);
  await world.script({ match: { method: 'POST', path: 'Review' }, action: { type: 'apply-then-drop' } });
  await world.settle('10001');
  const writes = (await world.takeWrites()).map((line) => line.split(' {')[0]);
  expect(writes).toEqual(['POST Visit', 'POST Review']);
  expect(reviewsOf(world)[0]?.oneFileId).not.toBeNull();
});

test('A-24: a visit with a lost answer is created again, because it cannot be looked up', async () => {
  const script = { match: { method: 'POST', path: 'Visit' }, action: { type: 'apply-then-drop' } };
  await using world = await openWorld([planned]);
  await world.script(script);
  await world.settle('10001');
  expect(await world.records('visits')).toHaveLength(2);
  expect(await world.records('reviews')).toHaveLength(1);
});
