import { expect, test } from 'vitest';
import { buildLearner, buildQualification, buildReview } from '../../test/support/learner.ts';
import { smallCentre } from '../../test/support/onefile-client.ts';
import { type OneFileSetup, oneFileVendor } from '../../test/support/onefile-world/world.ts';
import { ids } from '../../test/support/smart-assessor-world/site.ts';
import {
  type SmartAssessorSetup,
  smartAssessorVendor,
} from '../../test/support/smart-assessor-world/world.ts';
import { openRunningWorld } from '../../test/support/world/running.ts';
import { wholeMessage } from '../../test/support/world/whole-message.ts';
import type { Json } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import { compareItem, isWork } from '../domain/run.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { ConfiguredVendor, SharedSettings } from './vendor.ts';

// One PICS, two vendors, the product's roles: what they do beside each other.

/** At OneFile 400061, at Smart Assessor an account of her own; OneFile's is the active portfolio. */
const imogen = buildLearner({
  ident: '10001',
  firstName: 'Imogen',
  surname: 'Tarrant',
  birthDate: '2006-07-14',
  email: 'i@x.example.org',
  startOn: '2026-01-05',
  mainOfficer: 'ABR001',
  oneFileId: '400061',
  smartAssessorId: ids.imogen,
  activePortfolio: 'O',
  qualifications: [
    buildQualification({ reference: '603/1122/3', startOn: '2026-01-05' }),
    buildQualification({ reference: '196AS', startOn: '2026-01-05' }),
  ],
});

const ada = { code: 'ABR001', firstName: 'Ada', surname: 'Brook', email: 'a@x.example.org' };
const types = { reviewTypeMap: { 'Formal Review': 'N' } } as const;
/** Read again every minute. */
const often = { ...types, pollIntervalS: 60 } as const;

type Setup = {
  readonly learner?: Partial<Learner>;
  readonly oneFile?: OneFileSetup;
  readonly smartAssessor?: SmartAssessorSetup;
  readonly shared?: Partial<SharedSettings>;
  readonly enabled?: readonly VendorName[];
  readonly configured?: Partial<Record<VendorName, ConfiguredVendor>>;
};

function openBoth({ learner = {}, oneFile = {}, smartAssessor = {}, configured = {}, ...more }: Setup = {}) {
  const vendors = [
    oneFileVendor(oneFile),
    smartAssessorVendor({ ...smartAssessor, settings: { ...often, ...smartAssessor.settings } }),
  ].map((open): typeof open => (clock) => {
    const vendor = open(clock);
    return { ...vendor, configured: configured[vendor.vendor.name] ?? vendor.configured };
  });
  return openRunningWorld(vendors, {
    learners: [{ ...imogen, ...learner }],
    officers: [ada],
    ...more,
    shared: { externalIdVendor: 'onefile', ...more.shared },
  });
}

test('A-25: of a learner with both the sessions come from Smart Assessor and the elements from the active portfolio, and no call follows', async () => {
  await using world = await openBoth();
  await world.command('onefile', 'synchronise');
  await world.command('smartassessor', 'synchronise');
  const { reviews, qualifications } = world.learner('10001');
  expect(reviews).toMatchObject([
    {
      smartAssessorId: ids.session,
      oneFileId: null,
      type: 'N',
      attended: 'U',
      proposedAt: '2026-02-02T10:00:00',
    },
  ]);
  // 40.5 % of OneFile, half up; Smart Assessor's would be cut to 40.
  expect(qualifications[0]).toMatchObject({ elementsTotal: 100, elementsDone: 41 });

  await world.edit('10001', { activePortfolio: 'S' });
  await world.command('smartassessor', 'synchronise');
  expect(world.learner('10001').qualifications[0]).toMatchObject({ elementsTotal: 100, elementsDone: 40 });
  expect(await world.at('onefile').takeWrites()).toEqual([]);
  expect(await world.at('smartassessor').takeWrites()).toEqual([]);
  expect(world.restarts).toEqual([]);
});

test('each vendor has runs of its own: planned by name from what it shows, done as planned, and once', async () => {
  await using world = await openBoth();
  const vendors = ['onefile', 'smartassessor'] as const;
  const plan = async (vendor: VendorName): Promise<number> => {
    const payload = { kind: 'synchronise', filter: { idents: ['10001'] } } as const;
    const { result } = await world.command(vendor, 'run-plan', { payload });
    await world.passMs(120_000);
    return Number(result?.['run']);
  };
  const linesOf = async (id: number) =>
    (await world.store.runs.listItems(id, {}, { afterIdent: null, limit: 100 })).flatMap(({ planned }) =>
      planned.lines.filter(isWork).map(({ does, subject }) => `${does} ${subject.split(':')[0]}`),
    );
  const planned = [await plan('onefile'), await plan('smartassessor')];
  expect(new Set(await linesOf(planned[0] ?? 0))).toEqual(
    new Set(['link learner', 'link officer', 'link qualification', 'pull learning-aim']),
  );
  expect(new Set(await linesOf(planned[1] ?? 0))).toEqual(new Set(['link learner', 'insert session']));
  for (const [index, vendor] of vendors.entries()) {
    const id = planned[index] ?? 0;
    const digest = (await world.store.runs.read(id))?.plan?.digest ?? '';
    await world.command(vendor, 'run-approve', { payload: { run: id, digest } });
  }
  await world.passMs(300_000);
  for (const id of planned) {
    expect(await world.store.runs.read(id)).toMatchObject({ state: 'done', progress: { failed: 0 } });
    const items = await world.store.runs.listItems(id, {}, { afterIdent: null, limit: 100 });
    expect(items.map(compareItem)).toEqual(items.map(() => ({ missing: [], more: [] })));
  }
  // Of the row that came in, the next look only notes whose it is: nothing is sent or written any more.
  const left = [...(await linesOf(await plan('onefile'))), ...(await linesOf(await plan('smartassessor')))];
  expect(left).toEqual(['link review']);
  expect(world.restarts).toEqual([]);
});

test('OF-19, SA-40: a review that a user plans goes to OneFile alone, and a session of Smart Assessor goes nowhere', async () => {
  await using world = await openBoth();
  await world.command('smartassessor', 'synchronise');
  await world.at('onefile').takeWrites();
  const planned = buildReview({ id: '501', type: 'N', proposedAt: '2026-03-02T10:00:00', officer: 'ABR001' });
  await world.edit('10001', { reviews: [...world.learner('10001').reviews, planned] });
  await world.settled();
  const sent = await world.at('onefile').takeWrites();
  expect(sent.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['POST Visit', 'POST Review']);
  expect(await world.at('smartassessor').takeWrites()).toEqual([]);
});

test.each([
  ['onefile', { at: 'smartassessor' }],
  ['smartassessor', { at: 'onefile' }],
] as const)(
  'D-2: with %s as the owner of the one id column, both vendors link an officer, and the column shows its id alone',
  async (owner, { at }) => {
    await using world = await openBoth({
      oneFile: { settings: { externalIdVendor: owner } },
      shared: { externalIdVendor: owner },
    });
    const there: Readonly<Record<VendorName, string>> = { onefile: '400002', smartassessor: ids.ada };
    for (const vendor of [at, owner])
      expect(
        await world.command(vendor, 'link-officer', {
          officer: 'ABR001',
          payload: { vendorId: there[vendor] },
        }),
      ).toMatchObject({ status: 'done' });
    expect(world.pics.getOfficer('ABR001')).toBe(there[owner]);
    const links = world.store.ledger.links.filter(({ kind }) => kind === 'officer');
    expect(links.map(({ vendor, vendorId }) => [vendor, vendorId]).toSorted()).toEqual([
      ['onefile', '400002'],
      ['smartassessor', ids.ada],
    ]);

    await world.passMs(120_000); // what was just copied does not count as shown yet
    // A user's edit of the column is the owner's matter alone (SA-21).
    await world.pics.editOwner(
      { kind: 'officer', code: 'ABR001' },
      (known) => ({ ...known, externalId: null }) as never,
    );
    await world.settled();
    const left = world.store.ledger.links.filter(({ kind }) => kind === 'officer');
    expect(left.map(({ vendor }) => vendor)).toEqual([at]);
  },
);

test.each([
  {
    from: 'onefile',
    to: 'smartassessor',
    oneFile: { learnerDetails: 'pull', learnerDetailFields: ['phones'] },
    site: { learnerDetails: 'push', learnerDetailFields: ['phones'] },
    change: ['POST', '/act/users/400061/edit', { Telephone: '01632 960777' }],
    sent: [`PATCH learners/${ids.imogen} {"telNumber":"01632 960777"}`],
  },
  {
    from: 'smartassessor',
    to: 'onefile',
    oneFile: { learnerDetails: 'push', learnerDetailFields: ['phones'] },
    site: { learnerDetails: 'pull', learnerDetailFields: ['phones'] },
    change: ['POST', `/act/learners/${ids.imogen}/edit`, { telNumber: '01632 960777' }],
    sent: [expect.stringMatching(/^POST User\/400061 \{.*"Telephone":"01632 960777".*\}$/)],
  },
] as const)(
  'G-6: what $from changes reaches $to through PICS exactly once, and nothing comes back',
  async ({ from, to, oneFile, site, change: [method, path, body], sent }) => {
    await using world = await openBoth({
      oneFile: { settings: oneFile },
      smartAssessor: { settings: site },
    });
    await world.command(from, 'synchronise');
    await world.command(to, 'synchronise');
    await world.at('onefile').takeWrites();
    await world.at('smartassessor').takeWrites();

    await world.at(from).control(method, path, body);
    await world.command(from, 'refresh', { ident: '10001' });
    expect(world.learner('10001').phone).toBe('01632 960777');
    expect(await world.at(to).takeWrites()).toEqual(sent);
    expect(await world.at(from).takeWrites()).toEqual([]);

    for (const vendor of [from, to]) await world.command(vendor, 'synchronise');
    expect(await world.at('onefile').takeWrites()).toEqual([]);
    expect(await world.at('smartassessor').takeWrites()).toEqual([]);
  },
);

const away = { times: null, match: {}, action: { type: 'answer', status: 503, body: 'away' } } as const;

test.each([
  ['smartassessor', 'onefile'],
  ['onefile', 'smartassessor'],
] as const)(
  'G-9: while %s is away the other works as ever, and what was missed is made up for',
  async (gone, here) => {
    const push = { learnerDetails: 'push', learnerDetailFields: ['phones'] } as const;
    await using world = await openBoth({ oneFile: { settings: push }, smartAssessor: { settings: push } });
    await world.command('onefile', 'synchronise');
    await world.command('smartassessor', 'synchronise');
    for (const vendor of [gone, here]) await world.at(vendor).takeWrites();

    await world.at(gone).script(away as unknown as Json);
    await world.edit('10001', { phone: '01632 960111' });
    await world.passMs(10 * 60_000);
    expect(await world.at(here).takeWrites()).toHaveLength(1);
    expect(await world.at(gone).takeWrites()).toEqual([]);
    expect(await world.store.held.list()).toEqual([]);
    const refresh = world.give(here, 'refresh', { ident: '10001' });
    await world.passMs(60_000);
    expect(await world.rowOf(refresh)).toMatchObject({ status: 'done' });

    await world.at(gone).control('DELETE', '/rules');
    await world.passMs(10 * 60_000);
    await world.settled();
    expect(await world.at(gone).takeWrites()).toHaveLength(1);
    expect(await world.store.held.list()).toEqual([]);
  },
);

test('SA-22, G-8: what is not licensed is refused, what is not enabled is not called, each in its own name, while the other works', async () => {
  await using world = await openBoth({
    enabled: ['onefile'],
    shared: { pics: { role: 'test', licences: ['onefile'], liveLetters: ['L'] } },
  });
  const sentence = (code: string): string => wholeMessage(code, { vendor: 'smartassessor' });
  expect(sentence('NOT_LICENSED')).toBe('The Smart Assessor integration is not licensed for this PICS.');
  expect(sentence('DISABLED')).toBe('The Smart Assessor integration is not enabled.');
  expect(await world.command('smartassessor', 'enable')).toMatchObject({
    status: 'refused',
    code: 'NOT_LICENSED',
    message: sentence('NOT_LICENSED'),
  });
  for (const kind of ['enrol', 'refresh'])
    expect(await world.command('smartassessor', kind, { ident: '10001' })).toMatchObject({
      status: 'refused',
      code: 'DISABLED',
      message: sentence('DISABLED'),
    });
  await world.edit('10001', { phone: '01632 960111' });
  await world.passMs(2 * 3_600_000);
  expect(await world.at('smartassessor').takeCalls()).toEqual([]);
  expect(await world.command('onefile', 'refresh', { ident: '10001' })).toMatchObject({ status: 'done' });
});

const faults = [{ path: 'environment', sentence: 'onefile.environment must be live, beta or practice.' }];

test('OF-2: a setting that stops one vendor is said, and the other runs', async () => {
  await using world = await openBoth({
    enabled: ['smartassessor'],
    configured: { onefile: { kind: 'faulty', faults } },
  });
  await world.command('smartassessor', 'synchronise');
  expect(world.learner('10001').reviews).toMatchObject([{ smartAssessorId: ids.session }]);
  expect(world.logLines.join('')).toContain(faults[0]?.sentence);
  expect(await world.command('onefile', 'refresh', { ident: '10001' })).toMatchObject({ code: 'DISABLED' });
  expect(await world.at('onefile').takeCalls()).toEqual([]);
});

test.each([
  ['onefile', 'Smart Assessor', { learner: { smartAssessorId: null, activePortfolio: null } }],
  ['smartassessor', 'OneFile', { learner: { oneFileId: null, activePortfolio: 'S' } }],
] as const)(
  '%s alone: of %s there is no call, no held item and no complaint',
  async (alone, _other, setup) => {
    const other = alone === 'onefile' ? 'smartassessor' : 'onefile';
    const off: ConfiguredVendor = { kind: 'disabled', settings: {} };
    await using world = await openBoth({
      ...setup,
      enabled: [alone],
      configured: { [other]: off },
      oneFile: { records: smallCentre as unknown as Json },
      shared: { externalIdVendor: alone },
    });
    expect(await world.command(alone, 'synchronise')).toMatchObject({ status: 'done' });
    await world.edit('10001', { phone: '01632 960111' });
    await world.passMs(3_600_000);
    expect(await world.at(other).takeCalls()).toEqual([]);
    expect(await world.store.held.list({ vendor: other })).toEqual([]);
    const complaints = world.logLines.filter((line) => /"level":"(warn|error)"/.test(line));
    expect(complaints).toEqual([]);
    expect(world.restarts).toEqual([]);
  },
);
