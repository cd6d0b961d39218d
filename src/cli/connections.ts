import pg from 'pg';
import { Fault, toSentence } from '../base/fault.ts';
import { createLog, type Log } from '../base/log.ts';
import { closePool } from '../base/pool.ts';
import type { Config } from '../config/config.ts';
import type { OpenCredential } from '../domain/ports.ts';
import type { Broker } from '../kafka/broker.ts';
import { type ConnectClient, createConnectClient } from '../ops/connector.ts';
import { toMapping } from '../pics/mapping.ts';
import { createPics } from '../pics/pics.ts';
import { kafkaSettings, openPicsPool, realClock } from '../roles/ports.ts';
import { contextOf, roleSettings } from '../roles/role.ts';
import { createStorePool } from '../store/database.ts';
import { createStore } from '../store/store.ts';
import { allVendors } from '../vendors/all.ts';
import type { Vendor, VendorContext } from '../vendors/vendor.ts';

/** The log of the connections of commands. It is silent, because the command reports their errors itself. */
export const commandLog: Log = createLog({ level: 'silent' });

/** Lends a broker to one command. Few repeats: a person waits. */
export async function withBroker<T>(config: Config, use: (broker: Broker) => Promise<T>): Promise<T> {
  const { createKafkaBroker } = await import('../kafka/kafka-broker.ts');
  const settings = { ...kafkaSettings(config, 'pics-sync-cli'), retries: 2, log: commandLog };
  const broker = createKafkaBroker(settings);
  try {
    return await use(broker);
  } catch (error) {
    throw toKafkaFault(error, config);
  } finally {
    await broker.close();
  }
}

/** The client reports a broker that is away with several errors. For the user they all mean the same. */
function toKafkaFault(error: unknown, { kafka }: Config): unknown {
  const isAway =
    error instanceof Error && /^KafkaJS(Connection|NumberOfRetries|Broker|RequestTimeout)/.test(error.name);
  return isAway
    ? new Fault(
        `Kafka does not answer at ${kafka.brokers.join(', ')}. Check that it runs and that kafka.brokers is right.`,
      )
    : error;
}

export function createConnect({ connect }: Config): ConnectClient {
  return createConnectClient({ url: connect.url });
}

/** A statement of a command that is not answered in this time fails; those of `pics prepare` may wait for locks. */
const answerWithinMs = 60_000;

/** Opens a connection to PICS with the sync's role. */
export function withPics<T>({ pics }: Config, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const { host, port, database, user, password } = pics;
  const connection = { host, port, database, user, password: password.reveal() };
  return withClient('PICS', { ...connection, query_timeout: answerWithinMs }, use);
}

/** Opens a connection to PICS as its owner, for `pics prepare`. */
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
  const connectionString = store.url.reveal();
  return withClient('The sync database', { connectionString, query_timeout: answerWithinMs }, use);
}

async function withClient<T>(
  what: string,
  options: pg.ClientConfig,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...options,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: 'pics-sync-cli',
  });
  // If the connection breaks between statements, the next statement fails.
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

/** Lends what a vendor is asked with: one connection to each database, and calls beside the roles' budget. */
export async function withVendorContext<T>(
  config: Config,
  vendor: Vendor,
  use: (context: VendorContext) => Promise<T>,
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const databaseUrl = config.store.url.reveal();
  const storePool = createStorePool({ databaseUrl, maxConnections: 1 });
  stack.defer(() => closePool(storePool));
  const ports = {
    pics: createPics({
      pool: openPicsPool({ config, log: commandLog }, stack, { connections: 1 }),
      openMarkedPool: noTransactions,
      mapping: toMapping(config.pics.mapping),
      originPrefix: config.pics.replicationOriginPrefix,
      clock: realClock,
      log: commandLog,
    }),
    store: createStore({ pool: storePool, databaseUrl }),
    openCredential: unsharedCredential,
    vendors: allVendors,
    clock: realClock,
    log: commandLog,
  };
  return await use(contextOf(vendor, ports, roleSettings(config)));
}

function noTransactions(): never {
  throw new Error('a command does not reconcile');
}

const unsharedCredential: OpenCredential = () => ({
  budget: { take: async () => ({ waitedMs: 0 }), pauseFor: async () => {} },
  sessions: { read: async () => null, write: async () => {}, forget: async () => {} },
  close: async () => {},
});
