import type { InProcessOneFile } from '../../../simulators/onefile/in-process.ts';
import { runPoller } from '../../../src/roles/poller.ts';
import { runReconciler } from '../../../src/roles/reconciler.ts';
import { createVirtualClock } from '../../memory/clock.ts';
import { control } from '../../memory/door.ts';
import { confirmedFor, createMemoryOneFile, oneFileRoleSettings } from '../../memory/onefile.ts';
import { createMemoryPorts } from '../../memory/ports.ts';
import { BigCentre, type CentreSize } from './big-centre.ts';
import { createPacedCredentials } from './paced-credential.ts';

export type PullResult = {
  readonly calls: number;
  readonly writesAtVendor: number;
  readonly rowsWritten: number;
  readonly limited: number;
  readonly minutes: number;
  readonly forecast: { readonly calls: number; readonly minutes: number };
  readonly byRoute: Readonly<Record<string, number>>;
};

const beginMs = Date.UTC(2026, 0, 15, 4);

/**
 * A whole centre, pulled by the poller and reconciler roles from a simulator in this process.
 *
 * Databases and topics are in memory. Time is simulated: it passes where a role waits, above all for the call budget,
 * and the simulator goes by the same clock. An answer takes no time.
 */
export async function openPullWorld(size: CentreSize, callsPerMinute: number) {
  const { clock, virtual } = createVirtualClock(() => 0.5, beginMs);
  const { vendor, simulator } = createMemoryOneFile({
    clock,
    switches: { 'rate-window': 'sliding', 'rate-limit': 300 },
    line: { latencyMs: () => 0 },
  });
  const centre = new BigCentre(size, clock.nowMs());
  for (const portion of centre.portions()) simulator.load(portion);
  const ports = createMemoryPorts({
    clock,
    vendors: [vendor],
    learners: centre.inPics(),
    openCredential: createPacedCredentials(clock),
  });
  const { pics, store, topics, meter } = ports;
  const confirmed = confirmedFor();
  await store.vendors.enable({ vendor: vendor.name, by: 'bench', confirmed, isSyncDue: false });
  const observed = [...vendor.entities.map((entity) => `${vendor.name}.${entity}`), 'link'];

  /** One synchronisation of all learners, and all that follows from it. */
  async function run(withLooks: boolean): Promise<void> {
    const settings = oneFileRoleSettings({}, { callsPerMinute, polling: withLooks ? 'spare' : 'off' });
    const [stopPoller, stopReconciler] = [new AbortController(), new AbortController()];
    // The poller would go on with its looks.
    store.onSynchronised = () => stopPoller.abort();
    await store.vendors.requestSync(vendor.name);
    const reconciler = runReconciler(ports, settings, stopReconciler.signal);
    await runPoller(ports, settings, stopPoller.signal);
    while (topics.lagOf('reconciler', observed) > 0) await clock.sleep(1);
    stopReconciler.abort();
    await reconciler;
  }

  async function pull({ withLooks }: { readonly withLooks: boolean }): Promise<PullResult> {
    const before = readSummary(simulator, 0).calls;
    const [beganMs, written] = [clock.nowMs(), pics.written.length];
    await virtual.runUntil(run(withLooks));
    const forecast = meter.forecasts.at(-1);
    if (forecast === undefined) throw new Error('a pass says what it will cost when it begins');
    return {
      ...countsOf(readSummary(simulator, before)),
      rowsWritten: pics.written.length - written,
      minutes: (clock.nowMs() - beganMs) / 60_000,
      forecast: { calls: forecast.calls, minutes: forecast.minutes },
    };
  }

  return { pull, pass: (ms: number): Promise<void> => virtual.runUntil(clock.sleep(ms)) };
}

type Summary = {
  readonly calls: number;
  readonly byRoute: Readonly<Record<string, number>>;
  readonly byStatus: Readonly<Record<string, number>>;
};

/** The simulator's own history since a number of calls. */
function readSummary(simulator: InProcessOneFile, since: number): Summary {
  return control(simulator, 'GET', `/calls/summary?since=${since}`) as unknown as Summary;
}

function countsOf({ calls, byRoute, byStatus }: Summary) {
  const isWrite = (route: string): boolean => !/Search|^GET|Authentication/i.test(route);
  const writes = Object.entries(byRoute).filter(([route]) => isWrite(route));
  const writesAtVendor = writes.reduce((sum, [, count]) => sum + count, 0);
  return { calls, byRoute, writesAtVendor, limited: byStatus['429'] ?? 0 };
}
