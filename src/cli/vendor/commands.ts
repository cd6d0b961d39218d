import type { Command } from 'commander';
import { usageFault } from '../../base/fault.ts';
import type { RequestRow } from '../../domain/request.ts';
import { allVendors } from '../../vendors/all.ts';
import type { Vendor } from '../../vendors/vendor.ts';
import { type Column, type Io, toCountOf, toTable } from '../io.ts';
import { addGroup } from '../options.ts';
import {
  type Given,
  giveAndReport,
  toCode,
  toIdent,
  toLines,
  type WaitOptions,
  withWaitOptions,
} from '../request.ts';
import { addContractCommand } from './contract.ts';
import { addEnrolCommand } from './enrol.ts';
import {
  addDisableCommand,
  addEnableCommand,
  addInitialSyncCommand,
  addStatusCommand,
  addTestCommand,
} from './switch.ts';

const commands = [
  addEnrolCommand,
  addLinkCommands,
  addLookupCommand,
  addRefreshLinksCommand,
  addForgetFieldCommand,
  addPullCommand,
  addStatusCommand,
  addTestCommand,
  addContractCommand,
  addEnableCommand,
  addDisableCommand,
  addInitialSyncCommand,
];

/** Everything that a person asks of a vendor, each a row of `picsync.request` as PICS and the page write it. */
export function addVendorCommands(program: Command, io: Io): void {
  for (const vendor of allVendors) {
    const { configName, title } = vendor;
    const group = addGroup(program, configName, `enrol, link, look up and synchronise with ${title}`);
    for (const add of commands) add(group, io, vendor);
  }
}

type PullOptions = Omit<WaitOptions, 'timeout'> & { readonly timeout?: number };

const timeoutOfOneS = 120;
const timeoutOfAllS = 3_600;

/** OF-41 and the daily run now: the same exchange of one learner or of all. */
function addPullCommand(group: Command, io: Io, vendor: Vendor): void {
  const made = group.command('pull');
  withWaitOptions(made)
    .setOptionValue('timeout', undefined)
    .description('do the whole daily exchange now, of one learner or of all, and wait for its result')
    .argument('[ident]', 'code of the learner in PICS; without it all learners')
    .action((text: string | undefined, { timeout, ...options }: PullOptions) => {
      if (text === undefined)
        return giveAndReport(
          io,
          { ...options, timeout: timeout ?? timeoutOfAllS },
          { kind: 'synchronise', vendor: vendor.name, roles: 'poller and reconciler' },
        );
      const ident = toIdent(text);
      return giveAndReport(
        io,
        { ...options, timeout: timeout ?? timeoutOfOneS },
        { kind: 'refresh', vendor: vendor.name, ident, roles: 'outbound and reconciler' },
      );
    });
}

/** D-16: "status" shows which fields there are. */
function addForgetFieldCommand(group: Command, io: Io, vendor: Vendor): void {
  withWaitOptions(group.command('forget-field'))
    .description(`try a field again that ${vendor.title} did not keep; "status" shows which`)
    .argument('<field>', 'the field as "status" shows it')
    .action((field: string, options: WaitOptions) =>
      giveAndReport(io, options, {
        kind: 'forget-field',
        vendor: vendor.name,
        payload: { field },
        roles: 'outbound and reconciler',
      }),
    );
}

type LinkOptions = WaitOptions & { readonly remove?: true; readonly samePerson?: true };

/** The row of `picsync.request` that links each kind of record. */
const records = {
  officer: (text: string) => ({ kind: 'link-officer', officer: toCode(text, 'officer', 6) }),
  organisation: (text: string) => ({
    kind: 'link-organisation',
    organisation: toCode(text, 'organisation', 8),
  }),
  learner: (text: string) => ({ kind: 'set-learner-id', ident: toIdent(text) }),
} as const;

const descriptions = (vendor: Vendor) => ({
  officer: `link an officer to its ${vendor.recordWords.officer} at ${vendor.title}, or take its link away`,
  organisation: `link an organisation to its ${vendor.recordWords.organisation} at ${vendor.title}, or take its link away`,
  learner: `link a learner to a learner of ${vendor.title} and synchronise it, or take its link away`,
});

/** OF-24, OF-30, OF-33 */
function addLinkCommands(group: Command, io: Io, vendor: Vendor): void {
  const link = addGroup(group, 'link', `say that a record of PICS and one of ${vendor.title} are the same`);
  for (const kind of ['officer', 'organisation', 'learner'] as const) {
    const command = withWaitOptions(link.command(kind))
      .description(descriptions(vendor)[kind])
      .argument('<code>', `code of the ${kind} in PICS`)
      .argument('[id]', `id in ${vendor.title}; "${vendor.configName} lookup" shows them`)
      .option('--remove', `take the link away; nothing is deleted at ${vendor.title}`)
      .action((text: string, id: string | undefined, options: LinkOptions) => {
        const { remove = false, samePerson = false } = options;
        const row = records[kind](text);
        const given: Given = {
          ...row,
          vendor: vendor.name,
          roles: 'outbound and reconciler',
          payload: { vendorId: vendorIdOf(vendor, kind, id, remove), ...(samePerson ? { samePerson } : {}) },
        };
        return giveAndReport(io, options, given, (ended) => showLink(vendor, ended));
      });
    if (kind === 'learner')
      command.option('--same-person', `confirm that both are one person, although what they show differs`);
  }
}

function vendorIdOf(
  vendor: Vendor,
  kind: keyof typeof records,
  id: string | undefined,
  isRemoved: boolean,
): string {
  if ((id === undefined) !== isRemoved)
    throw usageFault(`Give either the id in ${vendor.title} or --remove.`);
  if (id === undefined) return '';
  const fault = vendor.explainId(kind, id);
  if (fault !== null) throw usageFault(`"${id}" is not a ${vendor.title} id: ${fault}.`);
  return id;
}

type Result = {
  readonly vendorId?: string | null;
  readonly previousId?: string | null;
  readonly learners?: number;
};

function showLink(vendor: Vendor, row: RequestRow): string {
  if (row.result === null) return '';
  const { vendorId = null, previousId = null, learners = 0, ...rest } = row.result as Result;
  const was = previousId === null || previousId === vendorId ? '' : ` (before: ${previousId})`;
  const change =
    vendorId === null ? `The link is removed${was}.` : `Linked to ${vendorId} of ${vendor.title}${was}.`;
  const waited = learners === 0 ? '' : `${toCountOf(learners, 'learner')} that waited for it looked at.\n`;
  return `${change}\n${waited}${toLines({ ...row, result: rest as RequestRow['result'] })}`;
}

type Found = {
  readonly id: string;
  readonly name: string | null;
  readonly misId: string | null;
  readonly email: string | null;
  readonly isActive: boolean | null;
  readonly linkedTo: LinkedTo | null;
  /** Further officers of the same assessor (D-8). */
  readonly alsoLinkedTo?: readonly LinkedTo[];
};

type LinkedTo = { readonly code: string; readonly name: string | null };

const kinds = ['officers', 'organisations'];

/** OF-30, OF-33 */
function addLookupCommand(group: Command, io: Io, vendor: Vendor): void {
  withWaitOptions(group.command('lookup'))
    .description(
      `list the ${vendor.recordWords.officer}s or ${vendor.recordWords.organisation}s of ${vendor.title}, and to whom of PICS they are linked`,
    )
    .argument('<records>', kinds.join(' or '))
    .argument('[text...]', 'words to find in name, MIS value, e-mail or id; without words, all are listed')
    .action((records: string, words: string[], options: WaitOptions) => {
      if (!kinds.includes(records)) throw usageFault(`Look up ${kinds.join(' or ')}, not "${records}".`);
      const payload = { records, text: words.join(' ') };
      const given = {
        kind: 'look-up',
        vendor: vendor.name,
        payload,
        roles: 'outbound and reconciler',
      } as const;
      return giveAndReport(io, options, given, (ended) => showFound(vendor, ended));
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
    value: ({ linkedTo, alsoLinkedTo = [] }) =>
      linkedTo === null
        ? null
        : [linkedTo, ...alsoLinkedTo].map(({ code, name }) => `${code} ${name ?? ''}`.trim()).join(', '),
  },
];

function showFound(vendor: Vendor, { result }: RequestRow): string {
  if (result === null) return '';
  const { found = [], count = 0 } = result as unknown as { found?: readonly Found[]; count?: number };
  if (found.length === 0) return `${vendor.title} has none that fits.\n`;
  const more = count > found.length ? `${count - found.length} more: say more of the name.\n` : '';
  return `${toTable(columns, found)}${more}`;
}

/** OF-18 */
function addRefreshLinksCommand(group: Command, io: Io, vendor: Vendor): void {
  withWaitOptions(group.command('refresh-links'))
    .description(`read again which qualifications ${vendor.title} offers; no learner is synchronised by it`)
    .action((options: WaitOptions) =>
      giveAndReport(
        io,
        options,
        { kind: 'refresh-qualification-links', vendor: vendor.name, roles: 'outbound and reconciler' },
        (ended) => showReferences(vendor, ended),
      ),
    );
}

type RefreshedLinks = {
  readonly references?: number;
  readonly unmatchedCount?: number;
  readonly unmatched?: readonly string[];
};

function showReferences(vendor: Vendor, { result }: Pick<RequestRow, 'result'>): string {
  if (result === null) return '';
  const { references = 0, unmatchedCount = 0, unmatched = [] } = result as RefreshedLinks;
  const lines = [`${vendor.title} offers ${toCountOf(references, 'reference')}.`];
  if (unmatchedCount === 0) lines.push('Every qualification of linked and live learners is among them.');
  else lines.push(`${toCountOf(unmatchedCount, 'reference')} of PICS without a match:`);
  return [...lines, ...unmatched.map((reference) => `  ${reference}`)].map((line) => `${line}\n`).join('');
}
