import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  choosePorts,
  isPortFree,
  parsePorts,
  portNames,
  toExternalParts,
  toPostgresAddress,
  toPostgresUrl,
  toRegistryAddresses,
} from './addresses.ts';
import { addressesOf } from './parts/all-parts.ts';

const ports = {
  postgres: 1,
  redis: 2,
  kafka: 3,
  kafkaController: 4,
  registry: 5,
  registryManagement: 6,
  connect: 7,
};

test('own parts answer on their ports of this machine', () => {
  expect(addressesOf(ports, {})).toEqual({
    kafka: ['127.0.0.1:3'],
    registry: 'http://127.0.0.1:5/apis/ccompat/v7',
    registryV2: 'http://127.0.0.1:5/apis/registry/v2',
    connect: 'http://127.0.0.1:7',
    postgres: { host: '127.0.0.1', port: 1, user: 'postgres', password: 'postgres', database: 'postgres' },
    redis: 'redis://127.0.0.1:2',
  });
});

test('addresses in the environment replace the parts they name, and no others', () => {
  const external = toExternalParts({
    PICS_SYNC_STACK_KAFKA: 'one:9092, two:9092',
    PICS_SYNC_STACK_REGISTRY: 'http://registry:8080',
    PICS_SYNC_STACK_POSTGRES: 'postgres://me:p%40ss@db/pics',
    PICS_SYNC_STACK_REDIS: 'cache:6380',
    PICS_SYNC_STACK_CONNECT: ' ',
  });
  expect(addressesOf(ports, external)).toEqual({
    kafka: ['one:9092', 'two:9092'],
    registry: 'http://registry:8080/apis/ccompat/v7',
    registryV2: 'http://registry:8080/apis/registry/v2',
    connect: 'http://127.0.0.1:7',
    postgres: { host: 'db', port: 5432, user: 'me', password: 'p@ss', database: 'pics' },
    redis: 'redis://cache:6380',
  });
});

test.each(['http://r:1', 'http://r:1/', 'http://r:1/apis/ccompat/v7', 'http://r:1/apis/registry/v2/'])(
  'a registry may be named by its root or by either of its APIs: %s',
  (url) => {
    expect(toRegistryAddresses(url).registry).toBe('http://r:1/apis/ccompat/v7');
  },
);

test('a PostgreSQL address survives being written and read', () => {
  const address = { host: 'db', port: 1, user: 'a b', password: 'x/@:', database: 'pics' };
  expect(toPostgresAddress(toPostgresUrl(address))).toEqual(address);
});

describe('choosing ports', () => {
  test('gives every name a port of its own, outside of the range lent to outgoing connections', async () => {
    const ports = await choosePorts({}, async () => true);
    expect(Object.keys(ports).sort()).toEqual([...portNames].sort());
    expect(new Set(Object.values(ports)).size).toBe(portNames.length);
    for (const port of Object.values(ports)) expect(port).toSatisfy((p: number) => p >= 20_000 && p < 32_000);
  });

  test('keeps ports that were remembered or asked for, and gives none of them to another part', async () => {
    const draws = [0, 0, 0.5, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7];
    const ports = await choosePorts(
      { kafka: 20_000, redis: 26_379 },
      async () => true,
      () => draws.shift() ?? 0.9,
    );
    expect(ports).toMatchObject({ kafka: 20_000, redis: 26_379 });
    expect(Object.values(ports).filter((port) => port === 20_000)).toHaveLength(1);
  });

  test('passes over a port that is taken', async () => {
    const taken = new Set([20_000]);
    const draws = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
    const ports = await choosePorts(
      {},
      async (port) => !taken.has(port),
      () => draws.shift() ?? 0.9,
    );
    expect(Object.values(ports)).not.toContain(20_000);
  });

  test('gives up with a sentence when nothing is free', async () => {
    await expect(choosePorts({}, async () => false)).rejects.toThrow(
      'No free port was found between 20000 and 31999.',
    );
  });
});

test('a port with a listener is not free, and is free again when the listener has gone', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await isPortFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isPortFree(port)).toBe(true);
});

describe('ports on the command line', () => {
  test('are read by name', () => {
    expect(parsePorts(' kafka=29092, redis=26379 ')).toEqual({ kafka: 29_092, redis: 26_379 });
    expect(parsePorts('')).toEqual({});
  });

  test.each([
    ['kafak=1', 'There is no port named "kafak".'],
    ['kafka=0', '"0" is no port number for kafka.'],
    ['kafka=65536', '"65536" is no port number for kafka.'],
    ['kafka', '"" is no port number for kafka.'],
  ])('are refused with a sentence: %s', (text, sentence) => {
    expect(() => parsePorts(text)).toThrow(sentence);
  });
});
