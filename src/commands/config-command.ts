import type { Command } from 'commander';
import { exitCodes, Fault } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { type Io, toJsonText } from './io.ts';
import type { CommonOptions } from './load-config.ts';
import { addGroup, withCommonOptions } from './options.ts';

export function addConfigCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'config', 'look at the configuration');
  withCommonOptions(group.command('check'))
    .description('check the settings file and the environment, naming every fault at once')
    .action((options: CommonOptions) => checkConfig(io, options));
  withCommonOptions(group.command('show'), { json: false })
    .description('print the configuration in force as JSON, without secrets')
    .action((options: CommonOptions) => showConfig(io, options));
}

function checkConfig(io: Io, options: CommonOptions): void {
  const read = readConfig(options.config, io.env);
  const faults = read.kind === 'faults' ? read.faults : listVendorFaults(read.config);
  const warnings = read.kind === 'faults' ? [] : read.config.warnings;
  if (options.json) io.write(toJsonText({ file: read.file, faults, warnings }));
  else {
    for (const { sentence } of faults) io.write(`${sentence}\n`);
    for (const warning of warnings) io.write(`Warning: ${warning}\n`);
    if (faults.length === 0) io.write(`The configuration is right (${read.file}).\n`);
  }
  if (faults.length > 0) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    throw new Fault(`The configuration (${read.file}) has ${count}.`, exitCodes.failed);
  }
}

function listVendorFaults({ vendors }: Config) {
  return Object.values(vendors).flatMap((section) => (section.kind === 'faulty' ? section.faults : []));
}

function showConfig(io: Io, options: CommonOptions): void {
  const read = readConfig(options.config, io.env);
  if (read.kind === 'faults') checkConfig(io, options);
  else io.write(toJsonText(read.config));
}
