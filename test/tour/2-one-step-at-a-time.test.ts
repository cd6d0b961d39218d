import { expect, test } from 'vitest';
import { planReview, typeNumber } from './acts.ts';
import { installLevel, installTour } from './installation.ts';

// A relevant change says only: look at this learner. The learner waits in a lane of her own, and when her turn comes
// PICS is read afresh, with everything the sync knows: links, what OneFile last showed, what is open, what is held.
// From these `evaluate` lists what could be done, the engine does the first thing, and asks again.

// The first thing is who she is at OneFile. Her id there was typed by a person, and people mistype.

test('an id that was typed into PICS is looked up before it is believed, then the learner is exchanged whole', async () => {
  await using tour = await installTour();
  await tour.calls();
  await tour.refresh();
  const links = tour.ledger.links.map(
    ({ kind, picsId, vendorId, how }) => `${kind} ${picsId} = ${vendorId}, ${how}`,
  );
  expect(links.toSorted()).toEqual([
    'learner 10001 = 400061, typed',
    'qualification 10001/196AS/1 = 600046, matched',
    'qualification 10001/603/1122/3/1 = 600045, matched',
  ]);
  expect(await tour.calls()).toEqual([
    'GET User/400061',
    'POST LearningAim/Search/1/100 {"UserID":400061}',
    'POST Standard/Search/1/100 {"OrganisationID":301}',
    'POST Review/Search/1/100 {"OrganisationID":301,"LearnerID":400061}',
  ]);
});

// Now the registration number of the first chapter. Two calls: one reads the aims, because only a field that is blank at
// OneFile at this moment may be filled; one writes.

test('a registration number costs two calls: read, because OneFile may have a value by now, and write', async () => {
  await using tour = await installLevel();
  await typeNumber(tour, 'RG-9');
  expect(await tour.calls()).toEqual([
    'POST LearningAim/Search/1/100 {"UserID":400061}',
    'POST LearningAim/600045 {"ID":600045,"RegistrationNumber":"RG-9"}',
  ]);
  expect(tour.dispositions).toEqual(['settled']);
});

// Before the write went out it was in the ledger: what, for whom, by which worker. Afterwards its end is there, the
// shadow has the new value, and the journal has a line. None of it holds the number itself but the shadow.

test('a write is announced in the ledger, ends there, and leaves the shadow as OneFile has it', async () => {
  await using tour = await installLevel();
  await typeNumber(tour, 'RG-9');
  expect(tour.ledger.intents).toMatchObject([
    { step: 'update-aim', subject: 'aim:600045', state: 'done', attempt: 1, worker: 1 },
  ]);
  expect(JSON.stringify([tour.ledger.intents, tour.ledger.journal])).not.toContain('RG-9');
  expect((await tour.shadow('600045'))?.record['registrationNumber']).toBe('RG-9');
  expect(tour.ledger.journal.slice(-2).map(({ kind, code }) => `${kind} ${code}`)).toEqual([
    'read-aims done',
    'update-aim done',
  ]);
});

// A review takes several steps, each decided anew: who is the officer at OneFile, a visit in the diary, the review
// on that visit. The id that OneFile gives goes to PICS by way of a topic: only the reconciler writes there.

test('a review becomes a visit and a review on that visit, and its id is announced to PICS', async () => {
  await using tour = await installLevel();
  await planReview(tour, 'r1', '2026-01-20T10:00:00');
  const [visit, review, ...more] = await tour.calls();
  expect(more).toEqual([]);
  expect(visit).toMatch(
    /^POST Visit .*"DateFrom":"2026-01-20T10:00:00.000Z","DateTo":"2026-01-20T11:00:00.000Z"/,
  );
  expect(review).toMatch(
    /^POST Review .*"Status":1,"VisitID":700001,"ScheduledFor":"2026-01-20T10:00:00.000Z"/,
  );
  await tour.reconcile();
  expect(tour.learner().reviews).toMatchObject([{ id: 'r1', oneFileId: '800001' }]);
});

// PICS keeps the time of London's clocks, without a zone. OneFile wants an instant.

test('a review on a summer morning is an hour earlier in the time that OneFile is told', async () => {
  await using tour = await installLevel();
  await planReview(tour, 'r1', '2026-07-20T10:00:00');
  expect((await tour.calls()).at(-1)).toContain('"ScheduledFor":"2026-07-20T09:00:00.000Z"');
});
