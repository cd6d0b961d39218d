import type { Log } from '../base/log.ts';
import { sleep as realSleep, type Sleep } from '../base/sleep.ts';
import { runTogether } from '../base/supervise.ts';

type Flow = (signal: AbortSignal) => Promise<void>;

/** Whether a vendor is at work (G-8), and what runs only while it is. */
export type VendorSwitch<T> = {
  /** Configuration and state both say so, at this moment. */
  readonly isEnabled: () => Promise<boolean>;
  /**
   * Runs a flow whenever the vendor is enabled, and stops it when it is disabled: as at the end of the process, what
   * is in hand ends and consumers keep their places.
   */
  readonly whileEnabled: (flow: Flow) => Flow;
  /** Says what is there to work with, or that it no longer is. */
  readonly provide: (parts: T | null) => void;
  /** What there is to work with, once it is there. Null when the vendor is not enabled, or the signal aborts. */
  readonly ready: (signal: AbortSignal) => Promise<T | null>;
  /** Resolves when there is nothing to work with any more, or the signal aborts. */
  readonly untilEnded: (signal: AbortSignal) => Promise<void>;
};

export type VendorSwitchParts = {
  /** What the configuration says; it does not change while the process runs. */
  readonly isConfigured: boolean;
  readonly readIsEnabled: () => Promise<boolean>;
  readonly log: Log;
  readonly everyMs?: number;
  readonly sleep?: Sleep;
};

export function createVendorSwitch<T>(parts: VendorSwitchParts): VendorSwitch<T> {
  const { isConfigured, readIsEnabled, log, everyMs = 1_000, sleep = realSleep } = parts;
  let provided: T | null = null;
  const isEnabled = async (): Promise<boolean> => isConfigured && (await readIsEnabled());

  /** A database that is away tells nothing: what was known goes on counting. */
  async function untilDisabled(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(everyMs, signal);
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
    // At a disabling whatever the flow says is the end that was asked for.
    await runTogether([flow, watch], AbortSignal.any([signal, disabled.signal]));
  }

  return {
    isEnabled,
    whileEnabled: (flow) => async (signal) => {
      let isTold = false;
      while (!signal.aborted) {
        if (await isEnabled()) {
          isTold = false;
          await runOnce(flow, signal);
          continue;
        }
        if (!isTold) log.info('the vendor is not enabled: nothing is exchanged');
        isTold = true;
        await sleep(isConfigured ? everyMs : 60_000, signal);
      }
    },
    provide: (given) => {
      provided = given;
    },
    ready: async (signal) => {
      while (!signal.aborted && (await isEnabled())) {
        if (provided !== null) return provided;
        await sleep(everyMs / 10, signal);
      }
      return null;
    },
    untilEnded: async (signal) => {
      while (!signal.aborted && provided !== null) await sleep(everyMs / 10, signal);
    },
  };
}
