import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { assumedNames, toNames } from './names.ts';
import {
  toAim,
  toAssessor,
  toClassroom,
  toLearner,
  toPlacement,
  toReview,
  toStandard,
  toStatusOf,
} from './normal-form.ts';

const names = toNames();

test.each([
  ['a property of its own', { Title: 'Team Leader', NDAQCode: '603/1122/3' }, '60311223'],
  ['brackets after the title', { Title: 'Team Leader [603/1122/3] ' }, '60311223'],
  ['none, and nothing is guessed from the title', { Title: 'Team Leader 603/1122/3' }, null],
  ['an empty one', { Title: 'X', NDAQCode: '' }, null],
])('G19: the code of a standard is %s', (_title, row, code) => {
  expect(toStandard(row, '1', names).code).toBe(code);
});

test('OF-83: a name is overridden in one place', () => {
  const other = toNames({ 'aim.certificateReceived': 'CertReceived' });
  const row = { CertReceived: '2026-06-15', CertificateReceivedDate: '2020-01-01' };
  expect(toAim(row, '1', other, null).certificateReceivedOn).toBe('2026-06-15');
  expect(() => names('aim.unknown')).toThrow('aim.unknown');
});

test.each<[string, unknown, string[] | null]>([
  ['a word', 'soon', ['startedAtMs']],
  ['a day that does not exist', '2026-02-30', ['startedAtMs']],
  ['something other than text', true, ['startedAtMs']],
  ['a date', '2026-02-03T09:00:00Z', null],
  ['nothing', undefined, null],
  ['null', null, null],
  ['blanks', '  ', null],
])('O8: %s for a date is distinguished from a blank one', (_title, StartedOn, unreadable) => {
  expect(toReview({ StartedOn }, '1').unreadable).toEqual(unreadable);
  const field = names('aim.registrationDate');
  expect(toAim({ [field]: StartedOn }, '1', names, null).unreadable).toEqual(
    unreadable === null ? null : ['registeredOn'],
  );
});

test('section 7: an assumed name is a literal in no other file', () => {
  const source = readFileSync(new URL('./normal-form.ts', import.meta.url), 'utf8');
  const onlyHere = assumedNames
    .filter(({ provenance }) => provenance === 'assumed')
    .filter(({ wireName }) => wireName !== 'Progress' && wireName !== 'StandardID'); // known elsewhere
  for (const { wireName } of onlyHere) expect(source).not.toContain(`'${wireName}'`);
});

/**
 * The schemas of the topics name the fields. A field that one side forgets would be lost without an error.
 */
test.each([
  ['learner', toLearner({}, '1', names)],
  ['assessor', toAssessor({}, '1', names)],
  ['learning-aim', toAim({}, '1', names, null)],
  ['review', toReview({}, '1')],
  ['placement', toPlacement({}, '1', names)],
  ['classroom', toClassroom({}, '1', names)],
  ['standard', toStandard({}, '1', names)],
])('the normal form of a %s has exactly the fields of its schema', (entity, record) => {
  const path = new URL(`../../../../schemas/onefile.${entity}.avsc`, import.meta.url);
  const schema = JSON.parse(readFileSync(path, 'utf8')) as { fields: { name: string; type: unknown }[] };
  const union = schema.fields.find(({ name }) => name === 'record')?.type as [
    string,
    { fields: { name: string }[] },
  ];
  expect(Object.keys(record).sort()).toEqual(union[1].fields.map(({ name }) => name).sort());
});

test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, number>>]>([
  ['as usual', { 0: 'In progress', 1: 'Completed', 2: 'Withdrawn' }, { 0: 0, 1: 1, 2: 2, 3: 3 }],
  [
    'moved by one',
    { 1: 'In Learning', 2: 'Achieved', 3: 'Withdrawn', 4: 'Break in learning' },
    { 1: 0, 2: 1, 3: 2, 4: 3 },
  ],
  ['with words that look like others', { 5: 'Not complete', 6: 'Left programme' }, { 5: 0, 6: 2 }],
  ['with a name that says nothing', { 0: 'X', 1: 'Completed', 7: 'Y' }, { 0: 0, 1: 1, 7: 7 }],
  ['with a number that means another here', { 1: 'X', 8: 'Passed', 9: '' }, { 1: -1, 8: 1, 9: 9 }],
  ['not given', {}, { 0: 0, 2: 2, 3: 3 }],
])('OF-83: the statuses of a centre %s are turned into ours', (_title, list, expected) => {
  const statusOf = toStatusOf(Object.entries(list).map(([ID, Name]) => ({ ID: Number(ID), Name })));
  expect(Object.fromEntries(Object.keys(expected).map((id) => [id, statusOf(Number(id))]))).toEqual(expected);
});
