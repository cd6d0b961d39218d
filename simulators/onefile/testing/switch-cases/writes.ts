/*
 * Cases of the switches for creates and updates, a row for each value: what to do at the bench, and what it must
 * show. The test beside the switches runs them and checks that no value is left out.
 */

import { CENTRE, IMOGEN } from '../open-simulator.ts';
import {
  archive,
  brief,
  type Case,
  learner,
  moveReview,
  moveStarted,
  reviewsWithin,
  startAndShow,
  status,
} from './looking.ts';

export const WRITES: readonly Case[] = [
  {
    name: 'misid-unique',
    value: 'no',
    show: (b) => status(b.post('User', learner({ MISID: '100001' }))),
    expected: 200,
  },
  {
    name: 'misid-unique',
    value: 'per-role',
    show: async (b) => [
      await status(b.post('User', learner({ MISID: '100001' }))),
      await status(b.post('User', learner({ MISID: '100001', Role: 5 }))),
    ],
    expected: [400, 200],
  },
  { name: 'review-status', value: 'moves', show: startAndShow, expected: 2 },
  { name: 'review-status', value: 'fixed-1', show: startAndShow, expected: 1 },
  {
    name: 'review-date-filter',
    value: 'scheduled-inclusive',
    show: reviewsWithin('2026-02-02', '2026-02-02T09:00:00Z'),
    expected: [800006],
  },
  {
    name: 'review-date-filter',
    value: 'scheduled-end-exclusive',
    show: reviewsWithin('2026-02-02', '2026-02-02T09:00:00Z'),
    expected: 'none',
  },
  {
    name: 'review-date-filter',
    value: 'created',
    show: reviewsWithin('2026-01-15', '2026-01-15'),
    expected: [800006],
  },
  {
    name: 'review-date-filter',
    value: 'ignored',
    show: reviewsWithin('2020-01-01', '2020-01-02'),
    expected: [800006],
  },
  {
    name: 'review-update',
    value: 'until-started',
    show: async (b) => [await moveReview(b), await moveStarted(b)],
    expected: [204, 400],
  },
  { name: 'review-update', value: 'always', show: moveStarted, expected: 204 },
  {
    name: 'review-update',
    value: '405',
    show: async (b) => status(b.post('Review/800006', {})),
    expected: 405,
  },
  {
    name: 'review-update',
    value: '404',
    show: moveReview,
    expected: '404 {"code":-9999,"message":"Route not found"}',
  },
  {
    name: 'review-without-visit',
    value: 'accepted',
    show: (b) => brief(b.post('Review', { LearnerID: 400060 })),
    expected: '200 800007',
  },
  {
    name: 'review-without-visit',
    value: '400',
    show: (b) => status(b.post('Review', { LearnerID: 400060 })),
    expected: 400,
  },
  {
    name: 'duplicate-create',
    value: 'new-record',
    show: (b) => status(b.post('Placement', { OrganisationID: 301, Name: 'Again', MISID: 'BRIND1' })),
    expected: 200,
  },
  {
    name: 'duplicate-create',
    value: '400-same-misid',
    show: async (b) => [
      await status(b.post('Placement', { OrganisationID: 301, Name: 'Again', MISID: 'BRIND1' })),
      await status(b.post('User', learner({ MISID: '100001' }))),
    ],
    expected: [400, 400],
  },
  {
    name: 'duplicate-create',
    value: '400-same-email',
    show: (b) => status(b.post('User', learner({ Email: 'n.quill@learners.example.org' }))),
    expected: 400,
  },
  {
    name: 'assign-learner-in-path',
    value: '400',
    show: (b) => status(b.post('User/400060/Assign', { LearnerID: 400060, Level: 1 })),
    expected: 400,
  },
  {
    name: 'assign-learner-in-path',
    value: '204-no-effect',
    show: (b) => status(b.post('User/400060/Assign', { LearnerID: 400060, Level: 1 })),
    expected: 204,
  },
  {
    name: 'email-mandatory',
    value: 'yes',
    show: (b) => status(b.post('User', learner({ Email: '' }))),
    expected: 400,
  },
  {
    name: 'email-mandatory',
    value: 'no',
    show: (b) => status(b.post('User', learner({ Email: '' }))),
    expected: 200,
  },
  {
    name: 'visit-type-check',
    value: '0-1-2',
    show: (b) => status(b.post('Visit', { ...CENTRE.visits[0], VisitTypeID: 7 })),
    expected: 400,
  },
  {
    name: 'visit-type-check',
    value: 'any',
    show: (b) => status(b.post('Visit', { ...CENTRE.visits[0], VisitTypeID: 7 })),
    expected: 200,
  },
  {
    name: 'archived-write',
    value: 'accepted',
    show: async (b) => {
      await archive(b);
      return status(b.post('User/400060', { ULN: '1' }));
    },
    expected: 204,
  },
  {
    name: 'archived-write',
    value: '400',
    show: async (b) => {
      await archive(b);
      return [
        await status(b.post('User/400060', { ULN: '1' })),
        await status(b.post('LearningAim/600044', { ID: 600044 })),
        await status(b.post('Review', { LearnerID: 400060 })),
      ];
    },
    expected: [400, 400, 400],
  },
  {
    name: 'review-needs-aims',
    value: 'no',
    show: async (b) => {
      await b.post('User', IMOGEN);
      return status(b.post('Review', { LearnerID: 400061 }));
    },
    expected: 200,
  },
  {
    name: 'review-needs-aims',
    value: '400',
    show: async (b) => {
      await b.post('User', IMOGEN);
      return status(b.post('Review', { LearnerID: 400061 }));
    },
    expected: 400,
  },
];
