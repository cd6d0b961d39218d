import { expect } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { supervise } from '../../src/base/supervise.ts';
import { createConsume } from '../../src/kafka/consume.ts';
import { createKafkaBroker } from '../../src/kafka/kafka-broker.ts';
import { createPublisher } from '../../src/kafka/producer.ts';
import { eventually } from '../support/eventually.ts';
import { localStackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';

localStackTest(
  'a broker killed under load: publishing says what it does not know, consuming goes on, nothing is lost',
  { timeout: 120_000 },
  async () => {
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
  },
);
