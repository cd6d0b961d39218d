import type { PassForecast } from '../domain/polling.ts';
import type { PollPorts } from './page.ts';

type PassSize = {
  readonly run: number;
  readonly learnerCount: number;
  readonly forecast: PassForecast;
};

/** Counts what a full pass reads and logs how far it is, about once a minute. */
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

export function createPassMeter(
  { clock, log, commands }: Pick<PollPorts, 'clock' | 'log' | 'commands'>,
  { run, learnerCount, forecast }: PassSize,
): PassMeter {
  const beganAtMs = clock.nowMs();
  let reportedAtMs = beganAtMs;
  let calls = 0;
  let learnersDone = 0;

  function minutesLeftNow(): number {
    const left = learnersDone > 0 ? learnerCount - learnersDone : Math.max(0, forecast.calls - calls);
    const tookMs = clock.nowMs() - beganAtMs;
    const perCallMinutes =
      calls < leastPages || tookMs <= 0
        ? forecast.minutes / Math.max(1, forecast.calls)
        : tookMs / calls / minuteMs;
    return Math.ceil(left * perCallMinutes * 10) / 10;
  }

  function report(): void {
    const minutesLeft = minutesLeftNow();
    const fields = { count: learnersDone, learners: learnerCount, calls, minutes: minutesLeft };
    log.info(calls === 0 ? 'a full pass begins' : 'a full pass is under way', fields);
    commands.progress({ run, learnersDone, learnerCount, calls, minutesLeft, forecast });
  }

  function reportWhenDue(): void {
    if (clock.nowMs() - reportedAtMs < reportEveryMs) return;
    reportedAtMs = clock.nowMs();
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
