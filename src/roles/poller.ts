import { runTogether } from '../base/supervise.ts';
import { toDailyTime } from '../domain/schedule.ts';
import { defaultPollSettings, type PollSettings, runPoll } from '../polling/poll.ts';
import { createCheckPlan } from './check-plan.ts';
import { createPollEffects } from './create-poll-effects.ts';
import { type EngineParts, openEngine } from './open-engine.ts';
import { openMessaging } from './open-messaging.ts';
import type { OneFile } from './open-onefile.ts';
import { openPics } from './open-pics.ts';
import { openLedgerWorker, openStore } from './open-store.ts';
import { createPassCommands, type PassCommands } from './pass-commands.ts';
import type { Role, RoleContext } from './role.ts';
import type { VendorSwitch } from './vendor-switch.ts';
import { openOneFileSwitch, withOneFile } from './while-enabled.ts';

/** Sees what changes at OneFile, and runs the daily exchange of everybody. */
export const runPoller: Role = async (context, signal) => {
  await using stack = new AsyncDisposableStack();
  const pics = openPics(context, stack);
  const store = openStore(context, stack);
  const messaging = await openMessaging(context, 'poller', stack);
  const vendorSwitch = openOneFileSwitch<OneFile>(context, { store, pics });
  const commands = createPassCommands(context, {
    ...{ messaging, pics, store, vendorSwitch },
    checkPlan: createCheckPlan(context, { pics, store, vendorSwitch }),
  });
  const polling = withOneFile(context, { pics }, (oneFile, enabled) =>
    runPolling(context, { messaging, store, pics, oneFile }, { commands, vendorSwitch }, enabled),
  );
  await runTogether([vendorSwitch.whileEnabled(polling), commands.run], signal);
};

type Given = { readonly commands: PassCommands; readonly vendorSwitch: VendorSwitch<OneFile> };

/** What an enabled OneFile is polled by: until it is disabled, or the place in the ledger is lost. */
async function runPolling(
  context: RoleContext,
  opened: Omit<EngineParts, 'worker'>,
  { commands, vendorSwitch }: Given,
  signal: AbortSignal,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const worker = await openLedgerWorker(context, stack);
  const parts: EngineParts = { ...opened, worker: worker.worker };
  const engineSignal = AbortSignal.any([signal, worker.lost]);
  const engine = openEngine(context, parts, engineSignal);
  const settings = toPollSettings(parts.oneFile);
  const effects = createPollEffects(context, { ...parts, engine, commands, settings });
  vendorSwitch.provide(parts.oneFile);
  try {
    await runTogether([(end) => runPoll(effects, settings, end)], engineSignal);
  } finally {
    vendorSwitch.provide(null);
  }
  if (!signal.aborted) throw worker.lost.reason;
}

function toPollSettings({ section }: OneFile): PollSettings {
  const dailyTime = toDailyTime(section.dailySync.time);
  if (dailyTime === null) throw new Error('onefile.dailySync.time passed its check and is no time');
  return { ...defaultPollSettings, dailyTime, polling: section.polling };
}
