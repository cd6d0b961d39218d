import { partNames, type StackAddresses, toExternalParts } from '../../../stack/addresses.ts';
import { StackFault } from '../../../stack/fault.ts';
import { isHttpOk } from '../../../stack/parts/http.ts';
import { readBrokerCount } from '../../../stack/parts/kafka.ts';
import { isPostgresAnswering } from '../../../stack/parts/postgres.ts';
import { isRedisAnswering } from '../../../stack/parts/redis.ts';
import type { FoundStack } from './find-stack.ts';

/** A stack whose five addresses are in the environment. With fewer, the local stack starts the rest. */
export async function findExternalStack(): Promise<FoundStack | null> {
  const { kafka, registry, connect, postgres, redis } = toExternalParts(process.env);
  if (!kafka || !registry || !connect || !postgres || !redis) return null;
  const addresses: StackAddresses = { kafka, ...registry, connect, postgres, redis };
  await checkAnswers(addresses);
  return {
    provided: { kind: 'found', provider: 'external', addresses, control: null },
    stop: async () => {},
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
