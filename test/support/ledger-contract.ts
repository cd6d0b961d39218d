import { afterEach, describe, expect, test as plainTest } from 'vitest';
import type { HeldItem, IntentRecord, LaneState, Ledger, OutcomeRecord } from '../../src/core/ledger.ts';
import { aLink, anIntent, anOutcome, aShadow, learner } from './ledger-records.ts';

export type LedgerUnderTest = {
  readonly ledger: Ledger;
  /** A process that is alive until it is ended. */
  readonly startWorker: () => Promise<{ readonly worker: number; readonly end: () => Promise<void> }>;
  /** What a person may do to a held item. */
  readonly retry: (id: string) => Promise<void>;
  readonly skip: (id: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

type ClaimTest = (title: string, claim: () => Promise<void>) => void;

const query = { ...learner, officers: ['AB'], learnerVendorIds: [] };
const conflict = { kind: 'conflict' } as const;
const refused = { subject: 'review:1', code: 'VENDOR_REFUSED', params: { what: 'x' }, requestHash: 'h1' };

/** What every ledger promises the engine. `test` skips where there is none. */
export function describeLedger(
  name: string,
  open: () => Promise<LedgerUnderTest>,
  test: ClaimTest = plainTest,
): void {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function setup() {
    const subject = await open();
    closers.push(subject.close);
    const { ledger } = subject;
    const readLane = (change: Partial<typeof query> = {}): Promise<LaneState> =>
      ledger.readLane({ ...query, ...change });
    return {
      ...subject,
      readLane,
      /** Announces a step at the present version and gives the intent's id. */
      send: async (change: Partial<IntentRecord> = {}): Promise<string> => {
        const { version } = await readLane(change);
        const recorded = await ledger.recordIntent(anIntent({ version, ...change }));
        if (recorded.kind === 'conflict') throw new Error('the intent was not recorded');
        return recorded.intentId;
      },
      /** Records an outcome at the present version. */
      record: async (change: Partial<OutcomeRecord>) => {
        const { version } = await readLane(change);
        return ledger.recordOutcome(anOutcome({ version, ...change }));
      },
      readHeld: async (): Promise<readonly HeldItem[]> => (await readLane()).held,
      startWorker: async () => {
        const started = await subject.startWorker();
        closers.push(started.end);
        return started;
      },
    };
  }

  describe(name, () => {
    describe('compare and set', () => {
      test('a learner never seen has version 0 and nothing else', async () => {
        const { readLane } = await setup();
        const nothing = { openIntents: [], links: [], shadows: [], held: [], fieldSupport: {} };
        expect(await readLane()).toEqual({ version: 0, ...nothing });
      });

      test('each intent and each outcome moves the version by one', async () => {
        const { ledger, send, record, readLane } = await setup();
        const intentId = await send();
        expect(await record({ intentId, state: 'done' })).toEqual({
          ...{ kind: 'recorded', version: 2, conflictingLinks: [] },
        });
        expect(await ledger.recordOutcome(anOutcome({ version: 2 }))).toMatchObject({ version: 3 });
        expect((await readLane()).version).toBe(3);
      });

      test('whoever acts on another version than the present one changes nothing', async () => {
        const { ledger, send, readLane } = await setup();
        const intentId = await send();
        const before = await readLane();
        expect(await ledger.recordIntent(anIntent({ version: 0, step: 'other' }))).toEqual(conflict);
        expect(await ledger.recordIntent(anIntent({ version: 2, intentId }))).toEqual(conflict);
        const all = { shadows: [aShadow()], links: [aLink()], holds: [refused] };
        const findings = [{ kind: 'field-support', field: 'x', isKept: true } as const];
        const late = anOutcome({ version: 0, intentId, state: 'done', ...all, findings });
        expect(await ledger.recordOutcome(late)).toEqual(conflict);
        expect(await readLane({ learnerVendorIds: ['900'] as never[] })).toEqual(before);
        expect(await ledger.recordIntent(anIntent({ ident: '00018', version: 3 }))).toEqual(conflict);
        expect((await readLane({ ident: '00018' })).version).toBe(0);
      });

      test('of two who act on one version at once, one goes on', async () => {
        const { ledger } = await setup();
        const both = await Promise.all([
          ledger.recordIntent(anIntent()),
          ledger.recordIntent(anIntent({ step: 'other' })),
        ]);
        expect(both.map(({ kind }) => kind).sort()).toEqual(['conflict', 'recorded']);
      });

      test('learners move on by themselves', async () => {
        const { send, readLane } = await setup();
        await send();
        expect(await readLane({ ident: '00018' })).toMatchObject({ version: 0, openIntents: [] });
      });
    });

    describe('intents', () => {
      test('an intent is open and shows what was announced, until its outcome is recorded', async () => {
        const { send, record, readLane } = await setup();
        const intentId = await send({ effect: 'create', subject: 'review:1', naturalKey: 'key', worker: 7 });
        const { openIntents } = await readLane();
        expect(openIntents).toEqual([
          {
            ...{ id: intentId, vendor: 'onefile', ident: '00017', step: 'update-aim', effect: 'create' },
            ...{ subject: 'review:1', naturalKey: 'key', requestHash: 'hash', worker: 7, attempt: 1 },
            ...{ state: 'sending', isWorkerAlive: false, startedAtMs: expect.any(Number) },
          },
        ]);
        await record({ intentId, state: 'done', code: '204', vendorId: '7' });
        expect((await readLane()).openIntents).toEqual([]);
      });

      for (const state of ['planned', 'unknown'] as const)
        test(`an intent that ended ${state} stays open`, async () => {
          const { send, record, readLane } = await setup();
          await record({ intentId: await send({ effect: 'create' }), state });
          expect((await readLane()).openIntents).toMatchObject([{ state, attempt: 1 }]);
        });

      for (const state of ['done', 'rejected', 'held'] as const)
        test(`an intent that ended ${state} is closed for good`, async () => {
          const { ledger, send, record, readLane } = await setup();
          const intentId = await send();
          await record({ intentId, state });
          const { version, openIntents } = await readLane();
          expect(openIntents).toEqual([]);
          expect(await record({ intentId, state: 'done' })).toEqual(conflict);
          expect(await ledger.recordIntent(anIntent({ version, intentId }))).toEqual(conflict);
          expect((await readLane()).version).toBe(version);
        });

      test('a planned intent is continued with its next attempt, by whoever does it', async () => {
        const { send, record, readLane } = await setup();
        const intentId = await send({ effect: 'create', worker: 1 });
        await record({ intentId, state: 'planned', code: 'ABSENT' });
        expect(await send({ intentId, worker: 2, requestHash: 'other' })).toBe(intentId);
        expect((await readLane()).openIntents).toMatchObject([
          { id: intentId, state: 'sending', attempt: 2, worker: 2, requestHash: 'other' },
        ]);
      });

      test('an outcome without a state leaves the intent as it is', async () => {
        const { send, record, readLane } = await setup();
        const intentId = await send();
        await record({ intentId, state: null });
        expect((await readLane()).openIntents).toMatchObject([{ id: intentId, state: 'sending' }]);
      });

      test('nothing new is announced while something is being sent', async () => {
        const { ledger, send, readLane } = await setup();
        const intentId = await send();
        expect(await ledger.recordIntent(anIntent({ version: 1, step: 'other' }))).toEqual(conflict);
        expect(await readLane()).toMatchObject({ version: 1, openIntents: [{ id: intentId }] });
      });

      test('an intent that is there already is left open beside a new one once it is not being sent', async () => {
        const { send, record, readLane } = await setup();
        await record({ intentId: await send({ step: 'create-visit' }), state: 'planned' });
        await send({ step: 'create-review' });
        const { openIntents } = await readLane();
        expect(openIntents.map(({ step, state }) => [step, state])).toEqual([
          ['create-visit', 'planned'],
          ['create-review', 'sending'],
        ]);
      });

      test('an intent of another learner is not continued', async () => {
        const { ledger, send, record } = await setup();
        const intentId = await send();
        await record({ intentId, state: 'planned' });
        expect(await ledger.recordIntent(anIntent({ ident: '00018', intentId }))).toEqual(conflict);
        expect(await record({ ident: '00018', intentId, state: 'done' })).toEqual(conflict);
      });
    });

    describe('workers', () => {
      test('an intent says whether the process that sends it is alive', async () => {
        const { send, startWorker, readLane } = await setup();
        const { worker, end } = await startWorker();
        await send({ worker });
        expect((await readLane()).openIntents).toMatchObject([{ worker, isWorkerAlive: true }]);
        await end();
        await expect
          .poll(async () => (await readLane()).openIntents)
          .toMatchObject([{ worker, isWorkerAlive: false }]);
      });

      test('what a live process is sending is left to it; what a dead one was sending is taken over', async () => {
        const { ledger, send, startWorker, readLane } = await setup();
        const [one, other] = [await startWorker(), await startWorker()];
        const intentId = await send({ worker: one.worker });
        const takeOver = anIntent({ version: 1, intentId, worker: other.worker });
        expect(await ledger.recordIntent(takeOver)).toEqual(conflict);
        await one.end();
        await expect
          .poll(async () => (await readLane()).openIntents)
          .toMatchObject([{ isWorkerAlive: false }]);
        expect(await ledger.recordIntent(takeOver)).toMatchObject({ kind: 'recorded', intentId });
      });

      test('a process may continue what it is sending itself', async () => {
        const { send, startWorker } = await setup();
        const { worker } = await startWorker();
        const intentId = await send({ worker });
        expect(await send({ worker, intentId })).toBe(intentId);
      });

      test('a planned intent of a live process may be continued by another', async () => {
        const { send, record, startWorker } = await setup();
        const [one, other] = [await startWorker(), await startWorker()];
        const intentId = await send({ worker: one.worker });
        await record({ intentId, state: 'planned' });
        expect(await send({ worker: other.worker, intentId })).toBe(intentId);
      });
    });

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
          ...{ kind: 'recorded', version: 2, conflictingLinks: [otherLearner, otherId] },
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
    });

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

    test('what a centre keeps or does not keep is known to all its learners, and only there', async () => {
      const { ledger, record, readLane } = await setup();
      const finding = { kind: 'field-support', field: 'aim.x', isKept: false } as const;
      await record({ findings: [finding, { ...finding, field: 'aim.y' }] });
      await record({ findings: [{ ...finding, isKept: true }] });
      expect((await readLane({ ident: '00018' })).fieldSupport).toEqual({ 'aim.x': true, 'aim.y': false });
      expect((await ledger.readLane({ ...query, centre: 'c2' })).fieldSupport).toEqual({});
    });
  });
}
