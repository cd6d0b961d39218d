import { expect } from 'vitest';
import type { CanaryFlight } from '../../src/domain/canary.ts';
import { applyCanary, readCanary, sendCanary } from '../../src/pics/canary.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openPicsDatabase } from './pics-database.ts';

const schedule = { leastMs: 60_000, lostAfterMs: 300_000 };

function aFlight(change: Partial<CanaryFlight>): CanaryFlight {
  const nowMs = Date.now();
  return {
    ...{ probe: 1, recordedAtMs: nowMs, consumedAtMs: nowMs + 40, decidedAtMs: nowMs + 60 },
    ...{ decided: ['onefile'], late: [] },
    ...change,
  };
}

stackTest('the canary has one row, is sent once at a time, and comes back once', async () => {
  const { owner, pool } = await openPicsDatabase();
  expect(await readCanary(pool)).toEqual({ sentAgeMs: null, waitingMs: null, last: null });
  expect(await sendCanary(pool, schedule)).toBe('sent');
  expect(await sendCanary(pool, schedule)).toBeNull();
  const waiting = await readCanary(pool);
  expect(waiting.last).toBeNull();
  expect(waiting.waitingMs).toBe(waiting.sentAgeMs);

  await applyCanary(pool, aFlight({ probe: 7 }), Date.now());
  expect((await readCanary(pool)).last).toBeNull();
  const flight = aFlight({ late: ['smartassessor'] });
  await applyCanary(pool, flight, flight.decidedAtMs + 15);
  const back = await readCanary(pool);
  expect(back).toMatchObject({
    waitingMs: null,
    last: {
      ...{ probe: 1, decided: ['onefile'], late: ['smartassessor'] },
      hopsMs: { queue: 40, decision: 20, topic: 15 },
    },
  });
  await applyCanary(pool, aFlight({ decided: [] }), Date.now());
  expect((await readCanary(pool)).last).toEqual(back.last);
  // Sent a moment ago: another ops process has nothing to do.
  expect(await sendCanary(pool, schedule)).toBeNull();
  expect(await sendCanary(pool, { ...schedule, leastMs: 0 })).toBe('sent');
  // What came back before stays until this one does.
  expect(await readCanary(pool)).toMatchObject({ last: { probe: 1 } });

  const { rows } = await owner.query('select id, probe, state from picsync.canary');
  expect(rows).toEqual([{ id: 1, probe: '2', state: 'sent' }]);
});

stackTest('a canary that is lost is sent again, and waits since the lost one was sent', async () => {
  const { owner, pool } = await openPicsDatabase();
  await sendCanary(pool, schedule);
  await owner.query(
    `update picsync.canary set since = since - interval '400 s', sent_at = sent_at - interval '400 s'`,
  );
  expect(await sendCanary(pool, schedule)).toBe('lost');
  expect(await sendCanary(pool, schedule)).toBeNull();
  const state = await readCanary(pool);
  expect((state.waitingMs ?? 0) - (state.sentAgeMs ?? 0)).toBeCloseTo(400_000, -2);
  await applyCanary(pool, aFlight({ probe: 1 }), Date.now());
  expect((await readCanary(pool)).last).toBeNull();
  await applyCanary(pool, aFlight({ probe: 2 }), Date.now());
  const { last } = await readCanary(pool);
  expect(last?.tookMs).toBeLessThan(400_000);
  // A row that was taken away is made again.
  await owner.query('delete from picsync.canary');
  expect(await readCanary(pool)).toEqual({ sentAgeMs: null, waitingMs: null, last: null });
  expect(await sendCanary(pool, schedule)).toBe('sent');
});
