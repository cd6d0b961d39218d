import { expect } from 'vitest';
import { createRedis } from '../../src/redis/client.ts';
import { createSessionCache } from '../../src/redis/session-cache.ts';
import { stackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';
import { openRedisProxy } from './redis-proxy.ts';

const ttlMs = 60_000;

function setup(url = useStack().redis) {
  const redises = [createRedis({ url }), createRedis({ url })];
  const credential = uniqueName('session');
  const caches = redises.map((redis) => createSessionCache({ redis, credential, ttlMs }));
  const [one, other] = caches;
  if (one === undefined || other === undefined) throw new Error('two caches are needed');
  const dispose = () => {
    for (const redis of redises) redis.disconnect();
  };
  return { one, other, credential, redis: redises[0]!, resources: { [Symbol.dispose]: dispose } };
}

stackTest('a session that one process has made is used by the others', async () => {
  const { one, other, credential, redis, resources } = setup();
  using _ = resources;
  const session = { token: 'secret', issuedAtMs: Date.now() };
  expect(await other.read()).toBeNull();
  await one.write(session);
  expect(await other.read()).toEqual(session);
  const [key] = await redis.keys(`*${credential}*`);
  expect(key).not.toContain('secret');
  expect(await redis.pttl(key!)).toBeLessThanOrEqual(ttlMs);
});

stackTest('a refused session is forgotten, a newer one that took its place is not', async () => {
  const { one, other, resources } = setup();
  using _ = resources;
  await one.write({ token: 'old', issuedAtMs: Date.now() - 10 });
  await other.write({ token: 'new', issuedAtMs: Date.now() });
  await one.forget('old');
  expect(await one.read()).toMatchObject({ token: 'new' });
  await one.forget('new');
  expect(await one.read()).toBeNull();
});

stackTest('an older session never takes the place of a newer one, and an expired one is none', async () => {
  const { one, other, redis, resources } = setup();
  using _ = resources;
  await one.write({ token: 'new', issuedAtMs: Date.now() });
  await other.write({ token: 'old', issuedAtMs: Date.now() - 1_000 });
  expect(await other.read()).toMatchObject({ token: 'new' });
  const expired = createSessionCache({ redis, credential: uniqueName('session'), ttlMs });
  await expired.write({ token: 'expired', issuedAtMs: Date.now() - ttlMs });
  expect(await expired.read()).toBeNull();
});

stackTest('without Redis each process keeps its own session', async () => {
  await using proxy = await openRedisProxy();
  proxy.cut();
  const { one, other, resources } = setup(proxy.url);
  using _ = resources;
  await one.write({ token: 'own', issuedAtMs: Date.now() });
  expect(await one.read()).toMatchObject({ token: 'own' });
  expect(await other.read()).toBeNull();
  await one.forget('own');
  expect(await one.read()).toBeNull();
});

stackTest('what is no session under the key is overwritten', async () => {
  const { one, credential, redis, resources } = setup();
  using _ = resources;
  await one.read();
  await redis.set(`pics-sync:{${credential}}:session`, 'nonsense');
  expect(await one.read()).toBeNull();
  const session = { token: 'secret', issuedAtMs: Date.now() };
  await one.write(session);
  expect(JSON.parse((await redis.get(`pics-sync:{${credential}}:session`)) ?? '')).toEqual(session);
});
