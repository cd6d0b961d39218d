import { runTogether } from '../base/supervise.ts';
import type { PassRequests } from '../domain/polling.ts';
import { createAudit } from '../drift/audit.ts';
import { defaultPollSettings, type PollSettings, runPoll } from '../polling/poll.ts';
import { createPassRequests } from '../requests/passes.ts';
import { readCommand } from '../requests/request.ts';
import type { OpenVendor, Switching, Vendor } from '../vendors/vendor.ts';
import { withEngine } from './outbound.ts';
import { contextOf, type Role, type RolePorts, type RoleSettings } from './role.ts';
import { openRunWork, planWhilePreparing } from './runs.ts';
import { openVendorSwitch, type VendorSwitch, withVendor } from './vendor-switch.ts';

/** Sees what changes at the vendors, and runs the daily exchange of all learners. */
export const runPoller: Role = async (ports, settings, signal) => {
  await runTogether(
    ports.vendors.map((vendor) => (end) => watch(vendor, ports, settings, end)),
    signal,
  );
};

async function watch(
  vendor: Vendor,
  ports: RolePorts,
  settings: RoleSettings,
  signal: AbortSignal,
): Promise<void> {
  const vendorSwitch = openVendorSwitch<OpenVendor>(vendor, ports, settings);
  const stop = new AbortController();
  const switching = vendor.switching(contextOf(vendor, ports, settings));
  const commands = createPassRequests({
    ...ports,
    vendor,
    switching,
    isEnabled: vendorSwitch.isEnabled,
    ready: vendorSwitch.ready,
    signal: stop.signal,
  });
  const polling = withVendor(vendor, ports, settings, (open, enabled) =>
    poll(open, { ports, settings, commands, switching, vendorSwitch }, enabled),
  );
  const requests = async (end: AbortSignal): Promise<void> => {
    end.addEventListener('abort', () => stop.abort(end.reason), { once: true });
    await ports.topics.consumeChanges(
      { group: `${vendor.name}.pass`, tables: ['request'], drainMs: 1_000 },
      async (decoded) => {
        const request = await readCommand(decoded, ports.pics);
        if (request !== null) await commands.accept(request);
      },
      end,
    );
  };
  const preparing = planWhilePreparing(vendor, switching, ports, settings);
  await runTogether([vendorSwitch.whileEnabled(polling), requests, preparing], signal);
}

type Surroundings = {
  readonly ports: RolePorts;
  readonly settings: RoleSettings;
  readonly commands: PassRequests;
  readonly switching: Switching;
  readonly vendorSwitch: VendorSwitch<OpenVendor>;
};

/** Polls an enabled vendor until it is disabled, or the place in the ledger is lost. */
async function poll(
  vendor: OpenVendor,
  { ports, settings, commands, switching, vendorSwitch }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const { store } = ports;
  await withEngine(vendor, ports, settings, signal, async (engine, engineSignal) => {
    const { dailyTime, mode } = vendor.polling;
    const pollSettings: PollSettings = { ...defaultPollSettings, dailyTime, polling: mode };
    const passes = store.polling.open({
      vendor: vendor.name,
      centre: vendor.centre,
      holder: String(process.pid),
      leaseMs: pollSettings.leaseMs,
    });
    const audit = createAudit({ ...ports, vendor });
    vendorSwitch.provide(vendor);
    const runs = openRunWork(vendor, switching, ports, settings);
    try {
      const flow = (end: AbortSignal) =>
        runPoll({ ...ports, vendor, engine, passes, commands, runs, spare: audit }, pollSettings, end);
      await runTogether([flow], engineSignal);
    } finally {
      vendorSwitch.provide(null);
    }
  });
}
