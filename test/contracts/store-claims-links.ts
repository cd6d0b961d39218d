import { describe, expect } from 'vitest';
import type { Link } from '../../src/domain/link.ts';
import { aLink, anIntent, anOutcome, aRenaming, aReport, scope } from '../support/ledger-records.ts';
import type { ClaimTest, SetUpStore, StoreHandles } from './store.ts';

const ofLearners = { ...scope, kind: 'learner' } as const;
const officer = (picsId: string, vendorId: string) =>
  aLink({ kind: 'officer', picsId, vendorId, ident: null });

async function lines({ store }: StoreHandles, ...picsIds: readonly string[]): Promise<string[]> {
  const kinds = ['learner', 'officer', 'organisation', 'qualification', 'review'] as const;
  const found = await Promise.all(
    kinds.map((kind) => store.links.readByPicsIds({ ...scope, kind }, picsIds)),
  );
  return found.flat().map(({ kind, picsId, vendorId, ident }) => `${kind} ${picsId}=${vendorId} of ${ident}`);
}

/** Links outside of outcomes, and what follows a changed key. */
export function claimLinks(test: ClaimTest, setup: SetUpStore): void {
  describe('links', () => {
    test('a link is found by either side, in its own centre and kind alone', async () => {
      const { store } = await setup();
      expect(await store.links.record([aLink()])).toEqual([]);
      const link = { ...aLink(), copiedAtMs: null };
      expect(await store.links.readByPicsIds(ofLearners, ['00017', '00018'])).toEqual([link]);
      expect(await store.links.readByVendorIds(ofLearners, ['900', '901'])).toEqual([link]);
      expect(await store.links.readByVendorIds({ ...ofLearners, centre: 'c2' }, ['900'])).toEqual([]);
      expect(await store.links.readByVendorIds({ ...ofLearners, kind: 'review' }, ['900'])).toEqual([]);
      expect(await store.links.count(ofLearners)).toBe(1);
    });

    test('G-2: a link is not made when either side is linked elsewhere, and the holder is named', async () => {
      const { store } = await setup();
      await store.links.record([aLink()]);
      const [own, other] = [aLink({ vendorId: '901' }), aLink({ picsId: '00018', ident: '00018' })];
      expect(await store.links.record([aLink(), own, other])).toEqual([
        { ...own, takenBy: null },
        { ...other, takenBy: '00017' },
      ]);
      expect(await store.links.count(ofLearners)).toBe(1);
    });

    test('G-2: what the vendor showed under the id PICS has is linked as copied, and the journal says so once', async () => {
      const { store } = await setup();
      await store.links.record([aLink()]);
      const seen = (picsId: string, vendorId: string) =>
        aLink({ picsId, ident: picsId, vendorId, how: 'typed' });
      const links = [seen('00017', '901'), seen('00018', '900'), seen('00019', '902'), seen('00020', '903')];
      expect(await store.links.recordSeen(links)).toBe(2);
      expect(await store.links.recordSeen(links)).toBe(0);
      const made = await store.links.readByPicsIds(ofLearners, ['00018', '00019']);
      expect(made).toEqual([{ ...seen('00019', '902'), copiedAtMs: expect.any(Number) }]);
    });

    test('a link is marked as copied once; one that changed meanwhile stays to be announced', async () => {
      const { store, record, pass } = await setup();
      await store.links.record([aLink()]);
      const [before] = await store.links.readByPicsIds(ofLearners, ['00017']);
      if (before === undefined) throw new Error('the link was not made');
      await record({ links: [aLink({ vendorId: '901', how: 'typed', replaces: '900' })] });
      const copy = (link: Link) =>
        store.recordReport({ ...scope, source: 'onefile.link/0' }, aReport({ copied: [link] }));
      await copy(before);
      const [changed] = await store.links.readByPicsIds(ofLearners, ['00017']);
      expect(changed).toMatchObject({ vendorId: '901', copiedAtMs: null });
      if (changed === undefined) return;
      await copy(changed);
      const [copied] = await store.links.readByPicsIds(ofLearners, ['00017']);
      expect(copied?.copiedAtMs).toEqual(expect.any(Number));
      await pass(5);
      await copy(changed);
      expect(await store.links.readByPicsIds(ofLearners, ['00017'])).toEqual([copied]);
    });

    test('a link that an outcome takes away is gone, one that the outcome makes stays', async () => {
      const handles = await setup();
      const review = (vendorId: string) => aLink({ kind: 'review', picsId: 'r1', vendorId });
      await handles.record({ links: [review('41')], unlinks: [{ kind: 'review', picsId: 'r1' }] });
      expect(await lines(handles, 'r1')).toEqual(['review r1=41 of 00017']);
      await handles.record({ unlinks: [{ kind: 'review', picsId: 'r1' }] });
      expect(await lines(handles, 'r1')).toEqual([]);
    });

    test('D-8: officers may share an assessor: each has its link, and the one linked first is listed first', async () => {
      const handles = await setup();
      const { store, record, pass } = handles;
      await store.links.record([officer('ZED', '5')]);
      await pass(5);
      expect(await store.links.record([officer('ABE', '5')])).toEqual([]);
      expect(await store.links.recordSeen([officer('MID', '5')])).toBe(1);
      const shared = await store.links.readByVendorIds({ ...scope, kind: 'officer' }, ['5']);
      expect(shared.map(({ picsId }) => picsId)[0]).toBe('ZED');
      expect(shared.map(({ picsId }) => picsId).toSorted()).toEqual(['ABE', 'MID', 'ZED']);
      await store.links.record([officer('LONE', '4')]);
      const [both, ...more] = await store.links.readShared({ ...scope, kind: 'officer' });
      expect(more).toEqual([]);
      expect(both).toMatchObject({ vendorId: '5', codes: ['ZED', expect.any(String), expect.any(String)] });
      expect(await store.links.readShared({ ...scope, centre: 'c2', kind: 'officer' })).toEqual([]);
      // One officer still has one assessor, also where another officer has the new one already.
      const other = officer('ABE', '6');
      expect(await store.links.record([other])).toEqual([{ ...other, takenBy: null }]);
      await store.links.record([officer('SIX', '6')]);
      await record({ ident: 'officer:ABE', links: [{ ...other, replaces: '5' }] });
      expect((await lines(handles, 'ABE', 'ZED', 'SIX')).toSorted()).toEqual([
        'officer ABE=6 of null',
        'officer SIX=6 of null',
        'officer ZED=5 of null',
      ]);
    });

    test('linked learners and owners are listed in their order, page by page', async () => {
      const { store } = await setup();
      const of = (ident: string, vendorId: string) => aLink({ picsId: ident, ident, vendorId });
      await store.links.record([of('00019', '3'), of('00017', '1'), of('00018', '2'), officer('AB', '1')]);
      const first = await store.links.readLearners(scope, { afterIdent: null, limit: 2 });
      expect(first).toEqual([
        { ident: '00017', vendorId: '1' },
        { ident: '00018', vendorId: '2' },
      ]);
      expect(await store.links.readLearners(scope, { afterIdent: '00018', limit: 2 })).toEqual([
        { ident: '00019', vendorId: '3' },
      ]);
      await store.links.record([officer('CD', '2')]);
      const owners = (afterCode: string | null) =>
        store.links.readOwners({ ...scope, kind: 'officer' }, { afterCode, limit: 9 });
      expect(await owners(null)).toEqual(['AB', 'CD']);
      expect(await owners('AB')).toEqual(['CD']);
    });
  });

  describe('a changed key (A-19)', () => {
    test('a learner keeps its links, held items, open intents and enrolment under the new ident', async () => {
      const handles = await setup();
      const { store, record, readLane } = handles;
      const hold = (subject: string) => ({ subject, code: 'VENDOR_REFUSED', params: {}, requestHash: 'h' });
      const below = [
        aLink({ kind: 'qualification', picsId: '00017/196AS/1', vendorId: '31' }),
        aLink({ kind: 'review', picsId: 'r1', vendorId: '41' }),
      ];
      await record({ links: [aLink(), ...below], holds: [hold('learner:00017'), hold('review:r1')] });
      await store.enrolments.open({ ...scope, ident: '00017' }, { id: 'e1', plan: { a: 1 } });
      const { version } = await readLane();
      await store.ledger.recordIntent(anIntent({ version, subject: 'learner:00017' }));
      await store.links.record([aLink({ picsId: '000170', vendorId: '901', ident: '000170' })]);
      const rename = { entity: 'learner', from: '00017', to: '00090' } as const;
      expect(await store.links.rename(scope, rename, aRenaming())).toEqual({
        kind: 'renamed',
        linkCount: 3,
        to: '00090',
      });
      const all = ['00017', '000170', '00090', '00017/196AS/1', '00090/196AS/1', 'r1'];
      const moved = [
        ...['learner 000170=901 of 000170', 'learner 00090=900 of 00090'],
        ...['qualification 00090/196AS/1=31 of 00090', 'review r1=41 of 00090'],
      ];
      expect((await lines(handles, ...all)).sort()).toEqual(moved);
      const lane = await readLane('00090');
      expect(lane.held.map(({ subject }) => subject).sort()).toEqual(['learner:00090', 'review:r1']);
      expect(lane.openIntents).toMatchObject([{ ident: '00090', subject: 'learner:00090' }]);
      expect(lane.enrolment).toMatchObject({ id: 'e1' });
      expect(await readLane('00017')).toMatchObject({
        held: [],
        openIntents: [],
        links: [],
        enrolment: null,
      });
      expect(await store.links.rename(scope, rename, aRenaming())).toEqual({
        kind: 'renamed',
        linkCount: 0,
        to: '00090',
      });
      expect((await lines(handles, ...all)).sort()).toEqual(moved);
    });

    const change = (from: string, to: string) => ({ entity: 'learner', from, to }) as const;

    test('changes of one record end at its last key, in whatever order they are handled', async () => {
      const steps = [
        [change('00017', '00018'), 1_000],
        [change('00018', '00019'), 2_000],
        [change('00019', '00020'), 3_000],
      ] as const;
      const orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ];
      for (const order of orders) {
        const handles = await setup();
        await handles.record({
          links: [aLink(), aLink({ kind: 'qualification', picsId: '00017/X/1', vendorId: '31' })],
          holds: [{ subject: 'learner:00017', code: 'VENDOR_REFUSED', params: {}, requestHash: 'h' }],
        });
        for (const at of order) {
          const [renaming, committedAtMs] = steps[at] ?? steps[0];
          const isToThere = at === 2;
          const facts = aRenaming({ committedAtMs, isToThere });
          expect(await handles.store.links.rename(scope, renaming, facts)).toMatchObject({ kind: 'renamed' });
        }
        expect((await lines(handles, '00017', '00018', '00019', '00020', '00020/X/1')).sort()).toEqual([
          'learner 00020=900 of 00020',
          'qualification 00020/X/1=31 of 00020',
        ]);
        expect((await handles.readLane('00020')).held).toMatchObject([{ subject: 'learner:00020' }]);
      }
    });

    test('a key that was given away before is no way on; one that was given away at the same moment is if it is free', async () => {
      for (const [laterMs, isToThere, end] of [
        [999, false, '00018'],
        [1_000, true, '00018'],
        [1_000, false, '00019'],
        [1_001, true, '00019'],
      ] as const) {
        const handles = await setup();
        const { store } = handles;
        await handles.record({ links: [aLink()] });
        await store.links.rename(scope, change('00018', '00019'), aRenaming({ committedAtMs: laterMs }));
        const facts = aRenaming({ committedAtMs: 1_000, isToThere });
        const moved = { kind: 'renamed', linkCount: 1, to: end };
        expect(await store.links.rename(scope, change('00017', '00018'), facts)).toEqual(moved);
        expect(await lines(handles, end)).toEqual([`learner ${end}=900 of ${end}`]);
      }
    });

    test('an old key that PICS has again keeps its links, and what came to it earlier goes on', async () => {
      const handles = await setup();
      const { store } = handles;
      await handles.record({ links: [aLink()] });
      const again = aRenaming({ committedAtMs: 2_000, isFromThere: true });
      expect(await store.links.rename(scope, change('00017', '00018'), again)).toEqual({ kind: 'kept' });
      expect(await lines(handles, '00017', '00018')).toEqual(['learner 00017=900 of 00017']);
      await handles.record({
        ident: '00016',
        links: [aLink({ picsId: '00016', ident: '00016', vendorId: '901' })],
      });
      await store.links.rename(scope, change('00016', '00017'), aRenaming());
      expect((await lines(handles, '00016', '00017', '00018')).sort()).toEqual([
        'learner 00017=900 of 00017',
        'learner 00018=901 of 00018',
      ]);
    });

    test('there and back again: the links are where they were', async () => {
      for (const isReverse of [false, true]) {
        const handles = await setup();
        const { rename } = handles.store.links;
        await handles.record({ links: [aLink()] });
        const there = () =>
          rename(scope, change('00017', '00018'), aRenaming({ isFromThere: true, isToThere: false }));
        const back = () => rename(scope, change('00018', '00017'), aRenaming({ committedAtMs: 2_000 }));
        if (isReverse) await back();
        await there();
        await back();
        expect(await lines(handles, '00017', '00018')).toEqual(['learner 00017=900 of 00017']);
      }
    });

    test('G-5: nothing moves while a live process is sending something of either key; then all of it does', async () => {
      const handles = await setup();
      const { store, record, readLane } = handles;
      const rename = { entity: 'learner', from: '00017', to: '00090' } as const;
      for (const ident of ['00017', '00090']) {
        const { worker, close } = await store.joinAsWorker();
        await record({ links: [aLink()] });
        const { version } = await readLane(ident);
        const recorded = await store.ledger.recordIntent(anIntent({ ident, version, worker }));
        if (recorded.kind === 'conflict') throw new Error('the intent was not recorded');
        expect(await store.links.rename(scope, rename, aRenaming())).toEqual({ kind: 'busy' });
        expect(await lines(handles, '00017', '00090')).toEqual(['learner 00017=900 of 00017']);
        const { intentId } = recorded;
        expect(await record({ ident, intentId, state: 'done', code: 'done' })).toMatchObject({
          kind: 'recorded',
        });
        await close();
      }
      expect(await store.links.rename(scope, rename, aRenaming())).toEqual({
        kind: 'renamed',
        linkCount: 1,
        to: '00090',
      });
      expect(await lines(handles, '00017', '00090')).toEqual(['learner 00090=900 of 00090']);
    });

    test('G-5: what a dead process was sending moves with its key, and failures are counted from the beginning', async () => {
      const { store, record, readLane } = await setup();
      const { worker, close } = await store.joinAsWorker();
      const failure = { step: 'read-aims', subject: 'aims:900', requestHash: 'h', count: 3 };
      await record({ links: [aLink()], failures: [failure] });
      const { version } = await readLane();
      await store.ledger.recordIntent(anIntent({ version, worker }));
      await close();
      await expect.poll(async () => (await readLane()).openIntents[0]?.isWorkerAlive).toBe(false);
      await store.links.rename(scope, { entity: 'learner', from: '00017', to: '00090' }, aRenaming());
      const lane = await readLane('00090');
      expect(lane.openIntents).toMatchObject([{ state: 'sending', isWorkerAlive: false }]);
      const intentId = lane.openIntents[0]?.id ?? '';
      expect(await store.ledger.findLane(intentId)).toBe('00090');
      expect(lane.failures).toEqual([]);
      expect(await readLane()).toMatchObject({ openIntents: [], failures: [] });
      await record({ ident: '00090', intentId, state: 'done' });
      expect(await store.ledger.findLane(intentId)).toBeNull();
    });

    test('G-5: a create whose outcome is unknown stays held under the new key, whatever was held there', async () => {
      const { store, record, readLane } = await setup();
      const item = { subject: 'learner:00017', code: 'UNKNOWN_OUTCOME', params: {}, requestHash: null };
      await record({ holds: [item] });
      await record({ ident: '00090', holds: [{ ...item, subject: 'learner:00090', code: 'NEW' }] });
      await store.links.rename(scope, { entity: 'learner', from: '00017', to: '00090' }, aRenaming());
      expect((await readLane('00090')).held).toMatchObject([{ code: 'UNKNOWN_OUTCOME' }]);
      expect(await store.held.list({ state: 'closed' })).toMatchObject([{ code: 'NEW', how: 'released' }]);
    });

    test('a look that has read either key before records nothing afterwards', async () => {
      const { store, record, readLane } = await setup();
      await record({ links: [aLink()] });
      const { version } = await readLane();
      await store.links.rename(scope, { entity: 'learner', from: '00017', to: '00090' }, aRenaming());
      const conflict = { kind: 'conflict' };
      expect(await store.ledger.recordOutcome(anOutcome({ version }))).toEqual(conflict);
      expect(await store.ledger.recordOutcome(anOutcome({ ident: '00090', version: 0 }))).toEqual(conflict);
    });

    test('what the new key holds of the same kind stands, the old item is closed', async () => {
      const { store, record, readLane } = await setup();
      const hold = { subject: 'learner:00017', code: 'OLD', params: {}, requestHash: null };
      await record({ holds: [hold] });
      await record({ ident: '00090', holds: [{ ...hold, subject: 'learner:00090', code: 'NEW' }] });
      await store.links.rename(scope, { entity: 'learner', from: '00017', to: '00090' }, aRenaming());
      expect((await readLane('00090')).held).toMatchObject([{ code: 'NEW' }]);
      expect(await store.held.list({ state: 'closed' })).toMatchObject([{ code: 'OLD', how: 'released' }]);
    });

    test('an officer and an organisation of one code are followed each by itself', async () => {
      const handles = await setup();
      const place = aLink({ kind: 'organisation', picsId: 'AB', vendorId: '2', ident: null });
      await handles.store.links.record([officer('AB', '1'), place]);
      await handles.store.links.rename(scope, { entity: 'officer', from: 'AB', to: 'CD' }, aRenaming());
      expect(await lines(handles, 'AB', 'CD')).toEqual(['officer CD=1 of null', 'organisation AB=2 of null']);
    });

    test('two different ids are a person’s matter: neither link moves, and it is asked once', async () => {
      const handles = await setup();
      const { store } = handles;
      await store.links.record([officer('AB', '1'), officer('CD', '2')]);
      const renaming = { entity: 'officer', from: 'AB', to: 'CD' } as const;
      const conflict = { kind: 'conflict', ids: ['1', '2'], to: 'CD' };
      expect(await store.links.rename(scope, renaming, aRenaming())).toEqual(conflict);
      expect(await store.links.rename(scope, renaming, aRenaming())).toEqual(conflict);
      expect(await lines(handles, 'AB', 'CD')).toEqual(['officer AB=1 of null', 'officer CD=2 of null']);
      expect(await store.held.list()).toMatchObject([
        {
          ident: 'officer:CD',
          subject: 'officer:CD',
          code: 'MERGE_CONFLICT',
          tries: 1,
          params: { kind: 'officer', a: 'AB', b: 'CD', vendor: 'onefile' },
        },
      ]);
    });
  });
}
