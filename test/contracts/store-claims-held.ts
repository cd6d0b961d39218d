import { describe, expect } from 'vitest';
import { anIntent, aReport, scope } from '../support/ledger-records.ts';
import type { ClaimTest, SetUpStore } from './store.ts';

const refused = { subject: 'review:1', code: 'VENDOR_REFUSED', params: { what: 'x' }, requestHash: 'h1' };
const conflict = { kind: 'conflict' };
const retried = { vendor: 'onefile', ident: '00017', subject: 'review:1', code: refused.code };

/** The list of what waits for a person. */
export function claimHeldList(test: ClaimTest, setup: SetUpStore): void {
  describe('the held list', () => {
    test('an item is listed while it waits, and stays as history when it was released', async () => {
      const { store, record } = await setup();
      await record({ holds: [refused] });
      const [item] = await store.held.list();
      expect(item).toEqual({
        ...refused,
        vendor: 'onefile',
        centre: 'c1',
        ident: '00017',
        id: item?.id,
        tries: 1,
        sinceMs: expect.any(Number),
        skippedAtMs: null,
        closedAtMs: null,
        how: null,
        by: null,
        reason: null,
      });
      await record({ released: ['review:1'] });
      expect(await store.held.list()).toEqual([]);
      expect(await store.held.list({ state: 'closed' })).toMatchObject([
        { id: item?.id, how: 'released', closedAtMs: expect.any(Number) },
      ]);
    });

    test('a report opens its items without the version of a lane, and told again it opens nothing', async () => {
      const { store, record, readLane } = await setup();
      await record({ holds: [] });
      const { version } = await readLane();
      const hold = {
        ident: '00017',
        subject: 'learning-aim:7',
        code: 'PICS_REFUSED',
        params: { state: '22001' },
      };
      const report = aReport({ holds: [hold, { ...hold, ident: '' }] });
      const tell = () => store.recordReport({ ...scope, source: 'onefile.learning-aim/0' }, report);
      await tell();
      const items = await store.held.list();
      expect(items.map(({ ident, subject, code }) => `${ident} ${subject} ${code}`).sort()).toEqual([
        ' learning-aim:7 PICS_REFUSED',
        '00017 learning-aim:7 PICS_REFUSED',
      ]);
      expect((await readLane()).version).toBe(version);
      await store.held.retry({ ids: items.map(({ id }) => id) }, { by: 'ann' });
      await tell();
      expect(await store.held.list()).toEqual([]);
      await store.recordReport({ ...scope, source: 'onefile.learning-aim/0' }, aReport({ holds: [hold] }));
      expect(await store.held.list()).toMatchObject([{ ...hold, tries: 2 }]);
    });

    test('G-10: a report adds the notes that the lane lacks, each once, and a look under way begins again', async () => {
      const { store, record, readLane } = await setup();
      const [known, added] = ['1', '2'].map((n) => ({ code: 'D-15', subject: `review:${n}` }));
      if (known === undefined || added === undefined) throw new Error('there are two');
      await record({ notes: [known] });
      const { version } = await readLane();
      const tell = (...notes: readonly (typeof known)[]) => {
        const report = aReport({ notes: notes.map((note) => ({ ident: '00017', ...note })) });
        return store.recordReport({ ...scope, source: 'onefile.review/0' }, report);
      };
      await tell(known);
      expect(await readLane()).toMatchObject({ version, notes: [known] });
      await tell(added, known, added);
      const lane = await readLane();
      expect(lane.notes).toEqual([known, added]);
      expect(lane.version).toBeGreaterThan(version);
      await tell(added);
      expect(await readLane()).toMatchObject({ version: lane.version, notes: [known, added] });
      // Without a lane nothing has ever been exchanged, and there is nothing to note it at.
      const stranger = aReport({ notes: [{ ident: '99999', ...added }] });
      await store.recordReport({ ...scope, source: 'onefile.review/0' }, stranger);
      expect((await readLane()).notes).toEqual([known, added]);
    });

    test('G-11: a report raises alarms, those of one kind as one, and told again it counts none', async () => {
      const { store } = await setup();
      const alarm = {
        kind: 'future-stamp',
        about: 'onefile.review',
        code: 'review',
        place: 't/0/1',
      } as const;
      const alarms = [alarm, { ...alarm, place: 't/0/4' }, { ...alarm, code: 'learner', place: 't/0/9' }];
      const ofAnswers = { vendor: null, centre: null, source: 'request-result/0' };
      const report = aReport({ alarms });
      await store.recordReport(ofAnswers, report);
      await store.recordReport(ofAnswers, report);
      await store.recordReport({ ...scope, source: 'onefile.review/0' }, aReport({ alarms: [alarm] }));
      const open = await store.alarms.listOpen();
      expect(open.map(({ code, count, place }) => `${code} ${count} ${place}`).sort()).toEqual([
        'learner 1 t/0/9',
        'review 3 t/0/1',
      ]);
    });

    test('the list is filtered by lane and reason and goes on page by page', async () => {
      const { store, record } = await setup();
      await record({
        holds: ['review:1', 'review:2', 'review:3'].map((subject) => ({ ...refused, subject })),
      });
      await record({ ident: '00018', holds: [{ ...refused, code: 'OTHER' }] });
      const subjects = async (filter: Parameters<typeof store.held.list>[0]) =>
        (await store.held.list(filter)).map(({ ident, subject }) => `${ident} ${subject}`);
      expect(await subjects({ code: 'OTHER' })).toEqual(['00018 review:1']);
      expect(await subjects({ ident: '00017', limit: 2 })).toEqual(['00017 review:1', '00017 review:2']);
      const second = (await store.held.list({ limit: 2 }))[1];
      expect(await subjects({ afterId: second?.id ?? '' })).toEqual(['00017 review:3', '00018 review:1']);
      expect(await subjects({ vendor: 'smartassessor' })).toEqual([]);
    });

    test('a retried item is closed, its lane moves on, and held again it counts a try', async () => {
      const { store, record, readLane } = await setup();
      await record({ holds: [refused] });
      const { version } = await readLane();
      const [item] = await store.held.list();
      const ids = [item?.id ?? ''];
      expect(await store.held.retry({ ids }, { by: 'ann' })).toEqual([
        { ...retried, params: refused.params },
      ]);
      expect(await store.ledger.recordIntent(anIntent({ version }))).toEqual(conflict);
      expect(await store.held.list({ state: 'closed' })).toMatchObject([{ how: 'retried', by: 'ann' }]);
      await record({ holds: [refused] });
      expect(await store.held.list()).toMatchObject([{ tries: 2, sinceMs: item?.sinceMs }]);
      expect(await store.held.retry({ ids }, { by: 'ann' })).toEqual([]);
    });

    test('all items with one reason, or of some lanes, are retried at once; others and left ones stay', async () => {
      const { store, record } = await setup();
      await record({ holds: [refused, { ...refused, subject: 'aim:1', code: 'OTHER' }] });
      await record({ ident: '00018', holds: [refused, { ...refused, subject: 'review:2' }] });
      const left = (await store.held.list({ ident: '00018' }))[1];
      await store.held.skip(left?.id ?? '', { reason: 'left', by: 'ann' });
      const byCode = await store.held.retry({ vendor: 'onefile', code: refused.code }, { by: 'ann' });
      expect(byCode.map(({ ident, subject }) => `${ident} ${subject}`).sort()).toEqual([
        '00017 review:1',
        '00018 review:1',
      ]);
      const byLane = await store.held.retry({ vendor: 'onefile', idents: ['00017', '00018'] }, { by: 'ann' });
      expect(byLane).toMatchObject([{ ident: '00017', subject: 'aim:1' }]);
      expect(await store.held.list({ state: 'skipped' })).toMatchObject([{ ident: '00018' }]);
      const byId = await store.held.retry({ ids: [left?.id ?? ''] }, { by: 'ann' });
      expect(byId).toMatchObject([{ subject: 'review:2' }]);
    });

    test('a retry that is given again names the same items, and closes no others', async () => {
      const { store, record } = await setup();
      await record({ ident: 'officer:JB', holds: [{ ...refused, subject: 'officer:JB' }] });
      const act = { by: 'ann', request: '7b0c2a7e' };
      const choice = { vendor: 'onefile', idents: ['officer:JB'] } as const;
      expect(await store.held.retry(choice, act)).toMatchObject([{ ident: 'officer:JB' }]);
      await record({ ident: '00018', holds: [refused] });
      expect(await store.held.retry(choice, act)).toMatchObject([{ ident: 'officer:JB' }]);
      expect(await store.held.retry(choice, { ...act, request: 'another' })).toEqual([]);
      expect(await store.held.list()).toMatchObject([{ ident: '00018' }]);
    });

    test('an item that a person leaves keeps its request from being sent until the request changes', async () => {
      const { store, record, readLane } = await setup();
      await record({ holds: [refused] });
      const [item] = await store.held.list();
      const { version } = await readLane();
      const act = { reason: 'left the company', by: 'ann' };
      expect(await store.held.skip(item?.id ?? '', act)).toEqual({
        vendor: 'onefile',
        ident: '00017',
        subject: 'review:1',
      });
      expect((await readLane()).version).toBe(version);
      await record({ holds: [refused] });
      expect((await readLane()).held).toMatchObject([{ requestHash: 'h1' }]);
      expect(await store.held.list()).toEqual([]);
      expect(await store.held.list({ state: 'skipped' })).toMatchObject([{ how: 'skipped', ...act }]);
      await record({ holds: [{ ...refused, requestHash: 'h2' }] });
      expect(await store.held.list()).toMatchObject([
        { requestHash: 'h2', how: null, by: null, reason: null },
      ]);
      await record({ released: ['review:1'] });
      expect(await store.held.skip(item?.id ?? '', act)).toBeNull();
    });

    test('what waits is counted by reason, the most frequent first', async () => {
      const { store, record } = await setup();
      const waiting = { ...refused, code: 'NO_ASSESSOR', params: { officer: 'AB' } };
      await record({ holds: [waiting, { ...refused, subject: 'aim:1' }] });
      await record({ ident: '00018', holds: [waiting] });
      const [, , last] = await store.held.list();
      expect(await store.held.countByReason()).toEqual([
        { vendor: 'onefile', code: 'NO_ASSESSOR', count: 2, oldestSinceMs: expect.any(Number) },
        { vendor: 'onefile', code: 'VENDOR_REFUSED', count: 1, oldestSinceMs: expect.any(Number) },
      ]);
      await store.held.skip(last?.id ?? '', { reason: 'left', by: 'ann' });
      expect((await store.held.countByReason()).map(({ count }) => count)).toEqual([1, 1]);
    });

    test('learners are found by the officer or place that they wait for, and all lanes in which something waits', async () => {
      const { store, record } = await setup();
      const waiting = { ...refused, params: { officer: 'AB' } };
      await record({ ident: '00018', holds: [waiting, { ...waiting, subject: 'review:2' }] });
      await record({ holds: [waiting] });
      await record({ ident: 'officer:AB', holds: [{ ...waiting, subject: 'officer:AB' }] });
      await record({ ident: 'organisation:X', holds: [{ ...refused, subject: 'organisation:X' }] });
      const of = (value: string) => store.held.readIdentsFor('onefile', { name: 'officer', value });
      expect(await of('AB')).toEqual(['00017', '00018']);
      expect(await of('CD')).toEqual([]);
      await record({ ident: '', holds: [{ ...refused, subject: 'deletions:review' }] });
      const learners = ['00017', '00018'];
      expect(await store.held.readLanes('onefile')).toEqual([...learners, 'officer:AB', 'organisation:X']);
      const [left] = await store.held.list({ ident: 'organisation:X' });
      await store.held.skip(left?.id ?? '', { reason: 'left', by: 'ann' });
      expect(await store.held.readLanes('onefile')).toEqual([...learners, 'officer:AB']);
    });
  });
}
