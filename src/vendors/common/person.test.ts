import { expect, test } from 'vitest';
import { findContradictions, type PersonFacts } from './person.ts';

const unknown: PersonFacts = {
  ...{ uln: null, niNumber: null, firstName: null, surname: null, birthDate: null, misValue: null },
};
const ann: PersonFacts = {
  ...{ uln: '1000000027', niNumber: 'QQ 12 34 56 C', firstName: 'Anne-Marie', surname: 'O’Shea' },
  ...{ birthDate: '2005-03-09', misValue: '20001' },
};
const without = (...fields: readonly (keyof PersonFacts)[]): PersonFacts => {
  const left: Record<string, string | null> = { ...ann };
  for (const field of fields) left[field] = null;
  return left as PersonFacts;
};

test.each<[string, Partial<PersonFacts>, Partial<PersonFacts>]>([
  ['the same in every field', {}, {}],
  ['the same in another spelling', {}, { niNumber: 'qq123456c', firstName: 'ANNE', surname: "O'Shea" }],
  ['nothing to compare', unknown, {}],
  ['a new surname and the same ULN', {}, { surname: 'Berg', niNumber: null }],
  ['a mistyped birth date and the same NI number', { uln: null }, { birthDate: '2005-09-03' }],
  [
    'the MIS value of an earlier ident, names and birth date alike',
    { uln: null, niNumber: null },
    { misValue: '10001' },
  ],
  ['a nickname, with birth date and MIS value alike', { uln: null, niNumber: null }, { firstName: 'Annie' }],
  ['the MIS value in other case', { misValue: 'ab1' }, { ...unknown, misValue: 'AB1' }],
  ['a ULN that fails its check digit is no ULN', { uln: '1000000028' }, {}],
])('D-13: they can be one person: %s', (_title, mine, theirs) => {
  expect(findContradictions({ ...ann, ...mine }, { ...ann, ...theirs })).toEqual([]);
});

test.each<[string, PersonFacts, Partial<PersonFacts>, readonly string[]]>([
  ['another ULN, whatever else agrees', ann, { uln: '1000000035' }, ['ULN']],
  ['another NI number beside the same ULN', ann, { niNumber: 'QQ999999A' }, ['NI number']],
  [
    'another birth date, the MIS value agrees',
    without('uln', 'niNumber'),
    { birthDate: '2001-01-01', surname: 'Far' },
    ['birth date', 'name'],
  ],
  [
    'a twin: same birth date, another name, another MIS value',
    without('uln', 'niNumber'),
    { firstName: 'Beth', misValue: '20002' },
    ['name', 'MIS value'],
  ],
  [
    'another name and MIS value, nothing else known',
    without('uln', 'niNumber', 'birthDate'),
    { surname: 'Far', misValue: '7' },
    ['name', 'MIS value'],
  ],
  ['a MIS value alone', { ...unknown, misValue: '20001' }, { misValue: '20002' }, ['MIS value']],
  ['a name alone', without('uln', 'niNumber', 'birthDate', 'misValue'), { firstName: 'Beth' }, ['name']],
])('D-13: they contradict: %s', (_title, mine, theirs, differing) => {
  expect(findContradictions(mine, { ...mine, ...theirs })).toEqual(differing);
  expect(findContradictions({ ...mine, ...theirs }, mine)).toEqual(differing);
});
