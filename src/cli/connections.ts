import pg from 'pg';
import { Fault } from '../base/fault.ts';
import { createLog, type Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import type { Broker } from '../kafka/broker.ts';
import type { KafkaSettings } from '../kafka/client.ts';
import { type ConnectClient, createConnectClient } from '../ops/connector.ts';
import { toSentence } from './io.ts';

/** For commands: what their connections have to say is told by the command itself. */
export const commandLog: Log = createLog({ level: 'silent' });

export function toKafkaSettings({ kafka }: Config, clientId: string): KafkaSettings {
  return {
    brokers: kafka.brokers,
    clientId,
    sessionTimeoutMs: kafka.sessionTimeoutMs,
    heartbeatIntervalMs: kafka.heartbeatIntervalMs,
    rebalanceTimeoutMs: kafka.rebalanceTimeoutMs,
  };
}

/** Lends a broker to one command. Few repeats: a person waits. */
export async function withBroker<T>(config: Config, use: (broker: Broker) => Promise<T>): Promise<T> {
  const { createKafkaBroker } = await import('../kafka/kafka-broker.ts');
  const settings = { ...toKafkaSettings(config, 'pics-sync-cli'), retries: 2, log: commandLog };
  const broker = createKafkaBroker(settings);
  try {
    return await use(broker);
  } catch (error) {
    throw toKafkaFault(error, config);
  } finally {
    await broker.close();
  }
}

/** The client tells a broker that is away in several ways; all mean the same to a person. */
function toKafkaFault(error: unknown, { kafka }: Config): unknown {
  const isAway =
    error instanceof Error && /^KafkaJS(Connection|NumberOfRetries|Broker|RequestTimeout)/.test(error.name);
  return isAway ? new Fault(`Kafka does not answer at ${kafka.brokers.join(', ')}.`) : error;
}

/** The configured address ends in the interface's path. */
export function toRegistryOptions(address: string): { url: string; basePath: string } {
  const { origin, pathname } = new URL(address);
  return { url: origin, basePath: pathname.replace(/\/+$/, '') };
}

export function createConnect({ connect }: Config): ConnectClient {
  return createConnectClient({ url: connect.url });
}

/** Lends a connection to PICS as the sync's own role. */
export function withPics<T>({ pics }: Config, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const { host, port, database, user, password } = pics;
  return withClient('PICS', { host, port, database, user, password: password.reveal() }, use);
}

/** Lends a connection to PICS as its owner, for `pics prepare`. */
export function withPicsOwner<T>({ pics }: Config, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const { host, port, database, owner } = pics;
  const password = owner.password?.reveal();
  return withClient(
    'PICS',
    { host, port, database, user: owner.user, ...(password !== undefined && { password }) },
    use,
  );
}

export function withStore<T>({ store }: Config, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient('The sync database', { connectionString: store.url.reveal() }, use);
}

async function withClient<T>(
  what: string,
  options: pg.ClientConfig,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...options,
    connectionTimeoutMillis: 5_000,
    application_name: 'pics-sync-cli',
  });
  // A connection that breaks between statements is told by the next one.
  client.on('error', () => {});
  await client.connect().catch((error: unknown) => {
    throw new Fault(`${what}: ${toSentence(error)}`);
  });
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
