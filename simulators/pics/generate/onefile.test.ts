import { expect, test } from 'vitest';
import { createDataset } from './dataset.ts';
import { toInstant } from './dates.ts';
import type { OneFileKind, OneFileRecord } from './onefile-records.ts';

const dataset = createDataset({ learners: 600 });
const learners = [...dataset.learners()].filter(({ number }) => number > 30);
const linked = learners.filter(({ rows }) => rows.pctrndet[0]!.other_sys_id !== null);

function readKind(kind: OneFileKind, from = dataset): Map<number, OneFileRecord> {
  const records = [...from.oneFile()].filter((entry) => entry.kind === kind).map(({ record }) => record);
  const byId = new Map(records.map((record) => [Number(record['ID']), record]));
  expect(byId.size).toBe(records.length);
  return byId;
}

const users = readKind('users');
const aims = readKind('aims');
const reviews = readKind('reviews');
const visits = readKind('visits');

test('exactly the learners with a OneFile id are at OneFile, under that id', () => {
  const atOneFile = [...users.values()].filter((user) => user['Role'] === 1);
  const ids = [...dataset.rows('pctrndet')].flatMap((row) => row.other_sys_id ?? []);
  expect(atOneFile.map((user) => String(user['ID']))).toEqual(ids);
});

test('learners agree: names in composed form, keys, dates as midnight UTC', () => {
  for (const { ident, rows } of linked) {
    const trainee = rows.trainee[0]!;
    expect(users.get(Number(rows.pctrndet[0]!.other_sys_id))).toMatchObject({
      MISID: ident,
      FirstName: trainee.firstname.normalize('NFC'),
      LastName: trainee.surname.normalize('NFC'),
      DOB: `${trainee.birthdate}T00:00:00.000Z`,
      ULN: rows.pctrndet[0]!.miap_uln,
      NINO: trainee.ninumber,
    });
  }
});

test('every reference leads to a record that is loaded before it', () => {
  const seen = new Set<unknown>([null, undefined]);
  const dangling: string[] = [];
  for (const { kind, record } of dataset.oneFile()) {
    for (const [name, value] of Object.entries(record))
      if (/^(?!MIS|VisitType|LearnerStatus).+ID$/.test(name) && !seen.has(value))
        dangling.push(`${kind}.${name} ${value}`);
    seen.add(record['ID']);
  }
  expect(dangling).toEqual([]);
});

test('external ids of officers and organisations are OneFile ids, with the code as MIS Value', () => {
  for (const { code, other_id } of dataset.rows('officer'))
    if (other_id !== null) expect(users.get(Number(other_id))).toMatchObject({ MISID: code });
  const placements = readKind('placements');
  for (const { place, add_id, name } of dataset.rows('placemnt'))
    if (add_id !== null) expect(placements.get(Number(add_id))).toMatchObject({ MISID: place, Name: name });
});

test('assessors hold both assessor roles', () => {
  const staff = [...users.values()].filter((user) => user['Role'] !== 1);
  expect(new Set(staff.map((user) => user['Role']))).toEqual(new Set([4, 5]));
});

/** The aims of a linked learner, each with the delivery qualification it stands for. */
function toPairs() {
  return linked.flatMap(({ number, rows }) =>
    rows.trqual.map((row, index) => ({ row, aim: aims.get(60_000_000 + number * 16 + index) })),
  );
}

test('most delivery qualifications of linked learners have an aim', () => {
  const pairs = toPairs();
  expect(pairs.filter(({ aim }) => aim !== undefined).length / pairs.length).toBeCloseTo(0.95, 1);
  expect(pairs.some(({ aim }) => aim === undefined)).toBe(true);
});

test('registration and certificate fields agree, but for 3 % of the numbers', () => {
  const toDate = (date: string | null) => (date === null ? undefined : `${date}T00:00:00.000Z`);
  let registered = 0;
  let different = 0;
  for (const { row, aim } of toPairs()) {
    if (aim === undefined) continue;
    expect(aim['RegistrationDate']).toBe(toDate(row.regdate));
    expect(aim['CertificateAppliedDate']).toBe(toDate(row.certappl));
    expect(aim['CertificateReceivedDate']).toBe(toDate(row.certrecd));
    expect(aim['RegistrationNumber'] === undefined).toBe(row.regno === null);
    if (row.regno === null) continue;
    registered += 1;
    if (aim['RegistrationNumber'] !== row.regno) different += 1;
  }
  expect(different).toBeGreaterThan(0);
  expect(different / registered).toBeLessThan(0.07);
});

test('elements agree: 100 in total, done is the percentage rounded half up (A-28)', () => {
  for (const { row, aim } of toPairs()) {
    if (aim === undefined) continue;
    expect([row.tot_elem, row.done_elem]).toEqual([100, Math.floor(Number(aim['Progress']) + 0.5)]);
    expect(aim).not.toHaveProperty('ElementsTotal');
  }
});

test('elements come as pairs when asked for', () => {
  const pairs = createDataset({ learners: 50, elements: 'pair' });
  const first = pairs.learner(1).rows.trqual[0]!;
  expect(readKind('aims', pairs).get(60_000_016)).toMatchObject({
    ElementsTotal: first.tot_elem,
    ElementsDone: first.done_elem,
  });
});

test('reviews agree as after a settled synchronisation (OF-54 to OF-56)', () => {
  let seen = 0;
  for (const row of linked.flatMap(({ rows }) => rows.itp_revu)) {
    if (row.onefile_id === null) {
      // Nothing of an ordinary learner waits for its upload.
      expect(row.type !== 'N' || row.attended === 'N').toBe(true);
      continue;
    }
    seen += 1;
    const review = reviews.get(Number(row.onefile_id))!;
    expect(review['ScheduledFor']).toBe(toInstant(row.proposed!));
    expect(review['StartedOn']).toBe(row.actual === null ? undefined : toInstant(row.actual));
    expect(row.attended).toBe(row.actual === null ? 'U' : 'Y');
    expect(String(review['LearnerSignedOn'] ?? '').slice(0, 10)).toBe(row.tr_signed ?? '');
    expect(visits.get(Number(review['VisitID']))).toMatchObject({
      DateFrom: review['ScheduledFor'],
      DateTo: review['EndTime'],
      LearnerID: review['LearnerID'],
    });
  }
  expect(seen).toBeGreaterThan(500);
});

test('with another owner of the external ids the columns hold its ids', () => {
  const other = createDataset({ learners: 50, externalIdVendor: 'smartassessor' });
  expect([...other.rows('officer')][0]!.other_id).toMatch(/^[\da-f-]{36}$/);
  expect([...other.rows('placemnt')][0]!.add_id).toBe('4001');
});
