import { expect, test } from 'vitest';
import { toColumnSql, toMapping, withoutColumns } from './mapping.ts';

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
