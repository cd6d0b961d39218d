import { expect, test } from 'vitest';
import { createMemoryBroker } from '../../test/support/memory-broker/memory-broker.ts';
import { checkTopics, createTopics } from './admin.ts';
import { schemaNamesByTopic, topicNames, topicTable } from './topics.ts';

const table = topicTable({ prefix: 't1.', partitions: 6, replicationFactor: 1 });

test('every topic that is read is in the table, under its prefix', () => {
  const inTable = table.map(({ name }) => name);
  expect(inTable).toEqual(expect.arrayContaining([...schemaNamesByTopic(topicNames('t1.')).keys()]));
  expect(new Set(inTable).size).toBe(inTable.length);
  expect(inTable.filter((name) => !name.includes('t1.'))).toEqual([]);
});

test('in production there is no prefix', () => {
  const { pics, entities, request, link } = topicNames('');
  expect([pics.trqual, entities['onefile.learning-aim'], request, link]).toEqual([
    'pics.pics.trqual',
    'onefile.learning-aim',
    'pics.picsync.request',
    'picsync.link',
  ]);
});

test('topics that are read again are compacted late, event topics are kept for a time', () => {
  const configOf = (name: string) => table.find((spec) => spec.name === name)?.config;
  expect(configOf('t1.pics.pics.trqual')).toEqual({
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': '604800000',
    'delete.retention.ms': '2592000000',
  });
  expect(configOf('t1.pics.picsync.request')).toEqual({
    'cleanup.policy': 'delete',
    'retention.ms': '2592000000',
  });
});

test('with three replicas a write needs two of them', () => {
  const [spec] = topicTable({ prefix: '', partitions: 6, replicationFactor: 3 });
  expect(spec?.config['min.insync.replicas']).toBe('2');
});

test('topics are created once, and then nothing differs', async () => {
  const { admin } = createMemoryBroker();
  expect(await createTopics(admin, table)).toHaveLength(table.length);
  expect(await createTopics(admin, table)).toEqual([]);
  expect(await checkTopics(admin, table)).toEqual([]);
});

test('differences are reported by topic: missing, partitions, settings', async () => {
  const { admin } = createMemoryBroker();
  const [first, second, ...others] = table;
  await createTopics(admin, [
    { ...second!, partitions: 1, config: { ...second!.config, 'cleanup.policy': 'delete' } },
    ...others,
  ]);
  expect(await checkTopics(admin, table)).toEqual([
    { topic: first!.name, what: 'exists', wanted: 'yes', found: 'no' },
    { topic: second!.name, what: 'partitions', wanted: '6', found: '1' },
    { topic: second!.name, what: 'cleanup.policy', wanted: 'compact', found: 'delete' },
  ]);
});
