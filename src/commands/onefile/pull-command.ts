import type { Command } from 'commander';
import { toIdent } from '../give-request.ts';
import type { Io } from '../io.ts';
import { giveAndReport, type WaitOptions, withWaitOptions } from '../request-command.ts';

type PullOptions = Omit<WaitOptions, 'timeout'> & { readonly timeout?: number };

const timeoutOfOneS = 120;
const timeoutOfAllS = 3_600;

/** OF-41 and the daily run now: the same exchange of one learner or of everybody. */
export function addPullCommand(group: Command, io: Io): void {
  const made = group.command('pull');
  withWaitOptions(made)
    .setOptionValue('timeout', undefined)
    .description('do the whole daily exchange now, of one learner or of all, and wait for its result')
    .argument('[ident]', 'code of the learner in PICS; without it everybody')
    .action((text: string | undefined, { timeout, ...options }: PullOptions) => {
      if (text === undefined)
        return giveAndReport(
          io,
          { ...options, timeout: timeout ?? timeoutOfAllS },
          { kind: 'synchronise', vendor: 'onefile', roles: 'poller and reconciler' },
        );
      const ident = toIdent(text);
      return giveAndReport(
        io,
        { ...options, timeout: timeout ?? timeoutOfOneS },
        { kind: 'refresh', vendor: 'onefile', ident, roles: 'outbound and reconciler' },
      );
    });
}
