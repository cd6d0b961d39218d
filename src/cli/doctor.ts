import type { Command } from 'commander';
import type pg from 'pg';
import { Fault } from '../base/fault.ts';
import { type Config, readConfig } from '../config/config.ts';
import { messageOf } from '../domain/messages.ts';
import { createRegistry } from '../kafka/registry.ts';
import { describeSkew, measureSkew, readHttpDateMs } from '../ops/completeness.ts';
import { toStateOf } from '../ops/connector.ts';
import { isHealthy, type LagRow, slotLostAdvice, toSlotRow, toStartAdvice } from '../ops/lag.ts';
import { readSlotStatus } from '../pics/capture.ts';
import { findMissingSteps } from '../pics/install/install.ts';
import { readMissingColumns } from '../pics/mapping.ts';
import { createRedis, withinTime } from '../redis/client.ts';
import { checkRefusal } from '../requests/switch.ts';
import { createDatabaseSources, listQueues, listRoleGroups, readConditions } from '../roles/lag-reader.ts';
import { registryOptions } from '../roles/ports.ts';
import { listMigrations, readMigrations } from '../store/database.ts';
import { readVendorState } from '../store/vendor-state.ts';
import { allVendors } from '../vendors/all.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { createConnect, withBroker, withPics, withStore, withVendorContext } from './connections.ts';
import { readConnectorDrift } from './connector.ts';
import { readTopicFaults, toInstallOptions } from './install.ts';
import { type Io, toCountOf, toFailure, toJsonText } from './io.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from './options.ts';
import { readMapping } from './request.ts';
import { contractAdvice, unprovedNames } from './vendor/contract.ts';
import { fieldTexts } from './vendor/switch.ts';

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
      const ran = await withStore(config, readMigrations);
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

const oldestMajor = 15;

/** Checks the PICS database: version, capture, columns, and everything that `pics prepare` creates. */
function checkPics(config: Config): Promise<readonly Finding[]> {
  const advice = 'Start the PICS database, or correct the section pics.';
  return runCheck('PICS', advice, () =>
    withPics(config, async (client) => [
      await checkServer(client, config),
      await checkColumns(client, config),
      ...(await checkInstallation(client, config)),
      await checkSlot(client, config),
    ]),
  );
}

async function checkServer(client: pg.Client, { pics }: Config): Promise<Finding> {
  const { rows } = await client.query<{ version: string; number: string; level: string }>(
    `select current_setting('server_version') as version, current_setting('server_version_num') as number,
      current_setting('wal_level') as level`,
  );
  const [row] = rows;
  const where = `${pics.host}:${pics.port}/${pics.database}`;
  const version = row?.version ?? 'unknown';
  if (Number(row?.number ?? 0) < oldestMajor * 10_000) {
    return warn(
      'PICS',
      `${where}, PostgreSQL ${version}`,
      `Only version ${oldestMajor} and later are tested. Upgrade the server if you can.`,
    );
  }
  if (row?.level !== 'logical') {
    const advice = 'Set wal_level = logical and restart the server. Without it, changes cannot be captured.';
    return fail('PICS', `${where}, wal_level is ${row?.level}`, advice);
  }
  return ok('PICS', `${where}, PostgreSQL ${version}`);
}

async function checkColumns(client: pg.Client, config: Config): Promise<Finding> {
  const missing = await readMissingColumns(client, readMapping(config));
  if (missing.length === 0) return ok('PICS columns', 'every mapped column exists');
  const names = missing.slice(0, 5).map(({ table, field }) => `${table}.${field}`);
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : '';
  const advice =
    'Enter their names at this site in pics.mapping, or null for columns that this PICS does not have.';
  return warn('PICS columns', `missing: ${names.join(', ')}${more}`, advice);
}

/** A step that a server may refuse without harm is a warning with its consequence. */
async function checkInstallation(client: pg.Client, config: Config): Promise<Finding[]> {
  const missing = await findMissingSteps(client, toInstallOptions(config, { withPasswords: false }));
  if (missing.length === 0) {
    return [ok('PICS preparation', 'schema picsync, roles, grants, publication, identities, origins')];
  }
  const advice =
    'Run "pics-sync pics prepare", or give the output of "pics-sync pics prepare --print" to a database administrator.';
  const needed = missing.filter(({ ifRefused }) => ifRefused === undefined);
  const optional = missing.filter(({ ifRefused }) => ifRefused !== undefined);
  return [
    ...(needed.length === 0 ? [] : [fail('PICS preparation', `missing: ${toList(needed)}`, advice)]),
    ...optional.map(({ what, ifRefused }) =>
      warn('PICS preparation', `missing: ${what}; ${ifRefused}`, advice),
    ),
  ];
}

function toList(steps: readonly { readonly what: string }[]): string {
  const shown = steps.slice(0, 3).map(({ what }) => what);
  const more = steps.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

async function checkSlot(client: pg.Client, { connector, lag }: Config): Promise<Finding> {
  const slot = await readSlotStatus(client, connector.slot);
  if (slot === null) {
    return warn(
      'replication slot',
      `there is no "${connector.slot}"`,
      `Before the first "pics-sync connector apply" this is normal. Otherwise: ${slotLostAdvice}`,
    );
  }
  if (slot.walStatus === 'lost') {
    return fail(
      'replication slot',
      `the server has deleted log of "${connector.slot}" that was not read yet`,
      slotLostAdvice,
    );
  }
  const kept = `${Math.ceil(slot.keptBytes / 1_024)} kB of log kept`;
  if (!slot.isActive) {
    const advice =
      'The PICS server keeps its log until the connector runs again. Run "pics-sync connector status".';
    return warn('replication slot', `"${connector.slot}" is not being read, ${kept}`, advice);
  }
  const { advice } = toSlotRow({ slot, connector: connector.name }, lag);
  if (advice !== '') return fail('replication slot', `"${connector.slot}" is being read, ${kept}`, advice);
  return ok('replication slot', `"${connector.slot}" is being read, ${kept}`);
}

/** Each vendor: settings, sign-in, centre. A handful of calls beside the budget of the roles. */
async function checkVendors(config: Config): Promise<readonly Finding[]> {
  return (await Promise.all(allVendors.map((vendor) => checkVendor(config, vendor)))).flat();
}

function checkVendor(config: Config, vendor: Vendor): Promise<readonly Finding[]> {
  const { title, configName } = vendor;
  const see = `See the section ${configName}`;
  return runCheck(title, `${see}, and whether the connection is allowed.`, async () => {
    const section = config.vendors[configName];
    if (section === undefined) return [];
    if (section.kind === 'faulty')
      return section.faults.map(({ sentence }) =>
        fail(title, sentence, `Correct the section ${configName}.`),
      );
    if (section.kind === 'disabled')
      return [warn(title, 'it is not enabled', `Set ${configName}.enabled when the token is there.`)];
    return [
      ...unprovedNames(section.settings, vendor).map((sentence) =>
        warn(title, sentence, contractAdvice(vendor)),
      ),
      ...(await testVendor(config, vendor)),
      ...(await checkState(config, vendor)),
      ...(await checkFields(config, vendor)),
      ...(await checkVendorClock(config, vendor)),
    ];
  });
}

/** G-8: settings alone enable nothing. */
async function checkState(config: Config, { name, title, configName }: Vendor): Promise<readonly Finding[]> {
  const { isEnabled } = await withStore(config, (db) => readVendorState(db, name));
  if (isEnabled) return [];
  return [warn(title, 'it is set up and not enabled', `Give "pics-sync ${configName} enable".`)];
}

/** D-16: fields that the centre does not keep, or may not keep, so that what is in them waits for a person. */
async function checkFields(config: Config, vendor: Vendor): Promise<readonly Finding[]> {
  const { lostFields } = await withVendorContext(config, vendor, (context) =>
    vendor.switching(context).readStatus(),
  );
  return lostFields.map((field) => {
    const [state, sentence] = fieldTexts(field);
    const advice = `Ask ${vendor.title} for the field, then run "${vendor.configName} forget-field ${field.field}".`;
    return warn(`${state}: ${vendor.title}`, sentence, advice);
  });
}

/** The vendor's clock, from the date of any answer. It has whole seconds. */
async function checkVendorClock(config: Config, vendor: Vendor): Promise<readonly Finding[]> {
  const { title } = vendor;
  const skewMs = await withVendorContext(config, vendor, (context) =>
    measureSkew(() => readHttpDateMs(vendor.switching(context).address), Date.now),
  ).catch(() => null);
  if (skewMs === null || Number.isNaN(skewMs)) return [];
  const skew = describeSkew(title, skewMs);
  const what = `clock: ${title}`;
  return [skew === null ? ok(what, 'the same time') : fail(what, skew, 'Set the clock right with NTP.')];
}

async function testVendor(config: Config, vendor: Vendor): Promise<readonly Finding[]> {
  const { name, title, configName } = vendor;
  const advice = `See the section ${configName}.`;
  const check = await withVendorContext(config, vendor, (context) =>
    vendor.switching(context).check({ forEnabling: true }),
  );
  if (check.kind !== 'connected') {
    const { code, params } = checkRefusal(name, check);
    return [fail(title, messageOf(code ?? '', { vendor: name, ...params }), advice)];
  }
  const { centreId, centreCount, report } = check;
  if (centreId === null)
    return [fail(title, messageOf('MANY_CENTRES', { vendor: name, n: String(centreCount) }), advice)];
  const notes = Array.isArray(report['notes']) ? report['notes'].map(String) : [];
  return [
    ok(title, `${String(report['environment'])}, centre ${centreId}`),
    ...notes.map((note) => warn(title, note, advice)),
  ];
}

/** The result of one check. `advice` is empty if there is nothing to do. */
type Finding = {
  readonly status: 'ok' | 'warn' | 'fail';
  readonly what: string;
  readonly detail: string;
  readonly advice: string;
};

function ok(what: string, detail = ''): Finding {
  return { status: 'ok', what, detail, advice: '' };
}

function warn(what: string, detail: string, advice: string): Finding {
  return { status: 'warn', what, detail, advice };
}

function fail(what: string, detail: string, advice: string): Finding {
  return { status: 'fail', what, detail, advice };
}

type Check = () => Promise<readonly Finding[]>;

/** Runs a check. If its part does not answer, that is a finding too, and the other checks still run. */
async function runCheck(what: string, advice: string, check: Check): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    const sentence = toFailure(error).sentence ?? 'no reason given';
    return [fail(what, sentence.replace(/^(PICS|The sync database): /, ''), advice)];
  }
}

const colours = { ok: '\u001b[32m', warn: '\u001b[33m', fail: '\u001b[31m' } as const;

/** One line each, and below it what to do. */
function showFindings(io: Io, options: CommonOptions, findings: readonly Finding[]): void {
  if (options.json) {
    io.write(toJsonText(findings));
    return;
  }
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { status, what, detail, advice } of findings) {
    const mark = io.isTerminal ? `${colours[status]}${status.padEnd(4)}\u001b[0m` : status.padEnd(4);
    io.write(
      `${mark}  ${what.padEnd(width)}  ${detail}${advice === '' ? '' : `\n${' '.repeat(8 + width)}→ ${advice}`}\n`,
    );
  }
}
