import { expect, test } from 'vitest';
import { enrolCentre } from '../../../../test/support/onefile-centre.ts';
import { setupOneFile } from '../../../../test/support/onefile-client.ts';
import type { About } from '../../../domain/step.ts';
import { isSameName } from '../../common/values.ts';
import { toMisKey } from '../rules/enrol/calls.ts';
import { spellingsOf } from '../rules/values.ts';

test.each<[string, string, boolean]>([
  ['O’Dea', "O'Dea", true],
  ['O`Dea', 'Oʼdea', true],
  ['Mary  Jane', 'mary jane', true],
  ['Mary\u00a0Jane', 'Mary Jane', true],
  ['Smith–Jones', 'Smith-Jones', true],
  ['Zoe\u0308', 'Zoë', true],
  ['ODea', "O'Dea", false],
  ['Mary Jane', 'Maryjane', false],
])('D-20, O10: %j and %j are one name: %s', (one, other, isSame) => {
  expect(isSameName(one, other)).toBe(isSame);
  expect(isSameName(one, null)).toBe(false);
});

test('O10: an ordinary name is searched for once, an odd one in each way it may be written', () => {
  expect(spellingsOf({ firstName: 'Ida', lastName: 'Vale' })).toEqual([
    { firstName: 'Ida', lastName: 'Vale' },
  ]);
  expect(spellingsOf({ firstName: 'D’Arcy  Ann', lastName: "O'Dea" })).toEqual([
    { firstName: 'D’Arcy  Ann', lastName: "O'Dea" },
    { firstName: "D'Arcy  Ann", lastName: "O'Dea" },
    { firstName: "D'Arcy Ann", lastName: "O'Dea" },
    { firstName: 'D’Arcy Ann', lastName: 'O’Dea' },
  ]);
});

const ada = { firstName: 'Ida  Rose', lastName: 'O’Dea', email: 'ida@x.example.org' };

/** Looks for learner 20001, whose create was not answered, in a centre that has this user and keeps no MIS values. */
async function lookFor(about: About, user: object, switches = {}) {
  const one = await setupOneFile({ records: enrolCentre as never, switches });
  await using _ = one;
  const there = { ID: 400_500, OrganisationID: 301, Role: 1, ...user };
  await one.control('POST', '/records', { users: [there] as never });
  const intent = {
    ...{ step: 'create-learner', subject: 'learner:20001', ident: '20001' },
    naturalKey: toMisKey('20001', ['400061']),
  };
  return await one.client.resolve(intent, { priority: 'live', cause: 'after-write', about });
}

const stored = { FirstName: 'Ida Rose', LastName: "O'Dea", Email: 'ida@x.example.org' };

test.each([{}, { profile: 'awkward' }, { 'name-filter': 'ignored' }])(
  'O10: our record is found although OneFile writes its names with other apostrophes and blanks (%o)',
  async (switches) => {
    expect(await lookFor(ada, stored, switches)).toMatchObject({
      kind: 'found',
      done: { vendorId: '400500' },
    });
  },
);

test.each<[string, About, object, string]>([
  ['the name was corrected since', { ...ada, lastName: 'Marsh' }, stored, 'several'],
  ['the address was corrected since', { ...ada, email: 'rose@x.example.org' }, stored, 'several'],
  [
    'another person has the name, with a MIS value',
    { ...ada, email: 'rose@x.example.org' },
    { ...stored, MISID: '7' },
    'absent',
  ],
  [
    'the address is that of a person with a MIS value',
    { ...ada, lastName: 'Marsh' },
    { ...stored, MISID: '7' },
    'absent',
  ],
  ['nothing agrees', { ...ada, lastName: 'Marsh', email: 'rose@x.example.org' }, stored, 'absent'],
  [
    'the MIS value agrees in another case',
    { ...ada, lastName: 'Marsh' },
    { ...stored, MISID: '20001' },
    'found',
  ],
])('O10, G-5: a look-up where %s', async (_title, about, user, kind) => {
  expect(await lookFor(about, user)).toMatchObject({ kind });
});

test('O10: a learner known before is not the one that was meant, whatever agrees', async () => {
  await using one = await setupOneFile({ records: enrolCentre as never });
  const user = { ID: 400_500, OrganisationID: 301, Role: 1, ...stored };
  await one.control('POST', '/records', { users: [user] as never });
  const intent = {
    ...{ step: 'create-learner', subject: 'learner:20001', ident: '20001' },
    naturalKey: toMisKey('20001', ['400500']),
  };
  const context = { priority: 'live', cause: 'after-write', about: ada } as const;
  expect(await one.client.resolve(intent, context)).toEqual({ kind: 'absent' });
});

test('A-24: a placement is found under another apostrophe', async () => {
  await using one = await setupOneFile({ records: enrolCentre as never });
  const placement = { ID: 30_500, OrganisationID: 301, Name: "Harrow's  Yard", Active: true };
  await one.control('POST', '/records', { placements: [placement] as never });
  const intent = {
    step: 'create-placement',
    subject: 'organisation:H1',
    ident: null,
    naturalKey: toMisKey('H1'),
  };
  const about = { firstName: null, lastName: 'Harrow’s  Yard', email: null };
  const context = { priority: 'live', cause: 'after-write', about } as const;
  expect(await one.client.resolve(intent as never, context)).toMatchObject({
    kind: 'found',
    done: { vendorId: '30500' },
  });
});

test('D-20: the MIS value of an officer is found in any case', async () => {
  await using one = await setupOneFile({ switches: { 'misid-filter': 'ignored' } });
  const found = await one.execute({ name: 'find-assessor', request: { code: 'abr001', typedId: null } });
  expect(found).toMatchObject({ kind: 'done', links: [{ picsId: 'abr001', vendorId: '400002' }] });
});
