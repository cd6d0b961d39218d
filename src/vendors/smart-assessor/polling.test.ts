import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/memory/clock.ts';
import { createMemoryPorts } from '../../../test/memory/ports.ts';
import { createMemorySmartAssessor, smartAssessorConfigured } from '../../../test/memory/smart-assessor.ts';
import { Secret } from '../../base/secret.ts';
import type { VendorPolling } from '../vendor.ts';

/** How Smart Assessor is polled with these settings. */
async function openPolling(wanted: object = {}): Promise<VendorPolling> {
  const { clock } = createVirtualClock();
  const { vendor } = createMemorySmartAssessor({ clock });
  const open = await vendor.open({
    ...createMemoryPorts({ clock, vendors: [vendor] }),
    configured: smartAssessorConfigured(wanted),
    otherPulls: [],
    shared: {
      nearRealTime: true,
      deletedReviews: 'recreate',
      externalIdVendor: 'smartassessor',
      pics: { role: 'test', licences: ['smartassessor'], liveLetters: ['L'] },
    },
  });
  if (open === null) throw new Error('it is enabled');
  return open.polling;
}

test('SA-30: six lists, each read whole in every interval; with none the daily run alone reads them', async () => {
  const polled = await openPolling({ pollIntervalS: 600 });
  expect(polled.mode).toBe('spare');
  expect(polled.reviewTime).toBeNull();
  expect(polled.plans.map(({ resource }) => resource.name)).toEqual([
    ...['courses', 'assessors', 'employers', 'learners', 'learner-courses', 'sessions'],
  ]);
  for (const plan of polled.plans)
    expect(plan).toMatchObject({ recent: 'every-turn', recentEveryMs: 600_000 });
  const daily = await openPolling({ pollIntervalS: 0 });
  expect(daily.mode).toBe('off');
  for (const { recent } of daily.plans) expect(recent).toBe('never');
});

test('D-21: a reading of another contract, or of a site that can do something else, is of another form', async () => {
  const form = async (wanted: object) => (await openPolling(wanted)).form;
  const rest = await form({});
  expect(rest).toBeTypeOf('string');
  expect(await form({ pollIntervalS: 600, welcomeEmail: true })).toBe(rest);
  const others = [
    await form({ contract: 'soap-g1', g1: { apiKey: new Secret('local-key') } }),
    await form({ capabilities: { archivedFlag: false } }),
  ];
  expect(new Set([rest, ...others]).size).toBe(3);
});

test('D-21: of learners who are linked to none of PICS only what identifies them is kept', async () => {
  const { toMatchRecord } = await openPolling();
  const record = { id: 'l1', misId: '10001', uln: null, email: 'i@x.example.org', niNumber: 'QQ123456C' };
  expect(toMatchRecord(record)).toEqual({ ...record, email: null, niNumber: null });
});

test('SA-30: the forecast of a run is the same calls for one learner as for ten thousand, and their time at the pace of the settings', async () => {
  const { forecast } = await openPolling({ callsPerMinute: 30 });
  expect(await forecast(1)).toEqual({ calls: 7, minutes: 0.3, callsPerLearner: 7 });
  expect(await forecast(10_000)).toEqual({ calls: 7, minutes: 0.3, callsPerLearner: 0.001 });
  expect(await forecast(0)).toMatchObject({ calls: 7, callsPerLearner: 0 });
});
