import type avro from 'avsc';
import { toAvroType } from './avro-options.ts';
import { schemas } from './generated/schemas.ts';
import type { PicsyncDeadLetter, PicsyncLink, PicsyncRequestResult, SchemaName } from './generated/types.ts';
import { schemaNamesByTopic, type TopicNames } from './topics.ts';
import { toWireFormat } from './wire-format.ts';

/** Ready to be published. */
export type EncodedRecord = {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
};

/** An observation of any entity; `record` must hold no field that the schema of its entity does not name. */
export type ObservationValue = {
  readonly vendor: string;
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: string;
  readonly deleted: boolean;
  readonly record: object | null;
};

export type DeadLetterValue = Omit<PicsyncDeadLetter, 'offset'> & {
  readonly offset: bigint;
  /** The record's own key, unchanged; null when it had none. */
  readonly key: Buffer | null;
};

export type Encoders = {
  observation(observation: ObservationValue): EncodedRecord;
  link(link: PicsyncLink): EncodedRecord;
  requestResult(result: PicsyncRequestResult): EncodedRecord;
  deadLetter(letter: DeadLetterValue): EncodedRecord;
};

export type EncoderOptions = {
  readonly names: TopicNames;
  /** Registers the schema of a topic's values (again) and gives its id. */
  readonly registerSchema: (topic: string, schema: object) => Promise<number>;
};

/** Registers the schemas of all topics that we write, once; then encoding waits for nobody. */
export async function createEncoders({ names, registerSchema }: EncoderOptions): Promise<Encoders> {
  const written = [...schemaNamesByTopic(names)].filter(([, name]) => !name.startsWith('pics.'));
  const encode = new Map<string, Encode>(
    await Promise.all(
      written.map(async ([topic, name]): Promise<[string, Encode]> => {
        const schemaId = await registerSchema(topic, schemas[name]);
        return [topic, createEncode(name, schemaId)];
      }),
    ),
  );
  const toRecord = (topic: string, key: string | Buffer, value: object): EncodedRecord => {
    const encodeValue = encode.get(topic);
    if (encodeValue === undefined) throw new Error(`no schema for topic ${topic}`);
    return { topic, key: Buffer.from(key), value: encodeValue(value) };
  };
  const observationTopics: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    onefile: names.onefile,
  };
  return {
    observation: (observation) => {
      const topic = observationTopics[observation.vendor]?.[observation.entity];
      if (topic === undefined) throw new Error(`no topic for ${observation.vendor}.${observation.entity}`);
      return toRecord(topic, observation.vendorId, observation);
    },
    link: (link) => toRecord(names.link, `${link.vendor}/${link.kind}/${link.picsId}`, link),
    requestResult: (result) => toRecord(names.requestResult, result.id, result),
    deadLetter: ({ key, ...letter }) =>
      toRecord(names.deadLetter, key ?? `${letter.topic}/${letter.partition}/${letter.offset}`, letter),
  };
}

type Encode = (value: object) => Buffer;

/**
 * Encodes values of one schema. It throws where the code is wrong: a missing or a surplus field.
 *
 * Avro itself would leave a surplus field out without a word, and a value would be lost on its way.
 */
function createEncode(name: SchemaName, schemaId: number): Encode {
  const type = toAvroType(schemas[name]);
  return (value) => {
    if (!type.isValid(value, { noUndeclaredFields: true })) {
      throw new Error(`${name}: not as its schema says: ${invalidPaths(type, value).join(', ')}`);
    }
    return toWireFormat(schemaId, type.toBuffer(value));
  };
}

/** Names of fields only: what is in them may be personal. */
function invalidPaths(type: avro.Type, value: object): string[] {
  const paths = new Set<string>();
  type.isValid(value, { noUndeclaredFields: true, errorHook: (path) => paths.add(path.join('.')) });
  return [...paths].filter((path) => path !== '');
}
