import { expect, test } from 'vitest';
import { buildRequest, runHandler } from '../../test/support/requests.ts';
import { toDone } from '../requests/request.ts';
import { toHandlerAtWork } from './handler-at-work.ts';

const request = buildRequest({ kind: 'refresh', ident: '00017' });

/** Engines one after the other; null = the vendor is not enabled any more. */
function setup(engines: readonly ({ name: string; stops?: boolean; hasBegun?: boolean } | null)[]) {
  const used: string[] = [];
  const queue = engines.map((engine) => {
    const stop = new AbortController();
    return engine === null ? null : { ...engine, stop, signal: stop.signal };
  });
  const handle = toHandlerAtWork(
    async () => queue.shift() ?? null,
    (engine) => async (_request, begin) => {
      used.push(engine.name);
      if (engine.hasBegun !== false) await begin();
      if (engine.stops !== true) return toDone({});
      engine.stop.abort();
      throw new Error('stopped');
    },
  );
  return { used, handle };
}

test('a command whose engine goes away begins anew with the next, and says working once', async () => {
  const { used, handle } = setup([{ name: 'one', stops: true }, { name: 'two' }]);
  const began: string[] = [];
  const answer = await handle(request, async () => void began.push('working'));
  expect(used).toEqual(['one', 'two']);
  expect([answer.status, began]).toEqual(['done', ['working']]);
});

test('G-8: a vendor that is disabled under it refuses the command, or fails it once work had begun', async () => {
  const before = setup([{ name: 'one', stops: true, hasBegun: false }, null]);
  expect((await runHandler(before.handle, request)).answer).toMatchObject({
    status: 'refused',
    code: 'DISABLED',
  });
  const after = setup([{ name: 'one', stops: true }, null]);
  expect((await runHandler(after.handle, request)).answer).toMatchObject({
    status: 'failed',
    code: 'DISABLED',
  });
});

test('a fault of the infrastructure is no end: the command is given again', async () => {
  const handle = toHandlerAtWork(
    async () => ({ signal: new AbortController().signal }),
    () => async () => Promise.reject(new Error('no database')),
  );
  await expect(runHandler(handle, request)).rejects.toThrow('no database');
});
