import { describe, expect } from 'vitest';
import { anIntent, anOutcome, learner, scope } from '../support/ledger-records.ts';
import type { ClaimTest, SetUpStore } from './store.ts';

const neverEnabled = {
  isEnabled: false,
  confirmed: {},
  firstEnabledAtMs: null,
  syncDueAtMs: null,
  cautiousSinceMs: null,
  changedAtMs: null,
  changedBy: null,
};

/** Workers, enrolments, postponed work, the catalogue and the vendors' states. */
export function claimTables(test: ClaimTest, setup: SetUpStore): void {
  describe('workers', () => {
    test('each has a number of its own, and its intents count as alive until its session ends', async () => {
      const { store, readLane } = await setup();
      const [one, other] = [await store.joinAsWorker(), await store.joinAsWorker()];
      expect(one.worker).not.toBe(other.worker);
      await store.ledger.recordIntent(anIntent({ worker: one.worker }));
      expect((await readLane()).openIntents).toMatchObject([{ isWorkerAlive: true }]);
      expect(one.lost.aborted).toBe(false);
      await one.close();
      await expect.poll(async () => (await readLane()).openIntents[0]?.isWorkerAlive).toBe(false);
      expect([one.lost.aborted, other.lost.aborted]).toEqual([true, false]);
      await other.close();
    });

    test('G-5: an intent tells its age since it was last sent, by the clock that stamped it', async () => {
      const { store, record, readLane, pass } = await setup();
      await store.ledger.recordIntent(anIntent());
      await pass(300);
      const [intent] = (await readLane()).openIntents;
      expect(intent?.ageMs).toBeGreaterThanOrEqual(300);
      expect(intent?.ageMs).toBeLessThan(5_000);
      const intentId = intent?.id ?? null;
      await record({ intentId, state: 'planned' });
      const { version } = await readLane();
      await store.ledger.recordIntent(anIntent({ version, intentId }));
      expect((await readLane()).openIntents[0]?.ageMs).toBeLessThan(300);
    });

    test('a lane tells when it was read, by the clock that stamps the times in it', async () => {
      const { store, readLane } = await setup();
      await store.enrolments.open({ ...scope, ident: '00017' }, { id: 'e1', plan: {} });
      const { enrolment, readAtMs } = await readLane();
      const ageMs = readAtMs - (enrolment?.plannedAtMs ?? 0);
      expect(ageMs).toBeGreaterThanOrEqual(-1);
      expect(ageMs).toBeLessThan(5_000);
    });

    test('lanes with an open intent or enrolment are unsettled, page by page', async () => {
      const { store, record, readLane } = await setup();
      for (const ident of ['00018', '00017']) await store.ledger.recordIntent(anIntent({ ident }));
      await store.enrolments.open({ ...scope, ident: '00019' }, { id: 'e1', plan: {} });
      const read = (afterIdent: string | null, limit = 2) =>
        store.readUnsettledIdents('onefile', { afterIdent, limit });
      expect(await read(null)).toEqual(['00017', '00018']);
      expect(await read('00018')).toEqual(['00019']);
      const [intent] = (await readLane()).openIntents;
      await record({ intentId: intent?.id ?? null, state: 'done' });
      await record({ ident: '00019', concludesEnrolment: true });
      expect(await read(null)).toEqual(['00018']);
    });
  });

  describe('enrolments', () => {
    test('of two commands the later one counts, and the same command again changes nothing', async () => {
      const { store, readLane, record } = await setup();
      expect(await store.enrolments.read('e1')).toBeNull();
      await store.enrolments.open(learner, { id: 'e1', plan: { a: 1 } });
      await record({ milestone: 'aim:1' });
      await store.enrolments.open(learner, { id: 'e1', plan: { a: 2 } });
      expect(await store.enrolments.read('e1')).toEqual({ state: 'open', plan: { a: 1 } });
      expect((await readLane()).enrolment).toMatchObject({ id: 'e1', milestones: ['aim:1'] });
      await store.enrolments.open(learner, { id: 'e2', plan: { a: 3 } });
      expect(await store.enrolments.read('e1')).toMatchObject({ state: 'superseded' });
      expect((await readLane()).enrolment).toMatchObject({ id: 'e2', milestones: [] });
    });

    test('commands for one learner at the same moment leave exactly one open', async () => {
      const { store, readLane } = await setup();
      const ids = Array.from({ length: 6 }, (_unused, n) => `e${n}`);
      await Promise.all(ids.map((id) => store.enrolments.open(learner, { id, plan: {} })));
      const states = await Promise.all(ids.map((id) => store.enrolments.read(id)));
      expect(states.filter((one) => one?.state === 'open')).toHaveLength(1);
      expect((await readLane()).enrolment).not.toBeNull();
    });

    test('a corrected plan moves the lane, and one that has ended cannot be corrected', async () => {
      const { store, readLane, record } = await setup();
      const correct = () => store.enrolments.correct(learner, (plan) => ({ ...plan, b: 2 }));
      expect(await correct()).toBe(false);
      await store.enrolments.open(learner, { id: 'e1', plan: { a: 1 } });
      const { version } = await readLane();
      expect(await correct()).toBe(true);
      expect(await store.ledger.recordOutcome(anOutcome({ version }))).toEqual({ kind: 'conflict' });
      expect((await readLane()).enrolment).toMatchObject({ id: 'e1', plan: { a: 1, b: 2 } });
      await record({ concludesEnrolment: true });
      expect(await correct()).toBe(false);
      expect(await store.enrolments.read('e1')).toMatchObject({ state: 'done' });
    });
  });

  describe('postponed work (OF-50)', () => {
    test('a subject is left alone until its time, and then due until it is forgotten', async () => {
      const { store, readLane, pass } = await setup();
      const postponed = { vendor: 'onefile', ident: '00017', subject: 'review:1', forMs: 200 } as const;
      await store.postponed.add(postponed);
      await store.postponed.add({ ...postponed, forMs: 1 });
      expect(await readLane()).toMatchObject({ postponed: ['review:1'] });
      expect(await store.postponed.readDue('onefile', 9)).toEqual([]);
      await pass(300);
      expect('postponed' in (await readLane())).toBe(false);
      const [due] = await store.postponed.readDue('onefile', 9);
      expect(due).toMatchObject({ ident: '00017' });
      await store.postponed.add({ ...postponed, subject: 'review:2', forMs: 0 });
      if (due !== undefined) await store.postponed.forgetDue('onefile', due);
      await pass(5);
      const rest = await store.postponed.readDue('onefile', 9);
      expect(rest).toMatchObject([{ ident: '00017' }]);
      if (rest[0] !== undefined) await store.postponed.forgetDue('onefile', rest[0]);
      expect(await store.postponed.readDue('onefile', 9)).toEqual([]);
    });

    test('D-3: a transaction that a look must see is given with the learner when it is due', async () => {
      const { store, pass } = await setup();
      const add = (ident: string, txId: number | null) =>
        store.postponed.add({
          ...{ vendor: 'onefile', ident, subject: `transaction:${txId}`, forMs: 0 },
          ...(txId === null ? {} : { txId }),
        });
      await add('00017', 4_000_000_001);
      await add('00017', 5);
      await add('00018', null);
      await pass(5);
      const due = await store.postponed.readDue('onefile', 9);
      const byIdent = new Map(due.map(({ ident, txIds }) => [ident, [...txIds].sort((a, b) => a - b)]));
      expect(byIdent).toEqual(
        new Map([
          ['00017', [5, 4_000_000_001]],
          ['00018', []],
        ]),
      );
    });

    test('D-3: a transaction that stays invisible is waited for ever more rarely', async () => {
      const { store, pass } = await setup();
      const one = { vendor: 'onefile', ident: '00017', subject: 'transaction:5', txId: 5, forMs: 0 } as const;
      await store.postponed.add(one);
      await pass(400);
      const [due] = await store.postponed.readDue('onefile', 9);
      await store.postponed.add(one);
      if (due !== undefined) await store.postponed.forgetDue('onefile', due);
      await pass(200);
      expect(await store.postponed.readDue('onefile', 9)).toEqual([]);
      await pass(400);
      expect(await store.postponed.readDue('onefile', 9)).toMatchObject([{ txIds: [5] }]);
    });

    test('the longest due learner comes first, once for all its subjects', async () => {
      const { store, pass } = await setup();
      const add = (ident: string, subject: string, forMs: number) =>
        store.postponed.add({ vendor: 'onefile', ident, subject, forMs });
      await add('00018', 'review:1', 0);
      await pass(5);
      await add('00017', 'review:2', 0);
      await add('00018', 'review:3', 0);
      await pass(5);
      const due = await store.postponed.readDue('onefile', 9);
      expect(due.map(({ ident }) => ident)).toEqual(['00018', '00017']);
      expect(await store.postponed.readDue('onefile', 1)).toHaveLength(1);
      expect(await store.postponed.readDue('smartassessor', 9)).toEqual([]);
    });
  });

  describe('the catalogue', () => {
    test('a new list takes the place of the old one of its centre alone, each entry once', async () => {
      const { store } = await setup();
      const row = (code: string, vendorId = '1') => ({ code, vendorId, title: null, entity: 'standard' });
      const other = { ...scope, centre: 'c2' };
      await store.catalogue.replace(scope, [row('B'), row('A', '2'), row('A'), row('A')]);
      await store.catalogue.replace(other, [row('C')]);
      expect(await store.catalogue.read(scope)).toEqual([row('A'), row('A', '2'), row('B')]);
      await store.catalogue.replace(scope, [{ ...row('D'), title: 'Care' }]);
      expect(await store.catalogue.read(scope)).toEqual([{ ...row('D'), title: 'Care' }]);
      expect(await store.catalogue.read(other)).toEqual([row('C')]);
    });
  });

  describe('the state of a vendor', () => {
    test('a vendor that was never enabled has none, and nothing but enabling gives it one', async () => {
      const { store } = await setup();
      await store.vendors.requestSync('onefile');
      await store.vendors.disable({ vendor: 'onefile', by: 'ann' });
      await store.vendors.noteConfirmed('onefile', { a: 1 });
      expect(await store.vendors.readState('onefile')).toEqual(neverEnabled);
    });

    test('an enabled vendor is due for a synchronisation, until one that began later has completed', async () => {
      const { store, pass } = await setup();
      await store.vendors.enable({ vendor: 'onefile', confirmed: { a: 1, b: null }, by: 'ann' });
      const first = await store.vendors.readState('onefile');
      const times = [first.firstEnabledAtMs, first.changedAtMs];
      expect(first).toMatchObject({ isEnabled: true, confirmed: { a: 1, b: null }, changedBy: 'ann' });
      expect(times).toEqual([first.syncDueAtMs, first.syncDueAtMs]);
      await pass(5);
      await store.vendors.requestSync('onefile');
      await store.vendors.clearSyncDue('onefile', first.syncDueAtMs ?? 0);
      const { syncDueAtMs } = await store.vendors.readState('onefile');
      expect(syncDueAtMs).toBeGreaterThan(first.syncDueAtMs ?? 0);
      await store.vendors.clearSyncDue('onefile', syncDueAtMs ?? 0);
      expect(await store.vendors.readState('onefile')).toMatchObject({ syncDueAtMs: null });
    });

    test('enabled again it keeps the day of its first enabling, and a sync only where one was due', async () => {
      const { store, pass } = await setup();
      await store.vendors.enable({ vendor: 'onefile', by: 'ann', isSyncDue: false });
      const { firstEnabledAtMs, syncDueAtMs } = await store.vendors.readState('onefile');
      expect(syncDueAtMs).toBeNull();
      await pass(5);
      await store.vendors.disable({ vendor: 'onefile', by: 'bob' });
      expect(await store.vendors.readState('onefile')).toMatchObject({ isEnabled: false, changedBy: 'bob' });
      await store.vendors.requestSync('onefile');
      await store.vendors.enable({ vendor: 'onefile', confirmed: { c: 1 }, by: 'ann', isSyncDue: false });
      const again = await store.vendors.readState('onefile');
      expect(again).toMatchObject({ isEnabled: true, firstEnabledAtMs, confirmed: { c: 1 } });
      expect(again.syncDueAtMs).not.toBeNull();
    });

    test('of commands that switch, the one with the last place decides, in whatever order they end (G-8)', async () => {
      const { store } = await setup();
      const { vendors } = store;
      const vendor = 'onefile' as const;
      const place = (atMs: number, id = 'a') => ({ atMs, id });
      const disable = (asked: ReturnType<typeof place>) => vendors.disable({ vendor, by: 'bob', asked });
      const enable = (asked: ReturnType<typeof place>) => vendors.enable({ vendor, by: 'ann', asked });
      expect(await disable(place(20)), 'nothing was on, yet it is remembered').toBe('was-disabled');
      expect(await enable(place(10))).toBe('superseded');
      expect(await vendors.readState(vendor)).toMatchObject({ isEnabled: false });
      expect(await enable(place(30))).toBe('enabled');
      expect(await disable(place(20)), 'an old one, delivered late').toBe('superseded');
      expect(await vendors.readState(vendor)).toMatchObject({ isEnabled: true, changedBy: 'ann' });
      expect(await disable(place(30, 'B')), 'at the same moment the ids decide, by their characters').toBe(
        'superseded',
      );
      expect(await disable(place(30, 'b'))).toBe('disabled');
      expect(await disable(place(30, 'b')), 'delivered once more').toBe('disabled');
      expect(await enable(place(30))).toBe('superseded');
      expect(await vendors.enable({ vendor, by: 'test' }), 'no command').toBe('enabled');
    });

    test('what is noted stands beside what was confirmed; null takes it away, at any depth', async () => {
      const { store } = await setup();
      await store.vendors.enable({ vendor: 'onefile', confirmed: { a: 1, b: 2 }, by: 'ann' });
      await store.vendors.noteConfirmed('onefile', { b: null, c: { d: null, e: [null, { f: null }] } });
      expect((await store.vendors.readState('onefile')).confirmed).toEqual({ a: 1, c: { e: [null, {}] } });
    });
  });

  describe('alarms (G-11)', () => {
    const letter = {
      kind: 'dead-letter',
      about: 'pics.trqual',
      code: 'bad-date',
      place: 'pics.trqual/0/7',
    } as const;

    test('raised again it counts, and shows where it was met last', async () => {
      const { store, nowMs, pass } = await setup();
      const beganAtMs = nowMs();
      await store.alarms.raise(letter);
      await pass(20);
      await Promise.all([8, 9].map((offset) => store.alarms.raise({ ...letter, place: `t/0/${offset}` })));
      await store.alarms.raise({ ...letter, code: 'unknown-schema' });
      const open = await store.alarms.listOpen();
      expect(open).toMatchObject([
        { kind: 'dead-letter', about: 'pics.trqual', code: 'bad-date', count: 3 },
        { code: 'unknown-schema', count: 1, place: letter.place },
      ]);
      expect(open[0]?.place).toMatch(/^t\/0\/[89]$/);
      expect((open[0]?.lastAtMs ?? 0) - (open[0]?.sinceMs ?? 0)).toBeGreaterThanOrEqual(15);
      expect(Math.abs((open[0]?.sinceMs ?? 0) - beganAtMs)).toBeLessThan(5_000);
    });

    test('it stays until a person acknowledges it, and what comes after that is a new one', async () => {
      const { store } = await setup();
      await store.alarms.raise(letter);
      await store.alarms.raise({ ...letter, about: 'pics.itp_revu' });
      const [first] = await store.alarms.listOpen();
      const ids = [first?.id ?? ''];
      expect(await store.alarms.acknowledge({ ids }, { by: 'ann' })).toMatchObject([
        { id: first?.id, about: 'pics.trqual', count: 1 },
      ]);
      expect(await store.alarms.acknowledge({ ids }, { by: 'ann' })).toEqual([]);
      expect(await store.alarms.listOpen()).toMatchObject([{ about: 'pics.itp_revu' }]);
      await store.alarms.raise(letter);
      const open = await store.alarms.listOpen();
      expect(open).toMatchObject([{ about: 'pics.itp_revu' }, { about: 'pics.trqual', count: 1 }]);
      expect(open[1]?.id).not.toBe(first?.id);
      expect(await store.alarms.acknowledge('all', { by: 'bob' })).toHaveLength(2);
      expect(await store.alarms.listOpen()).toEqual([]);
    });
  });
}
