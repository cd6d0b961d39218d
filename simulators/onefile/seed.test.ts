import { expect, test } from 'vitest';
import { createRandom, hashText } from '../common/random.ts';
import { startSimulator } from './simulator.ts';
import { openSeeded, type Records } from './testing/open-simulator.ts';

async function readRecords(settings: Parameters<typeof startSimulator>[0]): Promise<string> {
  const { controlUrl, stop } = await startSimulator(settings);
  const text = await (await fetch(`${controlUrl}/records`)).text();
  await stop();
  return text;
}

const parse = (text: string): Record<string, Records[]> => JSON.parse(text);

test('the hash and the generator give the published values', () => {
  expect(hashText('')).toBe(0x811c9dc5);
  expect(hashText('a')).toBe(0xe40c292c);
  expect(hashText('foobar')).toBe(0xbf9cf968);
  const random = createRandom(1);
  expect([random.integer(1_000_000), random.integer(1_000_000)]).toEqual([627_073, 2_735]);
});

test('the same seed, size and day give the same records, byte for byte', async () => {
  const [one, two] = [await readRecords({ seed: 7 }), await readRecords({ seed: 7 })];
  expect(one).toBe(two);
  expect(await readRecords({ seed: 8 })).not.toBe(one);
  expect(await readRecords({ seed: 7, asOf: '2026-03-01T09:00:00.000Z' })).not.toBe(one);
});

test('a larger seed contains the smaller one', async () => {
  const small = parse(await readRecords({ size: 'small' }));
  const medium = parse(await readRecords({ size: 'medium' }));
  for (const [kind, rows] of Object.entries(small)) {
    expect(medium[kind]?.slice(0, rows.length), kind).toEqual(rows);
  }
});

test('a reset with the same settings restores the records, and empty holds none', async () => {
  const bench = await openSeeded();
  const before = (await bench.door('GET', '/records')).text;
  await bench.post('Placement', { OrganisationID: 301, Name: 'New' });
  expect((await bench.door('GET', '/records')).text).not.toBe(before);
  await bench.door('POST', '/reset');
  expect((await bench.door('GET', '/records')).text).toBe(before);
  const counts = JSON.parse((await bench.door('POST', '/reset', { size: 'empty' })).text);
  expect(new Set(Object.values(counts))).toEqual(new Set([0]));
});

const seeded = parse(await readRecords({}));
const main = (rows: Records[] | undefined) => (rows ?? []).filter((row) => row.OrganisationID === 301);
const learners = (seeded['users'] ?? []).filter((row) => row.Role === 1);
const mainLearners = main(learners);

test('customers and centres: two and one, so that a foreign one can be refused', () => {
  expect(seeded['customers']).toMatchObject([{ token: 'sim-customer-1' }, { token: 'sim-customer-2' }]);
  expect(seeded['organisations']?.map(({ ID, CustomerID }) => [ID, CustomerID])).toEqual([
    [301, 11],
    [302, 11],
    [303, 12],
  ]);
});

test('places of the main centre: five classrooms, eight placements with the awkward ones, two providers', () => {
  const placements = main(seeded['placements']);
  expect([main(seeded['classrooms']).length, placements.length, main(seeded['providers']).length]).toEqual([
    5, 8, 2,
  ]);
  expect(placements.filter(({ Active }) => !Active)).toHaveLength(1);
  expect(placements.filter(({ Address }) => Address.includes('\r\n'))).toHaveLength(1);
  expect(new Set(placements.map(({ Name }) => Name)).size).toBe(7);
});

test('standards: pathways, codes of two centres, an apprenticeship in four, one without a code', () => {
  const codes = (id: number) =>
    (seeded['standards'] ?? []).filter((row) => row.organisationIds.includes(id)).map(({ code }) => code);
  const counted = codes(301).map((code) => codes(301).filter((other) => other === code).length);
  expect(counted.sort()).toEqual([1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 3]);
  expect(codes(301)).toContain(null);
  const shared = new Set(codes(301).filter((code) => code !== null && codes(302).includes(code)));
  expect(shared.size).toBe(3);
  expect(codes(301).filter((code) => /^\d+(AS|OP|GW|EP)$/.test(code ?? ''))).toHaveLength(4);
  for (const { unitIds } of seeded['standards'] ?? []) {
    expect(unitIds.length).toBeGreaterThanOrEqual(3);
    expect(unitIds.length).toBeLessThanOrEqual(6);
  }
});

test('staff of the main centre: roles, shared MIS value with one archived, names that are not plain', () => {
  const staff = main(seeded['users']).filter(({ Role }) => Role !== 1);
  const count = (role: number) => staff.filter(({ Role }) => Role === role).length;
  expect([5, 4, 10, 40, 45].map(count)).toEqual([6, 2, 1, 2, 1]);
  const shared = staff.filter(({ MISID }) => MISID === staff[3]?.MISID);
  expect(shared.map(({ archived }) => archived)).toEqual([false, true]);
  expect(staff.filter(({ LastName }) => LastName !== LastName.trimEnd())).toHaveLength(1);
  expect(staff.some(({ LastName }) => /[^\x20-\x7e]/.test(LastName))).toBe(true);
});

test('learners: a quarter as many in other centres, two of one name, two of one MIS value with one archived', () => {
  expect(mainLearners).toHaveLength(20);
  expect(learners).toHaveLength(30);
  const [, second, third] = mainLearners;
  expect([second.FirstName, second.LastName]).toEqual([third.FirstName, third.LastName]);
  const shared = mainLearners.filter(({ MISID }) => MISID === '100600');
  expect(shared.map(({ archived }) => archived)).toEqual([false, true]);
  for (const { Email } of seeded['users'] ?? []) expect(Email).toMatch(/\.example\.org$/);
});

test('aims carry every combination of the four registration and certificate fields', () => {
  const ids = new Set(mainLearners.map(({ ID }) => ID));
  const combinations = (seeded['aims'] ?? [])
    .filter(({ UserID }) => ids.has(UserID))
    .map((aim) =>
      [aim.RegistrationNumber, aim.RegistrationDate, aim.CertificateAppliedDate, aim.CertificateReceivedDate]
        .map((value) => (value === null ? 0 : 1))
        .join(''),
    );
  expect(new Set(combinations).size).toBe(16);
});

test('reviews are in every state, with and without a visit, one across a clock change, one without a date', () => {
  const reviews = seeded['reviews'] ?? [];
  expect(new Set(reviews.map(({ Status }) => Status))).toEqual(new Set([1, 2, 3, 4]));
  expect(reviews.some(({ EmployerSignedOn }) => EmployerSignedOn !== null)).toBe(true);
  expect(new Set(reviews.map(({ VisitID }) => VisitID === null))).toEqual(new Set([true, false]));
  expect(reviews.filter(({ ScheduledFor }) => ScheduledFor === null)).toHaveLength(1);
  expect(reviews.map(({ ScheduledFor }) => ScheduledFor)).toContain('2025-10-26T00:30:00.000Z');
  expect((seeded['timesheets'] ?? []).some(({ Comments }) => Comments.length > 64 * 1024)).toBe(true);
});
