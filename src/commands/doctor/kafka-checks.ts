import type { Config } from '../../config/config.ts';
import { createRegistry } from '../../kafka/registry.ts';
import { toStartAdvice } from '../../ops/lag-report.ts';
import { createConnect, toRegistryOptions, withBroker } from '../connections.ts';
import { toStateOf } from '../connector-command.ts';
import { listQueues, listRoleGroups } from '../queues.ts';
import { readTopicFaults } from '../topics-command.ts';
import { type Finding, fail, ok, runCheck, warn } from './check.ts';

/** Kafka, its topics, the registry, Kafka Connect and the connector. */
export async function checkKafka(config: Config): Promise<readonly Finding[]> {
  const address = config.kafka.brokers.join(', ');
  const groups = await Promise.all([
    runCheck('Kafka', 'Start it, or correct kafka.brokers.', async () => {
      const topics = await withBroker(config, ({ admin }) => admin.listTopics());
      return [
        ok('Kafka', `${address}, ${topics.length} topics`),
        ...(await checkTopics(config)),
        ...(await checkWorkers(config)),
      ];
    }),
    runCheck('schema registry', 'Start it, or correct registry.url.', async () => {
      await createRegistry({ ...toRegistryOptions(config.registry.url), attempts: 1 }).check();
      return [ok('schema registry', config.registry.url)];
    }),
    runCheck('Kafka Connect', 'Start it, or correct connect.url.', () => checkConnect(config)),
  ]);
  return groups.flat();
}

function checkTopics(config: Config): Promise<readonly Finding[]> {
  return runCheck('topics', 'Run "pics-sync topics check".', async () => {
    const faults = await readTopicFaults(config);
    if (faults.length === 0) return [ok('topics', 'all as they must be')];
    const missing = faults.filter((fault) => fault.includes('is missing'));
    const others = faults.filter((fault) => !missing.includes(fault));
    return [
      ...(missing.length > 0
        ? [fail('topics', `${missing.length} are missing`, 'Run "pics-sync topics create".')]
        : []),
      ...others.map((fault) =>
        warn('topics', fault, 'Correct the topic, or the setting it is compared with.'),
      ),
    ];
  });
}

/** A warning, not a failure: between installation and start nobody works, and that is right. */
function checkWorkers(config: Config): Promise<readonly Finding[]> {
  return runCheck('roles', 'Run "pics-sync lag".', async () => {
    const queues = listQueues(config).flatMap(({ role, group }) => (role === null ? [] : [{ role, group }]));
    const groups = [...queues, ...listRoleGroups(config)];
    const counts = await withBroker(config, ({ admin }) =>
      Promise.all(groups.map(async ({ role, group }) => ({ role, count: await admin.countMembers(group) }))),
    );
    const left = [...new Set(counts.filter(({ count }) => count === 0).map(({ role }) => role))];
    if (groups.length === 0) return [];
    if (left.length === 0) return [ok('roles', 'each is run by somebody')];
    return left.map((role) => warn('roles', `no process runs ${role}`, toStartAdvice(role)));
  });
}

async function checkConnect(config: Config): Promise<readonly Finding[]> {
  const connect = createConnect(config);
  const version = await connect.readVersion();
  const { name } = config.connector;
  const status = await connect.readStatus(name);
  return [ok('Kafka Connect', `${config.connect.url}, version ${version}`), toConnectorFinding(name, status)];
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
    'Mend the reason, then "pics-sync connector restart".',
  );
}
