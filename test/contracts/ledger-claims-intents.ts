import { describe, expect } from 'vitest';
import { aLink, anIntent, anOutcome, aShadow } from '../support/ledger-records.ts';
import type { ClaimTest, SetUpLedger } from './ledger.ts';

const conflict = { kind: 'conflict' } as const;
const refused = { subject: 'review:1', code: 'VENDOR_REFUSED', params: { what: 'x' }, requestHash: 'h1' };

/** Compare-and-set, intents, and whose they are. */
export function claimIntents(test: ClaimTest, setup: SetUpLedger): void {
  describe('compare and set', () => {
    test('a learner never seen has version 0 and nothing else', async () => {
      const { readLane } = await setup();
      const nothing = {
        openIntents: [],
        links: [],
        shadows: [],
        held: [],
        fieldSupport: {},
        lastFullSyncAtMs: null,
        notes: [],
        enrolment: null,
        failures: [],
        readAtMs: expect.any(Number),
      };
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
      const findings = [{ kind: 'field-support', field: 'x', isKept: true, record: 'a1' } as const];
      const late = anOutcome({ version: 0, intentId, state: 'done', ...all, findings });
      expect(await ledger.recordOutcome(late)).toEqual(conflict);
      expect(await readLane()).toEqual({
        ...before,
        readAtMs: expect.any(Number),
        openIntents: [{ ...before.openIntents[0], ageMs: expect.any(Number) }],
      });
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
          ...{ state: 'sending', isWorkerAlive: false, ageMs: expect.any(Number), repeats: 0 },
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

    test('G-5: an intent says how often it was sent again although it may have been done', async () => {
      const { send, record, readLane } = await setup();
      const intentId = await send({ effect: 'create' });
      await record({ intentId, state: 'unknown' });
      expect((await readLane()).openIntents).toMatchObject([{ state: 'unknown', repeats: 0 }]);
      await record({ intentId, state: 'planned', code: 'ABSENT', isRepeat: true });
      expect((await readLane()).openIntents).toMatchObject([{ state: 'planned', repeats: 1, attempt: 1 }]);
      await send({ intentId });
      expect((await readLane()).openIntents).toMatchObject([{ state: 'sending', repeats: 1, attempt: 2 }]);
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

  describe('failures of a call (G-9)', () => {
    const failure = { step: 'read-aims', subject: 'aims:900', requestHash: 'h', count: 1 };

    test('they are counted with the lane until the call is answered', async () => {
      const { record, readLane } = await setup();
      const other = { ...failure, subject: 'aims:901', count: 4 };
      await record({ failures: [failure, other] });
      await record({ failures: [{ ...failure, count: 2, requestHash: 'h2' }] });
      const { failures } = await readLane();
      expect(failures).toHaveLength(2);
      expect(failures).toEqual(expect.arrayContaining([{ ...failure, count: 2, requestHash: 'h2' }, other]));
      expect((await readLane({ ident: '00018' })).failures).toEqual([]);
      await record({ failures: [{ ...failure, count: 0 }] });
      expect((await readLane()).failures).toEqual([other]);
    });

    test('whoever acts on another version than the present one counts nothing', async () => {
      const { ledger, record, readLane } = await setup();
      await record({ failures: [failure] });
      const late = anOutcome({ version: 0, failures: [{ ...failure, count: 0 }] });
      expect(await ledger.recordOutcome(late)).toEqual(conflict);
      expect((await readLane()).failures).toEqual([failure]);
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
      await expect.poll(async () => (await readLane()).openIntents).toMatchObject([{ isWorkerAlive: false }]);
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
}
