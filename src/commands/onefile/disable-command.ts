import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { giveAndReport, type WaitOptions, withWaitOptions } from '../request-command.ts';

/** G-8 */
export function addDisableCommand(group: Command, io: Io): void {
  withWaitOptions(group.command('disable'))
    .description('leave OneFile alone until it is enabled again; nothing is lost')
    .action((options: WaitOptions) =>
      giveAndReport(
        io,
        options,
        { kind: 'disable', vendor: 'onefile', roles: 'outbound and reconciler' },
        () => 'OneFile is disabled. What waits is kept.\n',
      ),
    );
}
