import type { Link } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import type { ReconcileItem, ReconcileRecord, RequestAnswer } from '../domain/rows.ts';
import type { Decoded, Decoder } from '../kafka/avro.ts';
import type { ConsumedRecord } from '../kafka/broker.ts';
import type { PicsyncLink, PicsyncRequestResult, SchemaName } from '../kafka/generated/types.ts';
import { schemaNamesByTopic, type TopicNames } from '../kafka/topics.ts';

/** Turns a record of the reconciler's topics into what it says. Throws only when the registry is away. */
export function createDecodeItem(
  names: TopicNames,
  decoder: Decoder,
): (record: ConsumedRecord) => Promise<ReconcileRecord> {
  const schemaNames = schemaNamesByTopic(names);
  return async ({ topic, value, offset, timestampMs }) => {
    const name = schemaNames.get(topic);
    if (value === null) return { offset, timestampMs, item: { kind: 'tombstone' } };
    if (name === undefined)
      return { offset, timestampMs, item: { kind: 'malformed', reason: 'unknown-topic' } };
    return { offset, timestampMs, item: toItem(name, await decoder.decode(name, value)) };
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
      return { kind: 'request-result', answer: decoded.value as PicsyncRequestResult as RequestAnswer };
    default:
      return { kind: 'observation', observation: decoded.value as Observation };
  }
}
