import { beforeAll, expect, test } from 'vitest';
import { createDecoder, createEncoders, type Encoders, type ObservationValue } from './avro.ts';
import type { SchemaName, SchemaTypes } from './generated/types.ts';
import { topicNames } from './topics.ts';

const names = topicNames('t1.');
const registered: { topic: string; schema: object }[] = [];
let encoders: Encoders;

beforeAll(async () => {
  encoders = await createEncoders({
    names,
    registerSchema: async (topic, schema) => registered.push({ topic, schema }),
  });
});

const decoder = createDecoder({ getWriterSchema: async (id) => registered[id - 1]?.schema ?? null });

async function decode<N extends SchemaName>(name: N, bytes: Buffer): Promise<SchemaTypes[N]> {
  const decoded = await decoder.decode(name, bytes);
  if (decoded.kind === 'malformed') throw new Error(decoded.reason);
  return decoded.value;
}

const review: ObservationValue = {
  vendor: 'onefile',
  centre: '301',
  entity: 'review',
  vendorId: '800007',
  learnerVendorId: '400061',
  observedAtMs: 1_795_314_766_264,
  cause: 'before-write',
  deleted: false,
  record: {
    id: '800007',
    learnerId: '400061',
    assessorId: '400002',
    employerId: null,
    visitId: '700012',
    scheduledForMs: Date.UTC(2026, 5, 22, 9),
    endTimeMs: null,
    startedAtMs: null,
    assessorSignedAtMs: null,
    learnerSignedAtMs: null,
    employerSignedAtMs: null,
    unreadable: ['endTimeMs'],
  },
};

test('schemas of all topics we write are registered once, those of captured tables are not', () => {
  const topics = registered.map(({ topic }) => topic).sort();
  expect(topics).toEqual(
    [
      ...Object.values(names.entities),
      names.link,
      names.requestResult,
      names.canaryFlight,
      names.deadLetter,
    ].sort(),
  );
});

test('an observation decodes to the same value, on its entity’s topic, with the vendor’s id as key', async () => {
  const encoded = encoders.observation(review);
  expect([encoded.topic, encoded.key.toString()]).toEqual(['t1.onefile.review', '800007']);
  expect(await decode('onefile.review', encoded.value)).toEqual(review);
});

test('a deletion is an observation without a record', async () => {
  const gone = { ...review, deleted: true, record: null };
  expect(await decode('onefile.review', encoders.observation(gone).value)).toEqual(gone);
});

test('fields that a record omits are null', async () => {
  const short = { ...review, record: { id: '800007' } };
  const decoded = await decode('onefile.review', encoders.observation(short).value);
  expect(decoded.record).toMatchObject({ id: '800007', learnerId: null, scheduledForMs: null });
});

test('a field that the schema lacks is refused by name, without its value', () => {
  const surplus = { ...review, record: { ...review.record, shoeSize: 'forty-two' } };
  expect(() => encoders.observation(surplus)).toThrow('onefile.review');
  expect(() => encoders.observation(surplus)).not.toThrow('forty-two');
});

test('a value of another type than the schema’s is refused', () => {
  const wrong = { ...review, record: { ...review.record, scheduledForMs: '2026-06-22' } };
  expect(() => encoders.observation(wrong)).toThrow('does not match its schema');
});

test('an entity without a topic is refused', () => {
  expect(() => encoders.observation({ ...review, entity: 'timesheet' })).toThrow('onefile.timesheet');
});

test('the key of a link is the pair it joins, so that its removal follows it', async () => {
  const link = {
    vendor: 'onefile',
    centre: '301',
    kind: 'review',
    picsId: 'a-1',
    vendorId: '800007',
    ident: '20001',
    how: 'created',
    copiedAtMs: null,
    removed: false,
  } as const;
  const made = encoders.link(link);
  const removed = encoders.link({ ...link, vendorId: '800008', removed: true });
  expect(made.key.toString()).toBe('onefile/review/a-1');
  expect(removed.key).toEqual(made.key);
  expect(await decode('picsync.link', made.value)).toEqual(link);
});

test('the key of a request’s result is the request', async () => {
  const result = {
    id: '7d9f',
    status: 'done',
    code: 'DONE',
    message: null,
    result: '{"pushed":2}',
    attempts: 1,
    startedAtMs: 1,
    finishedAtMs: 2,
  } as const;
  const encoded = encoders.requestResult(result);
  expect([encoded.topic, encoded.key.toString()]).toEqual([names.requestResult, '7d9f']);
  expect(await decode('picsync.request-result', encoded.value)).toEqual(result);
});

test('a dead letter has the record’s key and position, and no value of it', async () => {
  const letter = {
    topic: names.pics.trqual,
    partition: 2,
    offset: 14n,
    reason: 'unknown-schema',
    group: 'pics-sync.onefile.outbound',
    recordedAtMs: 2,
    recordTimestampMs: 1,
    key: Buffer.from([0, 1]),
  };
  const encoded = encoders.deadLetter(letter);
  expect(encoded.key).toEqual(letter.key);
  const { key: _, ...rest } = letter;
  expect(await decode('picsync.dead-letter', encoded.value)).toEqual({ ...rest, offset: 14 });
  expect(encoders.deadLetter({ ...letter, key: null }).key.toString()).toBe(`${names.pics.trqual}/2/14`);
});
