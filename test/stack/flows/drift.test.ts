import { expect } from 'vitest';
import { partOf } from '../../../src/drift/audit.ts';
import { readBlankAims } from '../../support/deployment/aims.ts';
import { readMetric } from '../../support/deployment/metrics.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('drift', { hasSmartAssessor: true });
const deadlineMs = 60_000;

type Shown = {
  readonly vendor: string;
  readonly unknown: string | null;
  readonly count: number | null;
  readonly rows: readonly Readonly<Record<string, string | number | null>>[];
};

test('reports are made of PICS and the sync database, for each vendor, for people, programs and spreadsheets', async () => {
  const deployment = installation();
  const { pics } = deployment;
  const read = async (name: string, ...more: string[]): Promise<readonly Shown[]> =>
    JSON.parse(await deployment.mustCli('report', name, '--json', ...more)) as Shown[];

  const [before] = await read('accounts-without-learner', '--vendor', 'onefile');
  expect(before).toMatchObject({ count: null, rows: [] });
  expect(before?.unknown).toMatch(/never read whole/);
  // A learner's id is lost in PICS before anything was exchanged: the account remains.
  const { rows: losing } = await pics.query<{ id: string }>(
    `select trim(other_sys_id) as id from pics.pctrndet where ident = '10007'`,
  );
  const [lost] = losing;
  await pics.query(`update pics.pctrndet set other_sys_id = null where ident = '10007'`);
  await deployment.startRoles('outbound', 'poller', 'reconciler');
  await deployment.mustCli('onefile', 'pull');

  const undated = await read('undated-reviews');
  expect(undated.map(({ vendor }) => vendor).toSorted()).toEqual(['onefile', 'smartassessor']);
  const ofOneFile = undated.find(({ vendor }) => vendor === 'onefile');
  expect(ofOneFile?.rows).toContainEqual(expect.objectContaining({ learner: '10021' }));
  const { rows: found } = await pics.query<{ id: string }>(
    `select id from pics.itp_revu where ident = '10021' and proposed is null`,
  );
  expect(ofOneFile?.rows.map(({ review }) => review)).toContain(found[0]?.id);

  const csv = await deployment.mustCli('report', 'future-dates', '--csv', '--vendor', 'onefile');
  expect(csv).toMatch(/^vendor,learner,what,record,date\r\n/);
  expect(csv).toMatch(/^onefile,10021,review held,[0-9a-f-]{36},\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\r$/m);

  const table = await deployment.mustCli(
    'report',
    'unlinked-learners',
    '--vendor',
    'onefile',
    '--limit',
    '1',
  );
  expect(table).toMatch(/^learner +name +started +status +id in PICS\n/);
  expect(table.split('\n')).toHaveLength(5);
  expect(table).toMatch(/more rows?; --limit shows more of them\.\n$/);

  const [accounts] = await read('accounts-without-learner', '--vendor', 'onefile');
  expect(accounts?.rows.filter(({ account }) => account === lost?.id)).toMatchObject([
    { 'may be learner': '10007', by: expect.stringMatching(/MIS value|ULN|names/) },
  ]);

  for (const name of [
    'unlinked-officers',
    'unlinked-organisations',
    'long-breaks',
    'unoffered-qualifications',
  ])
    for (const { unknown, count } of await read(name))
      expect([name, unknown === null ? count !== null : count === null]).toEqual([name, true]);
});

test('G-10: what differs and stays is found while polling, held, shown, exchanged again by command, and released', async () => {
  const deployment = installation();
  const { store, oneFile } = deployment;
  await deployment.startRoles('outbound', 'poller');
  const ops = await deployment.startRoles('ops');
  const reconciler = await deployment.startRoles('reconciler');
  await deployment.mustCli('onefile', 'pull');
  const [aim] = await readBlankAims(deployment, 'regno');
  if (aim === undefined) throw new Error('the seed has an aim without a registration number');
  const { ident } = aim;
  // What OneFile shows from now on reaches PICS no more.
  await reconciler.stop();
  await oneFile.post(`/act/aims/${aim.aimId}/registration`, { registrationNumber: 'DRIFT1' });
  await store.query(
    `insert into sync.audit_place (vendor, centre, part, began_at_ms, after_ident)
     select 'onefile', min(centre), $1, extract(epoch from now() - interval '1 day') * 1000, $2
     from sync.link where vendor = 'onefile'
     on conflict (vendor, centre) do update
     set part = excluded.part, began_at_ms = excluded.began_at_ms, after_ident = excluded.after_ident`,
    [partOf(ident), ident.slice(0, -1)],
  );
  const readFound = async () =>
    (
      await store.query<{ subject: string; field: string; in_pics: string; sightings: number }>(
        'select subject, field, in_pics, sightings from sync.difference where ident = $1 and rule is null',
        [ident],
      )
    ).rows;
  /** As if two hours had passed since it was seen. */
  const lookAgain = () =>
    store.query(
      `update sync.difference set since = since - interval '2 hours', last_seen = last_seen - interval '2 hours'
       where ident = $1`,
      [ident],
    );
  const subject = `learning-aim:${aim.aimId}`;
  const found = { subject, field: 'registrationNumber', in_pics: 'blank' };
  await eventually(async () => expect(await readFound()).toEqual([{ ...found, sightings: 1 }]), deadlineMs);
  await lookAgain();
  await eventually(async () => expect(await readFound()).toMatchObject([{ sightings: 2 }]), deadlineMs);

  await eventually(async () => {
    expect(await deployment.mustCli('held', 'list', '--ident', ident)).toMatch(/drift:\d+ +DRIFT/);
  }, deadlineMs);
  expect(await deployment.mustCli('drift', 'list')).toMatch(
    /^onefile +learning-aim +registrationNumber +none +1 /m,
  );
  expect(await deployment.mustCli('drift', 'show', ident)).toContain(
    `${subject}  registrationNumber  blank    newer          none`,
  );
  const of = { vendor: 'onefile', kind: 'learning-aim', allowed: 'no' };
  await eventually(async () => expect(await readMetric(ops, 'differences', of)).toBe(1), deadlineMs);

  await deployment.startRoles('reconciler');
  const shown = await deployment.mustCli('drift', 'heal', '--vendor', 'onefile');
  const [, run = '', plan = ''] = /runs approve (\d+) --plan (\S+)$/m.exec(shown) ?? [];
  expect(await deployment.mustCli('runs', 'approve', run, '--plan', plan)).toContain('done');
  await lookAgain();
  await eventually(async () => {
    expect(await readFound()).toEqual([]);
    const { rows } = await store.query(`select how from sync.held where code = 'DRIFT' and ident = $1`, [
      ident,
    ]);
    expect(rows).toEqual([{ how: 'released' }]);
  }, deadlineMs);
  expect(await deployment.mustCli('drift', 'heal', '--vendor', 'onefile')).toBe(
    'There is no difference that no rule allows.\n',
  );
  await eventually(async () => expect(await readMetric(ops, 'differences', of)).toBe(0), deadlineMs);
});
