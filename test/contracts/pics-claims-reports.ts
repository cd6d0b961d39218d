import { describe, expect } from 'vitest';
import { buildQualification, buildReview } from '../support/learner.ts';
import { aLearner, reviewIds } from '../support/pics-records.ts';
import type { ClaimTest, SetUpPics } from './pics.ts';

const [first, second, third] = reviewIds;

/** What the provider's own reports read. */
export function claimReports(test: ClaimTest, setup: SetUpPics): void {
  describe('reports', () => {
    test('learners who have begun have a live letter, and come with their last review that was held', async () => {
      const { put, pics } = await setup();
      const held = (id: string, actualAt: string | null) => buildReview({ id, actualAt });
      const started = { status: 'L', startOn: '2026-01-05' } as const;
      await put({
        learners: [
          aLearner({
            ...{ ident: '2', ...started, firstName: 'Ann', isSuspended: true, endOn: '2026-02-01' },
            activePortfolio: 'S',
            reviews: [
              held(first, '2026-03-01T23:59:59'),
              held(second, '2026-02-01T10:00:00'),
              held(third, '2026-03-02T00:00:00'),
            ],
          }),
          aLearner({ ident: '1', ...started, status: 'C', startOn: '2026-03-01', hasDetails: false }),
          aLearner({ ident: '3', ...started, startOn: '2026-03-02' }),
          aLearner({ ident: '4', ...started, startOn: null }),
          aLearner({ ident: '5', ...started, status: 'X' }),
          aLearner({ ident: '6', ...started, status: null }),
        ],
      });
      expect(await pics.readStartedLearners({ letters: ['L', 'C'], onDate: '2026-03-01' })).toEqual([
        {
          ...{
            ident: '1',
            name: 'Berg',
            status: 'C',
            isSuspended: false,
            startOn: '2026-03-01',
            endOn: null,
          },
          ...{ portfolio: null, lastHeldOn: null },
        },
        {
          ...{ ident: '2', name: 'Ann Berg', status: 'L', isSuspended: true, startOn: '2026-01-05' },
          ...{ endOn: '2026-02-01', portfolio: 'S', lastHeldOn: '2026-03-01' },
        },
      ]);
      expect(await pics.readStartedLearners({ letters: [], onDate: '2026-03-01' })).toEqual([]);
    });

    test('reviews without a proposed date are those of the learners that are asked for', async () => {
      const { put, pics } = await setup();
      await put({
        learners: [
          aLearner({
            ident: '2',
            reviews: [
              buildReview({ id: second, type: 'N', officer: 'JB', actualAt: '2026-03-02T10:00:00' }),
              buildReview({ id: first, proposedAt: '2026-03-02T10:00:00' }),
            ],
          }),
          aLearner({ ident: '1', reviews: [buildReview({ id: third })] }),
        ],
      });
      const dated = { id: second, ident: '2', type: 'N', officer: 'JB', actualAt: '2026-03-02T10:00:00' };
      expect(await pics.readUndatedReviews(['2'])).toEqual([dated]);
      const all = (await pics.readUndatedReviews(['1', '2', '9'])) ?? [];
      expect(all.map(({ ident, id }) => [ident, id])).toEqual([
        ['1', third],
        ['2', second],
      ]);
    });

    test('actual dates in the future are those of reviews, learners and qualifications', async () => {
      const { put, pics } = await setup();
      const after = '2026-03-02T10:00:00';
      await put({
        learners: [
          aLearner({
            ident: '2',
            endOn: '2026-03-03',
            reviews: [
              buildReview({ id: first, actualAt: '2026-03-02T10:00:01' }),
              buildReview({ id: second, actualAt: after }),
            ],
            qualifications: [
              buildQualification({ reference: '500', endOn: '2026-03-03' }),
              buildQualification({ reference: '501', endOn: '2026-03-02' }),
            ],
          }),
          aLearner({
            ident: '1',
            endOn: '2026-03-02',
            reviews: [buildReview({ id: third, actualAt: null })],
          }),
          aLearner({ ident: '3', endOn: '2027-01-01' }),
        ],
      });
      expect(await pics.readFutureDates({ idents: ['2', '1'], after })).toEqual([
        { ident: '2', what: 'learner', record: null, at: '2026-03-03' },
        { ident: '2', what: 'qualification', record: '500/1', at: '2026-03-03' },
        { ident: '2', what: 'review', record: first, at: '2026-03-02T10:00:01' },
      ]);
    });
  });
}
