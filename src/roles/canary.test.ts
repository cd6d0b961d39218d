import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { createMemoryPorts } from '../../test/memory/ports.ts';
import { memoryRoleSettings } from '../../test/memory/settings.ts';
import { PaperService } from '../../test/paper-vendor/paper-service.ts';
import { createPaper } from '../../test/paper-vendor/paper-vendor.ts';
import { buildLearner } from '../../test/support/learner.ts';
import { canaryIdent } from '../domain/canary.ts';
import type { Change } from '../domain/change.ts';
import { createHandleCanary } from '../engine/canary.ts';
import { runOutbound } from './outbound.ts';
import { runReconciler } from './reconciler.ts';

/** Outbound and reconciler as in the product, with the paper vendor, which is at work or not. */
async function setup({ isAtWork }: { readonly isAtWork: boolean }) {
  const { clock, virtual } = createVirtualClock();
  const service = new PaperService();
  const vendor = createPaper(service);
  const learners = [buildLearner({ ident: '10001' })];
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners });
  const settings = memoryRoleSettings({
    'smart-assessor': { kind: 'enabled', settings: { callsPerMinute: 60 } },
  });
  const stop = new AbortController();
  const roles = Promise.all([
    runOutbound(ports, settings, stop.signal),
    runReconciler(ports, settings, stop.signal),
  ]);
  roles.catch(() => {});
  if (isAtWork) {
    ports.pics.insertRequest({ id: '1', kind: 'enable', vendor: 'smartassessor', payload: { confirm: [] } });
    await virtual.runUntil(clock.sleep(30_000));
  }
  return {
    ports,
    service,
    passMs: (ms: number) => virtual.runUntil(clock.sleep(ms)),
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the test ends'));
      await virtual.runUntil(roles.catch(() => {}));
    },
  };
}

test('the canary passes outbound, the engine, a topic and the reconciler, comes back into its row, and calls nothing', async () => {
  await using world = await setup({ isAtWork: true });
  const { ports, service } = world;
  const before = [...service.history];
  const sentAtMs = ports.clock.nowMs();
  ports.pics.sendCanary();
  await world.passMs(1_000);
  const { state, probe, last } = ports.pics.canary;
  expect([state, probe]).toEqual(['back', 1]);
  expect(last?.flight).toMatchObject({ probe: 1, decided: ['smartassessor'], late: [] });
  const { recordedAtMs = 0, consumedAtMs = 0, decidedAtMs = 0 } = last?.flight ?? {};
  const times = [sentAtMs, recordedAtMs, consumedAtMs, decidedAtMs, last?.receivedAtMs ?? 0];
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(service.history).toEqual(before);
  expect(ports.pics.written).toEqual([]);
  // Its way back into the row is a change too, and ends there.
  expect(ports.topics.itemsOf('canary')).toHaveLength(1);
  expect(ports.topics.itemsOf('changes canary')).toHaveLength(2);
  ports.pics.sendCanary();
  await world.passMs(1_000);
  expect(ports.pics.canary).toMatchObject({ state: 'back', probe: 2 });
});

test('without a vendor at work it comes back undecided', async () => {
  await using world = await setup({ isAtWork: false });
  world.ports.pics.sendCanary();
  await world.passMs(1_000);
  expect(world.ports.pics.canary).toMatchObject({
    state: 'back',
    last: { flight: { decided: [], late: [] } },
  });
});

test('an engine whose places all wait is named after 10 s, and the canary goes on without it', async () => {
  const { clock, virtual } = createVirtualClock();
  const ports = createMemoryPorts({ clock, vendors: [] });
  const asked: string[] = [];
  const engine = (submit: () => Promise<never>) => ({
    submit: (work: { readonly ident: string }) => {
      asked.push(work.ident);
      return submit();
    },
  });
  const handle = createHandleCanary({
    ...ports,
    engines: () =>
      new Map([
        ['onefile', engine(() => new Promise<never>(() => {}))],
        ['smartassessor', engine(() => Promise.reject(new Error('the engine ends')))],
      ]),
    signal: new AbortController().signal,
  });
  const startMs = clock.nowMs();
  const change: Omit<Change, 'after'> = {
    entity: 'canary',
    op: 'update',
    key: { id: 1 },
    before: null,
    origin: null,
    txId: 9,
    committedAtMs: startMs,
  };
  const see = (after: Record<string, number | string>) =>
    handle({ kind: 'change', change: { ...change, after } }, startMs - 5);
  expect(see({ id: 1, probe: 3, state: 'back' })).toBeUndefined();
  expect(
    handle({ kind: 'change', change: { ...change, op: 'snapshot', after: { probe: 3, state: 'sent' } } }, 0),
  ).toBeUndefined();
  expect(handle({ kind: 'tombstone' }, 0)).toBeUndefined();
  await virtual.runUntil(Promise.resolve(see({ id: 1, probe: 3, state: 'sent' })));
  expect(asked).toEqual([canaryIdent, canaryIdent]);
  expect(ports.topics.itemsOf('canary')).toEqual([
    {
      kind: 'canary',
      flight: {
        ...{ probe: 3, recordedAtMs: startMs - 5, consumedAtMs: startMs, decidedAtMs: startMs + 10_000 },
        ...{ decided: [], late: ['onefile', 'smartassessor'] },
      },
    },
  ]);
});
