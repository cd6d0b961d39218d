import type { Command } from 'commander';
import type { RequestRow } from '../../pics/request.ts';
import { toCountOf } from '../count-text.ts';
import type { Io } from '../io.ts';
import { giveAndReport, type WaitOptions, withWaitOptions } from '../request-command.ts';

/** OF-18 */
export function addRefreshLinksCommand(group: Command, io: Io): void {
  withWaitOptions(group.command('refresh-links'))
    .description('read anew which qualifications OneFile offers; no learner is synchronised by it')
    .action((options: WaitOptions) =>
      giveAndReport(
        io,
        options,
        { kind: 'refresh-qualification-links', vendor: 'onefile', roles: 'outbound and reconciler' },
        showReferences,
      ),
    );
}

type Result = {
  readonly references?: number;
  readonly unmatchedCount?: number;
  readonly unmatched?: readonly string[];
};

function showReferences({ result }: Pick<RequestRow, 'result'>): string {
  if (result === null) return '';
  const { references = 0, unmatchedCount = 0, unmatched = [] } = result as Result;
  const lines = [`OneFile offers ${toCountOf(references, 'reference')}.`];
  if (unmatchedCount === 0) lines.push('Every qualification of linked and live learners is among them.');
  else lines.push(`${toCountOf(unmatchedCount, 'reference')} of PICS without a match:`);
  return [...lines, ...unmatched.map((reference) => `  ${reference}`)].map((line) => `${line}\n`).join('');
}
