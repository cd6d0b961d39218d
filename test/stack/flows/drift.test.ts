import { expect } from 'vitest';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('drift', { hasSmartAssessor: true });

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
