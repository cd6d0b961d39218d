import type { Command } from 'commander';
import { toCountOf } from './count-text.ts';
import { type Io, toJsonText } from './io.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';
import { addGroup, withCommonOptions } from './options.ts';

export function addStoreCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'store', 'look after the sync database');
  withCommonOptions(group.command('migrate'))
    .description('bring the sync database to the newest schema, forward only')
    .action((options: CommonOptions) => migrateStore(io, options));
}

async function migrateStore(io: Io, options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  const { migrate } = await import('../store/migrate.ts');
  const ran = await migrate(config.store.url.reveal());
  if (options.json) return io.write(toJsonText({ ran }));
  for (const name of ran) io.write(`applied ${name}\n`);
  io.write(
    ran.length === 0
      ? 'The sync database is up to date.\n'
      : `${toCountOf(ran.length, 'migration')} applied.\n`,
  );
}
