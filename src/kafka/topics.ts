import { schemas } from './generated/schemas.ts';
import type { SchemaName } from './generated/types.ts';

const capturedTopics = {
  trainee: 'pics.trainee',
  epidata: 'pics.epidata',
  pctrndet: 'pics.pctrndet',
  officer: 'pics.officer',
  placemnt: 'pics.placemnt',
  trplace: 'pics.trplace',
  trqual: 'pics.trqual',
  itp_revu: 'pics.itp_revu',
} as const;

type CapturedTable = keyof typeof capturedTopics;
/** A vendor's record by vendor and entity: `onefile.review`. Each has a schema and a topic of that name. */
export type EntityName = Exclude<SchemaName, `pics.${string}` | `picsync.${string}`>;

const entityNames = (Object.keys(schemas) as SchemaName[]).filter(
  (name): name is EntityName => !/^pics(ync)?\./.test(name),
);

/** Every topic of one installation. The prefix is empty in production and unique in a test. */
export type TopicNames = {
  /** One for each captured table of PICS. */
  readonly pics: Readonly<Record<CapturedTable, string>>;
  readonly request: string;
  readonly heartbeat: string;
  /** Rows that steer the connector: it reads them itself, no other part does. */
  readonly signal: string;
  /** The canary's row. */
  readonly canary: string;
  /** The connector's heartbeat. */
  readonly connectorHeartbeat: string;
  /** One an entity of a vendor. */
  readonly entities: Readonly<Record<EntityName, string>>;
  readonly link: string;
  readonly requestResult: string;
  /** The canary on its way back. */
  readonly canaryFlight: string;
  readonly deadLetter: string;
};

/** `site`: schema and table of a captured table where they differ from the reference schema. */
export function topicNames(prefix: string, site: Readonly<Record<string, string>> = {}): TopicNames {
  const pics = Object.entries(capturedTopics).map(([table, name]) => [
    table,
    `${prefix}pics.${site[table] ?? name}`,
  ]);
  const entities = entityNames.map((name) => [name, `${prefix}${name}`]);
  return {
    pics: Object.fromEntries(pics) as TopicNames['pics'],
    request: `${prefix}pics.picsync.request`,
    heartbeat: `${prefix}pics.picsync.heartbeat`,
    signal: `${prefix}pics.picsync.signal`,
    canary: `${prefix}pics.picsync.canary`,
    connectorHeartbeat: `__debezium-heartbeat.${prefix}pics`,
    entities: Object.fromEntries(entities) as TopicNames['entities'],
    link: `${prefix}picsync.link`,
    requestResult: `${prefix}picsync.request-result`,
    canaryFlight: `${prefix}picsync.canary`,
    deadLetter: `${prefix}picsync.dead-letter`,
  };
}

/** By topic: the schema through which its values are read. Topics that are not read are absent. */
export function schemaNamesByTopic(names: TopicNames): ReadonlyMap<string, SchemaName> {
  return new Map<string, SchemaName>([
    ...Object.entries(capturedTopics).map(([table, name]): [string, SchemaName] => [
      names.pics[table as CapturedTable],
      name,
    ]),
    ...entityNames.map((name): [string, SchemaName] => [names.entities[name], name]),
    [names.request, 'pics.request'],
    [names.heartbeat, 'pics.heartbeat'],
    [names.canary, 'pics.canary'],
    [names.link, 'picsync.link'],
    [names.requestResult, 'picsync.request-result'],
    [names.canaryFlight, 'picsync.canary'],
    [names.deadLetter, 'picsync.dead-letter'],
  ]);
}

/** The required settings of a topic, under the broker's names. */
export type TopicSpec = {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
};

type TopicTableOptions = {
  readonly names: TopicNames;
  /** Fixed at creation. A later change would move keys to other partitions. */
  readonly partitions: number;
  readonly replicationFactor: number;
};

const dayMs = 24 * 60 * 60 * 1000;

/**
 * A broker compacts and deletes closed segments alone, and by default closes one after a week or 1 GiB: then a value
 * that was replaced, or a person who was deleted, would stay for months. So a segment is closed within a day, with the
 * first record that comes after it. The largest record is that of Kafka's default, whatever the broker's own is.
 */
const everyTopic = {
  'segment.ms': String(dayMs),
  'segment.bytes': String(128 * 2 ** 20),
  'max.message.bytes': String(2 ** 20 + 12),
};

/**
 * Keeps the latest value of each key. Records younger than a week are all kept, so that no change is hidden
 * (D-3); a day later at the latest, what was replaced is gone.
 */
const compacted = {
  ...everyTopic,
  'cleanup.policy': 'compact',
  'min.compaction.lag.ms': String(7 * dayMs),
  'max.compaction.lag.ms': String(8 * dayMs),
  'delete.retention.ms': String(30 * dayMs),
};

function deletedAfter(days: number): Readonly<Record<string, string>> {
  return { ...everyTopic, 'cleanup.policy': 'delete', 'retention.ms': String(days * dayMs) };
}

/** Lists every required topic. `topics create` creates them; brokers never create them on their own. */
export function topicTable({ names, partitions, replicationFactor }: TopicTableOptions): TopicSpec[] {
  const durable = replicationFactor >= 3 ? { 'min.insync.replicas': '2' } : {};
  const toSpec = (config: Readonly<Record<string, string>>, partitionCount: number) => (name: string) => ({
    name,
    partitions: partitionCount,
    replicationFactor,
    config: { ...config, ...durable },
  });
  return [
    ...Object.values(names.pics).map(toSpec(compacted, partitions)),
    ...[names.request].map(toSpec(deletedAfter(30), partitions)),
    // One partition each: they have few records, and signals must keep their order.
    ...[names.heartbeat, names.signal, names.connectorHeartbeat, names.canary, names.canaryFlight].map(
      toSpec(deletedAfter(1), 1),
    ),
    ...Object.values(names.entities).map(toSpec(compacted, partitions)),
    ...[names.link].map(toSpec(compacted, partitions)),
    ...[names.requestResult].map(toSpec(deletedAfter(30), partitions)),
    ...[names.deadLetter].map(toSpec(deletedAfter(90), partitions)),
  ];
}
