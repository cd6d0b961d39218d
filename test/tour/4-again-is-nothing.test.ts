import { expect, test } from 'vitest';
import { planReview, typeNumber } from './acts.ts';
import { installLevel, type Tour } from './installation.ts';

// Kafka may deliver twice, workers are restarted, topics are read again from the beginning. Nothing counts events, so
// nothing can count one twice: each look compares both sides as they are, and finds them level.

/** A day's work: a number and a review, both directions, until nothing is left. */
async function work(tour: Tour): Promise<void> {
  await typeNumber(tour, 'RG-9');
  await planReview(tour, 'r1', '2026-01-20T10:00:00');
  await tour.reconcile();
  await tour.poll('aims');
  await tour.poll('reviews');
  await tour.reconcile();
  await tour.calls();
  tour.takePublished();
}

test('what we wrote at OneFile comes back by polling, equals the shadow, and is published no more', async () => {
  await using tour = await installLevel();
  await work(tour);
  expect(await tour.poll('aims')).toEqual([]);
  expect(await tour.poll('reviews')).toEqual([]);
  expect(tour.takePublished()).toEqual([]);
});

test('the same events once more: read again, nothing is sent and nothing written', async () => {
  await using tour = await installLevel();
  await work(tour);
  const written = tour.pics.written.length;
  const row = { ident: '10001   ', vqref: '603/1122/3', seq: 1 };
  await tour.receive('trqual', { op: 'u', before: row, after: { ...row, regno: 'RG-9' } });
  const planned = { id: 'r1', ident: '10001   ', type: 'N', proposed: '2026-01-20T10:00:00' };
  await tour.receive('itp_revu', { op: 'c', before: null, after: planned });
  await tour.reconcile();
  expect(tour.dispositions.slice(-2)).toEqual(['settled', 'settled']);
  expect(await tour.calls()).toEqual([]);
  expect(tour.pics.written).toHaveLength(written);
});

test('the whole daily exchange once more reads, and that is all', async () => {
  await using tour = await installLevel();
  await work(tour);
  const written = tour.pics.written.length;
  await tour.refresh();
  await tour.reconcile();
  expect(await tour.calls()).toEqual([
    'GET User/400061',
    'POST LearningAim/Search/1/100 {"UserID":400061}',
    'POST Review/Search/1/100 {"OrganisationID":301,"LearnerID":400061}',
    // One review came, where a hundred were asked for: was it the only one, or does OneFile give no more at once?
    'POST Review/Search/2/1 {"OrganisationID":301,"LearnerID":400061}',
  ]);
  expect(tour.pics.written).toHaveLength(written);
});

// The mark that own writes carry only saves work. Where the database refuses it, the write comes back as anybody's.

test('without its mark our own write in PICS is looked at, and found to be level', async () => {
  await using tour = await installLevel();
  await work(tour);
  const planned = { id: 'r1', ident: '10001   ', type: 'N', proposed: '2026-01-20T10:00:00' };
  await tour.receive('itp_revu', { op: 'u', before: planned, after: { ...planned, onefile_id: '800001' } });
  expect(tour.dispositions.at(-1)).toBe('settled');
  expect(await tour.calls()).toEqual([]);
});
