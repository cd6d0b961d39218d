import type { DecodedChange } from '../engine/changes.ts';
import type { Decoder } from '../kafka/avro.ts';
import type { ConsumedRecord } from '../kafka/broker.ts';
import type { SchemaName } from '../kafka/generated/types.ts';
import { schemaNamesByTopic, type TopicNames } from '../kafka/topics.ts';
import { createToChange } from '../pics/changes.ts';
import type { Mapping } from '../pics/mapping.ts';

type Parts = {
  readonly names: TopicNames;
  readonly decoder: Decoder;
  readonly mapping: Mapping;
  /** How this installation marks its own writes; the rules know the mark as `picsync:`. */
  readonly originPrefix: string;
};

/** Turns a record of a captured table into a change in our words; a promise only while a schema is being fetched. */
export function createDecodeChange({
  names,
  decoder,
  mapping,
  originPrefix,
}: Parts): (record: ConsumedRecord) => DecodedChange | Promise<DecodedChange> {
  const schemaNames = schemaNamesByTopic(names);
  const toChange = createToChange(mapping);
  const ownMark = `${originPrefix}:`;

  const finish = (
    { topic, headers }: Pick<ConsumedRecord, 'topic' | 'headers'>,
    decoded: Awaited<ReturnType<Decoder['decode']>>,
  ): DecodedChange => {
    if (decoded.kind === 'malformed') return decoded;
    const result = toChange({ topic, key: null, value: decoded.value, headers });
    if (result.kind !== 'change' || !result.change.origin?.startsWith(ownMark)) return result;
    const origin = `picsync:${result.change.origin.slice(ownMark.length)}`;
    return { kind: 'change', change: { ...result.change, origin } };
  };

  return (record) => {
    const { topic, value } = record;
    if (value === null) return { kind: 'tombstone' };
    const name: SchemaName | undefined = schemaNames.get(topic);
    if (name === undefined) return { kind: 'malformed', reason: 'unknown-topic' };
    const decoded = decoder.decode(name, value);
    return decoded instanceof Promise
      ? decoded.then((late) => finish(record, late))
      : finish(record, decoded as Awaited<typeof decoded>);
  };
}
