import { Kafka, logLevel } from 'kafkajs';
import { silentLog } from '../../src/base/log.ts';
import { createKafkaBroker } from '../../src/kafka/kafka-broker.ts';
import { describeBroker } from '../contracts/broker.ts';
import { stackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';

describeBroker('Kafka', openKafka, stackTest);

async function openKafka() {
  const brokers = useStack().kafka;
  const broker = createKafkaBroker({
    brokers,
    clientId: 'broker-contract',
    sessionTimeoutMs: 10_000,
    heartbeatIntervalMs: 500,
    log: silentLog,
  });
  return {
    broker,
    unique: uniqueName,
    trim: (topic: string, partition: number, low: bigint) =>
      deleteRecords(brokers, { topic, partition, low }),
    close: broker.close,
  };
}

/** Not behind the port: only tests make records go. */
async function deleteRecords(
  brokers: string[],
  { topic, partition, low }: { topic: string; partition: number; low: bigint },
): Promise<void> {
  const admin = new Kafka({ clientId: 'trim', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    // Only a topic that was asked for before is known to the client.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(low) }] });
  } finally {
    await admin.disconnect();
  }
}
