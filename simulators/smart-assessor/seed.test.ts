import { expect, test } from 'vitest';
import { createInProcessSmartAssessor } from './in-process.ts';
import type { SeedOptions } from './settings.ts';
import { openSimulator, type Records } from './testing/open-simulator.ts';

const AS_OF = '2026-03-02T09:00:00.000Z';

function recordsOf(options: Partial<SeedOptions>): Records {
  const sim = createInProcessSmartAssessor({ nowMs: () => Date.parse(AS_OF), asOf: AS_OF, ...options });
  return sim.control('GET', '/records').body;
}

test.each(['empty', 'small'] as const)('the same number grows the same %s site, byte for byte', (size) => {
  expect(JSON.stringify(recordsOf({ size }))).toBe(JSON.stringify(recordsOf({ size })));
});

test('a small site has what the contract counts', () => {
  const records = recordsOf({ size: 'small' });
  const counts = Object.fromEntries(
    Object.entries(records).map(([kind, rows]) => [kind, (rows as unknown[]).length]),
  );
  expect(counts).toEqual({
    employers: 3,
    assessors: 6,
    courses: 12,
    learners: 20,
    learnerCourses: 21,
    sessions: 30,
    batches: 0,
  });
  const { assessors, courses, learners, learnerCourses, sessions, employers } = records;
  const only = (rows: Records[], holds: (row: Records) => boolean) => rows.filter(holds).length;
  expect(only(assessors, ({ roles }) => roles.includes('iqa'))).toBe(1);
  expect(only(assessors, ({ isArchived }) => isArchived)).toBe(1);
  expect(only(courses, ({ isActive }) => !isActive)).toBe(1);
  expect(only(courses, ({ standardCode }) => standardCode !== null)).toBe(2);
  const qans = courses.map((row: Records) => row.qanCode).filter((qan: unknown) => qan !== null);
  expect(qans.length - new Set(qans).size).toBe(1);
  expect(only(learners, ({ isArchived }) => isArchived)).toBe(1);
  expect(only(learners, ({ email }) => email === null)).toBe(1);
  expect(new Set(learnerCourses.map((row: Records) => row.learnerId)).size).toBe(20);
  const rows = sessions.flatMap((session: Records) => session.rows);
  expect(new Set(rows.map((row: Records) => row.status)).size).toBe(5);
  expect(new Set(sessions.map((row: Records) => row.type)).size).toBe(11);
  expect(employers.map((row: Records) => row.id)).toEqual([1001, 1002, 1003]);
});

test('a large site begins with the small one', () => {
  const small = recordsOf({ size: 'small' });
  const large = recordsOf({ size: 'large' });
  expect(large.learners).toHaveLength(5000);
  for (const kind of Object.keys(small)) {
    const texts = new Set(large[kind].map((row: unknown) => JSON.stringify(row)));
    expect(small[kind].filter((row: unknown) => !texts.has(JSON.stringify(row)))).toEqual([]);
  }
});

test('another number grows other people, and ids of its own', () => {
  const [one, two] = [recordsOf({ size: 'small' }), recordsOf({ size: 'small', seed: 2 })];
  expect(one.learners[0].id).not.toBe(two.learners[0].id);
  const ulns = new Set(one.learners.map((row: Records) => row.uln));
  expect(two.learners.filter((row: Records) => ulns.has(row.uln))).toEqual([]);
});

test('well-formed and synthetic: check digits, example addresses, assessed within mapped, no double booking', () => {
  const { learners, assessors, learnerCourses, sessions } = recordsOf({ size: 'large' });
  for (const { uln, email } of learners) {
    const sum = [...uln.slice(0, 9)].reduce((total, digit, at) => total + Number(digit) * (10 - at), 0);
    expect(10 - (sum % 11)).toBe(Number(uln[9]));
    if (email !== null) expect(email).toMatch(/@example\.org$/);
  }
  const logins = assessors.map((row: Records) => row.userName);
  expect(new Set(logins).size).toBe(logins.length);
  const broken = learnerCourses.filter(
    ({ progressAssessedPc, progressMappedPc }: Records) =>
      progressAssessedPc > progressMappedPc || progressMappedPc > 100,
  );
  expect(broken).toEqual([]);
  const slots = sessions.flatMap((session: Records) =>
    [session.assessorId, ...session.learners.map((one: Records) => one.learnerId)].map(
      (id) => `${id} ${session.start.slice(0, 10)}`,
    ),
  );
  expect(new Set(slots).size).toBe(slots.length);
});

test('a reset sows again and forgets calls, changes, rules, switches and the clock', async () => {
  const { rest, door, doorJson, rule, set } = await openSimulator();
  const before = await doorJson('/records');
  await rest('POST', '/employers', { misId: 'X', name: 'X' });
  await set({ units: 'full' });
  await rule({ type: 'drop' });
  await door('POST', '/clock', { advanceSeconds: 60 });
  expect((await door('POST', '/reset', { switches: { sso: 'on' } })).status).toBe(200);
  expect(await doorJson('/records')).toEqual(before);
  expect([await doorJson('/calls'), await doorJson('/rules')]).toEqual([[], []]);
  expect(await doorJson('/clock')).toEqual({ mode: 'frozen', now: AS_OF });
  expect(await doorJson('/switches')).toMatchObject({ units: 'off', sso: 'on' });
  expect((await doorJson('/changes')).every((entry: Records) => entry.source === 'seed')).toBe(true);
});
