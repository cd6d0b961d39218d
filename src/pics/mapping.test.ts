import { expect, test } from 'vitest';
import { toColumnSql, toMapping, withoutColumns } from './mapping.ts';

test('a column that has gone reads as blank, and comes back by itself', () => {
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
] as const)(
  'a column of ids that has gone is never taken for ids taken away: %s %s',
  (table, field, column) => {
    const gone = withoutColumns(toMapping(), [{ table, field, column }]);
    expect(() => toColumnSql(gone[table], field, 'x')).toThrow(/rests until it is back/);
    // A site without the column from the start is another matter: there it means nothing.
    const never = toMapping({ [table]: { columns: { [field]: null } } });
    expect(toColumnSql(never[table], field, 'x')).toBeNull();
  },
);
