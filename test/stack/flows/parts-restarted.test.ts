import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { supervise } from '../../../src/base/supervise.ts';
import { createConsume } from '../../../src/kafka/consume.ts';
import { createKafkaBroker } from '../../../src/kafka/kafka-broker.ts';
import { createPublisher } from '../../../src/kafka/producer.ts';
import type { PartControl } from '../../../stack/control.ts';
import { expectAge, untilLine } from '../../support/deployment/lag.ts';
import {
  expectOnceEach,
  planReviews,
  readLinkedIdents,
  type SeenReview,
  untilDelivered,
} from '../../support/deployment/reviews.ts';
import { settle } from '../../support/deployment/settle.ts';
import { startTraffic } from '../../support/deployment/traffic.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { readSchema, registerSchema, schemaOf } from '../../support/stack/registry-schemas.ts';
import { localStackTest as test, uniqueName, useStack } from '../../support/stack/use-stack.ts';

// Every test that stops or kills a part of the stack of this run is in this file, for no other test may need the part
// meanwhile: vitest.config.ts runs it while no other file uses the stack.

const installation = useDeployment('restarted');
const deadlineMs = 100_000;

type Disturbance = (parts: PartControl, untilMore: (count: number) => Promise<unknown>) => Promise<void>;

const disturbances: readonly [string, Disturbance][] = [
  [
    'the broker is killed and comes back',
    async (parts, untilMore) => {
      await parts.kill('kafka');
      await untilMore(10);
      await parts.start('kafka');
    },
  ],
  [
    'Connect is killed and comes back',
    async (parts, untilMore) => {
      await parts.kill('connect');
      await untilMore(10);
      await parts.start('connect');
    },
  ],
  [
    'the registry is killed and comes back',
    async (parts, untilMore) => {
      await parts.kill('registry');
      await untilMore(10);
      await parts.start('registry');
    },
  ],
  [
    'Redis is flushed, stopped and comes back',
    async (parts, untilMore) => {
      await flushRedis();
      await untilMore(10);
      await parts.stop('redis');
      await untilMore(10);
      await parts.start('redis');
    },
  ],
  // Last, since it holds PICS, the sync database and the registry's.
  ['Postgres is restarted', (parts) => parts.restart('postgres')],
];

test.each(disturbances)(
  'nothing is lost and nothing doubled when %s under traffic, and the roles recover by themselves',
  async (_what, disturb) => {
    const deployment = installation();
    const { parts } = useStack();
    if (parts === null) throw new Error('the parts of this stack cannot be stopped');
    const roles = await deployment.startRoles('outbound', 'poller', 'reconciler', 'ops');
    const traffic = startTraffic(deployment);
    await untilDelivered(deployment, await traffic.untilMore(5));
    await disturb(parts, traffic.untilMore);
    await traffic.untilMore(10);
    const reviews = await traffic.stop();
    await untilDelivered(deployment, reviews, deadlineMs);
    await settle(deployment);
    await expectOnceEach(deployment, reviews);
    expect(findTwins(await deployment.oneFile.records<SeenReview>('reviews'))).toEqual([]);
    expect((await fetch(`${roles.httpUrl}/healthz`)).status).toBe(200);
  },
  240_000,
);

test('a broker killed under load: publishing says what it does not know, consuming goes on, nothing is lost', {
  timeout: 120_000,
}, async () => {
  const { parts, kafka } = useStack();
  const [topic, group] = [uniqueName('killed'), uniqueName('group')];
  const settings = {
    brokers: kafka,
    clientId: 'killed',
    sessionTimeoutMs: 6_000,
    heartbeatIntervalMs: 500,
  };
  const broker = createKafkaBroker({ ...settings, retries: 3, log: silentLog });
  await broker.admin.createTopics([{ name: topic, partitions: 3, replicationFactor: 1, config: {} }]);
  const publisher = createPublisher({ producer: broker.createProducer() });
  const publish = (key: string) =>
    publisher.publish({ topic, key: Buffer.from(key), value: Buffer.from(key) });
  const seen = new Set<string>();
  const stop = new AbortController();
  const flow = (signal: AbortSignal) => {
    const consumer = broker.createConsumer({ group, topics: [topic] });
    return createConsume({ consumer, handle: (record) => void seen.add(String(record.key)) }).run(signal);
  };
  const policy = { firstMs: 200, mostMs: 1_000, healthyMs: 60_000 };
  const supervised = supervise('consume', flow, { signal: stop.signal, log: silentLog, policy });
  const acknowledged: string[] = [];
  let refused = 0;
  let asked = 0;
  const load = async (name: string, isOver: (index: number) => boolean) => {
    for (let index = 0; !isOver(index); index += 1) {
      const keys = [0, 1, 2, 3, 4].map((part) => `${name}-${index}-${part}`);
      asked += keys.length;
      const outcomes = await Promise.allSettled(keys.map(publish));
      outcomes.forEach(({ status }, at) => {
        if (status === 'fulfilled') acknowledged.push(keys[at]!);
        else refused += 1;
      });
    }
  };
  await load('before', (index) => index === 40);
  let isBack = false;
  const during = load('during', () => isBack);
  await parts!.kill('kafka');
  expect((await Promise.allSettled([publish('nobody-there')]))[0]?.status).toBe('rejected');
  await parts!.start('kafka');
  isBack = true;
  await during;
  await load('after', (index) => index === 40);
  await eventually(() => {
    const missing = acknowledged.filter((key) => !seen.has(key));
    expect(missing).toEqual([]);
  }, 60_000);
  expect(acknowledged.length + refused).toBe(asked);
  expect(refused).toBeGreaterThan(0);
  expect(acknowledged.filter((key) => key.startsWith('after'))).toHaveLength(200);
  stop.abort();
  await supervised;
  await publisher.close();
  await broker.close();
});

test('lag is unknown while the broker is away, and right again when it is back', async () => {
  const deployment = installation();
  const { parts } = useStack();
  const ops = await deployment.startRoles('ops');
  const what = 'queue: PICS to OneFile';
  const outbound = await deployment.startRoles('outbound');
  await untilLine(ops, what, { status: 'idle', count: 0 });
  await outbound.stop();
  const idents = (await readLinkedIdents(deployment)).slice(0, 3);
  const plannedAtMs = Date.now();
  const plans = idents.map((ident) => ({ ident }));
  await planReviews(deployment, plans);
  // No process reads it: what waits is what was planned.
  const before = await untilLine(ops, what, { status: 'no-worker', count: plans.length });
  expectAge(before, plannedAtMs);
  await parts?.kill('kafka');
  const away = await untilLine(ops, what, { status: 'unknown' });
  expect([away.count, away.ageMs]).toEqual([null, null]);
  await parts?.start('kafka');
  const after = await untilLine(ops, what, { status: 'no-worker', count: plans.length });
  expectAge(after, plannedAtMs);
  await untilLine(ops, 'capture: last heartbeat', { status: 'ok' });
}, 120_000);

test('a registry that was stopped and started still knows its ids', { timeout: 120_000 }, async () => {
  const subject = uniqueName('conformance');
  const id = await registerSchema(subject);
  await useStack().parts!.stop('registry');
  await expect(fetch(`${useStack().registry}/subjects`)).rejects.toThrow();
  await useStack().parts!.start('registry');
  expect(await readSchema(id)).toEqual(JSON.parse(schemaOf(subject)));
});

/** Also of reviews whose insert PICS did not get to confirm. */
function findTwins(reviews: readonly SeenReview[]): string[] {
  const places = reviews.map(({ LearnerID, ScheduledFor }) => `${LearnerID} ${ScheduledFor}`);
  return places.filter((place, index) => places.indexOf(place) !== index);
}

async function flushRedis(): Promise<void> {
  const redis = new Redis(useStack().redis);
  await redis.flushall();
  redis.disconnect();
}
