import { Fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { runTogether } from '../base/supervise.ts';
import type { Clock } from '../domain/ports.ts';
import type { OpenVendor, Vendor } from '../vendors/vendor.ts';
import { contextOf, type RoleSettings, type VendorPorts } from './role.ts';

type Flow = (signal: AbortSignal) => Promise<void>;

/** Whether a vendor works (G-8), and what runs only while it does. `T` is what there is to work with. */
export type VendorSwitch<T> = {
  /** Configuration and state both say so, at this moment. */
  readonly isEnabled: () => Promise<boolean>;
  /**
   * Runs a flow whenever the vendor is enabled, and stops it when it is disabled: as at the end of the process, what
   * is in hand ends and consumers keep their places.
   */
  readonly whileEnabled: (flow: Flow) => Flow;
  /** Says what is there to work with, or that it no longer is. */
  readonly provide: (workplace: T | null) => void;
  /** What there is to work with, once it is there. Null when the vendor is not enabled, or the signal aborts. */
  readonly ready: (signal: AbortSignal) => Promise<T | null>;
  /** Resolves when there is nothing to work with any more, or the signal aborts. */
  readonly untilEnded: (signal: AbortSignal) => Promise<void>;
};

type VendorSwitchOptions = {
  /** What the configuration says; it does not change while the process runs. */
  readonly isConfigured: boolean;
  readonly readIsEnabled: () => Promise<boolean>;
  readonly log: Log;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly everyMs?: number;
};

/** Looks once a second whether the vendor is enabled, and starts and ends what works for it. */
export function createVendorSwitch<T>(options: VendorSwitchOptions): VendorSwitch<T> {
  const { isConfigured, readIsEnabled, log, clock, everyMs = 1_000 } = options;
  let provided: T | null = null;
  const isEnabled = async (): Promise<boolean> => isConfigured && (await readIsEnabled());

  /** A database that is away says nothing: what was known goes on counting. */
  async function untilDisabled(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal);
      if (!signal.aborted && !(await readIsEnabled().catch(() => true))) return;
    }
  }

  async function runOnce(flow: Flow, signal: AbortSignal): Promise<void> {
    const disabled = new AbortController();
    const watch: Flow = async (end) => {
      await untilDisabled(end);
      if (end.aborted) return;
      log.info('the vendor is disabled: what is in hand ends');
      disabled.abort(new Error('the vendor was disabled'));
    };
    // At a disabling, however the flow ends is the end that was asked for.
    await runTogether([flow, watch], AbortSignal.any([signal, disabled.signal]));
  }

  return {
    isEnabled,
    whileEnabled: (flow) => async (signal) => {
      let isSaid = false;
      while (!signal.aborted) {
        if (await isEnabled()) {
          isSaid = false;
          await runOnce(flow, signal);
          continue;
        }
        if (!isSaid) log.info('the vendor is not enabled: nothing is exchanged');
        isSaid = true;
        await clock.sleep(isConfigured ? everyMs : 60_000, signal);
      }
    },
    provide: (workplace) => {
      provided = workplace;
    },
    ready: async (signal) => {
      while (!signal.aborted && (await isEnabled())) {
        if (provided !== null) return provided;
        await clock.sleep(everyMs / 10, signal);
      }
      return null;
    },
    untilEnded: async (signal) => {
      while (!signal.aborted && provided !== null) await clock.sleep(everyMs / 10, signal);
    },
  };
}

/** The switch of a vendor in this process: what the configuration allows, and what the sync database says. */
export function openVendorSwitch<T>(
  vendor: Vendor,
  ports: VendorPorts,
  settings: RoleSettings,
): VendorSwitch<T> {
  const { store, log, clock } = ports;
  const context = contextOf(vendor, ports, settings);
  const switching = vendor.switching(context);
  // A bad setting stops this vendor alone; the role goes on and answers commands.
  if (context.configured.kind === 'faulty')
    for (const { path, sentence } of context.configured.faults)
      log.error(`${vendor.title} is stopped by a setting`, { setting: path, error: new Fault(sentence) });
  let last: string | null | undefined;
  return createVendorSwitch({
    isConfigured: switching.isConfigured,
    readIsEnabled: async () => {
      const rest = await switching.findRest(await store.vendors.readState(vendor.name));
      if (rest !== last)
        log.info(`${vendor.title} ${rest === null ? 'is at work' : 'does not work now'}`, {
          code: rest ?? 'none',
        });
      last = rest;
      return rest === null;
    },
    log,
    clock,
  });
}

const firstDelayMs = 1_000;
const mostDelayMs = 60_000;

/**
 * Lends an open vendor while it is enabled.
 *
 * One that cannot be opened, because no centre is chosen or the vendor is away, is tried again and stops nothing else.
 */
export function withVendor(
  vendor: Vendor,
  ports: VendorPorts,
  settings: RoleSettings,
  use: (open: OpenVendor, signal: AbortSignal) => Promise<void>,
): Flow {
  return async (signal) => {
    const context = contextOf(vendor, ports, settings);
    let delayMs = firstDelayMs;
    while (!signal.aborted) {
      const open = await vendor.open(context).catch((error: unknown) => {
        ports.log.error(`${vendor.title} cannot be used, and is tried again`, { error, delayMs });
        return null;
      });
      if (open !== null) {
        try {
          return await use(open, signal);
        } finally {
          await open.close();
        }
      }
      await ports.clock.sleep(delayMs, signal);
      delayMs = Math.min(mostDelayMs, delayMs * 2);
    }
  };
}
