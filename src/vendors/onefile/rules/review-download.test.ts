import { expect, test } from 'vitest';
import { buildReview } from '../../../../test/support/learner.ts';
import {
  buildLink,
  buildLinked,
  buildShadow,
  decideTwice,
  learnerLink,
} from '../../../../test/support/onefile-rules.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { toReviewId } from '../../common/review-id.ts';

const of = { vendor: 'onefile' as const, centre: '301', ident: '10001' };

const at = (text: string): number => Date.parse(text);
const planned = buildReview({ id: 'r1', type: 'N', proposedAt: '2026-06-22T10:00:00', officer: 'ABR001' });
const shown = { ...planned, oneFileId: '800007' };
const scheduledForMs = at('2026-06-22T09:00:00Z');
const seen = (record: JsonObject = {}): [string, string, JsonObject] => [
  'review',
  '800007',
  { scheduledForMs, visitId: '700012', ...record },
];

test('OF-54: blank becomes U after the round trip, Y with the London time when it starts, U when the start goes', () => {
  const first = decideTwice(seen(), buildLinked({ reviews: [shown] }));
  expect(first.decision).toEqual({
    kind: 'write',
    actions: [{ kind: 'update-review', id: 'r1', set: { attended: 'U' } }],
  });
  const started = decideTwice(seen({ startedAtMs: at('2026-06-22T09:04:31Z') }), first.after);
  expect(started.decision).toMatchObject({
    actions: [{ set: { attended: 'Y', actualAt: '2026-06-22T10:04:00' } }],
  });
  const taken = decideTwice(seen(), started.after);
  expect(taken.decision).toMatchObject({ actions: [{ set: { attended: 'U', actualAt: null } }] });
});

test("OF-54b: a value that a PICS user sets is reset to OneFile's state", () => {
  const edited = { ...shown, attended: 'N' as const, actualAt: '2026-06-30T10:00:00' };
  const { after } = decideTwice(seen(), buildLinked({ reviews: [edited] }));
  expect(after.reviews[0]).toMatchObject({ attended: 'U', actualAt: null });
});

test('OF-55: the officer follows the assessor where one is linked, and stays otherwise', () => {
  const learner = buildLinked({ reviews: [{ ...shown, attended: 'U' }] });
  const linked = decideTwice(seen(), learner, { side: { officerOfAssessor: 'BCO001' } });
  expect(linked.decision).toMatchObject({ actions: [{ set: { officer: 'BCO001' } }] });
  expect(decideTwice(seen(), learner).decision).toEqual({ kind: 'ignore', code: 'equal' });
});

test('OF-56: a signature becomes its London date, a missing one changes nothing', () => {
  const learner = buildLinked({ reviews: [{ ...shown, attended: 'U', learnerSignedOn: '2026-01-01' }] });
  const signed = decideTwice(seen({ learnerSignedAtMs: at('2026-06-22T23:30:00Z') }), learner);
  expect(signed.decision).toMatchObject({ actions: [{ set: { learnerSignedOn: '2026-06-23' } }] });
  expect(decideTwice(seen(), learner).decision).toEqual({ kind: 'ignore', code: 'equal' });
});

const visitLink = buildLink('visit', 'r1', '700012');
const visitAt = (instant: string) => buildShadow('visit', '700012', { fromMs: at(instant) });

test.each<[string, object, string]>([
  ['OneFile has moved it', { shown: { scheduledForMs: at('2026-06-22T09:00:00Z') } }, '2026-06-23T09:30:00'],
  ['PICS has moved it', { shown: { scheduledForMs: at('2026-06-23T08:30:00Z') } }, '2026-06-22T10:00:00'],
  ['it was never shown before', {}, '2026-06-22T10:00:00'],
  [
    'OneFile has moved what we sent',
    { links: [learnerLink, visitLink], shadows: [visitAt('2026-06-22T09:00:00Z')] },
    '2026-06-23T09:30:00',
  ],
  [
    'PICS has moved what we sent',
    { links: [learnerLink, visitLink], shadows: [visitAt('2026-06-23T08:30:00Z')] },
    '2026-06-22T10:00:00',
  ],
])('D-12, A-3: the two sides differ because %s', (_title, side, proposedAt) => {
  const learner = buildLinked({ reviews: [{ ...shown, attended: 'U' }] });
  const observed = seen({ scheduledForMs: at('2026-06-23T08:30:00Z') });
  expect(decideTwice(observed, learner, { side }).after.reviews[0]).toMatchObject({ proposedAt });
});

test('A-3, D-12: a blank time is filled; with the setting off, and for a time that cannot be read, nothing is taken over', () => {
  const moved = seen({ scheduledForMs: at('2026-06-23T08:30:00Z') });
  const side = { shown: { scheduledForMs: at('2026-06-22T09:00:00Z') } };
  const after = (proposedAt: string | null, settings = {}) =>
    decideTwice(moved, buildLinked({ reviews: [{ ...shown, attended: 'U', proposedAt }] }), {
      side,
      settings,
    }).after.reviews[0]?.proposedAt;
  expect(after(null)).toBe('2026-06-23T09:30:00');
  expect(after('2026-06-22T10:00:00', { rescheduleFromOneFile: false })).toBe('2026-06-22T10:00:00');
  expect(after('infinity')).toBe('infinity');
});

test.each([
  ['a time that does not exist', '2026-03-29T01:30:00', '2026-03-29T01:30:00Z'],
  ['a time that occurs twice, the first', '2026-10-25T01:30:00', '2026-10-25T00:30:00Z'],
  ['a time that occurs twice, the second', '2026-10-25T01:30:00', '2026-10-25T01:30:00Z'],
])('A-14: %s comes back without a write', (_title, proposedAt, instant) => {
  const learner = buildLinked({ reviews: [{ ...shown, attended: 'U', proposedAt }] });
  const decided = decideTwice(seen({ scheduledForMs: at(instant) }), learner);
  expect(decided.decision).toEqual({ kind: 'ignore', code: 'equal' });
});

test('OF-53, OF-57: an unknown review becomes a new row of the Normal type, even at the time of another', () => {
  const learner = buildLinked({ reviews: [planned] });
  const { decision, after } = decideTwice(seen({ visitId: null }), learner, {
    side: { officerOfAssessor: 'ABR001' },
  });
  expect(decision).toEqual({
    kind: 'write',
    actions: [
      {
        kind: 'insert-review',
        ident: '10001',
        id: toReviewId(of, '800007'),
        fields: {
          type: 'N',
          proposedAt: '2026-06-22T10:00:00',
          actualAt: null,
          attended: 'U',
          officer: 'ABR001',
          learnerSignedOn: null,
          oneFileId: '800007',
          smartAssessorId: null,
        },
      },
    ],
  });
  expect(after.reviews).toHaveLength(2);
});

test('OF-57, A-32: the type of a new row is the setting, else the first Normal type by code, else N', () => {
  const typeOf = (normalReviewTypes: string[], downloadedReviewType: string | null) => {
    const known = { side: { normalReviewTypes }, settings: { downloadedReviewType } };
    return decideTwice(seen(), buildLinked(), known).after.reviews[0]?.type;
  };
  expect(typeOf(['P', 'N'], null)).toBe('N');
  expect(typeOf([], null)).toBe('N');
  expect(typeOf(['N'], 'S')).toBe('S');
});

test('OF-57: the type of an existing review is never changed, a review without a time keeps its own', () => {
  const learner = buildLinked({ reviews: [{ ...shown, type: 'C', attended: 'U' }] });
  expect(decideTwice(seen({ scheduledForMs: null }), learner).decision).toEqual({
    kind: 'ignore',
    code: 'equal',
  });
});

test('OF-53b: while an upload is unanswered an unknown review waits', () => {
  const learner = buildLinked({ reviews: [planned] });
  expect(decideTwice(seen(), learner, { side: { hasOpenUpload: true } }).decision).toEqual({
    kind: 'wait',
    code: 'OF-53',
  });
});

test('OF-53b: after a rebuild an unknown review waits while PICS has one of that time without an id, and comes as a new row else', () => {
  const learner = buildLinked({ reviews: [planned] });
  const decide = (isCautious: boolean, one = learner) =>
    decideTwice(seen(), one, { side: { isCautious } }).decision;
  expect(decide(true)).toEqual({ kind: 'wait', code: 'OF-53' });
  expect(decide(false)).toMatchObject({ kind: 'write', actions: [{ kind: 'insert-review' }] });
  for (const other of [{ oneFileId: '5' }, { smartAssessorId: 'S' }, { proposedAt: null }])
    expect(decide(true, buildLinked({ reviews: [{ ...planned, ...other }] }))).toMatchObject({
      kind: 'write',
    });
});

test('OF-53b: our own upload is recognised by its link, else by its visit, and gets its id instead of a second row', () => {
  const learner = buildLinked({ reviews: [planned] });
  const byLink = { links: [learnerLink, buildLink('review', 'r1', '800007', { copiedAtMs: null })] };
  const byVisit = { links: [learnerLink, buildLink('visit', 'r1', '700012', { copiedAtMs: null })] };
  for (const side of [byLink, byVisit]) {
    expect(decideTwice(seen(), learner, { side }).decision).toEqual({
      kind: 'write',
      actions: [{ kind: 'update-review', id: 'r1', set: { attended: 'U', oneFileId: '800007' } }],
    });
  }
});

test.each([
  ['cleared', null],
  ['changed', '800999'],
])('OF-53: an id that was %s is held', (_title, oneFileId) => {
  const learner = buildLinked({ reviews: [{ ...planned, oneFileId }] });
  const side = { links: [learnerLink, buildLink('review', 'r1', '800007')] };
  expect(decideTwice(seen(), learner, { side }).decision).toMatchObject({
    kind: 'hold',
    subject: 'review:r1',
    code: 'ID_FIELD_CHANGED',
    params: { id: '800007', date: '2026-06-22' },
  });
});

test('OF-53: an id that was cleared before any look linked the downloaded review is held, not inserted over it', () => {
  const id = toReviewId(of, '800007');
  const learner = buildLinked({ reviews: [{ ...planned, id }] });
  expect(decideTwice(seen(), learner).decision).toMatchObject({
    kind: 'hold',
    subject: `review:${id}`,
    code: 'ID_FIELD_CHANGED',
    params: { id: '800007' },
  });
});

test('OF-53c: a review deleted in PICS comes back under its own id, or stays away when it is to be remembered', () => {
  const side = { links: [learnerLink, buildLink('review', 'r1', '800007')] };
  const { decision } = decideTwice(seen(), buildLinked(), { side });
  expect(decision).toMatchObject({ actions: [{ kind: 'insert-review', id: 'r1' }] });
  const remember = { side, settings: { deletedReviews: 'remember' as const } };
  expect(decideTwice(seen(), buildLinked(), remember).decision).toEqual({ kind: 'ignore', code: 'A-4' });
});

test('OF-53: with downloads off nothing is applied', () => {
  const decided = decideTwice(seen(), buildLinked({ reviews: [shown] }), {
    settings: { downloadReviews: false },
  });
  expect(decided.decision).toEqual({ kind: 'ignore', code: 'OF-53' });
});

test('the id of a downloaded review is a UUID, always the same, and no other review has it', () => {
  expect(toReviewId(of, '800007')).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(toReviewId(of, '800007')).toBe(toReviewId(of, '800007'));
  const ids = new Set<string>();
  for (let n = 0; n < 100_000; n += 1) ids.add(toReviewId(of, String(800_000 + n)));
  ids.add(toReviewId({ ...of, centre: '302' }, '800007'));
  // OF-24: the same OneFile learner, linked to another PICS learner.
  ids.add(toReviewId({ ...of, ident: '10002' }, '800007'));
  expect(ids.size).toBe(100_002);
});
