import { expect } from 'vitest';
import { readRuns } from '../../../src/store/polling.ts';
import { readVendorState } from '../../../src/store/vendor-state.ts';
import {
  type BlankAim,
  readAim,
  readBlankAims,
  setCertificateApplied,
} from '../../support/deployment/aims.ts';
import { command } from '../../support/deployment/commands.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { planReview } from '../../support/deployment/reviews.ts';
import { untilCaptured } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const settings = { onefile: { dailyScope: 'liveRecent' } };
const installation = useDeployment('enabling', { enablesVendors: false, settings });
const deadlineMs = 30_000;

test('OF-9, OF-34, A-46: the first enabling shows warnings and plan, links who is surely the same, and exchanges everybody', async () => {
  const deployment = installation();
  const [sure, likely] = (await readBlankAims(deployment)) as [BlankAim, BlankAim];
  await forget(deployment, sure, { MISID: null });
  await forget(deployment, likely, { MISID: null, ULN: null });
  await planReview(deployment, { ident: '10006' });
  const before = await readReviews(deployment);
  await deployment.startRoles('outbound', 'poller', 'reconciler');

  expect(await command(deployment, 'synchronise')).toMatchObject({ status: 'refused', code: 'DISABLED' });
  const shown = await command(deployment, 'enable', { payload: { confirmed: ['W-1'] } });
  expect(shown).toMatchObject({
    ...{ status: 'refused', code: 'WARNINGS_OPEN', message: 'Read and confirm the warnings first: W-3.' },
    result: { plan: { linked: 0, toLink: { misValue: 0, uln: 1 }, digest: expect.any(String) } },
  });
  const { plan } = shown.result as { plan: { digest: string; proposals: { ident: string }[] } };
  expect(plan.proposals.map(({ ident }) => ident)).toContain(likely.ident);
  expect(await readRoutes(deployment)).toEqual([
    ...['Authentication', 'Customer', 'Organisation/Search', 'Placement/Search', 'User/Search'],
  ]);
  const confirmed = ['W-1', 'W-3'];
  expect(await command(deployment, 'enable', { payload: { confirmed, plan: 'old' } })).toMatchObject({
    ...{ status: 'refused', code: 'PLAN_STALE' },
  });

  const enabled = await command(deployment, 'enable', { payload: { confirmed, plan: plan.digest } });
  expect(enabled).toMatchObject({ status: 'done', result: { centre: '301' } });
  await untilSynchronised(deployment);
  await eventually(
    async () => expect(await readOneFileId(deployment, sure)).toBe(String(sure.learnerId)),
    deadlineMs,
  );
  expect(await readOneFileId(deployment, likely), 'same names prove nothing').toBeNull();

  // Ended 32 days ago is out of the daily run, and in this one.
  await eventually(async () => {
    const sent = new Set((await readReviews(deployment)).filter(isSent).map(({ id }) => id));
    const ours = before.filter((one) => !isSent(one) && sent.has(one.id));
    expect(ours.map(({ id }) => id)).toEqual(before.filter(({ isNew }) => isNew).map(({ id }) => id));
    expect(new Set(ours.map(({ ident }) => ident))).toEqual(new Set(['10006', '10021']));
  }, deadlineMs);

  // OF-3: what is smaller than a full run does not move its time.
  const { lastCompleted } = await readRuns(deployment.store, 'onefile');
  expect(await command(deployment, 'refresh-qualification-links')).toMatchObject({ status: 'done' });
  expect(await command(deployment, 'refresh', { ident: sure.ident })).toMatchObject({ code: null });
  const status = JSON.parse(await deployment.mustCli('onefile', 'status', '--json'));
  expect(status).toMatchObject({
    ...{ isEnabled: true, centre: '301', warningsOpen: [], approvedPlan: null },
    ...{ lastSynchronisedAtMs: lastCompleted, syncDueSinceMs: null },
  });
});

test('G-8: while OneFile is disabled nothing is called, and enabling makes both sides equal', async () => {
  const deployment = installation();
  const { oneFile, pics } = deployment;
  await deployment.startRoles('outbound', 'poller', 'reconciler');
  const [, , ours, theirs] = (await readBlankAims(deployment)) as BlankAim[] as [
    never,
    never,
    BlankAim,
    BlankAim,
  ];
  // Enabled already when it is not run alone: then nothing but the confirmation is new.
  await command(deployment, 'enable', { payload: { confirmed: ['W-1', 'W-3'] } });
  await untilSynchronised(deployment);
  expect(await command(deployment, 'disable')).toMatchObject({ status: 'done' });
  expect(await command(deployment, 'disable')).toMatchObject({ status: 'refused', code: 'DISABLED' });
  await eventually(async () => {
    const mark = await oneFile.mark();
    await untilCaptured(deployment);
    expect(await oneFile.calls(mark)).toEqual([]);
  }, deadlineMs);

  const mark = await oneFile.mark();
  await setCertificateApplied(deployment, ours, '2025-02-03');
  await oneFile.post(`/act/aims/${theirs.aimId}/registration`, { registrationNumber: 'G8' });
  await untilCaptured(deployment);
  expect(await command(deployment, 'refresh', { ident: ours.ident })).toMatchObject({ code: 'DISABLED' });
  expect(await oneFile.calls(mark)).toEqual([]);

  // What was confirmed for this centre with these words needs no second reading.
  expect(await command(deployment, 'enable')).toMatchObject({ status: 'done' });
  await untilSynchronised(deployment);
  await eventually(async () => {
    expect((await readAim(deployment, ours)).CertificateAppliedDate).toContain('2025-02-03');
    const { rows } = await pics.query(
      'select trim(regno) as regno from pics.trqual where ident = $1 and vqref = $2 and seq = $3',
      [theirs.ident, theirs.vqref, theirs.seq],
    );
    expect(rows).toEqual([{ regno: 'G8' }]);
  }, deadlineMs);
  const calls = await oneFile.calls(mark);
  expect(
    calls.filter(({ method, path }) => method === 'POST' && path === 'Review'),
    'none is sent twice',
  ).toEqual([]);
});

/** PICS forgets who the learner is at OneFile, and OneFile forgets some of what it knows. */
async function forget(
  { pics, oneFile }: Deployment,
  { ident, learnerId }: BlankAim,
  known: object,
): Promise<void> {
  await pics.query('update pics.pctrndet set other_sys_id = null where ident = $1', [ident]);
  const user = await oneFile.get<Record<string, unknown>>(`/records/users/${learnerId}`);
  const { archived: _archived, deletedAt: _deletedAt, assignments: _assignments, ...record } = user;
  await oneFile.post('/records', { users: [{ ...record, ...known }] });
}

type ReviewRow = {
  readonly id: string;
  readonly ident: string;
  readonly onefile_id: string | null;
  readonly isNew: boolean;
};

const isSent = ({ onefile_id: id }: ReviewRow): boolean => id !== null;

/** Reviews of one who ended 32 days ago and of one with reviews of every kind; new by OF-19. */
async function readReviews({ pics }: Deployment): Promise<ReviewRow[]> {
  const { rows } = await pics.query<ReviewRow>(
    `select id, trim(ident) as ident, onefile_id, (type = 'N' and coalesce(attended, '') = ''
       and actual is null and proposed is not null and onefile_id is null) as "isNew"
     from pics.itp_revu where ident in ('10006', '10021') order by id`,
  );
  return rows;
}

async function untilSynchronised({ store }: Deployment): Promise<void> {
  await eventually(async () => {
    const { isEnabled, syncDueAtMs } = await readVendorState(store, 'onefile');
    const { open, lastCompleted } = await readRuns(store, 'onefile');
    expect({ isEnabled, syncDueAtMs, open }).toEqual({ isEnabled: true, syncDueAtMs: null, open: null });
    expect(lastCompleted).not.toBeNull();
  }, deadlineMs);
}

async function readOneFileId({ pics }: Deployment, { ident }: BlankAim): Promise<string | null> {
  const { rows } = await pics.query<{ id: string | null }>(
    'select trim(other_sys_id) as id from pics.pctrndet where ident = $1',
    [ident],
  );
  return rows[0]?.id ?? null;
}

/** What was called of OneFile so far, each once. */
async function readRoutes({ oneFile }: Deployment): Promise<string[]> {
  const calls = await oneFile.calls();
  return [...new Set(calls.map(({ path }) => path.split('/').slice(0, 2).join('/')))].sort();
}
