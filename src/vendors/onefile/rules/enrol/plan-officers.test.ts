import { expect, test } from 'vitest';
import {
  buildOfficer,
  buildUnlinked,
  type Given,
  plan,
  toCodes,
} from '../../../../../test/support/enrol-input.ts';
import { buildQualification, buildReview } from '../../../../../test/support/learner.ts';
import { buildLink } from '../../../../../test/support/onefile-rules.ts';

const review = buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00' });
const link = buildLink('officer', 'OFF001', '400101', { copiedAtMs: null });

test('OF-20a: one officer in four parts is one assessor', () => {
  const learner = buildUnlinked({
    qualifications: [
      buildQualification({ reference: '603/1122/3', officer: 'OFF001' }),
      buildQualification({ reference: '603/1122/3', seq: 2, officer: 'OFF001' }),
    ],
    relatedOfficers: [{ relation: 'ASR2', code: 'OFF001' }],
    reviews: [{ ...review, officer: 'OFF001' }],
  });
  const { officers, accepted } = plan({ learner, settings: { additionalAssessors: ['ASR2'] } });
  expect(officers).toEqual([
    {
      code: 'OFF001',
      name: 'Ada Officer OFF001',
      parts: ['main officer', '603/1122/3 (1)', '603/1122/3 (2)', 'additional ASR2', 'review'],
      way: 'create',
      vendorId: null,
    },
  ]);
  expect(accepted.additional).toEqual([]);
});

test('OF-20: the Main Officer comes first, and only configured relationships count', () => {
  const learner = buildUnlinked({
    mainOfficer: 'OFF009',
    qualifications: [buildQualification({ reference: '603/1122/3', officer: 'OFF003' })],
    relatedOfficers: [
      { relation: 'ASR2', code: 'OFF002' },
      { relation: 'MENT', code: 'OFF004' },
    ],
    officers: ['OFF003', 'OFF009', 'OFF002', 'OFF004'].map((code) => buildOfficer(code)),
  });
  const { officers, accepted } = plan({ learner, settings: { additionalAssessors: ['ASR2', 'IQAV'] } });
  expect(officers.map(({ code }) => code)).toEqual(['OFF009', 'OFF002', 'OFF003']);
  expect(accepted.additional).toEqual(['OFF002']);
});

test('OF-20b: for an unknown Main Officer code the fallback is used, else the command is refused', () => {
  const learner = buildUnlinked({ mainOfficer: 'GONE01', officers: [] });
  expect(plan({ learner }).refusal).toMatchObject({
    code: 'NO_ASSESSOR',
    params: { name: 'Imogen Tarrant', ident: '10001' },
  });
  const shown = plan({ learner, settings: { fallbackAssessorId: '400001' } });
  expect(shown.refusal).toBeNull();
  expect(shown.officers).toEqual([
    { code: null, name: null, parts: ['main officer'], way: 'fallback', vendorId: '400001' },
  ]);
  expect(shown.warnings).toMatchObject([{ code: 'NO_OFFICER', params: { kind: 'officer', code: 'GONE01' } }]);
  expect(shown.accepted.defaultAssessor).toEqual({ code: null, vendorId: '400001' });
});

test('OF-20: a blank Main Officer is warned of too', () => {
  const learner = buildUnlinked({ mainOfficer: null });
  expect(toCodes(plan({ learner, settings: { fallbackAssessorId: '400001' } }))).toEqual(['NO_ASSESSOR']);
});

test('A-40: an officer that OneFile would refuse is not created; with the setting off the name is enough', () => {
  const learner = buildUnlinked({ officers: [buildOfficer('OFF001', { email: null })] });
  const refused = plan({ learner });
  expect(refused.refusal?.code).toBe('NO_ASSESSOR');
  expect(refused.officers).toMatchObject([{ code: null, way: 'missing' }]);
  expect(refused.warnings).toMatchObject([{ code: 'NO_EMAIL', params: { ident: 'OFF001' } }]);
  const fallback = plan({ learner, settings: { fallbackAssessorId: '400001' } });
  expect(fallback).toMatchObject({ refusal: null, officers: [{ way: 'fallback', vendorId: '400001' }] });
  const named = plan({ learner, settings: { officerCreateEmail: false } });
  expect(named.officers).toMatchObject([{ code: 'OFF001', way: 'create' }]);
  const nameless = buildUnlinked({ officers: [buildOfficer('OFF001', { firstName: null })] });
  expect(toCodes(plan({ learner: nameless }))).toEqual(['NO_NAME']);
});

test('A-40: an officer without e-mail that is at OneFile already needs none', () => {
  const learner = buildUnlinked({ officers: [buildOfficer('OFF001', { email: null })] });
  expect(plan({ learner, links: [link] }).officers).toMatchObject([{ way: 'linked', vendorId: '400101' }]);
  const facts = { assessors: { OFF001: [{ id: '400102', name: null }] } };
  expect(plan({ learner, facts }).officers).toMatchObject([{ way: 'matched', vendorId: '400102' }]);
});

test('OF-20, OF-51: an officer that cannot be created is missing for a review, and not for a qualification', () => {
  const learner = buildUnlinked({
    officers: [buildOfficer('OFF001'), buildOfficer('OFF002', { email: null })],
    qualifications: [buildQualification({ reference: '603/1122/3', officer: 'OFF002' })],
  });
  const off2 = (given: Given) => plan(given).officers.find(({ code }) => code === 'OFF002');
  expect(plan({ learner }).refusal).toBeNull();
  expect(off2({ learner })).toMatchObject({ parts: ['603/1122/3 (1)'], way: 'none' });
  const reviewed = { ...learner, reviews: [{ ...review, officer: 'OFF002' }] };
  expect(off2({ learner: reviewed })).toMatchObject({ parts: ['603/1122/3 (1)', 'review'], way: 'missing' });
  expect(plan({ learner: reviewed }).refusal).toBeNull();
});

test('OF-51: a review with neither officer nor Main Officer is reported', () => {
  const learner = buildUnlinked({ mainOfficer: null, reviews: [review] });
  const { warnings } = plan({ learner, settings: { fallbackAssessorId: '400001' } });
  expect(warnings).toContainEqual({
    code: 'REVIEW_NO_OFFICER',
    params: { vendor: 'OneFile', name: 'Imogen Tarrant', ident: '10001', date: '2026-02-01' },
  });
});

test('OF-31: a linked assessor that is gone refuses the enrolment and is not replaced', () => {
  const missingAssessors = ['400101'];
  const settings = { fallbackAssessorId: '400001' };
  const hits = { OFF001: [{ id: '400102', name: 'Same code' }] };
  const { refusal, officers } = plan({
    links: [link],
    facts: { missingAssessors, assessors: hits },
    settings,
  });
  expect(refusal).toEqual({
    code: 'LINK_GONE',
    params: { vendor: 'OneFile', kind: 'officer', code: 'OFF001', id: '400101' },
  });
  expect(officers).toMatchObject([{ code: 'OFF001', way: 'missing', vendorId: null }]);
});

test.each(['400101', 'x1'])('OF-31, G-2: a typed id without a record does the same: %s', (externalId) => {
  const learner = buildUnlinked({ officers: [buildOfficer('OFF001', { externalId })] });
  expect(plan({ learner, facts: { missingAssessors: ['400101'] } }).refusal).toMatchObject({
    code: 'LINK_GONE',
    params: { code: 'OFF001', id: externalId },
  });
});

test('OF-32: one assessor with the code as MIS value is matched, whatever its name', () => {
  const { officers, accepted } = plan({ facts: { assessors: { OFF001: [{ id: '400102', name: 'Zed' }] } } });
  expect(officers).toMatchObject([{ way: 'matched', vendorId: '400102' }]);
  expect(accepted).toMatchObject({
    defaultAssessor: { code: 'OFF001', vendorId: '400102' },
    looked: { OFF001: '400102' },
  });
});

test('OF-36: several with one MIS value are refused with their names; one found in both roles counts once', () => {
  const two = [
    { id: '400102', name: 'Bo Archived' },
    { id: '400103', name: 'Cy Active' },
  ];
  expect(plan({ facts: { assessors: { OFF001: two } } }).refusal).toEqual({
    code: 'MIS_NOT_UNIQUE',
    params: { vendor: 'OneFile', code: 'OFF001', names: 'Bo Archived (400102), Cy Active (400103)' },
  });
  const [one] = two;
  const twice = one === undefined ? [] : [one, one];
  expect(plan({ facts: { assessors: { OFF001: twice } } }).refusal).toBeNull();
});

test('OF-35: with matching by MIS value the typed id is not used', () => {
  const learner = buildUnlinked({ officers: [buildOfficer('OFF001', { externalId: '400101' })] });
  const facts = { assessors: { OFF001: [{ id: '400102', name: null }] } };
  expect(plan({ learner, facts, settings: { matchBy: 'misValue' } }).officers).toMatchObject([
    { way: 'matched', vendorId: '400102' },
  ]);
});
