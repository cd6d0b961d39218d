import { expect, test } from 'vitest';
import { matchFirst, type PicsPerson, type VendorPerson } from './first-match.ts';

const noLinks = { idents: new Set<string>(), vendorIds: new Set<string>() };
const matching = { known: noLinks, by: ['misValue', 'uln'], toId: (text: string) => text } as const;
const uln = '1000000027';

const inPics = (ident: string, rest: Partial<PicsPerson> = {}): PicsPerson => ({
  ...{ ident, vendorId: null, uln: null, niNumber: null, firstName: null, surname: null, birthDate: null },
  ...rest,
});
const atOneFile = (id: string, rest: Partial<VendorPerson> = {}): VendorPerson => ({
  ...{ id, misValue: null, uln: null, niNumber: null, firstName: null, surname: null, birthDate: null },
  ...rest,
});

test('A-46: the stored id comes before the MIS value, that before the ULN', () => {
  const pics = [
    inPics('1', { vendorId: ' 901 ', uln }),
    inPics('2', { uln: '1000000043' }),
    inPics('3', { uln: '1000000051' }),
  ];
  const oneFile = [
    atOneFile('901'),
    atOneFile('902', { misValue: '2' }),
    atOneFile('903', { uln: '1000000051' }),
    atOneFile('904', { misValue: '1', uln: '1000000043' }),
  ];
  const found = matchFirst(pics, oneFile, matching);
  expect(found.matches).toEqual([
    { ident: '1', vendorId: '901', by: 'id' },
    { ident: '2', vendorId: '902', by: 'misValue' },
    { ident: '3', vendorId: '903', by: 'uln' },
  ]);
  expect(found.unmatchedCount).toBe(1);
});

test.each([
  ['two episodes of one person', [inPics('1', { uln }), inPics('2', { uln })], [atOneFile('901', { uln })]],
  ['two records at OneFile', [inPics('1', { uln })], [atOneFile('901', { uln }), atOneFile('902', { uln })]],
  [
    'two MIS values',
    [inPics('1')],
    [atOneFile('901', { misValue: '1' }), atOneFile('902', { misValue: '1' })],
  ],
  ['a ULN for "unknown"', [inPics('1', { uln: '9999999999' })], [atOneFile('901', { uln: '9999999999' })]],
  [
    'a ULN with a wrong check digit',
    [inPics('1', { uln: '1000000028' })],
    [atOneFile('901', { uln: '1000000028' })],
  ],
])('A-46, A-47: %s are not matched', (_name, pics, oneFile) => {
  expect(matchFirst(pics, oneFile, matching).matches).toEqual([]);
});

test('G-2: an id of two learners, or one the centre does not have, is doubtful and not matched otherwise', () => {
  const pics = [
    inPics('1', { vendorId: '901' }),
    inPics('2', { vendorId: '901' }),
    inPics('3', { vendorId: '999', uln }),
  ];
  const oneFile = [atOneFile('901'), atOneFile('902', { misValue: '3', uln })];
  const { matches, doubtful } = matchFirst(pics, oneFile, matching);
  expect(matches).toEqual([]);
  expect(doubtful).toMatchObject([
    { ident: '1', vendorId: '901' },
    { ident: '2', vendorId: '901' },
    { ident: '3', vendorId: '999' },
  ]);
});

test('A-46: same names and birth date are proposed, whatever their case, and never linked', () => {
  const person = { firstName: 'Mary', birthDate: '2004-05-06' };
  const pics = [inPics('1', { ...person, surname: 'Ford' }), inPics('2', { ...person, surname: null })];
  const oneFile = [
    atOneFile('901', { firstName: 'MARY ', surname: 'Ford', birthDate: '2004-05-06' }),
    atOneFile('902', { firstName: 'Mary', surname: 'Ford', birthDate: '2004-05-07' }),
  ];
  const found = matchFirst(pics, oneFile, matching);
  expect(found).toMatchObject({
    matches: [],
    proposals: [{ ident: '1', vendorId: '901' }],
    unmatchedCount: 2,
  });
});

test('records that are linked already take no part, on either side', () => {
  const known = { idents: new Set(['1']), vendorIds: new Set(['901']) };
  const pics = [inPics('1', { vendorId: '902', uln }), inPics('2', { vendorId: '901' })];
  const oneFile = [atOneFile('901', { uln }), atOneFile('902', { misValue: '1' })];
  const found = matchFirst(pics, oneFile, { ...matching, known });
  expect(found.matches).toEqual([]);
  expect(found.doubtful).toMatchObject([{ ident: '2', vendorId: '901', why: 'ID_IN_USE' }]);
});

test('D-7, D-13: the plan says of each id why it is not taken, with the names of both who claim it', () => {
  const otto = { firstName: 'Otto', surname: 'Far', birthDate: '1999-01-01' };
  const pics = [
    inPics('1', { vendorId: '901', firstName: 'Ann', surname: 'Berg' }),
    inPics('2', { vendorId: '901', firstName: 'Anna', surname: 'Berg' }),
    inPics('3', { vendorId: '902', ...otto }),
    inPics('4', { vendorId: '999' }),
    inPics('ab5'),
    inPics('6', { firstName: 'Sam', surname: 'New' }),
  ];
  const oneFile = [
    atOneFile('901', { firstName: 'Ann', surname: 'Berg' }),
    atOneFile('902', { firstName: 'Mia', surname: 'Hall', birthDate: '2004-04-04' }),
    atOneFile('903', { misValue: 'AB5' }),
    atOneFile('904', { misValue: '6', firstName: 'Mia', surname: 'Hall', uln: '1000000027' }),
  ];
  const { matches, doubtful } = matchFirst(pics, oneFile, matching);
  expect(doubtful.map(({ ident, name, why, differs }) => [ident, name, why, ...differs])).toEqual([
    ['1', 'Ann Berg', 'ID_CLAIMED_TWICE'],
    ['2', 'Anna Berg', 'ID_CLAIMED_TWICE'],
    ['3', 'Otto Far', 'ID_OTHER_PERSON', 'birth date', 'name'],
    ['4', '', 'ID_NOT_FOUND'],
  ]);
  // D-20: by MIS value without case. The name alone weighs no more than the MIS value that agrees.
  expect(matches.map(({ ident, vendorId }) => `${ident}=${vendorId}`)).toEqual(['6=904', 'ab5=903']);
});

test('SA-23: without another reason the id alone makes a pair, in any form that is the same id', () => {
  const pics = [inPics('1', { vendorId: ' {ABC} ' }), inPics('2', { uln }), inPics('3', { vendorId: '??' })];
  const shown = [atOneFile('abc'), atOneFile('902', { misValue: '2', uln })];
  const toId = (text: string) => (/^\{?\w+\}?$/.test(text) ? text.replace(/[{}]/g, '').toLowerCase() : null);
  const { matches, doubtful } = matchFirst(pics, shown, { ...matching, by: [], toId });
  expect(matches).toEqual([{ ident: '1', vendorId: 'abc', by: 'id' }]);
  expect(doubtful).toMatchObject([{ ident: '3', vendorId: '??', why: 'ID_NOT_FOUND' }]);
});
