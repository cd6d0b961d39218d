import { exitCodes, Fault } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import type { Io } from './io.ts';

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
