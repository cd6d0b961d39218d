import { expect, test } from 'vitest';
import { decideAimFields, type ExchangedField } from './aims.ts';

const blank = {
  registrationNumber: null,
  registeredOn: null,
  certificateAppliedOn: null,
  certificateReceivedOn: null,
};
const samples: Record<ExchangedField, [string, string]> = {
  registrationNumber: ['RG-1', 'RG-2'],
  registeredOn: ['2026-01-02', '2026-01-03'],
  certificateAppliedOn: ['2026-02-02', '2026-02-03'],
  certificateReceivedOn: ['2026-03-02', '2026-03-03'],
};

for (const [name, [A, B]] of Object.entries(samples)) {
  const field = name as ExchangedField;
  test.each<[string | null, string | null, 'pics' | 'onefile' | 'neither']>([
    [null, null, 'neither'],
    [null, A, 'pics'],
    [A, null, 'onefile'],
    [A, A, 'neither'],
    [A, B, 'pics'],
    [B, A, 'pics'],
    [B, null, 'onefile'],
    [null, B, 'pics'],
    [B, B, 'neither'],
  ])(`OF-42..44: ${field} with %s in PICS and %s at OneFile is written to %s`, (pics, oneFile, to) => {
    const moves = decideAimFields({ ...blank, [field]: pics }, { ...blank, [field]: oneFile });
    expect(moves).toEqual({
      toPics: to === 'pics' ? { [field]: oneFile } : {},
      toOneFile: to === 'onefile' ? { [field]: pics } : {},
    });
  });
}

test('G-1: padded, empty and spaces-only values are blank or equal', () => {
  const padded = { ...blank, registrationNumber: ' RG-1 ', registeredOn: '', certificateAppliedOn: '   ' };
  const moves = decideAimFields(padded, { ...blank, registrationNumber: 'RG-1' });
  expect(moves).toEqual({ toPics: {}, toOneFile: {} });
});

test('A-15: case counts in a registration number, the Unicode form does not', () => {
  const pics = { ...blank, registrationNumber: 'rg-1' };
  expect(decideAimFields(pics, { ...blank, registrationNumber: 'RG-1' }).toPics).toEqual({
    registrationNumber: 'RG-1',
  });
  const composed = { ...blank, registrationNumber: 'É1' };
  expect(decideAimFields(composed, { ...blank, registrationNumber: 'E\u03011' }).toPics).toEqual({});
});

test('A-13: a value longer than PICS can hold is cut, and then counts as equal', () => {
  const long = { ...blank, registrationNumber: 'R'.repeat(60) };
  const { toPics } = decideAimFields(blank, long);
  expect(toPics.registrationNumber).toHaveLength(50);
  expect(decideAimFields({ ...blank, ...toPics }, long)).toEqual({ toPics: {}, toOneFile: {} });
});

test('OF-42c: number and date may come from different sides', () => {
  const moves = decideAimFields(
    { ...blank, registrationNumber: 'RG-1' },
    { ...blank, registeredOn: '2026-01-02' },
  );
  expect(moves).toEqual({
    toOneFile: { registrationNumber: 'RG-1' },
    toPics: { registeredOn: '2026-01-02' },
  });
});

/** RG-1 was sent into the blank field at 2,000; the last full synchronisation began at 1,000. */
const ours = { value: 'RG-1', shown: 'RG-1', state: 'acknowledged', sentAtMs: 2_000 } as const;
const moved = { ...ours, state: 'moved' } as const;
const known = { observedAtMs: 2_000, correctsAfterMs: 1_000 };

test.each<[string, object, string, string | null, object]>([
  ['a correction of what we sent', ours, 'RG-2', 'RG-1', { toOneFile: 'RG-2' }],
  [
    'a correction of what was read back',
    { ...ours, state: 'read-back' },
    'RG-2',
    'RG-1',
    { toOneFile: 'RG-2' },
  ],
  [
    'a correction of a form that OneFile has made of it',
    { ...ours, state: 'read-back', shown: 'RG1' },
    'RG-2',
    'RG1',
    { toOneFile: 'RG-2' },
  ],
  [
    'the value we sent, which OneFile keeps in another form',
    { ...ours, state: 'read-back', shown: 'RG1' },
    'RG-1',
    'RG1',
    { toPics: 'RG1' },
  ],
  ['what OneFile has changed since', ours, 'RG-2', 'RG-9', { toPics: 'RG-9' }],
  ['what OneFile has changed there and back', moved, 'RG-2', 'RG-1', { toPics: 'RG-1' }],
  ['a value that OneFile shows blank now', moved, 'RG-2', null, { toOneFile: 'RG-2' }],
  [
    'a value sent before the last full synchronisation',
    { ...ours, sentAtMs: 999 },
    'RG-2',
    'RG-1',
    { toPics: 'RG-1' },
  ],
  ['a reading older than what was sent', { ...ours, sentAtMs: 2_001 }, 'RG-2', 'RG-1', {}],
])('D-11: %s', (_title, sent, pics, oneFile, to) => {
  const history = { ...known, sent: { registrationNumber: sent as typeof ours } };
  const moves = decideAimFields(
    { ...blank, registrationNumber: pics },
    { ...blank, registrationNumber: oneFile },
    history,
  );
  const expected = Object.fromEntries(
    Object.entries(to).map(([side, value]) => [side, { registrationNumber: value }]),
  );
  expect(moves).toEqual({ toOneFile: {}, toPics: {}, ...expected });
});

test('D-11: with the setting off, and for a value that PICS has cleared, OneFile wins', () => {
  const history = { ...known, sent: { registrationNumber: ours } };
  const oneFile = { ...blank, registrationNumber: 'RG-1' };
  const off = { ...history, correctsAfterMs: null };
  expect(decideAimFields({ ...blank, registrationNumber: 'RG-2' }, oneFile, off).toOneFile).toEqual({});
  expect(decideAimFields(blank, oneFile, history)).toEqual({
    toOneFile: {},
    toPics: { registrationNumber: 'RG-1' },
  });
});
