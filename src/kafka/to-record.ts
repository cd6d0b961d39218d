import type { ConsumedRecord } from '../contract/consumed-record.ts';
import type { TopicPartition } from './broker.ts';
import type { KafkaMessage } from './client.ts';

const noHeaders: Readonly<Record<string, string>> = {};

export function toConsumedRecord(
  { topic, partition }: TopicPartition,
  message: KafkaMessage,
): ConsumedRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers: toHeaders(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

function toHeaders(headers: KafkaMessage['headers']): Readonly<Record<string, string>> {
  if (headers === undefined) return noHeaders;
  const entries = Object.entries(headers);
  if (entries.length === 0) return noHeaders;
  return Object.fromEntries(entries.map(([name, value]) => [name, toText(value)]));
}

/** Of a header that comes several times the last one counts. */
function toText(value: Buffer | string | (Buffer | string)[] | undefined): string {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined || last === null ? '' : last.toString('utf8');
}
