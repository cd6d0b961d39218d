import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { createStop, sleep } from './sleep.ts';

test('the first signal aborts and the second ends the process at once', () => {
  const source = new EventEmitter();
  let ends = 0;
  const stop = createStop({
    source,
    endAtOnce: () => {
      ends += 1;
    },
  });
  expect(stop.signal.aborted).toBe(false);
  source.emit('SIGTERM');
  expect(stop.signal.aborted).toBe(true);
  expect(ends).toBe(0);
  source.emit('SIGINT');
  expect(ends).toBe(1);
});

test('released, it leaves no listener behind', () => {
  const source = new EventEmitter();
  createStop({ source, endAtOnce: () => {} }).release();
  expect(source.listenerCount('SIGTERM') + source.listenerCount('SIGINT')).toBe(0);
});

test('a sleep ends at once when its signal aborts, before or during it', async () => {
  const stop = new AbortController();
  const during = sleep(3_600_000, stop.signal);
  stop.abort();
  await during;
  await sleep(3_600_000, stop.signal);
});
