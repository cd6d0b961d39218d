import type { Command } from 'commander';
import { usageFault } from '../../base/fault.ts';
import type { RequestRow } from '../../pics/request.ts';
import { type Column, type Io, toTable } from '../io.ts';
import { giveAndReport, type WaitOptions, withWaitOptions } from '../request-command.ts';

type Found = {
  readonly id: string;
  readonly name: string | null;
  readonly misId: string | null;
  readonly email: string | null;
  readonly isActive: boolean | null;
  readonly linkedTo: { readonly code: string; readonly name: string | null } | null;
};

const kinds = ['officers', 'organisations'];

/** OF-30, OF-33 */
export function addLookupCommand(group: Command, io: Io): void {
  withWaitOptions(group.command('lookup'))
    .description('list the assessors or placements of OneFile, and to whom of PICS they are linked')
    .argument('<records>', kinds.join(' or '))
    .argument('[text...]', 'words that name, MIS value, e-mail or id contain; without them all')
    .action((records: string, words: string[], options: WaitOptions) => {
      if (!kinds.includes(records)) throw usageFault(`Look up ${kinds.join(' or ')}, not "${records}".`);
      const payload = { records, text: words.join(' ') };
      const given = {
        kind: 'look-up',
        vendor: 'onefile',
        payload,
        roles: 'outbound and reconciler',
      } as const;
      return giveAndReport(io, options, given, showFound);
    });
}

const columns: readonly Column<Found>[] = [
  { title: 'id', value: ({ id }) => id, isNumber: true },
  { title: 'name', value: ({ name }) => name },
  { title: 'MIS value', value: ({ misId }) => misId },
  { title: 'e-mail', value: ({ email }) => email },
  { title: 'active', value: ({ isActive }) => (isActive === null ? null : isActive ? 'yes' : 'no') },
  {
    title: 'linked to',
    value: ({ linkedTo }) =>
      linkedTo === null ? null : [linkedTo.code, linkedTo.name ?? ''].join(' ').trim(),
  },
];

function showFound({ result }: RequestRow): string {
  if (result === null) return '';
  const { found = [], count = 0 } = result as unknown as { found?: readonly Found[]; count?: number };
  if (found.length === 0) return 'OneFile has none that fits.\n';
  const more = count > found.length ? `${count - found.length} more: say more of the name.\n` : '';
  return `${toTable(columns, found)}${more}`;
}
