import { expect, test } from 'vitest';
import { createMemoryBroker } from '../../test/support/memory-broker/memory-broker.ts';
import { checkTopics, createTopics } from './admin.ts';
import { schemaNamesByTopic, topicNames, topicTable } from './topics.ts';

const table = topicTable({ names: topicNames('t1.'), partitions: 6, replicationFactor: 1 });

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

test('topics that are read again are compacted late, and no later than a day after', () => {
  const day = 86_400_000;
  const compacted = table.filter(({ config }) => config['cleanup.policy'] === 'compact');
  expect(compacted.map(({ name }) => name.replace('t1.', '')).toSorted()).toEqual(
    [
      ...Object.values(topicNames('').pics),
      ...Object.values(topicNames('').entities),
      topicNames('').link,
    ].toSorted(),
  );
  for (const { config } of compacted) {
    expect(config).toEqual({
      'cleanup.policy': 'compact',
      'min.compaction.lag.ms': String(7 * day),
      'max.compaction.lag.ms': String(8 * day),
      'delete.retention.ms': String(30 * day),
      'segment.ms': String(day),
      'segment.bytes': '134217728',
      'max.message.bytes': '1048588',
    });
    expect(Number(config['max.compaction.lag.ms'])).toBeGreaterThan(Number(config['min.compaction.lag.ms']));
  }
});

test.each([
  ['pics.picsync.request', 30],
  ['picsync.request-result', 30],
  ['picsync.dead-letter', 90],
  ['pics.picsync.heartbeat', 1],
  ['pics.picsync.canary', 1],
  ['picsync.canary', 1],
  ['pics.picsync.signal', 1],
])('%s is deleted after %i days, and no segment keeps it for more than another', (name, days) => {
  const config = table.find((spec) => spec.name === `t1.${name}`)?.config ?? {};
  expect(config).toMatchObject({ 'cleanup.policy': 'delete', 'retention.ms': String(days * 86_400_000) });
  expect(Number(config['segment.ms'])).toBeLessThanOrEqual(86_400_000);
});

test('a largest record of ours fits every topic', () => {
  for (const { config } of table) expect(Number(config['max.message.bytes'])).toBeGreaterThan(900 * 1024);
});

test('A-11: a table with another name at the site has a topic of that name, read through the same schema', () => {
  const names = topicNames('t1.', { trainee: 'mis.student' });
  expect([names.pics.trainee, names.pics.trqual]).toEqual(['t1.pics.mis.student', 't1.pics.pics.trqual']);
  expect(schemaNamesByTopic(names).get('t1.pics.mis.student')).toBe('pics.trainee');
});

test('with three replicas a write needs two of them', () => {
  const [spec] = topicTable({ names: topicNames(''), partitions: 6, replicationFactor: 3 });
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
