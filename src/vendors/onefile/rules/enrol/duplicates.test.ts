import { expect, test } from 'vitest';
import { buildCandidate, buildUnlinked, plan } from '../../../../../test/support/enrol-input.ts';
import { buildLink } from '../../../../../test/support/onefile-rules.ts';
import type { LearnerCandidate } from './facts.ts';

const [uln, otherUln] = ['9276308686', '1234567899'];
const learner = buildUnlinked({ uln, niNumber: 'AB123456C' });

test('OF-11b: the other episode of one person is a possible duplicate, named with its Ident', () => {
  const links = [buildLink('learner', '10009', '400009', { ident: '10009' })];
  const facts = { candidates: [buildCandidate('400009', { uln, misId: '10009' })] };
  expect(plan({ learner, links, facts }).refusal).toEqual({
    code: 'POSSIBLE_DUPLICATE',
    params: {
      ...{ vendor: 'OneFile', name: 'Imogen Tarrant', ident: '10001' },
      ...{ ids: '400009 (10009)', idents: '10009' },
    },
  });
  const anyway = plan({ learner, links, facts, choices: { createAnyway: true } });
  expect(anyway.refusal).toBeNull();
  expect(anyway.accepted.knownLearners).toEqual(['400009']);
});

test('OF-11: each id is named once, in order', () => {
  const ids = ['400100', '400020', '400100'];
  const facts = { candidates: ids.map((id) => buildCandidate(id, { uln })) };
  expect(plan({ learner, facts }).refusal?.params).toMatchObject({ ids: '400020, 400100', idents: '' });
});

const twin = { firstName: 'imogen ', lastName: 'TARRANT', birthDate: '2007-03-14' };

test.each<[string, Partial<LearnerCandidate>, boolean]>([
  ['same ULN, other names', { uln, firstName: 'A', lastName: 'B' }, true],
  [
    'other ULN, same NI number, names and birth date',
    { ...twin, uln: otherUln, niNumber: 'AB123456C' },
    false,
  ],
  ['ULN blank there, same NI number in another form', { niNumber: 'ab 12 34 56 c', firstName: 'A' }, true],
  ['ULN not known there, same names and birth date', { ...twin, uln: '9999999999' }, true],
  ['ULN wrong there, same names and birth date', { ...twin, uln: '9276308687' }, true],
  ['NI numbers differ, same names and birth date', { ...twin, niNumber: 'ZZ999999Z' }, true],
  ['same names, other birth date', { ...twin, birthDate: '2007-03-15' }, false],
  ['same names, birth date blank there', { ...twin, birthDate: null }, false],
  ['same birth date, other name', { ...twin, lastName: 'Tarrent' }, false],
  ['our Ident as MIS value, other ULN', { misId: ' 10001 ', uln: otherUln }, true],
  ["another's Ident as MIS value", { misId: '100010' }, false],
])('OF-11: %s: %j is a duplicate: %s', (_what, known, isDuplicate) => {
  const facts = { candidates: [buildCandidate('400009', known)] };
  expect(plan({ learner, facts }).refusal?.code ?? null).toBe(isDuplicate ? 'POSSIBLE_DUPLICATE' : null);
});

test.each([
  ['9999999999', '9999999999'],
  ['9276308687', '9276308687'],
  [null, null],
])('OF-11, A-47: an invalid ULN does not identify a person: %s', (mine, theirs) => {
  const facts = { candidates: [buildCandidate('400009', { uln: theirs })] };
  expect(plan({ learner: buildUnlinked({ uln: mine }), facts }).refusal).toBeNull();
});

test('OF-11: blank NI numbers and blank birth dates are not the same', () => {
  const blank = buildUnlinked({ birthDate: null });
  const facts = { candidates: [buildCandidate('400009', { birthDate: null, niNumber: '  ' })] };
  expect(plan({ learner: blank, facts }).refusal).toBeNull();
});

test('OF-11, A-15: names are the same in either Unicode form', () => {
  const birthDate = '2007-03-14';
  const decomposed = buildUnlinked({ firstName: 'Siobhán'.normalize('NFD'), surname: "O'Brien-D’Arcy" });
  const other = buildCandidate('400009', { firstName: 'SIOBHÁN', lastName: "o'brien-d’arcy", birthDate });
  expect(plan({ learner: decomposed, facts: { candidates: [other] } }).refusal?.code).toBe(
    'POSSIBLE_DUPLICATE',
  );
});
