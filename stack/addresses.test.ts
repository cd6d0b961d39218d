import { expect, test } from 'vitest';
import { toExternalParts, toPostgresAddress, toPostgresUrl, toRegistryAddresses } from './addresses.ts';
import { toAddresses } from './parts/all-parts.ts';

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
  expect(toAddresses(ports, {})).toEqual({
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
  expect(toAddresses(ports, external)).toEqual({
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
