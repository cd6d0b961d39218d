import { expect, test } from 'vitest';
import {
  buildNewcomer,
  enrolmentCentre,
  openEnrolmentWorld,
} from '../../../../test/support/onefile-world/enrolment.ts';

const email = 'imogen@x.example.org';
const other = { OrganisationID: 301, FirstName: 'Otto', LastName: 'Grey', Email: email };
const withUsers = (...users: readonly object[]) =>
  ({ ...enrolmentCentre, users: [...enrolmentCentre.users, ...users] }) as never;

/** A centre in which an e-mail address can be used once, by this user. */
async function enrolBeside(user: object, switches: object = {}, archivedId?: number) {
  await using world = await openEnrolmentWorld([buildNewcomer()], {
    records: withUsers(user),
    switches: { 'duplicate-create': '400-same-email', ...switches } as never,
  });
  if (archivedId !== undefined) await world.control('POST', `/act/users/${archivedId}/archive`, {});
  const answer = await world.command('enrol', { ident: '10001', payload: {} });
  const learners = (await world.records('users')).filter(({ FirstName }) => FirstName === 'Imogen');
  expect(learners).toEqual([]);
  return { code: answer.code, said: [answer.message, ...world.messages()].join(' ') };
}

test.each<[string, object, object, number | undefined, string]>([
  ['an assessor', { ...other, ID: 400_500, Role: 5 }, {}, undefined, 'assessor Otto Grey (id 400500)'],
  ['an employer', { ...other, ID: 400_501, Role: 40 }, {}, undefined, 'employer Otto Grey (id 400501)'],
  [
    'an archived learner of another name',
    { ...other, ID: 400_502, Role: 1 },
    { 'archived-in-search': 'marked' },
    400_502,
    'learner Otto Grey (id 400502, archived)',
  ],
  [
    'an archived learner that is not marked as such',
    { ...other, ID: 400_503, Role: 1 },
    {},
    400_503,
    'learner Otto Grey (id 400503)',
  ],
  [
    'a learner of another centre',
    { ...other, ID: 400_504, OrganisationID: 302, Role: 1 },
    { 'error-400': 'empty' },
    undefined,
    'learner Otto Grey (id 400504, centre 302)',
  ],
  [
    'a user found among many, where OneFile ignores the filter',
    { ...other, ID: 400_505, Role: 45 },
    { 'name-filter': 'ignored', 'paged-rows': 'short' },
    undefined,
    'observer Otto Grey (id 400505)',
  ],
])(
  'D-22: an enrolment with the e-mail address of %s is refused, naming it',
  async (_title, user, switches, archived, holder) => {
    const { code, said } = await enrolBeside(user, switches, archived);
    expect(code).toBe('VALUE_IN_USE');
    expect(said).toContain(`the e-mail address belongs to ${holder} there`);
    expect(said).not.toContain('…');
  },
);

test('D-22: when no record with the address is shown, the message says that it is outside what the token can see', async () => {
  const hidden = { 'archived-in-search': 'hidden' };
  const { code, said } = await enrolBeside({ ...other, ID: 400_506, Role: 1 }, hidden, 400_506);
  expect(code).toBe('VALUE_IN_USE_ELSEWHERE');
  expect(said).toContain('the e-mail address is in use there, but by no record that this token can see');
  expect(said).toContain('Email is in use');
});

test('D-22: a refusal for another reason keeps the words of OneFile', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  const body = { code: -9999, message: 'Surname is too long' };
  const match = { method: 'POST', path: 'User' };
  await world.script({ match, times: null, action: { type: 'answer', status: 400, body } });
  const answer = await world.command('enrol', { ident: '10001', payload: {} });
  expect([answer.message, ...world.messages()].join(' ')).toContain('Surname is too long');
});
