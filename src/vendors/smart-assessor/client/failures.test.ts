import { describe, expect, test } from 'vitest';
import { setupSmartAssessor, type Way, ways } from '../../../../test/support/smart-assessor-client.ts';
import { toWord } from '../../../../test/support/smart-assessor-essentials.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Operation } from '../port.ts';

type Site = ReturnType<typeof setupSmartAssessor>;

const rest = ways[0];
const soap = ways[2];
const learnerId = '1acd456d-8c17-4821-bb5b-8bab3241d0cb';
const newcomer = {
  misId: '501',
  familyName: 'Ng',
  givenNames: 'Ida',
  dateOfBirth: '2001-12-31',
  sendWelcomeEmail: true,
};

/** One call of each class: a read, a write that may be repeated, and one that may not. */
const classes = {
  read: (site: Site) => site.call('read-learners', { includeArchived: true }),
  repeatable: (site: Site) => site.call('update-learner', { id: learnerId, fields: { phone: '1' } }),
  guarded: (site: Site) => site.call('create-learner', newcomer),
} as const;

/** A fault that does not go away, what each class makes of it, and how often each is sent. */
const lasting: readonly (readonly [string, JsonObject, Record<keyof typeof classes, string>])[] = [
  [
    'cut before the work',
    { type: 'drop' },
    { read: 'unreachable cut', repeatable: 'unknown', guarded: 'unknown' },
  ],
  [
    'cut after the work',
    { type: 'apply-then-drop' },
    { read: 'unreachable cut', repeatable: 'unknown', guarded: 'unknown' },
  ],
  [
    'no answer in time',
    { type: 'hang', holdMs: 600_000 },
    { read: 'unreachable timeout', repeatable: 'unknown', guarded: 'unknown' },
  ],
  [
    'no answer in time after the work',
    { type: 'apply-then-hang', holdMs: 600_000 },
    { read: 'unreachable timeout', repeatable: 'unknown', guarded: 'unknown' },
  ],
  [
    '503 of a gateway',
    { type: 'answer', status: 503, body: '<html>Down</html>' },
    { read: 'unreachable status', repeatable: 'unknown', guarded: 'unknown' },
  ],
  [
    '500 after the work',
    { type: 'apply-then-answer', status: 500, body: 'Oops' },
    { read: 'unreachable status', repeatable: 'unknown', guarded: 'unknown' },
  ],
  [
    'a page instead of an answer',
    { type: 'answer', status: 200, body: '<html><p>Sign in to the hotel network' },
    { read: 'unreachable cut', repeatable: 'unknown', guarded: 'unknown' },
  ],
  [
    'a redirect, which is not followed',
    { type: 'answer', status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
    { read: 'unreachable status', repeatable: 'unknown', guarded: 'unknown' },
  ],
  [
    'a body that stalls',
    { type: 'slow-body', totalMs: 600_000, stallAfterBytes: 1 },
    { read: 'unreachable timeout', repeatable: 'unknown', guarded: 'unknown' },
  ],
  [
    'a body that ends in the middle',
    { type: 'truncate', bytes: 20 },
    { read: 'unreachable cut', repeatable: 'unknown', guarded: 'unknown' },
  ],
];

/** An empty answer cannot stall or end in the middle. */
const classesOf = ({ type }: JsonObject) =>
  (type === 'truncate' || type === 'slow-body'
    ? ['read', 'guarded']
    : Object.keys(classes)) as (keyof typeof classes)[];

describe.each([rest, soap])('$contract', (way: Way) => {
  test.each(lasting)(
    '%s: by the class of the call, and a guarded one is sent once',
    async (_title, action, expected) => {
      for (const name of classesOf(action)) {
        const site = setupSmartAssessor(way);
        site.rule(action, {}, { times: null });
        expect(toWord(await classes[name](site))).toBe(expected[name]);
        expect([name, site.calls().length]).toEqual([name, name === 'guarded' ? 1 : 3]);
        expect(site.slept).toEqual(name === 'guarded' ? [] : [500, 1_000]);
      }
    },
  );

  test('a read and a repeatable write that fail once are sent again, and succeed', async () => {
    for (const name of ['read', 'repeatable'] as const) {
      const site = setupSmartAssessor(way);
      site.rule({ type: 'drop' });
      expect(toWord(await classes[name](site))).toBe('ok');
      expect(site.calls()).toHaveLength(2);
      expect(site.taken).toHaveLength(2);
    }
  });

  test('a repeatable write is not sent again after the time up to which it may be sent (G-5)', async () => {
    const site = setupSmartAssessor(way);
    site.rule({ type: 'drop' }, {}, { times: null });
    const now = Date.parse('2026-03-02T09:00:00Z');
    const input = { id: learnerId, fields: { phone: '1' } };
    const answer = await site.call('update-learner', input, { sendBeforeMs: now + 100 });
    expect([toWord(answer), site.calls().length]).toEqual(['unknown', 1]);
    site.passMs(1_000);
    const late = await site.call('update-learner', input, { sendBeforeMs: now + 100 });
    expect([toWord(late), site.calls().length]).toEqual(['unreachable timeout', 1]);
  });

  test.each([
    ['empty', true],
    ['missing', true],
    ['zero', true],
    ['empty', false],
    ['missing', false],
  ] as const)(
    'Q13, SA-18: a create answered with an id that is %s is unknown, never a success',
    async (form, applies) => {
      const creates: readonly [Operation, object][] = [
        ['create-learner', newcomer],
        ['create-employer', { misId: 'HILLS1', name: 'Hillside' }],
        ['create-assessor', { misId: 'B1', firstName: 'B', lastName: 'R', userName: 'b@example.org' }],
      ];
      for (const [operation, input] of creates) {
        const site = setupSmartAssessor(way);
        site.rule({ type: 'empty-id', applies, form });
        expect(toWord(await site.call(operation, input as never))).toBe('unknown empty-id');
        const find = operation.replace('create', 'find') as 'find-learner';
        const found = await site.ok(find, { misId: (input as { misId: string }).misId });
        expect([operation, found.kind]).toEqual([operation, applies ? 'one' : 'none']);
        expect(site.calls()).toHaveLength(2);
      }
    },
  );

  test.each([
    ['seconds', 7, 8_000],
    ['date', 7, 8_000],
    ['none', 7, 31_000],
  ] as const)(
    'a 429 with Retry-After as %s pauses all calls of the credential, and is never repeated here',
    async (retryAfter, seconds, pausedMs) => {
      for (const name of ['read', 'repeatable', 'guarded'] as const) {
        const site = setupSmartAssessor(way);
        site.rule({ type: 'throttle', retryAfter, seconds });
        const answer = await classes[name](site);
        expect(answer).toMatchObject({ kind: 'throttled' });
        const [paused = 0, ...more] = site.paused;
        // The date has whole seconds.
        expect(Math.abs(paused - pausedMs)).toBeLessThan(1_000);
        expect([more, site.calls().length]).toEqual([[], 1]);
      }
    },
  );

  test('one 429 after another without Retry-After doubles the pause; an answer ends the series', async () => {
    const site = setupSmartAssessor(way);
    site.rule({ type: 'throttle', retryAfter: 'none' }, {}, { times: 3 });
    for (let n = 0; n < 3; n += 1) {
      expect(toWord(await classes.read(site))).toBe('throttled');
      site.passMs(site.paused.at(-1) ?? 0);
    }
    expect(toWord(await classes.read(site))).toBe('ok');
    site.rule({ type: 'throttle', retryAfter: 'none' });
    await classes.read(site);
    expect(site.paused).toEqual([31_000, 61_000, 121_000, 31_000]);
  });

  test('calls that were under way when a pause began do not extend it', async () => {
    const site = setupSmartAssessor(way);
    site.rule({ type: 'throttle', retryAfter: 'none' }, {}, { times: 2 });
    const both = await Promise.all([site.call('read-courses', {}), site.call('read-employers', {})]);
    expect(both.map(toWord)).toEqual(['throttled', 'throttled']);
    expect(Math.max(...site.paused)).toBe(31_000);
  });

  test('each request takes one call of the budget, and the first of a step may be taken before', async () => {
    const site = setupSmartAssessor(way);
    const account = { priority: 'poll' as const, prepaid: 1 };
    await site.port.call('read-learner-courses', {}, account);
    await site.port.call('read-courses', {}, account);
    expect([account.prepaid, site.taken]).toEqual([0, Array(site.calls().length - 1).fill('poll')]);
  });

  test('at most two calls are under way at a time', async () => {
    const site = setupSmartAssessor(way);
    const reads = ['read-courses', 'read-employers', 'read-sessions', 'read-learner-courses'] as const;
    await Promise.all(reads.map((operation) => site.ok(operation, {})));
    expect(Math.max(...site.calls().map(({ concurrent }) => concurrent))).toBe(2);
  });

  test('an intent and its attempt go along for tracing; a call without one carries nothing', async () => {
    const site = setupSmartAssessor(way);
    await site.call('create-learner', newcomer, { requestId: '4711.2' });
    await site.call('read-courses', {});
    expect(site.calls().map(({ requestId }) => requestId)).toEqual(['4711.2', null]);
  });

  test('a dry run changes nothing: the vendor judges it, or it is withheld here', async () => {
    const site = setupSmartAssessor(way, { connection: { isDryRun: true } });
    expect(toWord(await site.call('create-learner', newcomer))).toBe('dry-run');
    expect(toWord(await site.call('update-learner', { id: learnerId, fields: { phone: '1' } }))).toBe(
      'dry-run',
    );
    expect(await site.ok('find-learner', { misId: '501' })).toEqual({ kind: 'none' });
    const writes = site.calls().filter(({ method, isDryRun }) => isDryRun || method === 'PATCH');
    expect(writes).toHaveLength(way.contract === 'soap-g1' ? 2 : 0);
    expect(site.simulator.changes().filter(({ source }) => source === 'rest' || source === 'soap')).toEqual(
      [],
    );
  });

  test('a staff user without anything that can be its login is held, not sent', async () => {
    const site = setupSmartAssessor(way);
    const answer = await site.call('create-assessor', {
      misId: 'B1',
      firstName: 'B',
      lastName: 'R',
      userName: ' ',
    });
    expect([toWord(answer), site.calls().length]).toEqual(['rejected needs-login userName', 0]);
  });
});

describe('the lists of assumed-rest-v0', () => {
  const row = { id: learnerId, misId: '1', familyName: 'A', givenNames: 'B' };
  const other = { ...row, id: '1cc19366-e778-43a4-8e75-2524d03ca1fb', misId: '2' };

  async function listed(body: unknown, headers: Record<string, string> = {}) {
    const site = setupSmartAssessor(rest, { size: 'empty' });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    site.rule({ type: 'answer', status: 200, headers, body: text }, {}, { times: null });
    return site.call('read-learners', { includeArchived: true });
  }
  const shown = (answer: Awaited<ReturnType<typeof listed>>) =>
    answer.kind === 'ok'
      ? [
          answer.value.records.map(({ misId }) => misId),
          answer.value.isComplete,
          answer.value.problems.map(({ field, code }) => `${field} ${code}`),
        ]
      : toWord(answer);

  test.each([
    ['an array', [row, other], {}, [['1', '2'], true, []]],
    ['nothing in it', [], {}, [[], true, []]],
    ['one element instead of a list (Q14)', row, {}, [['1'], true, []]],
    ['an envelope', { items: [row, other] }, {}, [['1', '2'], true, []]],
    ['an envelope that says more', { items: [row], total: 2 }, {}, [['1'], false, []]],
    ['a sign of paging', [row], { 'X-Next-Page': '2' }, [['1'], false, []]],
    ['a link', [row], { Link: '</learners?page=2>; rel="next"' }, [['1'], false, []]],
    ['one record twice', [row, row, other], {}, [['1', '2'], true, []]],
    [
      'one record twice, and they differ: the first is kept',
      [row, { ...row, misId: '9' }],
      {},
      [['1'], true, ['record bad-duplicate']],
    ],
    ['a row without an id', [{ ...row, id: '' }, other], {}, [['2'], false, ['id bad-id']]],
    [
      'the id of zeros',
      [{ ...row, id: '00000000-0000-0000-0000-000000000000' }],
      {},
      [[], false, ['id bad-id']],
    ],
    ['an id that is none', [{ ...row, id: 'a b' }], {}, [[], false, ['id bad-id']]],
    ['a row that is none', ['x', other], {}, [['2'], false, ['record bad-record']]],
    [
      'impossible dates: the record stays',
      [{ ...row, dateOfBirth: '31/02/2004' }],
      {},
      [['1'], true, ['dateOfBirth bad-date']],
    ],
    [
      'text in a number: the record stays',
      [{ ...row, employerId: 'Acme' }],
      {},
      [['1'], true, ['employerId bad-id']],
    ],
    [
      'an object for a text: the record stays',
      [{ ...row, email: { a: 1 } }],
      {},
      [['1'], true, ['email bad-record']],
    ],
    ['an odd sex is blank', [{ ...row, sex: 'Prefer not to say' }], {}, [['1'], true, []]],
    ['spaces are blank', [{ ...row, misId: '   ' }], {}, [[null], true, []]],
    ['null', null, {}, [[], true, []]],
    ['a number', 17, {}, 'rejected unreadable'],
    ['nothing at all', '', {}, 'unreachable cut'],
  ])('%s', async (_title, body, headers, expected) => {
    expect(shown(await listed(body, headers as Record<string, string>))).toEqual(expected);
  });

  test('a list that ends in the middle is no shorter list', async () => {
    const text = JSON.stringify([row, other]);
    expect(shown(await listed(text.slice(0, -40)))).toBe('unreachable cut');
  });

  test('rows of another site or learner, from a filter that is ignored, are not taken', async () => {
    const site = setupSmartAssessor(rest, { size: 'empty' });
    const answered = { type: 'answer', status: 200, body: JSON.stringify([row, other]) };
    site.rule(answered, {}, { times: 2 });
    expect(await site.ok('find-learner', { misId: '3' })).toEqual({ kind: 'none' });
    expect(await site.ok('find-learner', { misId: '2' })).toMatchObject({
      kind: 'one',
      record: { id: other.id },
    });
    const course = { learnerId: other.id, courseId: 'c1', status: 'InTraining' };
    site.rule({ ...answered, body: JSON.stringify([course, { ...course, learnerId }]) });
    const courses = await site.ok('read-learner-courses', { learnerId: `{${learnerId.toUpperCase()}}` });
    expect(courses.records.map((one) => one.learnerId)).toEqual([learnerId]);
  });

  test('a look-up in a list that is not whole concludes nothing', async () => {
    const site = setupSmartAssessor(rest, { size: 'empty' });
    site.rule({ type: 'answer', status: 200, headers: { 'X-Next-Page': '2' }, body: JSON.stringify([row]) });
    expect(toWord(await site.call('find-learner', { misId: '1' }))).toBe('rejected unreadable');
  });

  test('a read by id that shows another record is no answer', async () => {
    const site = setupSmartAssessor(rest, { size: 'empty' });
    site.rule({ type: 'answer', status: 200, body: JSON.stringify(other) });
    expect(toWord(await site.call('read-learner', { id: learnerId }))).toBe('rejected unreadable');
  });

  test('a 404 of a gateway is an outage; one of the vendor says that the record is gone', async () => {
    const page = { type: 'answer', status: 404, body: '<html>Not found</html>' };
    const reads = (site: Site) => site.call('read-learner', { id: learnerId });
    const away = setupSmartAssessor(rest, { size: 'empty' });
    away.rule(page, {}, { times: null });
    expect([await reads(away), await classes.repeatable(away)].map(toWord)).toEqual(
      Array(2).fill('unreachable status'),
    );
    const there = setupSmartAssessor(rest, { size: 'empty' });
    there.rule(page);
    expect(await reads(there)).toEqual({ kind: 'ok', value: null });
    expect(await reads(there)).toEqual({ kind: 'ok', value: null });
    expect(there.calls().map(({ operation }) => operation)).toEqual([
      'read-learner',
      'test-connection',
      'read-learner',
    ]);
  });

  test('two records with one MIS id are several, and none is chosen', async () => {
    const site = setupSmartAssessor(rest, { size: 'empty' });
    site.rule({ type: 'answer', status: 200, body: JSON.stringify([row, { ...other, misId: '1' }]) });
    expect(await site.ok('find-learner', { misId: '1' })).toEqual({
      kind: 'several',
      ids: [row.id, other.id],
    });
  });

  test('SA-41: rows of one session and learner are one record; a group is one for each learner', async () => {
    const session = {
      id: 's1',
      type: 'FormalReview',
      status: 'Open',
      start: '2026-03-10T10:00:00',
      durationMinutes: 90,
    };
    const site = setupSmartAssessor(rest, { size: 'empty' });
    const rows = [
      { ...session, learnerId, courseId: 'c2', qanCode: 'Q2' },
      { ...session, learnerId, courseId: 'c1', qanCode: 'Q1' },
      { ...session, learnerId: other.id, courseId: 'c1', qanCode: 'Q1' },
      {
        ...session,
        id: 's2',
        learners: [
          { learnerId, courseIds: ['c9', 'c8'], status: 'Attended' },
          { learnerId: other.id, courseIds: [], status: 'Open' },
        ],
      },
    ];
    site.rule({ type: 'answer', status: 200, body: JSON.stringify(rows) });
    const { records, problems } = await site.ok('read-sessions', {});
    expect(records.map((one) => [one.id, one.learnerId === learnerId, one.courseIds, one.status])).toEqual([
      ['s1', true, ['c1', 'c2'], 'open'],
      ['s1', false, ['c1'], 'open'],
      ['s2', true, ['c8', 'c9'], 'attended'],
      ['s2', false, [], 'open'],
    ]);
    expect(problems).toEqual([]);
  });

  test('a word that the table does not have is kept as it came and reported', async () => {
    const site = setupSmartAssessor(rest, { size: 'empty' });
    const session = {
      id: 's1',
      learnerId,
      type: 'Site Visit',
      status: 'Postponed',
      start: '10/03/2026 2:05 pm',
      durationMinutes: '1:30',
    };
    site.rule({ type: 'answer', status: 200, body: JSON.stringify([session]) });
    const { records, problems } = await site.ok('read-sessions', {});
    expect(records[0]).toMatchObject({
      type: { other: 'Site Visit' },
      status: { other: 'Postponed' },
      startsAt: '2026-03-10T14:05:00',
      durationMinutes: 90,
    });
    expect(problems.map(({ field, code }) => `${field} ${code}`)).toEqual([
      'type unknown-value',
      'status unknown-value',
    ]);
  });
});

describe('the answers of soap-g1', () => {
  const head = '<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>';
  const foot = '</e:Body></e:Envelope>';
  const listOf = (inner: string) =>
    `${head}<r:GetAllLearnerDetailResponse xmlns:r="urn:x"><r:GetAllLearnerDetailResult>${inner}</r:GetAllLearnerDetailResult></r:GetAllLearnerDetailResponse>${foot}`;

  async function listed(body: string) {
    const site = setupSmartAssessor(soap, { size: 'empty' });
    site.rule({ type: 'answer', status: 200, body }, {}, { times: null });
    return site.call('read-learners', { includeArchived: true });
  }
  const named = (name: string) =>
    `<r:Learner><r:SmartAssessorId>{1ACD456D-8C17-4821-BB5B-8BAB3241D0CB}</r:SmartAssessorId><r:FamilyName>${name}</r:FamilyName><r:Password>canary</r:Password></r:Learner>`;

  test.each([
    ['a plain name', named('Okafor'), 'Okafor'],
    [
      'the entities of XML and numbers',
      named('O&apos;K &amp; &lt;D&gt; &#233;&#x2019;'),
      'O’K'.replace('O’K', "O'K & <D> é’"),
    ],
    ['CDATA', named('a<![CDATA[<b>&amp;</b>]]>c'), 'a<b>&amp;</b>c'],
    ['nothing', named(''), null],
    ['a comment', named('<!-- no -->Ng'), 'Ng'],
  ])('%s is read as it is meant', async (_title, inner, expected) => {
    const answer = await listed(listOf(inner));
    expect(answer).toMatchObject({
      kind: 'ok',
      value: { records: [{ id: learnerId, familyName: expected }] },
    });
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  test.each([
    ['a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${listOf(named('&a;'))}`],
    ['a document type that is not used', listOf(named('Ng')).replace('?>', '?><!DOCTYPE x>')],
    ['an entity that XML does not have', listOf(named('&nbsp;'))],
    ['an entity of the language of programs', listOf(named('&constructor;'))],
    ['elements that are not closed', listOf('<r:Learner>')],
    ['an element with the name of a prototype', listOf('<r:Learner><__proto__>x</__proto__></r:Learner>')],
    ['elements too deep', listOf(`<r:Learner>${'<a>'.repeat(60)}${'</a>'.repeat(60)}</r:Learner>`)],
    ['elements too deep outside of records', listOf(`${'<a>'.repeat(60)}${'</a>'.repeat(60)}`)],
    ['JSON', '[]'],
    ['half a document', listOf(named('Ng')).slice(0, -30)],
  ])('%s is no answer', async (_title, body) => {
    expect(toWord(await listed(body))).toBe('unreachable cut');
  });

  test('an answer of another operation is no list', async () => {
    expect(toWord(await listed(`${head}<OtherResponse/>${foot}`))).toBe('rejected unreadable');
  });

  test('a list in which a row has no id is incomplete, and a look-up in it concludes nothing', async () => {
    const body = listOf(`${named('Ng')}<r:Learner><r:SmartAssessorId/></r:Learner>`);
    expect(await listed(body)).toMatchObject({ kind: 'ok', value: { isComplete: false } });
    const site = setupSmartAssessor(soap, { size: 'empty' });
    site.rule({ type: 'answer', status: 200, body }, {}, { times: null });
    expect(toWord(await site.call('find-learner', { misId: '1' }))).toBe('rejected unreadable');
    expect(await site.ok('read-learner', { id: learnerId })).toMatchObject({ familyName: 'Ng' });
  });

  test('what a learner is on is complete only if both of its lists are', async () => {
    const row = (inner: string) => `<r:CourseProgress>${inner}</r:CourseProgress>`;
    const whole = row(
      `<r:LearnerSmartAssessorId>${learnerId}</r:LearnerSmartAssessorId><r:SmartAssessorId>c1</r:SmartAssessorId>`,
    );
    const broken = row('<r:SmartAssessorId>c2</r:SmartAssessorId>');
    const bodyOf = (operation: string, inner: string) =>
      `${head}<r:${operation}Response xmlns:r="urn:x"><r:${operation}Result>${inner}</r:${operation}Result></r:${operation}Response>${foot}`;
    const results = [];
    for (const [links, figures] of [
      [whole, whole],
      [whole + broken, whole],
      [whole, whole + broken],
    ] as const) {
      const site = setupSmartAssessor(soap, { size: 'empty' });
      site.rule({ type: 'answer', status: 200, body: bodyOf('GetLearnerCourseDetail', links) });
      site.rule({ type: 'answer', status: 200, body: bodyOf('GetCourseProgressDetail', figures) });
      const { records, isComplete } = await site.ok('read-learner-courses', {});
      results.push([records.length, isComplete]);
    }
    expect(results).toEqual([
      [1, true],
      [1, false],
      [1, false],
    ]);
  });

  test.each([
    ['Key', 'Sender', 'unauthorized key', 'unauthorized key'],
    ['Validation', 'Sender', 'rejected invalid-field', 'rejected invalid-field'],
    ['NotFound', 'Sender', 'rejected missing', 'rejected missing'],
    ['Duplicate', 'Sender', 'rejected duplicate-mis-id', 'rejected duplicate-mis-id'],
    ['Inactive', 'Sender', 'rejected course-inactive', 'rejected course-inactive'],
    ['Matching', 'Sender', 'rejected queued-for-matching', 'rejected queued-for-matching'],
    [undefined, 'Sender', 'rejected other', 'rejected other'],
    [undefined, 'Receiver', 'unreachable status', 'unknown'],
    ['Novel', 'Receiver', 'unreachable status', 'unknown'],
  ])(
    'a fault %s of the %s: a read is %s, a create %s, with either status',
    async (subcode, code, read, created) => {
      for (const status of ['500', 'by-code']) {
        const site = setupSmartAssessor(soap, { switches: { 'g1-fault-status': status } });
        site.rule(
          { type: 'soap-fault', code, ...(subcode === undefined ? {} : { subcode }) },
          {},
          { times: null },
        );
        expect(toWord(await classes.read(site))).toBe(read);
        expect(toWord(await classes.guarded(site))).toBe(created);
      }
    },
  );

  test('the text of a fault is for administrators: it names our fields, and is never logged', async () => {
    const reason = 'FamilyName: Okafor is not allowed. Mobile: 07700 900123';
    const fault = `<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>Validation</e:Value></e:Subcode></e:Code><e:Reason><e:Text>${reason}</e:Text></e:Reason></e:Fault>`;
    const site = setupSmartAssessor(soap);
    site.rule({ type: 'answer', status: 500, body: `${head}${fault}${foot}` });
    expect(await classes.guarded(site)).toEqual({
      kind: 'rejected',
      code: 'invalid-field',
      fields: ['familyName', 'mobile'],
      detail: reason,
    });
    expect(site.lines.join()).not.toMatch(/Okafor|07700/);
    expect(site.lines.join()).toContain('InserLearnerDetail');
  });

  test("the partner's id has the name that the site gives it", async () => {
    const site = setupSmartAssessor(soap, {
      connection: {
        site: {
          capabilities: { ...setupSmartAssessor(soap).port.contract.capabilities },
          g1: {
            path: '/soap/g1',
            namespace: 'urn:smart-assessor:g1',
            partnerIdName: 'LarkfieldId',
            misIdForm: 'text',
          },
        },
      },
    });
    await site.call('create-learner', newcomer);
    const [call] = site.calls();
    expect(call?.body).toContain('<LarkfieldId>501</LarkfieldId>');
    expect(call?.body).not.toContain('PartnerId');
  });
});

describe('sign-in', () => {
  const [, token] = ways;

  test('a token is asked for once, shared, and renewed when four fifths of its life have passed', async () => {
    const site = setupSmartAssessor(token, { switches: { 'token-life-s': 100 } });
    await Promise.all([
      site.ok('read-courses', {}),
      site.ok('read-employers', {}),
      site.ok('read-sessions', {}),
    ]);
    const signIns = () => site.calls().filter(({ operation }) => operation === 'POST token').length;
    expect(signIns()).toBe(1);
    expect(site.taken[0]).toBe('command');
    site.passMs(78_000);
    await site.ok('read-courses', {});
    expect(signIns()).toBe(1);
    site.passMs(3_000);
    await Promise.all([site.ok('read-courses', {}), site.ok('read-employers', {})]);
    expect([signIns(), site.calls().filter(({ status }) => status === 401).length]).toEqual([2, 0]);
  });

  test('a token that another process has got is used', async () => {
    const site = setupSmartAssessor(token);
    await site.ok('read-courses', {});
    const other = setupSmartAssessor(token, { simulator: site.simulator });
    other.shared.session = site.shared.session;
    await other.ok('read-courses', {});
    expect(site.calls().filter(({ operation }) => operation === 'POST token')).toHaveLength(1);
  });

  test('a token that the vendor no longer takes is replaced once, and the call repeated', async () => {
    for (const input of ['read', 'guarded'] as const) {
      const site = setupSmartAssessor(token);
      await site.ok('read-courses', {});
      site.rule({ type: 'answer', status: 401, body: '' });
      expect(toWord(await classes[input](site))).toBe('ok');
      expect(site.calls().filter(({ operation }) => operation === 'POST token')).toHaveLength(2);
    }
  });

  test.each([
    ['password', { password: () => 'wrong' }, 'unauthorized login'],
    ['user', { userName: () => 'nobody' }, 'unauthorized login'],
    ['key', { clientKey: () => 'wrong' }, 'unauthorized key'],
  ] as const)('SA-1: a wrong %s is told, with either way of signing in', async (_part, wrong, expected) => {
    for (const way of [rest, token]) {
      const right = {
        userName: () => 'api.smartassessor@provider.example',
        password: () => 'local-password',
      };
      const keys = { clientKey: () => 'local-key', g1ApiKey: () => '' };
      const site = setupSmartAssessor(way, { connection: { credential: { ...right, ...keys, ...wrong } } });
      expect(toWord(await classes.read(site))).toBe(expected);
      expect(toWord(await classes.guarded(site))).toBe(expected);
      expect(site.lines.join()).toContain('BAD_SIGN_IN');
      expect(site.simulator.changes().filter(({ source }) => source === 'rest')).toEqual([]);
    }
  });

  test('a refused sign-in is not tried again for a minute', async () => {
    const site = setupSmartAssessor(token, { switches: { sso: 'on' } });
    for (let n = 0; n < 3; n += 1) expect(toWord(await classes.read(site))).toBe('unauthorized login');
    expect(site.calls()).toHaveLength(1);
    site.door('PATCH', '/switches', { sso: 'off' });
    site.passMs(61_000);
    expect(toWord(await classes.read(site))).toBe('ok');
  });
});

describe('lists that are kept', () => {
  const find = (site: Site, account = {}) => site.call('find-learner', { misId: '501' }, account);

  test('our own write forgets them, an answer or none', async () => {
    for (const action of [null, { type: 'apply-then-drop' }] as const) {
      const site = setupSmartAssessor(soap);
      expect(await find(site)).toMatchObject({ kind: 'ok', value: { kind: 'none' } });
      if (action !== null) site.rule(action);
      await classes.guarded(site);
      expect(await find(site)).toMatchObject({ value: { kind: 'one' } });
    }
  });

  test('after five seconds the list is read again', async () => {
    const site = setupSmartAssessor(soap);
    const first = await find(site);
    site.passMs(4_000);
    expect(await find(site), 'G-4: with the time at which the list was read').toEqual(first);
    expect(site.calls()).toHaveLength(1);
    site.passMs(2_000);
    await find(site);
    expect(site.calls()).toHaveLength(2);
  });

  test('a look-up after a call without an answer never uses them', async () => {
    const site = setupSmartAssessor(soap);
    await find(site);
    await find(site, { isFresh: true });
    expect(site.calls()).toHaveLength(2);
  });

  test('polling reads for itself', async () => {
    const site = setupSmartAssessor(soap);
    await find(site);
    await site.ok('read-learners', { includeArchived: true });
    expect(site.calls()).toHaveLength(2);
  });

  test('a list that could not be read is not kept', async () => {
    const site = setupSmartAssessor(soap);
    site.rule({ type: 'drop' }, {}, { times: 3 });
    expect(toWord(await find(site))).toBe('unreachable cut');
    expect(toWord(await find(site))).toBe('ok');
  });
});
