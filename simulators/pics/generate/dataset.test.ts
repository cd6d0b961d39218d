import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createDataset } from './dataset.ts';
import { countDays } from './dates.ts';
import type { GeneratorInputs } from './inputs.ts';
import { type PicsTable, picsTables } from './rows.ts';

/** Every row as text, in order. */
function* toLines(inputs: Partial<GeneratorInputs>): Generator<string> {
  const dataset = createDataset(inputs);
  for (const table of picsTables)
    for (const row of dataset.rows(table)) yield `${table} ${JSON.stringify(row)}`;
  for (const entry of dataset.oneFile()) yield JSON.stringify(entry);
  for (const entry of dataset.smartAssessor()) yield JSON.stringify(entry);
}

function toDigest(inputs: Partial<GeneratorInputs>): string {
  const hash = createHash('sha256');
  for (const line of toLines(inputs)) hash.update(line).update('\n');
  return hash.digest('hex');
}

const thousand = createDataset();
const count = (table: PicsTable): number => [...thousand.rows(table)].length;

test('the same inputs give byte-identical rows in the same order', () => {
  expect(toDigest({ learners: 60 })).toBe(toDigest({ learners: 60 }));
});

test('each input changes the set', () => {
  const inputs: Partial<GeneratorInputs>[] = [
    {},
    { seed: 2 },
    { asOf: '2026-01-16' },
    { vendors: { onefile: 20, smartassessor: 20, none: 60 } },
    { externalIdVendor: 'smartassessor' },
    { elements: 'pair' },
    { links: { '10016': 'onefile' } },
  ];
  const digests = inputs.map((each) => toDigest({ learners: 50, ...each }));
  expect(new Set(digests).size).toBe(inputs.length);
});

test('a larger set contains the smaller one, row by row', () => {
  const larger = new Set(toLines({ learners: 400 }));
  expect([...toLines({ learners: 100 })].filter((line) => !larger.has(line))).toEqual([]);
});

test('any learner can be made alone, at once, also of the largest set', () => {
  const largest = createDataset({ learners: 100_000 });
  expect(largest.learner(700)).toEqual(thousand.learner(700));
  expect(largest.learner(100_000).ident).toBe('119970');
});

test('nothing is made before it is read', () => {
  const heapBefore = process.memoryUsage().heapUsed;
  const rows = createDataset({ learners: 100_000 }).rows('itp_revu');
  for (let read = 0; read < 20_000; read += 1) rows.next();
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(150e6);
});

test.each([
  ['trainee', 1000, 1000],
  ['epidata', 999, 999],
  ['pctrndet', 1000, 1000],
  ['officer', 40, 40],
  ['placemnt', 250, 250],
  ['pcqual', 60, 60],
  ['trqual', 2300, 2500],
  ['trunit', 250, 550],
  ['trplace', 1100, 1300],
  ['itp_revu', 5500, 6500],
  ['trainoff', 500, 700],
  ['trtag', 500, 700],
] as const)('a thousand learners have the planned number of %s rows', (table, least, most) => {
  expect(count(table)).toBeGreaterThanOrEqual(least);
  expect(count(table)).toBeLessThanOrEqual(most);
});

test('the smallest set has 12 officers and 15 organisations', () => {
  const smallest = createDataset({ learners: 50 });
  expect([...smallest.rows('officer')].length).toBe(12);
  expect([...smallest.rows('placemnt')].length).toBe(15);
});

test('states of learners are spread as planned', () => {
  const states = { learning: 0, pause: 0, lately: 0, longAgo: 0 };
  for (const { tr_end, suspended } of createDataset({ learners: 3000 }).rows('trainee')) {
    if (tr_end === null) states[suspended === 'Y' ? 'pause' : 'learning'] += 1;
    else states[countDays(tr_end, '2026-01-15') <= 365 ? 'lately' : 'longAgo'] += 1;
  }
  expect(states.learning / 3000).toBeCloseTo(0.7, 1);
  expect(states.pause / 3000).toBeCloseTo(0.08, 1);
  expect(states.lately / 3000).toBeCloseTo(0.14, 1);
  expect(states.longAgo / 3000).toBeCloseTo(0.08, 1);
});

test('learners are linked by the shares', () => {
  const vendors: Record<string, number> = {};
  for (const { vendor } of createDataset({ learners: 3000 }).learners())
    vendors[vendor] = (vendors[vendor] ?? 0) + 1;
  expect((vendors['onefile'] ?? 0) / 3000).toBeCloseTo(0.6, 1);
  expect((vendors['smartassessor'] ?? 0) / 3000).toBeCloseTo(0.25, 1);
  expect((vendors['none'] ?? 0) / 3000).toBeCloseTo(0.15, 1);
});

test('other shares change the links of a learner and nothing else', () => {
  const unlinked = createDataset({ vendors: { onefile: 0, smartassessor: 0, none: 100 } });
  for (const number of [31, 77, 500])
    expect(unlinked.learner(number).rows.trainee).toEqual(thousand.learner(number).rows.trainee);
});

test('half of the officers and a third of the organisations carry an external id', () => {
  const { inputs } = createDataset({ learners: 4000 });
  const large = createDataset(inputs);
  const share = (ids: (string | null)[]): number => ids.filter((id) => id !== null).length / ids.length;
  expect(share([...large.rows('officer')].map((row) => row.other_id))).toBeCloseTo(0.5, 0.8);
  expect(share([...large.rows('placemnt')].map((row) => row.add_id))).toBeCloseTo(1 / 3, 1);
});

test('about 40 % of the delivery qualifications have no registration number', () => {
  const rows = [...thousand.rows('trqual')];
  expect(rows.filter(({ regno }) => regno === null).length / rows.length).toBeCloseTo(0.4, 1);
});

test('reviews lie on the quarter hour from 07:00 to 20:00, and future ones are not held', () => {
  const odd: string[] = [];
  for (const { ident, proposed, actual } of thousand.rows('itp_revu')) {
    if (ident < '20000') continue;
    const time = proposed?.slice(11) ?? '';
    if (!/^(0[7-9]|1\d|20):(00|15|30|45):00$/.test(time) || time > '20:00:00') odd.push(`${ident} ${time}`);
    if ((proposed ?? '') >= '2026-01-15' && actual !== null) odd.push(`${ident} held`);
  }
  expect(odd).toEqual([]);
});

/** Column types of the reference schema, read from its file. */
function readColumns(): Map<string, { column: string; width: number | null }[]> {
  const schema = readFileSync(new URL('../schema.sql', import.meta.url), 'utf8');
  const tables = schema.matchAll(/create table if not exists pics\."(\w+)" \((.*?)\);\n/gs);
  return new Map(
    [...tables].map(([, table = '', body = '']) => [
      table,
      [...body.matchAll(/"(\w+)" (?:char\((\d+)\)|\w+)/g)].map(([, column = '', width]) => ({
        column,
        width: width === undefined ? null : Number(width),
      })),
    ]),
  );
}

test.each(picsTables)('every %s row has exactly the columns of the schema, and each value fits', (table) => {
  const columns = readColumns().get(table) ?? [];
  const faults: string[] = [];
  for (const row of thousand.rows(table)) {
    const values = row as unknown as Record<string, unknown>;
    for (const { column, width } of columns) {
      const value = values[column];
      if (value === undefined) faults.push(`${column} is missing`);
      if (width !== null && typeof value === 'string' && value.length > width)
        faults.push(`${column}: ${value}`);
    }
    if (Object.keys(values).length !== columns.length) faults.push('a column too many');
  }
  expect(faults).toEqual([]);
});

test.each([
  ['officer', ['code']],
  ['placemnt', ['place']],
  ['pcqual', ['vqref']],
  ['offrole', ['code', 'role']],
  ['plrole', ['place', 'role']],
  ['trqual', ['ident', 'vqref', 'seq']],
  ['trunit', ['ident', 'vqref', 'seq', 'unitref']],
  ['itp_revu', ['id']],
  ['trainoff', ['ident', 'reltype', 'code']],
  ['trtag', ['ident', 'tagname']],
] as const)('no two %s rows have the same key', (table, key) => {
  const keys = [...createDataset({ learners: 2000 }).rows(table)].map((row) =>
    key.map((column) => (row as unknown as Record<string, unknown>)[column]).join('/'),
  );
  expect(new Set(keys).size).toBe(keys.length);
});

test.each([0, 2, 42, 2 ** 31 - 1])('the catalogue of seed %i holds 60 different references', (seed) => {
  const references = [...createDataset({ seed, learners: 50 }).rows('pcqual')].map(({ vqref }) => vqref);
  expect(new Set(references.map((reference) => reference.replaceAll('/', ''))).size).toBe(60);
});

test('codes of the largest set are all different', () => {
  const largest = createDataset({ learners: 100_000 });
  const codes = [...largest.rows('officer')].map(({ code }) => code);
  const places = [...largest.rows('placemnt')].map(({ place }) => place);
  expect(new Set(codes).size).toBe(4000);
  expect(new Set(places).size).toBe(25_000);
  expect(codes.filter((code) => !/^[A-Z]{3}\d{3}$/.test(code))).toEqual([]);
  expect(places.filter((place) => !/^[A-Z]{5}\d$/.test(place))).toEqual(['BRACKEN8']);
});

test.each([
  [{ learners: 49 }, 'learners'],
  [{ seed: -1 }, 'seed'],
  [{ asOf: 'today' }, 'as-of'],
])('%j is refused', (inputs, part) => {
  expect(() => createDataset(inputs)).toThrow(part);
});
