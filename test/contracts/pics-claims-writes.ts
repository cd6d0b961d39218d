import { describe, expect } from 'vitest';
import type { RowAction } from '../../src/domain/rows.ts';
import { buildReview } from '../support/learner.ts';
import {
  aBusyLearner,
  aLearner,
  anOfficer,
  anOrganisation,
  reviewIds,
  rowsOf,
} from '../support/pics-records.ts';
import { type ClaimTest, type SetUpPics, widestNumber } from './pics.ts';

const [first, second, third] = reviewIds;

function toCounter(ident: string, elementsDone: number): RowAction {
  return { kind: 'update-qualification', ident, reference: '500', seq: 1, set: { elementsDone } };
}

/** The rows that a transaction of the reconciler reads, locks and writes. */
export function claimWrites(test: ClaimTest, setup: SetUpPics): void {
  describe('a transaction', () => {
    test('writes the columns that an action names, and leaves the others and other rows', async () => {
      const { put, commit, read } = await setup();
      const [one, other] = [aBusyLearner('1', first), aBusyLearner('2', second)];
      await put({ owners: [anOfficer('OFF1')], learners: [one, other] });
      const before = [await read('1'), await read('2')];
      const set = { registrationNumber: 'XY1', registeredOn: '2026-01-15' };
      await commit(({ applyActions }) =>
        applyActions([
          { kind: 'update-qualification', ident: '1', reference: '500', seq: 1, set },
          { kind: 'update-review', id: first, set: { attended: 'Y', actualAt: '2026-03-02T10:05:00' } },
          { kind: 'update-learner', ident: '1', set: { surname: 'O’Brien', email: 'a@example.org' } },
        ]),
      );
      expect(await read('1')).toEqual({
        ...before[0],
        surname: 'O’Brien',
        email: 'a@example.org',
        qualifications: [{ ...one.qualifications[0], ...set }],
        reviews: [{ ...one.reviews[0], attended: 'Y', actualAt: '2026-03-02T10:05:00' }],
      });
      expect(await read('2')).toEqual(before[1]);
    });

    test('the rows of one are also read without it: of one moment, whoever has locked them, locking none', async () => {
      const { put, pics, lock, commit } = await setup();
      await put({
        owners: [anOfficer('OFF1'), anOrganisation('P')],
        learners: [aBusyLearner('1', first), aLearner({ ident: '2' })],
      });
      const parts = ['own', 'episode', 'details', 'qualifications', 'reviews'] as const;
      const query = rowsOf(['1', '2', '9'], { officers: ['OFF1'], organisations: ['P'], parts });
      const { nowMs: _then, ...locked } = await commit(({ readRows }) => readRows(query));
      const unlock = await lock('1');
      const { nowMs: _now, ...rows } = await pics.readRows(query);
      expect(rows).toEqual(locked);
      expect([...rows.learners.keys()].sort()).toEqual(['1', '2']);
      await unlock();
      const reading = pics.readRows(query);
      expect([...(await commit(({ readLocked }) => readLocked(query)))]).toEqual([]);
      await reading;
    });

    test('OF-71, OF-72: an officer’s and an organisation’s details go into their rows, an address whole', async () => {
      const { put, pics, commit } = await setup();
      const address = ['old', null, 'old', null];
      await put({ owners: [anOfficer('A', { phone: '1' }), anOrganisation('P', { address, phone: '2' })] });
      await commit(({ applyActions }) =>
        applyActions([
          { kind: 'update-officer', code: 'A', set: { email: 'a@example.org' } },
          { kind: 'update-organisation', code: 'P', set: { address: ['1 Mill Lane', 'Leeds', null, null] } },
        ]),
      );
      const read = (kind: 'officer' | 'organisation', code: string) =>
        pics.readOwner({ key: { kind, code }, txIds: [] });
      expect(await read('officer', 'A')).toEqual(anOfficer('A', { phone: '1', email: 'a@example.org' }));
      const moved = ['1 Mill Lane', 'Leeds', null, null];
      expect(await read('organisation', 'P')).toEqual(anOrganisation('P', { phone: '2', address: moved }));
    });

    test('OF-23, OF-24: an id is set and taken away; the portfolio in use is set only where there was none', async () => {
      const { put, pics, commit, read } = await setup();
      await put({
        owners: [anOfficer('A', { externalId: '6' }), anOrganisation('P')],
        learners: [
          aLearner({ ident: '1' }),
          aLearner({ ident: '2', activePortfolio: 'S' }),
          aLearner({ ident: '3', activePortfolio: 'O', oneFileId: '54' }),
        ],
      });
      const toId = (ident: string, vendorId: string | null): RowAction => {
        return { kind: 'set-learner-id', ident, vendorId, activePortfolio: 'O' };
      };
      await commit(({ applyActions }) =>
        applyActions([
          toId('1', '55'),
          toId('2', '56'),
          toId('3', null),
          { kind: 'set-officer-id', code: 'A', vendorId: null },
          { kind: 'set-organisation-id', code: 'P', vendorId: '8' },
        ]),
      );
      const ids = await Promise.all(['1', '2', '3'].map(read));
      expect(ids.map((learner) => [learner?.oneFileId, learner?.activePortfolio])).toEqual([
        ['55', 'O'],
        ['56', 'S'],
        [null, 'O'],
      ]);
      expect((await pics.readOwners('officer', null))[0]?.externalId).toBeNull();
      expect((await pics.readOwners('organisation', null))[0]?.externalId).toBe('8');
    });

    test('D-20: without a row of details there is no place for an id, an e-mail address or an ethnicity', async () => {
      const { put, commit, read } = await setup();
      const bare = aLearner({ ident: '1', hasDetails: false });
      await put({ learners: [bare] });
      await commit(({ applyActions }) =>
        applyActions([
          { kind: 'set-learner-id', ident: '1', vendorId: '55', activePortfolio: 'O' },
          { kind: 'update-learner', ident: '1', set: { email: 'a@example.org', phone: '1' } },
        ]),
      );
      expect(await read('1')).toEqual({ ...bare, phone: '1' });
    });

    test('SA-4: the risk goes into the row of the episode; without that row there is no place for it', async () => {
      const { put, commit, read } = await setup();
      const [one, bare] = [aLearner({ ident: '1', risk: '3' }), aLearner({ ident: '2', hasEpisode: false })];
      await put({ learners: [one, bare] });
      await commit(({ applyActions }) =>
        applyActions(['1', '2'].map((ident) => ({ kind: 'set-risk', ident, risk: '1' }))),
      );
      expect(await read('1')).toEqual({ ...one, risk: '1' });
      expect(await read('2')).toEqual(bare);
    });

    test('a review is inserted once, and not where another record has its id', async () => {
      const { put, commit, read } = await setup();
      await put({
        owners: [anOfficer('OFF1')],
        learners: [aBusyLearner('1', first), aLearner({ ident: '2' })],
      });
      const insert = (id: string): RowAction => {
        const { id: _id, ...fields } = buildReview({ id, type: 'N', attended: 'U', oneFileId: '4711' });
        return { kind: 'insert-review', id, ident: '2', fields };
      };
      await commit(({ applyActions }) => applyActions([insert(second), insert(first)]));
      await commit(({ applyActions }) => applyActions([insert(second)]));
      expect((await read('2'))?.reviews).toEqual([
        buildReview({ id: second, type: 'N', attended: 'U', oneFileId: '4711' }),
      ]);
      expect((await read('1'))?.reviews).toMatchObject([{ id: first, oneFileId: null }]);
    });

    test('an action about a row that is not there changes nothing', async () => {
      const { put, pics, commit, read } = await setup();
      await put({ learners: [aLearner({ ident: '1' })] });
      const before = await read('1');
      await commit(({ applyActions }) =>
        applyActions([
          toCounter('1', 7),
          toCounter('9', 7),
          { kind: 'update-review', id: third, set: { attended: 'Y' } },
          { kind: 'set-officer-id', code: 'GONE', vendorId: '6' },
        ]),
      );
      expect([await read('1'), await read('9')]).toEqual([before, null]);
      expect(await pics.readOwners('officer', null)).toEqual([]);
    });

    test('reads the rows that it was asked for, as they are and as it has changed them', async () => {
      const { put, commit } = await setup();
      await put({
        owners: [anOfficer('OFF1', { externalId: '6' }), anOrganisation('P')],
        learners: [aBusyLearner('1', first), aBusyLearner('2', second)],
      });
      const query = rowsOf(['1', '9'], { officers: ['OFF1', 'GONE'], organisations: ['P'] });
      const [before, after] = await commit(async ({ readRows, applyActions }) => {
        const read = await readRows(query);
        await applyActions([toCounter('1', 7), { kind: 'set-officer-id', code: 'OFF1', vendorId: '7' }]);
        return [read, await readRows(query)];
      });
      expect([...before.learners.keys()]).toEqual(['1']);
      expect(before.learners.get('1')).toMatchObject({
        surname: 'Berg',
        qualifications: [{ key: '500/1', registrationNumber: 'AB123', elementsDone: null }],
        reviews: [{ id: first, proposedAt: '2026-03-02T10:00:00' }],
      });
      const idsOf = ({ owners }: typeof before) =>
        [...owners].map(([lane, { externalId }]) => [lane, externalId]);
      expect(idsOf(before)).toEqual([
        ['officer:OFF1', '6'],
        ['organisation:P', null],
      ]);
      expect(after.learners.get('1')?.qualifications).toMatchObject([{ elementsDone: 7 }]);
      expect(idsOf(after)[0]).toEqual(['officer:OFF1', '7']);
    });

    test('leaves nothing behind when it does not commit, or is thrown out of', async () => {
      const { put, pics, transact, read } = await setup();
      await put({ owners: [anOfficer('OFF1')], learners: [aBusyLearner('1', first)] });
      const before = await read('1');
      const { epoch } = await pics.claimPlace('onefile.learning-aim', 0);
      const place = { topic: 'onefile.learning-aim', partition: 0, epoch };
      const run = async (end: 'rolled-back' | 'thrown') =>
        transact(async ({ applyActions, recordApplied }) => {
          await applyActions([toCounter('1', 7)]);
          const none = { items: [], parked: [], unparked: [], report: null };
          await recordApplied({ place, nextOffset: 5n, ...none });
          if (end === 'thrown') throw new Error('the run is broken off');
          return { commit: false, value: end };
        });
      expect(await run('rolled-back')).toEqual({ kind: 'ended', value: 'rolled-back' });
      await expect(run('thrown')).rejects.toThrow('the run is broken off');
      expect(await read('1')).toEqual(before);
      expect((await pics.claimPlace(place.topic, 0)).nextOffset).toBeNull();
    });

    test('is refused whole for a value that PICS does not take, and the next one works', async () => {
      const { put, transact, commit, read } = await setup();
      await put({
        owners: [anOfficer('OFF1')],
        learners: [aBusyLearner('1', first), aBusyLearner('2', second)],
      });
      const set = { registrationNumber: 'X'.repeat(widestNumber + 1) };
      const tooLong: RowAction = { kind: 'update-qualification', ident: '2', reference: '500', seq: 1, set };
      const end = await transact(async ({ applyActions }) => {
        await applyActions([toCounter('1', 7), tooLong]);
        return { commit: true, value: null };
      });
      expect(end).toEqual({ kind: 'refused', code: '22001' });
      expect((await read('1'))?.qualifications).toMatchObject([{ elementsDone: null }]);
      await commit(({ applyActions }) => applyActions([toCounter('1', 8)]));
      expect((await read('1'))?.qualifications).toMatchObject([{ elementsDone: 8 }]);
    });

    test('G-7: what a user has locked is named without waiting, and keeps only who asks for it', async () => {
      const { put, lock, transact, commit, read } = await setup();
      await put({
        owners: [anOfficer('OFF1'), anOfficer('OFF2')],
        learners: [aBusyLearner('1', first), aBusyLearner('2', second)],
      });
      const release = [await lock('1'), await lock('officer:OFF2')];
      const query = rowsOf(['1', '2'], { officers: ['OFF1', 'OFF2'] });
      const locked = await transact(async ({ readLocked }) => ({
        commit: false,
        value: [...(await readLocked(query))].sort(),
      }));
      expect(locked).toEqual({ kind: 'ended', value: ['1', 'officer:OFF2'] });
      const count = (ident: string, officer: string) =>
        transact(async ({ readRows, applyActions }) => {
          await readRows(rowsOf([ident], { officers: [officer] }));
          await applyActions([toCounter(ident, 7)]);
          return { commit: true, value: null };
        });
      expect(await count('1', 'OFF1')).toEqual({ kind: 'collided', code: '55P03' });
      expect(await count('2', 'OFF2')).toEqual({ kind: 'collided', code: '55P03' });
      expect(await count('2', 'OFF1')).toEqual({ kind: 'ended', value: null });
      for (const end of release) await end();
      expect(await count('1', 'OFF2')).toEqual({ kind: 'ended', value: null });
      expect((await read('1'))?.qualifications).toMatchObject([{ elementsDone: 7 }]);
      expect(await commit(async ({ readLocked }) => (await readLocked(query)).size)).toBe(0);
    });

    test('two at once on one learner lose nothing: each comes after the other, or is told to try again', async () => {
      const { put, transact, read } = await setup();
      await put({ owners: [anOfficer('OFF1')], learners: [aBusyLearner('1', first)] });
      const countUp = () =>
        transact(async ({ readRows, applyActions }) => {
          const { learners } = await readRows(rowsOf(['1']));
          const done = learners.get('1')?.qualifications[0]?.elementsDone ?? 0;
          await applyActions([toCounter('1', done + 1)]);
          return { commit: true, value: null };
        });
      const ends = await Promise.all(Array.from({ length: 6 }, countUp));
      const ended = ends.filter(({ kind }) => kind === 'ended').length;
      expect(ended).toBeGreaterThan(0);
      expect(ends.filter(({ kind }) => kind === 'refused')).toEqual([]);
      expect((await read('1'))?.qualifications).toMatchObject([{ elementsDone: ended }]);
    });
  });
}
