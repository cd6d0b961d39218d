import { expect, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import type { PassReport } from '../domain/polling.ts';
import { createPassMeter } from './pass-report.ts';

function setup() {
  const clock = { nowMs: 1_000_000 };
  const reports: PassReport[] = [];
  const ports = {
    clock: { nowMs: () => clock.nowMs, steadyMs: () => clock.nowMs, sleep: async () => {}, chance: () => 0 },
    log: silentLog,
    commands: {
      take: async () => null,
      progress: (report: PassReport) => void reports.push(report),
      conclude: async () => {},
      concludeInitial: async () => {},
    },
  };
  const forecast = { calls: 120, minutes: 2, callsPerLearner: 1.2 };
  const meter = createPassMeter(ports, { run: 7, learnerCount: 100, forecast });
  const read = (count: number, msEach: number): void => {
    for (let n = 0; n < count; n += 1) {
      clock.nowMs += msEach;
      meter.counted();
    }
  };
  return { clock, reports, meter, read };
}

test('a pass tells at its begin what it is expected to cost', () => {
  const { reports } = setup();
  expect(reports).toMatchObject([
    { run: 7, learnersDone: 0, learnerCount: 100, calls: 0, minutesLeft: 2, forecast: { calls: 120 } },
  ]);
});

test('it is told once a minute, however many pages were read in it', () => {
  const { reports, meter, read } = setup();
  read(59, 1_000);
  expect(reports).toHaveLength(1);
  read(2, 1_000);
  expect(reports).toHaveLength(2);
  expect(reports[1]).toMatchObject({ calls: 60 });
  read(60, 1_000);
  expect(reports).toHaveLength(3);
  expect(meter.calls()).toBe(121);
});

test('the minutes left follow the pace of this pass, by learners once they are counted', () => {
  const { clock, reports, meter, read } = setup();
  read(40, 2_000); // 80 s for 40 pages
  expect(reports.at(-1)).toMatchObject({ calls: 30, minutesLeft: 3 }); // 90 pages at 2 s
  clock.nowMs += 60_000;
  meter.reached(70);
  expect(reports.at(-1)).toMatchObject({ learnersDone: 70, minutesLeft: 1.8 }); // 30 at 140 s / 40
});
