import type { Log } from '../base/log.ts';
import type { Sleep } from '../base/sleep.ts';

/** What is told of the connector. `away`: Kafka Connect itself does not answer. */
export type ConnectorState = 'RUNNING' | 'PAUSED' | 'FAILED' | 'ABSENT' | 'AWAY' | 'OTHER';

export type ConnectorWatchEffects = {
  readonly readState: () => Promise<ConnectorState>;
  readonly restartFailed: () => Promise<void>;
  readonly onState: (state: ConnectorState) => void;
  readonly onRestart: () => void;
  readonly log: Log;
  readonly sleep: Sleep;
  readonly nowMs: () => number;
};

export type ConnectorWatchPolicy = {
  readonly everyMs: number;
  readonly firstDelayMs: number;
  readonly mostDelayMs: number;
  /** How long it must run until the delay is forgotten. */
  readonly healthyMs: number;
};

export const defaultConnectorWatchPolicy: ConnectorWatchPolicy = {
  everyMs: 5_000,
  firstDelayMs: 5_000,
  mostDelayMs: 300_000,
  healthyMs: 300_000,
};

/**
 * Restarts the connector's failed parts, with growing delay, until the signal aborts.
 *
 * A registry that is away at the wrong moment fails the task for good, and nobody else restarts it. A paused connector
 * was paused by a person and stays so.
 */
export async function runConnectorWatch(
  effects: ConnectorWatchEffects,
  policy: ConnectorWatchPolicy,
  signal: AbortSignal,
): Promise<void> {
  const { log, sleep, nowMs } = effects;
  let delayMs = policy.firstDelayMs;
  let restartAtMs: number | null = null;
  let runningSinceMs: number | null = null;
  let told: ConnectorState | null = null;
  while (!signal.aborted) {
    const state = await readOrAway(effects);
    effects.onState(state);
    if (state !== told) tell(log, state);
    told = state;
    if (state === 'RUNNING') {
      runningSinceMs ??= nowMs();
      restartAtMs = null;
      if (nowMs() - runningSinceMs >= policy.healthyMs) delayMs = policy.firstDelayMs;
    } else {
      runningSinceMs = null;
    }
    if (state === 'FAILED') {
      restartAtMs ??= nowMs() + delayMs;
      if (nowMs() >= restartAtMs) {
        await restart(effects);
        restartAtMs = null;
        delayMs = Math.min(policy.mostDelayMs, delayMs * 2);
      }
    }
    await sleep(policy.everyMs, signal);
  }
}

async function readOrAway({ readState }: ConnectorWatchEffects): Promise<ConnectorState> {
  try {
    return await readState();
  } catch {
    return 'AWAY';
  }
}

async function restart({ restartFailed, onRestart, log }: ConnectorWatchEffects): Promise<void> {
  try {
    await restartFailed();
    onRestart();
    log.warn('the failed parts of the connector were restarted');
  } catch (error) {
    log.warn('the connector could not be restarted', { error });
  }
}

function tell(log: Log, state: ConnectorState): void {
  if (state === 'RUNNING' || state === 'OTHER') log.info('the connector has a new state', { state });
  else log.warn('the connector does not run', { state });
}
