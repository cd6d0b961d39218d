import type { Command } from 'commander';
import { withPicsOwner } from './connections.ts';
import { toCountOf } from './count-text.ts';
import { toInstallOptions } from './install-options.ts';
import { type Io, toJsonText } from './io.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';
import { addGroup, withCommonOptions } from './options.ts';

type PrepareOptions = CommonOptions & { readonly print?: boolean };

export function addPicsCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'pics', 'look after what the sync needs in the PICS database');
  withCommonOptions(group.command('prepare'))
    .description('make schema picsync, roles, grants, publication and origins; a second time does nothing')
    .option('--print', 'print the SQL for a database administrator instead, without passwords')
    .action((options: PrepareOptions) => preparePics(io, options));
}

async function preparePics(io: Io, options: PrepareOptions): Promise<void> {
  const config = loadConfig(io, options);
  const { installPicsync, readInstallSql } = await import('../pics/install/install.ts');
  if (options.print)
    return io.write(`${readInstallSql(toInstallOptions(config, { withPasswords: false }))}\n`);
  const done = await withPicsOwner(config, (client) =>
    installPicsync(client, toInstallOptions(config, { withPasswords: true })),
  );
  if (options.json) return io.write(toJsonText({ done }));
  for (const what of done) io.write(`${what}\n`);
  io.write(
    done.length === 0
      ? 'PICS is prepared already.\n'
      : `PICS is prepared: ${toCountOf(done.length, 'thing')} done.\n`,
  );
}
