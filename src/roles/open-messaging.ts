import { toKafkaSettings, toRegistryOptions } from '../cli/connections.ts';
import type { Link } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import { createDecoder, createEncoders, type Decoder, type Encoders } from '../kafka/avro.ts';
import type { Broker } from '../kafka/broker.ts';
import { createKafkaBroker } from '../kafka/kafka-broker.ts';
import { createPublisher } from '../kafka/producer.ts';
import { createRegistry } from '../kafka/registry.ts';
import { type TopicNames, topicNames } from '../kafka/topics.ts';
import type { RoleContext } from './role.ts';

/** Kafka and the registry, as a role uses them. */
export type Messaging = {
  readonly broker: Broker;
  readonly names: TopicNames;
  readonly decoder: Decoder;
  readonly encoders: Encoders;
  /** Name of a consumer group of this installation. */
  readonly group: (name: string) => string;
  /** Each resolves when the brokers have acknowledged everything. */
  readonly publishObservations: (observations: readonly Observation[]) => Promise<void>;
  readonly publishLinks: (links: readonly Link[]) => Promise<void>;
  readonly publish: (records: readonly ReturnType<Encoders['link']>[]) => Promise<void>;
};

export async function openMessaging(
  { config, log }: RoleContext,
  role: string,
  stack: AsyncDisposableStack,
): Promise<Messaging> {
  const broker = createKafkaBroker({ ...toKafkaSettings(config, `pics-sync-${role}`), log });
  stack.defer(() => broker.close());
  const publisher = createPublisher({ producer: broker.createProducer() });
  stack.defer(() => publisher.close());
  const registry = createRegistry(toRegistryOptions(config.registry.url));
  const names = topicNames(config.kafka.topicPrefix);
  const decoder = createDecoder({
    getWriterSchema: registry.getWriterSchema,
    onMissingColumns: (name, columns) =>
      log.warn('captured columns are gone: rules that need them rest', {
        table: name,
        field: columns.join(' '),
      }),
  });
  const encoders = await createEncoders({ names, registerSchema: registry.registerSchema });
  const publish: Messaging['publish'] = async (records) => {
    await Promise.all(records.map((record) => publisher.publish(record)));
  };
  return {
    broker,
    names,
    decoder,
    encoders,
    group: (name) => `${config.kafka.topicPrefix}pics-sync.${name}`,
    publishObservations: (observations) => publish(observations.map(encoders.observation)),
    publishLinks: (links) => publish(links.map((link) => encoders.link({ ...link, removed: false }))),
    publish,
  };
}
