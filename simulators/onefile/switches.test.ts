import { expect, test } from 'vitest';
import { SWITCH_TABLE } from './switches.ts';
import { IMOGEN, openCentre } from './testing/open-simulator.ts';
import { AIMS } from './testing/switch-cases/aims.ts';
import { ANSWERS } from './testing/switch-cases/answers.ts';
import { CALLERS } from './testing/switch-cases/callers.ts';
import { brief, json, noSession } from './testing/switch-cases/looking.ts';
import { SEARCHES } from './testing/switch-cases/searches.ts';
import { WRITES } from './testing/switch-cases/writes.ts';

const CASES = [...AIMS, ...ANSWERS, ...CALLERS, ...SEARCHES, ...WRITES];

test.each(CASES)('$name = $value', async ({ name, value, show, expected, also }) => {
  const bench = await openCentre({ ...also, [name]: value });
  expect(await show(bench)).toEqual(expected);
});

test('every value of every switch has a case', () => {
  const covered = new Set(CASES.map(({ name, value }) => `${name} ${value}`));
  const missing = Object.entries(SWITCH_TABLE).flatMap(([name, definition]) => {
    if (name === 'latency-ms') return []; // among the faults
    if (definition.type === 'choice')
      return definition.values.filter((value) => !covered.has(`${name} ${value}`));
    return CASES.some((each) => each.name === name) ? [] : [name];
  });
  expect(missing).toEqual([]);
});

test('defaults, profiles, and single changes through the control door', async () => {
  const { door, doorJson, set } = await openCentre();
  const defaults = await doorJson('/switches');
  await set({ profile: 'awkward', nulls: 'omitted' });
  expect(await doorJson('/switches')).toMatchObject({
    'result-order': 'shuffled',
    nulls: 'omitted',
    'rate-limit': 300,
  });
  await set({ profile: 'default' });
  expect(await doorJson('/switches')).toEqual(defaults);
  await set({ 'rate-limit': 5 });
  await door('DELETE', '/switches');
  expect(await doorJson('/switches')).toEqual(defaults);
});

test.each([
  [{ 'no-such': 'x' }, 'unknown switch no-such'],
  [{ elements: 'some' }, 'elements must be one of none, pair, units'],
  [{ 'rate-limit': '300' }, 'rate-limit must be a whole number from 0'],
  [{ profile: 'odd' }, 'profile must be one of default, awkward'],
  [{ 'elements-done-name': '' }, 'elements-done-name must be a property name'],
])('a bad change is refused and nothing is changed: %j', async (wanted, error) => {
  const { door, doorJson } = await openCentre();
  const before = await doorJson('/switches');
  const answer = await door('PATCH', '/switches', { nulls: 'explicit', ...wanted });
  expect(answer).toMatchObject({ status: 400, text: JSON.stringify({ error }) });
  expect(await doorJson('/switches')).toEqual(before);
});

test('the awkward profile answers awkwardly all at once', async () => {
  const bench = await openCentre({ profile: 'awkward' });
  expect((await json(bench.get('Review/800006'))).EndTime).toBe('2026-02-02T10:00:00.000');
  expect(await brief(bench.post('Review', { LearnerID: 400060 }))).toBe('200 "800007"');
  expect(await brief(bench.post('User', IMOGEN))).toBe('200 {"ID":400061}');
  expect(await brief(noSession(bench))).toBe(401);
});
