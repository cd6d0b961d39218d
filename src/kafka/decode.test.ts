import { expect, test } from 'vitest';
import {
  qualificationColumns,
  toDebeziumEvent,
  toDebeziumSchema,
  writeAvro,
} from '../../test/support/debezium-schema.ts';
import { createDecoder, type DecoderOptions, toWireFormat } from './avro.ts';

const schemaId = 23;
const row = {
  ident: '20001   ',
  vqref: '603/1122/3',
  seq: 1,
  type: 'MA',
  qstart: '2025-09-01Z',
  qexpect: null,
  qend: null,
  officer: null,
  regno: 'RG-55120',
  regdate: null,
  certappl: null,
  certrecd: null,
  tot_elem: 12,
  done_elem: null,
};

function setup(options: Partial<DecoderOptions> = {}, schema: object = toDebeziumSchema()) {
  const asked: number[] = [];
  const missing: unknown[] = [];
  const decoder = createDecoder({
    getWriterSchema: async (id) => {
      asked.push(id);
      return id === schemaId ? schema : null;
    },
    onMissingColumns: (name, columns) => missing.push([name, columns]),
    ...options,
  });
  return { decoder, asked, missing };
}

function write(value: unknown, columns = qualificationColumns): Buffer {
  return toWireFormat(schemaId, writeAvro(toDebeziumSchema(columns), value));
}

test('an event of the connector is read through our columns; its nanoseconds beyond 2^53 are skipped', async () => {
  const { decoder, missing } = setup();
  const bytes = write(toDebeziumEvent({ before: null, after: row, op: 'u' }));
  expect(await decoder.decode('pics.trqual', bytes)).toEqual({
    kind: 'ok',
    value: {
      before: null,
      after: row,
      source: {
        snapshot: 'false',
        origin: 'picsync:onefile:1',
        txId: 18121,
        lsn: 169084656,
        ts_ms: 1795314766101,
      },
      op: 'u',
      ts_ms: 1795314766264,
    },
  });
  expect(missing).toEqual([]);
});

test("the topic prefix in the writer's names makes no difference", async () => {
  const schema = toDebeziumSchema(qualificationColumns, 'test_7f_pics');
  const { decoder } = setup({}, schema);
  const value = writeAvro(schema, toDebeziumEvent({ before: row, after: null, op: 'd' }));
  expect(await decoder.decode('pics.trqual', toWireFormat(schemaId, value))).toMatchObject({
    kind: 'ok',
    value: { before: row, after: null, op: 'd' },
  });
});

test('an added column is ignored', async () => {
  const columns = [{ name: 'grade', type: 'long' }, ...qualificationColumns];
  const { decoder, missing } = setup({}, toDebeziumSchema(columns));
  const bytes = write(
    toDebeziumEvent({ before: null, after: { ...row, grade: 2n ** 60n }, op: 'c' }),
    columns,
  );
  const decoded = await decoder.decode('pics.trqual', bytes);
  expect(decoded).toMatchObject({ kind: 'ok', value: { after: row } });
  expect(JSON.stringify(decoded)).not.toContain('grade');
  expect(missing).toEqual([]);
});

test('a dropped column reads as null and is reported once', async () => {
  const columns = qualificationColumns.filter(({ name }) => name !== 'regno' && name !== 'seq');
  const { decoder, missing } = setup({}, toDebeziumSchema(columns));
  const bytes = write(toDebeziumEvent({ before: null, after: row, op: 'u' }), columns);
  const expected = { kind: 'ok', value: { after: { ...row, regno: null, seq: null } } };
  expect(await decoder.decode('pics.trqual', bytes)).toMatchObject(expected);
  expect(await decoder.decode('pics.trqual', bytes)).toMatchObject(expected);
  expect(missing).toEqual([['pics.trqual', ['seq', 'regno']]]);
});

const withType = (column: string, type: unknown) =>
  qualificationColumns.map((one) => (one.name === column ? { name: column, type } : one));

test.each([
  ['an int that became a bigint', 'tot_elem', ['null', 'long'], 12],
  ['an int that became a numeric, which is captured as text', 'tot_elem', ['null', 'string'], '12'],
  ['a smallint of the key that became a bigint', 'seq', 'long', 1],
  ['a text that became a number', 'regno', ['null', 'double'], 5.5],
  ['a date that became days', 'regdate', ['null', 'int'], 20_000],
  ['a bigint beyond what a number holds', 'done_elem', ['null', 'long'], 2n ** 62n],
])('G-12: %s is read as it was written', async (_, column, type, value) => {
  const columns = withType(column, type);
  const reported: string[] = [];
  const { decoder } = setup({ onOtherTypes: (name) => reported.push(name) }, toDebeziumSchema(columns));
  const bytes = write(
    toDebeziumEvent({ before: null, after: { ...row, [column]: value }, op: 'u' }),
    columns,
  );
  const expected = {
    kind: 'ok',
    value: { op: 'u', after: { ...row, [column]: value }, source: { txId: 18121 } },
  };
  expect(await decoder.decode('pics.trqual', bytes)).toMatchObject(expected);
  expect(await decoder.decode('pics.trqual', bytes)).toMatchObject(expected);
  expect(reported).toEqual(['pics.trqual']);
});

test('only the chosen columns are read, under their names at the site', async () => {
  const columns = qualificationColumns.map((one) =>
    one.name === 'regno' ? { ...one, name: 'reg_number' } : one,
  );
  const { decoder, missing } = setup(
    { columnsOf: () => ({ ident: 'ident', vqref: 'vqref', seq: 'seq', regno: 'reg_number' }) },
    toDebeziumSchema(columns),
  );
  const { regno, ...rest } = row;
  const after = { ...rest, reg_number: regno };
  const decoded = await decoder.decode(
    'pics.trqual',
    write(toDebeziumEvent({ before: null, after, op: 'u' }), columns),
  );
  const read = { ident: row.ident, vqref: row.vqref, seq: 1, reg_number: 'RG-55120' };
  expect(decoded).toMatchObject({ kind: 'ok' });
  expect(decoded.kind === 'ok' && decoded.value.after).toEqual(read);
  expect(missing).toEqual([]);
});

test('G-12: a registry that was built again gives a number to another schema, and it is asked once more', async () => {
  let nowMs = 0;
  let schema = toDebeziumSchema(qualificationColumns.slice(0, 4));
  const { decoder } = setup({ nowMs: () => nowMs, getWriterSchema: async () => schema });
  const { ident, vqref, seq, type } = row;
  const few = writeAvro(
    schema,
    toDebeziumEvent({ before: null, after: { ident, vqref, seq, type }, op: 'c' }),
  );
  expect(await decoder.decode('pics.trqual', toWireFormat(schemaId, few))).toMatchObject({ kind: 'ok' });
  schema = toDebeziumSchema();
  const bytes = write(toDebeziumEvent({ before: null, after: row, op: 'c' }));
  expect(await decoder.decode('pics.trqual', bytes)).toEqual({ kind: 'malformed', reason: 'undecodable' });
  nowMs = 5_001;
  expect(await decoder.decode('pics.trqual', bytes)).toMatchObject({ kind: 'ok', value: { after: row } });
});

test('once the schema is known, decoding is synchronous', async () => {
  const { decoder, asked } = setup();
  const bytes = write(toDebeziumEvent({ before: null, after: row, op: 'c' }));
  await decoder.decode('pics.trqual', bytes);
  expect(decoder.decode('pics.trqual', bytes)).toMatchObject({ kind: 'ok' });
  expect(asked).toEqual([schemaId]);
});

test('concurrent records with an unknown schema make one request', async () => {
  const { decoder, asked } = setup();
  const bytes = write(toDebeziumEvent({ before: null, after: row, op: 'c' }));
  const decoded = await Promise.all(Array.from({ length: 20 }, () => decoder.decode('pics.trqual', bytes)));
  expect(decoded.every(({ kind }) => kind === 'ok')).toBe(true);
  expect(asked).toEqual([schemaId]);
});

test.each([
  ['another first byte', Buffer.concat([Buffer.from([1, 0, 0, 0, 23]), Buffer.alloc(10)])],
  ['five bytes', Buffer.from([0, 0, 0, 0, 23])],
  ['nothing', Buffer.alloc(0)],
  ['JSON', Buffer.from('{"op":"c"}')],
])('%s is not the wire format', (_, bytes) => {
  const { decoder, asked } = setup();
  expect(decoder.decode('pics.trqual', bytes)).toEqual({ kind: 'malformed', reason: 'not-wire-format' });
  expect(asked).toEqual([]);
});

test.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 9)],
  ['too long', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([1])])],
])('a body that is %s is undecodable', async (_, change) => {
  const { decoder } = setup();
  const bytes = write(toDebeziumEvent({ before: null, after: row, op: 'c' }));
  expect(await decoder.decode('pics.trqual', change(bytes))).toEqual({
    kind: 'malformed',
    reason: 'undecodable',
  });
});

test('a record with an unknown schema id is malformed, and the id is requested again only after a while', async () => {
  let nowMs = 0;
  const { decoder, asked } = setup({ nowMs: () => nowMs, unknownForMs: 5_000 });
  const bytes = toWireFormat(99, Buffer.from([1, 2, 3]));
  const unknown = { kind: 'malformed', reason: 'unknown-schema' };
  expect(await decoder.decode('pics.trqual', bytes)).toEqual(unknown);
  nowMs = 4_999;
  expect(decoder.decode('pics.trqual', bytes)).toEqual(unknown);
  expect(asked).toEqual([99]);
  nowMs = 5_001;
  expect(await decoder.decode('pics.trqual', bytes)).toEqual(unknown);
  expect(asked).toEqual([99, 99]);
});

test.each([
  ['another record', { type: 'record', name: 'Other', fields: [] }],
  ['no record', { type: 'string' }],
  ['no Avro at all', { type: 'not-avro' }],
])('%s cannot be read through our schema', async (_, schema) => {
  const { decoder } = setup({}, schema);
  const bytes = toWireFormat(schemaId, Buffer.from([0, 0, 0]));
  expect(await decoder.decode('pics.trqual', bytes)).toEqual({
    kind: 'malformed',
    reason: 'incompatible-schema',
  });
});

test('a schema that cannot be read is not remembered for good: another answer of the registry counts later', async () => {
  let nowMs = 0;
  let schema: object = { type: 'not-avro' };
  const { decoder } = setup({ nowMs: () => nowMs, getWriterSchema: async () => schema });
  const bytes = write(toDebeziumEvent({ before: null, after: row, op: 'c' }));
  expect(await decoder.decode('pics.trqual', bytes)).toEqual({
    kind: 'malformed',
    reason: 'incompatible-schema',
  });
  schema = toDebeziumSchema();
  nowMs = 5_001;
  expect(await decoder.decode('pics.trqual', bytes)).toMatchObject({ kind: 'ok', value: { after: row } });
});

test('a registry that does not answer is not the fault of the record, and the next record asks again', async () => {
  let isDown = true;
  const { decoder } = setup({
    getWriterSchema: async () => {
      if (isDown) throw new Error('connect ECONNREFUSED');
      return toDebeziumSchema();
    },
  });
  const bytes = write(toDebeziumEvent({ before: null, after: row, op: 'c' }));
  await expect(decoder.decode('pics.trqual', bytes)).rejects.toThrow('ECONNREFUSED');
  isDown = false;
  expect(await decoder.decode('pics.trqual', bytes)).toMatchObject({ kind: 'ok' });
});
