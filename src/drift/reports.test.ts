import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { createMemoryPorts } from '../../test/memory/ports.ts';
import { memoryRoleSettings } from '../../test/memory/settings.ts';
import { buildLearner, buildQualification, buildReview } from '../../test/support/learner.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import type { LinkKind } from '../domain/link.ts';
import { toInstantMs } from '../domain/london.ts';
import { oneFile } from '../vendors/onefile/onefile.ts';
import { smartAssessor } from '../vendors/smart-assessor/smart-assessor.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { reports } from './reports.ts';

const nowMs = toInstantMs('2026-06-15T12:00:00') ?? Number.NaN;
const centre = 'c1';
const underWay = { status: 'L', startOn: '2025-01-06' } as const;

function anIdent(ident: string, known: Partial<Learner> = {}): Learner {
  return buildLearner({ ident, ...underWay, ...known });
}

/** A report of one vendor over a PICS and a sync database in memory. */
async function setup(vendor: Vendor, learners: readonly Learner[]) {
  const { clock } = createVirtualClock();
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners });
  const { pics, store } = ports;
  const scope = { vendor: vendor.name, centre };
  const { shared } = memoryRoleSettings({});
  return {
    pics,
    store,
    link: async (kind: LinkKind, picsId: string, vendorId: string) => {
      const ident = kind === 'learner' ? picsId : null;
      await store.links.record([{ ...scope, kind, picsId, vendorId, ident, how: 'matched' }]);
    },
    /** A full pass has shown these learners. */
    show: async (records: Readonly<Record<string, JsonObject>>) => {
      const poll = store.polling.open({ ...scope, holder: 'a', leaseMs: 60_000 });
      const { epoch } = (await poll.acquireLease()) ?? { epoch: 0 };
      const passId = await poll.beginPass('learner', epoch);
      const value = { run: 1, passId, cursor: null, isComplete: true, hasGaps: false };
      const observations = Object.entries(records).map(([vendorId, record]) => ({
        ...{ ...scope, entity: 'learner', vendorId, learnerVendorId: vendorId, record },
        ...({ observedAtMs: clock.nowMs(), cause: 'poll', deleted: false } as const),
      }));
      await poll.recordPage({ epoch, observations, progress: { resource: 'learners', value } });
      await poll.completePass(passId, epoch);
    },
    read: (name: string, settings: unknown = vendor.section.parse({})) => {
      const report = reports.find((one) => one.name === name);
      if (report === undefined) throw new Error(`there is no report ${name}`);
      return report.read({ vendor, settings, shared, centre, pics, store, nowMs });
    },
  };
}

test('G-10: learners who have begun and are not linked are listed, but for those of another system or at their end', async () => {
  const { link, read } = await setup(oneFile, [
    anIdent('1', { firstName: 'Ann', surname: 'Berg', oneFileId: '77' }),
    anIdent('2'),
    anIdent('3', { endOn: '2026-06-14' }),
    anIdent('4', { endOn: '2026-06-15' }),
    anIdent('5', { endOn: '2026-01-01', isSuspended: true }),
    anIdent('6', { activePortfolio: 'S' }),
    anIdent('7', { activePortfolio: 'O' }),
    anIdent('8', { startOn: '2026-06-16' }),
    anIdent('9', { status: 'X' }),
  ]);
  await link('learner', '2', '900');
  const rows = await read('unlinked-learners');
  expect(rows).toHaveLength(4);
  expect(rows[0]).toEqual({
    learner: '1',
    name: 'Ann Berg',
    started: '2025-01-06',
    status: 'L',
    'id in PICS': '77',
  });
  expect((rows as { learner: string }[]).map(({ learner }) => learner)).toEqual(['1', '4', '5', '7']);
});

test('G-10: of each vendor its own learners: the other portfolio is not missed here', async () => {
  const { read } = await setup(smartAssessor, [
    anIdent('1', { activePortfolio: 'S' }),
    anIdent('2', { activePortfolio: 'O' }),
  ]);
  expect(await read('unlinked-learners')).toMatchObject([{ learner: '1' }]);
});

test('G-10: reviews without a date and actual dates to come are those of linked learners', async () => {
  const odd = { reviews: [buildReview({ id: 'r1', type: 'N' })], endOn: '2026-06-16' };
  const { link, read } = await setup(oneFile, [
    anIdent('1', odd),
    anIdent('2', {
      reviews: [
        buildReview({ id: 'r2', proposedAt: '2026-06-15T09:00:00', actualAt: '2026-06-15T12:00:00' }),
        buildReview({ id: 'r3', actualAt: '2026-06-15T12:00:01', officer: 'JB' }),
      ],
      qualifications: [buildQualification({ reference: '500', endOn: '2026-07-01' })],
    }),
  ]);
  await link('learner', '2', '900');
  expect(await read('undated-reviews')).toEqual([
    { learner: '2', review: 'r3', type: null, officer: 'JB', actual: '2026-06-15 12:00:01' },
  ]);
  expect(await read('future-dates')).toEqual([
    { learner: '2', what: 'end of a qualification', record: '500/1', date: '2026-07-01' },
    { learner: '2', what: 'review held', record: 'r3', date: '2026-06-15 12:00:01' },
  ]);
});

test('G-10, A-12: officers and organisations in use that are not linked, with the id where the column is the vendor’s', async () => {
  const placement = { seq: 1, type: null, startOn: null, endOn: null };
  const unnamed = { organisationName: null, organisationExternalId: null };
  const learners = [
    anIdent('1', {
      mainOfficer: 'A',
      qualifications: [buildQualification({ reference: '500', officer: 'B' })],
      placements: [{ organisation: 'P1', ...placement, ...unnamed }],
    }),
    anIdent('2', { mainOfficer: 'C' }),
  ];
  for (const [vendor, id] of [
    [oneFile, '7'],
    [smartAssessor, null],
  ] as const) {
    const { pics, link, read } = await setup(vendor, learners);
    pics.putOfficer({ code: 'A', surname: 'Hall', externalId: '7', isDormant: true });
    for (const code of ['B', 'C']) pics.putOfficer({ code });
    pics.putOrganisation({ code: 'P1', name: 'Hill Ltd' });
    await link('learner', '1', '900');
    await link('officer', 'B', '901');
    expect(await read('unlinked-officers')).toEqual([
      { officer: 'A', name: 'Hall', dormant: 'yes', 'id in PICS': id },
    ]);
    expect(await read('unlinked-organisations')).toEqual([
      { organisation: 'P1', name: 'Hill Ltd', 'id in PICS': null },
    ]);
  }
});

test('OF-18: a qualification is offered in whatever way its reference is written; without a list that was read nothing is said', async () => {
  const of = (...references: readonly string[]) => ({
    qualifications: references.map((reference) => buildQualification({ reference })),
  });
  const { store, link, read } = await setup(oneFile, [
    anIdent('1', { status: 'X', ...of('603/1122/X', 'LINKED') }),
    anIdent('2', of('LIVE')),
    anIdent('3', { status: 'X', ...of('GONE') }),
  ]);
  await link('learner', '1', '900');
  expect(await read('unoffered-qualifications')).toBe(
    'What OneFile offers was never read. Run "onefile refresh-links" first.',
  );
  await store.catalogue.replace({ vendor: 'onefile', centre }, [
    { code: '6031122x', vendorId: '1', title: null, entity: 'standard' },
  ]);
  expect(await read('unoffered-qualifications')).toEqual([{ reference: 'LINKED' }, { reference: 'LIVE' }]);
});

test('SA-14: a course that a setting names for the reference counts as offered', async () => {
  const { store, link, read } = await setup(smartAssessor, [
    anIdent('1', { qualifications: [buildQualification({ reference: '50000001' })] }),
  ]);
  await link('learner', '1', '900');
  const scope = { vendor: 'smartassessor', centre } as const;
  await store.catalogue.replace(scope, [{ code: '60000000', vendorId: '55', title: 'Care', entity: 'qan' }]);
  expect(await read('unoffered-qualifications')).toEqual([{ reference: '50000001' }]);
  const settings = smartAssessor.section.parse({ courseOverrides: { '50000001': '55' } });
  expect(await read('unoffered-qualifications', settings)).toEqual([]);
});

test('G-10: a break is counted from the end date, else from the last review held, else from the start', async () => {
  const away = { isSuspended: true, firstName: 'Ann', surname: 'Berg' } as const;
  const held = (actualAt: string) => [buildReview({ id: actualAt, actualAt })];
  const { link, read } = await setup(oneFile, [
    anIdent('1', { ...away, endOn: '2025-12-16' }),
    anIdent('2', { ...away, endOn: '2025-12-17' }),
    anIdent('3', { ...away, reviews: held('2025-11-03T10:00:00') }),
    anIdent('4', { ...away, reviews: held('2026-01-05T10:00:00') }),
    anIdent('5', away),
    anIdent('6', { ...away, endOn: '2025-12-01' }),
    anIdent('7', { ...away, isSuspended: false, endOn: '2025-12-01' }),
  ]);
  for (const ident of ['1', '2', '3', '4', '5', '7']) await link('learner', ident, `90${ident}`);
  expect(await read('long-breaks')).toEqual([
    { learner: '1', name: 'Ann Berg', since: '2025-12-16', days: 181, 'known from': 'end date' },
    { learner: '3', name: 'Ann Berg', since: '2025-11-03', days: 224, 'known from': 'last review held' },
    { learner: '5', name: 'Ann Berg', since: '2025-01-06', days: 525, 'known from': 'start' },
  ]);
});

test('D-7, A-46: accounts without a learner are what no link and no id in PICS explains, with who they may be', async () => {
  const uln = '1000000027';
  const born = { firstName: 'Ann', surname: 'Berg', birthDate: '1999-02-28' };
  const { link, read, show } = await setup(oneFile, [
    anIdent('1'),
    anIdent('2', { oneFileId: '902' }),
    anIdent('3', { uln }),
    anIdent('4', born),
    anIdent('5', { oneFileId: '907', uln }),
    anIdent('6', { oneFileId: '907' }),
  ]);
  await link('learner', '1', '901');
  expect(await read('accounts-without-learner')).toMatch(/^The learners of OneFile were never read whole\./);
  const blank = { misId: null, uln: null, firstName: null, lastName: null, dob: null, archived: null };
  await show({
    '901': blank,
    '902': blank,
    '903': { ...blank, archived: true },
    '904': { ...blank, misId: '3', archived: false },
    '905': { ...blank, firstName: 'ann', lastName: 'Berg', dob: '1999-02-28' },
    '907': blank,
  });
  expect(await read('accounts-without-learner')).toEqual([
    { account: '903', archived: 'yes', 'may be learner': null, by: null },
    { account: '904', archived: 'no', 'may be learner': '3', by: 'MIS value' },
    { account: '905', archived: null, 'may be learner': '4', by: 'names and birth date' },
    { account: '907', archived: null, 'may be learner': '6', by: 'an id in PICS that is not taken' },
  ]);
});

test('each report has a name of its own, columns, and one sentence for when it is empty', async () => {
  const names = reports.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const vendor of [oneFile, smartAssessor]) {
    const { store, read, show } = await setup(vendor, []);
    await show({});
    const scope = { vendor: vendor.name, centre };
    await store.catalogue.replace(scope, [{ code: '1', vendorId: '1', title: null, entity: 'standard' }]);
    for (const { name, columns, empty } of reports) {
      expect([name, await read(name)]).toEqual([name, []]);
      expect(columns.length).toBeGreaterThan(0);
      expect(empty).toMatch(/^[A-Z].*\.$/);
    }
  }
});
