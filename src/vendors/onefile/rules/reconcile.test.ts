import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import {
  applyDecision,
  buildLink,
  buildLinked,
  buildObservation,
  buildShadow,
  buildSyncSide,
  decideTwice,
  defaultSettings,
  learnerLink,
} from '../../../../test/support/onefile-rules.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Learner } from '../../../domain/learner.ts';
import type { Link } from '../../../domain/link.ts';
import { decideLinkRow as decideLink } from '../../common/link-row.ts';
import { oneFileIds } from './links.ts';
import { decideRow, type SyncSide } from './reconcile.ts';

function decideLinkRow(
  link: Link,
  learner: Learner | null,
  owner: { readonly externalId: string | null } | null = null,
  { isRemoved = false, isColumnOurs = true }: { isRemoved?: boolean; isColumnOurs?: boolean } = {},
) {
  return decideLink(link, { learner, owner }, { ids: oneFileIds, isColumnOurs, isRemoved });
}

const qualification = buildQualification({ reference: '603/1122/3' });
const planned = buildReview({ id: 'r1', type: 'N', proposedAt: '2026-06-22T10:00:00' });
const row = { ident: '10001', reference: '603/1122/3', seq: 1 };

const aim = (record: JsonObject): [string, string, JsonObject] => [
  'learning-aim',
  '600045',
  { reference: '60311223', ...record },
];

test.each(['registrationNumber', 'registeredOn', 'certificateAppliedOn', 'certificateReceivedOn'])(
  'OF-42..44: for %s OneFile fills a blank, wins a difference, and leaves PICS alone where it is blank itself',
  (field) => {
    const [A, B] = field === 'registrationNumber' ? ['A', 'B'] : ['2026-01-02', '2026-01-03'];
    const write = (value: string) => ({
      kind: 'write',
      actions: [{ kind: 'update-qualification', ...row, set: { [field]: value } }],
    });
    const silent = { kind: 'ignore', code: 'equal' };
    const table: [string | null, string | null, unknown][] = [
      [null, null, silent],
      [null, A, write(A)],
      [A, null, silent],
      [A, A, silent],
      [A, B, write(B)],
      [B, A, write(A)],
    ];
    for (const [pics, oneFile, expected] of table) {
      const learner = buildLinked({ qualifications: [{ ...qualification, [field]: pics }] });
      expect(decideTwice(aim({ [field]: oneFile }), learner).decision).toEqual(expected);
    }
  },
);

test('OF-45: elements follow OneFile beside the other fields', () => {
  const learner = buildLinked({ qualifications: [{ ...qualification, elementsTotal: 5, elementsDone: 1 }] });
  const { decision } = decideTwice(aim({ progress: 40.5, registrationNumber: 'RG-1' }), learner);
  expect(decision).toMatchObject({
    actions: [{ set: { registrationNumber: 'RG-1', elementsTotal: 100, elementsDone: 41 } }],
  });
});

test('OF-45b: with a unit attached the counters freeze and the registration fields are still exchanged', () => {
  const withUnits = { ...qualification, hasUnits: true, elementsTotal: 5, elementsDone: 1 };
  const learner = buildLinked({ qualifications: [withUnits] });
  const seen = aim({ progress: 40, registrationNumber: 'RG-1' });
  // G-10: what the counters are left alone by is named where nothing else differs.
  const { decision, after } = decideTwice(seen, learner, { again: 'A-27' });
  expect(decision).toMatchObject({ actions: [{ set: { registrationNumber: 'RG-1' } }] });
  expect(after.qualifications[0]).toMatchObject({
    elementsTotal: 5,
    elementsDone: 1,
  });
  const left = { kind: 'ignore', code: 'A-27' };
  expect(decideTwice(seen, learner, { settings: { unitsScope: 'all' } }).decision).toEqual(left);
  expect(decideTwice(aim({ progress: null }), learner).decision).toEqual({ kind: 'ignore', code: 'equal' });
});

test('A-35: an aim without a qualification is left alone', () => {
  const learner = buildLinked({ qualifications: [buildQualification({ reference: 'other' })] });
  expect(decideTwice(aim({ registrationNumber: 'RG-1' }), learner).decision).toEqual({
    kind: 'ignore',
    code: 'A-35',
  });
});

test('A-35: two equal qualifications wait until all aims of the read are known, or a link decides', () => {
  const second = buildQualification({ reference: '603/1122/3', seq: 2 });
  const learner = buildLinked({ qualifications: [qualification, second] });
  const seen = aim({ registrationNumber: 'RG-1' });
  expect(decideTwice(seen, learner).decision).toMatchObject({
    kind: 'wait',
    code: 'A-35',
    heldAs: { subject: expect.stringMatching(/^learning-aim:/), code: 'AIM_UNCLEAR' },
  });
  const shadows = ['600045', '600046'].map((id) =>
    buildShadow('learning-aim', id, { reference: '60311223' }),
  );
  expect(decideTwice(seen, learner, { side: { shadows } }).decision).toMatchObject({ actions: [{ seq: 1 }] });
  const links = [learnerLink, buildLink('qualification', '10001/603/1122/3/2', '600045')];
  expect(decideTwice(seen, learner, { side: { links } }).decision).toMatchObject({ actions: [{ seq: 2 }] });
});

test.each<[string, Partial<Learner>, Partial<SyncSide>]>([
  ['an id that was typed and is not checked', {}, { links: [] }],
  ['an id that a user has changed', { oneFileId: '400062' }, {}],
  ['an id that a user has cleared', { oneFileId: null }, {}],
])('G-2: nothing is applied to %s', (_title, known, side) => {
  const learner = buildLinked({ qualifications: [qualification], ...known });
  const decided = decideTwice(aim({ registrationNumber: 'RG-1' }), learner, { side });
  expect(decided.decision).toEqual({ kind: 'ignore', code: 'NOT_LINKED' });
});

test('a learner that is gone, a deletion, and other kinds of record change nothing', () => {
  const side = buildSyncSide();
  const observation = buildObservation('learning-aim', '600045', { reference: '60311223' });
  expect(decideRow(observation, null, side, defaultSettings)).toEqual({ kind: 'ignore', code: 'NOT_LINKED' });
  const deleted = buildObservation('learning-aim', '600045', null);
  expect(decideRow(deleted, buildLinked(), side, defaultSettings)).toEqual({ kind: 'ignore', code: 'A-4' });
  const learner = buildObservation('learner', '400061', { lastName: 'New' });
  expect(decideRow(learner, buildLinked(), side, defaultSettings)).toEqual({ kind: 'ignore', code: 'OF-14' });
});

test('OF-50: the id of an upload is copied into a blank column, once', () => {
  const link = buildLink('review', 'r1', '800007');
  const learner = buildLinked({ reviews: [planned] });
  const decision = decideLinkRow(link, learner);
  expect(decision).toEqual({
    kind: 'write',
    actions: [{ kind: 'update-review', id: 'r1', set: { oneFileId: '800007' } }],
  });
  expect(decideLinkRow(link, applyDecision(learner, decision))).toEqual({ kind: 'ignore', code: 'equal' });
  expect(decideLinkRow(link, buildLinked())).toEqual({ kind: 'ignore', code: 'A-4' });
  const edited = buildLinked({ reviews: [{ ...planned, oneFileId: '9' }] });
  expect(decideLinkRow(link, edited)).toMatchObject({ kind: 'hold', code: 'ID_FIELD_CHANGED' });
});

test('OF-23: the id of a learner is copied with the active portfolio, and never over what a user typed', () => {
  const link = buildLink('learner', '10001', '400061');
  expect(decideLinkRow(link, buildLinked({ oneFileId: null }))).toEqual({
    kind: 'write',
    actions: [{ kind: 'set-learner-id', ident: '10001', vendorId: '400061', activePortfolio: 'O' }],
  });
  expect(decideLinkRow(link, buildLinked({ oneFileId: '9' }))).toEqual({ kind: 'ignore', code: 'D-2' });
  expect(decideLinkRow(link, null)).toEqual({ kind: 'ignore', code: 'NO_LEARNER' });
});

test('OF-30: the id of an officer is copied into a blank column; qualifications and visits have none', () => {
  const officer = { code: 'ABR001', firstName: null, surname: null, email: null, externalId: null };
  const link = buildLink('officer', 'ABR001', '400002');
  expect(decideLinkRow(link, null, officer)).toEqual({
    kind: 'write',
    actions: [{ kind: 'set-officer-id', code: 'ABR001', vendorId: '400002' }],
  });
  expect(decideLinkRow(link, null, { ...officer, externalId: '9' })).toEqual({ kind: 'ignore', code: 'D-2' });
  expect(decideLinkRow(buildLink('visit', 'r1', '7'), buildLinked())).toEqual({
    kind: 'ignore',
    code: 'D-2',
  });
});

test.each([
  ['officer', 'set-officer-id'],
  ['organisation', 'set-organisation-id'],
] as const)('OF-30, OF-33: the id of an %s is copied, and leaves PICS with its link', (kind, action) => {
  const link = buildLink(kind, 'CODE1', '77', { ident: null });
  const write = (vendorId: string | null) => ({
    kind: 'write',
    actions: [{ kind: action, code: 'CODE1', vendorId }],
  });
  expect(decideLinkRow(link, null, { externalId: null })).toEqual(write('77'));
  const removed = { isRemoved: true };
  expect(decideLinkRow(link, null, { externalId: '77' }, removed)).toEqual(write(null));
  expect(decideLinkRow(link, null, { externalId: null }, removed)).toEqual({ kind: 'ignore', code: 'equal' });
  // D-2: a value that a user typed since stays.
  expect(decideLinkRow(link, null, { externalId: '9' }, removed)).toEqual({ kind: 'ignore', code: 'D-2' });
});

test.each(['officer', 'organisation'] as const)(
  'OF-30b: while the id column is the other vendor’s, that of an %s is left alone',
  (kind) => {
    const link = buildLink(kind, 'CODE1', '77', { ident: null });
    const other = { isColumnOurs: false };
    const ignored = { kind: 'ignore', code: 'D-2' };
    expect(decideLinkRow(link, null, { externalId: null }, other)).toEqual(ignored);
    expect(decideLinkRow(link, null, { externalId: '77' }, { ...other, isRemoved: true })).toEqual(ignored);
  },
);

test('OF-24: a removed link empties the learner’s id while it still shows that one, and the second time nothing changes', () => {
  const link = buildLink('learner', '10001', '400061');
  const decision = decideLinkRow(link, buildLinked(), null, { isRemoved: true });
  expect(decision).toMatchObject({ actions: [{ kind: 'set-learner-id', ident: '10001', vendorId: null }] });
  const after = applyDecision(buildLinked({ activePortfolio: 'O' }), decision);
  expect(after).toMatchObject({ oneFileId: null, activePortfolio: 'O' });
  expect(decideLinkRow(link, after, null, { isRemoved: true })).toEqual({ kind: 'ignore', code: 'equal' });
  const edited = buildLinked({ oneFileId: '9' });
  expect(decideLinkRow(link, edited, null, { isRemoved: true })).toEqual({ kind: 'ignore', code: 'D-2' });
});
