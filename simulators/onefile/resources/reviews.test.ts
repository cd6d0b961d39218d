import { expect, test } from 'vitest';
import { CENTRE, openCentre } from '../testing/open-simulator.ts';

test('a review without assessor and employer takes those of its learner', async () => {
  const { post, doorJson } = await openCentre();
  await post('Review', { LearnerID: 400060, Status: 1, ScheduledFor: '2026-03-01T09:00:00Z' });
  expect(await doorJson('/records/reviews/800007')).toMatchObject({
    AssessorID: 400002,
    EmployerID: 400003,
    EndTime: null,
  });
});

test.each([
  ['another status than 1', { LearnerID: 400060, Status: 2 }],
  ['no learner', { Status: 1 }],
  ['an unknown learner', { LearnerID: 1 }],
  ['a learner of another customer', { LearnerID: 400004 }],
  ['an unknown visit', { LearnerID: 400060, VisitID: 1 }],
  ['an unknown assessor', { LearnerID: 400060, AssessorID: 1 }],
  ['an assessor who is an employer', { LearnerID: 400060, AssessorID: 400003 }],
])('a review with %s is refused', async (_case, body) => {
  const { post, doorJson } = await openCentre();
  expect((await post('Review', body)).status).toBe(400);
  expect(await doorJson('/records/reviews')).toHaveLength(1);
});

test.each([
  ['an end before its start', { DateTo: '2026-02-02T08:00:00Z' }],
  ['an end at its start', { DateTo: '2026-02-02T09:00:00Z' }],
  ['no end', { DateTo: null }],
  ['an unknown learner', { LearnerID: 1 }],
])('a visit with %s is refused', async (_case, change) => {
  const { post } = await openCentre();
  expect((await post('Visit', { ...CENTRE.visits[0], ...change })).status).toBe(400);
});

test('reviews are found by learner, status and date; one without a date is in no period', async () => {
  const { post, door } = await openCentre();
  await door('POST', '/records', { reviews: [{ ID: 800020, LearnerID: 400060 }] });
  const count = async (filter: object) => {
    const { text } = await post('Review/Search', filter);
    return text === '' ? 0 : JSON.parse(text).length;
  };
  expect(await count({ OrganisationID: 301 })).toBe(2);
  expect(await count({ LearnerID: 400060 })).toBe(2);
  expect(await count({ LearnerID: 400061 })).toBe(0);
  expect(await count({ DateFrom: '2026-02-02', DateTo: '2026-02-02' })).toBe(1);
  await door('POST', '/act/reviews/800006/start');
  expect(await count({ Status: 2 })).toBe(1);
  expect((await post('Review/Search', { DateFrom: 'soon' })).status).toBe(400);
});
