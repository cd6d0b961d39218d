import { expect, test } from 'vitest';
import { buildUnlinked } from '../../../../../test/support/enrol-input.ts';
import type { Learner } from '../../../../domain/learner.ts';
import { toSex } from '../../../common/values.ts';
import { toCreateLearner, toMandatory } from './unlinked.ts';

const ids = { defaultAssessorId: '400101', placementId: '30009', classroomId: '2001' };

function create(known: Partial<Learner>, settings: Partial<Parameters<typeof toCreateLearner>[2]> = {}) {
  const learner = buildUnlinked(known);
  const mandatory = toMandatory(learner);
  if (mandatory === null) return null;
  return toCreateLearner(learner, { mandatory, ids }, { sendMisValue: true, matchBy: 'id', ...settings });
}

test('OF-13a: exactly the listed fields are sent, trimmed', () => {
  const given = {
    firstName: '  Imogen ',
    surname: 'Tarrant  ',
    email: ' i@learner.example.org ',
    phone: '01632 960001 ',
    mobile: ' 07700 900001',
    uln: '9276308686',
    niNumber: 'AB123456C',
    ethnicity: '31 ',
    sex: '2',
    disability: ' 2',
    startOn: '2026-01-05',
    expectedEndOn: '2027-07-31',
    title: '4',
    address: ['1 Mill Row', null, 'Oldham'],
    postcode: 'OL1 1AA',
    lrn: '20001234',
    primaryDifficulty: '12',
    mainTag: 'Plumbing',
  };
  expect(create(given)).toEqual({
    ident: '10001',
    firstName: 'Imogen',
    lastName: 'Tarrant',
    email: 'i@learner.example.org',
    ...ids,
    misId: '10001',
    phone: '01632 960001',
    mobile: '07700 900001',
    birthDate: '2007-03-14',
    uln: '9276308686',
    niNumber: 'AB123456C',
    startOn: '2026-01-05',
    expectedEndOn: '2027-07-31',
    ethnicity: '31',
    sex: 'F',
    disability: '2',
  });
});

test('OF-13a: blanks are left out; without an episode row there is no expected end', () => {
  expect(create({ birthDate: null, phone: '   ', mobile: '' })).toEqual({
    ...{ ident: '10001', firstName: 'Imogen', lastName: 'Tarrant' },
    ...{ email: 'imogen.tarrant.10001@learner.example.org', misId: '10001', ...ids },
  });
});

test.each(['9999999999', '9276308687', '', 'unknown'])('A-47: %j is left out', (uln) => {
  expect(create({ uln })).not.toHaveProperty('uln');
});

test('A-38: the Ident is the MIS value where the setting or the matching wants it', () => {
  expect(create({})).toMatchObject({ misId: '10001' });
  expect(create({}, { sendMisValue: false })).not.toHaveProperty('misId');
  expect(create({}, { sendMisValue: false, matchBy: 'misValue' })).toMatchObject({ misId: '10001' });
});

test('OF-13: names of any length and letters are sent whole, in composed form', () => {
  const long = `${'Łukasz-'.repeat(14)}Zo`;
  expect(long).toHaveLength(100);
  const names = { firstName: long, surname: "O'Brien-D’Arcy Siobhán".normalize('NFD') };
  expect(create(names)).toMatchObject({
    firstName: long,
    lastName: "O'Brien-D’Arcy Siobhán".normalize('NFC'),
  });
});

test.each([
  ['M', 'M'],
  ['1', 'M'],
  ['F', 'F'],
  ['2', 'F'],
  ['f ', 'F'],
  ['9', null],
  ['', null],
  [null, null],
])('OF-13: sex %j is sent as %j', (sex, sent) => {
  expect(toSex(sex)).toBe(sent);
});

test('OF-13b: spaces do not count as a name or an e-mail address', () => {
  expect(create({ firstName: '  ' })).toBeNull();
  expect(create({ surname: null })).toBeNull();
  expect(create({ email: ' ' })).toBeNull();
});
