/*
 * Where the parts of a stack answer: addresses as programs and tests use them, parts that run elsewhere and are
 * named in the environment, and the ports of the parts that are started here. Ports are free ones from a fixed
 * range, chosen once and remembered (state.ts), unless they are given.
 */

import { createServer } from 'node:net';
import { StackFault } from './fault.ts';

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

/** Parts that run elsewhere. They are checked, never started or stopped. */
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

/** Every port a stack listens on. Kafka's controller and the registry's management have one of their own. */
export const portNames = [
  'postgres',
  'redis',
  'kafka',
  'kafkaController',
  'registry',
  'registryManagement',
  'connect',
] as const;
type PortName = (typeof portNames)[number];
export type Ports = Record<PortName, number>;

/** Below the range from which systems take ports for outgoing connections, which could take one by chance. */
const lowestPort = 20_000;
const highestPort = 31_999;

export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => resolve(true));
  });
  if (isFree) await new Promise<void>((resolve) => server.close(() => resolve()));
  return isFree;
}

/** Chooses a free port for each name that has none yet. */
export async function choosePorts(
  wanted: Partial<Ports>,
  isFree: (port: number) => Promise<boolean> = isPortFree,
  random: () => number = Math.random,
): Promise<Ports> {
  const taken = new Set(Object.values(wanted));
  const ports: Partial<Ports> = { ...wanted };
  for (const name of portNames) ports[name] ??= await chooseFreePort(taken, isFree, random);
  return ports as Ports;
}

async function chooseFreePort(
  taken: Set<number>,
  isFree: (port: number) => Promise<boolean>,
  random: () => number,
): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = lowestPort + Math.floor(random() * (highestPort - lowestPort + 1));
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
  }
  throw new StackFault(`No free port was found between ${lowestPort} and ${highestPort}.`);
}

/** Reads `kafka=29092,redis=26379`. */
export function parsePorts(text: string): Partial<Ports> {
  const ports: Partial<Ports> = {};
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [name = '', value = ''] = entry.split('=').map((side) => side.trim());
    const port = Number(value);
    if (!(portNames as readonly string[]).includes(name)) {
      throw new StackFault(`There is no port named "${name}". Known: ${portNames.join(', ')}.`);
    }
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new StackFault(`"${value}" is no port number for ${name}.`);
    }
    ports[name as PortName] = port;
  }
  return ports;
}

export function portTakenSentence(name: PortName, port: number, stack: string): string {
  return (
    `Port ${port}, which the stack "${stack}" uses for ${name}, is taken by another process. ` +
    `End that process, or choose another port with --ports ${name}=<number>.`
  );
}
