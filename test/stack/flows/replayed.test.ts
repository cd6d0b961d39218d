import { Kafka, logLevel } from 'kafkajs';
import { expect } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { readConfig } from '../../../src/config/config.ts';
import type { ReadStart } from '../../../src/domain/topic-records.ts';
import { createPics } from '../../../src/pics/pics.ts';
import { toCapture } from '../../../src/roles/capture.ts';
import { openSiteTopics, realClock } from '../../../src/roles/ports.ts';
import { collectConcerned } from '../../../src/runs/source.ts';
import { createStore } from '../../../src/store/store.ts';
import { decideRelevance } from '../../../src/vendors/onefile/rules/relevance.ts';
import { toPostgresUrl } from '../../../stack/addresses.ts';
import { toStoreDatabase } from '../../support/deployment/config-file.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { untilCaptured } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { defaultSettings } from '../../support/onefile-rules.ts';
import { stackTest as test, useStack } from '../../support/stack/use-stack.ts';

// More learners than one signal has room for.
const installation = useDeployment('replayed', { inputs: { learners: 400 } });

/** What a run reads its learners from, on the real parts. */
async function openSource(deployment: Deployment) {
  const read = readConfig(deployment.configFile, { ...process.env, ...deployment.env });
  if (read.kind === 'faults') throw new Error(read.faults.map(({ sentence }) => sentence).join(' '));
  const { config } = read;
  const topics = await openSiteTopics({
    config,
    broker: deployment.kafka,
    raise: async () => {},
    log: silentLog,
  });
  const pics = createPics({
    pool: deployment.pics,
    openMarkedPool: () => deployment.pics,
    mapping: toCapture(config).mapping,
    originPrefix: config.pics.replicationOriginPrefix,
    clock: realClock,
    log: silentLog,
  });
  const databaseUrl = toPostgresUrl({
    ...useStack().postgres,
    database: toStoreDatabase(deployment.name),
  });
  const store = createStore({ pool: deployment.store, databaseUrl });
  const vendor = {
    name: 'onefile' as const,
    decideRelevance: (change: Parameters<typeof decideRelevance>[0]) =>
      decideRelevance(change, defaultSettings),
  };
  const start: ReadStart = { kind: 'beginning' };
  const tables = ['trainee', 'pctrndet', 'trqual'];
  const collect = () =>
    collectConcerned(
      { vendor, topics, pics, store, clock: realClock },
      { tables, start },
      new AbortController().signal,
    );
  return { topics, pics, collect };
}

test('a topic without its beginning and one that was compacted: a replay finds every learner, completed by a real snapshot', async () => {
  const deployment = installation();
  const { topics: names, pics: database } = deployment;
  await untilCaptured(deployment);
  const { topics, pics, collect } = await openSource(deployment);
  const client = new Kafka({ clientId: 'replayed', brokers: useStack().kafka, logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  const set = async (name: string, settings: Readonly<Record<string, string>>): Promise<void> => {
    const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name, configEntries }] });
  };
  try {
    const whole = await collect();
    expect(whole.completed).toEqual([]);
    const qualified = await pics.readLanesOf('trqual');
    expect(qualified.size).toBeGreaterThan(200);
    expect(new Set(whole.lanes).isSupersetOf(qualified)).toBe(true);

    // Only a topic that is not compacted lets its beginning go.
    await set(names.pics.trqual, { 'cleanup.policy': 'delete' });
    const bounds = await admin.fetchTopicOffsets(names.pics.trqual);
    const partitions = bounds.map(({ partition, high }) => ({ partition, offset: high }));
    await admin.deleteTopicRecords({ topic: names.pics.trqual, partitions });
    await set(names.pics.trqual, { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '604800000' });
    await set(names.pics.pctrndet, {
      'cleanup.policy': 'compact',
      'segment.ms': '1',
      'min.compaction.lag.ms': '0',
      'min.cleanable.dirty.ratio': '0.001',
    });
    await eventually(async () => {
      await database.query(`update pics.pctrndet set email = coalesce(email, '')`);
      await untilCaptured(deployment);
      const readings = await topics.readChangesThrough(
        { group: 'compaction', tables: ['pctrndet'], start: { kind: 'beginning' } },
        () => {},
        new AbortController().signal,
      );
      const gone = readings.filter(({ low, end, count }) => BigInt(count) < end - low);
      expect(gone).toHaveLength(readings.length);
    }, 120_000);

    const again = await collect();
    expect(again.completed).toEqual([
      { table: 'trqual', reason: 'beginning-deleted', learners: qualified.size },
    ]);
    expect(again.lanes).toEqual(whole.lanes);
    const { rows } = await database.query('select id from picsync.signal where type = $1', [
      'execute-snapshot',
    ]);
    expect(rows).toEqual([]);
    const last = await collect();
    expect(last.completed).toEqual([{ table: 'trqual', reason: 'beginning-deleted', learners: 0 }]);
  } finally {
    await topics.close();
    await admin.disconnect();
  }
}, 400_000);
