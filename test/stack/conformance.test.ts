import { Redis } from 'ioredis';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import pg from 'pg';
import { expect } from 'vitest';
import { readSchema, registerSchema, schemaOf } from '../support/stack/registry-schemas.ts';
import { stackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';

// The same claims on whichever stack is there: given addresses, containers or local processes.

function openKafka() {
  return new Kafka({
    clientId: uniqueName('conformance'),
    brokers: useStack().kafka,
    logLevel: logLevel.NOTHING,
  });
}

stackTest(
  'a record sent to Kafka is consumed with its key, value and header',
  { timeout: 60_000 },
  async () => {
    const kafka = openKafka();
    const topic = uniqueName('conformance');
    const admin = kafka.admin();
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    const consumer = kafka.consumer({ groupId: topic });
    await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
    try {
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3 }] });
      await producer.send({
        topic,
        messages: [{ key: '00017', value: 'changed', headers: { origin: 'test' } }],
      });
      await consumer.subscribe({ topic, fromBeginning: true });
      const received = await new Promise((resolve) => {
        void consumer.run({
          eachMessage: async ({ message }) =>
            resolve([
              message.key?.toString(),
              message.value?.toString(),
              message.headers?.['origin']?.toString(),
            ]),
        });
      });
      expect(received).toEqual(['00017', 'changed', 'test']);
    } finally {
      await Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()]);
    }
  },
);

stackTest('a topic that nobody created does not come into being by being asked for', async () => {
  const admin = openKafka().admin();
  await admin.connect();
  try {
    const topic = uniqueName('nobody_made_me');
    await expect(admin.fetchTopicMetadata({ topics: [topic] })).rejects.toThrow();
    expect(await admin.listTopics()).not.toContain(topic);
  } finally {
    await admin.disconnect();
  }
});

stackTest('a registered schema is read back under its id', async () => {
  const subject = uniqueName('conformance');
  expect(await readSchema(await registerSchema(subject))).toEqual(JSON.parse(schemaOf(subject)));
});

stackTest('the registry also speaks the API that the converter uses', async () => {
  const response = await fetch(`${useStack().registryV2}/system/info`);
  expect(response.status).toBe(200);
});

stackTest('Connect knows the Debezium connector for PostgreSQL', async () => {
  const response = await fetch(`${useStack().connect}/connector-plugins`);
  const plugins = (await response.json()) as { class: string; version: string }[];
  expect(plugins).toContainEqual(
    expect.objectContaining({
      class: 'io.debezium.connector.postgresql.PostgresConnector',
      version: '3.7.0.Final',
    }),
  );
});

stackTest('Connect can use the Avro converter', async () => {
  const response = await fetch(`${useStack().connect}/connector-plugins?connectorsOnly=false`);
  const plugins = (await response.json()) as { class: string; type: string }[];
  expect(plugins).toContainEqual(
    expect.objectContaining({
      class: 'io.apicurio.registry.utils.converter.AvroConverter',
      type: 'converter',
    }),
  );
});

stackTest('PostgreSQL is a 17 that decodes its log, with room for many slots', async () => {
  const client = new pg.Client(useStack().postgres);
  await client.connect();
  const slot = uniqueName('conformance');
  try {
    const { rows } = await client.query(
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('wal_level') as wal,
        current_setting('max_replication_slots')::int as slots, current_setting('max_wal_senders')::int as senders`,
    );
    expect(rows[0]).toMatchObject({ major: 17, wal: 'logical' });
    expect(rows[0].slots).toBeGreaterThanOrEqual(40);
    expect(rows[0].senders).toBeGreaterThanOrEqual(40);
    await client.query(`select pg_create_logical_replication_slot($1, 'pgoutput', true)`, [slot]);
  } finally {
    await client.end();
  }
});

stackTest('PostgreSQL folds letters beyond ASCII', async () => {
  const client = new pg.Client(useStack().postgres);
  await client.connect();
  try {
    const { rows } = await client.query(`select upper('siân ó') as upper`);
    expect(rows[0].upper).toBe('SIÂN Ó');
  } finally {
    await client.end();
  }
});

stackTest('Redis keeps a value until its time is over and runs scripts', async () => {
  const redis = new Redis(useStack().redis, { lazyConnect: true });
  await redis.connect();
  const key = uniqueName('conformance');
  try {
    await redis.set(key, '5', 'PX', 60_000);
    expect(await redis.eval('return redis.call("DECRBY", KEYS[1], ARGV[1])', 1, key, 2)).toBe(3);
    expect(await redis.pttl(key)).toBeGreaterThan(0);
  } finally {
    await redis.del(key);
    redis.disconnect();
  }
});
