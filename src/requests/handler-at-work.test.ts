import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { createMemoryPorts } from '../../test/memory/ports.ts';
import { createToyVendor } from '../../test/simulation/toy-vendor.ts';
import { buildRequest } from '../../test/support/requests.ts';
import { handlerAtWork } from './dispatch.ts';
import { type Command, done, type Workplace } from './request.ts';

const request = buildRequest({ kind: 'refresh', ident: '00017' });

type Stand = { readonly name: string; readonly stops?: boolean; readonly hasBegun?: boolean };

/** A workplace at a vendor of this title. */
function buildWorkplace(title: string, signal: AbortSignal): Workplace {
  const { clock } = createVirtualClock();
  const { pics, store, topics } = createMemoryPorts({ clock, vendors: [] });
  return {
    vendor: createToyVendor({ title }),
    engine: { submit: async () => ({ kind: 'settled', isLinked: true, calls: {}, holds: [] }) },
    pics,
    store,
    topics,
    clock,
    liveLetters: ['L'],
    signal,
  };
}

/** Workplaces one after the other; null = the vendor is not enabled any more. */
function setup(stands: readonly (Stand | null)[]) {
  const used: string[] = [];
  const queue = stands.map((stand) => {
    const stop = new AbortController();
    return stand === null ? null : { stand, stop, workplace: buildWorkplace(stand.name, stop.signal) };
  });
  let present: (typeof queue)[number] = null;
  const command: Command = async (_request, begin, { vendor }) => {
    used.push(vendor.title);
    if (present?.stand.hasBegun !== false) await begin();
    if (present?.stand.stops !== true) return done({});
    present.stop.abort();
    throw new Error('stopped');
  };
  const { handle } = handlerAtWork(command, async () => {
    present = queue.shift() ?? null;
    return present?.workplace ?? null;
  });
  return { used, handle };
}

test('a command whose engine goes away begins again with the next, and says working once', async () => {
  const { used, handle } = setup([{ name: 'one', stops: true }, { name: 'two' }]);
  const began: string[] = [];
  const answer = await handle(request, async () => void began.push('working'));
  expect(used).toEqual(['one', 'two']);
  expect([answer.status, began]).toEqual(['done', ['working']]);
});

test('G-8: a vendor that is disabled under it refuses the command, or fails it once work had begun', async () => {
  const begin = async () => {};
  const before = setup([{ name: 'one', stops: true, hasBegun: false }, null]);
  expect(await before.handle(request, begin)).toMatchObject({ status: 'refused', code: 'DISABLED' });
  const after = setup([{ name: 'one', stops: true }, null]);
  expect(await after.handle(request, begin)).toMatchObject({ status: 'failed', code: 'DISABLED' });
});

test('a fault of the infrastructure is no end: the command is given again', async () => {
  const workplace = buildWorkplace('one', new AbortController().signal);
  const { handle } = handlerAtWork(
    async () => Promise.reject(new Error('no database')),
    async () => workplace,
  );
  await expect(handle(request, async () => {})).rejects.toThrow('no database');
});
