import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addGroup } from '../options.ts';
import { addDisableCommand } from './disable-command.ts';
import { addEnableCommand } from './enable-command.ts';
import { addEnrolCommand } from './enrol-command.ts';
import { addInitialSyncCommand } from './initial-sync-command.ts';
import { addLinkCommands } from './link-command.ts';
import { addLookupCommand } from './lookup-command.ts';
import { addPullCommand } from './pull-command.ts';
import { addRefreshLinksCommand } from './refresh-links-command.ts';
import { addStatusCommand } from './status-command.ts';
import { addTestCommand } from './test-command.ts';

const commands = [
  addEnrolCommand,
  addLinkCommands,
  addLookupCommand,
  addRefreshLinksCommand,
  addPullCommand,
  addStatusCommand,
  addTestCommand,
  addEnableCommand,
  addDisableCommand,
  addInitialSyncCommand,
];

/** Everything that a person asks of OneFile, each a row of `picsync.request` as PICS and the page write it. */
export function addOneFileCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'onefile', 'enrol, link, look up and synchronise with OneFile');
  for (const add of commands) add(group, io);
}
