import { expect, test } from 'vitest';
import {
  buildInput,
  buildOfficer,
  buildPlacement,
  buildUnlinked,
  type Given,
} from '../../../../../test/support/enrol-input.ts';
import { buildQualification, buildReview } from '../../../../../test/support/learner.ts';
import { buildLink, nowMs } from '../../../../../test/support/onefile-rules.ts';
import { askForEnrolment } from './ask.ts';

function ask(given: Given = {}) {
  const answer = askForEnrolment(buildInput(given));
  if (answer.kind === 'refused') throw new Error(answer.fault.code);
  return answer.ask;
}

test('OF-11a: a linked learner is refused, with its id', () => {
  const links = [buildLink('learner', '10001', '400061', { copiedAtMs: null })];
  expect(askForEnrolment(buildInput({ links }))).toEqual({
    kind: 'refused',
    fault: {
      code: 'ALREADY_LINKED',
      params: { vendor: 'OneFile', name: 'Imogen Tarrant', ident: '10001', id: '400061' },
    },
  });
});

test('OF-11a: an id typed into PICS counts before it is checked, and outranks missing fields', () => {
  const learner = buildUnlinked({ oneFileId: '400062', email: null, firstName: null });
  expect(askForEnrolment(buildInput({ learner }))).toMatchObject({
    fault: { code: 'ALREADY_LINKED', params: { id: '400062' } },
  });
});

test('OF-24: a link does not prevent enrolment after a user cleared its id; one just copied does', () => {
  const cleared = buildLink('learner', '10001', '400061', { copiedAtMs: nowMs - 120_000 });
  expect(askForEnrolment(buildInput({ links: [cleared] })).kind).toBe('ask');
  const justCopied = { ...cleared, copiedAtMs: nowMs - 1_000 };
  expect(askForEnrolment(buildInput({ links: [justCopied] })).kind).toBe('refused');
});

test.each([
  ['first name', { firstName: null }, 'NO_NAME'],
  ['surname', { surname: null, email: null }, 'NO_NAME'],
  ['e-mail address', { email: null }, 'NO_EMAIL'],
] as const)('OF-13b: without %s it is refused before anything is asked', (_what, known, code) => {
  expect(askForEnrolment(buildInput({ learner: buildUnlinked(known) }))).toMatchObject({
    kind: 'refused',
    fault: { code, params: { ident: '10001' } },
  });
});

test('OF-20, OF-22: only unknown facts are asked for, each officer once', () => {
  const learner = buildUnlinked({
    qualifications: [
      buildQualification({ reference: '603/1122/3', officer: 'OFF001' }),
      buildQualification({ reference: '500/1111/1', officer: 'OFF002' }),
    ],
    relatedOfficers: [
      { relation: 'ASR2', code: 'OFF003' },
      { relation: 'MENT', code: 'OFF004' },
    ],
    reviews: [
      buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00', officer: 'OFF005' }),
      buildReview({ id: 'r2', type: 'C', proposedAt: '2026-02-01T10:00:00', officer: 'OFF006' }),
    ],
    officers: [1, 2, 3, 4, 5, 6].map((n) => buildOfficer(`OFF00${n}`)),
  });
  const links = [buildLink('officer', 'OFF002', '400101', { copiedAtMs: null })];
  const settings = { additionalAssessors: ['ASR2'] };
  expect(ask({ learner, links, settings })).toEqual({
    ident: '10001',
    email: 'imogen.tarrant.10001@learner.example.org',
    firstName: 'Imogen',
    lastName: 'Tarrant',
    officers: ['OFF001', 'OFF003', 'OFF005'],
    assessorIds: [],
    organisation: 'HARRO1',
    placementId: null,
    classroom: null,
  });
});

test('OF-31: a linked assessor is asked for only when the list of assessors, if there is one, lacks it', () => {
  const links = [buildLink('officer', 'OFF001', '400101', { copiedAtMs: null })];
  expect(ask({ links }).assessorIds).toEqual([]);
  expect(ask({ links, centre: { assessors: [{ id: '400101', misId: null }] } }).assessorIds).toEqual([]);
  expect(ask({ links, centre: { assessors: [] } })).toMatchObject({ officers: [], assessorIds: ['400101'] });
});

test('OF-31: a linked organisation costs no call', () => {
  const links = [buildLink('organisation', 'HARRO1', '30009', { copiedAtMs: null })];
  expect(ask({ links })).toMatchObject({ organisation: null, placementId: null });
});

test('G-2, D-2: typed ids are checked, and only those that can be ids of OneFile', () => {
  const typed = (externalId: string) =>
    buildUnlinked({
      officers: [buildOfficer('OFF001', { externalId })],
      placements: [buildPlacement(1, 'HARRO1', { organisationExternalId: externalId })],
    });
  const none = { officers: [], organisation: null };
  expect(ask({ learner: typed('400101') })).toMatchObject({
    ...none,
    assessorIds: ['400101'],
    placementId: '400101',
  });
  expect(ask({ learner: typed('smart-1') })).toMatchObject({ ...none, assessorIds: [], placementId: null });
  const settings = { externalIdVendor: 'smartassessor' } as const;
  expect(ask({ learner: typed('400101'), settings })).toMatchObject({
    officers: ['OFF001'],
    assessorIds: [],
    organisation: 'HARRO1',
    placementId: null,
  });
});

test('OF-35: with matching by MIS value, ids typed by people are ignored', () => {
  const learner = buildUnlinked({ officers: [buildOfficer('OFF001', { externalId: '400101' })] });
  const links = [buildLink('officer', 'OFF001', '400101', { how: 'looked-up' })];
  expect(ask({ learner, links, settings: { matchBy: 'misValue' } })).toMatchObject({
    officers: ['OFF001'],
    assessorIds: [],
  });
});

test('OF-22: an organisation without a record in PICS is not asked for', () => {
  const placements = [buildPlacement(1, 'GONE01', { organisationName: null })];
  expect(ask({ learner: buildUnlinked({ placements }) }).organisation).toBeNull();
  expect(ask({ learner: buildUnlinked({ placements: [] }) }).organisation).toBeNull();
});

test('A-39: a classroom is asked for only where the setting wants it', () => {
  const learner = buildUnlinked({ mainTag: 'Plumbing 2026' });
  expect(ask({ learner }).classroom).toBeNull();
  expect(ask({ learner, settings: { classroomFromMainTag: true } }).classroom).toBe('Plumbing 2026');
});
