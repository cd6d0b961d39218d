import type { Log } from '../base/log.ts';
import { createKafkaAdmin } from './admin.ts';
import type { Broker } from './broker.ts';
import type { KafkaSettings } from './client.ts';
import { createKafkaConsumer } from './consumer.ts';
import { createKafkaProducer } from './producer.ts';

/** A real cluster behind the port. Connects to nothing until something is asked of it. */
export function createKafkaBroker({ log, ...settings }: KafkaSettings & { readonly log: Log }): Broker {
  const { admin, close } = createKafkaAdmin(settings, log);
  return {
    admin,
    createConsumer: (options) => createKafkaConsumer({ settings, options, admin, log }),
    createProducer: (options) => createKafkaProducer(settings, log, options),
    close,
  };
}
