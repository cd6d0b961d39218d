import { exitCodes, Fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { createLog } from '../base/log.ts';
import { createMetrics, type Metrics } from '../base/metrics.ts';
import { sleep } from '../base/sleep.ts';
import type { Flow } from '../base/supervise.ts';
import { isBrokenInvariant, superviseAll } from '../base/supervise.ts';
import type { Config } from '../config/config.ts';
import type { Tracer } from '../domain/trace.ts';
import type { OpsServer } from '../ops/health.ts';
import { createHealth, createOpsServer, startOpsServer } from '../ops/health.ts';
import { createTracer } from '../ops/tracer.ts';
import type { PagePorts } from '../page/routes.ts';
import { addPage } from '../page/server.ts';
import type { OpsContext } from './ops.ts';
import { createStatusHolder, runOps } from './ops.ts';
import { runOutbound } from './outbound.ts';
import { addFirstAdmin, pagePorts, pageSettings } from './page.ts';
import { runPoller } from './poller.ts';
import { type DatabasePools, openDatabasePools, openPorts, requireSameTime } from './ports.ts';
import { runReconciler } from './reconciler.ts';
import { type Role, type RoleName, roleSettings } from './role.ts';

/** How long a stop may take before the process ends without being finished. Nothing is lost by it, only repeated. */
const stopWithinMs = 30_000;

/** Runs the chosen roles in this process until the signal aborts. */
export async function runRoles(
  names: readonly RoleName[],
  {
    config,
    env,
    signal,
    httpPort,
    tell,
  }: {
    config: Config;
    env: NodeJS.ProcessEnv;
    signal: AbortSignal;
    httpPort: number | 'any' | undefined;
    /** Writes for the person who started the process; null: there is no terminal. */
    tell: ((text: string) => void) | null;
  },
): Promise<void> {
  const log = createLog({ level: config.log.level }).child({ roles: names });
  const metrics = createMetrics({ withProcess: true });
  const tracer = createTracer({
    endpoint: env['OTEL_EXPORTER_OTLP_ENDPOINT'],
    serviceName: env['OTEL_SERVICE_NAME'],
    log,
  });
  const health = createHealth();
  const status = createStatusHolder();
  for (const warning of config.warnings) log.warn(warning);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => tracer.close());
  const pools = openDatabasePools({ config, log }, stack);
  const page =
    names.includes('ops') && config.page.enabled ? pagePorts({ config, log }, pools, status) : null;
  const server = await openServer(names, {
    config,
    httpPort,
    log,
    page,
    sources: { metrics, health, ...(names.includes('ops') && { status: status.readDocument }) },
  });
  const isLate = endLate(signal, log);
  log.info('started', server === null ? {} : { port: server.port });
  if (page !== null && server !== null) void welcome(page, { log, tell, signal });
  try {
    await superviseAll(
      Object.fromEntries(
        names.map((role) => [
          role,
          roleFlow(role, { config, metrics, tracer, health, log: log.child({ role }), status, pools }),
        ]),
      ),
      { signal, log, onRestart: createRestartCount(metrics) },
    );
    log.info('stopped');
  } catch (error) {
    if (!isBrokenInvariant(error)) throw error;
    log.error('a promise of the code is broken: the process ends, the next start continues', { error });
    throw new Fault('The process ended because a promise of its own code was broken.', exitCodes.failed);
  } finally {
    clearTimeout(isLate.timer);
    await server?.close();
  }
}

/** Counts roles that the supervisor starts again. */
export function createRestartCount(metrics: Metrics): (role: string) => void {
  const restarts = metrics.counter({
    name: 'flow_restarts_total',
    help: 'How often the supervisor started a role again.',
    labels: ['role'],
  });
  return (role) => restarts.add({ role });
}

/** What a role takes from the frame of the process. */
type RoleContext = OpsContext & { readonly pools: DatabasePools; readonly tracer: Tracer };

/** A role as the supervisor runs it: ready only between its start and its failure. */
function roleFlow(role: RoleName, context: RoleContext): Flow {
  let state = 'starting';
  context.health.register('ready', role, () => ({ isOk: state === 'running', detail: state }));
  return async (signal) => {
    let why = '';
    try {
      // Ops exchanges nothing: it has to show what is wrong.
      if (role !== 'ops') await requireSameTime(context.pools, Date.now);
      state = 'running';
      await runRole(role, context, signal);
    } catch (error) {
      // The sentence of a fault is made for people and names no person.
      if (error instanceof Fault) why = `: ${error.message}`;
      throw error;
    } finally {
      state = signal.aborted ? 'stopping' : `failed, to be started again${why}`;
    }
  };
}

type ServerSources = Parameters<typeof createOpsServer>[0];

/** One server a process: at the port of the first role it runs, unless said otherwise. */
async function openServer(
  names: readonly RoleName[],
  {
    config,
    httpPort,
    log,
    page,
    sources,
  }: {
    config: Config;
    httpPort: number | 'any' | undefined;
    log: Log;
    /** Null: the page is not served. */
    page: PagePorts | null;
    sources: ServerSources;
  },
): Promise<OpsServer | null> {
  const [first] = names;
  const wanted = httpPort ?? (first === undefined ? 0 : config.http[first]);
  if (wanted === 0) return null;
  const port = wanted === 'any' ? 0 : wanted;
  const { tls, trustedProxies } = config.page;
  const made = createOpsServer({
    ...sources,
    ...(page !== null && { trustedProxies }),
    ...(page !== null &&
      tls !== undefined && { tls: { cert: tls.certificate.reveal(), key: tls.key.reveal() } }),
  });
  if (page !== null) {
    const settings = pageSettings(config);
    if (settings.exposure.kind === 'refused') log.warn(settings.exposure.sentence);
    addPage(made, page, settings);
  }
  const server = await startOpsServer(made, { host: config.http.host, port });
  log.info('answering on /metrics, /healthz and /readyz', { port: server.port });
  return server;
}

/** Sees to it that there is a user. The sync database may be away at the start: it is tried again until the process ends. */
async function welcome(
  { store: { users } }: PagePorts,
  { log, tell, signal }: { log: Log; tell: ((text: string) => void) | null; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await addFirstAdmin(users, { log, tell });
    } catch {
      await sleep(5_000, signal);
    }
  }
}

/** A stop that hangs is ended: whatever was in work is durable up to its last step. */
function endLate(signal: AbortSignal, log: Log): { timer: NodeJS.Timeout | undefined } {
  const late: { timer: NodeJS.Timeout | undefined } = { timer: undefined };
  signal.addEventListener('abort', () => {
    log.info('stopping: finishing what is in work');
    late.timer = setTimeout(() => {
      log.error('the stop took too long: ending now', { limit: stopWithinMs });
      process.exit(exitCodes.failed);
    }, stopWithinMs);
    late.timer.unref();
  });
  return late;
}

const exchanging: Readonly<Record<Exclude<RoleName, 'ops'>, Role>> = {
  outbound: runOutbound,
  poller: runPoller,
  reconciler: runReconciler,
};

async function runRole(role: RoleName, context: RoleContext, signal: AbortSignal): Promise<void> {
  if (role === 'ops') return runOps(context, signal);
  await using stack = new AsyncDisposableStack();
  const ports = await openPorts(context, role, stack);
  await exchanging[role](ports, roleSettings(context.config), signal);
}
