import type { ConsumedRecord } from '../kafka/broker.ts';
import type { Messaging } from './open-messaging.ts';
import type { RoleContext } from './role.ts';

/** Writes down where a record lies that nobody can read, and why; never what is in it. */
export function createBuryRecord(
  { log }: RoleContext,
  { encoders, publish }: Messaging,
  group: string,
): (record: ConsumedRecord, reason: string) => Promise<void> {
  return async ({ topic, partition, offset, key, timestampMs }, reason) => {
    log.error('a record cannot be read: its place is in the dead-letter topic', {
      topic,
      partition,
      offset: String(offset),
      code: reason,
    });
    const place = { topic, partition, offset, key, reason, group };
    await publish([
      encoders.deadLetter({ ...place, recordedAtMs: Date.now(), recordTimestampMs: timestampMs }),
    ]);
  };
}
