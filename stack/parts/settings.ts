/** Settings of the broker and the worker that hold wherever they run, here or in containers. */

/** One broker keeps one copy; the `multi-broker` profile of docker-compose.yml raises it. */
const copies = 1;

export const brokerSettings = {
  'auto.create.topics.enable': false,
  'num.partitions': 3,
  'offsets.topic.num.partitions': 3,
  'offsets.topic.replication.factor': copies,
  'transaction.state.log.num.partitions': 3,
  'transaction.state.log.replication.factor': copies,
  'transaction.state.log.min.isr': copies,
  'share.coordinator.state.topic.replication.factor': copies,
  'share.coordinator.state.topic.min.isr': copies,
  'group.initial.rebalance.delay.ms': 0,
};

export const connectSettings = {
  'group.id': 'pics-sync-connect',
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'key.converter.schemas.enable': false,
  'value.converter.schemas.enable': false,
  'config.storage.topic': 'connect-configs',
  'offset.storage.topic': 'connect-offsets',
  'status.storage.topic': 'connect-status',
  'config.storage.replication.factor': copies,
  'offset.storage.replication.factor': copies,
  'status.storage.replication.factor': copies,
  'offset.storage.partitions': 1,
  'status.storage.partitions': 1,
  'offset.flush.interval.ms': 2000,
  'scheduled.rebalance.max.delay.ms': 0,
  'connector.client.config.override.policy': 'All',
  'plugin.discovery': 'service_load',
};

/** Enough slots and senders for many test databases side by side; replication origins count as slots. */
export const postgresSettings = {
  wal_level: 'logical',
  max_replication_slots: 60,
  max_wal_senders: 60,
  max_connections: 300,
};
