import { expect, test } from 'vitest';
import { buildReview } from '../../../../test/support/learner.ts';
import {
  buildLink,
  buildLinked,
  buildShadow,
  buildView,
  learnerLink,
  nowMs,
  toLines,
} from '../../../../test/support/onefile-rules.ts';
import type { Review } from '../../../domain/learner.ts';
import { toReviewId } from '../../common/review-id.ts';
import { evaluate } from './evaluate.ts';
import { isQualifying, toUploadTypes } from './review-upload.ts';

const review = buildReview({ id: 'r1', type: 'N', proposedAt: '2026-06-22T10:00:00', officer: 'ABR001' });
const officer = {
  code: 'ABR001',
  firstName: 'Ada',
  surname: 'Brook',
  email: null,
  externalId: '400002',
  isDormant: false,
};
const officerLink = buildLink('officer', 'ABR001', '400002');
const links = [learnerLink, officerLink];
const learner = buildLinked({ reviews: [review], officers: [officer] });

test.each<[string, Partial<Review>, boolean]>([
  ['Normal, planned, blank', {}, true],
  ['of another type', { type: 'C' }, false],
  ['without a type', { type: null }, false],
  ['Attended Unknown', { attended: 'U' }, false],
  ['Attended No', { attended: 'N' }, false],
  ['Attended Yes', { attended: 'Y' }, false],
  ['with an actual date in the future', { actualAt: '2027-01-01T09:00:00' }, false],
  ['D-17: without a proposed date: it is held', { proposedAt: null }, true],
  ['with a OneFile id', { oneFileId: '800007' }, false],
  ['OF-58: a session of another vendor, blanked by a user', { smartAssessorId: 'EV-1' }, false],
  ['OF-9: planned in the past', { proposedAt: '2020-01-01T09:00:00' }, true],
])('OF-19: a review %s', (_title, changed, qualifies) => {
  expect(isQualifying({ ...review, ...changed }, ['N'])).toBe(qualifies);
});

test('A-1, A-32: the setting names the types, else the Normal ones, else N', () => {
  expect(toUploadTypes({ uploadReviewTypes: ['C'] }, { normalReviewTypes: ['N'] })).toEqual(['C']);
  expect(toUploadTypes({ uploadReviewTypes: null }, { normalReviewTypes: ['N', 'P'] })).toEqual(['N', 'P']);
  expect(toUploadTypes({ uploadReviewTypes: null }, { normalReviewTypes: [] })).toEqual(['N']);
});

test('OF-50, OF-51: a new review is uploaded as a visit and then a review on that visit', () => {
  const visit = evaluate(buildView({ learner, lane: { links } }));
  expect(visit.candidates).toEqual([
    {
      kind: 'call',
      call: {
        name: 'create-visit',
        effect: 'create',
        subject: 'review:r1',
        naturalKey: null,
        request: {
          ident: '10001',
          reviewId: 'r1',
          learnerId: '400061',
          assessorId: '400002',
          fromMs: Date.parse('2026-06-22T09:00:00Z'),
          toMs: Date.parse('2026-06-22T10:00:00Z'),
          visitType: 'notSpecified',
        },
      },
    },
  ]);
  const withVisit = [...links, buildLink('visit', 'r1', '700012', { copiedAtMs: null })];
  expect(evaluate(buildView({ learner, lane: { links: withVisit } })).candidates).toEqual([
    {
      kind: 'call',
      call: {
        name: 'create-review',
        effect: 'create',
        subject: 'review:r1',
        naturalKey: 'learner=400061 visit=700012',
        request: {
          ident: '10001',
          reviewId: 'r1',
          learnerId: '400061',
          assessorId: '400002',
          visitId: '700012',
          scheduledForMs: Date.parse('2026-06-22T09:00:00Z'),
        },
      },
    },
  ]);
});

test('OF-50: a created review is announced until PICS shows its id, then there is nothing left', () => {
  const created = [
    ...links,
    buildLink('visit', 'r1', '700012'),
    buildLink('review', 'r1', '800007', { copiedAtMs: null }),
  ];
  expect(toLines(evaluate(buildView({ learner, lane: { links: created } })))).toEqual([
    'announce review r1=800007',
  ]);
  const shown = buildLinked({ reviews: [{ ...review, oneFileId: '800007' }], officers: [officer] });
  expect(toLines(evaluate(buildView({ learner: shown, lane: { links: created } })))).toEqual([]);
});

test.each<[string, string, string, string]>([
  [
    'OF-51a: 23:30 ends at 00:30 the next day',
    '2026-01-20T23:30:00',
    '2026-01-20T23:30:00Z',
    '2026-01-21T00:30:00Z',
  ],
  [
    'OF-51b: 01:30 in March means 02:30 BST',
    '2026-03-29T01:30:00',
    '2026-03-29T01:30:00Z',
    '2026-03-29T02:30:00Z',
  ],
  [
    'OF-51b: 01:30 in October is the first, and ends one elapsed hour later',
    '2026-10-25T01:30:00',
    '2026-10-25T00:30:00Z',
    '2026-10-25T01:30:00Z',
  ],
  [
    'OF-51: midnight is sent as midnight',
    '2026-01-20T00:00:00',
    '2026-01-20T00:00:00Z',
    '2026-01-20T01:00:00Z',
  ],
])('%s', (_title, proposedAt, from, to) => {
  const moved = buildLinked({ reviews: [{ ...review, proposedAt }], officers: [officer] });
  expect(evaluate(buildView({ learner: moved, lane: { links } })).candidates).toMatchObject([
    { call: { request: { fromMs: Date.parse(from), toMs: Date.parse(to) } } },
  ]);
});

test('OF-51c: without any officer the review is held, and the next one is uploaded', () => {
  const alone = buildLinked({
    reviews: [{ ...review, id: 'r0', officer: null }, review],
    officers: [officer],
  });
  const { candidates, holds } = evaluate(buildView({ learner: alone, lane: { links } }));
  expect(holds).toEqual([
    {
      subject: 'review:r0',
      code: 'REVIEW_NO_OFFICER',
      params: { name: 'Imogen Tarrant', ident: '10001', date: '2026-06-22' },
    },
  ]);
  expect(candidates).toMatchObject([{ call: { subject: 'review:r1' } }]);
});

test.each<[string, string | null, string | null, object]>([
  ['the officer of the review', 'GONE', 'AWAY', { officer: 'GONE' }],
  ['the Main Officer', null, 'AWAY', { officer: 'AWAY' }],
  ['no officer', null, null, {}],
])('OF-51c: a hold names the code without a record: %s', (_title, officerCode, mainOfficer, named) => {
  const known = buildLinked({ reviews: [{ ...review, officer: officerCode }], officers: [], mainOfficer });
  const { holds } = evaluate(buildView({ learner: known, lane: { links } }));
  const params = { name: 'Imogen Tarrant', ident: '10001', date: '2026-06-22', ...named };
  expect(holds).toEqual([{ subject: 'review:r1', code: 'REVIEW_NO_OFFICER', params }]);
});

test.each([
  ['a blank officer', null],
  ['OF-20: a code without an officer record', 'GONE'],
])('OF-51: for %s the Main Officer is used', (_title, code) => {
  const main = buildLinked({
    reviews: [{ ...review, officer: code }],
    officers: [officer],
    mainOfficer: 'ABR001',
  });
  expect(evaluate(buildView({ learner: main, lane: { links } })).candidates).toMatchObject([
    { call: { request: { assessorId: '400002' } } },
  ]);
});

const unlinked = buildLinked({ reviews: [review], officers: [{ ...officer, externalId: null }] });
const typed = buildLinked({ reviews: [review], officers: [officer] });
const centre = {
  assessors: [
    { id: '400002', misId: null },
    { id: '400003', misId: 'ABR001' },
  ],
};
const lane = { links: [learnerLink] };

test('OF-32: an unlinked officer is matched by the id in PICS, else by its code as MIS value', () => {
  expect(toLines(evaluate(buildView({ learner: typed, lane, centre })))).toEqual([
    'link officer ABR001=400002',
  ]);
  expect(toLines(evaluate(buildView({ learner: unlinked, lane, centre })))).toEqual([
    'link officer ABR001=400003',
  ]);
});

test('OF-32, OF-36, G-3: an officer found in no assessor or in two is left to its own lane', () => {
  const ask = ['need officer ABR001'];
  expect(toLines(evaluate(buildView({ learner: unlinked, lane })))).toEqual(ask);
  const twice = { assessors: ['1', '2'].map((id) => ({ id, misId: 'ABR001' })) };
  expect(toLines(evaluate(buildView({ learner: unlinked, lane, centre: twice })))).toEqual(ask);
});

test('D-2: an id column of the other vendor says nothing about OneFile', () => {
  const settings = { externalIdVendor: 'smartassessor' } as const;
  expect(toLines(evaluate(buildView({ learner: typed, lane, centre, settings })))).toEqual([
    'link officer ABR001=400003',
  ]);
});

test('OF-50: a review that waits for corrections is not sent, and the others are', () => {
  const two = buildLinked({ reviews: [review, { ...review, id: 'r2' }], officers: [officer] });
  const waiting = { links, postponed: ['review:r1'] };
  expect(toLines(evaluate(buildView({ learner: two, lane: waiting })))).toEqual(['create-visit review:r2']);
});

test('OF-51, OF-20: an officer that cannot be created at OneFile holds the review, with the reason', () => {
  const held = evaluate(
    buildView({ learner: unlinked, lane, needed: { 'officer:ABR001': 'MIS_NOT_UNIQUE' } }),
  );
  expect(held).toMatchObject({
    candidates: [],
    holds: [{ subject: 'review:r1', code: 'MIS_NOT_UNIQUE', params: { officer: 'ABR001' } }],
  });
  const unavailable = evaluate(buildView({ learner: unlinked, lane, needed: { 'officer:ABR001': null } }));
  expect(unavailable.holds).toMatchObject([{ code: 'NO_ASSESSOR', params: { officer: 'ABR001' } }]);
});

test("D-2: a user's edit of the column outranks the link, a link that is not copied yet is announced", () => {
  const edited = {
    learner: buildLinked({ reviews: [review], officers: [{ ...officer, externalId: '400003' }] }),
    centre,
  };
  expect(toLines(evaluate(buildView({ ...edited, lane: { links } })))).toEqual(['need officer ABR001']);
  const fresh = [learnerLink, { ...officerLink, copiedAtMs: null }];
  expect(toLines(evaluate(buildView({ learner: unlinked, lane: { links: fresh } })))).toEqual([
    'announce officer ABR001=400002',
    'create-visit review:r1',
  ]);
});

const reviewLink = buildLink('review', 'r1', '800007');

test.each([
  ['cleared', null],
  ['changed', '800008'],
])('OF-53: an id that was %s is held and never uploaded again', (_title, oneFileId) => {
  const edited = buildLinked({ reviews: [{ ...review, oneFileId }], officers: [officer] });
  const { candidates, holds } = evaluate(
    buildView({ learner: edited, lane: { links: [...links, reviewLink] } }),
  );
  expect(candidates).toEqual([]);
  expect(holds).toMatchObject([{ subject: 'review:r1', code: 'ID_FIELD_CHANGED', params: { id: '800007' } }]);
});

test.each([
  ['cleared', null],
  ['changed', '999'],
])(
  'OF-53: the id of a downloaded review that was %s before any look linked it is held, and nothing is uploaded',
  (_title, oneFileId) => {
    const id = toReviewId({ vendor: 'onefile', centre: '301', ident: '10001' }, '800009');
    const edited = buildLinked({ reviews: [{ ...review, id, oneFileId }], officers: [officer] });
    const lane = { links, shadows: [buildShadow('review', '800009', {})] };
    const { candidates, holds } = evaluate(buildView({ learner: edited, lane }));
    expect(candidates).toEqual([]);
    expect(holds).toMatchObject([
      { subject: `review:${id}`, code: 'ID_FIELD_CHANGED', params: { id: '800009' } },
    ]);
  },
);

test('OF-53: PICS is read before the ledger, so an id copied a moment ago is not missing', () => {
  const justNow = { ...reviewLink, copiedAtMs: nowMs - 1_000 };
  expect(evaluate(buildView({ learner, lane: { links: [...links, justNow] } }))).toEqual({
    candidates: [],
    holds: [],
    notes: [],
  });
});

test('OF-52: an uploaded review that was moved is drift, a deleted one an orphan, and neither is sent', () => {
  const shadow = buildShadow('review', '800007', { scheduledForMs: Date.parse('2026-06-23T09:00:00Z') });
  const moved = buildLinked({ reviews: [{ ...review, oneFileId: '800007' }], officers: [officer] });
  const known = { links: [...links, reviewLink], shadows: [shadow] };
  expect(evaluate(buildView({ learner: moved, lane: known }))).toEqual({
    candidates: [],
    holds: [],
    notes: [{ code: 'drift', subject: 'review:r1' }],
  });
  const deleted = buildLinked({ officers: [officer] });
  expect(evaluate(buildView({ learner: deleted, lane: known })).notes).toEqual([
    { code: 'orphan', subject: 'review:r1' },
  ]);
});

test('OF-58: a downloaded review is not uploaded, and gets its link in the daily exchange', () => {
  const downloaded = buildLinked({
    reviews: [{ ...review, attended: 'U', oneFileId: '800009' }],
    officers: [officer],
  });
  const shadows = [buildShadow('review', '800009', { scheduledForMs: Date.parse('2026-06-22T09:00:00Z') })];
  expect(toLines(evaluate(buildView({ learner: downloaded, lane: { links, shadows } })))).toEqual([]);
  const reads = ['read-learner learner:10001', 'read-aims aims:400061', 'read-reviews reviews:400061'];
  const daily = { learner: downloaded, demand: 'refresh' as const, reads };
  expect(toLines(evaluate(buildView({ ...daily, lane: { links, shadows } })))).toEqual([
    'link review r1=800009',
  ]);
  const linked = [...links, buildLink('review', 'r1', '800009', { how: 'matched', copiedAtMs: null })];
  expect(toLines(evaluate(buildView({ ...daily, lane: { links: linked, shadows } })))).toEqual([]);
});

test('OF-50: with uploads off nothing is uploaded', () => {
  expect(
    toLines(evaluate(buildView({ learner, lane: { links }, settings: { uploadReviews: false } }))),
  ).toEqual([]);
});
