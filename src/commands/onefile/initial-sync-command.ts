import type { Command } from 'commander';
import { Fault } from '../../base/fault.ts';
import { type Io, toJsonText } from '../io.ts';
import {
  type RunRequest,
  report,
  toLines,
  type WaitOptions,
  withRequests,
  withWaitOptions,
} from '../request-command.ts';
import { toInitialPlanText, toObject } from './show-initial-plan.ts';

type InitialSyncOptions = WaitOptions & { readonly plan?: string };

const timeoutS = 3_600;

export function addInitialSyncCommand(group: Command, io: Io): void {
  withWaitOptions(group.command('initial-sync'), timeoutS)
    .description('link who is surely the same and exchange everybody; without --plan show what would be done')
    .option('--plan <plan>', 'the plan that was shown and is approved')
    .action((options: InitialSyncOptions) =>
      withRequests(io, options, ({ run }) => synchronise(io, options, run)),
    );
}

async function synchronise(io: Io, options: InitialSyncOptions, run: RunRequest): Promise<void> {
  const { plan, json } = options;
  const ended = await run({
    ...{ kind: 'initial-sync', vendor: 'onefile', roles: 'poller and reconciler' },
    ...(plan !== undefined && { payload: { plan } }),
  });
  const shown = toObject(ended.result?.['plan']);
  if (!('digest' in shown)) return report(io, options, ended, toLines);
  io.write(json ? toJsonText(shown) : toInitialPlanText(shown));
  if (plan !== undefined) throw new Fault(`${ended.message}`);
  io.tell(`To do it: --plan ${shown['digest']}\n`);
}
