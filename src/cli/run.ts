import type { Command } from 'commander';
import { usageFault } from '../base/fault.ts';
import { findNearest } from '../config/faults.ts';
import { type RoleName, roleNames } from '../roles/role.ts';
import type { Io } from './io.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from './options.ts';

type RunOptions = CommonOptions & { readonly httpPort?: number | 'any' };

export function addRunCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('run'), { json: false })
    .description('run roles until asked to stop; without names all of them')
    .argument('[roles...]', `any of ${roleNames.join(', ')}`)
    .option(
      '--http-port <port>',
      'port for metrics and health: a number, 0 for none, any for a free one',
      toPort,
    )
    .addHelpText('after', '\nSIGTERM or Ctrl-C finishes what is in work and ends; a second one ends at once.')
    .action(async (names: string[], options: RunOptions) => {
      const chosen = toRoleNames(names);
      const config = loadConfig(io, options);
      // Loaded late: these are the heavy packages, and no other command needs all of them.
      const { runRoles } = await import('../roles/run.ts');
      await runRoles(chosen, { config, signal: io.signal, httpPort: options.httpPort });
    });
}

function toRoleNames(names: readonly string[]): RoleName[] {
  for (const name of names) {
    if ((roleNames as readonly string[]).includes(name)) continue;
    const near = findNearest(name, roleNames);
    throw usageFault(
      `There is no role "${name}".${near === null ? '' : ` Did you mean ${near}?`} Known: ${roleNames.join(', ')}.`,
    );
  }
  return names.length === 0 ? [...roleNames] : roleNames.filter((name) => names.includes(name));
}

function toPort(text: string): number | 'any' {
  if (text === 'any') return 'any';
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw usageFault(`--http-port must be a port, 0 or any, not "${text}".`);
}
