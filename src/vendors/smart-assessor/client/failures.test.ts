import { describe, expect, test } from 'vitest';
import {
  classes,
  learnerId,
  newcomer,
  setupSmartAssessor,
  type Way,
  ways,
} from '../../../../test/support/smart-assessor-client.ts';
import { toWord } from '../../../../test/support/smart-assessor-essentials.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Operation } from '../port.ts';

const [rest, , soap] = ways;
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
