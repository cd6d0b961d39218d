import type { CallBudget, Clock, OpenCredential } from '../../../src/domain/ports.ts';
import { type Priority, priorities } from '../../../src/domain/priority.ts';
import { toLimits } from '../../../src/redis/budget.ts';
import { CallWindow, type Counts } from '../../../src/redis/call-window.ts';
import { createMemoryCredentials } from '../../memory/credential.ts';

/**
 * Credentials in memory whose budget makes a call wait by the product's own rule, on the clock it is given.
 *
 * So a simulated hour makes as many calls as a real one would.
 */
export function createPacedCredentials(clock: Clock): OpenCredential {
  const open = createMemoryCredentials();
  const budgets = new Map<string, CallBudget>();
  return (options) => {
    const { id, callsPerMinute } = options;
    const budget = budgets.get(id) ?? createPacedBudget(clock, callsPerMinute);
    budgets.set(id, budget);
    return { ...open(options), budget };
  };
}

function createPacedBudget(clock: Clock, callsPerMinute: number): CallBudget {
  const window = new CallWindow(toLimits({ limitPerMinute: callsPerMinute }));
  return {
    take: async (priority, signal) => {
      const beganMs = clock.nowMs();
      for (;;) {
        signal?.throwIfAborted();
        const { granted, waitMs } = window.grant(clock.nowMs(), oneOf(priority));
        if (granted.includes(1)) return { waitedMs: clock.nowMs() - beganMs };
        await clock.sleep(Math.max(1, waitMs), signal);
      }
    },
    pauseFor: async () => {},
  };
}

function oneOf(priority: Priority): Counts {
  return priorities.map((one) => Number(one === priority)) as unknown as Counts;
}
