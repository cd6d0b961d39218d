import {
  type ExternalParts,
  type PartName,
  type Ports,
  type StackAddresses,
  toRegistryAddresses,
} from '../addresses.ts';
import { connectPart, kafkaPart } from './kafka.ts';
import type { Part } from './part.ts';
import { postgresPart } from './postgres.ts';
import { redisPart } from './redis.ts';
import { registryPart } from './registry.ts';

export const allParts: Record<PartName, Part> = {
  postgres: postgresPart,
  redis: redisPart,
  kafka: kafkaPart,
  registry: registryPart,
  connect: connectPart,
};

/** Own parts answer on their ports; given addresses replace them. */
export function addressesOf(ports: Ports, external: ExternalParts): StackAddresses {
  const own = {
    kafka: [`127.0.0.1:${ports.kafka}`],
    ...toRegistryAddresses(`http://127.0.0.1:${ports.registry}`),
    connect: `http://127.0.0.1:${ports.connect}`,
    postgres: {
      host: '127.0.0.1',
      port: ports.postgres,
      user: 'postgres',
      password: 'postgres',
      database: 'postgres',
    },
    redis: `redis://127.0.0.1:${ports.redis}`,
  };
  const { registry, ...others } = external;
  return { ...own, ...others, ...registry };
}
