import { createDispatch, type Handler, handlerAtWork, workCommands } from '../requests/dispatch.ts';
import { skip } from '../requests/held.ts';
import { readCommand, type Workplace } from '../requests/request.ts';
import { createSwitchHandlers, handlerWhilePreparing, preparingCommands } from '../requests/switch.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { contextOf, type RolePorts, type RoleSettings } from './role.ts';
import type { VendorSwitch } from './vendor-switch.ts';

type Surroundings = {
  readonly ports: RolePorts;
  readonly settings: RoleSettings;
  readonly vendorSwitch: VendorSwitch<Workplace>;
};

/** How long a command waits until this process works for the vendor, or has ended to, milliseconds. */
const settleWithinMs = 15_000;
const onItsWayOutMs = 100;

/** Runs user commands of a vendor. They have a group of their own, so that a person never waits behind bulk changes. */
export async function consumeRequests(
  vendor: Vendor,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const { ports, vendorSwitch } = surroundings;
  const dispatch = createDispatch({
    ...ports,
    vendor,
    handlers: handlersOf(vendor, surroundings, signal),
    isEnabled: vendorSwitch.isEnabled,
    signal,
  });
  await ports.topics.consumeChanges(
    { group: `${vendor.name}.command`, tables: ['request'] },
    async (decoded) => {
      const request = await readCommand(decoded, ports.pics);
      if (request !== null) await dispatch(request);
    },
    signal,
  );
}

/** Every command by name. */
function handlersOf(
  vendor: Vendor,
  { ports, settings, vendorSwitch }: Surroundings,
  signal: AbortSignal,
): Readonly<Record<string, Handler>> {
  const { clock } = ports;
  const ready = async (): Promise<Workplace | null> => {
    for (;;) {
      const workplace = await vendorSwitch.ready(signal);
      // A process that stops is not a vendor that is disabled: the next process takes the command up.
      if (workplace === null) signal.throwIfAborted();
      if (workplace?.signal.aborted !== true) return workplace;
      await clock.sleep(onItsWayOutMs, signal);
    }
  };
  const within = async (wait: (end: AbortSignal) => Promise<unknown>): Promise<void> => {
    const late = new AbortController();
    const waiting = wait(AbortSignal.any([signal, late.signal]));
    await Promise.race([waiting, clock.sleep(settleWithinMs, signal)]);
    late.abort();
    await waiting;
  };
  const context = contextOf(vendor, ports, settings);
  const switching = vendor.switching(context);
  const { isEnabled } = vendorSwitch;
  const { liveLetters } = settings.shared.pics;
  const open = () => vendor.open(context);
  const preparing = { ...ports, vendor, switching, isEnabled, open, liveLetters, signal };
  return {
    ...Object.fromEntries(
      Object.entries(workCommands).map(([name, command]) => {
        const atWork = handlerAtWork(command, ready);
        const isPreparing = preparingCommands.includes(name);
        return [name, isPreparing ? handlerWhilePreparing(command, atWork, preparing) : atWork];
      }),
    ),
    skip: { handle: (request) => skip(request, { ...ports, vendor: vendor.name }), runsDisabled: true },
    ...createSwitchHandlers({
      ...ports,
      vendor,
      switching,
      isEnabled,
      untilAtWork: () => within((end) => vendorSwitch.ready(end)),
      untilEnded: () => within((end) => vendorSwitch.untilEnded(end)),
      signal,
    }),
  };
}
