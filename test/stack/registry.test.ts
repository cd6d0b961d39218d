import { expect } from 'vitest';
import { createDecoder, createEncoders } from '../../src/kafka/avro.ts';
import { createRegistry, RegistryUnavailable } from '../../src/kafka/registry.ts';
import { topicNames } from '../../src/kafka/topics.ts';
import { stackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';

function openRegistry() {
  const url = new URL(useStack().registry);
  return createRegistry({ url: url.origin });
}

stackTest(
  'what is encoded with a registered schema is decoded with the schema that its id names',
  async () => {
    const registry = openRegistry();
    const names = topicNames(`${uniqueName('registry')}.`);
    const encoders = await createEncoders({ names, registerSchema: registry.registerSchema });
    const link = {
      vendor: 'onefile',
      centre: '301',
      kind: 'learner',
      picsId: '20001',
      vendorId: '400061',
      ident: '20001',
      how: 'looked-up',
      copiedAtMs: null,
      removed: false,
    } as const;
    const decoder = createDecoder({ getWriterSchema: registry.getWriterSchema });
    const decoded = await decoder.decode('picsync.link', encoders.link(link).value);
    expect(decoded).toEqual({ kind: 'ok', value: link });
  },
);

stackTest('a schema registered again has the same id', async () => {
  const registry = openRegistry();
  const topic = uniqueName('registry');
  const schema = { type: 'record', name: 'A', fields: [{ name: 'id', type: 'string' }] };
  const first = await registry.registerSchema(topic, schema);
  expect(await registry.registerSchema(topic, schema)).toBe(first);
});

stackTest('an id that nobody registered is unknown, and the registry has answered', async () => {
  expect(await openRegistry().getWriterSchema(2_000_000_000)).toBe(null);
});

stackTest('a registry that is not there is infrastructure', async () => {
  const registry = createRegistry({ url: 'http://127.0.0.1:9', attempts: 1 });
  await expect(registry.getWriterSchema(1)).rejects.toThrow(RegistryUnavailable);
});
