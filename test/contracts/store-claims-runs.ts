import { describe, expect } from 'vitest';
import type { Foreseen, RunAsked, RunItem, RunLine, RunPlan } from '../../src/domain/run.ts';
import { aLink, anIntent, anOutcome, aReport, learner, scope } from '../support/ledger-records.ts';
import type { ClaimTest, SetUpStore } from './store.ts';

export function aRun(change: Partial<RunAsked> = {}): RunAsked {
  const order = {
    kind: 'replay',
    filter: {},
    start: { kind: 'beginning' },
    topics: [],
    readsVendor: false,
  } as const;
  return { ...scope, request: 'r1', by: 'test', order, ...change };
}

function line(does: RunLine['does'], subject: string, code: string | null = null): RunLine {
  return { does, subject, fields: [], blank: [], code };
}

function foresee(...lines: readonly RunLine[]): Foreseen {
  return { lines, calls: lines.length, reads: 0, isLinked: true };
}

const aPlan: RunPlan = {
  ...{
    digest: 'd1',
    plannedAtMs: 5,
    learners: 2,
    equal: 1,
    unlinked: 0,
    counts: { update: 1 },
    owners: [],
    reads: 0,
  },
  forecast: { calls: 1, minutes: 0.1, callsPerLearner: 1 },
  ...{ completed: [], strangers: [] },
};

/** Runs and their items. */
export function claimRuns(test: ClaimTest, setup: SetUpStore): void {
  describe('runs', () => {
    test('a command delivered twice asks for one run, and another one for another', async () => {
      const { store } = await setup();
      const run = await store.runs.ask(aRun());
      expect(run).toMatchObject({
        ...scope,
        state: 'asked',
        askedBy: 'test',
        plan: null,
        code: null,
        startedAtMs: null,
      });
      expect(await store.runs.ask(aRun({ by: 'other' }))).toEqual(run);
      const other = await store.runs.ask(aRun({ request: 'r2' }));
      expect(other.id).not.toBe(run.id);
      expect(await store.runs.read(run.id)).toEqual(run);
      expect(await store.runs.read(other.id + 100)).toBeNull();
      expect(await store.runs.readState(run.id)).toBe('asked');
      expect(await store.runs.readState(other.id + 100)).toBeNull();
      expect((await store.runs.list(null, 10)).map(({ id }) => id)).toEqual([other.id, run.id]);
      expect(await store.runs.list('smartassessor', 10)).toEqual([]);
      expect(await store.runs.list('onefile', 1)).toHaveLength(1);
    });

    test('one run of a vendor is next: the one in work, else the oldest that waits for no person', async () => {
      const { store } = await setup();
      const { runs } = store;
      expect(await runs.readNext('onefile')).toBeNull();
      const [a, b, c] = [
        await runs.ask(aRun()),
        await runs.ask(aRun({ request: 'b' })),
        await runs.ask(aRun({ request: 'c' })),
      ];
      expect((await runs.readNext('onefile'))?.id).toBe(a.id);
      await runs.move(a.id, { from: ['asked'], to: 'planned' }, { plan: aPlan });
      expect((await runs.readNext('onefile'))?.id).toBe(b.id);
      await runs.move(c.id, { from: ['asked'], to: 'running' }, {});
      expect((await runs.readNext('onefile'))?.id).toBe(c.id);
      expect(await runs.readState(c.id)).toBe('running');
      await runs.move(c.id, { from: ['running'], to: 'paused' }, {});
      await runs.move(b.id, { from: ['asked'], to: 'failed' }, { code: 'UNREACHABLE' });
      expect(await runs.readNext('onefile')).toBeNull();
      await runs.move(a.id, { from: ['planned'], to: 'approved' }, { approvedBy: 'ann' });
      expect(await runs.readNext('onefile')).toMatchObject({ id: a.id, approvedBy: 'ann', plan: aPlan });
      expect(await runs.readNext('smartassessor')).toBeNull();
    });

    test('a move comes from the states that it names, or does not happen; its begin stays, its end stands', async () => {
      const { store } = await setup();
      const { runs } = store;
      const { id } = await runs.ask(aRun());
      expect(await runs.move(id, { from: ['planned', 'approved'], to: 'running' }, {})).toBeNull();
      const begun = await runs.move(
        id,
        { from: ['asked'], to: 'running' },
        { code: 'X', params: { n: '1' } },
      );
      expect(begun).toMatchObject({ state: 'running', code: 'X', params: { n: '1' }, endedAtMs: null });
      expect(begun?.startedAtMs).not.toBeNull();
      await runs.move(id, { from: ['running'], to: 'paused' }, {});
      expect(await runs.move(id, { from: ['paused'], to: 'running' }, {})).toMatchObject({
        startedAtMs: begun?.startedAtMs,
        code: null,
        params: {},
      });
      const ended = await runs.move(id, { from: ['running'], to: 'done' }, {});
      expect(ended?.endedAtMs).not.toBeNull();
      expect(await runs.move(id, { from: ['running'], to: 'stopped' }, {})).toBeNull();
    });

    test('items come owners first, in pages; ended once or twice they end alike, and are counted', async () => {
      const { store } = await setup();
      const { runs } = store;
      const { id } = await runs.ask(aRun());
      const none = { afterIdent: null, limit: 10 };
      const planned = foresee(line('update', 'aim:1', 'update-aim'));
      await runs.addItems(id, [
        { ident: '00018', planned: foresee() },
        { ident: '00017', planned },
      ]);
      await runs.addItems(id, [{ ident: 'officer:AB', planned: foresee(line('create', 'officer:AB')) }]);
      const idents = async (
        ...args: Parameters<typeof runs.listItems> extends [number, ...infer R] ? R : never
      ) => (await runs.listItems(id, ...args)).map(({ ident }) => ident);
      expect(await idents({}, none)).toEqual(['officer:AB', '00017', '00018']);
      expect(await idents({}, { afterIdent: 'officer:AB', limit: 1 })).toEqual(['00017']);
      expect(await idents({ onlyWithLines: true }, none)).toEqual(['officer:AB', '00017']);
      await runs.endItem(id, { ident: '00017', state: 'done', code: null, calls: 3 });
      await runs.endItem(id, { ident: '00018', state: 'failed', code: 'VENDOR_ERROR', calls: 0 });
      await runs.endItem(id, { ident: 'nobody', state: 'failed', code: 'X', calls: 7 });
      await runs.addCalls(id, 2);
      expect(await idents({ state: 'planned' }, none)).toEqual(['officer:AB']);
      expect((await runs.listItems(id, { state: 'done' }, none))[0]).toEqual<RunItem>({
        ...{ ident: '00017', state: 'done', planned, code: null, calls: 3, happened: null },
      });
      expect((await runs.read(id))?.progress).toEqual({ items: 3, done: 1, failed: 1, calls: 5 });
      await runs.endItems(id);
      expect((await runs.read(id))?.progress).toEqual({ items: 3, done: 2, failed: 1, calls: 5 });
      await runs.clearItems(id);
      expect(await idents({}, none)).toEqual([]);
    });

    test('what has happened since a run began is written beside what was planned, and nothing from before', async () => {
      const { store, record, readLane, pass } = await setup();
      const { runs, ledger, links } = store;
      const act = async (
        step: string,
        effect: 'read' | 'update' | 'create',
        subject: string,
      ): Promise<void> => {
        const { version } = await readLane();
        const sent = await ledger.recordIntent(anIntent({ version, step, effect, subject }));
        if (sent.kind !== 'recorded') throw new Error('conflict');
        await ledger.recordOutcome(
          anOutcome({ version: sent.version, intentId: sent.intentId, state: 'done', code: 'done' }),
        );
      };
      const applied = (subject: string, vendorId = 'a') =>
        aReport({
          lines: [{ ident: learner.ident, kind: 'applied', subject, code: null, vendorId, tookMs: null }],
        });
      await act('update-aim', 'update', 'aim:before');
      await store.recordReport({ ...scope, source: 't/0' }, applied('learning-aim:before'));
      await links.record([aLink({ picsId: '00016', ident: '00016', vendorId: '800' })]);
      await pass(20);
      const { id } = await runs.ask(aRun());
      await runs.addItems(id, [
        { ident: '00017', planned: foresee() },
        { ident: 'officer:AB', planned: foresee() },
        { ident: '00016', planned: foresee() },
      ]);
      await runs.move(id, { from: ['asked'], to: 'running' }, {});
      await act('update-aim', 'update', 'aim:1');
      await act('create-review', 'create', 'review:5');
      await act('update-aim', 'update', 'aim:1');
      await store.recordReport({ ...scope, source: 't/1' }, applied('learning-aim:a'));
      await store.recordReport({ ...scope, source: 't/2' }, applied('review:55', '55'));
      await links.record([
        aLink(),
        aLink({ kind: 'officer', picsId: 'AB', ident: null, vendorId: '7' }),
        aLink({ kind: 'review', picsId: '5', vendorId: '55', how: 'created' }),
      ]);
      await record({
        holds: [{ subject: 'review:9', code: 'REVIEW_NO_OFFICER', params: {}, requestHash: null }],
      });
      await runs.recordHappened(id);
      const items = await runs.listItems(id, {}, { afterIdent: null, limit: 10 });
      expect(
        items.map(({ ident, happened }) => [
          ident,
          happened?.map(({ does, subject }) => `${does} ${subject}`),
        ]),
      ).toEqual([
        ['officer:AB', ['link officer:AB']],
        ['00016', []],
        [
          '00017',
          ['create review:5', 'held review:9', 'link learner:00017', 'pull learning-aim:a', 'update aim:1'],
        ],
      ]);
    });
  });
}
