import type { Deployment } from '../support/deployment/deployment.ts';
import { type BlankAim, blankAims, typeRegistration } from './blank-aims.ts';
import { driveOpenLoop, readAimWrites, untilQuiet, untilWritten } from './open-loop.ts';
import { percentile, publishReport, say } from './report.ts';
import { unlimited, withDeployment } from './with-deployment.ts';

const ratePerSecond = 20;
const warmUpCount = 200;
const measuredCount = 800;
const vendorLatencyMs = 50;

/**
 * Measures commit in PICS → acknowledged by OneFile, for a change that takes two calls (read the aim, write it).
 *
 * Open loop: the clock starts when a change was meant to be made, not when the one before had ended.
 */
export async function runLatency(): Promise<void> {
  const inputs = { learners: 1_500, vendors: { onefile: 100, smartassessor: 0, none: 0 } };
  await withDeployment({ inputs, settings: unlimited }, async (deployment) => {
    await deployment.oneFile.patch('/switches', { 'rate-limit': 0 });
    await Promise.all([deployment.startRoles('poller'), deployment.startRoles('reconciler')]);
    say('  linking all learners (full pass)\n');
    await deployment.mustCli('onefile', 'pull', '--timeout', '300');
    // No role may see the numbers go on one side only, or they would be restored from the other.
    const aims = await blankAims(deployment, warmUpCount + measuredCount);
    await deployment.startRoles('outbound');
    await untilQuiet(deployment.oneFile);
    await deployment.oneFile.patch('/switches', { 'latency-ms': vendorLatencyMs });
    say(`  ${measuredCount} changes at ${ratePerSecond} a second\n`);
    await drive(deployment, aims.slice(0, warmUpCount));
    const since = await deployment.oneFile.mark();
    const plannedAtMs = await drive(deployment, aims.slice(warmUpCount));
    report(await readLatencies(deployment, plannedAtMs, since));
  });
}

/** Types one number after the other at the planned times. Gives the planned time by aim, milliseconds since 1970. */
async function drive(deployment: Deployment, aims: readonly BlankAim[]): Promise<Map<string, number>> {
  const since = await deployment.oneFile.mark();
  const planned = await driveOpenLoop(aims, ratePerSecond, (aim) =>
    typeRegistration(deployment, aim, `BENCH${aim.aimId}`),
  );
  const aimIds = aims.map(({ aimId }) => aimId);
  await untilWritten(deployment.oneFile, aimIds, since);
  return new Map([...planned].map(([{ aimId }, atMs]) => [aimId, atMs]));
}

type Measured = { readonly latenciesMs: number[]; readonly calls: number; readonly writes: number };

async function readLatencies(
  { oneFile }: Deployment,
  plannedAtMs: ReadonlyMap<string, number>,
  since: number,
): Promise<Measured> {
  const { writes, callCount } = await readAimWrites(oneFile, since);
  const latenciesMs = writes.flatMap(({ aimId, acknowledgedAtMs }) => {
    const planned = plannedAtMs.get(aimId);
    return planned === undefined ? [] : [acknowledgedAtMs - planned];
  });
  return { latenciesMs, calls: callCount, writes: writes.length };
}

function report({ latenciesMs, calls, writes }: Measured): void {
  const figures = {
    p50Ms: Math.round(percentile(latenciesMs, 0.5)),
    p90Ms: Math.round(percentile(latenciesMs, 0.9)),
    p99Ms: Math.round(percentile(latenciesMs, 0.99)),
    maxMs: Math.round(Math.max(...latenciesMs)),
    count: latenciesMs.length,
    callsPerChange: calls / latenciesMs.length,
  };
  publishReport({
    title: 'Latency',
    how: `Commit in PICS → acknowledged by the OneFile simulator, where each answer takes ${vendorLatencyMs} ms, at ${ratePerSecond} changes a second (open loop). A change takes two calls: read the aim, write it. So ${2 * vendorLatencyMs} ms are the vendor's.`,
    table: {
      head: ['', 'p50', 'p90', 'p99', 'max', 'bar'],
      rows: [
        [
          'commit → acknowledged, ms',
          ...[figures.p50Ms, figures.p90Ms, figures.p99Ms, figures.maxMs].map(String),
          'p50 ≤ 160, p99 ≤ 400',
        ],
      ],
    },
    observations: [
      `${figures.count} of ${measuredCount} changes arrived, ${writes} writes, ${figures.callsPerChange.toFixed(2)} calls a change.`,
      `p50 ${figures.p50Ms <= 160 ? 'meets' : 'misses'} its bar, p99 ${figures.p99Ms <= 400 ? 'meets' : 'misses'} its bar.`,
    ],
    figures,
  });
}
