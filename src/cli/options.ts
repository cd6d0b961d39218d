import type { Command } from 'commander';
import { exitCodes, Fault, usageFault } from '../base/fault.ts';
import { type Config, readConfig } from '../config/config.ts';
import type { Io } from './io.ts';

/** `--config` and, on commands that print data, `--json`. */
export function withCommonOptions(command: Command, { json = true }: { json?: boolean } = {}): Command {
  command.option(
    '--config <file>',
    'settings file (default: the value of PICS_SYNC_CONFIG, or pics-sync.yaml)',
  );
  if (json) command.option('--json', 'print JSON for programs');
  return command;
}

/** Adds a group of commands. The group name alone is a usage error that lists its commands. */
export function addGroup(program: Command, name: string, description: string): Command {
  const group = program.command(name).description(description);
  return group
    .action((_options, command: Command) => {
      const [given] = command.args;
      const known = group.commands.map((one) => one.name()).join(', ');
      throw usageFault(
        given === undefined
          ? `Add a command: ${name} ${known.replaceAll(', ', ` | `)}.`
          : `"${name} ${given}" is not a command. Known: ${known}.`,
      );
    })
    .allowExcessArguments();
}

/** Parses a whole number option. */
export function toWholeNumber(option: string, { least = 0, most = Number.MAX_SAFE_INTEGER } = {}) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw usageFault(`${option} must be a whole number from ${least} to ${most}, not "${text}".`);
    }
    return value;
  };
}

/** The options of every command. */
export type CommonOptions = { readonly config?: string; readonly json?: boolean };

/** Reads the configuration, or throws a fault that lists everything wrong with it. Warnings are shown. */
export function loadConfig(io: Io, options: CommonOptions): Config {
  const read = readConfig(options.config, io.env);
  if (read.kind === 'faults') {
    const list = read.faults.map(({ sentence }) => `  ${sentence}`).join('\n');
    throw new Fault(`The configuration (${read.file}) cannot be used:\n${list}`, exitCodes.usage);
  }
  for (const warning of read.config.warnings) io.tell(`Warning: ${warning}\n`);
  return read.config;
}
