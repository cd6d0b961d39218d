import { Fault } from '../base/fault.ts';
import { sleep } from '../base/sleep.ts';
import { readVendorState } from '../store/vendor-state.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { isDesktopOpen } from '../vendors/onefile/rules/warnings.ts';
import { findRest, type Rest } from './find-rest.ts';
import { readDesktopState } from './onefile-warnings.ts';
import { type OneFile, openOneFile } from './open-onefile.ts';
import type { Pics } from './open-pics.ts';
import type { Store } from './open-store.ts';
import type { RoleContext } from './role.ts';
import { createVendorSwitch, type VendorSwitch } from './vendor-switch.ts';

type Parts = { readonly store: Store; readonly pics: Pics };

const firstDelayMs = 1_000;
const mostDelayMs = 60_000;

/** The switch of OneFile in this process: what the configuration allows, and what the sync database says. */
export function openOneFileSwitch<T>(context: RoleContext, { store, pics }: Parts): VendorSwitch<T> {
  const { config, log } = context;
  const section = config.vendors.onefile;
  // OF-2: a bad setting stops OneFile alone; the role goes on and answers commands.
  if (section.kind === 'faulty')
    for (const { path, sentence } of section.faults)
      log.error('OneFile is stopped by a setting', { setting: path, error: new Fault(sentence) });
  let told: Rest | null | undefined;
  return createVendorSwitch({
    isConfigured: section.kind === 'enabled',
    readIsEnabled: async () => {
      const state = await readVendorState(store.pool, vendor.name);
      const rest = await findRest(section, state, async () => {
        if (section.kind === 'faulty') throw new Error('a faulty section has no guard');
        return readDesktopState(section.settings, { pics });
      });
      if (rest !== told)
        log.info(rest === null ? 'OneFile is at work' : 'OneFile rests', { code: rest ?? 'none' });
      told = rest;
      return rest === null;
    },
    log,
  });
}

/**
 * Lends a connection to OneFile while it is enabled.
 *
 * One that cannot be opened, because no centre is chosen or OneFile is away, is tried again and stops nothing else.
 */
export function withOneFile(
  context: RoleContext,
  { pics }: Pick<Parts, 'pics'>,
  use: (oneFile: OneFile, signal: AbortSignal) => Promise<void>,
): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    let delayMs = firstDelayMs;
    while (!signal.aborted) {
      await using stack = new AsyncDisposableStack();
      const oneFile = await openOneFile(context, stack, pics.readNormalReviewTypes).catch(
        (error: unknown) => {
          context.log.error('OneFile cannot be used, and is tried again', { error, delayMs });
          return null;
        },
      );
      if (oneFile !== null) {
        await warnOfDesktop(context, oneFile, pics);
        await use(oneFile, signal);
        return;
      }
      await sleep(delayMs, signal);
      delayMs = Math.min(mostDelayMs, delayMs * 2);
    }
  };
}

/** W-2, at each start: two integrations at once overwrite each other (OF-7). */
async function warnOfDesktop(
  { log }: Pick<RoleContext, 'log'>,
  { section }: Pick<OneFile, 'section'>,
  pics: Pics,
): Promise<void> {
  const state = await readDesktopState(section, { pics });
  if (!isDesktopOpen(state)) return;
  // Names of settings say what was seen; their values are nobody's business.
  log.warn('OneFile synchronisation in desktop PICS is not known to be off', {
    code: 'W-2',
    ...(state.evidence.length > 0 && { setting: state.evidence.join(' ') }),
  });
}
