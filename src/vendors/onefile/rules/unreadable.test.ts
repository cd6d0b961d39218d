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

  test('O8: it is held with its reason, and nothing of it is written to PICS', () => {
    expect(decideTwice([entity, id, record], learner).decision).toEqual({ kind: 'hold', ...hold });
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
