import { expect, test } from 'vitest';
import { findMappingFaults, toColumnSql, toMapping, withoutColumns } from './mapping.ts';

test('a missing column reads as blank, and is used again when it is back', () => {
  const mapping = toMapping();
  expect(toColumnSql(mapping.qualification, 'registrationNumber', 'q')).toBe('q."regno"');
  const gone = withoutColumns(mapping, [
    { table: 'qualification', field: 'registrationNumber', column: 'regno' },
  ]);
  expect(toColumnSql(gone.qualification, 'registrationNumber', 'q')).toBeNull();
});

test.each([
  ['learner-details', 'oneFileId', 'other_sys_id'],
  ['review', 'oneFileId', 'onefile_id'],
  ['officer', 'externalId', 'other_id'],
  ['organisation', 'externalId', 'add_id'],
] as const)('a missing column of vendor ids never looks like removed ids: %s %s', (table, field, column) => {
  const gone = withoutColumns(toMapping(), [{ table, field, column }]);
  expect(() => toColumnSql(gone[table], field, 'x')).toThrow(/the exchange stops until it is back/);
  // This differs from a site that never had the column: there its absence means nothing.
  const never = toMapping({ [table]: { columns: { [field]: null } } });
  expect(toColumnSql(never[table], field, 'x')).toBeNull();
});

test.each([
  ['an unknown table', { student: {} }, 'pics.mapping.student is not a known table'],
  [
    'an unknown field',
    { learner: { columns: { forename: 'x' } } },
    'learner.columns.forename is not a known field',
  ],
  ['a key that does not exist', { qualification: { columns: { seq: null } } }, 'seq is a key and must exist'],
  ['a table of picsync', { request: { table: 'commands' } }, 'cannot be mapped'],
  [
    'one table for two of ours',
    { 'learner-details': { table: 'trainee' } },
    'learner and learner-details are both in the table pics.trainee',
  ],
  [
    'one column for two fields',
    { learner: { columns: { mobile: 'phone' } } },
    'phone and mobile are both in column phone',
  ],
])('A-11: %s is refused with its name', (_, config, sentence) => {
  const given = config as Parameters<typeof findMappingFaults>[0]; // as a settings file has it
  expect(findMappingFaults(given)).toEqual([expect.stringContaining(sentence)]);
  expect(() => toMapping(given)).toThrow(sentence);
});

test('A-11: a field that does not exist at the site, and other names, are no fault', () => {
  expect(
    findMappingFaults({
      learner: { schema: 'mis', table: 'student', columns: { phone: null, mobile: 'phone' } },
      'product-setting': { schema: 'other' },
    }),
  ).toEqual([]);
});
