import { expect, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import { createVendorSwitch } from './vendor-switch.ts';

function setup({ isConfigured = true, isOn = true } = {}) {
  const state = { isOn, isAway: false, runs: 0, running: 0 };
  const stop = new AbortController();
  const clock = { sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const vendor = createVendorSwitch<string>({
    isConfigured,
    readIsEnabled: async () => {
      if (state.isAway) throw new Error('the database is away');
      return state.isOn;
    },
    log: silentLog,
    clock,
  });
  const flow = vendor.whileEnabled(async (signal) => {
    state.runs += 1;
    state.running += 1;
    vendor.provide('engine');
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    vendor.provide(null);
    state.running -= 1;
    // What a flow says when it was asked to end is no failure.
    throw new Error('ended');
  });
  return { state, vendor, stop, flow };
}

test('a flow runs while the vendor is enabled, ends when it is disabled, and runs again', async () => {
  const { state, stop, flow } = setup({ isOn: false });
  const ended = flow(stop.signal);
  await expect.poll(() => state.running).toBe(0);
  state.isOn = true;
  await expect.poll(() => state.running).toBe(1);
  state.isOn = false;
  await expect.poll(() => state.running).toBe(0);
  state.isOn = true;
  await expect.poll(() => state.running).toBe(1);
  stop.abort();
  await ended;
  expect(state).toMatchObject({ runs: 2, running: 0 });
});

test('a database that is away for a while stops nothing', async () => {
  const { state, stop, flow } = setup();
  const ended = flow(stop.signal);
  await expect.poll(() => state.running).toBe(1);
  state.isAway = true;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(state.runs).toBe(1);
  stop.abort();
  await ended;
});

test('a flow that fails by itself tells so', async () => {
  const { vendor, stop } = setup();
  const flow = vendor.whileEnabled(async () => {
    throw new Error('a broker is gone');
  });
  await expect(flow(stop.signal)).rejects.toThrow('a broker is gone');
});

test('what the configuration rules out never runs, whatever the state says', async () => {
  const { state, vendor, stop, flow } = setup({ isConfigured: false });
  const ended = flow(stop.signal);
  expect(await vendor.isEnabled()).toBe(false);
  expect(await vendor.ready(stop.signal)).toBeNull();
  stop.abort();
  await ended;
  expect(state.runs).toBe(0);
});

test('a command waits for what it works with, and hears of a disabling', async () => {
  const { state, vendor, stop, flow } = setup();
  const asked = vendor.ready(stop.signal);
  const ended = flow(stop.signal);
  expect(await asked).toBe('engine');
  state.isOn = false;
  expect(await vendor.ready(stop.signal)).toBeNull();
  stop.abort();
  await ended;
});
