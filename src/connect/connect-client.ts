import { Fault } from '../base/fault.ts';
import { withoutCredentials } from '../base/without-credentials.ts';

export type WorkState = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'UNASSIGNED' | 'RESTARTING';

export type TaskStatus = {
  readonly id: number;
  readonly state: WorkState;
  /** First line of the trace of a failed task. The rest may quote rows. */
  readonly reason: string | null;
};

export type ConnectorStatus = {
  readonly state: WorkState;
  readonly reason: string | null;
  readonly tasks: readonly TaskStatus[];
};

export type PutResult =
  | { readonly kind: 'put' }
  /** What Connect has against the configuration, one sentence each. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** The REST interface of Kafka Connect. Every function throws a `Fault` when Connect does not answer. */
export type ConnectClient = {
  readVersion(): Promise<string>;
  /** Null when there is no connector of this name. */
  readStatus(name: string): Promise<ConnectorStatus | null>;
  readConfig(name: string): Promise<Readonly<Record<string, string>> | null>;
  putConfig(name: string, config: Readonly<Record<string, string>>): Promise<PutResult>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /** Restarts the connector and its tasks; with `onlyFailed` those that run are left alone. */
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
      throw new Fault('Kafka Connect is moving its work around. Try again in a moment.');
    throw new Fault(`Kafka Connect answered ${response.status} to ${method} ${path.split('?')[0]}.`);
  };
}

/** While the workers rebalance Connect answers 409: it is asked again for a while. */
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

/** A refused configuration is told as one text with a line per fault. */
function toReasons(body: unknown): string[] {
  const message = (body as { message?: unknown } | null)?.message;
  if (typeof message !== 'string') return ['no reason given'];
  const lines = message.split('\n').map((line) => line.trim());
  return lines.filter(
    (line) => line !== '' && !/^(Connector configuration is invalid|You can also find)/.test(line),
  );
}
