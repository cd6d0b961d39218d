import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildRequest, openDispatch, openWorkplace } from '../../test/support/requests.ts';
import { silentLog } from '../base/log.ts';
import type { CommandRequest } from '../domain/request.ts';
import type { Switching } from '../vendors/vendor.ts';
import { createSwitchHandlers } from './switch.ts';

const vendor = 'onefile';

const unasked = (): never => {
  throw new Error('not asked by a command that switches');
};

/** A vendor whose checks take as long as the schedule says, and PICS with its commands. */
function setup(schedule: (label: string) => Promise<void>) {
  const opened = openWorkplace();
  const { store, pics, clock } = opened;
  const isEnabled = async () => (await store.vendors.readState(vendor)).isEnabled;
  const switching: Switching = {
    isConfigured: true,
    address: 'https://onefile.example',
    isLicensed: true,
    findRest: unasked,
    isPreparing: unasked,
    check: async () => {
      await schedule('the connection is tested');
      return { kind: 'connected', centreId: '301', centreCount: 1, report: {} };
    },
    isDesktopBlocked: async () => false,
    prepare: async () => {
      await schedule('the plan is made');
      return { open: [], plan: null, confirmed: {} };
    },
    readInitialPlan: unasked,
    approvedPlanOf: unasked,
    readStatus: unasked,
  };
  const signal = new AbortController().signal;
  const handlers = createSwitchHandlers({
    vendor: { name: vendor, title: 'OneFile' },
    ...{ switching, pics, store, clock, signal, isEnabled },
    log: silentLog,
    untilAtWork: () => schedule('it is at work'),
    untilEnded: () => schedule('what was in hand has ended'),
  });
  return { ...opened, ...openDispatch(opened, handlers, { isEnabled }), isEnabled };
}

test('G-8: whatever the order in which they are delivered and end, the last request decides', async () => {
  const kind = fc.constantFrom('enable', 'disable');
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(kind, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (scheduler, kinds, isOnBefore) => {
        const world = setup((label) => scheduler.schedule(Promise.resolve(), label));
        if (isOnBefore) await world.store.vendors.enable({ vendor, by: 'earlier' });
        const requests: CommandRequest[] = [];
        for (const [at, one] of kinds.entries()) {
          const request = buildRequest({ id: `c${at}`, kind: one });
          world.pics.insertRequest({ id: request.id, kind: one, vendor });
          await world.clock.sleep(1);
          requests.push(request);
        }
        const running = requests.map((request) =>
          scheduler
            .schedule(Promise.resolve(), `${request.id} ${request.kind}`)
            .then(() => world.dispatch(request)),
        );
        await scheduler.waitFor(Promise.all(running));
        expect(await world.isEnabled()).toBe(kinds.at(-1) === 'enable');
        for (const { id } of requests)
          expect(['done', 'refused']).toContain(world.answers(id).at(-1)?.status);
      },
    ),
    { numRuns: 300, verbose: 1 },
  );
});

test('a disabling that comes while an enabling checks is not undone by it, and the enabling says why', async () => {
  let release = (): void => {};
  const checking = new Promise<void>((resolve) => {
    release = resolve;
  });
  const world = setup(() => checking);
  const insert = (id: string, kind: string): CommandRequest => {
    world.pics.insertRequest({ id, kind, vendor });
    return buildRequest({ id, kind });
  };
  const enabling = world.dispatch(insert('first', 'enable'));
  await world.clock.sleep(10);
  await world.dispatch(insert('second', 'disable'));
  release();
  await enabling;
  expect(await world.isEnabled()).toBe(false);
  expect(world.answers('first').at(-1)).toMatchObject({ status: 'refused', code: 'SUPERSEDED' });
  expect(world.answers('second').at(-1)).toMatchObject({ status: 'refused', code: 'DISABLED' });
});
