import { describe, expect, test } from 'vitest';
import { PASSWORD_CANARY } from '../../../../simulators/smart-assessor/credential.ts';
import { SWITCH_TABLE } from '../../../../simulators/smart-assessor/switches.ts';
import { setupSmartAssessor, type Way, ways } from '../../../../test/support/smart-assessor-client.ts';
import { runEssentials } from '../../../../test/support/smart-assessor-essentials.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';

/** What every operation gives at a site that answers in the usual way. */
const usual: JsonObject = {
  connection: 'ok',
  courses: '12',
  employers: '3',
  assessors: '6',
  learners: '20',
  'learner-courses': '21',
  sessions: '31',
  asStored: [true, true, true, true, true],
  'of a learner': ['1', '1', 'unsupported units'],
  absent: ['none', null, 'rejected missing'],
  'create employer': 'ok',
  'create assessor': ['ok', 'rejected duplicate-login userName'],
  'create learner': 'ok',
  found: ['one', 'one', 'one'],
  enrol: ['ok', 'rejected already-enrolled courseId', 'rejected course-inactive courseId'],
  'set assessors': ['ok', 'ok'],
  'on course': ['awaiting-induction true'],
  mails: 1,
  'update learner': 'ok',
  'read back': ["O'Kafor & <Daughter>", 'Ådá', '07700 900123', null, 'new@example.org'],
  'update assessor': ['ok', '01632 960999'],
  'write mis id': ['ok', 'one'],
};

/** What `soap-g1` gives otherwise: it shows no archived people, names no fields, and lacks some operations. */
const usualInSoap: JsonObject = {
  ...usual,
  assessors: '5',
  learners: '19',
  'create assessor': ['ok', 'rejected duplicate-login'],
  enrol: ['ok', 'rejected already-enrolled', 'rejected course-inactive'],
  'set assessors': ['ok', 'unsupported secondAssessor'],
  mails: 0,
};

/** What follows a created learner. Without its id nothing of it is asked for. */
const afterCreate = ['enrol', 'set assessors', 'on course', 'mails', 'update learner', 'read back'];
const withoutLearner: JsonObject = Object.fromEntries(
  [...afterCreate, 'update assessor', 'write mis id'].map((name) => [name, null]),
);

/** Everything is refused in the same way. */
function allAre(word: string): JsonObject {
  const lists = ['courses', 'employers', 'assessors', 'learners', 'learner-courses', 'sessions'];
  return {
    connection: word,
    ...Object.fromEntries(lists.map((name) => [name, word])),
    asStored: [false, false, false, false, false],
    'of a learner': [word, word, 'unsupported units'],
    absent: [word, word, word],
    'create employer': word,
    'create assessor': [word, word],
    'create learner': word,
    found: [word, word, word],
    ...withoutLearner,
  };
}

const notCleared = { 'read back': [...(usual['read back'] as Json[]).with(3, '2 High Street')] };
const cannotBeFound = {
  found: ['none', 'none', 'none'],
  'update assessor': ['ok', null],
  'write mis id': ['ok', 'none'],
};

type Case = {
  readonly value: string | number;
  /** Right results that differ, in both contracts. Null = it is not asked for. */
  readonly both?: JsonObject;
  readonly rest?: JsonObject;
  readonly soap?: JsonObject;
  /** Only of this way of signing in. */
  readonly auth?: Way['auth'];
  readonly why?: string;
};

/** Values under which another result, often a refusal, is the right one. */
const differing: Readonly<Record<string, readonly Case[]>> = {
  'auth-strategy': [
    {
      value: 'token',
      rest: allAre('unauthorized login'),
      auth: 'basic-key',
      why: 'the server takes no password',
    },
    {
      value: 'basic-key',
      rest: allAre('unauthorized login'),
      auth: 'token',
      why: 'the server gives no token',
    },
  ],
  sso: [{ value: 'on', rest: allAre('unauthorized login'), why: 'Q18: all API users are locked out' }],
  'sex-required': [
    {
      value: 'on',
      both: { found: ['one', 'one', 'none'], ...withoutLearner },
      rest: { 'create learner': 'rejected invalid-field sex' },
      soap: { 'create learner': 'rejected invalid-field' },
      why: 'SA-12: the sex is not sent at enrolment; one that is not known is never invented',
    },
  ],
  'user-name': [
    { value: 'generated', both: { 'create assessor': ['ok', 'ok'] }, why: 'the login is the vendor’s' },
  ],
  'password-demanded': [
    {
      value: 'on',
      both: {
        'create assessor': ['rejected invalid-field', 'rejected invalid-field'],
        found: ['one', 'none', 'one'],
        'update assessor': null,
      },
      why: 'a password is never sent: held',
    },
  ],
  'error-form': [
    {
      value: 'message-only',
      rest: {
        'create assessor': ['ok', 'rejected other'],
        enrol: ['ok', 'rejected already-enrolled', 'rejected course-inactive'],
      },
      why: 'no field is named; the text tells an inactive course',
    },
    {
      value: 'html',
      rest: {
        'create assessor': ['ok', 'rejected other'],
        enrol: ['ok', 'rejected already-enrolled', 'rejected invalid-field'],
      },
      why: 'a page tells nothing but its status',
    },
  ],
  'welcome-mail': [{ value: 'never', rest: { mails: 0 } }],
  'welcome-mail-default': [{ value: 'on', soap: { mails: 1 }, why: 'SOAP cannot say that none is wanted' }],
  'mis-id': [
    { value: 'dropped', both: cannotBeFound, why: 'the site forgets it: capability storesMisId off' },
  ],
  'list-lag-s': [
    {
      value: 3,
      both: { ...cannotBeFound, 'on course': [] },
      soap: { 'read back': ['not shown'] },
      why: 'a look-up must wait longer than the lists',
    },
  ],
  'ignored-learner-fields': [
    {
      value: 'email,mobile',
      both: { 'read back': ["O'Kafor & <Daughter>", 'Ådá', null, null, 'ada.okafor@example.org'] },
      why: 'Q6: accepted and dropped; the read-back shows it',
    },
  ],
  'clear-form': [
    {
      value: 'null-clears',
      both: notCleared,
      why: 'empty text does not clear: capability clearsByEmpty off',
    },
    { value: 'never', both: notCleared, why: 'the same' },
  ],
  'course-end-date': [
    {
      value: 'refused',
      both: { 'on course': [] },
      rest: {
        enrol: Array(3).fill('rejected invalid-field endDate'),
        'set assessors': ['rejected missing', 'rejected missing'],
        mails: 0,
      },
      soap: {
        enrol: Array(3).fill('rejected invalid-field'),
        'set assessors': ['rejected missing', 'unsupported secondAssessor'],
      },
      why: 'the setting enrolEndDate says omit',
    },
  ],
  'second-assessor': [
    {
      value: 'off',
      rest: { 'set assessors': ['ok', 'rejected missing'] },
      why: 'capability secondAssessor off',
    },
  ],
  'session-shape': [
    { value: 'first-only', both: { sessions: '30' }, why: 'the vendor shows one learner of a group' },
    { value: 'grouped', soap: { sessions: '30' }, why: 'SOAP shows the first only' },
  ],
  'cancelled-visibility': [{ value: 'hidden', both: { sessions: '12' } }],
  'archived-visibility': [
    { value: 'gone', rest: { assessors: '5', learners: '19' } },
    { value: 'flagged', soap: { assessors: '6', learners: '20' } },
  ],
  'page-size': [
    {
      value: 3,
      rest: Object.fromEntries(
        ['courses', 'assessors', 'learners', 'learner-courses', 'sessions'].map((name) => [
          name,
          '3 incomplete',
        ]),
      ),
      why: 'unexpected paging is never a whole list',
    },
  ],
  'g1-mis-id-form': [
    {
      value: 'integer',
      soap: { 'create employer': 'rejected invalid-field', found: ['none', 'one', 'one'] },
      why: 'setting g1.misIdForm integer; a code with letters cannot be kept there',
    },
  ],
};

/** Tested by itself below, with the pauses that it asks for. */
const apart = ['rate-limit-per-minute', 'retry-after'];

/** Every value but the first, which is the default; of a count and a list of names, one value. */
const cases = Object.entries(SWITCH_TABLE)
  .filter(([name]) => !apart.includes(name))
  .flatMap(([name, definition]): readonly { readonly name: string; readonly one: Case }[] => {
    const values =
      definition.type === 'choice'
        ? definition.values.filter((value) => value !== definition.initial)
        : [definition.type === 'count' ? 3 : 'email,mobile'];
    return values.map((value) => ({
      name,
      one: {
        why: 'nothing differs',
        ...(differing[name]?.find((known) => known.value === value) ?? { value }),
      },
    }));
  });

function expectedOf(way: Way, one: Case): JsonObject {
  const isSoap = way.contract === 'soap-g1';
  const isMeant = one.auth === undefined || one.auth === way.auth;
  const all = {
    ...(isSoap ? usualInSoap : usual),
    ...(isMeant && { ...one.both, ...(isSoap ? one.soap : one.rest) }),
  };
  return Object.fromEntries(Object.entries(all).filter(([, result]) => result !== null));
}

describe.each(ways)('$contract with $auth', (way) => {
  test('every operation gives what it should', async () => {
    expect(await runEssentials(setupSmartAssessor(way))).toEqual(expectedOf(way, { value: '' }));
  });

  test.each(cases)(
    'every operation gives what it should with $name $one.value: $one.why',
    async ({ name, one }) => {
      const site = setupSmartAssessor(way, { switches: { [name]: one.value } });
      expect(await runEssentials(site)).toEqual(expectedOf(way, one));
    },
  );

  test('no password, key or canary is in anything decoded or logged, and none is sent where it is not needed', async () => {
    const site = setupSmartAssessor(way);
    const answers = [
      await site.call('read-assessors', { includeArchived: true }),
      await site.call('find-assessor', { misId: 'OFF00001' }),
      await runEssentials(site),
    ];
    const shown = JSON.stringify(answers) + site.lines.join('\n');
    expect(shown).toContain('beth.rowe@example.org');
    for (const secret of [PASSWORD_CANARY, 'local-password', 'local-key'])
      expect(shown).not.toContain(secret);
    const signedIn = site.calls().filter(({ operation }) => operation === 'POST token');
    expect(site.calls().filter(({ passwordSent }) => passwordSent)).toEqual(signedIn);
    expect(site.lines.join('\n')).not.toMatch(/example\.org|Okafor|104233|O'Kafor/);
  });
});

test('every switch is tried', () => {
  const tried = new Set([...cases.map(({ name }) => name), ...apart]);
  expect(Object.keys(SWITCH_TABLE).filter((name) => !tried.has(name))).toEqual([]);
});
