import { exitCodes, Fault } from '../base/fault.ts';
import { createLog, type Log } from '../base/log.ts';
import { createMetrics } from '../base/metrics.ts';
import { type Flow, isBrokenInvariant, superviseAll } from '../base/supervise.ts';
import type { Io } from '../cli/io.ts';
import type { Config } from '../config/config.ts';
import { createHealth, createOpsServer, type OpsServer, startOpsServer } from '../ops/health.ts';
import type { RoleContext, RoleName } from './role.ts';
import { roles } from './roles.ts';
import { createStatusHolder } from './status-holder.ts';

/** How long a stop may take before the process ends without being finished. Nothing is lost by it, only repeated. */
const stopWithinMs = 30_000;

/** Runs the chosen roles in this process until the signal aborts. */
export async function runRoles(
  names: readonly RoleName[],
  { config, io, httpPort }: { config: Config; io: Io; httpPort: number | 'any' | undefined },
): Promise<void> {
  const log = createLog({ level: config.log.level }).child({ roles: names });
  const metrics = createMetrics({ withProcess: true });
  const health = createHealth();
  const status = createStatusHolder();
  const restarts = metrics.counter({
    name: 'flow_restarts_total',
    help: 'How often the supervisor started a role again.',
    labels: ['role'],
  });
  for (const warning of config.warnings) log.warn(warning);
  const server = await openServer(names, {
    config,
    httpPort,
    log,
    parts: { metrics, health, ...(names.includes('ops') && { status: status.read }) },
  });
  const isLate = endLate(io.signal, log);
  log.info('started', server === null ? {} : { port: server.port });
  try {
    await superviseAll(
      Object.fromEntries(
        names.map((role) => [
          role,
          toFlow(role, { config, metrics, health, log: log.child({ role }), status }),
        ]),
      ),
      { signal: io.signal, log, onRestart: (role) => restarts.add({ role }) },
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

/** A role as the supervisor runs it: ready only between its start and its failure. */
function toFlow(role: RoleName, context: RoleContext): Flow {
  let state = 'starting';
  context.health.register('ready', role, () => ({ isOk: state === 'running', detail: state }));
  return async (signal) => {
    state = 'running';
    try {
      await roles[role](context, signal);
    } finally {
      state = signal.aborted ? 'stopping' : 'failed, to be started again';
    }
  };
}

type ServerParts = Parameters<typeof createOpsServer>[0];

/** One server a process: at the port of the first role it runs, unless said otherwise. */
async function openServer(
  names: readonly RoleName[],
  {
    config,
    httpPort,
    log,
    parts,
  }: { config: Config; httpPort: number | 'any' | undefined; log: Log; parts: ServerParts },
): Promise<OpsServer | null> {
  const [first] = names;
  const wanted = httpPort ?? (first === undefined ? 0 : config.http[first]);
  if (wanted === 0) return null;
  const port = wanted === 'any' ? 0 : wanted;
  const server = await startOpsServer(createOpsServer(parts), { host: config.http.host, port });
  log.info('answering on /metrics, /healthz and /readyz', { port: server.port });
  return server;
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
