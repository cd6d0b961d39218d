import { expect, test } from 'vitest';
import { PaperService } from '../../test/paper-vendor/paper-service.ts';
import { createPaper } from '../../test/paper-vendor/paper-vendor.ts';
import { Fault } from '../base/fault.ts';
import { type Config, toConfig } from '../config/config.ts';
import type { OpenAlarm } from '../domain/alarm.ts';
import type { CanaryState } from '../domain/canary.ts';
import type { HeldCount } from '../domain/held.ts';
import type { VendorState } from '../domain/vendor-state.ts';
import { neverEnabled } from '../domain/vendor-state.ts';
import { topicNames } from '../kafka/topics.ts';
import type { Took } from '../ops/freshness.ts';
import { isHealthy } from '../ops/lag.ts';
import type { SlotState, TableFault } from '../pics/capture.ts';
import type { KeptStatus } from '../store/lag.ts';
import { oneFile } from '../vendors/onefile/onefile.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { createLagReader, listQueues } from './lag-reader.ts';

const nowMs = Date.parse('2026-03-10T12:00:00Z');
const hourMs = 3_600_000;
const names = topicNames('');
const passwords = { PICS_SYNC_PICS_PASSWORD: 'a', PICS_SYNC_STORE_PASSWORD: 'b', TOKEN: 'c' };
const settings = `
onefile: { enabled: on, customerToken: { env: TOKEN }, environment: simulator, baseUrl: 'http://127.0.0.1:1/api' }
`;

function readConfig(): Config {
  const read = toConfig(settings, { env: passwords, readFile: () => '' });
  if (read.kind === 'faults') throw new Error(read.faults.map(({ sentence }) => sentence).join(' '));
  return read.config;
}

const alarm: OpenAlarm = {
  id: '3',
  kind: 'dead-letter',
  about: names.pics.trqual,
  code: 'bad-date',
  place: `${names.pics.trqual}/0/17`,
  count: 1,
  sinceMs: nowMs - hourMs,
  lastAtMs: nowMs - hourMs,
};

/** An installation at which all is well, and its report. */
function setup() {
  const world = {
    heartbeatAtMs: nowMs - 2_000,
    /** Of every group, in partitions with records up to 10. */
    committed: 10n,
    low: 0n,
    slot: { isActive: true, keptBytes: 9_000, walStatus: 'reserved', oldestTransaction: null } as SlotState,
    tableFaults: [] as TableFault[],
    alarms: [] as OpenAlarm[],
    held: [] as HeldCount[],
    parked: [{ code: 'OF-53', topic: 'onefile.review', count: 2, oldestSinceMs: nowMs - 60_000 }],
    state: { ...neverEnabled, isEnabled: true, changedAtMs: nowMs - 90 * 24 * hourMs } as VendorState,
    lastPassAtMs: Date.parse('2026-03-10T03:30:00Z'),
    picsSkewMs: 0,
    storeSkewMs: 0,
    took: [] as Took[],
    statuses: [] as KeptStatus[],
    canary: { sentAgeMs: 4_000, waitingMs: null, last: null } as CanaryState,
  };
  const sources: Parameters<typeof createLagReader>[1] = {
    admin: {
      readCommitted: async (_group, topics) =>
        topics.map((topic) => ({ topic, partition: 0, offset: world.committed })),
      readBounds: async (topic) => [{ topic, partition: 0, low: world.low, high: 10n }],
      readOffsetsAt: async (topic, atMs) => [
        { topic, partition: 0, offset: atMs > world.heartbeatAtMs ? 10n : 9n },
      ],
      countMembers: async () => 1,
    } as Partial<Parameters<typeof createLagReader>[1]['admin']> as Parameters<
      typeof createLagReader
    >[1]['admin'],
    connect: {
      readStatus: async () => ({
        state: 'RUNNING',
        reason: null,
        tasks: [{ id: 0, state: 'RUNNING', reason: null }],
      }),
    } as unknown as Parameters<typeof createLagReader>[1]['connect'],
    pics: {
      readSlot: async () => world.slot,
      readTableFaults: async () => world.tableFaults,
      countParked: async () => world.parked,
      readClockMs: async () => nowMs - world.picsSkewMs,
      readCanary: async () => world.canary,
    },
    store: {
      countHeld: async () => world.held,
      listOpenAlarms: async () => world.alarms,
      readState: async () => world.state,
      readLastPassAtMs: async () => world.lastPassAtMs,
      countOpenIntents: async () => ({ planned: 1, sending: 0, unknown: 1, oldestAtMs: nowMs - 60_000 }),
      readClockMs: async () => nowMs - world.storeSkewMs,
      readFurthest: async () => new Map(),
      keepFurthest: async () => {},
      readFreshness: async () => world.took,
      readVendorReads: async () => [],
      readLagStatus: async () => world.statuses,
      keepLagStatus: async (lines) => {
        world.statuses = lines.map(
          ({ what, status }) =>
            world.statuses.find((one) => one.what === what && one.status === status) ?? {
              what,
              status,
              sinceMs: nowMs,
            },
        );
      },
    },
    nowMs: () => nowMs,
  };
  return {
    world,
    /** As ops does. */
    read: createLagReader(readConfig(), sources, { isKeeper: true }),
    /** As a command does. */
    look: createLagReader(readConfig(), sources, { isKeeper: false }),
  };
}

type World = ReturnType<typeof setup>['world'];

const parked = { code: 'PICS_LOCKED', topic: 'onefile.review', count: 1 };

test('G-11: an installation at which nothing is missing is green', async () => {
  const rows = await setup().read();
  expect(rows.filter((row) => !isHealthy([row]))).toEqual([]);
  expect(rows.find(({ what }) => what === 'open calls: OneFile')).toMatchObject({ count: 2, ageMs: 60_000 });
  expect(rows.find(({ what }) => what === 'full pass: OneFile')).toMatchObject({ ageMs: 8.5 * hourMs });
});

test.each<[string, (world: World) => void, string]>([
  ['a dead letter', (world) => world.alarms.push(alarm), 'dead letters: pics.pics.trqual (bad-date)'],
  [
    'a table out of the publication',
    (world) => world.tableFaults.push({ table: 'pics.itp_revu', fault: 'not-published' }),
    'capture: table pics.itp_revu',
  ],
  [
    'records deleted unread',
    (world) => Object.assign(world, { committed: 2n, low: 4n }),
    'queue: PICS to OneFile',
  ],
  ['a clock that is ahead of PICS', (world) => Object.assign(world, { picsSkewMs: 9_000 }), 'clock: PICS'],
  [
    'a clock that is behind the sync database',
    (world) => Object.assign(world, { storeSkewMs: -hourMs }),
    'clock: the sync database',
  ],
  [
    'a heartbeat from the future',
    (world) => Object.assign(world, { heartbeatAtMs: nowMs + hourMs }),
    'capture: last heartbeat',
  ],
  [
    'a daily run that is overdue',
    (world) => Object.assign(world, { lastPassAtMs: Date.parse('2026-03-08T03:30:00Z') }),
    'full pass: OneFile',
  ],
  [
    'a record that waits for a lock for hours',
    (world) => world.parked.push({ ...parked, oldestSinceMs: nowMs - 3 * hourMs }),
    'waits: PICS_LOCKED (onefile.review)',
  ],
  [
    'too much log kept',
    (world) => Object.assign(world, { slot: { ...world.slot, keptBytes: 5e9 } }),
    'capture: log kept in PICS',
  ],
])('G-11: %s is not green, and green again after the cure', async (_title, spoil, what) => {
  const { world, read } = setup();
  const before = structuredClone(world);
  spoil(world);
  const bad = (await read()).filter((row) => !isHealthy([row]));
  expect(bad.map((row) => row.what)).toContain(what);
  for (const row of bad) expect(row.advice).not.toBe('');
  Object.assign(world, before);
  expect(isHealthy(await read())).toBe(true);
});

test('no daily run is due at a vendor that is off', async () => {
  const { world, read } = setup();
  Object.assign(world, { state: neverEnabled, lastPassAtMs: nowMs - 90 * 24 * hourMs });
  const rows = await read();
  expect(rows.find(({ what }) => what === 'full pass: OneFile')?.status).toBe('disabled');
  expect(isHealthy(rows)).toBe(true);
});

test('a part that cannot be read hides no other, and says why', async () => {
  const { world, read } = setup();
  Object.defineProperty(world, 'alarms', {
    get: () => {
      throw new Fault('The sync database: nothing answers.');
    },
  });
  const rows = await read();
  expect(rows.filter((row) => !isHealthy([row]))).toMatchObject([
    { what: 'alarms', status: 'unknown', advice: 'The sync database: nothing answers.' },
  ]);
});

test('each vendor has queues of its own, with the topics of its own tables', () => {
  const paper = createPaper(new PaperService());
  const queues = listQueues(readConfig(), [oneFile, paper]);
  const topicsOf = (vendor: Vendor) =>
    queues.find(({ name }) => name === `PICS to ${vendor.title}`)?.topics.toSorted();
  expect(topicsOf(paper)).toEqual([names.pics.itp_revu, names.pics.pctrndet, names.pics.trainee].toSorted());
  expect(topicsOf(oneFile)).toEqual(Object.values(names.pics).toSorted());
  expect(new Set(queues.map(({ name }) => name)).size).toBe(queues.length);
  expect(new Set(queues.map(({ group }) => group)).size).toBe(queues.length);
});

test('ops keeps since when a line has its status, and a command that looks later says it', async () => {
  const { world, read, look } = setup();
  const line = 'capture: last heartbeat';
  await read();
  expect(world.statuses.find(({ what }) => what === line)).toMatchObject({ status: 'ok', sinceMs: nowMs });
  world.statuses = world.statuses.map((one) => ({ ...one, sinceMs: nowMs - hourMs }));
  const find = async (rows: Promise<{ what: string; sinceMs: number | null }[]>) =>
    (await rows).find(({ what }) => what === line)?.sinceMs;
  expect(await find(look())).toBe(nowMs - hourMs);
  world.heartbeatAtMs = nowMs - hourMs;
  // A command changes nothing of what is kept, and does not know since when.
  expect(await find(look())).toBeNull();
  expect(world.statuses.find(({ what }) => what === line)?.status).toBe('ok');
  expect(await find(read())).toBe(nowMs);
});
