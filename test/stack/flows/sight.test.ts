import pg from 'pg';
import { expect } from 'vitest';
import { toPicsDatabase } from '../../support/deployment/config-file.ts';
import type { Deployment, RoleProcess } from '../../support/deployment/deployment.ts';
import { readMetric } from '../../support/deployment/metrics.ts';
import { readLinkedIdents } from '../../support/deployment/reviews.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const mebibyte = 1_048_576;
const installation = useDeployment('sight', {
  settings: { lag: { sampleIntervalMs: 500, slotBytesWarning: 24 * mebibyte } },
});
const deadlineMs = 60_000;

type Ready = {
  readonly isOk: boolean;
  readonly checks: Readonly<Record<string, { readonly detail: string }>>;
};

async function readReady({ httpUrl }: RoleProcess): Promise<Ready & { readonly code: number }> {
  const response = await fetch(`${httpUrl}/readyz`);
  return { code: response.status, ...((await response.json()) as Ready) };
}

function untilWell(ops: RoleProcess): Promise<void> {
  return eventually(async () => {
    const { code, checks } = await readReady(ops);
    expect([code, checks['exchange']?.detail]).toEqual([200, 'well']);
  }, deadlineMs);
}

function untilBad(ops: RoleProcess, detail: RegExp): Promise<void> {
  return eventually(async () => {
    const { code, checks } = await readReady(ops);
    expect(code).toBe(503);
    expect(checks['exchange']?.detail).toMatch(detail);
  }, deadlineMs);
}

type Row = { readonly what: string; readonly status: string; readonly advice: string };

async function readLag(
  deployment: Deployment,
): Promise<{ readonly code: number | null; readonly rows: Row[] }> {
  const { code, stdout } = await deployment.cli('lag', '--json');
  return { code, rows: JSON.parse(stdout) as Row[] };
}

test('G-11: what is missing is seen by lag, doctor, health and metrics, until it is cured', async () => {
  const deployment = installation();
  const { pics, store, kafka, topics } = deployment;
  await deployment.startRoles('outbound', 'reconciler');
  const poller = await deployment.startRoles('poller');
  const ops = await deployment.startRoles('ops');
  await untilWell(ops);

  // A table that was dropped and made again has lost publication and identity.
  await pics.query('alter publication picsync_pub drop table pics.epidata');
  await pics.query('alter table pics.officer replica identity default');
  await untilBad(ops, /capture: table pics.epidata is missed/);
  const spoiled = await readLag(deployment);
  expect(spoiled.code).toBe(1);
  const tables = spoiled.rows.filter(({ status }) => status === 'missed');
  expect(tables.map(({ what }) => what).toSorted()).toEqual([
    'capture: table pics.epidata',
    'capture: table pics.officer',
  ]);
  for (const { advice } of tables) expect(advice).toContain('pics prepare');
  await deployment.mustCli('pics', 'prepare');
  await untilWell(ops);

  // Dead letters: a change and a command.
  const producer = kafka.createProducer();
  for (const topic of [topics.pics.trqual, topics.request])
    await producer.send([{ topic, key: Buffer.from('bad'), value: Buffer.from('no record') }]);
  await producer.close();
  await untilBad(ops, /dead letters: \S+trqual \(not-wire-format\) is missed/);
  await untilBad(ops, /dead letters: \S+request \(not-wire-format\) is missed/);
  expect(await readMetric(ops, 'lag_status', { status: 'missed' })).toBe(2);
  const doctor = await deployment.cli('doctor');
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toMatch(/fail {2}dead letters: \S+trqual/);
  const listed = await deployment.mustCli('alarms', 'list');
  expect(listed).toMatch(/dead-letter +\S+trqual/);
  // The poller's group reads the commands too.
  expect(await deployment.mustCli('alarms', 'acknowledge', '--all')).toBe('2 alarms acknowledged.\n');
  await untilWell(ops);

  // A daily run that does not come: the poller is down.
  await deployment.mustCli('onefile', 'pull');
  await poller.stop();
  await store.query(
    `update sync.cursor set value = jsonb_set(value::jsonb, '{lastCompleted}',
       to_jsonb((extract(epoch from now() - interval '3 days') * 1000)::bigint))::text where resource = 'runs'`,
  );
  await store.query(`update sync.vendor_state set changed_at = now() - interval '9 days'`);
  await untilBad(ops, /full pass: OneFile is overdue/);
  const ageS = await readMetric(ops, 'lag_seconds', { what: 'full pass: OneFile' });
  expect(ageS).toBeGreaterThan(2.9 * 86_400);
  await deployment.startRoles('poller');
  await untilWell(ops);
  expect(await readMetric(ops, 'full_pass_calls')).toBeGreaterThan(0);
});

test('G-11: log kept by a transaction that stays open is late, and names its process and program', async () => {
  const deployment = installation();
  const { pics } = deployment;
  const { host, port, user, password } = deployment.stack.postgres;
  const [ident = ''] = await readLinkedIdents(deployment);
  const long = new pg.Client({
    ...{ host, port, user, password, database: toPicsDatabase(deployment.name) },
    application_name: 'nightly report',
  });
  await long.connect();
  const { rows } = await long.query<{ pid: number }>('select pg_backend_pid() as pid');
  await long.query('begin');
  await long.query('update pics.trainee set phone = phone where ident = $1', [ident]);
  // Not compressed: what is written is what the log holds.
  await pics.query('create table pics.bulk (filler text)');
  await pics.query('alter table pics.bulk alter filler set storage external');
  try {
    await eventually(async () => {
      await pics.query(
        `insert into pics.bulk select repeat(md5(n::text), 250) from generate_series(1, 2000) n`,
      );
      const row = (await readLag(deployment)).rows.find(({ what }) => what === 'capture: log kept in PICS');
      expect(row?.status).toBe('late');
      expect(row?.advice).toContain(`process ${rows[0]?.pid} (nightly report)`);
      expect(row?.advice).not.toContain('update pics.trainee');
    }, 110_000);
  } finally {
    await long.end();
    await pics.query('drop table pics.bulk');
  }
  await eventually(async () => {
    const row = (await readLag(deployment)).rows.find(({ what }) => what === 'capture: log kept in PICS');
    expect(row?.status).toBe('ok');
  }, deadlineMs);
});
