import type { Command } from 'commander';
import { usageFault } from '../../base/fault.ts';
import type { RequestRow } from '../../pics/request.ts';
import { toCountOf } from '../count-text.ts';
import { toCode, toIdent } from '../give-request.ts';
import type { Io } from '../io.ts';
import { addGroup } from '../options.ts';
import { type Given, giveAndReport, toLines, type WaitOptions, withWaitOptions } from '../request-command.ts';

type LinkOptions = WaitOptions & { readonly remove?: true };

/** Which row of `picsync.request` links which record. */
const records = {
  officer: (text: string) => ({ kind: 'link-officer', officer: toCode(text, 'officer', 6) }),
  organisation: (text: string) => ({
    kind: 'link-organisation',
    organisation: toCode(text, 'organisation', 8),
  }),
  learner: (text: string) => ({ kind: 'set-learner-id', ident: toIdent(text) }),
} as const;

const descriptions = {
  officer: 'link an officer to an assessor of OneFile, or take its link away',
  organisation: 'link an organisation to a placement of OneFile, or take its link away',
  learner: 'link a learner to a learner of OneFile and synchronise it, or take its link away',
} as const;

/** OF-24, OF-30, OF-33 */
export function addLinkCommands(group: Command, io: Io): void {
  const link = addGroup(group, 'link', 'say that a record of PICS and one of OneFile are the same');
  for (const kind of ['officer', 'organisation', 'learner'] as const) {
    withWaitOptions(link.command(kind))
      .description(descriptions[kind])
      .argument('<code>', `code of the ${kind} in PICS`)
      .argument('[id]', 'id in OneFile; "onefile lookup" shows them')
      .option('--remove', 'take the link away; nothing is deleted at OneFile')
      .action((text: string, id: string | undefined, options: LinkOptions) => {
        const { remove = false } = options;
        const row = records[kind](text);
        const given: Given = {
          ...{ ...row, vendor: 'onefile', roles: 'outbound and reconciler' },
          payload: { vendorId: toVendorId(id, remove) },
        };
        return giveAndReport(io, options, given, showLink);
      });
  }
}

function toVendorId(id: string | undefined, isRemoved: boolean): string {
  if ((id === undefined) !== isRemoved) throw usageFault('Give the id in OneFile, or --remove, one of both.');
  if (id === undefined) return '';
  if (!/^\d{1,18}$/.test(id)) throw usageFault(`"${id}" is no id of OneFile: it is a whole number.`);
  return id;
}

type Result = {
  readonly vendorId?: string | null;
  readonly previousId?: string | null;
  readonly learners?: number;
};

function showLink(row: RequestRow): string {
  if (row.result === null) return '';
  const { vendorId = null, previousId = null, learners = 0, ...rest } = row.result as Result;
  const was = previousId === null || previousId === vendorId ? '' : ` (before: ${previousId})`;
  const told = vendorId === null ? `The link is removed${was}.` : `Linked to ${vendorId} of OneFile${was}.`;
  const waited = learners === 0 ? '' : `${toCountOf(learners, 'learner')} that waited for it looked at.\n`;
  return `${told}\n${waited}${toLines({ ...row, result: rest as RequestRow['result'] })}`;
}
