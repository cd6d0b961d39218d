import { expect, test } from 'vitest';
import { buildReview } from '../support/learner.ts';
import { planReview, typeNumber } from './acts.ts';
import { imogen, installLevel, type Tour } from './installation.ts';

/** What OneFile really has, as its own people see it. */
async function readReviews({ oneFile }: Tour): Promise<{ ID: number; VisitID: number }[]> {
  return (await oneFile.control('GET', '/records/reviews')) as unknown as { ID: number; VisitID: number }[];
}

// The line is cut after OneFile has created the review and before it could say so. Sending again would make a second
// one. So it is not sent again: the review is looked for, by the visit that only we can have made.

test('an answer is lost: the review is looked up and adopted, and there is one', async () => {
  await using tour = await installLevel();
  await tour.oneFile.control('POST', '/rules', {
    match: { method: 'POST', path: 'Review' },
    action: { type: 'apply-then-drop' },
  });
  await planReview(tour, 'r1', '2026-01-20T10:00:00');
  expect((await tour.calls()).map((call) => call.split(' ').slice(0, 2).join(' '))).toEqual([
    'POST Visit',
    'POST Review',
    'POST Review/Search/1/100',
    'POST Review/Search/2/1', // Is there another one? A page may be capped.
  ]);
  expect(await readReviews(tour)).toHaveLength(1);
  expect(tour.ledger.journal.map(({ kind, code }) => `${kind} ${code}`)).toContain(
    'look-up create-review ADOPTED',
  );
  await tour.reconcile();
  expect(tour.learner().reviews).toMatchObject([{ id: 'r1', oneFileId: '800001' }]);
});

test('the line is cut before OneFile has done anything: the look-up finds nothing, and it is sent once more', async () => {
  await using tour = await installLevel();
  await tour.oneFile.control('POST', '/rules', {
    match: { method: 'POST', path: 'Review' },
    action: { type: 'drop' },
  });
  await planReview(tour, 'r1', '2026-01-20T10:00:00');
  expect(await readReviews(tour)).toHaveLength(1);
  expect(tour.ledger.intents.filter(({ step }) => step === 'create-review')).toMatchObject([
    { state: 'done', attempt: 2 },
  ]);
});

// A worker is killed at the worst moment: OneFile has answered, the ledger does not know. The ledger has the intent
// and the worker's number, and sees that this worker lives no more.

test('a worker is killed between the answer and the ledger: the next one looks it up', async () => {
  await using tour = await installLevel();
  tour.hooks.dieAfter = 'create-review';
  await expect(planReview(tour, 'r1', '2026-01-20T10:00:00')).rejects.toThrow();
  expect(tour.ledger.intents.at(-1)).toMatchObject({ step: 'create-review', state: 'sending', worker: 1 });

  await tour.startAgain();
  const planned = { id: 'r1', ident: '10001   ', type: 'N', proposed: '2026-01-20T10:00:00' };
  await tour.receive('itp_revu', { op: 'c', before: null, after: planned });
  expect(await readReviews(tour)).toHaveLength(1);
  expect(tour.ledger.intents.filter(({ step }) => step === 'create-review')).toMatchObject([
    { state: 'done' },
  ]);
});

// Some records cannot succeed. They are held with a reason that a person can act on, and everything else goes on.

test('a review without any officer is held, the next one is sent, and setting an officer sends the first', async () => {
  await using tour = await installLevel({ ...imogen, mainOfficer: null });
  await planReview(tour, 'r1', '2026-01-20T10:00:00');
  expect(await tour.held()).toMatchObject([{ subject: 'review:r1', code: 'REVIEW_NO_OFFICER' }]);
  expect(tour.dispositions).toEqual(['held']);
  expect(await tour.calls()).toEqual([]);

  const second = buildReview({ id: 'r2', type: 'N', proposedAt: '2026-01-21T10:00:00', officer: 'ABR001' });
  await tour.edit((known) => ({ ...known, reviews: [...known.reviews, second] }), 'itp_revu', {
    op: 'c',
    before: null,
    after: { id: 'r2', ident: '10001', type: 'N', proposed: '2026-01-21T10:00:00', initials: 'ABR001' },
  });
  expect(await readReviews(tour)).toHaveLength(1);

  const first = { id: 'r1', ident: '10001   ', type: 'N', proposed: '2026-01-20T10:00:00' };
  await tour.edit(
    (known) => ({
      ...known,
      reviews: known.reviews.map((one) => (one.id === 'r1' ? { ...one, officer: 'ABR001' } : one)),
    }),
    'itp_revu',
    { op: 'u', before: first, after: { ...first, initials: 'ABR001' } },
  );
  expect(await tour.held()).toEqual([]);
  expect(await readReviews(tour)).toHaveLength(2);
});

test('what OneFile refuses is held, is not sent again as it is, and is sent when it changes', async () => {
  await using tour = await installLevel();
  await tour.oneFile.control('POST', '/rules', {
    match: { method: 'POST', path: 'LearningAim/600045' },
    action: { type: 'answer', status: 400, body: { message: 'no' } },
  });
  await typeNumber(tour, 'RG-9');
  expect(await tour.held()).toMatchObject([{ subject: 'aim:600045', code: 'VENDOR_REFUSED' }]);
  const row = { ident: '10001   ', vqref: '603/1122/3', seq: 1 };
  await tour.calls();
  await tour.receive('trqual', { op: 'u', before: row, after: { ...row, regno: 'RG-9' } });
  expect((await tour.calls()).filter((call) => call.startsWith('POST LearningAim/6'))).toEqual([]);

  await typeNumber(tour, 'RG-10');
  expect((await tour.calls()).filter((call) => call.startsWith('POST LearningAim/6'))).toHaveLength(1);
  expect(await tour.held()).toEqual([]);
});

// An outage says nothing about a learner: nothing is held. OneFile is left alone for ever longer pauses of
// up to a minute, between them one caller tries a few times, and what waits is sent when it answers.

test('OneFile answers 503 for half an hour: nothing is held, nothing lost, nothing sent twice', async () => {
  await using tour = await installLevel();
  await tour.oneFile.control('POST', '/maintenance', { seconds: 3_600 });
  let isOver = false;
  tour.after(30 * 60_000, () => {
    isOver = true;
    void tour.oneFile.control('DELETE', '/maintenance');
  });
  await typeNumber(tour, 'RG-9');
  await planReview(tour, 'r1', '2026-01-20T10:00:00');
  expect(isOver).toBe(true);
  expect(await tour.held()).toEqual([]);
  expect((await tour.shadow('600045'))?.record['registrationNumber']).toBe('RG-9');
  expect(await readReviews(tour)).toHaveLength(1);
  const refused = tour.oneFile.calls().filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThan(5);
  expect(refused.length).toBeLessThan(30 * 6);
});
