import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PASSWORD_CANARY } from '../../../../simulators/smart-assessor/credential.ts';
import { createInProcessSmartAssessor } from '../../../../simulators/smart-assessor/in-process.ts';
import { SWITCH_TABLE } from '../../../../simulators/smart-assessor/switches.ts';
import {
  asOfMs,
  setupSmartAssessor,
  type Way,
  ways,
} from '../../../../test/support/smart-assessor-client.ts';
import { runEssentials, toWord } from '../../../../test/support/smart-assessor-essentials.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import type { Listing, Operation } from '../port.ts';
import { contractOf } from '../wire/all.ts';
import { textOf } from '../wire/values.ts';

const notInXml = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

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

describe('one state of the vendor', () => {
  /** The fields that both contracts can read. */
  function withoutUnread({ records }: Listing<object>, unread: readonly string[]) {
    return records
      .map((record) =>
        Object.fromEntries(Object.entries(record).filter(([name]) => ![...unread, 'unread'].includes(name))),
      )
      .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  }
  const [rest, , soap] = ways;
  const lists: readonly (readonly [Operation, object])[] = [
    ['read-courses', {}],
    ['read-employers', {}],
    ['read-assessors', { includeArchived: false }],
    ['read-learners', { includeArchived: false }],
    ['read-learner-courses', {}],
    ['read-sessions', {}],
  ];

  test.each(lists)('%s has the same normal form through both contracts', async (operation, input) => {
    for (const switches of [
      {},
      { 'dirty-data': 'on', 'guid-form': 'upper-braces', 'percent-form': 'text-percent' },
    ]) {
      const [one, other] = [setupSmartAssessor(rest, { switches }), setupSmartAssessor(soap, { switches })];
      const [inRest, inSoap] = [
        await one.ok(operation, input as never),
        await other.ok(operation, input as never),
      ];
      const listing = inSoap as Listing<{ readonly unread: readonly string[] }>;
      const unread = listing.records[0]?.unread ?? [];
      expect(listing.records.length).toBeGreaterThan(2);
      expect(withoutUnread(inSoap as Listing<object>, unread)).toEqual(
        withoutUnread(inRest as Listing<object>, unread),
      );
    }
  });

  test('what one contract writes the other reads', async () => {
    const simulator = createInProcessSmartAssessor({ nowMs: () => asOfMs, size: 'small' });
    const [one, other] = [setupSmartAssessor(rest, { simulator }), setupSmartAssessor(soap, { simulator })];
    const person = {
      familyName: 'Ng',
      givenNames: 'Ida',
      dateOfBirth: '2001-12-31',
      sendWelcomeEmail: false,
    };
    const byRest = await one.ok('create-learner', { ...person, misId: '501', uln: '9000000016' });
    const bySoap = await other.ok('create-learner', { ...person, misId: '502', phone: '01 & 02' });
    const [inSoap, inRest] = [
      await other.ok('read-learner', { id: byRest }),
      await one.ok('read-learner', { id: bySoap }),
    ];
    expect(inSoap).toMatchObject({
      id: byRest,
      misId: '501',
      uln: '9000000016',
      dateOfBirth: '2001-12-31',
    });
    expect(inRest).toMatchObject({
      id: bySoap,
      misId: '502',
      phone: '01 & 02',
      dateOfBirth: '2001-12-31',
    });
  });
});

describe.each(ways)('$contract with $auth', (way) => {
  test('what is written is read back, whatever characters it has (property)', async () => {
    const site = setupSmartAssessor(way, { size: 'empty' });
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
        count += 1;
        const familyName = `A${text}`;
        const id = await site.ok('create-learner', {
          misId: String(count),
          familyName,
          givenNames: 'B',
          dateOfBirth: '2001-12-31',
          sendWelcomeEmail: false,
        });
        const read = await site.ok('read-learner', { id });
        // XML cannot hold every character; what it cannot is left out, and nothing else is lost.
        const kept = way.contract === 'soap-g1' ? familyName.replace(notInXml, '') : familyName;
        expect(read?.familyName).toBe(textOf(kept));
      }),
      { seed, numRuns: 150 },
    );
  });
});

test('every switch is tried', () => {
  const tried = new Set([...cases.map(({ name }) => name), ...apart]);
  expect(Object.keys(SWITCH_TABLE).filter((name) => !tried.has(name))).toEqual([]);
});

describe('what a setting of the site makes of a switch', () => {
  const [rest, , soap] = ways;
  function withCapabilities(way: Way, capabilities: object, switches: JsonObject = {}) {
    const contract = contractOf(way.contract);
    const g1 = { path: '/soap/g1', namespace: 'urn:smart-assessor:g1', partnerIdName: 'PartnerId' };
    return setupSmartAssessor(way, {
      switches,
      connection: {
        site: {
          capabilities: { ...contract.capabilities, ...capabilities },
          g1: { ...g1, misIdForm: 'text' },
        },
      },
    });
  }
  const ada = '1acd456d-8c17-4821-bb5b-8bab3241d0cb';

  test.each([rest, soap])('$contract: a site that keeps no MIS ids is not asked for them', async (way) => {
    const { call, calls } = withCapabilities(way, { storesMisId: false });
    const answers = [
      await call('find-learner', { misId: '1' }),
      await call('find-employer', { misId: '1' }),
      await call('find-assessor', { misId: '1' }),
      await call('write-mis-id', { kind: 'learner', id: ada, misId: '2' }),
    ];
    expect(answers.map(toWord)).toEqual(Array(4).fill('unsupported storesMisId'));
    expect(calls()).toEqual([]);
  });

  test.each([rest, soap])(
    '$contract: where empty text does not clear, clearing is not tried',
    async (way) => {
      const { call, calls } = withCapabilities(way, { clearsByEmpty: false }, { 'clear-form': 'never' });
      const answers = [
        await call('update-learner', { id: ada, fields: { mobile: '' } }),
        await call('update-assessor', { id: ada, fields: { phone: null } }),
        await call('write-mis-id', { kind: 'learner', id: ada, misId: null }),
      ];
      expect(answers.map(toWord)).toEqual(Array(3).fill('unsupported clearsByEmpty'));
      expect(calls()).toEqual([]);
    },
  );

  test('a field that the site does not let be updated is refused before a call', async () => {
    const { call, calls } = withCapabilities(rest, { updatableLearnerFields: ['phone'] });
    const both = { phone: '1', email: 'a@example.org' };
    expect(toWord(await call('update-learner', { id: ada, fields: both }))).toBe(
      'rejected invalid-field email',
    );
    expect(calls()).toEqual([]);
    expect(toWord(await call('update-learner', { id: ada, fields: { phone: '1' } }))).toBe('ok');
  });

  test('SA-4, SA-32: with the capabilities the score and the units are read, without them they are unread', async () => {
    const more = { 'smart-coach': 'on', units: 'full' };
    const site = withCapabilities(rest, { smartCoach: true, units: true }, more);
    site.door('POST', `/act/learners/${ada}/risk`, { score: 0.8 });
    const [course] = (await site.ok('read-learner-courses', { learnerId: ada })).records;
    const learner = await site.ok('read-learner', { id: ada });
    expect([learner?.riskScore, learner?.unread]).toEqual([0.8, []]);
    expect(course?.unread).toEqual([]);
    expect(course?.unitsTotal).toBeGreaterThan(0);
    const units = await site.ok('read-units', { learnerId: ada, courseId: course?.courseId ?? '' });
    expect(units.records.length).toBe(course?.unitsTotal);
    expect(units.problems).toEqual([]);
    expect(new Set(units.records.map(({ state }) => typeof state))).toEqual(new Set(['string']));
    const plain = withCapabilities(rest, {}, more);
    const without = await plain.ok('read-learner', { id: ada });
    expect([without?.riskScore, without?.unread]).toEqual([null, ['riskScore']]);
  });

  test('without filters the same is found in the whole list, which serves the look-ups of the next seconds', async () => {
    const site = withCapabilities(rest, { filterByMisId: false, filterByLearner: false });
    const found = await Promise.all(
      ['OFF00001', 'OFF00002', 'off00003', 'OFF99999'].map((misId) => site.ok('find-assessor', { misId })),
    );
    expect(found.map(({ kind }) => kind)).toEqual(['one', 'one', 'one', 'none']);
    expect(site.calls().map(({ path, query }) => `${path} ${query}`)).toEqual([
      'assessors includeArchived=true',
    ]);
    const courses = await site.ok('read-learner-courses', { learnerId: ada });
    expect(courses.records.map(({ learnerId }) => learnerId)).toEqual([ada]);
  });

  test('g1.misIdForm integer: zeros at the front do not matter, and a code with letters is not sent', async () => {
    const contract = contractOf(soap.contract);
    const site = setupSmartAssessor(soap, {
      switches: { 'g1-mis-id-form': 'integer' },
      connection: {
        site: {
          capabilities: { ...contract.capabilities, misIdForm: 'integer' },
          g1: {
            path: '/soap/g1',
            namespace: 'urn:smart-assessor:g1',
            partnerIdName: 'PartnerId',
            misIdForm: 'integer',
          },
        },
      },
    });
    const lettered = await site.call('create-employer', { misId: 'HILLS1', name: 'Hillside' });
    expect(toWord(lettered)).toBe('rejected invalid-field misId');
    expect(site.calls()).toEqual([]);
    const id = await site.ok('create-employer', { misId: '00417', name: 'Hillside' });
    const found = await site.ok('find-employer', { misId: '0417' });
    expect(found).toMatchObject({ kind: 'one', record: { id, misId: '417' } });
  });

  test('near matches wait for a person at the vendor, and are never taken for made (Q9)', async () => {
    for (const way of [rest, soap]) {
      const site = setupSmartAssessor(way, { switches: { 'near-match': 'queue' } });
      const known = (await site.ok('read-employers', {})).records[0];
      const twin = { misId: 'TWIN1', name: 'Twin', edrs: known?.edrs ?? '', postcode: known?.postcode ?? '' };
      expect(toWord(await site.call('create-employer', twin))).toBe('rejected queued-for-matching');
      expect(await site.ok('find-employer', { misId: 'TWIN1' })).toEqual({ kind: 'none' });
    }
  });

  test('a MIS id that is taken is told from a login that is', async () => {
    for (const way of [rest, soap]) {
      const site = setupSmartAssessor(way, { switches: { 'mis-id-unique': 'on' } });
      const person = {
        misId: '77',
        familyName: 'A',
        givenNames: 'B',
        dateOfBirth: '2001-01-01',
        sendWelcomeEmail: false,
      };
      expect(toWord(await site.call('create-learner', person))).toBe('ok');
      const again = await site.call('create-learner', person);
      expect(again).toMatchObject({ kind: 'rejected', code: 'duplicate-mis-id' });
    }
  });

  test('Q5, Q6: a site that refuses a field names it', async () => {
    const switches = { 'ignored-learner-fields': 'email', 'ignored-answer': 'reject' };
    const { call } = setupSmartAssessor(rest, { switches });
    const answer = await call('update-learner', { id: ada, fields: { email: 'b@example.org' } });
    expect(toWord(answer)).toBe('rejected invalid-field email');
  });

  test('an archived record that may not be updated is told from a bad value', async () => {
    const { call, ok } = setupSmartAssessor(rest, { switches: { 'archived-update': 'refuse' } });
    const all = await ok('read-learners', { includeArchived: true });
    const archived = all.records.find(({ isArchived }) => isArchived);
    const answer = await call('update-learner', { id: archived?.id ?? '', fields: { phone: '1' } });
    expect(answer).toMatchObject({ kind: 'rejected', code: 'archived' });
  });
});
