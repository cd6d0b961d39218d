import { expect, test } from 'vitest';
import { toConfig } from './config.ts';

const passwords = { PICS_SYNC_PICS_PASSWORD: 'for pics', PICS_SYNC_STORE_PASSWORD: 'for store' };

function setup(text: string, env: Record<string, string> = passwords) {
  const readFile = (path: string) => {
    if (path === 'token') return 'from a file\n';
    throw Object.assign(new Error('no'), { code: 'ENOENT' });
  };
  const read = toConfig(text, { env, readFile });
  return {
    read,
    sentences: read.kind === 'faults' ? read.faults.map(({ sentence }) => sentence) : [],
    config: read.kind === 'config' ? read.config : null,
  };
}

test('an empty file is a configuration once the passwords are in the environment', () => {
  const { config, sentences } = setup('');
  expect(sentences).toEqual([]);
  expect(config).toMatchObject({
    nearRealTime: true,
    deletedReviews: 'recreate',
    kafka: { brokers: ['127.0.0.1:9092'], topicPrefix: '', sessionTimeoutMs: 45_000 },
    pics: { liveLetters: ['L', 'C'], role: 'test', licences: ['onefile', 'smartassessor'] },
    outbound: { concurrency: 64, maxInWork: 2_000 },
    externalIdVendor: null,
  });
  expect(config?.pics.password.reveal()).toBe('for pics');
});

test('all faults are reported at once, with the setting and what is allowed', () => {
  const { sentences } = setup(`
kafka:
  broker: [localhost:9092]
  partitions: many
  replicationFactor: 0
connect:
  url: localhost:8083
pics:
  password: open sesame
  role: production
  liveLetters: [Live]
http: { outbound: 99999 }
topicPrefix: x.
nearRealTime: maybe
`);
  expect(sentences.toSorted()).toEqual(
    [
      'kafka.broker is not a setting. Did you mean kafka.brokers?',
      'kafka.partitions must be a number, not "many".',
      'kafka.replicationFactor must be at least 1, not 0.',
      'connect.url must be an address that begins with http:// or https://.',
      'pics.role must be live or test, not "production".',
      'pics.liveLetters[0] must be one letter.',
      'http.outbound must be at most 65535, not 99999.',
      'topicPrefix is not a setting. Did you mean kafka.topicPrefix?',
      'nearRealTime must be on or off.',
    ].toSorted(),
  );
});

test('a secret in the file is a fault, and its value is not shown', () => {
  const { sentences } = setup('pics: { password: open sesame }', {});
  expect(sentences.join()).toContain(
    'pics.password must be a reference, { env: NAME } or { file: path }: a secret does not belong in this file.',
  );
  expect(sentences.join()).not.toContain('sesame');
});

test('an address with a password must be a reference too', () => {
  const { sentences } = setup('redis: { url: "redis://:sesame@cache:6379" }');
  expect(sentences).toEqual([
    'redis.url contains a password: give the whole address as a reference, { env: NAME } or { file: path }.',
  ]);
});

test('a missing password and a reference that cannot be read are reported once each', () => {
  expect(setup('', {}).sentences).toEqual([
    'pics.password is missing: set it in the settings file, or set PICS_SYNC_PICS_PASSWORD in the environment.',
  ]);
  expect(setup('pics: { password: { env: NOBODY } }', {}).sentences).toEqual([
    'pics.password: The environment variable NOBODY is not set.',
  ]);
  expect(setup('pics: { password: { file: gone } }', {}).sentences).toEqual([
    'pics.password: The file gone cannot be read (ENOENT).',
  ]);
});

test('a secret may come from a file', () => {
  const { config } = setup('pics: { password: { file: token } }', {});
  expect(config?.pics.password.reveal()).toBe('from a file');
});

test('the environment wins over the file, and its faults name the variable', () => {
  const env = {
    ...passwords,
    PICS_SYNC_KAFKA_BROKERS: 'a:1,b:2',
    PICS_SYNC_PICS_PORT: '6000',
    PICS_SYNC_STORE_URL: 'postgres://u:p@host/db',
  };
  const { config } = setup('kafka: { brokers: [c:3] }\npics: { password: { env: NOBODY } }', env);
  expect(config?.kafka.brokers).toEqual(['a:1', 'b:2']);
  expect(config?.pics.port).toBe(6000);
  expect(config?.store.url.reveal()).toBe('postgres://u:p@host/db');
  expect(setup('', { ...env, PICS_SYNC_PICS_PORT: 'x' }).sentences).toEqual([
    'pics.port must be a number, not "x" (set by PICS_SYNC_PICS_PORT).',
  ]);
});

test('a mistyped variable gives a warning with the likely name', () => {
  const { config } = setup('', { ...passwords, PICS_SYNC_KAFKA_BROKER: 'a:1', PICS_SYNC_STACK_KAFKA: 'a:1' });
  expect(config?.warnings).toEqual([
    'PICS_SYNC_KAFKA_BROKER is set in the environment but is not a setting. Did you mean PICS_SYNC_KAFKA_BROKERS?',
  ]);
});

test('a wrong value of a vendor stops only that vendor', () => {
  const { config } = setup('onefile: { enabled: perhaps }');
  expect(config?.vendors['onefile']).toMatchObject({
    kind: 'faulty',
    faults: [{ path: 'onefile.enabled', sentence: 'onefile.enabled must be on or off.' }],
  });
});

test('an enabled vendor needs its token, and the rest of the file stays valid', () => {
  const { config } = setup('onefile: { enabled: on, environment: simulator, baseUrl: "http://127.0.0.1:1" }');
  expect(config?.vendors['onefile']).toEqual({
    kind: 'faulty',
    faults: [
      { path: 'onefile.customerToken', sentence: 'onefile.customerToken is needed to enable OneFile.' },
    ],
  });
});

test('an enabled vendor owns the external ids, and a live vendor with a test PICS gives a warning', () => {
  const { config } = setup('onefile: { enabled: on, environment: live }', {
    ...passwords,
    PICS_SYNC_ONEFILE_CUSTOMER_TOKEN: 'token',
  });
  expect(config?.vendors['onefile']?.kind).toBe('enabled');
  expect(config?.externalIdVendor).toBe('onefile');
  expect(config?.warnings).toEqual([
    'pics.role is test and onefile.environment is live: test records and live records would mix. Correct one of the two settings.',
  ]);
});

test('contradicting settings are reported', () => {
  const { sentences } = setup('kafka: { heartbeatIntervalMs: 20000 }');
  expect(sentences).toEqual(['kafka.heartbeatIntervalMs must be at most a third of kafka.sessionTimeoutMs.']);
});

test('the addresses for Kafka Connect are derived from our own unless set', () => {
  const { config } = setup('pics: { host: db }\nregistry: { url: "http://reg:8081/apis/ccompat/v7/" }');
  expect(config?.connector).toMatchObject({
    host: 'db',
    port: 5432,
    registryUrl: 'http://reg:8081/apis/registry/v2',
  });
});

test('a text that is not YAML, or has no settings by name, is one fault with its line', () => {
  expect(setup('kafka:\n  brokers: [a:1').sentences[0]).toMatch(/^Line \d+ is not valid YAML: /);
  expect(setup('- a\n- b').sentences).toEqual([
    'The file must contain settings by name, such as "kafka:" with lines below it.',
  ]);
});

test('no secret shows in a printed configuration', () => {
  const { config } = setup('');
  expect(JSON.stringify(config)).not.toContain('for pics');
  expect(JSON.stringify(config)).not.toContain('for store');
});
