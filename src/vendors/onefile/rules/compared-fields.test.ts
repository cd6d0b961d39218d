import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultSettings } from '../../../../test/support/onefile-rules.ts';
import type { Change, ChangeEntity, Fields } from '../../../domain/change.ts';
import { createToChange } from '../../../pics/changes.ts';
import { planCapture } from '../../../pics/install/columns.ts';
import { toMapping } from '../../../pics/mapping.ts';
import { keyFields, referenceTables } from '../../../pics/tables.ts';
import { comparedFields, decideRelevance } from './relevance.ts';
import type { LearnerDetail, OfficerDetail, OneFileSettings, OrganisationDetail } from './settings.ts';
import { isForeignWrite } from './warnings.ts';

// The canary's row is of no vendor.
const entities = (Object.keys(keyFields) as ChangeEntity[]).filter((entity) => entity !== 'canary');
const mode = fc.constantFrom('ignore', 'push', 'pull') as fc.Arbitrary<'ignore' | 'push' | 'pull'>;
const someOf = <T extends string>(...groups: readonly T[]) => fc.subarray([...groups]);

const settings: fc.Arbitrary<OneFileSettings> = fc
  .record({
    nearRealTime: fc.boolean(),
    learnerDetails: mode,
    officerDetails: mode,
    organisationDetails: mode,
    pushMainOfficer: fc.boolean(),
    pushPlacement: fc.boolean(),
    uploadReviews: fc.boolean(),
    uploadReviewTypes: fc.constantFrom(null, ['N']),
    reviewSettleSeconds: fc.constantFrom(0, 60),
    externalIdVendor: fc.constantFrom(null, 'onefile', 'smartassessor') as fc.Arbitrary<
      'onefile' | 'smartassessor' | null
    >,
    learnerDetailFields: someOf<LearnerDetail>(
      ...([
        'names',
        'birthDate',
        'email',
        'phones',
        'niNumber',
        'uln',
        'sex',
        'ethnicity',
        'disability',
      ] as const),
    ),
    officerDetailFields: someOf<OfficerDetail>('names', 'email', 'phones'),
    organisationDetailFields: someOf<OrganisationDetail>(
      ...(['name', 'address', 'postcode', 'phone', 'email', 'website'] as const),
    ),
  })
  .map((given) => ({ ...defaultSettings, ...given }));

/** A row with every field that PICS has of it; few values, so that many fields stay as they are. */
const rowOf = (entity: ChangeEntity) =>
  fc.record(
    Object.fromEntries(
      Object.keys(referenceTables[entity].columns).map((field) => [field, fc.constantFrom(null, 'N', 'x')]),
    ),
  );

const changes: fc.Arbitrary<Change> = fc.constantFrom(...entities).chain((entity) =>
  fc
    .record({
      op: fc.constantFrom('create', 'update', 'delete', 'snapshot') as fc.Arbitrary<Change['op']>,
      after: rowOf(entity),
      // Most rows that change differ in a field or two.
      changed: fc.option(
        fc.subarray(Object.keys(referenceTables[entity].columns), { minLength: 1, maxLength: 2 }),
      ),
      origin: fc.constantFrom(null, 'picsync:onefile:1', 'picsync:smartassessor:1'),
    })
    .map(({ op, after, changed, origin }): Change => {
      const other = (field: string) => (after[field] === null ? 'N' : null);
      const before = changed && {
        ...after,
        ...Object.fromEntries(changed.map((field) => [field, other(field)])),
      };
      const key = Object.fromEntries(keyFields[entity].map((field) => [field, 'k']));
      return {
        entity,
        op,
        key,
        before: op === 'create' || before === null ? null : { ...before, ...key },
        after: op === 'delete' ? null : { ...after, ...key },
        origin,
        txId: 7,
        committedAtMs: 1,
      };
    }),
);

/** The row as it leaves PICS when only these fields are captured. */
function capture(row: Fields | null, kept: ReadonlySet<string>): Fields | null {
  return row && Object.fromEntries(Object.entries(row).filter(([field]) => kept.has(field)));
}

test('A-43: what is captured under any settings is enough to see every change that matters under them', () => {
  fc.assert(
    fc.property(settings, changes, (chosen, change) => {
      const kept = new Set<string>([
        ...keyFields[change.entity],
        ...(comparedFields(chosen)[change.entity] ?? []),
      ]);
      const captured = {
        ...change,
        before: capture(change.before, kept),
        after: capture(change.after, kept),
      };
      const [whole, seen] = [decideRelevance(change, chosen), decideRelevance(captured, chosen)];
      // The rule that names why nothing follows may be another one.
      const meaning = ({ kind, ...rest }: typeof whole) => (kind === 'irrelevant' ? kind : { kind, ...rest });
      expect(meaning(seen)).toEqual(meaning(whole));
      expect(isForeignWrite(captured)).toBe(isForeignWrite(change));
    }),
    { numRuns: 15_000 },
  );
});

const toChange = createToChange(toMapping());
/** Placements are looked at for any change while one of them is sent: OneFile has one, and PICS may have many. */
const withoutPlacements = entities.filter(
  (entity) => !['placement', 'request', 'heartbeat'].includes(entity),
);

/** An update of columns that are not captured, as it is read: what is not captured is null in both rows. */
function updateOfTheRest(entity: ChangeEntity, chosen: OneFileSettings, isBlank: boolean) {
  const [table] = planCapture(toMapping(), [comparedFields(chosen)]).filter((one) => one.entity === entity);
  if (table === undefined) throw new Error(`${entity} is not captured`);
  const row = {
    ...Object.fromEntries(Object.values(referenceTables[entity].columns).map(([column]) => [column, null])),
    ...Object.fromEntries(
      table.columns.map(({ reference, isKey }) => [reference, isKey ? '1' : isBlank ? null : 'x']),
    ),
  };
  const value = { before: row, after: row, op: 'u', ts_ms: 1, source: { txId: 7, origin: null, ts_ms: 1 } };
  return toChange({ topic: `pics.pics.${table.table}`, key: null, value });
}

test('A-43: a change of what is not captured costs no look, in a blank row as in a full one', () => {
  fc.assert(
    fc.property(settings, fc.constantFrom(...withoutPlacements), fc.boolean(), (chosen, entity, isBlank) => {
      const read = updateOfTheRest(entity, chosen, isBlank);
      if (read.kind !== 'change') throw new Error(`the row of ${entity} cannot be read`);
      expect(decideRelevance(read.change, chosen).kind).toBe('irrelevant');
    }),
    { numRuns: 2_000 },
  );
});

const personal = [
  'sex',
  'birthDate',
  'niNumber',
  'ethnicity',
  'disability',
  'primaryDifficulty',
  'email',
  'phone',
];

test('A-43: personal details leave PICS only while a details mode sends them', () => {
  fc.assert(
    fc.property(settings, (chosen) => {
      const fields = Object.values(comparedFields(chosen)).flat();
      const isPushed = [chosen.learnerDetails, chosen.officerDetails, chosen.organisationDetails].includes(
        'push',
      );
      if (!isPushed) expect(fields.filter((field) => personal.includes(field))).toEqual([]);
    }),
  );
  const { learner, ...rest } = comparedFields({
    ...defaultSettings,
    learnerDetails: 'push',
    learnerDetailFields: ['niNumber', 'disability'],
  });
  expect(learner).toEqual(['niNumber']);
  expect(rest['learner-details']).toEqual([
    'oneFileId',
    'activePortfolio',
    'disability',
    'primaryDifficulty',
  ]);
});
