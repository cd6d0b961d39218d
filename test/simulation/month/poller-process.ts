import type { PollStore } from '../../../src/domain/polling.ts';
import type { PollPorts } from '../../../src/polling/page.ts';
import { defaultPollSettings, type PollSettings, runPoll } from '../../../src/polling/poll.ts';
import { noRuns } from '../../support/no-runs.ts';
import type { MonthExchange } from './exchange.ts';
import { startEngine } from './outbound-process.ts';
import { openPorts } from './ports.ts';
import type { Process } from './process.ts';

const hourMs = 3_600_000;

/** How long a poller that was killed keeps others from polling. */
const leaseMs = 3 * hourMs;

export type PollerProcess = {
  readonly process: Process;
  /** A full pass now, as `synchronise` asks for it. */
  readonly synchronise: () => Promise<void>;
};

/** Sees what changes at the vendor and runs the daily exchange, in turns of hours instead of seconds. */
export function startPoller(exchange: MonthExchange): PollerProcess {
  const process = exchange.newProcess();
  const settings: PollSettings = {
    ...defaultPollSettings,
    dailyTime: { hour: 3, minute: 30 },
    leaseMs,
    turnMs: 2 * hourMs + exchange.random.below(10 * hourMs),
    learnersPerTurn: 15,
  };
  const wanted: (() => void)[] = [];
  void run(exchange, process, settings, wanted).catch((fault: unknown) => {
    if (process.isAlive) exchange.world.fail(fault);
  });
  return { process, synchronise: () => new Promise((resolve) => wanted.push(resolve)) };
}

async function run(
  exchange: MonthExchange,
  process: Process,
  settings: PollSettings,
  wanted: (() => void)[],
): Promise<void> {
  const ports = await openPorts(exchange, process);
  const engine = await startEngine(exchange, process, ports);
  const opened = ports.store.polling.open({ ...exchange.vendor.at, holder: String(process.id), leaseMs });
  const passes: PollStore = {
    ...opened,
    recordRun: async (run, state, epoch) => {
      const recorded = await opened.recordRun(run, state, epoch);
      const completedAtMs = exchange.world.clock.nowMs();
      if (state.kind === 'completed' && recorded === 'recorded')
        exchange.fullPasses.push({ beganAtMs: run, completedAtMs });
      return recorded;
    },
  };
  let done: () => void = () => {};
  const commands: PollPorts['commands'] = {
    take: async () => {
      const next = wanted.shift();
      if (next === undefined) return null;
      done = next;
      return { id: 'synchronise', kind: 'synchronise' };
    },
    conclude: async () => done(),
    concludeInitial: async () => {},
    progress: () => {},
  };
  await runPoll({ ...ports, engine, passes, commands, runs: noRuns }, settings, new AbortController().signal);
}
