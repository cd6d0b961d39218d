import { describe, expect } from 'vitest';
import type { SeenDifference } from '../../src/domain/difference.ts';
import { aLink, anOutcome, aRenaming, learner, scope } from '../support/ledger-records.ts';
import type { ClaimTest, SetUpStore } from './store.ts';

const inPics: Pick<SeenDifference, 'field' | 'inPics' | 'atVendor' | 'rule'> = {
  field: 'registrationNumber',
  inPics: 'newer',
  atVendor: 'blank',
  rule: null,
};
const aim: SeenDifference = { subject: 'aim:1', ...inPics };
const review: SeenDifference = { subject: 'review:1', ...inPics, field: '', rule: 'A-4' };

/** What audits have found, and how far the standing one is. */
export function claimDifferences(test: ClaimTest, setup: SetUpStore): void {
  describe('differences', () => {
    test('what an audit finds again counts once more, what it does not find is gone', async () => {
      const { store, nowMs, pass } = await setup();
      const { differences } = store;
      const beganMs = nowMs();
      const [first, second] = await differences.record(learner, { seen: [review, aim], laneVersion: 0 });
      expect([first, second]).toMatchObject([
        { ...learner, ...aim, sightings: 1 },
        { ...learner, ...review, sightings: 1 },
      ]);
      expect(first?.sinceMs).toBeGreaterThanOrEqual(Math.floor(beganMs) - 1);
      expect(first?.lastSeenMs).toBe(first?.sinceMs);
      await pass(20);
      const seen = [{ ...aim, atVendor: 'older' as const }];
      const [again, ...others] = await differences.record(learner, { seen, laneVersion: 0 });
      expect(others).toEqual([]);
      expect(again).toMatchObject({ atVendor: 'older', sinceMs: first?.sinceMs, sightings: 2 });
      expect(again?.lastSeenMs).toBeGreaterThan(first?.lastSeenMs ?? 0);
      expect(await differences.list()).toEqual([again]);
      expect(await differences.record(learner, { seen: [], laneVersion: 0 })).toEqual([]);
      expect(await differences.list()).toEqual([]);
    });

    test('one that a rule allows now and none did before is a new one, and the other way round', async () => {
      const { store } = await setup();
      const record = async (rule: string | null) =>
        (await store.differences.record(learner, { seen: [{ ...aim, rule }], laneVersion: 0 }))[0];
      const counts: (number | undefined)[] = [];
      for (const rule of ['A-4', 'D-16', null, null, 'D-16']) counts.push((await record(rule))?.sightings);
      expect(counts).toEqual([1, 2, 1, 2, 1]);
    });

    test('said twice in one audit it is one, and no rule outranks a rule', async () => {
      const { store } = await setup();
      const seen = [{ ...aim, rule: 'A-4' }, aim, { ...aim, field: 'other' }];
      const kept = await store.differences.record(learner, { seen, laneVersion: 0 });
      expect(kept.map(({ field, rule }) => [field, rule])).toEqual([
        ['other', null],
        ['registrationNumber', null],
      ]);
    });

    test('they are listed by vendor, learner, and whether a rule allows them, and counted by kind', async () => {
      const { store, pass } = await setup();
      const { differences } = store;
      const other = { ...learner, ident: '00018' };
      const smart = { ...learner, vendor: 'smartassessor' } as const;
      await differences.record(learner, { seen: [aim, review], laneVersion: 0 });
      await pass(5);
      await differences.record(other, { seen: [{ ...aim, subject: 'aim:2' }], laneVersion: 0 });
      await pass(5);
      await differences.record(smart, { seen: [aim], laneVersion: 0 });
      const list = async (filter: Parameters<typeof differences.list>[0]) =>
        (await differences.list(filter)).map(({ vendor, ident, subject }) => `${vendor} ${ident} ${subject}`);
      expect(await list({})).toEqual([
        'onefile 00017 aim:1',
        'onefile 00017 review:1',
        'onefile 00018 aim:2',
        'smartassessor 00017 aim:1',
      ]);
      expect(await list({ vendor: 'onefile', isAllowed: false, limit: 1 })).toEqual(['onefile 00017 aim:1']);
      expect(await list({ ident: '00017', isAllowed: true })).toEqual(['onefile 00017 review:1']);
      expect(await list({ vendor: 'smartassessor', ident: '00018' })).toEqual([]);
      const [oldest] = await differences.list();
      const aims = { kind: 'aim', field: 'registrationNumber', rule: null } as const;
      expect(await differences.count()).toEqual([
        { vendor: 'onefile', ...aims, count: 2, oldestSinceMs: oldest?.sinceMs },
        {
          vendor: 'onefile',
          kind: 'review',
          field: '',
          rule: 'A-4',
          count: 1,
          oldestSinceMs: oldest?.sinceMs,
        },
        { vendor: 'smartassessor', ...aims, count: 1, oldestSinceMs: expect.any(Number) },
      ]);
    });

    test('a learner is due when it was not seen for long, or when its lane has moved on after a second sighting', async () => {
      const { store, pass, record, readLane } = await setup();
      const { differences } = store;
      const due = (notSeenForMs: number, movedForMs = 0) =>
        differences.readDue(scope, { notSeenForMs, movedForMs, limit: 9 });
      await record({});
      const { version } = await readLane();
      await differences.record(learner, { seen: [aim], laneVersion: version });
      await differences.record({ ...learner, ident: '00018' }, { seen: [review], laneVersion: 0 });
      await pass(30);
      expect(await due(10)).toEqual(['00017']);
      expect(await due(60_000)).toEqual([]);
      await record({});
      expect(await due(60_000)).toEqual([]);
      await differences.record(learner, { seen: [aim], laneVersion: version });
      await pass(30);
      expect(await due(60_000, 10)).toEqual(['00017']);
      expect(await due(60_000, 60_000)).toEqual([]);
      const moved = await readLane();
      await differences.record(learner, { seen: [aim], laneVersion: moved.version });
      await pass(30);
      expect(await due(60_000, 10)).toEqual([]);
    });

    test('of those who are due the one not seen for longest comes first', async () => {
      const { store, pass } = await setup();
      for (const ident of ['00018', '00017']) {
        await store.differences.record({ ...learner, ident }, { seen: [aim], laneVersion: 0 });
        await pass(5);
      }
      const page = { notSeenForMs: 1, movedForMs: 0, limit: 1 };
      expect(await store.differences.readDue(scope, page)).toEqual(['00018']);
      expect(await store.differences.readDue({ ...scope, centre: 'c2' }, page)).toEqual([]);
    });

    test('those of learners who are not linked are forgotten, and the learners named', async () => {
      const { store } = await setup();
      const idents = ['00019', '00018', '00017'];
      for (const ident of idents)
        await store.differences.record({ ...learner, ident }, { seen: [aim, review], laneVersion: 0 });
      await store.links.record([aLink()]);
      expect(await store.differences.forgetUnlinked(scope)).toEqual(['00018', '00019']);
      expect(await store.differences.forgetUnlinked(scope)).toEqual([]);
      expect((await store.differences.list()).map(({ ident }) => ident)).toEqual(['00017', '00017']);
    });

    test('A-19: under a changed key they are found anew', async () => {
      const { store, record } = await setup();
      await record({ ...anOutcome(), links: [aLink()] });
      await store.differences.record(learner, { seen: [aim], laneVersion: 0 });
      const renaming = { entity: 'learner', from: '00017', to: '00020' } as const;
      expect(await store.links.rename(scope, renaming, aRenaming())).toMatchObject({ kind: 'renamed' });
      expect(await store.differences.list()).toEqual([]);
    });

    test('the place of the audit is kept, each vendor its own', async () => {
      const { store } = await setup();
      expect(await store.differences.readPlace(scope)).toBeNull();
      const place = { part: 3, beganAtMs: 1_700_000_000_000, afterIdent: '00017' };
      await store.differences.recordPlace(scope, { ...place, afterIdent: '' });
      await store.differences.recordPlace(scope, place);
      expect(await store.differences.readPlace(scope)).toEqual(place);
      expect(await store.differences.readPlace({ ...scope, vendor: 'smartassessor' })).toBeNull();
    });
  });
}
