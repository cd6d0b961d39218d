import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { silentLog } from '../base/log.ts';
import { type KeptTable, runRetention } from './retention.ts';

const dayMs = 86_400_000;
const keepDays = { journal: 400, held: 400, intents: 90, requests: 60, audit: 400 };

/** Runs for a number of days. Returns what was deleted: day, table, and minimum age in days. */
async function run(
  keep: Readonly<Record<KeptTable, number>>,
  { days, failsOnce = false }: { days: number; failsOnce?: boolean },
) {
  const clock = new VirtualClock();
  const startMs = clock.nowMs();
  const asked: [number, KeptTable, number][] = [];
  const deleted: [KeptTable, number][] = [];
  let fails = failsOnce;
  const stop = new AbortController();
  const deleteBefore = (table: KeptTable) => async (date: Date) => {
    if (fails) {
      fails = false;
      throw new Error('no database');
    }
    const nowMs = clock.nowMs();
    asked.push([(nowMs - startMs) / dayMs, table, (nowMs - date.getTime()) / dayMs]);
    return table === 'held' ? 0 : 7;
  };
  const running = runRetention(
    {
      deleteBefore: {
        journal: deleteBefore('journal'),
        held: deleteBefore('held'),
        intents: deleteBefore('intents'),
        requests: deleteBefore('requests'),
        audit: deleteBefore('audit'),
      },
      onDeleted: (table, count) => void deleted.push([table, count]),
      log: silentLog,
      nowMs: clock.nowMs,
      sleep: (ms, signal) => clock.sleep(ms, signal).catch(() => {}),
    },
    keep,
    stop.signal,
  );
  void clock.sleep((days - 0.5) * dayMs).then(() => stop.abort());
  await clock.runUntil(running, days * dayMs);
  return { asked, deleted };
}

test('rows older than their limit are deleted at the start and then once a day', async () => {
  const { asked, deleted } = await run(keepDays, { days: 2 });
  const once = (day: number) => [
    [day, 'journal', 400],
    [day, 'held', 400],
    [day, 'intents', 90],
    [day, 'requests', 60],
    [day, 'audit', 400],
  ];
  expect(asked).toEqual([...once(0), ...once(1)]);
  expect(deleted).toEqual([
    ['journal', 7],
    ['intents', 7],
    ['requests', 7],
    ['audit', 7],
    ['journal', 7],
    ['intents', 7],
    ['requests', 7],
    ['audit', 7],
  ]);
});

test('0 days keep for ever', async () => {
  const { asked } = await run({ journal: 0, held: 0, intents: 5, requests: 0, audit: 0 }, { days: 1 });
  expect(asked).toEqual([[0, 'intents', 5]]);
});

test('a database that is away is tried again soon, and the loop continues', async () => {
  const { asked } = await run(keepDays, { days: 1, failsOnce: true });
  expect(asked.map(([day, table]) => [Math.round(day * 1_440), table])).toEqual([
    [10, 'journal'],
    [10, 'held'],
    [10, 'intents'],
    [10, 'requests'],
    [10, 'audit'],
  ]);
});
