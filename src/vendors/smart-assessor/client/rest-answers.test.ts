import { describe, expect, test } from 'vitest';
import {
  classes,
  learnerId,
  setupSmartAssessor,
  ways,
} from '../../../../test/support/smart-assessor-client.ts';
import { toWord } from '../../../../test/support/smart-assessor-essentials.ts';

type Site = ReturnType<typeof setupSmartAssessor>;

const [rest] = ways;

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
