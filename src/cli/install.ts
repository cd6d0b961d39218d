import type { Command } from 'commander';
import { exitCodes, Fault } from '../base/fault.ts';
import { type Config, readConfig } from '../config/config.ts';
import { vendorNames } from '../domain/vendor-name.ts';
import { checkTopics as readDifferences, type TopicDifference } from '../kafka/admin.ts';
import { type TopicSpec, topicTable } from '../kafka/topics.ts';
import type { InstallOptions } from '../pics/install/install.ts';
import { findMappingFaults, toMapping } from '../pics/mapping.ts';
import { originsPerVendor } from '../pics/reconcile.ts';
import { toCapture } from '../roles/capture.ts';
import { withBroker, withPicsOwner } from './connections.ts';
import { type Io, toCountOf, toJsonText } from './io.ts';
import { addGroup, type CommonOptions, loadConfig, withCommonOptions } from './options.ts';
import { addRebuildCommand } from './rebuild.ts';

type PrepareOptions = CommonOptions & { readonly print?: boolean };

export function addPicsCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'pics', 'prepare the PICS database for the sync');
  withCommonOptions(group.command('prepare'))
    .description(
      'create schema picsync, roles, grants, publication and replication origins; can be repeated safely',
    )
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
      ? 'PICS is already prepared.\n'
      : `PICS is prepared: ${toCountOf(done.length, 'step')} done.\n`,
  );
}

export function addStoreCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'store', 'manage the sync database');
  withCommonOptions(group.command('migrate'))
    .description('migrate the sync database to the newest schema; it cannot be migrated back')
    .action((options: CommonOptions) => migrateStore(io, options));
  addRebuildCommand(group, io);
}

async function migrateStore(io: Io, options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  const { migrate } = await import('../store/database.ts');
  const ran = await migrate(config.store.url.reveal());
  if (options.json) return io.write(toJsonText({ ran }));
  for (const name of ran) io.write(`applied ${name}\n`);
  io.write(
    ran.length === 0
      ? 'The sync database is up to date.\n'
      : `${toCountOf(ran.length, 'migration')} applied.\n`,
  );
}

export function addConfigCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'config', 'check and show the configuration');
  withCommonOptions(group.command('check'))
    .description('check the settings file and the environment, and list all faults')
    .action((options: CommonOptions) => checkConfig(io, options));
  withCommonOptions(group.command('show'), { json: false })
    .description('print the configuration in force as JSON, without secrets')
    .action((options: CommonOptions) => showConfig(io, options));
}

function checkConfig(io: Io, options: CommonOptions): void {
  const read = readConfig(options.config, io.env);
  const faults = read.kind === 'faults' ? read.faults : listConfigFaults(read.config);
  const warnings = read.kind === 'faults' ? [] : read.config.warnings;
  if (options.json) io.write(toJsonText({ file: read.file, faults, warnings }));
  else {
    for (const { sentence } of faults) io.write(`${sentence}\n`);
    for (const warning of warnings) io.write(`Warning: ${warning}\n`);
    if (faults.length === 0) io.write(`The configuration has no faults (${read.file}).\n`);
  }
  if (faults.length > 0) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    throw new Fault(`The configuration (${read.file}) has ${count}.`, exitCodes.failed);
  }
}

function listConfigFaults({ pics, vendors }: Config): readonly { readonly sentence: string }[] {
  const ofMapping = findMappingFaults(pics.mapping).map((sentence) => ({ sentence }));
  const ofVendors = Object.values(vendors).flatMap((section) =>
    section.kind === 'faulty' ? section.faults : [],
  );
  return [...ofMapping, ...ofVendors];
}

function showConfig(io: Io, options: CommonOptions): void {
  const read = readConfig(options.config, io.env);
  if (read.kind === 'faults') checkConfig(io, options);
  else io.write(toJsonText(read.config));
}

export function addTopicsCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'topics', 'create and check the Kafka topics');
  withCommonOptions(group.command('create'))
    .description('create the missing topics; existing topics are not changed')
    .action((options: CommonOptions) => createTopics(io, options));
  withCommonOptions(group.command('check'))
    .description('compare the topics with the required settings')
    .action((options: CommonOptions) => checkTopics(io, options));
}

function toTopicSpecs(config: Config): TopicSpec[] {
  const { partitions, replicationFactor } = config.kafka;
  return topicTable({ names: toCapture(config).topics, partitions, replicationFactor });
}

async function createTopics(io: Io, options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  const specs = toTopicSpecs(config);
  const created = await withBroker(config, ({ admin }) => admin.createTopics(specs));
  if (options.json) return io.write(toJsonText({ created, present: specs.length - created.length }));
  for (const name of created) io.write(`created ${name}\n`);
  io.write(`${created.length} created, ${specs.length - created.length} existed.\n`);
}

async function checkTopics(io: Io, options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  const faults = await readTopicFaults(config);
  if (options.json) io.write(toJsonText({ faults }));
  else for (const fault of faults) io.write(`${fault}\n`);
  if (faults.length > 0)
    throw new Fault(`${toCountOf(faults.length, 'topic')} with wrong settings or missing.`);
  if (!options.json) io.write('All topics exist and have the required settings.\n');
}

/** Returns one sentence for each topic that differs. */
export function readTopicFaults(config: Config): Promise<string[]> {
  const specs = toTopicSpecs(config);
  return withBroker(config, async ({ admin }) => toTopicSentences(await readDifferences(admin, specs)));
}

/** More replicas than required are not a fault. */
function toTopicSentences(differences: readonly TopicDifference[]): string[] {
  const byTopic = Map.groupBy(
    differences.filter(
      ({ what, wanted, found }) => what !== 'replicationFactor' || Number(found) < Number(wanted),
    ),
    ({ topic }) => topic,
  );
  return [...byTopic].map(([topic, ofTopic]) => {
    if (ofTopic.some(({ what }) => what === 'exists')) {
      return `${topic} is missing: run "pics-sync topics create".`;
    }
    const parts = ofTopic.map(({ what, wanted, found }) =>
      what === 'partitions'
        ? `it has ${found} partitions but kafka.partitions is ${wanted} (partitions are fixed at creation: change the setting)`
        : `${what} is ${found} and must be ${wanted}`,
    );
    return `${topic}: ${parts.join('; ')}.`;
  });
}

export function toInstallOptions(
  { pics, connector }: Config,
  { withPasswords }: { withPasswords: boolean },
): InstallOptions {
  return {
    mapping: toMapping(pics.mapping),
    roles: {
      connector: {
        name: connector.user,
        ...(withPasswords && connector.password !== undefined && { password: connector.password.reveal() }),
      },
      sync: { name: pics.user, ...(withPasswords && { password: pics.password.reveal() }) },
    },
    publication: connector.publication,
    origins: vendorNames.flatMap((vendor) =>
      Array.from(
        { length: originsPerVendor },
        (_, index) => `${pics.replicationOriginPrefix}:${vendor}:${index + 1}`,
      ),
    ),
    requesters: [],
  };
}
