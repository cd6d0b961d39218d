import { expect, test } from 'vitest';
import { z } from 'zod';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { createMemoryPorts } from '../../test/memory/ports.ts';
import { createToyVendor } from '../../test/simulation/toy-vendor.ts';
import { buildLearner, buildReview } from '../../test/support/learner.ts';
import { toDone } from '../../test/support/outbound-setup.ts';
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
};

function unused(): never {
  throw new Error('the toy vendor cannot do this');
}

/** A vendor that is always at work and looks at a learner whose reviews change. `called` tells of every call. */
function createAtWork(called: (subject: string) => void): Vendor {
  const open = createToyVendor({
    tables: ['itp_revu'],
    decideRelevance: ({ after }) => ({ kind: 'learners', idents: [String(after?.['ident'])] }),
    execute: async (call) => {
      called(call.subject);
      return toDone(call);
    },
  });
  const { name, title, columns, tables } = open;
  return {
    name,
    configName: 'toy',
    title,
    section: z.object({}),
    environmentOf: () => null,
    dailyTimeOf: () => ({ hour: 3, minute: 0 }),
    entities: [],
    columns,
    tables,
    ruleTitles: {},
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
