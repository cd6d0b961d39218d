import { expect, test } from 'vitest';
import { z } from 'zod';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { createMemoryPorts } from '../../test/memory/ports.ts';
import { createToyVendor } from '../../test/simulation/toy-vendor.ts';
import { buildLearner, buildReview } from '../../test/support/learner.ts';
import { toDone } from '../../test/support/outbound-setup.ts';
import { UnseenTransactions } from '../domain/change.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { runOutbound } from './outbound.ts';
import type { RoleSettings } from './role.ts';

const settings: RoleSettings = {
  shared: {
    nearRealTime: true,
    deletedReviews: 'recreate',
    externalIdVendor: null,
    pics: { role: 'test', licences: ['onefile'], liveLetters: ['L'] },
  },
  vendors: { toy: { kind: 'enabled', settings: {} } },
  outbound: { concurrency: 4, maxInWork: 100, maxInWorkBytes: 1_000_000, commitIntervalMs: 1 },
  runs: { share: 0.3, lanes: 16, oldAfterMs: 900_000 },
};

function unused(): never {
  throw new Error('the toy vendor cannot do this');
}

/** A vendor that is always at work and looks at a learner whose reviews change. `called` tells of every call. */
function createAtWork(called: (subject: string) => void, work: () => Promise<void> = async () => {}): Vendor {
  const open = createToyVendor({
    tables: ['itp_revu'],
    decideRelevance: ({ after }) => ({ kind: 'learners', idents: [String(after?.['ident'])] }),
    execute: async (call) => {
      called(call.subject);
      await work();
      return toDone(call);
    },
  });
  const { name, title, columns, tables } = open;
  return {
    name,
    configName: 'toy',
    title,
    recordWords: { officer: 'toy', organisation: 'toy', offer: 'toy' },
    explainId: () => null,
    section: z.object({}),
    environmentOf: () => null,
    pulledDetails: () => [],
    dailyTimeOf: () => ({ hour: 3, minute: 0 }),
    pollingOf: () => 'spare',
    entities: [],
    columns,
    tables,
    capturedFields: () => ({}),
    ruleTitles: {},
    reports: { findUnoffered: () => [], readStrangers: async () => [] },
    switching: () => ({
      isConfigured: true,
      address: open.address,
      isLicensed: true,
      findRest: async () => null,
      isPreparing: unused,
      check: unused,
      isDesktopBlocked: unused,
      prepare: unused,
      readInitialPlan: unused,
      approvedPlanOf: unused,
      readStatus: unused,
    }),
    open: async () => open,
  };
}

test('a change that cannot be read is counted as a dead letter, and the next one goes on', async () => {
  const { clock, virtual } = createVirtualClock();
  const calls: string[] = [];
  const vendor = createAtWork((subject) => void calls.push(subject));
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners: [buildLearner({ ident: '00017' })] });
  const { topics, pics, meter } = ports;
  topics.publishItem('changes itp_revu', '00016', { kind: 'malformed', reason: 'bad-date' });
  topics.publishItem('changes itp_revu', '00016', { kind: 'tombstone' });
  await pics.edit('00017', (learner) => {
    return { ...learner, reviews: [buildReview({ id: 'r1', proposedAt: 'monday' })] };
  });
  const stop = new AbortController();
  const running = runOutbound(ports, settings, stop.signal);
  await virtual.runUntil(clock.sleep(5_000));
  expect(calls).toEqual(['review:r1']);
  expect(meter.dispositions).toEqual(['dead-letter', 'tombstone', 'settled']);
  expect(topics.lagOf('onefile.outbound', ['changes itp_revu'])).toBe(0);
  stop.abort();
  await virtual.runUntil(running);
});

test('G-11: a buried command opens an alarm, and commands go on', async () => {
  const { clock, virtual } = createVirtualClock();
  const ports = createMemoryPorts({ clock, vendors: [createAtWork(() => {})] });
  const { topics, store } = ports;
  topics.publishItem('changes request', 'c1', { kind: 'malformed', reason: 'unknown-schema' });
  topics.publishItem('changes request', 'c1', { kind: 'tombstone' });
  const stop = new AbortController();
  const running = runOutbound(ports, settings, stop.signal);
  await virtual.runUntil(clock.sleep(5_000));
  expect(await store.alarms.listOpen()).toMatchObject([
    { kind: 'dead-letter', about: 'changes request', code: 'unknown-schema', count: 1 },
  ]);
  expect(topics.lagOf('onefile.command', ['changes request'])).toBe(0);
  stop.abort();
  await virtual.runUntil(running);
});

test('G-5: the place in the ledger is given up only when the last call has ended, however long the vendor takes', async () => {
  const { clock, virtual } = createVirtualClock();
  const calls: string[] = [];
  const vendor = createAtWork(
    (subject) => void calls.push(subject),
    () => clock.sleep(20_000),
  );
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners: [buildLearner({ ident: '00017' })] });
  const { store, pics } = ports;
  const given: number[] = [];
  const join = store.joinAsWorker.bind(store);
  store.joinAsWorker = async () => {
    const place = await join();
    return {
      ...place,
      close: async () => {
        given.push(clock.nowMs());
        await place.close();
      },
    };
  };
  await pics.edit('00017', (learner) => {
    return { ...learner, reviews: [buildReview({ id: 'r1', proposedAt: 'monday' })] };
  });
  const stop = new AbortController();
  const running = runOutbound(ports, settings, stop.signal);
  while (calls.length === 0) await virtual.runUntil(clock.sleep(50));
  const sentAtMs = clock.nowMs();
  await virtual.runUntil(clock.sleep(1_000));
  stop.abort();
  await virtual.runUntil(running);
  expect(given).toHaveLength(1);
  expect((given[0] ?? 0) - sentAtMs).toBeGreaterThanOrEqual(19_900);
  expect(store.ledger.intents).toMatchObject([{ state: 'done' }]);
});

test('D-3: a learner whose transaction PICS shows late is looked at again, and sees it', async () => {
  const { clock, virtual } = createVirtualClock();
  const calls: string[] = [];
  const vendor = createAtWork((subject) => void calls.push(subject));
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners: [buildLearner({ ident: '00017' })] });
  const { pics, topics, meter } = ports;
  const read = pics.readLearner.bind(pics);
  const visibleAtMs = clock.nowMs() + 90_000;
  // Until the transaction is visible PICS shows the learner as it was.
  Object.assign(pics, {
    readLearner: async (query: Parameters<typeof read>[0]) => {
      if (clock.nowMs() >= visibleAtMs) return read(query);
      if (query.txIds.length > 0) throw new UnseenTransactions(query.txIds);
      return buildLearner({ ident: '00017' });
    },
  });
  await pics.edit('00017', (learner) => {
    return { ...learner, reviews: [buildReview({ id: 'r1', proposedAt: 'monday' })] };
  });
  const stop = new AbortController();
  const running = runOutbound(ports, settings, stop.signal);
  await virtual.runUntil(clock.sleep(80_000));
  expect(calls).toEqual([]);
  // Its offset has moved all the same.
  expect(topics.lagOf('onefile.outbound', ['changes itp_revu'])).toBe(0);
  expect(meter.dispositions).toEqual(['settled']);
  await virtual.runUntil(clock.sleep(200_000));
  expect(calls).toEqual(['review:r1']);
  stop.abort();
  await virtual.runUntil(running);
});

/** Roles whose consumption in one group always fails, as when a database is away for it alone. */
function withFailing(group: string) {
  const { clock, virtual } = createVirtualClock();
  const calls: string[] = [];
  const vendor = createAtWork((subject) => void calls.push(subject));
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners: [buildLearner({ ident: '00017' })] });
  const { topics } = ports;
  const consume = topics.consumeChanges.bind(topics);
  topics.consumeChanges = async (subscription, handle, signal) => {
    if (subscription.group === group) throw new Error('the connection was lost');
    return consume(subscription, handle, signal);
  };
  const stop = new AbortController();
  const running = runOutbound(ports, settings, stop.signal);
  return { ...ports, calls, wait: (ms: number) => virtual.runUntil(clock.sleep(ms)), virtual, stop, running };
}

test('an exchange that cannot run does not end the commands: they are answered', async () => {
  const { pics, topics, meter, wait, virtual, stop, running } = withFailing('onefile.outbound');
  await wait(10_000);
  pics.insertRequest({ id: 'c1', kind: 'no-such-command', vendor: 'onefile' });
  await wait(10_000);
  const answers = topics.itemsOf('request-result');
  expect(answers).toMatchObject([{ answer: { id: 'c1', code: 'UNKNOWN_COMMAND' } }]);
  expect(new Set(meter.restarts)).toEqual(new Set(['onefile exchange']));
  expect(meter.restarts.length, 'less and less often').toBeLessThan(8);
  stop.abort();
  await virtual.runUntil(running);
});

test('commands that cannot be consumed do not end the exchange: changes go on', async () => {
  const { pics, calls, meter, wait, virtual, stop, running } = withFailing('onefile.command');
  await wait(10_000);
  await pics.edit('00017', (learner) => {
    return { ...learner, reviews: [buildReview({ id: 'r1', proposedAt: 'monday' })] };
  });
  await wait(5_000);
  expect(calls).toEqual(['review:r1']);
  expect(new Set(meter.restarts)).toEqual(new Set(['onefile commands']));
  stop.abort();
  await virtual.runUntil(running);
});
