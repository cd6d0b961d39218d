import type { createInProcessSmartAssessor } from '../../simulators/smart-assessor/in-process.ts';
import type { Connect } from '../../src/vendors/smart-assessor/client/transport.ts';

/** The part of a clock that a call passes time on. */
type LineClock = { sleep(ms: number): Promise<void> };

/**
 * A way to the simulator in process, on the clock of the test. A call passes time; one that takes longer than the client
 * waits ends without an answer, and is done all the same. `latencyMs`: how long a call takes at least.
 */
export function connectInProcess(
  simulator: ReturnType<typeof createInProcessSmartAssessor>,
  clock: LineClock,
  latencyMs: () => number = () => 1,
): Connect {
  return () => ({
    send: async ({ method, path, headers, body, timeoutMs }) => {
      const pending = simulator.receive({ method, path, headers, body });
      const beginsMs = latencyMs() + pending.delayMs;
      if (beginsMs > timeoutMs) {
        await clock.sleep(timeoutMs);
        pending.finish(true);
        return { kind: 'lost', cause: 'timeout', detail: 'TIMEOUT' };
      }
      await clock.sleep(beginsMs);
      const answer = pending.finish();
      const restMs = answer.tookMs - pending.delayMs;
      if (beginsMs + restMs > timeoutMs) {
        await clock.sleep(timeoutMs - beginsMs);
        return { kind: 'lost', cause: 'timeout', detail: 'TIMEOUT' };
      }
      if (restMs > 0) await clock.sleep(restMs);
      if (answer.kind === 'cut') return { kind: 'lost', cause: 'cut', detail: 'UND_ERR_SOCKET' };
      const { status, headers: received, body: text } = answer;
      return { kind: 'answer', status, headers: received, body: text };
    },
    close: async () => {},
  });
}
