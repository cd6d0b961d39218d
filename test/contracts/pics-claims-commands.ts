import { describe, expect } from 'vitest';
import type { NewRequest } from '../../src/domain/request.ts';
import type { RequestAnswer } from '../../src/domain/rows.ts';
import type { ClaimTest, SetUpPics } from './pics.ts';

const idOf = (n: number): string => `5f0c7d1e-0000-4000-8000-00000000010${n}`;
const atMs = 1_768_467_600_000;

function aRequest(n: number, known: Partial<NewRequest> = {}): NewRequest {
  const blank = { officer: null, organisation: null, payload: null, requestedBy: 'ann' };
  return { id: idOf(n), kind: 'refresh', vendor: 'onefile', ident: '1', ...blank, ...known };
}

function anAnswer(n: number, known: Partial<RequestAnswer>): RequestAnswer {
  const blank = { code: null, message: null, result: null, startedAtMs: null, finishedAtMs: null };
  return { id: idOf(n), status: 'done', attempts: 1, ...blank, ...known };
}

/** Commands, which are rows that a person inserts and the reconciler answers. */
export function claimCommands(test: ClaimTest, setup: SetUpPics): void {
  async function asked(...requests: readonly NewRequest[]) {
    const handles = await setup();
    await handles.put({ requests });
    return {
      ...handles,
      answer: (...answers: readonly RequestAnswer[]) =>
        handles.commit(({ applyAnswers }) => applyAnswers(answers)),
    };
  }

  describe('commands', () => {
    test('a command is read as it was given; of what is no id, nothing', async () => {
      const { pics } = await asked(aRequest(1, { officer: 'JB', payload: { choice: 'x' } }));
      const before = Date.now() - 60_000;
      const row = await pics.readRequest(idOf(1));
      expect(row).toEqual({
        ...aRequest(1, { officer: 'JB', payload: { choice: 'x' } }),
        status: 'new',
        code: null,
        message: null,
        result: null,
        attempts: 0,
        requestedAtMs: row?.requestedAtMs,
        startedAtMs: null,
        finishedAtMs: null,
      });
      expect(row?.requestedAtMs).toBeGreaterThan(before);
      expect(await pics.readRequest(idOf(2), [])).toBeNull();
      expect(await pics.readRequest('no id')).toBeNull();
    });

    test('an answer moves a command forward, and never back', async () => {
      const { pics, answer } = await asked(aRequest(1));
      await answer(anAnswer(1, { status: 'working', startedAtMs: atMs }));
      expect(await pics.readRequest(idOf(1))).toMatchObject({ status: 'working', startedAtMs: atMs });
      const done = anAnswer(1, { result: '{"calls":2}', message: 'Done.', finishedAtMs: atMs + 1_000 });
      await answer(done);
      const row = await pics.readRequest(idOf(1));
      expect(row).toMatchObject({
        status: 'done',
        message: 'Done.',
        result: { calls: 2 },
        startedAtMs: atMs,
        finishedAtMs: atMs + 1_000,
      });
      await answer(anAnswer(1, { status: 'working', startedAtMs: atMs + 9_000 }));
      await answer(anAnswer(1, { status: 'failed', code: 'GONE', finishedAtMs: atMs + 9_000 }));
      expect(await pics.readRequest(idOf(1))).toEqual(row);
      await answer(anAnswer(7, {}));
      expect(await pics.readRequest(idOf(7))).toBeNull();
    });

    test('the same answer once more changes nothing, not even its time', async () => {
      const { pics, answer } = await asked(aRequest(1));
      await answer(anAnswer(1, { status: 'working', startedAtMs: atMs }));
      const row = await pics.readRequest(idOf(1));
      await answer(anAnswer(1, { status: 'working', startedAtMs: atMs + 5_000 }));
      expect(await pics.readRequest(idOf(1))).toEqual(row);
    });

    test('what is held may go on or be skipped, and counts its attempts', async () => {
      const { pics, answer } = await asked(aRequest(1), aRequest(2));
      const held = (n: number) => anAnswer(n, { status: 'held', code: 'NO_EMAIL', attempts: 2 });
      await answer(held(1), held(2));
      await answer(anAnswer(1, { status: 'done' }), anAnswer(2, { status: 'skipped', code: 'NO_EMAIL' }));
      expect((await pics.readRequest(idOf(1)))?.status).toBe('held');
      expect(await pics.readRequest(idOf(2))).toMatchObject({ status: 'skipped', attempts: 2 });
      await answer(anAnswer(1, { status: 'working' }));
      await answer(anAnswer(1, { status: 'done', attempts: 3 }));
      expect(await pics.readRequest(idOf(1))).toMatchObject({ status: 'done', code: null, attempts: 3 });
    });

    test('answers are kept with their transaction or not at all', async () => {
      const { pics, transact } = await asked(aRequest(1));
      await transact(async ({ applyAnswers }) => {
        await applyAnswers([anAnswer(1, {})]);
        return { commit: false, value: null };
      });
      expect((await pics.readRequest(idOf(1)))?.status).toBe('new');
    });

    test('open ones of a vendor come oldest first; held ones by their learners', async () => {
      const { pics, answer } = await asked(
        aRequest(3),
        aRequest(1, { kind: 'enrol' }),
        aRequest(2, { vendor: 'smart-assessor' }),
        aRequest(4, { kind: 'retry' }),
        aRequest(5, { kind: 'enrol', ident: '2' }),
        aRequest(6),
      );
      await answer(anAnswer(3, { status: 'working' }), anAnswer(6, { status: 'done' }));
      const open = async () => (await pics.readOpenRequests('onefile')).map(({ id }) => id);
      expect(await open()).toEqual([3, 1, 4, 5].map(idOf));
      await answer(...[1, 4, 5, 2].map((n) => anAnswer(n, { status: 'held' })));
      expect(await open()).toEqual([idOf(3)]);
      expect(await pics.readHeldRequests('onefile', ['1', 'officer:JB'])).toEqual([
        { id: idOf(1), kind: 'enrol', ident: '1' },
      ]);
      expect(await pics.readHeldRequests('onefile', [])).toEqual([]);
    });
  });
}
