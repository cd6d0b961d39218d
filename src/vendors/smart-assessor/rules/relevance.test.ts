import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smartAssessorConfigured } from '../../../../test/memory/smart-assessor.ts';
import type { Change, ChangeEntity, Fields } from '../../../domain/change.ts';
import { keyFields, referenceTables } from '../../../pics/tables.ts';
import type { SharedSettings } from '../../vendor.ts';
import { createSmartAssessorVendor } from '../smart-assessor.ts';
import { comparedFields, decideRelevance } from './relevance.ts';
import type { SmartAssessorSettings } from './settings.ts';

const shared = { nearRealTime: true, deletedReviews: 'recreate', externalIdVendor: 'smartassessor' } as const;

/** The settings of the rules, from the product's own defaults. */
function settingsWith(wanted: object = {}, more: Partial<SharedSettings> = {}): SmartAssessorSettings {
  const configured = smartAssessorConfigured(wanted);
  if (configured.kind === 'faulty') throw new Error('the settings of a test are at fault');
  return { ...(configured.settings as object), ...shared, ...more } as unknown as SmartAssessorSettings;
}

function update(entity: ChangeEntity, before: Fields | null, after: Fields): Change {
  const base = entity === 'officer' || entity === 'organisation' ? { code: 'ABR001' } : { ident: '10001' };
  return {
    entity,
    op: 'update',
    key: base,
    before: before === null ? null : { ...base, ...before },
    after: { ...base, ...after },
    origin: null,
    txId: 7,
    committedAtMs: 0,
  };
}

const learners = { kind: 'learners', idents: ['10001'] };
const officer = { kind: 'officer', code: 'ABR001' };
const irrelevant = (rule: string) => ({ kind: 'irrelevant', rule });
const named = update('learner', { surname: 'Old' }, { surname: 'New' });
const mailed = update('officer', { email: null }, { email: 'a@x.example.org' });

test.each<[string, Change, object, unknown]>([
  ['SA-10: a learner is inserted', { ...named, op: 'create', before: null }, {}, irrelevant('SA-10')],
  ['SA-13: a surname changes, mode none', named, {}, irrelevant('SA-13')],
  ['SA-50: a surname changes, mode push', named, { learnerDetails: 'push' }, learners],
  ['SA-50: a surname changes, mode pull', named, { learnerDetails: 'pull' }, irrelevant('SA-13')],
  [
    'SA-6: the sex changes without its switch',
    update('learner', { sex: 'M' }, { sex: 'F' }),
    { learnerDetails: 'push' },
    irrelevant('SA-13'),
  ],
  [
    'SA-6: the sex changes with its switch',
    update('learner', { sex: 'M' }, { sex: 'F' }),
    { learnerDetails: 'push', updateGender: true },
    learners,
  ],
  [
    'SA-60: the Main Officer changes',
    update('learner', { mainOfficer: 'A' }, { mainOfficer: 'B' }),
    {},
    irrelevant('SA-60'),
  ],
  [
    'SA-18: the id is typed',
    update('learner-details', { smartAssessorId: null }, { smartAssessorId: 'x' }),
    {},
    learners,
  ],
  [
    'D-20: another portfolio comes into use beside an id',
    update(
      'learner-details',
      { activePortfolio: 'X', smartAssessorId: 'x' },
      { activePortfolio: 'S', smartAssessorId: 'x' },
    ),
    {},
    learners,
  ],
  [
    'A-25: another portfolio comes into use',
    update(
      'learner-details',
      { activePortfolio: 'X', smartAssessorId: null },
      { activePortfolio: 'S', smartAssessorId: null },
    ),
    {},
    irrelevant('A-25'),
  ],
  [
    'SA-51: the ULN changes, mode none',
    update('learner-details', { uln: '1' }, { uln: '2' }),
    {},
    irrelevant('SA-13'),
  ],
  [
    'SA-20: the id of an officer is typed',
    update('officer', { externalId: null }, { externalId: 'x' }),
    {},
    officer,
  ],
  ['SA-53: an officer gets an e-mail address', mailed, {}, irrelevant('SA-53')],
  ['SA-53: the same in push mode', mailed, { officerDetails: 'push' }, officer],
  [
    'SA-15: the same where officers are created: an enrolment may wait for it',
    mailed,
    { unlinkedOfficer: 'create' },
    officer,
  ],
  [
    'SA-24: the id of an organisation is typed',
    update('organisation', { externalId: null }, { externalId: '1' }),
    {},
    { kind: 'organisation', code: 'ABR001' },
  ],
  [
    'SA-54: an organisation changes its name',
    update('organisation', { name: 'A' }, { name: 'B' }),
    { learnerDetails: 'push' },
    irrelevant('SA-54'),
  ],
  [
    'SA-14, A-8: a qualification is added',
    { ...update('qualification', null, {}), op: 'create' },
    {},
    irrelevant('SA-14'),
  ],
  [
    'SA-60: a registration number changes',
    update('qualification', { registrationNumber: null }, { registrationNumber: 'R' }),
    {},
    irrelevant('SA-60'),
  ],
  [
    'SA-40: a review is edited',
    update('review', { proposedAt: 'a' }, { proposedAt: 'b' }),
    {},
    irrelevant('SA-40'),
  ],
  [
    'SA-40: a review is deleted',
    { ...update('review', {}, {}), op: 'delete', after: null },
    {},
    irrelevant('SA-40'),
  ],
  [
    'SA-41: the id of a review is edited',
    update('review', { smartAssessorId: 'a' }, { smartAssessorId: 'b' }),
    {},
    learners,
  ],
  [
    'SA-60: a placement changes',
    update('placement', { endOn: null }, { endOn: '2026-01-01' }),
    {},
    irrelevant('SA-60'),
  ],
  [
    'G-6: an own write',
    { ...named, origin: 'picsync:smartassessor:1' },
    { learnerDetails: 'push' },
    irrelevant('echo'),
  ],
  [
    "G-6: a write of OneFile's data is news here",
    { ...named, origin: 'picsync:onefile:1' },
    { learnerDetails: 'push' },
    learners,
  ],
])('%s', (_title, change, wanted, relevance) => {
  expect(decideRelevance(change, settingsWith(wanted))).toEqual(relevance);
});

test('D-4: with changes exchanged once a day a change waits for the daily run', () => {
  const settings = settingsWith({ learnerDetails: 'push' }, { nearRealTime: false });
  expect(decideRelevance(named, settings)).toEqual(irrelevant('D-4'));
});

const mode = fc.constantFrom('none', 'push', 'pull');
const wishes = fc.record({
  learnerDetails: mode,
  officerDetails: mode,
  updateGender: fc.boolean(),
  unlinkedOfficer: fc.constantFrom('omit', 'create'),
  learnerDetailFields: fc.subarray([
    'names',
    'birthDate',
    'email',
    'phones',
    'niNumber',
    'uln',
    'sex',
    'address',
    'postcode',
  ]),
  officerDetailFields: fc.subarray(['names', 'email', 'phones']),
});
const surroundings = fc.record({
  nearRealTime: fc.boolean(),
  externalIdVendor: fc.constantFrom('onefile' as const, 'smartassessor' as const, null),
});

const changes: fc.Arbitrary<Change> = fc
  .constantFrom(...(Object.keys(keyFields) as ChangeEntity[]))
  .chain((entity) => {
    const fields = Object.keys(referenceTables[entity].columns);
    return fc
      .record({
        op: fc.constantFrom('create', 'update', 'delete') as fc.Arbitrary<Change['op']>,
        after: fc.record(Object.fromEntries(fields.map((field) => [field, fc.constantFrom(null, 'N', 'x')]))),
        changed: fc.subarray(fields, { minLength: 1, maxLength: 2 }),
      })
      .map(({ op, after, changed }): Change => {
        const before = Object.fromEntries(
          changed.map((field) => [field, after[field] === null ? 'N' : null]),
        );
        const key = Object.fromEntries(keyFields[entity].map((field) => [field, 'k']));
        return {
          entity,
          op,
          key,
          before: op === 'create' ? null : { ...after, ...before, ...key },
          after: op === 'delete' ? null : { ...after, ...key },
          origin: null,
          txId: 7,
          committedAtMs: 1,
        };
      });
  });

function capture(row: Fields | null, kept: ReadonlySet<string>): Fields | null {
  return row && Object.fromEntries(Object.entries(row).filter(([field]) => kept.has(field)));
}

test('A-43: what is captured under any settings is enough to see every change that matters under them', () => {
  fc.assert(
    fc.property(wishes, surroundings, changes, (wanted, around, change) => {
      const settings = settingsWith(wanted, around);
      const kept = new Set([...keyFields[change.entity], ...(comparedFields(settings)[change.entity] ?? [])]);
      const captured = {
        ...change,
        before: capture(change.before, kept),
        after: capture(change.after, kept),
      };
      const meaning = (seen: ReturnType<typeof decideRelevance>) =>
        seen.kind === 'irrelevant' ? seen.kind : seen;
      expect(meaning(decideRelevance(captured, settings))).toEqual(
        meaning(decideRelevance(change, settings)),
      );
    }),
    { numRuns: 3_000 },
  );
});

test('A-43: personal details leave PICS only while a mode sends them, or an account is made of them', () => {
  const fieldsOf = (wanted: object) => {
    const { capturedFields } = createSmartAssessorVendor();
    const configured = smartAssessorConfigured(wanted);
    const settings = configured.kind === 'faulty' ? {} : configured.settings;
    const pics = { role: 'test', licences: [], liveLetters: [] } as const;
    return capturedFields(settings, { ...shared, pics });
  };
  expect(fieldsOf({})).toEqual({
    review: ['smartAssessorId', 'ident'],
    learner: [],
    'learner-details': ['smartAssessorId', 'activePortfolio'],
    officer: ['externalId'],
    organisation: ['externalId'],
  });
  expect(fieldsOf({ learnerDetails: 'push', learnerDetailFields: ['niNumber'] })).toMatchObject({
    learner: ['niNumber'],
  });
});
