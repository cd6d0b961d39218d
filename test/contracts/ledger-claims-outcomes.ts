import { describe, expect } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Shadow } from '../../src/domain/observation.ts';
import { aLink, aShadow, learner } from '../support/ledger-records.ts';
import type { ClaimTest, SetUpLedger } from './ledger.ts';

const query = { ...learner, officers: ['AB'], organisations: [], learnerVendorIds: [] };

/** What an outcome leaves behind: shadows, links, findings. */
export function claimOutcomes(test: ClaimTest, setup: SetUpLedger): void {
  describe('shadows', () => {
    const seen = (observedAtMs: number) => aShadow({ observedAtMs, record: { seen: observedAtMs } });

    test('a shadow gives way to one as new or newer, never to an older one', async () => {
      const { record, readLane } = await setup();
      await record({ links: [aLink()], shadows: [seen(2_000), seen(1_500)] });
      await record({ shadows: [seen(1_999)] });
      expect((await readLane()).shadows).toEqual([seen(2_000)]);
      const again = { ...seen(2_000), record: { seen: 'again' } };
      await record({ shadows: [again] });
      expect((await readLane()).shadows).toEqual([again]);
      await record({ shadows: [seen(2_001)] });
      expect((await readLane()).shadows).toEqual([seen(2_001)]);
    });

    test('G-11: a shadow stamped an hour ahead counts as made now, so the next one is not older', async () => {
      const { record, readLane } = await setup();
      const ahead = seen(Date.now() + 365 * 86_400_000);
      await record({ links: [aLink()], shadows: [ahead] });
      const [kept] = (await readLane()).shadows;
      expect(kept?.record).toEqual(ahead.record);
      const observedAtMs = kept?.observedAtMs ?? 0;
      expect(observedAtMs).toBeLessThan(ahead.observedAtMs);
      await record({ shadows: [seen(observedAtMs - 1)] });
      expect((await readLane()).shadows[0]?.record).toEqual(ahead.record);
      await record({ shadows: [seen(observedAtMs + 1)] });
      expect((await readLane()).shadows).toEqual([seen(observedAtMs + 1)]);
    });

    test('D-11, D-16: what we sent is kept with the record until the vendor shows something else', async () => {
      const { record, readLane } = await setup();
      const sent = (value: string, shown: string | null = value) =>
        ({ value, shown, state: 'acknowledged', sentAtMs: 1_000 }) as const;
      const at = (observedAtMs: number, known: JsonObject, more: Partial<Shadow> = {}) =>
        aShadow({ observedAtMs, record: known, ...more });
      await record({ links: [aLink()], shadows: [at(900, { a: 'A1' })] });
      const first = { a: sent('A1'), b: { ...sent('B1', 'b'), state: 'read-back' as const } };
      // The same record once as it was read and once with what was sent: both belong together.
      await record({
        shadows: [at(1_000, { a: 'A1', b: 'b' }), at(1_000, { a: 'A1', b: 'b' }, { sent: first })],
      });
      expect((await readLane()).shadows[0]?.sent).toEqual(first);
      await record({ shadows: [at(1_100, { a: 'A1', b: 'b', c: 'C' })] });
      expect((await readLane()).shadows[0]?.sent).toEqual(first);
      await record({ shadows: [at(1_200, { a: 'A2', b: null }, { sent: { d: sent('D1') } })] });
      const moved = {
        a: { ...first.a, shown: 'A2', state: 'moved' },
        b: { ...first.b, shown: null, state: 'moved' },
        d: sent('D1'),
      };
      expect((await readLane()).shadows[0]?.sent).toMatchObject({ ...moved, d: { value: 'D1' } });
      // Once moved stays moved, also when the old value comes back; an older reading changes nothing.
      await record({ shadows: [at(1_300, { a: 'A1', b: 'b', d: 'D1' })] });
      await record({ shadows: [at(1_250, { a: 'A7' })] });
      const back = (await readLane()).shadows[0]?.sent;
      expect(back).toMatchObject({ a: { shown: 'A1', state: 'moved' }, b: { shown: 'b', state: 'moved' } });
      await record({ shadows: [at(1_400, { a: 'A8' }, { sent: { a: sent('A8') } })] });
      expect((await readLane()).shadows[0]?.sent?.['a']).toEqual(sent('A8'));
    });

    test("a lane shows its learner's records, by link and by the ids asked for, in order", async () => {
      const { ledger, record } = await setup();
      const other = aLink({ picsId: '00018', vendorId: '901', ident: '00018' });
      const shadows = [
        aShadow({ vendorId: 'a2' }),
        aShadow({ vendorId: 'a1' }),
        aShadow({ vendorId: 'a3', learnerVendorId: '901' }),
        aShadow({ vendorId: 'a4', learnerVendorId: '902' }),
        aShadow({ entity: 'learner', vendorId: '900', learnerVendorId: null, record: { x: 1 } }),
        aShadow({ entity: 'learner', vendorId: '901', learnerVendorId: null }),
      ];
      await record({ links: [aLink(), other], shadows });
      const lane = await ledger.readLane({ ...query, learnerVendorIds: ['902'] });
      expect(lane.shadows).toEqual([shadows[4], shadows[1], shadows[0], shadows[3]]);
      expect(await ledger.readLane({ ...query, centre: 'c2' })).toMatchObject({ shadows: [], links: [] });
    });
  });

  describe('links', () => {
    test('a link is one to one in both directions; the same link again is no contradiction (G-2)', async () => {
      const { record, readLane } = await setup();
      await record({ links: [aLink()] });
      const otherLearner = aLink({ picsId: '00018', ident: '00018' });
      const otherId = aLink({ vendorId: '901' });
      const otherKind = aLink({ kind: 'qualification', picsId: '00017/Q1/1' });
      const recorded = await record({ links: [aLink(), otherLearner, otherId, otherKind] });
      expect(recorded).toEqual({
        ...{
          kind: 'recorded',
          version: 2,
          conflictingLinks: [
            { ...otherLearner, takenBy: '00017' },
            { ...otherId, takenBy: null },
          ],
        },
      });
      expect((await readLane()).links).toEqual([
        { ...aLink(), copiedAtMs: null },
        { ...otherKind, copiedAtMs: null },
      ]);
      expect((await readLane({ ident: '00018' })).links).toEqual([]);
    });

    test('of two links in one outcome that contradict each other, one is made and one is told', async () => {
      const { record, readLane } = await setup();
      const links = [aLink(), aLink({ vendorId: '901' })];
      expect(await record({ links })).toMatchObject({ conflictingLinks: [links[1]] });
      expect((await readLane()).links).toEqual([{ ...links[0], copiedAtMs: null }]);
    });

    test("a person's edit replaces a link; what hung on the old one goes with it (OF-24, D-2)", async () => {
      const { record, readLane } = await setup();
      const aim = aLink({ kind: 'qualification', picsId: '00017/Q/1', vendorId: 'a1' });
      await record({ links: [aLink(), aim] });
      const edited = aLink({ vendorId: '905', how: 'typed', replaces: '900' });
      expect(await record({ links: [edited], unlinks: [aim] })).toMatchObject({ conflictingLinks: [] });
      const { replaces: _, ...link } = edited;
      expect((await readLane()).links).toEqual([{ ...link, copiedAtMs: null }]);
    });

    test('an id that somebody else has replaces nothing, and takes nothing away (G-2)', async () => {
      const { record, readLane } = await setup();
      const aim = aLink({ kind: 'qualification', picsId: '00017/Q/1', vendorId: 'a1' });
      await record({ links: [aLink(), aim, aLink({ picsId: '00018', vendorId: '905', ident: '00018' })] });
      const edited = aLink({ vendorId: '905', how: 'typed', replaces: '900' });
      expect(await record({ links: [edited], unlinks: [aim] })).toMatchObject({
        conflictingLinks: [{ ...edited, takenBy: '00018' }],
      });
      expect((await readLane()).links.map(({ vendorId }) => vendorId)).toEqual(['900', 'a1']);
    });

    test('a link that is not there any more is not replaced', async () => {
      const { record, readLane } = await setup();
      await record({ links: [aLink({ vendorId: '901' })] });
      const late = aLink({ vendorId: '905', how: 'typed', replaces: '900' });
      expect(await record({ links: [late] })).toMatchObject({ conflictingLinks: [{ takenBy: null }] });
      expect((await readLane()).links).toMatchObject([{ vendorId: '901' }]);
    });

    test('links are taken away, and nobody else loses one', async () => {
      const { record, readLane } = await setup();
      const review = aLink({ kind: 'review', picsId: 'r1', vendorId: '7' });
      await record({ links: [aLink(), review, aLink({ picsId: '00018', vendorId: '901', ident: '00018' })] });
      await record({ unlinks: [review, { kind: 'visit', picsId: 'r1' }] });
      expect((await readLane()).links).toMatchObject([{ kind: 'learner' }]);
      await record({ unlinks: [aLink()] });
      expect((await readLane()).links).toEqual([]);
      expect((await readLane({ ident: '00018' })).links).toHaveLength(1);
    });

    test('another centre may know the same ids', async () => {
      const { record } = await setup();
      await record({ links: [aLink()] });
      expect(await record({ links: [aLink({ centre: 'c2' })] })).toMatchObject({ conflictingLinks: [] });
    });

    test("a lane shows its learner's links and those of the officers asked for", async () => {
      const { record, readLane } = await setup();
      const links = [
        aLink({ kind: 'review', picsId: 'r1', vendorId: '7' }),
        aLink(),
        aLink({ kind: 'officer', picsId: 'AB', vendorId: '5', ident: null }),
        aLink({ kind: 'officer', picsId: 'CD', vendorId: '6', ident: null }),
        aLink({ kind: 'organisation', picsId: 'AB', vendorId: '8', ident: null }),
      ];
      await record({ links });
      const shown = (await readLane()).links.map(({ kind, picsId }) => `${kind} ${picsId}`);
      expect(shown).toEqual(['learner 00017', 'officer AB', 'review r1']);
    });

    test('the lane of an officer or organisation shows its link and what OneFile showed of it', async () => {
      const { ledger, record } = await setup();
      const shared = { ident: null, how: 'matched' } as const;
      const officer = aLink({ ...shared, kind: 'officer', picsId: 'AB', vendorId: '5' });
      const place = aLink({ ...shared, kind: 'organisation', picsId: 'HARRO1', vendorId: '6' });
      const shadows = [
        aShadow({ entity: 'assessor', vendorId: '5', learnerVendorId: null }),
        aShadow({ entity: 'placement', vendorId: '6', learnerVendorId: null }),
      ];
      await record({ links: [officer, place], shadows });
      const none = { officers: [], organisations: [], learnerVendorIds: [] };
      const ofOfficer = { ...query, ...none, ident: 'officer:AB', officers: ['AB'] };
      expect(await ledger.readLane(ofOfficer)).toMatchObject({ links: [officer], shadows: [shadows[0]] });
      const ofPlace = { ...query, ...none, ident: 'organisation:HARRO1', organisations: ['HARRO1'] };
      expect(await ledger.readLane(ofPlace)).toMatchObject({ links: [place], shadows: [shadows[1]] });
      const learners = await ledger.readLane({ ...query, organisations: ['HARRO1'] });
      expect(learners).toMatchObject({ links: [officer, place], shadows: [] });
    });
  });

  test('what a centre keeps or does not keep is known to all its learners, and only there', async () => {
    const { ledger, record, readLane } = await setup();
    const support = async () => (await readLane({ ident: '00018' })).fieldSupport;
    const lost = (field: string, id: string) =>
      ({ kind: 'field-support', field, isKept: false, record: id }) as const;
    await record({ findings: [lost('aim.x', 'a1'), lost('aim.y', 'a1')] });
    await record({ findings: [lost('aim.x', 'a1'), lost('aim.y', 'a2')] });
    // D-16: one record that loses a value again and again is one record.
    expect(await support()).toEqual({});
    await record({ findings: [lost('aim.y', 'a3'), { ...lost('aim.x', 'a4'), isKept: true }] });
    expect(await support()).toEqual({ 'aim.x': true, 'aim.y': false });
    await record({ findings: ['a5', 'a6', 'a7', 'a8'].map((id) => lost('aim.x', id)) });
    await record({ findings: [{ ...lost('aim.y', 'a9'), isKept: true }] });
    expect(await support()).toEqual({ 'aim.x': true, 'aim.y': true });
    expect((await ledger.readLane({ ...query, centre: 'c2' })).fieldSupport).toEqual({});
  });

  test('G-10: the notes of a lane stay until others take their place', async () => {
    const { record, readLane } = await setup();
    const notes = [{ code: 'A-5', subject: 'review:r1' }];
    await record({ notes });
    await record({ links: [aLink()] });
    expect((await readLane()).notes).toEqual(notes);
    expect((await readLane({ ident: '00018' })).notes).toEqual([]);
    await record({ notes: [] });
    expect((await readLane()).notes).toEqual([]);
  });

  test('an open enrolment gathers milestones once each, and is gone when it is concluded', async () => {
    const { record, readLane, openEnrolment } = await setup();
    expect((await readLane()).enrolment).toBeNull();
    await record({ milestone: 'nobody asked' });
    await openEnrolment({ id: 'e1', plan: { classroomId: '2001' } });
    expect((await readLane()).enrolment).toMatchObject({
      id: 'e1',
      plan: { classroomId: '2001' },
      milestones: [],
    });
    await record({ milestone: 'aim-assessor:1' });
    await record({ milestone: 'aim-assessor:1' });
    await record({ milestone: 'additional:AB' });
    expect((await readLane()).enrolment?.milestones).toEqual(['aim-assessor:1', 'additional:AB']);
    expect((await readLane({ ident: '00018' })).enrolment).toBeNull();
    await record({ concludesEnrolment: true });
    expect((await readLane()).enrolment).toBeNull();
  });
}
