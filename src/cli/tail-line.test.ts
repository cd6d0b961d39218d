import { expect, test } from 'vitest';
import { findTopic, toTailLine, toTailText } from './tail.ts';

const record = { topic: 'pics.pics.trqual', partition: 2, offset: 41n, timestampMs: 0 };
const row = { ident: '00017   ', vqref: '500/1', seq: 1, regno: null, surname: 'Canary', tot_elem: 5n };
const line = (value: unknown, withValues = false) =>
  toTailLine(record, { kind: 'ok', value }, { withValues });

test('an update shows coordinates, key and names of changed fields, and no value', () => {
  const update = line({
    op: 'u',
    before: row,
    after: { ...row, regno: 'R-1' },
    source: { txId: 7n, origin: null, ts_ms: 1 },
  });
  expect(update).toMatchObject({
    offset: '41',
    what: 'update',
    about: { ident: '00017', vqref: '500/1', seq: 1, txId: '7' },
    fields: ['regno'],
  });
  expect(toTailText(update)).toBe(
    '00:00:00.000  2@41  update  ident=00017  vqref=500/1  seq=1  txId=7  [regno]\n',
  );
  expect(JSON.stringify(update)).not.toMatch(/Canary|R-1/);
});

test('if the old row is unknown, every field with a value is named', () => {
  const created = line({ op: 'c', before: null, after: row, source: {} });
  expect(created.fields).toEqual(['ident', 'vqref', 'seq', 'surname', 'tot_elem']);
});

test('values are shown only with --values', () => {
  expect(JSON.stringify(line({ op: 'c', before: null, after: row, source: {} }, true))).toContain('Canary');
});

test('an observation shows its learner and its fields', () => {
  const shown = line({
    entity: 'review',
    vendorId: '77',
    cause: 'poll',
    record: { title: 'Canary', note: null },
  });
  expect(shown).toMatchObject({
    what: 'record',
    about: { entity: 'review', vendorId: '77' },
    fields: ['title'],
  });
  expect(JSON.stringify(shown)).not.toContain('Canary');
});

test('a tombstone and a malformed record are shown as such', () => {
  expect(toTailLine(record, null, { withValues: false }).what).toBe('tombstone');
  const bad = toTailLine(record, { kind: 'malformed', reason: 'undecodable' }, { withValues: true });
  expect(bad.what).toBe('malformed: undecodable');
});

test('a topic is found by the end of its name; ambiguous and unknown names are reported', () => {
  const known = ['pics.pics.trqual', 'onefile.review', 'pics.picsync.request', 'other.review'];
  expect(findTopic('trqual', known)).toBe('pics.pics.trqual');
  expect(findTopic('onefile.review', known)).toBe('onefile.review');
  expect(() => findTopic('review', known)).toThrow('"review" fits onefile.review and other.review.');
  expect(() => findTopic('trqal', known)).toThrow('Did you mean trqual?');
  expect(() => findTopic('weather-forecast', known)).toThrow('Known: ');
});
