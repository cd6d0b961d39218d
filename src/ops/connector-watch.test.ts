import { expect, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import { type ConnectorState, runConnectorWatch } from './connector.ts';

const policy = {
  everyMs: 5_000,
  firstDelayMs: 5_000,
  mostDelayMs: 40_000,
  healthyMs: 60_000,
  deafAfterMs: 25_000,
};

type Site = {
  /** May throw; then Connect is away. */
  readonly stateAt: (s: number, restarts: number) => ConnectorState;
  /** How many records it has brought by then. May throw; then Kafka or PICS is away. */
  readonly broughtAt?: (s: number, restarts: number) => number;
  readonly isSlotRead?: boolean;
  readonly mayRestart?: boolean;
};

/** Runs for a while on a clock that only `sleep` advances. */
async function watch(
  { stateAt, broughtAt = (s) => s, isSlotRead = true, mayRestart = true }: Site,
  forS: number,
) {
  const stop = new AbortController();
  const restarts: [reason: string, atS: number][] = [];
  const states = new Set<ConnectorState>();
  const told: number[] = [];
  let nowMs = 0;
  await runConnectorWatch(
    {
      readState: async () => stateAt(nowMs / 1_000, restarts.length),
      readBrought: async () => ({ records: BigInt(broughtAt(nowMs / 1_000, restarts.length)), isSlotRead }),
      restart: async (reason) => void restarts.push([reason, nowMs / 1_000]),
      mayRestart,
      onState: (state) => void states.add(state),
      onRestart: () => {},
      log: { ...silentLog, error: () => void told.push(nowMs / 1_000) },
      sleep: async (delayMs) => {
        nowMs += delayMs;
        if (nowMs > forS * 1_000) stop.abort();
      },
      nowMs: () => nowMs,
    },
    policy,
    stop.signal,
  );
  return { restarts, restartsAtS: restarts.map(([, atS]) => atS), states, told };
}

test('a failed task is restarted, with growing delay as long as it fails', async () => {
  const { restartsAtS } = await watch({ stateAt: () => 'FAILED' }, 150);
  expect(restartsAtS).toEqual([5, 20, 45, 90, 135]);
});

test('a task that runs again is left alone, and after a healthy time the delay is reset', async () => {
  const { restartsAtS } = await watch({ stateAt: (s) => (s < 8 || s >= 100 ? 'FAILED' : 'RUNNING') }, 106);
  expect(restartsAtS).toEqual([5, 105]);
});

test('a paused connector stays paused', async () => {
  const { restartsAtS } = await watch({ stateAt: () => 'PAUSED', broughtAt: () => 7 }, 100);
  expect(restartsAtS).toEqual([]);
});

test('while Kafka Connect is away nothing is restarted and the watch continues', async () => {
  const { restartsAtS, states } = await watch(
    {
      stateAt: (s) => {
        if (s < 50) throw new Error('away');
        return 'FAILED';
      },
    },
    60,
  );
  expect(states).toContain('AWAY');
  expect(restartsAtS).toEqual([55]);
});

const runs = (): ConnectorState => 'RUNNING';
/** Brings records until it falls silent; after so many restarts it is heard again. */
const silentFrom =
  (fromS: number, curedBy: number) =>
  (s: number, restarts: number): number =>
    s < fromS || restarts >= curedBy ? s : fromS;

test('a connector that runs and has fallen silent is restarted within 30 s, once, and is heard again', async () => {
  const { restarts, told } = await watch({ stateAt: runs, broughtAt: silentFrom(60, 1) }, 600);
  expect(restarts).toEqual([['deaf', 85]]);
  expect(told).toEqual([]);
});

test('where one restart does not help it is told once, and none is tried again', async () => {
  const { restarts, told } = await watch({ stateAt: runs, broughtAt: silentFrom(60, 2) }, 3_600);
  expect(restarts).toEqual([['deaf', 85]]);
  expect(told).toEqual([110]);
});

test('heard again after that, it is restarted again when it falls silent again', async () => {
  const broughtAt = (s: number): number => (s < 60 ? s : s < 300 ? 60 : s < 600 ? s : 600);
  const { restarts, told } = await watch({ stateAt: runs, broughtAt }, 700);
  expect(restarts.map(([, atS]) => atS)).toEqual([85, 625]);
  expect(told).toEqual([110, 650]);
});

test.each<[string, Partial<Site>]>([
  ['copies tables and has brought nothing for long', { broughtAt: () => 7, isSlotRead: false }],
  ['cannot be heard because Kafka is away', { broughtAt: () => fail() }],
  ['is not to be restarted', { broughtAt: () => 7, mayRestart: false }],
  [
    'was resumed after a pause of an hour a moment ago',
    {
      stateAt: (s) => (s < 3_600 ? 'PAUSED' : 'RUNNING'),
      broughtAt: (s) => (s < 3_620 ? 7 : s),
    },
  ],
])('a connector is left alone that %s', async (_title, site) => {
  expect((await watch({ stateAt: runs, ...site }, 3_700)).restarts).toEqual([]);
});

test('on its way from one state to another it is not deaf, however long nothing comes', async () => {
  const stateAt = (s: number): ConnectorState => (s % 20 < 10 ? 'RUNNING' : 'OTHER');
  expect((await watch({ stateAt, broughtAt: () => 7 }, 600)).restarts).toEqual([]);
});

function fail(): never {
  throw new Error('away');
}
