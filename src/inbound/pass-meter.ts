import type { PassForecast } from '../core/poll-forecast.ts';
import type { PassReport } from './poll-effects.ts';

type Parts = {
  readonly run: number;
  readonly learnerCount: number;
  readonly forecast: PassForecast;
  readonly nowMs: () => number;
  readonly onProgress: (report: PassReport) => void;
};

/** Counts what a full pass reads and tells how far it is, about once a minute. */
export type PassMeter = {
  /** A page was read. */
  readonly counted: () => void;
  /** So many learners have been read whole. */
  readonly reached: (learnersDone: number) => void;
  readonly calls: () => number;
};

const reportEveryMs = 60_000;
const minuteMs = 60_000;
/** Fewer pages than that do not tell the pace. */
const leastPages = 30;

export function createPassMeter({ run, learnerCount, forecast, nowMs, onProgress }: Parts): PassMeter {
  const beganAtMs = nowMs();
  let reportedAtMs = beganAtMs;
  let calls = 0;
  let learnersDone = 0;

  function toMinutesLeft(): number {
    const left = learnersDone > 0 ? learnerCount - learnersDone : Math.max(0, forecast.calls - calls);
    const tookMs = nowMs() - beganAtMs;
    const perCallMinutes =
      calls < leastPages || tookMs <= 0
        ? forecast.minutes / Math.max(1, forecast.calls)
        : tookMs / calls / minuteMs;
    return Math.ceil(left * perCallMinutes * 10) / 10;
  }

  function report(): void {
    onProgress({ run, learnersDone, learnerCount, calls, minutesLeft: toMinutesLeft(), forecast });
  }

  function reportWhenDue(): void {
    if (nowMs() - reportedAtMs < reportEveryMs) return;
    reportedAtMs = nowMs();
    report();
  }

  report();
  return {
    counted: () => {
      calls += 1;
      reportWhenDue();
    },
    reached: (count) => {
      learnersDone = count;
      reportWhenDue();
    },
    calls: () => calls,
  };
}
