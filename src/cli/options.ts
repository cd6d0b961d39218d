import type { Command } from 'commander';
import { exitCodes, Fault, usageFault } from '../base/fault.ts';
import { type Config, readConfig } from '../config/config.ts';
import type { Io } from './io.ts';

/** `--config` and, on commands that print data, `--json`. */
export function withCommonOptions(command: Command, { json = true }: { json?: boolean } = {}): Command {
  command.option('--config <file>', 'settings file (default: PICS_SYNC_CONFIG, else pics-sync.yaml)');
  if (json) command.option('--json', 'print JSON for programs');
  return command;
}

/** A group of commands: named alone it is a mistake that shows what there is. */
export function addGroup(program: Command, name: string, description: string): Command {
  const group = program.command(name).description(description);
  return group
    .action((_options, command: Command) => {
      const [given] = command.args;
      const known = group.commands.map((one) => one.name()).join(', ');
      throw usageFault(
        given === undefined
          ? `Say what to do: ${name} ${known.replaceAll(', ', ` | `)}.`
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

/** Options every command has. */
export type CommonOptions = { readonly config?: string; readonly json?: boolean };

/** The configuration, or a fault that names everything that is wrong with it. Warnings are told. */
export function loadConfig(io: Io, options: CommonOptions): Config {
  const read = readConfig(options.config, io.env);
  if (read.kind === 'faults') {
    const list = read.faults.map(({ sentence }) => `  ${sentence}`).join('\n');
    throw new Fault(`The configuration (${read.file}) cannot be used:\n${list}`, exitCodes.usage);
  }
  for (const warning of read.config.warnings) io.tell(`Warning: ${warning}\n`);
  return read.config;
}
