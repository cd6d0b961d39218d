import { expect, test } from 'vitest';
import { createMemoryRegistry, encodeRow, toChange } from '../../test/support/captured-rows.ts';
import { toDebeziumSchema } from '../../test/support/debezium-schema.ts';
import { eventually } from '../../test/support/eventually.ts';
import { createMemoryBroker } from '../../test/support/memory-broker/memory-broker.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Alarm } from '../domain/alarm.ts';
import { createDecoder, toWireFormat } from './avro.ts';
import { openTopics } from './messaging.ts';
import { topicNames, topicTable } from './topics.ts';

const prefix = 't1.';
const names = topicNames(prefix);
const topic = names.pics.trqual;
const unknownId = 999;

async function setup() {
  const broker = createMemoryBroker({ nowMs: () => 7000 });
  await broker.admin.createTopics(topicTable({ names, partitions: 1, replicationFactor: 1 }));
  const { registry, state } = createMemoryRegistry();
  const alarms: Alarm[] = [];
  const store = { isAway: false };
  const schemaId = await registry.registerSchema(topic, toDebeziumSchema());
  const warnings: unknown[] = [];
  const log: Log = { ...silentLog, warn: (_, fields) => void warnings.push(fields?.code) };
  const topics = await openTopics({
    broker,
    registry,
    names,
    prefix,
    originPrefix: 'picsync',
    toChange,
    clock: { nowMs: () => 9000 },
    raise: async (alarm) => {
      if (store.isAway) throw new Error('the sync database is away');
      alarms.push(alarm);
    },
    log,
  });
  const did: string[] = [];
  const producer = broker.createProducer();
  const put = (value: Buffer | null, key = 'key') =>
    producer.send([{ topic, partition: 0, key: Buffer.from(key), value }]);
  const putRow = (ident: string, regno: string | null = null, id = schemaId) =>
    put(encodeRow(id, ident, regno));
  const consume = () => {
    const stop = new AbortController();
    const running = topics.consumeChanges(
      {
        group: 'onefile.outbound',
        tables: ['trqual'],
        commitIntervalMs: 1,
        drainMs: 50,
        onBuried: (reason) => void did.push(`bury ${reason}`),
      },
      (decoded) =>
        void did.push(
          decoded.kind === 'change'
            ? `change of ${decoded.change.key?.['ident']}`
            : decoded.kind === 'key-only'
              ? `${decoded.reason} of ${decoded.key['ident']}`
              : 'tombstone',
        ),
      stop.signal,
    );
    running.catch(() => {});
    return {
      running,
      end: async () => {
        stop.abort();
        await running;
      },
    };
  };
  /** What lies in the dead-letter topic, read through its own schema. */
  const letters = () => {
    const decoder = createDecoder({ getWriterSchema: registry.getWriterSchema });
    return Promise.all(
      broker.records(names.deadLetter).map(async ({ value }) => {
        const read = await decoder.decode('picsync.dead-letter', value ?? Buffer.alloc(0));
        return read.kind === 'ok' ? read.value : read.reason;
      }),
    );
  };
  const committed = () => broker.committed('t1.pics-sync.onefile.outbound').get(`${topic}/0`) ?? null;
  /** Reads the topic of links as the reconciler does; the first batch of a partition has its own handling. */
  const consumeLinks = (nextOffset: bigint | null) => {
    const stop = new AbortController();
    const running = topics.consumeItems(
      { group: 'reconciler', topics: ['link'], claimPlace: async () => ({ epoch: 1, nextOffset }) },
      async ({ records }) => void did.push(...records.map(({ offset }) => `link ${offset}`)),
      stop.signal,
    );
    running.catch(() => {});
    return {
      end: async () => {
        stop.abort();
        await running;
      },
    };
  };
  return {
    warnings,
    schemaId,
    broker,
    producer,
    alarms,
    store,
    registryState: state,
    did,
    put,
    putRow,
    consume,
    consumeLinks,
    letters,
    committed,
  };
}

test('a malformed record is buried with its reason, and the next one goes on', async () => {
  const { did, putRow, consume, letters, committed } = await setup();
  await putRow('00016', 'bad');
  await putRow('00017');
  const { end } = consume();
  await eventually(() => expect(committed()).toBe(2n));
  await end();
  expect(did.toSorted()).toEqual(['bury bad-date', 'change of 00017']);
  expect(await letters()).toEqual([
    {
      topic,
      partition: 0,
      offset: 0,
      reason: 'bad-date',
      group: 't1.pics-sync.onefile.outbound',
      recordedAtMs: 9000,
      recordTimestampMs: 7000,
    },
  ]);
});

test('a record whose schema has to be fetched first goes the same ways', async () => {
  const { did, put, putRow, consume, letters, committed } = await setup();
  await put(null);
  await putRow('00016', null, unknownId);
  await putRow('00017');
  const first = consume();
  await eventually(() => expect(committed()).toBe(3n));
  expect(did.toSorted()).toEqual(['bury unknown-schema', 'change of 00017', 'tombstone']);
  expect(await letters()).toMatchObject([{ offset: 1, reason: 'unknown-schema' }]);
  // By now the schema is known.
  await putRow('00018');
  await putRow('00019', 'bad');
  await eventually(() => expect(committed()).toBe(5n));
  await first.end();
  expect(did.slice(3)).toEqual(['change of 00018', 'bury bad-date']);
});

test('a registry that is away fails the record and buries nothing', async () => {
  const { registryState, did, putRow, consume, letters, committed } = await setup();
  await putRow('00017');
  registryState.isAway = true;
  await expect(consume().running).rejects.toThrow('no registry');
  registryState.isAway = false;
  expect([did, await letters(), committed()]).toEqual([[], [], null]);
  const { end } = consume();
  await eventually(() => expect(committed()).toBe(1n));
  await end();
  expect(did).toEqual(['change of 00017']);
});

test('G-11: a buried record opens an alarm with its table and its place', async () => {
  const { alarms, putRow, consume, committed } = await setup();
  await putRow('00016');
  await putRow('00017', 'bad');
  const { end } = consume();
  await eventually(() => expect(committed()).toBe(2n));
  await end();
  expect(alarms).toEqual([{ kind: 'dead-letter', about: topic, code: 'bad-date', place: `${topic}/0/1` }]);
});

test('G-11: a record whose alarm cannot be kept is not finished, and comes again', async () => {
  const { store, alarms, putRow, consume, committed } = await setup();
  await putRow('00017', 'bad');
  store.isAway = true;
  await expect(consume().running).rejects.toThrow('the sync database is away');
  expect([alarms, committed()]).toEqual([[], null]);
  store.isAway = false;
  const { end } = consume();
  await eventually(() => expect(committed()).toBe(1n));
  await end();
  expect(alarms).toHaveLength(1);
});

test('G-11: changes that were deleted unread open an alarm that names group and topic', async () => {
  const { broker, alarms, did, putRow, consume, committed } = await setup();
  await putRow('00016');
  const first = consume();
  await eventually(() => expect(committed()).toBe(1n));
  await first.end();
  for (const ident of ['00017', '00018', '00019']) await putRow(ident);
  broker.faults.trim(topic, 0, 3n);
  const second = consume();
  await eventually(() => expect(committed()).toBe(4n));
  await second.end();
  expect(did.at(-1)).toBe('change of 00019');
  const code = 't1.pics-sync.onefile.outbound';
  expect(alarms).toEqual([{ kind: 'retention-loss', about: topic, code, place: `${topic}/0/1` }]);
});

test('G-11: a loss is kept before anything behind it is read', async () => {
  const { broker, store, did, putRow, consume, committed } = await setup();
  await putRow('00016');
  const first = consume();
  await eventually(() => expect(committed()).toBe(1n));
  await first.end();
  for (const ident of ['00017', '00018', '00019']) await putRow(ident);
  broker.faults.trim(topic, 0, 3n);
  store.isAway = true;
  await expect(consume().running).rejects.toThrow('the sync database is away');
  expect([did, committed()]).toEqual([['change of 00016'], 1n]);
});

test("G-11: what was deleted before the reconciler's place in PICS opens an alarm too", async () => {
  const { broker, producer, alarms, did, consumeLinks } = await setup();
  const value = null;
  for (const key of ['a', 'b', 'c', 'd'])
    await producer.send([{ topic: names.link, partition: 0, key: Buffer.from(key), value }]);
  broker.faults.trim(names.link, 0, 3n);
  const { end } = consumeLinks(1n);
  await eventually(() => expect(did).toEqual(['link 3']));
  await end();
  const code = 't1.pics-sync.reconciler';
  expect(alarms).toEqual([{ kind: 'retention-loss', about: names.link, code, place: `${names.link}/0/1` }]);
});

test('G-12: a record that cannot be read goes on by its key, and only what has no key that can be read is buried', async () => {
  const { did, put, putRow, consume, letters, committed, schemaId, warnings } = await setup();
  const key = '{"ident":"00016"}';
  await put(Buffer.from('no wire format'), key);
  await put(toWireFormat(unknownId, Buffer.from([1])), key); // an empty registry
  await put(toWireFormat(schemaId, Buffer.from([1, 2, 3])), key);
  await put(toWireFormat(schemaId, Buffer.from([1, 2, 3])), '{"ident":');
  await putRow('00017');
  const { end } = consume();
  await eventually(() => expect(committed()).toBe(5n));
  await end();
  expect(did.toSorted()).toEqual([
    'bury undecodable',
    'change of 00017',
    'not-wire-format of 00016',
    'undecodable of 00016',
    'unknown-schema of 00016',
  ]);
  expect(await letters()).toMatchObject([{ offset: 3, reason: 'undecodable' }]);
  expect(warnings.toSorted()).toEqual(['not-wire-format', 'undecodable', 'unknown-schema']);
});

test('G-12: a table whose rows cannot be read opens one alarm, before the first of them is finished', async () => {
  const { store, put, consume, committed, schemaId } = await setup();
  for (const ident of ['00016', '00017', '00018'])
    await put(toWireFormat(schemaId, Buffer.from([1, 2, 3])), JSON.stringify({ ident }));
  store.isAway = true;
  await expect(consume().running).rejects.toThrow('the sync database is away');
  expect(committed()).toBeNull();
});

test('G-12: the alarm of a table names its topic, its reason and a place, and its rows go on', async () => {
  const { alarms, did, put, consume, committed, schemaId } = await setup();
  for (const ident of ['00016', '00017', '00018'])
    await put(toWireFormat(schemaId, Buffer.from([1, 2, 3])), JSON.stringify({ ident }));
  const { end } = consume();
  await eventually(() => expect(committed()).toBe(3n));
  await end();
  expect(did.toSorted()).toEqual(['00016', '00017', '00018'].map((ident) => `undecodable of ${ident}`));
  expect(alarms).toEqual([
    { kind: 'unreadable-table', about: topic, code: 'undecodable', place: `${topic}/0/0` },
  ]);
});
