import { describe, expect, test } from 'vitest';
import { createToChange, toFieldValue, unavailableValue } from './changes.ts';
import { toMapping } from './mapping.ts';

const source = {
  txId: 18121,
  origin: null,
  ts_ms: 1_795_314_766_264,
  snapshot: 'false',
  lsn: 169084656,
};
const toChange = createToChange(toMapping());

function envelope(
  table: string,
  fields: { before?: object | null; after?: object | null; op?: string; source?: object },
) {
  return {
    topic: `t1.pics.pics.${table}`,
    key: null,
    value: {
      before: fields.before ?? null,
      after: fields.after ?? null,
      op: fields.op ?? 'u',
      ts_ms: 1_795_314_766_300,
      source: { ...source, ...fields.source },
    },
  };
}

function changeOf(record: Parameters<typeof toChange>[0]) {
  const result = toChange(record);
  if (result.kind !== 'change') throw new Error(`expected a change, got ${JSON.stringify(result)}`);
  return result.change;
}

test('a changed learner row has our field names, trimmed texts and plain dates (G-1)', () => {
  const before = { ident: '10001   ', firstname: 'Ann      ', surname: '   ', birthdate: '1999-02-28Z' };
  const change = changeOf(envelope('trainee', { before, after: { ...before, surname: ' Berg  ' } }));
  expect(change).toEqual({
    entity: 'learner',
    op: 'update',
    key: { ident: '10001' },
    before: { ident: '10001', firstName: 'Ann', surname: null, birthDate: '1999-02-28' },
    after: { ident: '10001', firstName: 'Ann', surname: 'Berg', birthDate: '1999-02-28' },
    origin: null,
    txId: 18121,
    committedAtMs: 1_795_314_766_264,
  });
});

test('a time without a zone loses the Z that the capture adds (A-14)', () => {
  const after = { id: 'A0000000-0000-4000-8000-000000000001', ident: '1', proposed: '2026-03-29T01:30:00Z' };
  expect(changeOf(envelope('itp_revu', { after, op: 'c' })).after).toMatchObject({
    id: 'a0000000-0000-4000-8000-000000000001',
    proposedAt: '2026-03-29T01:30:00',
  });
});

test.each([
  ['2026-06-15T09:00:00+00:00', '2026-06-15T10:00:00'],
  ['2026-06-15T10:00:00+01:00', '2026-06-15T10:00:00'],
  ['2026-01-15 04:30:00.5-05', '2026-01-15T09:30:00'],
  ['2026-10-25T00:30:00+0000', '2026-10-25T01:30:00'],
  ['infinity', 'infinity'],
  ['20226-01-15T10:00:00+00:00', '20226-01-15T10:00:00+00:00'],
])('D-17: a planned time in a column with a time zone is read in London: %s', (proposed, expected) => {
  expect(toFieldValue(proposed, 'local-time')).toBe(expected);
});

test.each([
  ['c', 'create'],
  ['u', 'update'],
  ['r', 'snapshot'],
])('op %s is a %s', (op, expected) => {
  expect(changeOf(envelope('epidata', { after: { ident: '1' }, op })).op).toBe(expected);
});

test('a deletion keeps its key and the old row that the database reported', () => {
  const before = { ident: '10001   ', vqref: 'Q1        ', seq: 2, regno: 'AB1 ' };
  const change = changeOf(envelope('trqual', { before, op: 'd' }));
  expect(change.key).toEqual({ ident: '10001', reference: 'Q1', seq: 2 });
  expect(change.before).toMatchObject({ registrationNumber: 'AB1' });
  expect(change.after).toBeNull();
});

test('a deletion under replica identity default has no old row: its nulls carry no information', () => {
  const change = changeOf(
    envelope('trqual', { before: { ident: '1', vqref: 'Q', seq: 1, regno: null }, op: 'd' }),
  );
  expect(change.before).toBeNull();
  expect(change.key).toEqual({ ident: '1', reference: 'Q', seq: 1 });
});

test.each([
  ['its captured columns are blank', { regno: null, regdate: '   ', qend: null }],
  ['only its key is captured', {}],
])('G-6: an update has its old row where %s', (_, captured) => {
  const row = { ident: '10001   ', vqref: 'Q1', seq: 2, ...captured };
  const change = changeOf(envelope('trqual', { before: row, after: row }));
  expect(change.before).not.toBeNull();
  expect(change.before).toEqual(change.after);
});

test('G-11: an update under another identity than FULL has no old row', () => {
  const after = { ident: '10001', vqref: 'Q1', seq: 2, regno: null };
  expect(changeOf(envelope('trqual', { before: null, after })).before).toBeNull();
  const ofAnIndex = { ident: null, vqref: null, seq: null, regno: null };
  expect(changeOf(envelope('trqual', { before: ofAnIndex, after })).before).toBeNull();
});

test('a value that was not logged because it did not change is left out', () => {
  const after = { id: 'r', kind: 'refresh', payload: unavailableValue, status: 'working' };
  const record = { ...envelope('request', { after }), topic: 'pics.picsync.request' };
  expect(changeOf(record).after).toEqual({
    id: 'r',
    kind: 'refresh',
    status: 'working',
  });
});

test('a truncate has no key', () => {
  expect(changeOf(envelope('itp_revu', { op: 't' }))).toMatchObject({
    op: 'truncate',
    key: null,
    after: null,
  });
});

test('the reconciler’s mark is reported, and a missing commit time is replaced by the connector’s clock', () => {
  const marked = { origin: 'picsync:onefile:1', ts_ms: Date.UTC(2000, 0, 1) };
  const change = changeOf(envelope('epidata', { after: { ident: '1' }, source: marked }));
  expect(change.origin).toBe('picsync:onefile:1');
  expect(change.committedAtMs).toBe(1_795_314_766_300);
});

test('a snapshot row has no transaction to wait for', () => {
  expect(changeOf(envelope('epidata', { after: { ident: '1' }, op: 'r' })).txId).toBeNull();
});

test('an unknown column is ignored, and a missing one is absent', () => {
  const change = changeOf(
    envelope('pctrndet', { after: { ident: '1', email: 'a@example.org', new_column: 'x' } }),
  );
  expect(change.after).toEqual({ ident: '1', email: 'a@example.org' });
});

test.each([
  ['a tombstone', { topic: 'pics.pics.trainee', key: null, value: null }, { kind: 'tombstone' }],
  [
    'text',
    { topic: 'pics.pics.trainee', key: null, value: 'x' },
    { kind: 'malformed', reason: 'NOT_AN_ENVELOPE' },
  ],
  ['a foreign table', envelope('notes', {}), { kind: 'malformed', reason: 'TABLE_UNKNOWN' }],
  ['a foreign op', envelope('trainee', { op: 'm' }), { kind: 'malformed', reason: 'OP_UNKNOWN' }],
  [
    'a row without its key',
    envelope('trainee', { after: { surname: 'x' } }),
    { kind: 'malformed', reason: 'KEY_MISSING' },
  ],
])('%s is recognised', (_, record, expected) => {
  expect(toChange(record)).toEqual(expected);
});

describe('G-12: the key of the record is enough', () => {
  const key = { ident: '10001   ', vqref: '603/1122/3', seq: 2 };
  const known = { ident: '10001', reference: '603/1122/3', seq: 2 };
  const byKey = (reason: string) => ({ kind: 'key-only', entity: 'qualification', key: known, reason });

  test.each([
    ['an envelope that cannot be decoded', { value: null, unreadable: 'undecodable' }, 'undecodable'],
    ['no envelope', { value: { after: key } }, 'NOT_AN_ENVELOPE'],
    ['an op of a later connector', envelope('trqual', { op: 'm' }), 'OP_UNKNOWN'],
    [
      'a row that was read with the schema of another',
      envelope('trqual', { after: { ...key, ident: 'QQ12345 ' } }),
      'KEY_DIFFERS',
    ],
  ])('%s', (_, record, reason) => {
    expect(toChange({ topic: 'pics.pics.trqual', ...record, key })).toEqual(byKey(reason));
  });

  test.each([null, { ident: '10001' }, 'key'])('a key that is not whole is not enough: %j', (part) => {
    const record = { topic: 'pics.pics.trqual', key: part, value: null, unreadable: 'unknown-schema' };
    expect(toChange(record)).toEqual({ kind: 'malformed', reason: 'unknown-schema' });
  });

  test('a row with the key of its record is a change, however the connector writes the values', () => {
    const after = { ident: '10001', vqref: '603/1122/3 ', seq: 2n };
    expect(changeOf({ ...envelope('trqual', { after }), key }).key).toEqual(known);
    expect(changeOf({ ...envelope('trqual', { after }), key: { ...key, seq: '2' } }).key).toEqual(known);
  });

  test('at a site with another primary key the row says which record it is', () => {
    const other = { ...envelope('trqual', { after: key }), key: { row_id: 7 } };
    expect(changeOf(other).key).toEqual(known);
  });
});

test.each([
  ['a bigint that is small', 12n, 12],
  ['a numeric as text', '12', 12],
  ['a numeric with a fraction', '12.50', 12.5],
  ['what is no number', 'many', 'many'],
])('G-12: %s in a column of whole numbers is read', (_, tot_elem, elementsTotal) => {
  const after = { ident: '1', vqref: 'Q', seq: 1, tot_elem };
  expect(changeOf(envelope('trqual', { after })).after).toMatchObject({ elementsTotal });
});

test('G-12: a column that became a list is text, also with numbers beyond 2^53', () => {
  const after = { ident: '1', vqref: 'Q', seq: 1, regno: [2n ** 60n] };
  expect(changeOf(envelope('trqual', { after })).after).toMatchObject({
    registrationNumber: '["1152921504606846976"]',
  });
});

test('A-11: a site’s own names are mapped', () => {
  const mapping = toMapping({
    learner: { schema: 'mis', table: 'student', columns: { surname: 'last name', site: null } },
  });
  const result = createToChange(mapping)({
    topic: 'pics.mis.student',
    key: null,
    value: { op: 'c', after: { ident: '1', last_name: 'Berg', site: 'X' }, before: null, source, ts_ms: 1 },
  });
  expect(result).toMatchObject({ kind: 'change', change: { after: { ident: '1', surname: 'Berg' } } });
});

test('A-19: a changed key reports its old and its new value, trimmed, when the connector sends both', () => {
  const oldkey = { '__debezium.oldkey': '{"ident":"10001   "}' };
  const newkey = { '__debezium.newkey': '{"ident":"99901   "}' };
  const created = envelope('trainee', { after: { ident: '99901   ' }, op: 'c' });
  const deleted = envelope('trainee', { before: { ident: '10001   ' }, op: 'd' });
  expect(changeOf({ ...created, headers: oldkey })).toMatchObject({
    op: 'create',
    key: { ident: '99901' },
    renamedFrom: { ident: '10001' },
  });
  expect(changeOf({ ...deleted, headers: newkey })).toMatchObject({
    op: 'delete',
    renamedTo: { ident: '99901' },
  });
  expect(changeOf(created)).not.toHaveProperty('renamedFrom');
});

test.each(['Struct{ident=10001}', '{"other":"1"}', '[]', '7'])(
  'A-19: an unknown header (%s) does not report a changed key',
  (text) => {
    const created = envelope('trainee', { after: { ident: '99901   ' }, op: 'c' });
    expect(changeOf({ ...created, headers: { '__debezium.oldkey': text } })).not.toHaveProperty(
      'renamedFrom',
    );
  },
);
