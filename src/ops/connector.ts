import { Fault, withoutCredentials } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import type { Sleep } from '../base/sleep.ts';

export type WorkState = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'UNASSIGNED' | 'RESTARTING';

type TaskStatus = {
  readonly id: number;
  readonly state: WorkState;
  /** The first line of the trace of a failed task. The rest may quote rows. */
  readonly reason: string | null;
};

export type ConnectorStatus = {
  readonly state: WorkState;
  readonly reason: string | null;
  readonly tasks: readonly TaskStatus[];
};

type PutResult =
  | { readonly kind: 'put' }
  /** The faults that Connect found in the configuration, one sentence each. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** The REST interface of Kafka Connect. Every function throws a `Fault` when Connect does not answer. */
export type ConnectClient = {
  readVersion(): Promise<string>;
  /** Returns null if there is no connector of this name. */
  readStatus(name: string): Promise<ConnectorStatus | null>;
  readConfig(name: string): Promise<Readonly<Record<string, string>> | null>;
  putConfig(name: string, config: Readonly<Record<string, string>>): Promise<PutResult>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /** Restarts the connector and its tasks. With `onlyFailed`, running ones are left alone. */
  restart(name: string, options: { readonly onlyFailed: boolean }): Promise<void>;
};

export function createConnectClient({
  url,
  timeoutMs = 10_000,
}: {
  url: string;
  timeoutMs?: number;
}): ConnectClient {
  const ask = createAsk(url, timeoutMs);
  const pathOf = (name: string, rest = '') => `/connectors/${encodeURIComponent(name)}${rest}`;
  return {
    readVersion: async () => ((await ask('GET', '/')).body as { version?: string }).version ?? 'unknown',
    async readStatus(name) {
      const { status, body } = await ask('GET', pathOf(name, '/status'));
      return status === 404 ? null : toStatus(body as RawStatus);
    },
    async readConfig(name) {
      const { status, body } = await ask('GET', pathOf(name, '/config'));
      return status === 404 ? null : (body as Record<string, string>);
    },
    async putConfig(name, config) {
      const { status, body } = await ask('PUT', pathOf(name, '/config'), config, [400]);
      return status === 400 ? { kind: 'refused', reasons: toReasons(body) } : { kind: 'put' };
    },
    pause: async (name) => void (await ask('PUT', pathOf(name, '/pause'))),
    resume: async (name) => void (await ask('PUT', pathOf(name, '/resume'))),
    restart: async (name, { onlyFailed }) =>
      void (await ask('POST', pathOf(name, `/restart?includeTasks=true&onlyFailed=${onlyFailed}`))),
  };
}

type Answer = { readonly status: number; readonly body: unknown };

function createAsk(url: string, timeoutMs: number) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    expected: readonly number[] = [],
  ): Promise<Answer> => {
    const response = await send(`${url}${path}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    }).catch((error: unknown) => {
      throw new Fault(`Kafka Connect does not answer at ${url} (${toCode(error)}).`);
    });
    const text = await response.text();
    const answer = { status: response.status, body: text === '' ? null : parseOrNull(text) };
    if (response.ok || response.status === 404 || expected.includes(response.status)) return answer;
    if (response.status === 409)
      throw new Fault('Kafka Connect is moving work between its processes. Try again in a moment.');
    throw new Fault(`Kafka Connect answered ${response.status} to ${method} ${path.split('?')[0]}.`);
  };
}

/** While its workers rebalance, Connect answers 409. Then the request is repeated for a while. */
async function send(url: string, init: RequestInit, tries = 10): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status !== 409 || tries <= 1) return response;
  await new Promise((resolve) => setTimeout(resolve, 500));
  return send(url, init, tries - 1);
}

function toCode(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason given';
  if (error.name === 'TimeoutError') return 'no answer in time';
  if (error.cause instanceof Error && 'code' in error.cause) return String(error.cause.code);
  return error.name;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

type RawPart = { readonly state: WorkState; readonly trace?: string };
type RawStatus = {
  readonly connector: RawPart;
  readonly tasks: readonly (RawPart & { readonly id: number })[];
};

function toStatus({ connector, tasks }: RawStatus): ConnectorStatus {
  return {
    state: connector.state,
    reason: toFirstLine(connector.trace),
    tasks: tasks.map(({ id, state, trace }) => ({ id, state, reason: toFirstLine(trace) })),
  };
}

export function toFirstLine(trace: string | undefined): string | null {
  const line = trace?.split('\n')[0]?.trim() ?? '';
  return line === '' ? null : withoutCredentials(line).slice(0, 300);
}

/** Connect reports a refused configuration as one text with a line per fault. */
function toReasons(body: unknown): string[] {
  const message = (body as { message?: unknown } | null)?.message;
  if (typeof message !== 'string') return ['no reason given'];
  const lines = message.split('\n').map((line) => line.trim());
  return lines.filter(
    (line) => line !== '' && !/^(Connector configuration is invalid|You can also find)/.test(line),
  );
}

/** The reported state of the connector. `AWAY`: Kafka Connect itself does not answer. */
export type ConnectorState = 'RUNNING' | 'PAUSED' | 'FAILED' | 'ABSENT' | 'AWAY' | 'OTHER';

/** What the connector has brought so far. */
type Brought = {
  /** All records of the captured topics, heartbeats included: any other number means that something has come. */
  readonly records: bigint;
  /** PICS sends the slot's changes to a reader. It does not while the connector copies tables. */
  readonly isSlotRead: boolean;
};

/** `failed`: its own parts say so. `deaf`: they say that they run, and nothing comes. */
type RestartReason = 'failed' | 'deaf';

type WatchedConnector = {
  readonly readState: () => Promise<ConnectorState>;
  readonly readBrought: () => Promise<Brought>;
  readonly restart: (reason: RestartReason) => Promise<void>;
  /** A site may want to restart it by hand. */
  readonly mayRestart: boolean;
  readonly onState: (state: ConnectorState) => void;
  readonly onRestart: (reason: RestartReason) => void;
  readonly log: Log;
  readonly sleep: Sleep;
  readonly nowMs: () => number;
};

type ConnectorWatchPolicy = {
  readonly everyMs: number;
  readonly firstDelayMs: number;
  readonly mostDelayMs: number;
  /** How long the connector must run before the delay is reset. */
  readonly healthyMs: number;
  /** Silence from which a connector that runs counts as deaf. */
  readonly deafAfterMs: number;
};

export const defaultConnectorWatchPolicy: Omit<ConnectorWatchPolicy, 'deafAfterMs'> = {
  everyMs: 5_000,
  firstDelayMs: 5_000,
  mostDelayMs: 300_000,
  healthyMs: 300_000,
};

/**
 * Restarts the connector's failed parts until the signal aborts.
 *
 * The watch reads the state every `everyMs`. It restarts a failed connector after a delay that doubles with
 * each restart, up to `mostDelayMs`, and is reset once the connector has run for `healthyMs`. A task fails
 * for good if, for example, the registry was away at the wrong moment, and Kafka Connect does not restart
 * it. A paused connector was paused by a user and stays paused.
 *
 * A connector may say that it runs while nothing comes: its line to PICS hangs, for example. Heartbeats come all the time,
 * so one that brings nothing for `deafAfterMs` is deaf. It is restarted once. Where that does not help the log says so,
 * and no further restart is tried until something has come: the cause is elsewhere. While it copies tables it may be
 * silent, and is left alone.
 */
export async function runConnectorWatch(
  effects: WatchedConnector,
  policy: ConnectorWatchPolicy,
  signal: AbortSignal,
): Promise<void> {
  const { log, sleep, nowMs } = effects;
  let delayMs = policy.firstDelayMs;
  let restartAtMs: number | null = null;
  let runningSinceMs: number | null = null;
  let reported: ConnectorState | null = null;
  const ears = createEars(effects, policy);
  while (!signal.aborted) {
    const state = await readOrAway(effects);
    effects.onState(state);
    if (state !== reported) report(log, state);
    reported = state;
    if (state === 'RUNNING') {
      runningSinceMs ??= nowMs();
      restartAtMs = null;
      if (nowMs() - runningSinceMs >= policy.healthyMs) delayMs = policy.firstDelayMs;
      await ears.listen(runningSinceMs);
    } else {
      runningSinceMs = null;
      ears.rest();
    }
    if (state === 'FAILED') {
      restartAtMs ??= nowMs() + delayMs;
      if (nowMs() >= restartAtMs) {
        await restart(effects, 'failed');
        restartAtMs = null;
        delayMs = Math.min(policy.mostDelayMs, delayMs * 2);
      }
    }
    await sleep(policy.everyMs, signal);
  }
}

async function readOrAway({ readState }: WatchedConnector): Promise<ConnectorState> {
  try {
    return await readState();
  } catch {
    return 'AWAY';
  }
}

/** Knows when a connector has brought something, and restarts it once when it has fallen silent. */
function createEars(effects: WatchedConnector, { deafAfterMs }: ConnectorWatchPolicy) {
  const { readBrought, nowMs, log } = effects;
  let known: bigint | null = null;
  let cameAtMs = 0;
  let hasStreamed = false;
  let restartedAtMs: number | null = null;
  let isTold = false;
  const hear = (): void => {
    cameAtMs = nowMs();
    if (restartedAtMs !== null) log.info('the connector is heard again');
    restartedAtMs = null;
    isTold = false;
  };
  return {
    listen: async (runningSinceMs: number): Promise<void> => {
      // Where it cannot be read, nothing is known of it.
      const brought = await readBrought().catch(() => null);
      if (brought === null) return;
      const hasCome = brought.records !== known;
      known = brought.records;
      if (hasCome) hear();
      hasStreamed ||= brought.isSlotRead && hasCome;
      const silentSinceMs = Math.max(cameAtMs, runningSinceMs, restartedAtMs ?? 0);
      const isDeaf = (hasStreamed || brought.isSlotRead) && nowMs() - silentSinceMs >= deafAfterMs;
      if (!isDeaf || isTold) return;
      if (restartedAtMs === null) {
        restartedAtMs = nowMs();
        await restart(effects, 'deaf');
        return;
      }
      isTold = true;
      log.error('the connector says that it runs, nothing comes, and a restart has not helped');
    },
    /** It does not run, or is on its way to: whether it streams is not known then. */
    rest: (): void => {
      hasStreamed = false;
    },
  };
}

async function restart(
  { restart: restartConnector, mayRestart, onRestart, log }: WatchedConnector,
  reason: RestartReason,
): Promise<void> {
  if (!mayRestart)
    return log.warn('the connector is not restarted: connector.restartFailed is off', { code: reason });
  try {
    await restartConnector(reason);
    onRestart(reason);
    log.warn('the connector was restarted', { code: reason });
  } catch (error) {
    log.warn('the connector could not be restarted', { error });
  }
}

function report(log: Log, state: ConnectorState): void {
  if (state === 'RUNNING' || state === 'OTHER') log.info('the connector has a new state', { state });
  else log.warn('the connector is not running', { state });
}

/** Parts that do not agree are on their way from one state to another. A connector without a task is starting. */
export function toStateOf({ state, tasks }: ConnectorStatus): string {
  const states = new Set([state, ...tasks.map((task) => task.state)]);
  if (states.has('FAILED')) return 'FAILED';
  if (state === 'RUNNING' && tasks.length === 0) return 'STARTING';
  if (states.size === 1) return state;
  const passing = ['RESTARTING', 'UNASSIGNED', 'STOPPED'] as const;
  return passing.find((one) => states.has(one)) ?? 'CHANGING';
}

/**
 * Fills the placeholders of a connector file: `${NAME}`, or `${NAME:-default}`.
 *
 * Kafka Connect's own references (`${file:/run/secrets/pics:password}`) have another form and are left as
 * they are, also as a value. So this process need not know a password.
 */
export function toConnectorConfig(
  template: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string | undefined>>,
): ConnectorConfig {
  const missing = new Set<string>();
  const entries = Object.entries(template).map(([name, setting]): [string, string] => [
    name,
    setting.replaceAll(/\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g, (_whole, key: string, fallback?: string) => {
      const value = values[key] ?? fallback;
      if (value === undefined) missing.add(key);
      return value ?? '';
    }),
  ]);
  return missing.size > 0
    ? { kind: 'incomplete', missing: [...missing] }
    : { kind: 'complete', config: Object.fromEntries(entries) };
}

type ConnectorConfig =
  | { kind: 'complete'; config: Record<string, string> }
  | { kind: 'incomplete'; missing: string[] };
