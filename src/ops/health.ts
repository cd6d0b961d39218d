import fastify, { type FastifyInstance } from 'fastify';
import { Fault } from '../base/fault.ts';
import type { Metrics } from '../base/metrics.ts';
import { sleep } from '../base/sleep.ts';

/** `detail` is a code or a short sentence without personal data. */
type HealthState = { readonly isOk: boolean; readonly detail: string };
type HealthCheck = () => HealthState | Promise<HealthState>;

type HealthReport = {
  readonly isOk: boolean;
  readonly checks: Readonly<Record<string, HealthState>>;
};

/**
 * The health checks of a process.
 *
 * `live`: false means that only a restart helps. `ready`: false means that the process waits for something.
 */
export type Health = {
  /**
   * Registers a check. A second check of the same name replaces the first, because a flow registers again
   * when it restarts.
   */
  register(kind: 'live' | 'ready', name: string, check: HealthCheck): void;
  read(kind: 'live' | 'ready'): Promise<HealthReport>;
};

export function createHealth({ timeoutMs = 2_000 }: { timeoutMs?: number } = {}): Health {
  const checks = { live: new Map<string, HealthCheck>(), ready: new Map<string, HealthCheck>() };
  return {
    register: (kind, name, check) => void checks[kind].set(name, check),
    async read(kind) {
      const entries = await Promise.all(
        [...checks[kind]].map(async ([name, check]) => [name, await ask(check, timeoutMs)] as const),
      );
      return { isOk: entries.every(([, state]) => state.isOk), checks: Object.fromEntries(entries) };
    },
  };
}

async function ask(check: HealthCheck, timeoutMs: number): Promise<HealthState> {
  const late = new AbortController();
  const timeout = sleep(timeoutMs, late.signal).then(() => ({ isOk: false, detail: 'no answer in time' }));
  try {
    return await Promise.race([check(), timeout]);
  } catch {
    return { isOk: false, detail: 'the check failed' };
  } finally {
    late.abort();
  }
}

type OpsServerOptions = {
  readonly metrics: Metrics;
  readonly health: Health;
  /** The status document of the ops role. */
  readonly status?: () => Promise<unknown>;
  /** Certificate and key in PEM; absent: the server speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Addresses whose word counts on where a request came from and how. */
  readonly trustedProxies?: readonly string[];
};

export type OpsServer = { readonly port: number; close(): Promise<void> };

/** Creates the HTTP server that every role has: metrics, liveness and readiness. */
export function createOpsServer(options: OpsServerOptions): FastifyInstance {
  const { metrics, health, status, tls, trustedProxies = [] } = options;
  const common = {
    logger: false,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
  };
  const server: FastifyInstance =
    tls === undefined
      ? fastify(common)
      : (fastify({ ...common, https: { ...tls } }) as unknown as FastifyInstance);
  const paths = ['/metrics', '/healthz', '/readyz', ...(status === undefined ? [] : ['/status.json'])];

  server.get('/metrics', async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.read());
  });
  for (const [path, kind] of [
    ['/healthz', 'live'],
    ['/readyz', 'ready'],
  ] as const) {
    server.get(path, async (_request, reply) => {
      const report = await health.read(kind);
      return reply.code(report.isOk ? 200 : 503).send(report);
    });
  }
  if (status !== undefined) server.get('/status.json', () => status());

  server.setNotFoundHandler((request, reply) => {
    const isKnown = paths.includes(request.url.split('?')[0] ?? '');
    const error = isKnown
      ? 'Only GET is allowed here.'
      : `This page does not exist. Try ${paths.join(', ')}.`;
    return reply.code(isKnown ? 405 : 404).send({ error });
  });
  server.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    const code = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
    return reply
      .code(code)
      .send({ error: code === 500 ? 'This cannot be read at present. Try again later.' : 'Bad request.' });
  });
  return server;
}

/** Starts to listen. Port 0 chooses any free port. */
export async function startOpsServer(
  server: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<OpsServer> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'EADDRINUSE') {
      throw new Fault(
        `Port ${port} on ${host} is in use by another process. Choose another port in the section http or with --http-port.`,
      );
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
      throw new Fault(
        `This machine does not allow pics-sync to listen on ${host}:${port} (${code}). Change the section http.`,
      );
    }
    throw error;
  }
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => server.close(),
  };
}
