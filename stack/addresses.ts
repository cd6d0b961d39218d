/** The parts of a stack, in the order in which they are shown. */
export const partNames = ['postgres', 'redis', 'kafka', 'registry', 'connect'] as const;
export type PartName = (typeof partNames)[number];

export type PostgresAddress = {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
};

/** Where the parts of a running stack answer. All that a program or a test needs to use it. */
export type StackAddresses = {
  kafka: string[];
  /** The Confluent-compatible base that schema clients use, for example `http://127.0.0.1:8081/apis/ccompat/v7`. */
  registry: string;
  /** The registry's own API in version 2, which the Avro converter of Connect speaks. */
  registryV2: string;
  connect: string;
  postgres: PostgresAddress;
  redis: string;
};

/** Parts that somebody else runs. They are checked, never started nor stopped. */
export type ExternalParts = {
  kafka?: string[];
  registry?: { registry: string; registryV2: string };
  connect?: string;
  postgres?: PostgresAddress;
  redis?: string;
};

export function isPartName(text: string): text is PartName {
  return (partNames as readonly string[]).includes(text);
}

/** A registry is named by its root, or by either of its two APIs. */
export function toRegistryAddresses(url: string): { registry: string; registryV2: string } {
  const root = url.replace(/\/+$/, '').replace(/\/apis\/(ccompat\/v7|registry\/v2)$/, '');
  return { registry: `${root}/apis/ccompat/v7`, registryV2: `${root}/apis/registry/v2` };
}

export function toPostgresAddress(url: string): PostgresAddress {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username) || 'postgres',
    password: decodeURIComponent(password),
    database: pathname.slice(1) || 'postgres',
  };
}

export function toPostgresUrl({ host, port, user, password, database }: PostgresAddress): string {
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

/** Addresses in the environment replace parts: `PICS_SYNC_STACK_KAFKA`, `_REGISTRY`, `_CONNECT`, `_POSTGRES`, `_REDIS`. */
export function toExternalParts(env: NodeJS.ProcessEnv): ExternalParts {
  const given = (part: string) => env[`PICS_SYNC_STACK_${part}`]?.trim() || undefined;
  const kafka = given('KAFKA');
  const registry = given('REGISTRY');
  const connect = given('CONNECT');
  const postgres = given('POSTGRES');
  const redis = given('REDIS');
  return {
    ...(kafka && { kafka: kafka.split(',').map((broker) => broker.trim()) }),
    ...(registry && { registry: toRegistryAddresses(registry) }),
    ...(connect && { connect: connect.replace(/\/+$/, '') }),
    ...(postgres && { postgres: toPostgresAddress(postgres) }),
    ...(redis && { redis: redis.includes('://') ? redis : `redis://${redis}` }),
  };
}
