import { expect, test } from 'vitest';
import { defaultSettings } from '../../../../test/support/onefile-rules.ts';
import type { Change, ChangeEntity, Fields } from '../../../domain/change.ts';
import { decideRelevance } from './relevance.ts';
import type { OneFileSettings } from './settings.ts';

const settings: OneFileSettings = defaultSettings;

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

const review = { id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00', attended: null, oneFileId: null };
const learners = { kind: 'learners', idents: ['10001'] };
const irrelevant = (rule: string) => ({ kind: 'irrelevant', rule });

test.each<[string, Change, unknown]>([
  [
    'OF-42: a registration number changes',
    update('qualification', { registrationNumber: null }, { registrationNumber: 'R1' }),
    learners,
  ],
  [
    'OF-44: a certificate date is cleared',
    update('qualification', { certificateReceivedOn: '2026-01-01' }, { certificateReceivedOn: null }),
    learners,
  ],
  [
    'OF-45: element counters are never sent',
    update('qualification', { elementsDone: 1 }, { elementsDone: 2 }),
    irrelevant('OF-45'),
  ],
  [
    'OF-16: another column of a qualification',
    update('qualification', { startOn: null }, { startOn: '2026-01-01' }),
    irrelevant('OF-16'),
  ],
  ['D-10: a qualification ends', update('qualification', { endOn: null }, { endOn: '2026-01-01' }), learners],
  [
    'D-9, D-20: a qualification is added, which may be one that was linked, or carry a number',
    { ...update('qualification', null, { registrationNumber: 'R1' }), op: 'create' },
    learners,
  ],
  [
    'D-20: a qualification is added with a certificate date',
    { ...update('qualification', null, { certificateAppliedOn: '2026-01-02' }), op: 'create' },
    learners,
  ],
  [
    'OF-16: a qualification is removed',
    { ...update('qualification', { registrationNumber: 'R1' }, {}), op: 'delete', after: null },
    irrelevant('OF-16'),
  ],
  ['OF-50: a Normal review is planned', { ...update('review', null, review), op: 'create' }, learners],
  [
    'OF-19: a review is inserted as held',
    { ...update('review', null, { ...review, attended: 'Y' }), op: 'create' },
    irrelevant('OF-19'),
  ],
  [
    'D-17: a review without a proposed time, which is held',
    { ...update('review', null, { ...review, proposedAt: null }), op: 'create' },
    learners,
  ],
  ['A-26: a review comes to qualify', update('review', { ...review, attended: 'U' }, review), learners],
  [
    'OF-51: its officer changes',
    update('review', { ...review, officer: null }, { ...review, officer: 'X' }),
    learners,
  ],
  [
    'OF-50: it stops qualifying, which may close a held item',
    update('review', review, { ...review, attended: 'N' }),
    learners,
  ],
  [
    'OF-52: an uploaded review is moved',
    update(
      'review',
      { ...review, oneFileId: '8' },
      { ...review, oneFileId: '8', proposedAt: '2026-02-02T10:00:00' },
    ),
    irrelevant('OF-52'),
  ],
  ['OF-53: a person clears its id', update('review', { ...review, oneFileId: '8' }, review), learners],
  [
    'OF-52: a review is deleted',
    { ...update('review', review, {}), op: 'delete', after: null },
    irrelevant('OF-52'),
  ],
  [
    'OF-81: only unused columns of a review change',
    update('review', review, { ...review, learnerSignedOn: '2026-01-01' }),
    irrelevant('OF-81'),
  ],
  [
    'OF-24: an id is typed',
    update('learner-details', { oneFileId: null }, { oneFileId: '400061' }),
    learners,
  ],
  [
    'D-20: the row of details comes, blank',
    { ...update('learner-details', null, { ident: '10001', oneFileId: null }), op: 'create' },
    learners,
  ],
  [
    'A-25: the active portfolio changes, and the row shows no id of OneFile',
    update('learner-details', { activePortfolio: null }, { activePortfolio: 'S' }),
    irrelevant('A-25'),
  ],
  [
    'D-20: another portfolio comes into use beside an id, which counts no longer',
    update(
      'learner-details',
      { oneFileId: '400061', activePortfolio: null },
      { oneFileId: '400061', activePortfolio: 'S' },
    ),
    learners,
  ],
  [
    'D-20: OneFile comes into use beside an id, which counts from now on',
    update(
      'learner-details',
      { oneFileId: '400061', activePortfolio: 'other' },
      { oneFileId: '400061', activePortfolio: 'O' },
    ),
    learners,
  ],
  [
    'OF-14: an e-mail changes',
    update('learner-details', { email: 'a' }, { email: 'b' }),
    irrelevant('OF-14'),
  ],
  ['OF-14: a surname changes', update('learner', { surname: 'a' }, { surname: 'b' }), irrelevant('OF-14')],
  [
    'A-6: the Main Officer changes',
    update('learner', { mainOfficer: 'a' }, { mainOfficer: 'b' }),
    irrelevant('A-6'),
  ],
  [
    'OF-81: an end is entered',
    update('learner', { endOn: null }, { endOn: '2026-01-01' }),
    irrelevant('OF-81'),
  ],
  [
    'OF-10: a learner is inserted',
    { ...update('learner', null, { surname: 'a' }), op: 'create' },
    irrelevant('OF-10'),
  ],
  [
    'OF-81: the expected end changes',
    update('episode', { expectedEndOn: null }, { expectedEndOn: '2026-01-01' }),
    irrelevant('OF-81'),
  ],
  [
    'A-7: a placement changes',
    update('placement', { organisation: 'a' }, { organisation: 'b' }),
    irrelevant('A-7'),
  ],
  [
    'OF-30: the external id of an officer is typed',
    update('officer', { externalId: null }, { externalId: '4' }),
    { kind: 'officer', code: 'ABR001' },
  ],
  [
    'OF-51: an officer record is added that a review may wait for',
    { ...update('officer', null, { externalId: null }), op: 'create' },
    { kind: 'officer', code: 'ABR001' },
  ],
  [
    'OF-33: the external id of an organisation is typed',
    update('organisation', { externalId: null }, { externalId: '4' }),
    { kind: 'organisation', code: 'ABR001' },
  ],
  [
    'OF-71: an officer is renamed',
    update('officer', { surname: 'a' }, { surname: 'b' }),
    irrelevant('OF-71'),
  ],
  [
    'OF-72: an organisation is renamed',
    update('organisation', { name: 'a' }, { name: 'b' }),
    irrelevant('OF-72'),
  ],
  [
    'a command has its own way in',
    { ...update('request', null, { kind: 'refresh' }), op: 'create' },
    irrelevant('command'),
  ],
  ['a heartbeat says nothing', update('heartbeat', null, {}), irrelevant('heartbeat')],
  [
    'a snapshot row is not an insert',
    { ...update('review', null, review), op: 'snapshot' },
    irrelevant('snapshot'),
  ],
  [
    'a truncation names no learner',
    { ...update('review', null, review), op: 'truncate', key: null, before: null, after: null },
    irrelevant('truncate'),
  ],
])('%s', (_title, change, expected) => {
  expect(decideRelevance(change, settings)).toEqual(expected);
});

test("G-6: the sync's own write is an echo, one for the other vendor is not", () => {
  const change = update('qualification', { registrationNumber: null }, { registrationNumber: 'R1' });
  expect(decideRelevance({ ...change, origin: 'picsync:onefile:1' }, settings)).toEqual(irrelevant('echo'));
  expect(decideRelevance({ ...change, origin: 'picsync:smartassessor:1' }, settings)).toEqual(learners);
});

test('without old values every field may have changed', () => {
  expect(decideRelevance(update('qualification', null, { endOn: '2026-01-01' }), settings)).toEqual(learners);
  expect(decideRelevance(update('review', null, { ...review, oneFileId: '8' }), settings)).toEqual(learners);
});

test('a review that moves to another learner concerns both', () => {
  const change = update('review', { ...review, ident: '10001' }, { ...review, ident: '10002' });
  expect(decideRelevance(change, settings)).toEqual({ kind: 'learners', idents: ['10001', '10002'] });
});

test('D-4: with near real time off nothing is done on commit', () => {
  const change = update('qualification', { registrationNumber: null }, { registrationNumber: 'R1' });
  expect(decideRelevance(change, { ...settings, nearRealTime: false })).toEqual(irrelevant('D-4'));
});

test.each<[string, Change, Partial<OneFileSettings>, unknown]>([
  [
    'OF-70: push mode makes a surname matter',
    update('learner', { surname: 'a' }, { surname: 'b' }),
    { learnerDetails: 'push' },
    learners,
  ],
  [
    'OF-70: pull mode does not',
    update('learner', { surname: 'a' }, { surname: 'b' }),
    { learnerDetails: 'pull' },
    irrelevant('OF-14'),
  ],
  [
    'A-6: the switch makes the Main Officer matter',
    update('learner', { mainOfficer: 'a' }, { mainOfficer: 'b' }),
    { pushMainOfficer: true },
    learners,
  ],
  [
    'A-7: the switch makes a placement matter',
    update('placement', { organisation: 'a' }, { organisation: 'b' }),
    { pushPlacement: true },
    learners,
  ],
  [
    'D-2: the external id of the other vendor is not ours',
    update('officer', { externalId: null }, { externalId: '4' }),
    { externalIdVendor: 'smartassessor' },
    irrelevant('OF-81'),
  ],
  [
    'OF-50: reviews are switched off',
    { ...update('review', null, review), op: 'create' },
    { uploadReviews: false },
    irrelevant('OF-50'),
  ],
  [
    'OF-50: a new review waits for corrections',
    { ...update('review', null, review), op: 'create' },
    { reviewSettleSeconds: 90 },
    { ...learners, postpone: { subject: 'review:r1', forMs: 90_000 } },
  ],
  [
    'A-1: a type that is not in the list',
    { ...update('review', null, review), op: 'create' },
    { uploadReviewTypes: ['C'] },
    irrelevant('OF-19'),
  ],
])('%s', (_title, change, changed, expected) => {
  expect(decideRelevance(change, { ...settings, ...changed })).toEqual(expected);
});

test.each([
  ['learner', 'learner', 'ident'],
  ['officer', 'officer', 'code'],
  ['organisation', 'organisation', 'code'],
] as const)(
  'A-19: a %s with a changed key is followed; its deletion has no further effect',
  (entity, kind, key) => {
    const created = {
      ...update(entity, null, { [key]: 'NEW' }),
      op: 'create',
      key: { [key]: 'NEW' },
    } as const;
    expect(decideRelevance({ ...created, renamedFrom: { [key]: 'OLD' } }, settings)).toEqual({
      kind: 'renamed',
      entity: kind,
      from: 'OLD',
      to: 'NEW',
    });
    const off = { ...settings, nearRealTime: false };
    expect(decideRelevance({ ...created, renamedFrom: { [key]: 'OLD' } }, off).kind).toBe('renamed');
    const deleted = { ...created, op: 'delete', after: null, renamedTo: { [key]: 'NEW' } } as const;
    expect(decideRelevance(deleted, settings)).toEqual(irrelevant('renamed'));
  },
);

test('D-13: a review that the sync has freed is looked at, although the write is its own; others are echoes', () => {
  const origin = 'picsync:onefile:1';
  const freed = { ...update('review', { oneFileId: '8' }, { oneFileId: null }), origin };
  expect(decideRelevance(freed, settings)).toEqual(learners);
  const copied = { ...update('review', { oneFileId: null }, { oneFileId: '8' }), origin };
  expect(decideRelevance(copied, settings)).toEqual(irrelevant('echo'));
});

test('A-19: rows below a record with a changed key follow it; a review is judged as it is now', () => {
  const renamedFrom = { ident: '10000' };
  for (const entity of ['learner-details', 'episode', 'qualification'] as const) {
    const created: Change = { ...update(entity, null, { oneFileId: '7' }), op: 'create', renamedFrom };
    expect(decideRelevance(created, settings)).toEqual(irrelevant('renamed'));
  }
  expect(decideRelevance({ ...update('review', null, review), op: 'create', renamedFrom }, settings)).toEqual(
    learners,
  );
  // D-9: re-typed while its learner keeps the ident
  const retyped = {
    ...update('qualification', null, {}),
    op: 'create',
    renamedFrom: { ident: '10001' },
  } as const;
  expect(decideRelevance(retyped, settings)).toEqual(learners);
});

test('OF-71, OF-72: details of officers and organisations matter in push mode only', () => {
  const officer = update('officer', { email: 'a' }, { email: 'b' });
  const organisation = update('organisation', { address2: 'a' }, { address2: 'b' });
  const push = { ...settings, officerDetails: 'push', organisationDetails: 'push' } as const;
  expect(decideRelevance(officer, push)).toEqual({ kind: 'officer', code: 'ABR001' });
  expect(decideRelevance(organisation, push)).toEqual({ kind: 'organisation', code: 'ABR001' });
  for (const mode of ['ignore', 'pull'] as const) {
    const other = { ...settings, officerDetails: mode, organisationDetails: mode };
    expect(decideRelevance(officer, other)).toEqual(irrelevant('OF-71'));
    expect(decideRelevance(organisation, other)).toEqual(irrelevant('OF-72'));
  }
});
