import type { Pool } from 'pg';
import { expect, test } from 'vitest';
import { defaultSettings } from '../../test/support/onefile-rules.ts';
import type { Work } from '../domain/work.ts';
import { createSubmitOwners, isPulled } from './submit-owners.ts';

/** The link table of the test: codes by kind, read page by page. */
function setup(
  codes: Readonly<Record<string, readonly string[]>>,
  settings = {},
  held: readonly string[] = [],
  unsettled: readonly string[] = [],
) {
  const works: Work[] = [];
  const pool = {
    query: async ({ name, values }: { name: string; values: readonly unknown[] }) => {
      if (name === 'read-held-owners')
        return { rows: held.map((ident) => ({ ident })), rowCount: held.length };
      if (name === 'read-unsettled-idents')
        return { rows: unsettled.map((ident) => ({ ident })), rowCount: unsettled.length };
      const [, , kind, after, limit] = values as [string, string, string, string, number];
      const rows = (codes[kind] ?? []).filter((code) => code > after).slice(0, limit);
      return { rows: rows.map((code) => ({ code })), rowCount: rows.length };
    },
  } as unknown as Pool;
  const submitOwners = createSubmitOwners({
    store: { pool },
    settings: { ...defaultSettings, ...settings },
    submit: async (work) => {
      works.push(work);
      return { kind: 'settled', isLinked: true, holds: [], calls: {} };
    },
  });
  return { submitOwners, works };
}

test('OF-71, OF-72: a full pass hands on every linked record of a mode that pushes, as just read', async () => {
  const many = Array.from({ length: 2_500 }, (_, n) => `O${String(n).padStart(4, '0')}`);
  const { submitOwners, works } = setup(
    { officer: many, organisation: ['ACME1'] },
    { officerDetails: 'push', organisationDetails: 'push' },
  );
  await submitOwners();
  expect(works.map(({ ident }) => ident)).toEqual([
    ...many.map((code) => `officer:${code}`),
    'organisation:ACME1',
  ]);
  expect(works.at(-1)).toMatchObject({
    demand: 'refresh',
    priority: 'poll',
    reads: ['read-placement organisation:ACME1'],
  });
});

test.each(['ignore', 'pull'] as const)('OF-71: in mode %s nobody is handed on', async (mode) => {
  const codes = { officer: ['AB'], organisation: ['ACME1'] };
  const { submitOwners, works } = setup(codes, { officerDetails: mode, organisationDetails: mode });
  await submitOwners();
  expect(works).toEqual([]);
});

test('OF-36: whoever is held is looked at again in any mode', async () => {
  const { submitOwners, works } = setup({ officer: ['AB'] }, {}, ['officer:CD', 'organisation:ACME1']);
  await submitOwners();
  expect(works.map(({ ident, demand }) => `${demand} ${ident}`)).toEqual([
    'refresh officer:CD',
    'refresh organisation:ACME1',
  ]);
});

test('OF-23: an enrolment that waits is looked at again by a full pass', async () => {
  const { submitOwners, works } = setup({}, {}, ['officer:AB'], ['10016']);
  await submitOwners();
  expect(works.map(({ ident, demand }) => [ident, demand])).toEqual([
    ['officer:AB', 'refresh'],
    ['10016', 'refresh'],
  ]);
});

test('G-4: only what a pull mode takes over is told again although it is unchanged', () => {
  const pulled = { ...defaultSettings, officerDetails: 'pull', organisationDetails: 'push' } as const;
  expect(['assessor', 'placement', 'review'].map((entity) => isPulled(entity, pulled))).toEqual([
    ...[true, false, false],
  ]);
});
