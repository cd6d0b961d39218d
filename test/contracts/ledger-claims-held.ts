import { describe, expect } from 'vitest';
import { anIntent } from '../support/ledger-records.ts';
import type { ClaimTest, SetUpLedger } from './ledger.ts';

const conflict = { kind: 'conflict' } as const;
const refused = { subject: 'review:1', code: 'VENDOR_REFUSED', params: { what: 'x' }, requestHash: 'h1' };

/** Items that wait for a person. */
export function claimHeld(test: ClaimTest, setup: SetUpLedger): void {
  describe('held items', () => {
    test('an item is held once however often it is found, and follows its reason', async () => {
      const { record, readHeld } = await setup();
      await record({ holds: [refused, { ...refused, subject: 'review:2' }] });
      const [first, second] = await readHeld();
      expect(first).toEqual({
        ...{ ...refused, vendor: 'onefile', ident: '00017', tries: 1 },
        ...{ id: first?.id, sinceMs: expect.any(Number) },
      });
      await record({ holds: [refused] });
      expect(await readHeld()).toEqual([first, second]);
      const anew = { ...refused, code: 'NO_ASSESSOR', params: { code: 'AB' }, requestHash: null };
      await record({ holds: [anew] });
      expect(await readHeld()).toEqual([{ ...first, ...anew }, second]);
    });

    test('of two reasons for one subject in one outcome the last stands', async () => {
      const { record, readHeld } = await setup();
      await record({ holds: [refused, { ...refused, code: 'LATER' }] });
      expect(await readHeld()).toMatchObject([{ code: 'LATER' }]);
    });

    test('what is released is gone, and found again it is a new item', async () => {
      const { record, readHeld } = await setup();
      await record({ holds: [refused, { ...refused, subject: 'review:2' }] });
      const [first] = await readHeld();
      await record({ released: ['review:1', 'review:none'] });
      expect(await readHeld()).toMatchObject([{ subject: 'review:2' }]);
      await record({ holds: [refused] });
      const again = (await readHeld()).find(({ subject }) => subject === 'review:1');
      expect(again).toMatchObject({ tries: 1 });
      expect(again?.id).not.toBe(first?.id);
    });

    test('an outcome that holds and releases one subject holds it', async () => {
      const { record, readHeld } = await setup();
      await record({ holds: [refused] });
      await record({ holds: [refused], released: ['review:1'] });
      expect(await readHeld()).toMatchObject([{ subject: 'review:1', tries: 1 }]);
    });

    test('a retried item leaves the lane, which moves on', async () => {
      const { ledger, record, retry, readLane, readHeld } = await setup();
      await record({ holds: [refused] });
      const { version, held } = await readLane();
      await retry(held[0]?.id ?? '');
      expect(await readHeld()).toEqual([]);
      expect(await ledger.recordIntent(anIntent({ version }))).toEqual(conflict);
    });

    test('a retried item that is held again counts a try and keeps its age; released between, it is new', async () => {
      const { record, retry, readHeld } = await setup();
      await record({ holds: [refused] });
      const [first] = await readHeld();
      await retry(first?.id ?? '');
      await record({ holds: [refused] });
      expect(await readHeld()).toMatchObject([{ tries: 2, sinceMs: first?.sinceMs }]);
      await record({ released: ['review:1'] });
      await record({ holds: [refused] });
      expect(await readHeld()).toMatchObject([{ tries: 1 }]);
    });

    test('a skipped item stays in the lane, so that its request is not sent', async () => {
      const { record, skip, readHeld } = await setup();
      await record({ holds: [refused] });
      const before = await readHeld();
      await skip(before[0]?.id ?? '');
      expect(await readHeld()).toEqual(before);
      await record({ holds: [refused] });
      expect(await readHeld()).toEqual(before);
    });

    test("one learner's items are not another's", async () => {
      const { record, readHeld } = await setup();
      await record({ ident: '00018', holds: [refused] });
      await record({ released: ['review:1'] });
      expect(await readHeld()).toEqual([]);
      await record({ holds: [refused] });
      expect(await readHeld()).toMatchObject([{ ident: '00017' }]);
    });
  });
}
