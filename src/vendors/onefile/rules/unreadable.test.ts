import { describe, expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import {
  buildLink,
  buildLinked,
  buildShadow,
  buildView,
  decideTwice,
  learnerLink,
  toLines,
} from '../../../../test/support/onefile-rules.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { messageOf } from '../../../domain/messages.ts';
import { evaluate } from './evaluate.ts';

const qualification = buildQualification({ reference: '603/1122/3' });
const attended = buildReview({
  id: 'r1',
  oneFileId: '800007',
  attended: 'Y',
  actualAt: '2026-06-22T10:04:00',
});
const learner = buildLinked({
  reviews: [attended],
  qualifications: [{ ...qualification, registeredOn: '2026-01-02', registrationNumber: 'RG-1' }],
});
const aimLink = buildLink('qualification', '10001/603/1122/3/1', '600045', { how: 'matched' });
const readAims = 'read-aims aims:400061';

type Case = readonly [entity: 'learning-aim' | 'review', id: string, field: string, what: string];
const cases: readonly Case[] = [
  ['review', '800007', 'startedAtMs', 'review 800007'],
  ['review', '800007', 'scheduledForMs', 'review 800007'],
  ['review', '800007', 'learnerSignedAtMs', 'review 800007'],
  ['learning-aim', '600045', 'registeredOn', 'aim 600045'],
  ['learning-aim', '600045', 'certificateAppliedOn', 'aim 600045'],
  ['learning-aim', '600045', 'certificateReceivedOn', 'aim 600045'],
  ['learning-aim', '600045', 'achievedOn', 'aim 600045'],
];

describe.each(cases)('a %s (%s) with a text instead of a date in %s', (entity, id, field, what) => {
  const record: JsonObject = { reference: '60311223', progress: 40, unreadable: [field] };
  const hold = {
    subject: `${entity}:${id}`,
    code: 'UNREADABLE_DATE',
    params: { vendor: 'OneFile', what, field },
  };

  test('D-17, O8: it is held with its reason, the field keeps what PICS has, and the other fields are written', () => {
    const officer = { officerOfAssessor: 'BCO001' };
    const { decision, after } = decideTwice([entity, id, record], learner, { side: officer });
    expect(decision).toMatchObject({ kind: 'hold', ...hold });
    const picsField = {
      startedAtMs: 'actualAt',
      scheduledForMs: 'proposedAt',
      learnerSignedAtMs: 'learnerSignedOn',
    }[field];
    const [before, now] = [learner, after].map(({ reviews, qualifications }) =>
      entity === 'review' ? reviews[0] : qualifications[0],
    ) as readonly Record<string, unknown>[];
    expect(now?.[picsField ?? field]).toBe(before?.[picsField ?? field]);
    const others = entity === 'review' ? { officer: 'BCO001' } : { elementsTotal: 100, elementsDone: 40 };
    expect(now).toMatchObject(others);
    expect(decideTwice([entity, id, record], after, { side: officer }).decision).toEqual({
      kind: 'hold',
      ...hold,
    });
  });

  test('O8: it stays held at every look until OneFile shows a date', () => {
    const look = (shown: JsonObject) =>
      evaluate(
        buildView({ learner, lane: { shadows: [buildShadow(entity, id, shown)] }, reads: [readAims] }),
      );
    expect(look(record).holds).toEqual([hold]);
    expect(look({ ...record, unreadable: null }).holds).toEqual([]);
  });
});

test('D-17: a start that cannot be read marks no review attended, also not a new one', () => {
  const record: JsonObject = {
    scheduledForMs: Date.parse('2026-02-01T10:00:00Z'),
    unreadable: ['startedAtMs'],
  };
  const { after } = decideTwice(['review', '800009', record], learner);
  expect(after.reviews[1]).toMatchObject({ oneFileId: '800009', attended: null, actualAt: null });
  expect(after.reviews[1]?.proposedAt).toBe('2026-02-01T10:00:00');
  const planned = buildLinked({ reviews: [buildReview({ id: 'r1', oneFileId: '800007', attended: 'U' })] });
  expect(decideTwice(['review', '800007', record], planned).after.reviews[0]).toMatchObject({
    attended: 'U',
  });
});

test('O8: dates that no rule uses hold nothing up', () => {
  const seen = {
    startedAtMs: Date.parse('2026-06-22T09:04:00Z'),
    unreadable: ['endTimeMs', 'employerSignedAtMs'],
  };
  expect(decideTwice(['review', '800007', seen], learner).decision).toEqual({
    kind: 'ignore',
    code: 'equal',
  });
  const aim = { reference: '60311223', registeredOn: '2026-01-03', unreadable: ['startOn', 'plannedEndOn'] };
  expect(decideTwice(['learning-aim', '600045', aim], learner).decision).toMatchObject({
    actions: [{ set: { registeredOn: '2026-01-03' } }],
  });
});

test('D-1: an unreadable field of an aim is not overwritten, and a blank one of the same aim is filled', () => {
  const shadow = buildShadow('learning-aim', '600045', {
    reference: '60311223',
    unreadable: ['registeredOn'],
  });
  const lane = { links: [learnerLink, aimLink], shadows: [shadow] };
  const { candidates } = evaluate(buildView({ learner, lane, reads: [readAims] }));
  expect(candidates).toMatchObject([{ call: { request: { fields: { registrationNumber: 'RG-1' } } } }]);
  expect(JSON.stringify(candidates)).not.toContain('registeredOn');
  const onlyDate = buildLinked({ qualifications: [{ ...qualification, registeredOn: '2026-01-02' }] });
  expect(toLines(evaluate(buildView({ learner: onlyDate, lane })))).toEqual([]);
});

test('OF-53: if reviews are not downloaded, their dates are not checked', () => {
  const settings = { downloadReviews: false };
  const record = { unreadable: ['startedAtMs'] };
  expect(decideTwice(['review', '800007', record], learner, { settings }).decision).toEqual({
    kind: 'ignore',
    code: 'OF-53',
  });
  const lane = { shadows: [buildShadow('review', '800007', record)] };
  expect(evaluate(buildView({ learner, lane, settings, reads: [readAims] })).holds).toEqual([]);
});

test('the sentence names the field and the record, and no value', () => {
  const params = { vendor: 'onefile', what: 'review 800007', field: 'startedAtMs' };
  expect(messageOf('UNREADABLE_DATE', params)).toBe(
    'OneFile shows a value in startedAtMs of review 800007 that is not a date. Correct it in OneFile.',
  );
});
