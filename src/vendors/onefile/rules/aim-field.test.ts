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
    const moves = decideAimFields({ ...blank, [field]: pics }, { ...blank, [field]: oneFile }, {});
    expect(moves).toEqual({
      toPics: to === 'pics' ? { [field]: oneFile } : {},
      toOneFile: to === 'onefile' ? { [field]: pics } : {},
    });
  });
}

test('G-1: padded, empty and spaces-only values are blank or equal', () => {
  const padded = { ...blank, registrationNumber: ' RG-1 ', registeredOn: '', certificateAppliedOn: '   ' };
  const moves = decideAimFields(padded, { ...blank, registrationNumber: 'RG-1' }, {});
  expect(moves).toEqual({ toPics: {}, toOneFile: {} });
});

test('A-15: case counts in a registration number, the Unicode form does not', () => {
  const pics = { ...blank, registrationNumber: 'rg-1' };
  expect(decideAimFields(pics, { ...blank, registrationNumber: 'RG-1' }, {}).toPics).toEqual({
    registrationNumber: 'RG-1',
  });
  const composed = { ...blank, registrationNumber: 'É1' };
  expect(decideAimFields(composed, { ...blank, registrationNumber: 'E\u03011' }, {}).toPics).toEqual({});
});

test('A-13: a value longer than PICS can hold is cut, and then counts as equal', () => {
  const long = { ...blank, registrationNumber: 'R'.repeat(60) };
  const { toPics } = decideAimFields(blank, long, {});
  expect(toPics.registrationNumber).toHaveLength(50);
  expect(decideAimFields({ ...blank, ...toPics }, long, {})).toEqual({ toPics: {}, toOneFile: {} });
});

test('OF-42c: number and date may come from different sides', () => {
  const moves = decideAimFields(
    { ...blank, registrationNumber: 'RG-1' },
    { ...blank, registeredOn: '2026-01-02' },
    {},
  );
  expect(moves).toEqual({
    toOneFile: { registrationNumber: 'RG-1' },
    toPics: { registeredOn: '2026-01-02' },
  });
});

test('OF-44: a field that OneFile does not keep is neither sent nor compared', () => {
  const support = { 'aim.certificateReceived': false };
  const pics = { ...blank, certificateReceivedOn: '2026-03-02', registeredOn: '2026-01-02' };
  expect(decideAimFields(pics, blank, support)).toEqual({
    toOneFile: { registeredOn: '2026-01-02' },
    toPics: {},
  });
});
