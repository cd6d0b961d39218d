import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { choosePorts, isPortFree, parsePorts, portNames } from './ports.ts';

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
