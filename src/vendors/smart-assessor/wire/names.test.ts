import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { setupSmartAssessor, type Way, ways } from '../../../../test/support/smart-assessor-client.ts';
import { runEssentials } from '../../../../test/support/smart-assessor-essentials.ts';
import { withoutComments } from '../../../../test/support/structure/sources.ts';
import { parseBody } from '../client/body.ts';
import { contractOf, contracts } from './all.ts';
import * as rest from './assumed-rest-v0/names.ts';
import * as soap from './soap-g1/names.ts';

const root = path.resolve(import.meta.dirname, '..');

/** Every name and property of a value, however deep. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)]);
}

/** Names that the client has put on the wire: elements or properties, operations or routes. */
async function sentBy(way: Way): Promise<Set<string>> {
  const site = setupSmartAssessor(way);
  await runEssentials(site);
  const { format } = contractOf(way.contract);
  const bodies = site
    .calls()
    .filter(({ body }) => body !== '' && !body.startsWith('grant_type'))
    .map(({ body }) => parseBody(body, format));
  const queries = site.calls().flatMap(({ query }) => [...new URLSearchParams(query).keys()]);
  return new Set([
    ...bodies.flatMap((body) => (body.kind === 'value' ? namesIn(body.value) : [])),
    ...queries,
  ]);
}

describe('each wire name has its provenance', () => {
  test.each([ways[0], ways[2]])('of those that $contract sends', async (way) => {
    const marked = new Set(contractOf(way.contract).names.map(({ name }) => name));
    const sent = await sentBy(way);
    expect(sent.size).toBeGreaterThan(25);
    // The frame of SOAP is the standard's.
    const standard = ['Envelope', 'Header', 'Body'];
    expect([...sent].filter((name) => !marked.has(name) && !standard.includes(name))).toEqual([]);
  });

  test.each(contracts)('of those in the tables of $id', ({ names }) => {
    const marks = new Set(names.map(({ mark }) => mark));
    expect(
      [...marks].filter((mark) => !['documented', 'client', 'inferred', 'assumed'].includes(mark)),
    ).toEqual([]);
    const tables = names === rest.names ? rest : soap;
    const known = new Set(names.map(({ name }) => name));
    const inTables = [
      tables.learner,
      tables.employer,
      tables.assessor,
      tables.course,
      tables.learnerCourse,
      tables.session,
    ]
      .flatMap((table) => Object.values(table).map(({ at }) => at))
      .flatMap((at) => at.split('.'));
    expect(inTables.filter((name) => !known.has(name))).toEqual([]);
  });

  test('nothing of assumed-rest-v0 is anything but assumed, and soap-g1 says what clients were seen to send', () => {
    expect(new Set(rest.names.map(({ mark }) => mark))).toEqual(new Set(['assumed']));
    const markOf = (name: string) => soap.names.find((one) => one.name === name)?.mark;
    expect(['InserLearnerDetail', 'AssignQualficationToLearner', 'Progress_AssessedPC'].map(markOf)).toEqual(
      Array(3).fill('client'),
    );
    expect(['Validation', '/soap/g1'].map(markOf)).toEqual(['assumed', 'assumed']);
  });
});

describe('each wire name stands in one file of src', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => ({ file, text: withoutComments(readFileSync(path.join(root, file), 'utf8')) }));

  /** Our own words too: they say nothing about where the vendor's name stands. */
  const ourWords = new Set([
    ...[
      rest.learner,
      rest.employer,
      rest.assessor,
      rest.course,
      rest.learnerCourse,
      rest.session,
      rest.unit,
    ].flatMap(Object.keys),
    ...[
      'roles',
      'assessor',
      'iqa',
      'sendWelcomeEmail',
      'courseIds',
      'learners',
      'items',
      'message',
      'password',
      'link',
    ],
    'start',
    'county',
    'town',
    'authorization',
    'learnerId',
    'includeArchived',
    // Words of another meaning elsewhere: a type of session, a role, a field of a log line.
    'telephone',
    'Telephone',
    'Assessor',
    'address',
  ]);

  test.each(contracts)('$id', ({ names }) => {
    const distinct = [...new Set(names.map(({ name }) => name))].filter((name) => !ourWords.has(name));
    expect(distinct.length).toBeGreaterThan(40);
    const places = distinct.map((name) => {
      const quoted = new RegExp(`['"\`]${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}['"\`]`);
      return [name, files.filter(({ text }) => quoted.test(text)).map(({ file }) => file)] as const;
    });
    expect(places.filter(([, found]) => found.length > 1)).toEqual([]);
  });
});
