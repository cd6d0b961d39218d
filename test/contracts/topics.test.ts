import { silentLog } from '../../src/base/log.ts';
import type { Alarm } from '../../src/domain/alarm.ts';
import { openTopics } from '../../src/kafka/messaging.ts';
import { topicNames, topicTable } from '../../src/kafka/topics.ts';
import { MemoryTopics } from '../memory/topics.ts';
import { aChange, createMemoryRegistry, encodeRow, toChange } from '../support/captured-rows.ts';
import { toDebeziumSchema } from '../support/debezium-schema.ts';
import { createMemoryBroker } from '../support/memory-broker/memory-broker.ts';
import { describeTopics } from './topics.ts';

function openAlarms() {
  const alarms = { codes: [] as string[], isAway: false };
  const raise = async ({ kind, code }: Alarm): Promise<void> => {
    if (alarms.isAway) throw new Error('there is nowhere to raise it');
    alarms.codes.push(`${kind} ${code}`);
  };
  return { alarms, raise };
}

describeTopics('the topics in memory', async (partitions) => {
  const { alarms, raise } = openAlarms();
  const topics = new MemoryTopics({ nowMs: Date.now }, partitions);
  topics.raise = raise;
  return {
    topics,
    alarms,
    change: async (ident) => topics.publishChange(aChange(ident)),
    spoil: async () => topics.publishItem('changes trqual', '0', { kind: 'malformed', reason: 'bad-date' }),
    log: {
      remove: async (ident) => topics.publishItem('changes trqual', ident, { kind: 'tombstone' }),
      trim: async (low) => topics.trim('changes trqual', 0, Number(low)),
      compact: async () => topics.compact('changes trqual'),
      drop: async () => topics.drop('changes trqual'),
      makeAgain: async () => topics.publishItem('changes trqual', 'x', { kind: 'tombstone' }),
      groups: async () => topics.groupNames,
    },
    close: async () => {},
  };
});

describeTopics('the topics over a broker', async (partitions) => {
  const { alarms, raise } = openAlarms();
  const names = topicNames('t1.');
  const topic = names.pics.trqual;
  const broker = createMemoryBroker();
  await broker.admin.createTopics(topicTable({ names, partitions, replicationFactor: 1 }));
  const { registry } = createMemoryRegistry();
  const schemaId = await registry.registerSchema(topic, toDebeziumSchema());
  const topics = await openTopics({
    broker,
    registry,
    names,
    prefix: 't1.',
    originPrefix: 'picsync',
    toChange,
    clock: { nowMs: Date.now },
    raise,
    log: silentLog,
  });
  const producer = broker.createProducer();
  const put = async (ident: string, regno: string | null) => {
    await producer.send([{ topic, key: Buffer.from(ident), value: encodeRow(schemaId, ident, regno) }]);
  };
  return {
    topics,
    alarms,
    change: (ident) => put(ident, null),
    spoil: () => put('0', 'bad'),
    log: {
      remove: async (ident) => {
        await producer.send([{ topic, key: Buffer.from(ident), value: null }]);
      },
      trim: async (low) => broker.faults.trim(topic, 0, low),
      compact: async () => {
        broker.faults.compact(topic);
        broker.faults.dropTombstones(topic);
      },
      drop: () => broker.admin.deleteTopics([topic]),
      makeAgain: async () => {
        await broker.admin.createTopics([{ name: topic, partitions, replicationFactor: 1, config: {} }]);
      },
      groups: async () => broker.groupNames,
    },
    close: async () => {
      await topics.close();
      await producer.close();
      await broker.close();
    },
  };
});
