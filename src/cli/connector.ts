import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { exitCodes, Fault } from '../base/fault.ts';
import { Secret } from '../base/secret.ts';
import { pollFor, sleep } from '../base/sleep.ts';
import type { Config } from '../config/config.ts';
import { type ConnectClient, type ConnectorStatus, toConnectorConfig, toStateOf } from '../ops/connector.ts';
import { toConnectorLists } from '../pics/install/columns.ts';
import { toCapture } from '../roles/capture.ts';
import { createConnect } from './connections.ts';
import { type Io, toJsonText } from './io.ts';
import { addGroup, type CommonOptions, loadConfig, toWholeNumber, withCommonOptions } from './options.ts';

type ApplyOptions = CommonOptions & { readonly timeout: number };

/**
 * Adds the commands for the connector.
 *
 * `apply` fills the placeholders of `connectors/pics.json`, sends the configuration to Kafka Connect if it
 * differs from the present one, and resumes the connector if it is paused or stopped. `apply`, `pause`,
 * `resume` and `restart` then poll the status until connector and tasks have the wanted state, one of them
 * fails, or the time is over.
 */
export function addConnectorCommand(program: Command, io: Io): void {
  const group = addGroup(
    program,
    'connector',
    'apply and control the connector that reads changes from PICS',
  );
  withCommonOptions(group.command('apply'))
    .description(
      'apply the configuration in connectors/pics.json to Kafka Connect, resume the connector and wait until it runs',
    )
    .option(
      '--timeout <seconds>',
      'how many seconds to wait',
      toWholeNumber('--timeout', { least: 1, most: 3_600 }),
      60,
    )
    .action((options: ApplyOptions) => applyConnector(io, options));
  withCommonOptions(group.command('status'))
    .description('show the state of the connector and its task')
    .action((options: CommonOptions) => showStatus(io, options));
  for (const [act, wanted, description] of [
    ['pause', 'PAUSED', 'stop reading from PICS; the PICS server keeps its log until "resume"'],
    ['resume', 'RUNNING', 'continue reading from PICS'],
    ['restart', 'RUNNING', 'restart the connector and its task'],
  ] as const) {
    withCommonOptions(group.command(act))
      .description(description)
      .action(async (options: CommonOptions) => {
        const { connect, name } = await openExisting(io, options);
        if (act === 'restart') {
          await connect.restart(name, { onlyFailed: false });
          // Connect still shows the earlier state for a moment.
          await sleep(1_000, io.signal);
        } else await connect[act](name);
        await reportWhen(wanted, { io, options, connect, name, timeoutS: 30 });
      });
  }
}

/** The values for the placeholders in `connectors/pics.json`. */
function toConnectorValues(config: Config): Record<string, string | undefined> {
  const { connector, pics, kafka } = config;
  const { tables, columns, cut } = toConnectorLists(toCapture(config).tables);
  return {
    TABLES: tables,
    COLUMNS: columns,
    CUT_COLUMNS: cut,
    PICS_HOST: connector.host,
    PICS_PORT: String(connector.port),
    PICS_DATABASE: pics.database,
    PICS_CONNECTOR_USER: connector.user,
    PICS_CONNECTOR_PASSWORD: connector.password?.reveal(),
    PICS_SLOT: connector.slot,
    PICS_PUBLICATION: connector.publication,
    TOPIC_PREFIX: `${kafka.topicPrefix}pics`,
    HEARTBEAT_INTERVAL_MS: String(connector.heartbeatIntervalMs),
    REGISTRY_URL_V2: connector.registryUrl,
    PARTITIONS: String(kafka.partitions),
    REPLICATION_FACTOR: String(kafka.replicationFactor),
  };
}

/** The configuration that the settings ask for. */
function toWantedConfig(config: Config): Record<string, string> {
  const file = new URL('../../connectors/pics.json', import.meta.url);
  const template = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  const filled = toConnectorConfig(template, toConnectorValues(config));
  if (filled.kind === 'incomplete') {
    throw new Fault(`connectors/pics.json has placeholders without a value: ${filled.missing.join(', ')}.`);
  }
  return filled.config;
}

/**
 * Names of settings in which the applied configuration differs from what the settings ask for; null if none was applied.
 * The password is not compared: only `apply` needs to know it.
 */
export async function readConnectorDrift(config: Config): Promise<readonly string[] | null> {
  const connect = createConnect(config);
  const applied = await connect.readConfig(config.connector.name);
  if (applied === null) return null;
  const known = { ...config.connector, password: config.connector.password ?? new Secret('unknown') };
  const differences = findDifferences(applied, toWantedConfig({ ...config, connector: known }));
  return differences.filter((name) => name !== 'database.password');
}

async function applyConnector(io: Io, options: ApplyOptions): Promise<void> {
  const config = loadConfig(io, options);
  if (config.connector.password === undefined) {
    throw new Fault(
      'connector.password is missing. Set it in the settings file, or set PICS_SYNC_CONNECTOR_PASSWORD in the environment.',
      exitCodes.usage,
    );
  }
  const faulty = Object.entries(config.vendors).filter(([, { kind }]) => kind === 'faulty');
  if (faulty.length > 0) {
    // Its columns would be left out, and with them every change that it is to be sent.
    const sections = faulty.map(([section]) => section).join(', ');
    throw new Fault(
      `The section ${sections} has faults: run "pics-sync config check" first.`,
      exitCodes.usage,
    );
  }
  const wanted = toWantedConfig(config);
  const connect = createConnect(config);
  const { name } = config.connector;
  const before = await connect.readConfig(name);
  const isSame = before !== null && findDifferences(before, wanted).length === 0;
  if (!isSame) {
    const result = await connect.putConfig(name, wanted);
    if (result.kind === 'refused') {
      throw new Fault(`Kafka Connect refused the configuration: ${result.reasons.join(' ')}`);
    }
    // Connect shows the old state for some seconds after a change; it must not be taken for the new one.
    if (before !== null) await sleep(5_000, io.signal);
  }
  const say = (sentence: string) => void (options.json || io.tell(`${sentence}\n`));
  say(isSame ? 'The configuration is already in place.' : 'The configuration was applied.');
  const rested = await resumeIfResting(connect, name);
  if (rested !== null)
    say(`The connector was ${rested} and has been resumed. If it was ${rested} on purpose, pause it again.`);
  await reportWhen('RUNNING', { io, options, connect, name, timeoutS: options.timeout });
}

/**
 * Resumes a connector that a user has paused or stopped, because a new configuration alone does not.
 * Returns its earlier state, or null if it was running.
 */
async function resumeIfResting(connect: ConnectClient, name: string): Promise<'PAUSED' | 'STOPPED' | null> {
  const state = (await connect.readStatus(name))?.state;
  if (state !== 'PAUSED' && state !== 'STOPPED') return null;
  await connect.resume(name);
  return state;
}

function findDifferences(
  present: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): string[] {
  const names = new Set([...Object.keys(present), ...Object.keys(wanted)]);
  names.delete('name');
  return [...names].filter((name) => present[name] !== wanted[name]);
}

async function openExisting(io: Io, options: CommonOptions) {
  const config = loadConfig(io, options);
  const connect = createConnect(config);
  const { name } = config.connector;
  const status = await connect.readStatus(name);
  if (status === null) {
    throw new Fault(`Kafka Connect has no connector "${name}". Run "pics-sync connector apply".`);
  }
  return { connect, name, status };
}

async function showStatus(io: Io, options: CommonOptions): Promise<void> {
  const { name, status } = await openExisting(io, options);
  report(io, options, name, status);
  if (toStateOf(status) === 'FAILED') throw toFailedFault(name, status);
}

type Wait = { io: Io; options: CommonOptions; connect: ConnectClient; name: string; timeoutS: number };

/**
 * Waits for the wanted state and shows the status. Throws a fault if the connector fails or the time limit
 * passes.
 */
async function reportWhen(wanted: 'RUNNING' | 'PAUSED', wait: Wait): Promise<void> {
  const { io, options, connect, name, timeoutS } = wait;
  let newest: ConnectorStatus | null = null;
  const ended = await pollFor(
    async () => {
      newest = await connect.readStatus(name);
      const state = newest === null ? null : toStateOf(newest);
      return state === wanted || state === 'FAILED' ? newest : null;
    },
    { everyMs: 250, timeoutMs: timeoutS * 1_000, signal: io.signal },
  );
  if (ended === null) {
    const state = newest === null ? 'not there yet' : toStateOf(newest);
    throw new Fault(
      `The connector "${name}" is ${state} after ${timeoutS} s; it should be ${wanted}. Run "pics-sync connector status" later.`,
    );
  }
  report(io, options, name, ended);
  if (toStateOf(ended) === 'FAILED') throw toFailedFault(name, ended);
}

function toFailedFault(name: string, { reason, tasks }: ConnectorStatus): Fault {
  const why = reason ?? tasks.find((task) => task.reason !== null)?.reason ?? 'no reason given';
  return new Fault(`The connector "${name}" has FAILED: ${why}`);
}

function report(io: Io, options: CommonOptions, name: string, status: ConnectorStatus): void {
  if (options.json) {
    io.write(toJsonText({ name, ...status }));
    return;
  }
  const tasks = status.tasks.map(({ id, state }) => `task ${id} ${state}`).join(', ');
  io.write(`${name}: connector ${status.state}, ${tasks === '' ? 'no task' : tasks}\n`);
}
