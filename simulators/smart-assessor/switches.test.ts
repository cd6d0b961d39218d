import { expect, test } from 'vitest';
import { SWITCH_TABLE } from './switches.ts';
import { openSimulator } from './testing/open-simulator.ts';
import { READS } from './testing/switch-cases/reads.ts';
import { WRITES } from './testing/switch-cases/writes.ts';

const CASES = [...WRITES, ...READS];

test.each(CASES)('$name = $value', async ({ name, value, show, expected, also }) => {
  const bench = await openSimulator({ switches: { ...also, [name]: value } });
  expect(await show(bench)).toEqual(expected);
});

test('every value of every switch has a case, and the first one of a choice is the default', () => {
  const covered = new Set(CASES.map(({ name, value }) => `${name} ${value}`));
  const missing = Object.entries(SWITCH_TABLE).flatMap(([name, definition]) => {
    const values = definition.type === 'choice' ? definition.values : [definition.initial];
    return values.filter((value) => !covered.has(`${name} ${value}`)).map((value) => `${name} ${value}`);
  });
  expect(missing).toEqual([]);
});

test('defaults are restored, and changes add up', async () => {
  const { door, doorJson, set } = await openSimulator();
  const defaults = await doorJson('/switches');
  await set({ units: 'full' });
  await set({ sso: 'on' });
  expect(await doorJson('/switches')).toEqual({ ...defaults, units: 'full', sso: 'on' });
  await door('DELETE', '/switches');
  expect(await doorJson('/switches')).toEqual(defaults);
});

test.each([
  [{ 'no-such': 'x' }, 'unknown switch no-such'],
  [{ constructor: 'x' }, 'unknown switch constructor'],
  [{ units: 'some' }, 'units must be one of off, counts, full'],
  [{ 'page-size': '5' }, 'page-size must be a whole number from 0'],
  [{ 'token-life-s': 0 }, 'token-life-s must be a whole number from 1'],
])('a bad change names what is allowed, and nothing is changed: %j', async (wanted, error) => {
  const { door, doorJson } = await openSimulator();
  const before = await doorJson('/switches');
  const answer = await door('PATCH', '/switches', { sso: 'on', ...wanted });
  expect(answer).toMatchObject({ status: 400, text: JSON.stringify({ error }) });
  expect(await doorJson('/switches')).toEqual(before);
});

test('fields that are ignored are named from those a learner has', async () => {
  const { door } = await openSimulator();
  const answer = await door('PATCH', '/switches', { 'ignored-learner-fields': 'email,shoeSize' });
  expect([answer.status, JSON.parse(answer.text).error]).toEqual([
    400,
    expect.stringMatching(
      /^ignored-learner-fields must be none, or some of misId, .*email.* with commas between them$/,
    ),
  ]);
});
