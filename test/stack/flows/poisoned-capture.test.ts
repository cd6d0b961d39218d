import { expect } from 'vitest';
import { createConnectClient, toStateOf } from '../../../src/ops/connector.ts';
import { type BlankAim, readAim, readBlankAims } from '../../support/deployment/aims.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { countRestarts } from '../../support/deployment/metrics.ts';
import { readTopic } from '../../support/deployment/read-topic.ts';
import {
  expectOnceEach,
  planReview,
  readLinkedIdents,
  untilDelivered,
} from '../../support/deployment/reviews.ts';
import { settle } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

// G-12: what people and other programs do to the database of PICS never ends the capture of the other tables.

const installation = useDeployment('poison');
const deadlineMs = 60_000;

/** A review is still delivered, the connector runs, nothing was buried. */
async function expectCaptureGoesOn(deployment: Deployment): Promise<void> {
  const [ident = ''] = await readLinkedIdents(deployment);
  const review = await planReview(deployment, { ident });
  await untilDelivered(deployment, [review]);
  await settle(deployment);
  await expectOnceEach(deployment, [review]);
  const status = await createConnectClient({ url: deployment.stack.connect }).readStatus(deployment.name);
  expect(status === null ? null : toStateOf(status)).toBe('RUNNING');
  expect(await readTopic(deployment, deployment.topics.deadLetter)).toEqual([]);
}

async function typeNumber({ pics }: Deployment, aim: BlankAim, number: string): Promise<void> {
  await pics.query('update pics.trqual set regno = $4 where ident = $1 and vqref = $2 and seq = $3', [
    aim.ident,
    aim.vqref,
    aim.seq,
    number,
  ]);
}

async function untilAtOneFile(deployment: Deployment, aim: BlankAim, number: string): Promise<void> {
  await eventually(async () => {
    expect((await readAim(deployment, aim)).RegistrationNumber).toBe(number);
  }, deadlineMs);
}

test('G-12: a table that is truncated and loaded again is compared, and all others flow', async () => {
  const deployment = installation();
  const { pics, topics } = deployment;
  await deployment.startRoles('outbound', 'reconciler');
  const [aim] = await readBlankAims(deployment, 'regno');
  if (aim === undefined) throw new Error('the seed has an aim without a registration number');
  const client = await pics.connect();
  await client.query('begin');
  await client.query('create temp table keep on commit drop as select * from pics.trqual');
  await client.query(`update keep set regno = 'RELOAD1' where ident = $1 and vqref = $2 and seq = $3`, [
    aim.ident,
    aim.vqref,
    aim.seq,
  ]);
  await client.query('truncate pics.trqual, pics.trplace');
  await client.query('insert into pics.trqual select * from keep');
  await client.query('commit');
  client.release();
  await untilAtOneFile(deployment, aim, 'RELOAD1');
  await expectCaptureGoesOn(deployment);
  const records = await readTopic(deployment, topics.pics.trqual);
  expect(records.filter(({ key }) => key === null)).toEqual([]);
});

test('G-12: a command larger than a record is refused in PICS, by name; a message of another program stays there', async () => {
  const deployment = installation();
  const { pics, kafka, topics } = deployment;
  await deployment.startRoles('outbound', 'reconciler');
  const large = `insert into picsync.request (id, kind, vendor, ident, payload) select gen_random_uuid(), 'refresh',
    'onefile', '20001', jsonb_build_object('x', (select string_agg(md5(random()::text), '') from generate_series(1, $1)))`;
  await expect(pics.query(large, [70_000])).rejects.toMatchObject({
    code: '23514',
    constraint: 'request_payload_has_at_most_256_KiB',
  });
  await pics.query(large, [8_000]);
  await pics.query(`select pg_logical_emit_message(true, 'crm', '{"name":"A Person"}')`);
  await pics.query(`select pg_logical_emit_message(false, 'crm', repeat('A Person ', 250000))`);
  await expectCaptureGoesOn(deployment);
  const all = await kafka.admin.listTopics();
  expect(all.filter((name) => name.startsWith(deployment.name) && name.includes('message'))).toEqual([]);
  const commands = await readTopic(deployment, topics.request);
  expect(commands.some(({ value }) => (value?.length ?? 0) > 250_000)).toBe(true);
});

test('G-12: a text of two million characters in a captured column is cut in the event, and nothing else', async () => {
  const deployment = installation();
  const { pics, topics } = deployment;
  await deployment.startRoles('outbound', 'reconciler');
  const [, ident = ''] = await readLinkedIdents(deployment);
  await pics.query('alter table pics.itp_revu alter column attended type text');
  const review = await planReview(deployment, { ident });
  await untilDelivered(deployment, [review]);
  const long = `select string_agg(md5(random()::text), '') from generate_series(1, 62500)`;
  await pics.query(`update pics.itp_revu set attended = (${long}) where id = $1`, [review.id]);
  await expectCaptureGoesOn(deployment);
  const { rows } = await pics.query<{ length: number }>(
    'select length(attended) as length from pics.itp_revu where id = $1',
    [review.id],
  );
  expect(rows).toEqual([{ length: 2_000_000 }]);
  const records = await readTopic(deployment, topics.pics.itp_revu);
  expect(Math.max(...records.map(({ value }) => value?.length ?? 0))).toBeLessThan(10_000);
});

test('G-12: columns that become bigint and numeric are read on', async () => {
  const deployment = installation();
  const { pics } = deployment;
  const outbound = await deployment.startRoles('outbound', 'reconciler');
  const [first, second] = await readBlankAims(deployment, 'regno');
  if (first === undefined || second === undefined) throw new Error('the seed has two such aims');
  await pics.query('alter table pics.trqual alter tot_elem type bigint, alter done_elem type bigint');
  await typeNumber(deployment, first, 'BIGINT1');
  await untilAtOneFile(deployment, first, 'BIGINT1');
  await pics.query(
    'alter table pics.trqual alter tot_elem type numeric(6,0), alter done_elem type numeric(8,2)',
  );
  await typeNumber(deployment, second, 'NUMERIC1');
  await untilAtOneFile(deployment, second, 'NUMERIC1');
  await expectCaptureGoesOn(deployment);
  expect(await countRestarts(outbound)).toBe(0);
});

test('G-12: a table that is dropped and made again is captured again after "pics prepare", and the others never stop', async () => {
  const deployment = installation();
  const { pics } = deployment;
  await deployment.startRoles('outbound', 'reconciler');
  await pics.query(`create table pics.kept (like pics.trqual including all);
    insert into pics.kept select * from pics.trqual;
    drop table pics.trqual;
    alter table pics.kept rename to trqual`);
  const prepared = await deployment.mustCli('pics', 'prepare');
  expect(prepared).toContain('publication picsync_pub');
  expect(prepared).toContain('replica identity full on pics.trqual');
  expect(await deployment.mustCli('pics', 'prepare')).toContain('already prepared');
  const [aim] = await readBlankAims(deployment, 'regno');
  if (aim === undefined) throw new Error('the seed has an aim without a registration number');
  await typeNumber(deployment, aim, 'AGAIN1');
  await untilAtOneFile(deployment, aim, 'AGAIN1');
  await expectCaptureGoesOn(deployment);
});
