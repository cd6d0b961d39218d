import { AssertionError } from 'node:assert';
import type { Log } from './log.ts';
import { sleep as realSleep, type Sleep } from './sleep.ts';

/**
 * How long to wait before a flow is restarted. The delay doubles with each restart and is reset after a
 * healthy time.
 */
type RestartPolicy = { readonly firstMs: number; readonly mostMs: number; readonly healthyMs: number };

const defaultRestartPolicy: RestartPolicy = { firstMs: 1_000, mostMs: 60_000, healthyMs: 60_000 };

export type Flow = (signal: AbortSignal) => Promise<void>;

type Supervision = {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly policy?: RestartPolicy;
  readonly sleep?: Sleep;
  readonly nowMs?: () => number;
  /** Called at every restart, for a counter. */
  readonly onRestart?: (name: string) => void;
};

/**
 * Keeps a flow running until the signal aborts.
 *
 * A flow throws when a broker or a database that it needs is gone. It is then restarted after a growing
 * delay. A flow that returns too early is treated in the same way. A broken invariant is thrown on and must
 * end the process, because its memory can no longer be trusted.
 */
export async function supervise(name: string, flow: Flow, supervision: Supervision): Promise<void> {
  const { signal, log, policy = defaultRestartPolicy, sleep = realSleep } = supervision;
  const nowMs = supervision.nowMs ?? (() => performance.now());
  let delayMs = policy.firstMs;
  while (!signal.aborted) {
    const startedAtMs = nowMs();
    const failure = await runOnce(flow, signal);
    if (isBrokenInvariant(failure)) throw failure;
    if (signal.aborted) {
      if (failure !== null) log.warn('a flow failed while it was stopping', { flow: name, error: failure });
      return;
    }
    if (nowMs() - startedAtMs >= policy.healthyMs) delayMs = policy.firstMs;
    log.error('a flow ended and is started again', { flow: name, delayMs, error: failure });
    supervision.onRestart?.(name);
    await sleep(delayMs, signal);
    delayMs = Math.min(policy.mostMs, delayMs * 2);
  }
}

/** Recognised by name, because the error class belongs to `core`, which this folder must not import. */
export function isBrokenInvariant(error: unknown): boolean {
  return error instanceof AssertionError || (error instanceof Error && error.name === 'BrokenInvariant');
}

/** Returns null if the flow returned. */
async function runOnce(flow: Flow, signal: AbortSignal): Promise<unknown> {
  try {
    await flow(signal);
    return null;
  } catch (error) {
    return error ?? new Error('the flow threw nothing');
  }
}

/**
 * Supervises several flows of one process. If one cannot be restarted, the others are stopped before its
 * error is thrown on.
 */
export async function superviseAll(
  flows: Readonly<Record<string, Flow>>,
  supervision: Supervision,
): Promise<void> {
  const all = new AbortController();
  const signal = AbortSignal.any([supervision.signal, all.signal]);
  const ends = await Promise.allSettled(
    Object.entries(flows).map(async ([name, flow]) => {
      try {
        await supervise(name, flow, { ...supervision, signal });
      } catch (error) {
        all.abort();
        throw error;
      }
    }),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Runs flows side by side, all or none: when one ends, the others are stopped too, and the first failure is thrown. */
export async function runTogether(
  flows: readonly ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const end = new AbortController();
  const either = AbortSignal.any([signal, end.signal]);
  const failures: unknown[] = [];
  const run = async (flow: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    try {
      await flow(either);
    } catch (error) {
      failures.push(error);
    } finally {
      end.abort();
    }
  };
  await Promise.all(flows.map(run));
  if (failures.length > 0 && !signal.aborted) throw failures[0];
}
