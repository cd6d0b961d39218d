import { expect, test } from 'vitest';
import { decideRelevance } from '../../src/vendors/onefile/rules/relevance.ts';
import { defaultSettings } from '../support/onefile-rules.ts';
import { decodeBytes, decodeEvent, type RowChange, type TourTable } from './pics-events.ts';

// A person types a registration number into PICS. The database commits, Debezium reads the row from the log and
// writes it to the topic of its table: old row, new row, and where it came from. PICS is an old database: texts
// are padded, a blank may be null or spaces, and the tables have short names.

const before = { ident: '10001   ', vqref: '603/1122/3', seq: 1, regno: '          ', qstart: '2025-09-01Z' };
const after = { ...before, regno: 'RG-9      ' };
const typed: RowChange = { op: 'u', before, after };

test('the bytes of the topic become a change in our words: trimmed, blank is null, a date is a date', async () => {
  const decoded = await decodeEvent('trqual', typed);
  expect(decoded).toMatchObject({
    kind: 'change',
    change: {
      entity: 'qualification',
      op: 'update',
      key: { ident: '10001', reference: '603/1122/3', seq: 1 },
      before: { registrationNumber: null, startOn: '2025-09-01' },
      after: { registrationNumber: 'RG-9', startOn: '2025-09-01' },
      origin: null,
    },
  });
});

// The next question is whether OneFile can be concerned at all. It is answered from the row alone, without asking
// anything, because most changes in PICS are about something else. The answer names a rule, so that for every
// change the log can say why nothing happened.

async function judge(table: TourTable, change: RowChange): Promise<string> {
  const decoded = await decodeEvent(table, change);
  if (decoded.kind !== 'change') return decoded.kind;
  const relevance = decideRelevance(decoded.change, defaultSettings);
  if (relevance.kind === 'irrelevant') return `skipped by ${relevance.rule}`;
  return relevance.kind === 'learners' ? `look at ${relevance.idents.join(', ')}` : relevance.kind;
}

test.each<[string, TourTable, RowChange, string]>([
  ['a registration number that was typed', 'trqual', typed, 'look at 10001'],
  [
    'another title of the same qualification',
    'trqual',
    { ...typed, after: { ...before, type: 'ZZ' } },
    'skipped by OF-16',
  ],
  ['an element count', 'trqual', { ...typed, after: { ...before, tot_elem: 12 } }, 'skipped by OF-45'],
  ['a row of the first copy', 'trqual', { op: 'r', before: null, after }, 'skipped by snapshot'],
  ['our own write, coming back', 'trqual', { ...typed, origin: 'picsync:onefile:1' }, 'skipped by echo'],
  [
    'a write for the other vendor',
    'trqual',
    { ...typed, origin: 'picsync:smartassessor:1' },
    'look at 10001',
  ],
  [
    'a review planned for next week',
    'itp_revu',
    {
      op: 'c',
      before: null,
      after: { id: 'r1', ident: '10001', type: 'N', proposed: '2026-01-20T10:00:00' },
    },
    'look at 10001',
  ],
  [
    'a review that has taken place already',
    'itp_revu',
    {
      op: 'c',
      before: null,
      after: { id: 'r1', ident: '10001', type: 'N', proposed: '2026-01-20T10:00:00', attended: 'Y' },
    },
    'skipped by OF-19',
  ],
])('%s', async (_what, table, change, verdict) => {
  expect(await judge(table, change)).toBe(verdict);
});

// In doubt a change is relevant: looking once too often costs a read, looking once too seldom costs a day.

test('an update that does not say what was there before counts as a change of everything', async () => {
  expect(await judge('trqual', { op: 'u', before: null, after: before })).toBe('look at 10001');
});

// A record that cannot be read is no reason to stop, and none to forget it: its place is written down.

test('bytes that are no record of ours are reported by a code, never by their content', async () => {
  const decoded = await decodeBytes('trqual', Buffer.from('Imogen Tarrant'));
  expect(decoded).toEqual({ kind: 'malformed', reason: 'not-wire-format' });
});
