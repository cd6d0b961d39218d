import { describe, expect } from 'vitest';
import type { Learner } from '../../src/domain/learner.ts';
import { buildQualification, buildReview } from '../support/learner.ts';
import { aBusyLearner, aLearner, anOfficer, anOrganisation, reviewIds } from '../support/pics-records.ts';
import type { ClaimTest, SetUpPics } from './pics.ts';

const [first, second, third] = reviewIds;

function inOrder<T extends { readonly ident: string }>(some: readonly T[]): readonly T[] {
  return some.toSorted((a, b) => (a.ident < b.ident ? -1 : 1));
}

/** What is asked of many records at once. */
export function claimLookups(test: ClaimTest, setup: SetUpPics): void {
  describe('many records', () => {
    test('names are read by code; of who has none, nothing', async () => {
      const { put, pics } = await setup();
      await put({
        owners: [
          anOfficer('JB', { firstName: 'Jo', surname: 'Bell' }),
          anOfficer('NO', { surname: null }),
          anOrganisation('ORG1'),
        ],
      });
      const names = await pics.readOwnerNames('officer', ['JB', 'NO', 'XX']);
      expect([...names]).toEqual([['JB', 'Jo Bell']]);
      expect([...(await pics.readOwnerNames('organisation', ['ORG1', 'JB']))]).toEqual([
        ['ORG1', 'Hill Ltd'],
      ]);
      expect((await pics.readOwnerNames('officer', [])).size).toBe(0);
    });

    test('D-6, D-14: officers and organisations come in the order of their codes, or those that are asked for', async () => {
      const { put, pics } = await setup();
      await put({
        owners: [
          anOfficer('B', { isDormant: true }),
          anOfficer('A', { firstName: 'Jo', externalId: '7' }),
          anOrganisation('P'),
        ],
      });
      const jo = { code: 'A', name: 'Jo Hall', externalId: '7', isDormant: false };
      const left = { code: 'B', name: 'Hall', externalId: null, isDormant: true };
      expect(await pics.readOwners('officer', null)).toEqual([jo, left]);
      expect(await pics.readOwners('officer', ['B', 'P', 'GONE'])).toEqual([left]);
      expect(await pics.readOwners('organisation', null)).toEqual([
        { code: 'P', name: 'Hill Ltd', externalId: null, isDormant: false },
      ]);
    });

    test('D-7, D-20: an id counts where the portfolio in use is the vendor’s, or none', async () => {
      const { put, pics } = await setup();
      const holding = (ident: string, activePortfolio: Learner['activePortfolio']) =>
        aLearner({ ident, firstName: 'Ann', activePortfolio, oneFileId: '55', smartAssessorId: null });
      await put({
        learners: [
          holding('4', 'other'),
          holding('3', 'S'),
          holding('2', 'O'),
          holding('1', null),
          aLearner({ ident: '5', oneFileId: '56', uln: '1000000027', birthDate: '1999-02-28' }),
          aLearner({ ident: '6' }),
        ],
        owners: [anOfficer('B', { externalId: '55' }), anOfficer('A', { externalId: '55' })],
      });
      expect(inOrder(await pics.readVendorLearners('oneFileId'))).toEqual([
        { ident: '1', vendorId: '55' },
        { ident: '2', vendorId: '55' },
        { ident: '5', vendorId: '56' },
      ]);
      const persons = await pics.readPersons('oneFileId', null);
      expect(persons.map(({ ident, vendorId }) => [ident, vendorId])).toEqual([
        ['1', '55'],
        ['2', '55'],
        ['3', null],
        ['4', null],
        ['5', '56'],
        ['6', null],
      ]);
      expect(await pics.readPersons('oneFileId', ['5', '9'])).toEqual([
        {
          ident: '5',
          vendorId: '56',
          uln: '1000000027',
          niNumber: null,
          firstName: null,
          surname: 'Berg',
          birthDate: '1999-02-28',
        },
      ]);
      const like = (known: object) =>
        pics
          .readPersonsLike('oneFileId', { uln: null, niNumber: null, birthDate: null, ...known })
          .then((found) => found.map(({ ident }) => ident));
      expect(await like({ uln: '1000000027' })).toEqual(['5']);
      expect(await like({ birthDate: '1999-02-28', uln: '1000000019' })).toEqual(['5']);
      expect(await like({ niNumber: 'QQ123456C' })).toEqual([]);
      expect(await like({})).toEqual([]);
      expect(await pics.readClaimants('learner', 'oneFileId', '55')).toEqual([
        { code: '1', name: 'Ann Berg' },
        { code: '2', name: 'Ann Berg' },
      ]);
      expect(await pics.readClaimants('officer', 'oneFileId', '55')).toEqual([
        { code: 'A', name: 'Hall' },
        { code: 'B', name: 'Hall' },
      ]);
      expect(await pics.readClaimants('organisation', 'oneFileId', '55')).toEqual([]);
    });

    test('D-15: reviews that show an id of the vendor name their learner', async () => {
      const { put, pics } = await setup();
      const showing = (ident: string, id: string, vendorId: string | null) =>
        aLearner({ ident, reviews: [buildReview({ id, oneFileId: vendorId })] });
      await put({
        learners: [showing('1', first, '5'), showing('2', second, '6'), showing('3', third, null)],
      });
      expect(await pics.readReviewHolders('oneFileId', ['5', '7'])).toEqual([
        { id: first, ident: '1', vendorId: '5' },
      ]);
      expect(await pics.readReviewHolders('smartAssessorId', ['5'])).toEqual([]);
      expect(await pics.readReviewHolders('oneFileId', [])).toEqual([]);
    });

    test('OF-40: where learners stand; who is not there is left out', async () => {
      const { put, pics } = await setup();
      await put({
        learners: [
          aLearner({ ident: '1', status: 'L', endOn: '2026-01-31' }),
          aLearner({ ident: '2', status: null, isSuspended: true }),
        ],
      });
      expect(inOrder((await pics.readLearnerStandings(['2', '1', '9'])) ?? [])).toEqual([
        { ident: '1', status: 'L', isSuspended: false, endOn: '2026-01-31' },
        { ident: '2', status: null, isSuspended: true, endOn: null },
      ]);
    });

    test('OF-34: officers and organisations in use are those that learners, qualifications, reviews and placements name', async () => {
      const { put, pics } = await setup();
      const placement = { seq: 1, type: null, startOn: null, endOn: null };
      const unnamed = { organisationName: null, organisationExternalId: null };
      await put({
        owners: ['E', 'D', 'C', 'B', 'A'].map((code) => anOfficer(code)),
        learners: [
          aLearner({
            ident: '1',
            mainOfficer: 'C',
            qualifications: [buildQualification({ reference: '500', officer: 'B' })],
            reviews: [buildReview({ id: first, officer: 'GONE' })],
            relatedOfficers: [{ relation: 'ASR2', code: 'E' }],
          }),
          aLearner({
            ident: '2',
            mainOfficer: 'C',
            reviews: [buildReview({ id: second, officer: 'A' })],
            placements: [{ organisation: 'P1', ...placement, ...unnamed }],
          }),
          aLearner({ ident: '3', mainOfficer: 'D' }),
        ],
      });
      await put({ owners: [anOrganisation('P1'), anOrganisation('P2')] });
      const { officers, organisations } = await pics.readUsedOwners(['1', '2']);
      expect(officers.map(({ code }) => code)).toEqual(['A', 'B', 'C']);
      expect(organisations).toEqual([{ code: 'P1', name: 'Hill Ltd', externalId: null, isDormant: false }]);
      expect(await pics.readUsedOwners([])).toEqual({ officers: [], organisations: [] });
    });

    test('OF-19, OF-51, OF-58: new reviews are counted by their officer, else by the main officer; those of another vendor are none', async () => {
      const { put, pics } = await setup();
      const proposed = { type: 'N', proposedAt: '2026-03-02T10:00:00' } as const;
      await put({
        owners: [anOfficer('A'), anOfficer('B')],
        learners: [
          aLearner({
            ident: '1',
            mainOfficer: 'B',
            reviews: [
              buildReview({ id: first, ...proposed, officer: 'A' }),
              buildReview({ id: second, ...proposed, officer: 'GONE' }),
              buildReview({ id: third, ...proposed, officer: 'A', oneFileId: '5' }),
            ],
          }),
          aLearner({
            ident: '2',
            mainOfficer: 'B',
            reviews: [
              buildReview({ id: '5f0c7d1e-0000-4000-8000-000000000004', ...proposed }),
              buildReview({ id: '5f0c7d1e-0000-4000-8000-000000000005', ...proposed, attended: 'N' }),
              buildReview({
                id: '5f0c7d1e-0000-4000-8000-000000000006',
                ...proposed,
                actualAt: '2026-03-02T10:05:00',
              }),
              buildReview({ id: '5f0c7d1e-0000-4000-8000-000000000007', type: 'N' }),
              buildReview({
                id: '5f0c7d1e-0000-4000-8000-000000000008',
                ...proposed,
                smartAssessorId: 'EV-8',
              }),
            ],
          }),
        ],
      });
      const idents = ['1', '2'];
      expect(await pics.countNewReviews({ idents, types: ['N'], column: 'oneFileId' })).toEqual([
        { officer: 'A', count: 1 },
        { officer: 'B', count: 2 },
      ]);
      expect(await pics.countNewReviews({ idents, types: ['C'], column: 'oneFileId' })).toEqual([]);
    });

    test('OF-18: references in use are those of these learners, and of all with one of these letters', async () => {
      const { put, pics } = await setup();
      const studying = (ident: string, status: string | null, ...references: readonly string[]) =>
        aLearner({
          ident,
          status,
          qualifications: references.map((reference) => buildQualification({ reference })),
        });
      await put({
        learners: [
          studying('1', 'L', 'LIVE', 'TWO'),
          studying('2', 'X', 'LINKED'),
          studying('3', null, 'NO'),
        ],
      });
      const read = (idents: readonly string[], letters: readonly string[]) =>
        pics.readUsedReferences({ idents, letters });
      expect(await read(['2'], ['L', 'C'])).toEqual(['LINKED', 'LIVE', 'TWO']);
      expect(await read([], [])).toEqual([]);
    });

    test('A-32, OF-6: normal review types in their order, and settings of the desktop product by name', async () => {
      const { put, pics } = await setup();
      await put({ normalReviewTypes: ['R', 'N'], settings: { OF_A: 'Y', OF_B: 'x' } });
      expect(await pics.readNormalReviewTypes()).toEqual(['N', 'R']);
      expect(await pics.readDesktopSettings(['OF_C', 'OF_A'])).toEqual([{ name: 'OF_A', value: 'Y' }]);
    });

    test('a learner with a review and a qualification is one learner in each answer', async () => {
      const { put, pics } = await setup();
      await put({ owners: [anOfficer('OFF1')], learners: [aBusyLearner('1', first)] });
      expect(await pics.readPersons('oneFileId', null)).toHaveLength(1);
      expect(await pics.readLearnerStandings(['1', '1'])).toHaveLength(1);
      expect((await pics.readUsedOwners(['1', '1'])).officers).toHaveLength(1);
    });

    test('the rows of each captured table say in which lanes they are', async () => {
      const { put, pics } = await setup();
      const placement = { seq: 1, type: null, startOn: null, endOn: null };
      const unnamed = { organisationName: null, organisationExternalId: null };
      await put({
        owners: [anOfficer('OFF1'), anOrganisation('P1')],
        learners: [
          { ...aBusyLearner('1', first), hasDetails: false, hasEpisode: false },
          aLearner({ ident: '2', placements: [{ organisation: 'P1', ...placement, ...unnamed }] }),
          aLearner({ ident: "O'3" }),
        ],
      });
      const lanesOf = async (table: string) => [...(await pics.readLanesOf(table))].toSorted();
      expect(await lanesOf('trainee')).toEqual(['1', '2', "O'3"]);
      expect(await lanesOf('pctrndet')).toEqual(['2', "O'3"]);
      expect(await lanesOf('epidata')).toEqual(['2', "O'3"]);
      expect(await lanesOf('trqual')).toEqual(['1']);
      expect(await lanesOf('itp_revu')).toEqual(['1']);
      expect(await lanesOf('trplace')).toEqual(['2']);
      expect(await lanesOf('officer')).toEqual(['officer:OFF1']);
      expect(await lanesOf('placemnt')).toEqual(['organisation:P1']);
      await expect(pics.readLanesOf('request')).rejects.toThrow('request has no rows of learners');
    });

    test('a snapshot is asked for of the learners that are named, of all, and of none not at all', async () => {
      const { pics, readSnapshots } = await setup();
      await pics.requestSnapshot({ table: 'trqual', lanes: ['00017', "O'3"] });
      await pics.requestSnapshot({ table: 'officer', lanes: ['officer:AB'] });
      await pics.requestSnapshot({ table: 'itp_revu', lanes: null });
      await pics.requestSnapshot({ table: 'trqual', lanes: [] });
      expect(await readSnapshots()).toEqual([
        { table: 'trqual', lanes: ['00017', "O'3"] },
        { table: 'officer', lanes: ['officer:AB'] },
        { table: 'itp_revu', lanes: null },
      ]);
      await expect(pics.requestSnapshot({ table: 'heartbeat', lanes: null })).rejects.toThrow(
        'heartbeat has no rows of learners',
      );
    });

    test('a snapshot of more learners than one signal has room for is of each of them, or of all', async () => {
      const { pics, readSnapshots } = await setup();
      const idents = Array.from({ length: 500 }, (_, n) => String(n).padStart(8, '0'));
      await pics.requestSnapshot({ table: 'trqual', lanes: idents });
      const some = await readSnapshots();
      expect(some.flatMap((one) => one.lanes ?? [])).toEqual(idents);
      const many = Array.from({ length: 5_000 }, (_, n) => String(n).padStart(8, '0'));
      await pics.requestSnapshot({ table: 'trqual', lanes: many });
      const added = (await readSnapshots()).slice(some.length);
      const isWhole = added.length === 1 && added[0]?.lanes === null;
      expect(isWhole || added.flatMap((one) => one.lanes ?? []).length === many.length).toBe(true);
    });
  });
}
