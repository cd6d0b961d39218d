import pg from 'pg';
import { silentLog } from '../../../src/base/log.ts';
import { createKafkaBroker } from '../../../src/kafka/kafka-broker.ts';
import { type StackAddresses, toPostgresUrl } from '../../../stack/addresses.ts';
import { toPicsDatabase, toStoreDatabase } from './config-file.ts';

type Place = { readonly name: string; readonly stack: StackAddresses };

/** Takes connector, slot, databases, roles, replication origins and topics off the stack. Goes on past what is gone. */
export async function dropDeployment({ name, stack }: Place): Promise<void> {
  const failures: unknown[] = [];
  const attempt = (step: () => Promise<unknown>): Promise<unknown> =>
    step().catch((error) => failures.push(error));
  await attempt(() => fetch(`${stack.connect}/connectors/${name}`, { method: 'DELETE' }));
  await attempt(() => dropFromPostgres({ name, stack }, attempt));
  await attempt(() => dropTopics({ name, stack }));
  if (failures.length > 0) throw new AggregateError(failures, `${name} was not taken off the stack whole`);
}

async function dropFromPostgres(
  { name, stack }: Place,
  attempt: (step: () => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  const admin = new pg.Client({ connectionString: toPostgresUrl(stack.postgres) });
  await admin.connect();
  try {
    await attempt(() => dropSlot(admin, name));
    for (const database of [toPicsDatabase(name), toStoreDatabase(name)])
      await attempt(() => admin.query(`drop database if exists "${database}" with (force)`));
    for (const role of [`sync_${name}`, `connector_${name}`])
      await attempt(() => admin.query(`drop role if exists "${role}"`));
    await attempt(() =>
      admin.query(
        'select pg_replication_origin_drop(roname) from pg_replication_origin where roname like $1',
        [`${name}:%`],
      ),
    );
  } finally {
    await admin.end();
  }
}

/** The connector lets go of its slot some time after it was deleted. */
async function dropSlot(admin: pg.Client, name: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (Date.now() < deadline) {
    const { rows } = await admin.query<{ active: boolean }>(
      'select active from pg_replication_slots where slot_name = $1',
      [name],
    );
    if (rows[0] === undefined) return;
    if (!rows[0].active) {
      await admin.query('select pg_drop_replication_slot($1)', [name]);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the slot ${name} is still in use`);
}

async function dropTopics({ name, stack }: Place): Promise<void> {
  const broker = createKafkaBroker({ brokers: stack.kafka, clientId: 'drop', log: silentLog });
  try {
    const topics = await broker.admin.listTopics();
    await broker.admin.deleteTopics(topics.filter((topic) => topic.includes(`${name}.`)));
  } finally {
    await broker.close();
  }
}
