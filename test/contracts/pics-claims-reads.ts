import { describe, expect } from 'vitest';
import { buildQualification, buildReview } from '../support/learner.ts';
import { aBusyLearner, aLearner, anOfficer, anOrganisation, reviewIds } from '../support/pics-records.ts';
import type { ClaimTest, SetUpPics } from './pics.ts';

const [first, second, third] = reviewIds;

/** What is read of one learner, officer or organisation. */
export function claimReads(test: ClaimTest, setup: SetUpPics): void {
  describe('one record', () => {
    test('a learner comes whole, with what it names, each list in an order of its own', async () => {
      const { put, read } = await setup();
      const own = aLearner({
        ident: '10001',
        title: 'M',
        firstName: 'Ann',
        sex: 'F',
        birthDate: '1999-02-28',
        niNumber: 'QQ123456C',
        address: ['1 Mill Lane', null, 'Leeds', null],
        postcode: 'LS1 4AB',
        phone: '0113 496 0000',
        mobile: '07700 900123',
        email: 'ann@example.org',
        uln: '1000000027',
        ethnicity: '31',
        disability: '9',
        status: 'L',
        isSuspended: true,
        mainOfficer: 'OFF2',
        startOn: '2026-01-05',
        expectedEndOn: '2026-12-31',
        risk: '2',
        activePortfolio: 'O',
        oneFileId: '77',
      });
      const qualifications = ['500', '400'].map((reference) =>
        buildQualification({ reference, registeredOn: '2026-01-15', elementsDone: 4 }),
      );
      const reviews = [
        buildReview({ id: second, proposedAt: '2026-03-29T01:30:00', type: 'N', attended: 'Y' }),
        buildReview({ id: third, proposedAt: '2026-02-01T10:00:00', officer: 'OFF1', oneFileId: '9' }),
        buildReview({ id: first, proposedAt: '2026-02-01T10:00:00', officer: 'GONE' }),
      ];
      const placement = { type: 'P', startOn: '2026-01-05', endOn: null };
      const named = { organisationName: 'Hill Ltd', organisationExternalId: '8' };
      const none = { organisationName: null, organisationExternalId: null };
      const placements = [
        { seq: 2, organisation: 'ORG1', ...placement, ...named },
        { seq: 1, organisation: 'NONE', ...placement, ...none },
      ];
      const relatedOfficers = [
        { relation: 'ASR2', code: 'OFF3' },
        { relation: 'ASR1', code: 'OFF9' },
      ];
      await put({
        owners: [
          anOfficer('OFF2', { externalId: '6', email: 'hall@example.org' }),
          anOfficer('OFF1'),
          anOfficer('OFF3', { isDormant: true }),
          anOfficer('OFF4'),
          anOrganisation('ORG1', { externalId: '8' }),
        ],
        learners: [{ ...own, qualifications, reviews, placements, relatedOfficers }],
      });
      const officer = { firstName: null, surname: 'Hall', email: null, externalId: null, isDormant: false };
      expect(await read('10001')).toEqual({
        ...own,
        qualifications: qualifications.toReversed(),
        reviews: [reviews[2], reviews[1], reviews[0]],
        placements: placements.toReversed(),
        officers: [
          { ...officer, code: 'OFF1' },
          { ...officer, code: 'OFF2', externalId: '6', email: 'hall@example.org' },
          { ...officer, code: 'OFF3', isDormant: true },
        ],
        relatedOfficers: relatedOfficers.toReversed(),
      });
    });

    test('a learner is found by its ident, padded or not; one that is not there is null', async () => {
      const { put, read } = await setup();
      await put({ learners: [aLearner({ ident: '10001' })] });
      expect((await read('10001   '))?.ident).toBe('10001');
      expect(await read('10002')).toBeNull();
    });

    test('D-20: a learner without its row of details has none of what stands in it', async () => {
      const { put, read } = await setup();
      await put({ learners: [aLearner({ ident: '10001', hasDetails: false })] });
      expect(await read('10001')).toMatchObject({ hasDetails: false, email: null, oneFileId: null });
    });

    test('an officer or organisation is read by its kind and code', async () => {
      const { put, pics } = await setup();
      const officer = anOfficer('A1', { firstName: 'Jo', mobile: '07700 900123', isDormant: true });
      const address = ['1 Mill Lane', 'Leeds', null, null];
      const known = { website: 'hill.example', externalId: '8', edrs: '100000002', headCount: 40 };
      const organisation = anOrganisation('A1', { address, ...known });
      await put({ owners: [officer, organisation] });
      const read = (kind: 'officer' | 'organisation', code: string) =>
        pics.readOwner({ key: { kind, code }, txIds: [] });
      expect(await read('officer', 'A1')).toEqual(officer);
      expect(await read('organisation', 'A1')).toEqual(organisation);
      expect(await read('officer', 'B2')).toBeNull();
    });

    test('the learner of a review is known; of what is no id, nothing', async () => {
      const { put, pics } = await setup();
      await put({ learners: [aBusyLearner('10001', first)] });
      expect(await pics.readIdentOfReview(first)).toBe('10001');
      expect(await pics.readIdentOfReview(second)).toBeNull();
      expect(await pics.readIdentOfReview('no id')).toBeNull();
    });
  });
}
