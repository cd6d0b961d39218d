import type { Command } from 'commander';
import { allVendors } from '../../vendors/all.ts';
import type { Vendor } from '../../vendors/vendor.ts';
import type { Io } from '../io.ts';
import { addGroup } from '../options.ts';
import { giveAndReport, toIdent, type WaitOptions, withWaitOptions } from '../request.ts';
import { addEnrolCommand } from './enrol.ts';
import { addLinkCommands, addLookupCommand, addRefreshLinksCommand } from './link.ts';
import { addStatusCommand } from './status.ts';
import { addDisableCommand, addEnableCommand, addInitialSyncCommand, addTestCommand } from './switch.ts';

const commands = [
  addEnrolCommand,
  addLinkCommands,
  addLookupCommand,
  addRefreshLinksCommand,
  addForgetFieldCommand,
  addPullCommand,
  addStatusCommand,
  addTestCommand,
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
