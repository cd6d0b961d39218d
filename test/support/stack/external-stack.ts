import {
  partNames,
  type StackAddresses,
  toExternalParts,
  toRegistryAddresses,
} from '../../../stack/addresses.ts';
import { StackFault } from '../../../stack/fault.ts';
import { readBrokerCount } from '../../../stack/parts/kafka.ts';
import { isHttpOk } from '../../../stack/parts/part.ts';
import { isPostgresAnswering } from '../../../stack/parts/postgres.ts';
import { isRedisAnswering } from '../../../stack/parts/redis.ts';
import type { FoundStack } from './find-stack.ts';
import type { SeenByConnect } from './test-stack.ts';

/** A stack whose five addresses are in the environment. With fewer, the local stack starts the rest. */
export async function findExternalStack(): Promise<FoundStack | null> {
  const { kafka, registry, connect, postgres, redis } = toExternalParts(process.env);
  if (!kafka || !registry || !connect || !postgres || !redis) return null;
  const addresses: StackAddresses = { kafka, ...registry, connect, postgres, redis };
  await checkAnswers(addresses);
  const fromConnect = toSeenByConnect(addresses, process.env);
  return {
    provided: { kind: 'found', provider: 'external', addresses, fromConnect, control: null },
    stop: async () => {},
  };
}

/** Connect may live in another network, and then finds PostgreSQL and the registry under other names. */
export function toSeenByConnect(
  { postgres, registryV2 }: StackAddresses,
  env: NodeJS.ProcessEnv,
): SeenByConnect {
  const [host = '', port] = (env['PICS_SYNC_STACK_POSTGRES_FROM_CONNECT'] ?? '').split(':');
  const registry = env['PICS_SYNC_STACK_REGISTRY_FROM_CONNECT'];
  return {
    postgres: host ? { host, port: Number(port ?? 5432) } : postgres,
    registryV2: registry ? toRegistryAddresses(registry).registryV2 : registryV2,
  };
}

async function checkAnswers({ kafka, registry, connect, postgres, redis }: StackAddresses): Promise<void> {
  const checks = {
    kafka: async () => (await readBrokerCount(kafka)) > 0,
    registry: () => isHttpOk(`${registry}/subjects`),
    connect: () => isHttpOk(`${connect}/connectors`),
    postgres: () => isPostgresAnswering(postgres),
    redis: () => isRedisAnswering(redis),
  };
  const answers = await Promise.all(partNames.map((name) => checks[name]().catch(() => false)));
  const silent = partNames.filter((_, index) => !answers[index]);
  if (silent.length > 0)
    throw new StackFault(`Addresses were given, but these do not answer: ${silent.join(', ')}.`);
}
