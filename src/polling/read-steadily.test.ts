import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PollWorld, plans } from '../../test/support/poll-world.ts';
import type { PollPlan, ReadPage } from '../domain/polling.ts';
import { createSteadyReader } from './read-steadily.ts';

const serverError = { kind: 'unknown', detail: 'HTTP 500' } as const;
const unreachable = { kind: 'unreachable', detail: 'ECONNREFUSED' } as const;
const forbidden = { kind: 'unauthorized', detail: 'HTTP 403' } as const;

/** Learners 10 to 14, each with an aim, and two reviews. */
function fiveLearners(): PollWorld {
  const world = new PollWorld();
  const ids = ['10', '11', '12', '13', '14'];
  world.link(...ids);
  for (const id of ids) world.put('learning-aim', `a${id}`, id, { number: id });
  world.put('review', 'r10', '10', { at: '10' });
  world.put('review', 'r11', '11', { at: '11' });
  return world;
}

const unreadable = (world: PollWorld): string[] =>
  world.store.ledger.held.map(({ subject, code }) => `${subject} ${code}`);

test.each([
  ['answers 500', serverError],
  ['is refused for the lack of a permission', forbidden],
  ['cannot be reached', unreachable],
])(
  'G-9: one learner whose search always %s is left out and named, and all others go on',
  async (_name, failure) => {
    const world = fiveLearners();
    world.failing = (read) => (read.includes('aims 12') ? failure : null);
    const end = await world.pass();
    expect(end).toMatchObject({ learnerCount: 5, gapCount: 1, unread: ['aims i12'] });
    expect(world.publishedIds.sort()).toEqual(['a10', 'a11', 'a13', 'a14', 'r10', 'r11']);
    expect(world.submitted).toEqual(['i10', 'i11', 'i13', 'i14']);
    expect(world.reads.filter((read) => read === 'full aims 12')).toHaveLength(5);
  },
);

test('G-9: held after three passes in a row, released by the first that reads it', async () => {
  const world = fiveLearners();
  world.failing = (read) => (read.includes('aims 12') ? serverError : null);
  await world.pass();
  await world.pass();
  expect(unreadable(world)).toEqual([]);
  await world.pass();
  expect(unreadable(world)).toEqual(['unread:aims i12 NOT_READABLE']);
  await world.pass();
  expect(unreadable(world), 'once').toHaveLength(1);
  world.failing = () => null;
  expect(await world.pass()).toMatchObject({ unread: [] });
  expect(unreadable(world)).toEqual([]);
});

test('G-9: read in between, the three passes are counted from the beginning', async () => {
  const world = fiveLearners();
  for (const isBroken of [true, true, false, true, true]) {
    world.failing = (read) => (isBroken && read.includes('aims 12') ? serverError : null);
    await world.pass();
  }
  expect(unreadable(world)).toEqual([]);
});

test('G-9: what one learner cannot show is not concluded as gone; what others have lost is', async () => {
  const world = fiveLearners();
  await world.pass();
  world.failing = (read) => (read.includes('aims 12') ? serverError : null);
  world.shown['learning-aim'].delete('a12');
  world.shown['learning-aim'].delete('a13');
  await world.pass();
  await world.pass();
  await world.pass();
  expect(world.publishedIds.filter((id) => id.startsWith('-'))).toEqual(['-a13']);
});

test('G-9: a list that fails leaves out the list, and the learners are read', async () => {
  const world = fiveLearners();
  world.failing = (read) => (read.startsWith('full reviews') ? serverError : null);
  expect(await world.pass()).toMatchObject({ unread: ['reviews'] });
  expect(world.publishedIds.sort()).toEqual(['a10', 'a11', 'a12', 'a13', 'a14']);
  expect(world.submitted).toEqual(['i10', 'i11', 'i12', 'i13', 'i14']);
});

test('an outage, in which different records fail, is waited for, and nothing is left out', async () => {
  const world = fiveLearners();
  const beganAtMs = world.nowMs;
  const outageMs = 3 * 3_600_000;
  world.failing = () => (world.nowMs - beganAtMs < outageMs ? serverError : null);
  expect(await world.pass()).toMatchObject({ gapCount: 0, unread: [] });
  expect(world.publishedIds).toHaveLength(7);
  const perMinute = world.reads.length / (outageMs / 60_000);
  expect(perMinute, 'asked seldom').toBeLessThan(3);
});

test('an outage in the middle, while one learner is broken for good, leaves out that one alone', async () => {
  const world = fiveLearners();
  let outUntilMs = 0;
  world.onRead = () => {
    if (world.reads.length === 4) outUntilMs = world.nowMs + 1_800_000;
  };
  world.failing = (read) => (world.nowMs < outUntilMs || read.includes('aims 11') ? serverError : null);
  expect(await world.pass()).toMatchObject({ unread: ['aims i11'] });
});

test('two broken records at the very end do not pass for an outage', async () => {
  const world = fiveLearners();
  world.failing = (read) => (/aims 1[34]/.test(read) ? serverError : null);
  expect(await world.pass()).toMatchObject({ unread: ['aims i13', 'aims i14'] });
});

test('the recent turn goes on past a broken learner, who costs one attempt from then on', async () => {
  const world = fiveLearners();
  world.failing = (read) => (read.includes('aims 12') ? serverError : null);
  const [reviews, aims] = plans as [PollPlan, PollPlan];
  const read = (resource: PollPlan['resource'], learnerVendorId: string | null) =>
    world.run(
      world.reader.read(
        { resource, cursor: null, learnerVendorId, extent: 'recent', cause: 'poll' },
        new AbortController().signal,
      ),
    );
  await read(reviews.resource, null);
  expect(await read(aims.resource, '12')).toBeNull();
  const attempts = () => world.reads.filter((one) => one === 'recent aims 12').length;
  expect(attempts()).toBe(5);
  await read(aims.resource, '11');
  expect(await read(aims.resource, '12')).toBeNull();
  expect(attempts()).toBe(6);
  world.failing = () => null;
  expect((await read(aims.resource, '12'))?.observations).toHaveLength(1);
});

test('a probe asks for no more than an answer: nothing of it is taken over', async () => {
  const world = fiveLearners();
  const asked: Parameters<ReadPage>[0][] = [];
  const readPage: ReadPage = async (request) => {
    asked.push(request);
    return request.learnerVendorId === '12' ? serverError : world.readPage(request);
  };
  const reader = createSteadyReader({ ...world.ports, vendor: { ...world.ports.vendor, readPage } });
  const [, aims] = plans as [PollPlan, PollPlan];
  const { signal } = new AbortController();
  const request = { resource: aims.resource, cursor: null, extent: 'full', cause: 'poll' } as const;
  expect(await world.run(reader.read({ ...request, learnerVendorId: '12' }, signal))).toBeNull();
  expect(asked.map(({ learnerVendorId, isProbe }) => [learnerVendorId, isProbe === true])).toEqual([
    ...Array.from({ length: 5 }, () => ['12', false]),
    [null, true],
  ]);
});

test('whatever is broken, every pass ends, reads all that can be read, and names the rest', async () => {
  const ids = ['10', '11', '12', '13', '14'];
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(ids),
      fc.boolean(),
      fc.array(fc.record({ atMs: fc.nat(600_000), forMs: fc.nat(900_000) }), { maxLength: 3 }),
      async (brokenIds, isListBroken, outages) => {
        // At least one record can be read: else all of it is an outage.
        fc.pre(brokenIds.length < ids.length || !isListBroken);
        const world = fiveLearners();
        const beganAtMs = world.nowMs;
        world.failing = (read) => {
          const sinceMs = world.nowMs - beganAtMs;
          const isOut = outages.some(({ atMs, forMs }) => sinceMs >= atMs && sinceMs < atMs + forMs);
          const isBroken = brokenIds.some((id) => read.endsWith(`aims ${id}`));
          return isOut || isBroken || (isListBroken && read.includes('reviews')) ? serverError : null;
        };
        const unread = [...brokenIds.map((id) => `aims i${id}`), ...(isListBroken ? ['reviews'] : [])];
        expect(await world.pass()).toMatchObject({ unread: unread.sort() });
        const left = ids.filter((id) => !brokenIds.includes(id));
        expect(world.submitted).toEqual(left.map((id) => `i${id}`));
      },
    ),
    { numRuns: 60, verbose: 1 },
  );
});
