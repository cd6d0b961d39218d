import { readdirSync } from 'node:fs';
import type { Command } from 'commander';
import { Fault } from '../base/fault.ts';
import { type Config, readConfig } from '../config/config.ts';
import { createRegistry } from '../kafka/registry.ts';
import { toStateOf } from '../ops/connector.ts';
import { isHealthy, type LagRow, toStartAdvice } from '../ops/lag.ts';
import { toSqlState } from '../pics/queryable.ts';
import { createRedis, withinTime } from '../redis/client.ts';
import { createDatabaseSources, listQueues, listRoleGroups, readConditions } from '../roles/lag-reader.ts';
import { registryOptions } from '../roles/ports.ts';
import { createConnect, withBroker, withPics, withStore } from './connections.ts';
import { readConnectorDrift } from './connector.ts';
import { checkPics } from './doctor-pics.ts';
import { checkVendors } from './doctor-vendors.ts';
import { type Finding, fail, ok, runCheck, showFindings, warn } from './finding.ts';
import { readTopicFaults } from './install.ts';
import { type Io, toCountOf } from './io.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from './options.ts';

export function addDoctorCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('doctor'))
    .description('check every connection and show what is wrong and what to do')
    .action((options: CommonOptions) => examine(io, options));
}

async function examine(io: Io, options: CommonOptions): Promise<void> {
  const quiet: Io = { ...io, tell: () => {} };
  const config = loadConfig(quiet, options);
  const { file } = readConfig(options.config, io.env);
  const checks = await Promise.all([
    checkPics(config),
    checkKafka(config),
    checkStore(config),
    checkRedis(config),
    checkVendors(config),
    checkConditions(config),
  ]);
  const warnings = config.warnings.map((text) => warn('configuration', text, 'Correct the setting.'));
  const findings = [ok('configuration', file), ...warnings, ...checks.flat()];
  showFindings(io, options, findings);
  const failed = findings.filter(({ status }) => status === 'fail').length;
  if (failed > 0) throw new Fault(`${failed} of ${findings.length} checks failed.`);
}

/** Checks Kafka, its topics, the registry, Kafka Connect and the connector. */
async function checkKafka(config: Config): Promise<readonly Finding[]> {
  const address = config.kafka.brokers.join(', ');
  const groups = await Promise.all([
    runCheck('Kafka', 'Start Kafka, or correct kafka.brokers.', async () => {
      const topics = await withBroker(config, ({ admin }) => admin.listTopics());
      return [
        ok('Kafka', `${address}, ${topics.length} topics`),
        ...(await checkTopics(config)),
        ...(await checkWorkers(config)),
      ];
    }),
    runCheck('schema registry', 'Start it, or correct registry.url.', async () => {
      await createRegistry({ ...registryOptions(config.registry.url), attempts: 1 }).check();
      return [ok('schema registry', config.registry.url)];
    }),
    runCheck('Kafka Connect', 'Start Kafka Connect, or correct connect.url.', () => checkConnect(config)),
  ]);
  return groups.flat();
}

function checkTopics(config: Config): Promise<readonly Finding[]> {
  return runCheck('topics', 'Run "pics-sync topics check".', async () => {
    const faults = await readTopicFaults(config);
    if (faults.length === 0) return [ok('topics', 'all exist with the required settings')];
    const missing = faults.filter((fault) => fault.includes('is missing'));
    const others = faults.filter((fault) => !missing.includes(fault));
    return [
      ...(missing.length > 0
        ? [fail('topics', `${missing.length} are missing`, 'Run "pics-sync topics create".')]
        : []),
      ...others.map((fault) => warn('topics', fault, 'Correct the topic or the setting.')),
    ];
  });
}

/** A role without a process is a warning, not a failure: between installation and start that is normal. */
function checkWorkers(config: Config): Promise<readonly Finding[]> {
  return runCheck('roles', 'Run "pics-sync lag".', async () => {
    const queues = listQueues(config).flatMap(({ role, group }) => (role === null ? [] : [{ role, group }]));
    const groups = [...queues, ...listRoleGroups(config)];
    const counts = await withBroker(config, ({ admin }) =>
      Promise.all(groups.map(async ({ role, group }) => ({ role, count: await admin.countMembers(group) }))),
    );
    const left = [...new Set(counts.filter(({ count }) => count === 0).map(({ role }) => role))];
    if (groups.length === 0) return [];
    if (left.length === 0) return [ok('roles', 'every role has a process')];
    return left.map((role) => warn('roles', `${role} has no process`, toStartAdvice(role)));
  });
}

async function checkConnect(config: Config): Promise<readonly Finding[]> {
  const connect = createConnect(config);
  const version = await connect.readVersion();
  const { name } = config.connector;
  const status = await connect.readStatus(name);
  return [
    ok('Kafka Connect', `${config.connect.url}, version ${version}`),
    toConnectorFinding(name, status),
    ...(await checkConnectorSettings(config)),
  ];
}

/** Which columns are captured follows from the settings, and only `connector apply` changes the connector. */
async function checkConnectorSettings(config: Config): Promise<readonly Finding[]> {
  const drift = await readConnectorDrift(config);
  if (drift === null || drift.length === 0) return [];
  const advice =
    'Run "pics-sync connector apply". Until then changes of columns that it does not capture wait for the daily run.';
  return [warn('connector', `it runs with other settings: ${drift.join(', ')}`, advice)];
}

function toConnectorFinding(
  name: string,
  status: Awaited<ReturnType<ReturnType<typeof createConnect>['readStatus']>>,
): Finding {
  if (status === null) return fail('connector', `there is no "${name}"`, 'Run "pics-sync connector apply".');
  const state = toStateOf(status);
  if (state === 'RUNNING') return ok('connector', `"${name}" is RUNNING`);
  if (state !== 'FAILED')
    return warn('connector', `"${name}" is ${state}`, 'Run "pics-sync connector resume".');
  const reason =
    status.reason ?? status.tasks.find((task) => task.reason !== null)?.reason ?? 'no reason given';
  return fail(
    'connector',
    `"${name}" has FAILED: ${reason}`,
    'Remove the cause, then run "pics-sync connector restart".',
  );
}

/** Checks the sync database and its migrations. */
function checkStore(config: Config): Promise<readonly Finding[]> {
  return runCheck(
    'sync database',
    'Start or create the sync database, or correct the section store.',
    async () => {
      const ran = await readMigrations(config);
      const migrate = 'Run "pics-sync store migrate".';
      if (ran === null) return [fail('sync database', 'it is empty', migrate)];
      const wanted = listMigrations();
      const missing = wanted.filter((name) => !ran.includes(name));
      const newer = ran.filter((name) => !wanted.includes(name));
      if (missing.length > 0) {
        return [fail('sync database', `${toCountOf(missing.length, 'migration')} not applied yet`, migrate)];
      }
      if (newer.length > 0) {
        const advice = 'A newer version of pics-sync has migrated this database. Run that version.';
        return [
          fail('sync database', `${toCountOf(newer.length, 'migration')} unknown to this version`, advice),
        ];
      }
      return [ok('sync database', `${toCountOf(ran.length, 'migration')} applied, none missing`)];
    },
  );
}

/** Null if no migration ever ran. */
async function readMigrations(config: Config): Promise<string[] | null> {
  const tableIsMissing = '42P01';
  return withStore(config, async (client) => {
    try {
      const { rows } = await client.query<{ name: string }>('select name from sync.migration order by id');
      return rows.map(({ name }) => name);
    } catch (error) {
      if (toSqlState(error) === tableIsMissing) return null;
      throw error;
    }
  });
}

function listMigrations(): string[] {
  const files = readdirSync(new URL('../store/migrations', import.meta.url));
  return files.filter((file) => /\.(sql|ts)$/.test(file)).map((file) => file.replace(/\.\w+$/, ''));
}

/** Redis is optional: without it, each process keeps to its own share of the calls. */
async function checkRedis(config: Config): Promise<readonly Finding[]> {
  const redis = createRedis({ url: config.redis.url.reveal() });
  try {
    const info = await withinTime(redis, 1_500, (client) => client.info('server'));
    const version = /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
    return [ok('Redis', `version ${version}`)];
  } catch {
    const advice =
      'Start Redis, or correct redis.url. Until then each process uses only its own share of the calls.';
    return [warn('Redis', 'it does not answer', advice)];
  } finally {
    redis.disconnect();
  }
}

/** G-11: what is missing although every part answers. */
async function checkConditions(config: Config): Promise<readonly Finding[]> {
  const databases = createDatabaseSources(config, {
    pics: (use) => withPics(config, use),
    store: (use) => withStore(config, use),
  });
  const rows = await readConditions(config, databases);
  // What could not be read is a finding of the part that is away.
  return rows.filter(({ status }) => status !== 'unknown').map(toFinding);
}

function toFinding(row: LagRow): Finding {
  const { what, count, unit, ageMs, status, advice } = row;
  if (!isHealthy([row])) return fail(what, status, advice);
  const parts = [
    count === null ? null : `${count} ${unit}`,
    ageMs === null ? null : `${(ageMs / 1_000).toFixed(1)} s`,
  ];
  const detail = parts.filter((part) => part !== null).join(', ');
  return ok(what, detail === '' ? status : detail);
}
