import { expect } from 'vitest';
import { compareItem, isWork, type Run, type RunItem, type RunState } from '../../../src/domain/run.ts';
import { listRunItems, readRun } from '../../../src/store/runs.ts';
import { readBlankAims } from '../../support/deployment/aims.ts';
import type { RoleProcess } from '../../support/deployment/deployment.ts';
import { settle } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

// Between full passes nothing is polled, so a difference that a test makes stays until a run looks at it.
const settings = { onefile: { polling: 'off' } };
const installation = useDeployment('runs', { enablesVendors: false, settings });
const deadlineMs = 60_000;

test('OF-9: the initial synchronisation of the seeded PICS is read by name before OneFile is enabled, and does just that', async () => {
  const deployment = installation();
  const { oneFile, pics } = deployment;
  await deployment.startRoles('outbound', 'poller', 'reconciler');
  const mark = await oneFile.mark();
  const rows = async () =>
    (await pics.query('select md5(string_agg(q::text, $1 order by q::text)) from pics.trqual q', ['|'])).rows;
  const before = await rows();
  const planned = await cli('runs', 'plan', 'onefile', 'initial');
  expect(planned).toMatchObject({
    state: 'planned',
    order: { kind: 'initial' },
    plan: { learners: 30, unlinked: 0 },
  });
  const does = new Set(
    (await itemsOf(planned.id)).flatMap(({ planned: { lines } }) => lines.map((line) => line.does)),
  );
  expect([...does].toSorted()).toEqual(expect.arrayContaining(['create', 'held', 'link', 'noted', 'pull']));
  const writes = (await oneFile.calls(mark)).filter(({ applied }) => applied);
  expect(writes).toEqual([]);
  expect(await rows()).toEqual(before);

  await deployment.mustCli('onefile', 'enable', '--yes');
  expect(await until(planned.id, 'done')).toMatchObject({
    approvedBy: expect.stringContaining('command line'),
  });
  const items = await itemsOf(planned.id);
  expect(items.filter((item) => differs(item))).toEqual([]);

  await settle(deployment);
  const again = await cli('runs', 'plan', 'onefile', 'audit');
  expect(again.state).toBe('done');
  expect((await itemsOf(again.id)).flatMap(({ planned: { lines } }) => lines.filter(isWork))).toEqual([]);
});

test('killed while it plans and while it works, a run is taken over where it stood; the one behind it waits and finds nothing left', async () => {
  const deployment = installation();
  const { oneFile, pics } = deployment;
  await deployment.startRoles('outbound', 'reconciler');
  const aims = (await readBlankAims(deployment, 'regno')).slice(0, 8);
  expect(aims.length).toBeGreaterThan(3);
  for (const { aimId } of aims)
    await oneFile.post(`/act/aims/${aimId}/registration`, { registrationNumber: `RUN-${aimId}` });
  // Slow enough to be met in each of its states.
  await oneFile.post('/rules', { match: { method: 'GET' }, times: null, delayMs: 300 });
  let poller = await start();
  const killWhen = async (id: number, isSo: (run: Run) => boolean): Promise<void> => {
    await eventually(async () => expect(isSo(await find(id))).toBe(true), deadlineMs);
    poller.kill('SIGKILL');
    await poller.ended;
    poller = await start();
  };
  const [one, two] = [await ask(), await ask()];
  await killWhen(one, ({ state, progress }) => state === 'asked' && progress.items > 0);
  const planned = await until(one, 'planned');
  expect(planned.plan).toMatchObject({ counts: { pull: aims.length } });
  const other = await until(two, 'planned');
  expect(other.plan?.digest).toBe(planned.plan?.digest);
  const mark = await oneFile.mark();
  // Watched from before the first approval on: the first run may be done before the second is approved.
  const killed = killWhen(one, ({ state }) => state === 'running');
  const approveBoth = async (): Promise<void> => {
    for (const { id, plan } of [planned, other])
      await deployment.mustCli('runs', 'approve', String(id), '--plan', plan?.digest ?? '', '--no-wait');
  };
  await Promise.all([killed, approveBoth()]);
  expect(await until(one, 'done')).toMatchObject({ progress: { failed: 0 } });
  expect((await itemsOf(one)).filter(differs)).toEqual([]);
  const { rows } = await pics.query<{ regno: string }>(
    "select trim(regno) as regno from pics.trqual where regno like 'RUN-%' order by regno",
  );
  expect(rows.map(({ regno }) => regno)).toEqual(aims.map(({ aimId }) => `RUN-${aimId}`).toSorted());

  // What the second was approved for, the first has done: nothing of it is done again.
  await until(two, 'done');
  expect((await oneFile.calls(mark)).filter(({ applied }) => applied)).toEqual([]);
  expect(await deployment.mustCli('runs', 'show', String(two))).toContain(
    `Run ${two}: synchronise with onefile, done`,
  );
  expect(await deployment.mustCli('runs', 'report', String(one))).toContain('as planned');
});

test('what has become another plan waits for the person again, with its sentence, and is done as it is then approved', async () => {
  const deployment = installation();
  const { oneFile, pics } = deployment;
  await deployment.startRoles('outbound', 'reconciler', 'poller');
  const [aim] = await readBlankAims(deployment, 'regno');
  if (aim === undefined) throw new Error('there is no aim without a number');
  const register = (values: Readonly<Record<string, string>>) =>
    oneFile.post(`/act/aims/${aim.aimId}/registration`, values);
  await register({ registrationNumber: 'RUN-STALE' });
  const planned = await cli('runs', 'plan', 'onefile', 'synchronise', '--ident', aim.ident);
  expect(planned).toMatchObject({ state: 'planned', plan: { learners: 1, counts: { pull: 1 } } });
  await register({ registrationNumber: 'RUN-STALE', registrationDate: '2026-06-15' });
  const stale = await deployment.cli(
    'runs',
    'approve',
    String(planned.id),
    '--plan',
    planned.plan?.digest ?? '',
  );
  expect(stale.code).not.toBe(0);
  expect(stale.stderr).toContain('has changed since the plan was made. Look at the new plan and approve it.');
  const again = await find(planned.id);
  expect(again).toMatchObject({ state: 'planned', code: 'PLAN_STALE' });
  const approved = await deployment.mustCli(
    'runs',
    'approve',
    String(planned.id),
    '--plan',
    again.plan?.digest ?? '',
  );
  expect(approved).toContain(`Run ${planned.id}: synchronise with onefile, done`);
  const { rows } = await pics.query(
    `select trim(regno) as regno, to_char(regdate, 'YYYY-MM-DD') as regdate from pics.trqual
      where ident = $1 and vqref = $2 and seq = $3`,
    [aim.ident, aim.vqref, aim.seq],
  );
  expect(rows).toEqual([{ regno: 'RUN-STALE', regdate: '2026-06-15' }]);
});

type Shown = Run & { readonly list: readonly RunItem[] };

async function cli(...args: string[]): Promise<Shown> {
  return JSON.parse(await installation().mustCli(...args, '--json')) as Shown;
}

function itemsOf(id: number): Promise<readonly RunItem[]> {
  return listRunItems(installation().store, id, {}, { afterIdent: null, limit: 10_000 });
}

async function find(id: number): Promise<Run> {
  const run = await readRun(installation().store, id);
  if (run === null) throw new Error(`there is no run ${id}`);
  return run;
}

async function until(id: number, state: RunState): Promise<Run> {
  await eventually(async () => expect((await find(id)).state).toBe(state), deadlineMs);
  return find(id);
}

/** The learners of one status, planned in the background. */
async function ask(): Promise<number> {
  const text = await installation().mustCli(
    'runs',
    'plan',
    'onefile',
    'synchronise',
    '--status',
    'L',
    '--no-wait',
    '--json',
  );
  return (JSON.parse(text) as { readonly run: number }).run;
}

async function start(): Promise<RoleProcess> {
  return installation().startRoles('poller');
}

function differs(item: RunItem): boolean {
  const { missing, more } = compareItem(item);
  return missing.length + more.length > 0;
}
