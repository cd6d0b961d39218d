import type { Log } from '../base/log.ts';
import { createKafkaAdmin } from './admin.ts';
import type { Broker } from './broker.ts';
import type { KafkaSettings } from './client.ts';
import { createKafkaConsumer } from './consumer.ts';
import { createKafkaProducer } from './producer.ts';

/** Implements `Broker` with a real cluster. It connects at the first request. */
export function createKafkaBroker({ log, ...settings }: KafkaSettings & { readonly log: Log }): Broker {
  const { admin, close } = createKafkaAdmin(settings, log);
  return {
    admin,
    createConsumer: (options) => createKafkaConsumer({ settings, options, admin, log }),
    createProducer: (options) => createKafkaProducer(settings, log, options),
    close,
  };
}
