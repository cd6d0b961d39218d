import type { Log } from '../base/log.ts';
import type { Alarm } from '../domain/alarm.ts';
import type { CanaryFlight } from '../domain/canary.ts';
import type { Change } from '../domain/change.ts';
import type { Link } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import type { Clock, Topics } from '../domain/ports.ts';
import type { ReconcileItem, ReconcileRecord, RequestAnswer } from '../domain/rows.ts';
import type { DecodedChange } from '../domain/topic-records.ts';
import {
  createDecoder,
  createEncoders,
  type Decoded,
  type DecoderOptions,
  type EncodedRecord,
} from './avro.ts';
import type { Broker, ConsumedRecord, RetentionLoss } from './broker.ts';
import { createConsume, createConsumePartitions } from './consume.ts';
import type { PicsyncLink, SchemaName } from './generated/types.ts';
import { createPublisher } from './producer.ts';
import { readThrough } from './read-through.ts';
import type { Registry } from './registry.ts';
import { schemaNamesByTopic, type TopicNames } from './topics.ts';

/** What a decoded row of a captured table turns out to be. */
export type RowToChange = (record: {
  readonly topic: string;
  readonly key: unknown;
  readonly value: unknown;
  readonly unreadable?: string;
  readonly headers?: Readonly<Record<string, string>>;
}) => DecodedChange;

type TopicsOptions = {
  readonly broker: Broker;
  readonly registry: Registry;
  readonly names: TopicNames;
  /** See `DecoderOptions`. */
  readonly columnsOf?: DecoderOptions['columnsOf'];
  /** Prefix of this installation's topics and consumer groups. */
  readonly prefix: string;
  /** How this installation marks its own writes in PICS; the rules know the mark as `picsync:`. */
  readonly originPrefix: string;
  /** Turns PICS's words into ours. */
  readonly toChange: RowToChange;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Keeps what went past unread until a person has seen to it (G-11). */
  readonly raise: (alarm: Alarm) => Promise<void>;
  readonly log: Log;
};

/**
 * The topics behind their port, over a broker and a schema registry.
 *
 * Values are Avro. A change is decoded in the same turn of the event loop once its schema is known, so that irrelevant
 * records cost no promise. Records that cannot be read go to the dead letters: their place and the reason.
 */
export async function openTopics(options: TopicsOptions): Promise<Topics & { close(): Promise<void> }> {
  const { broker, registry, names, prefix, clock, log } = options;
  const publisher = createPublisher({ producer: broker.createProducer() });
  const encoders = await createEncoders({ names, registerSchema: registry.registerSchema });
  const decoder = createDecoder({
    getWriterSchema: registry.getWriterSchema,
    ...(options.columnsOf !== undefined && { columnsOf: options.columnsOf }),
    onMissingColumns: (table, columns) =>
      log.warn('captured columns are gone: rules that need them rest', { table, field: columns.join(' ') }),
    onOtherTypes: (table) =>
      log.warn('columns of a captured table have other types than expected: they are read as they are', {
        table,
      }),
  });
  const schemaNames = schemaNamesByTopic(names);
  const groupName = (group: string): string => `${prefix}pics-sync.${group}`;

  async function publish(records: readonly EncodedRecord[]): Promise<void> {
    await Promise.all(records.map((record) => publisher.publish(record)));
  }

  const reportUnread = createReportUnread(options);
  function decodeChange(record: ConsumedRecord): DecodedChange | Promise<DecodedChange> {
    const { topic, value, headers } = record;
    if (value === null) return { kind: 'tombstone' };
    const name = schemaNames.get(topic);
    if (name === undefined) return { kind: 'malformed', reason: 'unknown-topic' };
    const finish = (decoded: Decoded<unknown>): DecodedChange => {
      const content =
        decoded.kind === 'malformed' ? { value: null, unreadable: decoded.reason } : { value: decoded.value };
      return withKnownMark(options.toChange({ topic, key: parseKey(record.key), headers, ...content }));
    };
    const decoded = decoder.decode(name, value);
    return decoded instanceof Promise ? decoded.then(finish) : finish(decoded as Decoded<unknown>);
  }

  const ownMark = `${options.originPrefix}:`;
  function withKnownMark(decoded: DecodedChange): DecodedChange {
    if (decoded.kind !== 'change' || !decoded.change.origin?.startsWith(ownMark)) return decoded;
    const origin = `picsync:${decoded.change.origin.slice(ownMark.length)}`;
    return { kind: 'change', change: { ...decoded.change, origin } satisfies Change };
  }

  async function decodeItem({ topic, value, offset, timestampMs }: ConsumedRecord): Promise<ReconcileRecord> {
    const name = schemaNames.get(topic);
    if (value === null) return { offset, timestampMs, item: { kind: 'tombstone' } };
    if (name === undefined)
      return { offset, timestampMs, item: { kind: 'malformed', reason: 'unknown-topic' } };
    return { offset, timestampMs, item: toItem(name, await decoder.decode(name, value)) };
  }

  async function bury(record: ConsumedRecord, group: string, reason: string): Promise<void> {
    const { topic, partition, offset, key, timestampMs } = record;
    log.error('a record cannot be read: its place is in the dead-letter topic', {
      topic,
      partition,
      offset: String(offset),
      code: reason,
    });
    const letter = { topic, partition, offset, key, reason, group };
    await publish([
      encoders.deadLetter({ ...letter, recordedAtMs: clock.nowMs(), recordTimestampMs: timestampMs }),
    ]);
    await options.raise({
      kind: 'dead-letter',
      about: topic,
      code: reason,
      place: `${topic}/${partition}/${offset}`,
    });
  }

  async function noteLoss({ group, topic, partition, expected, continuedAt }: RetentionLoss): Promise<void> {
    log.error('records were deleted before they were read: run a full pass', {
      group,
      topic,
      partition,
      offset: String(expected),
      nextOffset: String(continuedAt),
    });
    const place = `${topic}/${partition}/${expected}`;
    await options.raise({ kind: 'retention-loss', about: topic, code: group, place });
  }

  return {
    publishObservations: (observations) => publish(observations.map(encoders.observation)),
    publishLinks: (links, removed = false) =>
      publish(links.map((link) => encoders.link({ ...link, removed }))),
    publishResult: (answer) => publish([encoders.requestResult(answer)]),
    publishCanary: (flight) =>
      publish([encoders.canary({ ...flight, decided: [...flight.decided], late: [...flight.late] })]),

    consumeChanges: async (subscription, handle, signal) => {
      const { group, tables, maxInWork, maxInWorkBytes, commitIntervalMs, drainMs, onBuried } = subscription;
      const dispose = (record: ConsumedRecord, decoded: DecodedChange): void | Promise<void> => {
        if (decoded.kind === 'key-only') {
          const reported = reportUnread(record, decoded.reason);
          return reported === null
            ? handle(decoded, record.timestampMs)
            : reported.then(() => handle(decoded, record.timestampMs));
        }
        if (decoded.kind !== 'malformed') return handle(decoded, record.timestampMs);
        onBuried?.(decoded.reason);
        return bury(record, groupName(group), decoded.reason);
      };
      const consume = createConsume({
        consumer: broker.createConsumer({
          group: groupName(group),
          topics: tables.map((table) => changeTopic(names, table)),
          onRetentionLoss: noteLoss,
        }),
        handle: (record) => {
          const decoded = decodeChange(record);
          return decoded instanceof Promise
            ? decoded.then((late) => dispose(record, late))
            : dispose(record, decoded);
        },
        log,
        ...(maxInWork !== undefined && { maxInWork }),
        ...(maxInWorkBytes !== undefined && { maxInWorkBytes }),
        ...(commitIntervalMs !== undefined && { commitIntervalMs }),
        ...(drainMs !== undefined && { drainMs }),
      });
      await consume.run(signal);
    },

    consumeItems: async ({ group, topics, claimPlace }, handle, signal) => {
      const epochs = new Map<string, number>();
      let held = openHolding(signal);
      const consume = createConsumePartitions({
        consumer: broker.createConsumer({
          group: groupName(group),
          topics: topics.map((topic) => itemTopic(names, topic)),
          onRetentionLoss: noteLoss,
        }),
        startAt: async ({ topic, partition }) => {
          const { epoch, nextOffset } = await claimPlace(topic, partition);
          epochs.set(`${topic}/${partition}`, epoch);
          return nextOffset;
        },
        handleBatch: async ({ topic, partition, records }) => {
          const epoch = epochs.get(`${topic}/${partition}`) ?? 0;
          const items = await Promise.all(records.map(decodeItem));
          await handle({ topic, partition, epoch, records: items }, held.signal);
        },
        onRevoked: () => {
          held.abort();
          held = openHolding(signal);
        },
        log,
      });
      await consume.run(signal);
    },

    readChangesThrough: ({ group, tables, start }, handle, signal) => {
      const read = async (name: string, records: readonly ConsumedRecord[]): Promise<number> => {
        let unreadable = 0;
        for (const record of records) {
          const { partition, offset, timestampMs } = record;
          const decoding = decodeChange(record);
          const decoded = decoding instanceof Promise ? await decoding : decoding;
          if (decoded.kind === 'malformed') unreadable += 1;
          else {
            const handled = handle(decoded, { topic: name, partition, offset, timestampMs });
            if (handled instanceof Promise) await handled;
          }
        }
        return unreadable;
      };
      const topics = tables.map((table) => ({ name: table, topic: changeTopic(names, table) }));
      return readThrough({ broker, group: groupName(group), topics, start, read, log }, signal);
    },

    readItemsThrough: ({ group, topics: wanted, start }, handle, signal) => {
      const read = async (name: string, records: readonly ConsumedRecord[]): Promise<number> => {
        const items = await Promise.all(
          records.map(async (record) => {
            const decoded = await decodeItem(record);
            const { key, value } = record;
            return value === null && key !== null ? { ...decoded, key: key.toString() } : decoded;
          }),
        );
        await handle({ topic: name, partition: records[0]?.partition ?? 0, records: items });
        return items.filter(({ item }) => item.kind === 'malformed').length;
      };
      const topics = wanted.map((name) => ({ name, topic: itemTopic(names, name) }));
      return readThrough({ broker, group: groupName(group), topics, start, read, log }, signal);
    },

    close: () => publisher.close(),
  };
}

/**
 * The key of a captured row: columns and values in JSON. No registry is needed to read it, and the same row has the same
 * bytes for ever, so that compaction and deletions find the earlier records of the row. Null: another form.
 */
function parseKey(key: Buffer | null): unknown {
  if (key === null || key[0] !== openingBrace) return null;
  try {
    return JSON.parse(key.toString());
  } catch {
    return null;
  }
}
const openingBrace = 0x7b;

const reportAgainMs = 60_000;

/**
 * G-12: opens an alarm for each topic and reason, once a minute at most, that its rows cannot be read whole. Null: that
 * was done a moment ago.
 */
function createReportUnread({
  raise,
  log,
}: Pick<TopicsOptions, 'raise' | 'log'>): (record: ConsumedRecord, reason: string) => Promise<void> | null {
  const reportedAtMs = new Map<string, number>();
  return ({ topic, partition, offset }, reason) => {
    const key = `${topic} ${reason}`;
    const nowMs = performance.now();
    if (nowMs - (reportedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < reportAgainMs) return null;
    reportedAtMs.set(key, nowMs);
    log.warn('rows of a captured table cannot be read: whom their keys name is looked at instead', {
      topic,
      code: reason,
    });
    const place = `${topic}/${partition}/${offset}`;
    return raise({ kind: 'unreadable-table', about: topic, code: reason, place });
  };
}

function toItem(name: SchemaName, decoded: Decoded<unknown>): ReconcileItem {
  if (decoded.kind === 'malformed') return decoded;
  switch (name) {
    case 'picsync.link': {
      const { removed, ...link } = decoded.value as PicsyncLink;
      return { kind: 'link', link: link as Link, removed };
    }
    case 'picsync.request-result':
      return { kind: 'request-result', answer: decoded.value as RequestAnswer };
    case 'picsync.canary':
      return { kind: 'canary', flight: decoded.value as CanaryFlight };
    default:
      return { kind: 'observation', observation: decoded.value as Observation };
  }
}

/** The topic of a captured table, of the table of commands, or of the canary. */
function changeTopic(names: TopicNames, table: string): string {
  if (table === 'request' || table === 'canary') return names[table];
  const topic = names.pics[table as keyof TopicNames['pics']];
  if (topic === undefined) throw new Error(`the table ${table} is not captured`);
  return topic;
}

/** `link`, `request-result`, `canary`, or an entity of a vendor: `onefile.review`. */
function itemTopic(names: TopicNames, name: string): string {
  if (name === 'link') return names.link;
  if (name === 'request-result') return names.requestResult;
  if (name === 'canary') return names.canaryFlight;
  const topic = names.entities[name as keyof TopicNames['entities']];
  if (topic === undefined) throw new Error(`there is no topic ${name}`);
  return topic;
}

type Holding = { readonly signal: AbortSignal; readonly abort: () => void };

/** Ends with the assignment: a record that waits for something must not keep a rebalance waiting. */
function openHolding(signal: AbortSignal): Holding {
  const end = new AbortController();
  return { signal: AbortSignal.any([signal, end.signal]), abort: () => end.abort() };
}
