import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { type BlankAim, readBlankAims, setCertificateApplied } from '../../support/deployment/aims.ts';
import type { Deployment, RoleProcess } from '../../support/deployment/deployment.ts';
import { readTopic } from '../../support/deployment/read-topic.ts';
import {
  expectOnceEach,
  planReview,
  readLinkedOfficer,
  readReviewRow,
  untilDelivered,
} from '../../support/deployment/reviews.ts';
import { settle, untilPolled } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';
import { fieldOf, openTraceReceiver, type Span } from '../../support/trace-receiver.ts';

const installation = useDeployment('private', { settings: { log: { level: 'debug' } } });
const deadlineMs = 60_000;

/** Every planted value holds the word; the date of birth cannot. */
const linnet = /linnet|1971-03-17|17 Mar(ch)? 1971/i;

test('no personal word reaches logs, metrics, traces, headers, keys, dead letters or the ledger, whatever happens to the learner', async () => {
  const deployment = installation();
  const { store, topics } = deployment;
  const [aim] = await readBlankAims(deployment);
  if (aim === undefined) throw new Error('the seed has a blank aim');
  const receiver = await openTraceReceiver();
  const roles = await Promise.all([
    deployment.startRolesWith({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint }, 'outbound'),
    deployment.startRoles('poller', 'reconciler'),
    deployment.startRoles('ops'),
  ]);
  await plantInPics(deployment, aim.ident);
  await plantAtOneFile(deployment, aim.learnerId);
  await setCertificateApplied(deployment, aim, '2026-01-05');
  const uploaded = await planReview(deployment, aim);
  await untilDelivered(deployment, [uploaded]);
  await startAtOneFile(deployment, uploaded.id);
  await loseAnAnswer(deployment, aim);
  await beRefused(deployment, aim);
  await beRefusedByPics(deployment, aim);
  await buryARecord(deployment);
  // Its result names what is held, and is there for a person.
  expect((await deployment.cli('onefile', 'pull', aim.ident)).stdout).toContain('PICS_REFUSED');
  await untilPolled(deployment);
  await settle(deployment);
  await expectOnceEach(deployment, [uploaded]);

  // What is hunted for is really there, where it may be.
  expect(await findInValues(deployment, topics.pics.trainee)).toBeGreaterThan(0);
  expect(await findInValues(deployment, topics.entities['onefile.learner'])).toBeGreaterThan(0);
  expect(await findInTable(deployment, 'shadow')).not.toEqual([]);
  const { rows } = await store.query<{ code: string }>('select code from sync.held where closed_at is null');
  expect(rows.map(({ code }) => code)).toEqual(expect.arrayContaining(['VENDOR_REFUSED', 'PICS_REFUSED']));

  expect(await findInMetrics(roles)).toEqual([]);
  for (const table of ['intent', 'journal', 'lane', 'link', 'lease', 'cursor', 'pass', 'field_support'])
    expect([table, await findInTable(deployment, table)]).toEqual([table, []]);
  expect(await findInHeadersAndKeys(deployment)).toEqual([]);
  expect(await findInValues(deployment, topics.deadLetter)).toBe(0);
  await deployment.stopRoles();
  expect(await findInLogs(deployment)).toEqual([]);
  // What was left is sent when the process ends.
  expectTraces(receiver.spans());
  expect(receiver.bodies.filter((body) => linnet.test(body))).toEqual([]);
});

/** Changes that were sent and one that was refused have traces of the process that ran. */
function expectTraces(spans: readonly Span[]): void {
  const roots = spans.filter(({ name }) => name === 'change');
  expect(roots.map((root) => fieldOf(root, 'disposition'))).toEqual(
    expect.arrayContaining(['settled', 'held']),
  );
  const names = new Set(spans.map(({ name }) => name));
  expect([...names]).toEqual(
    expect.arrayContaining([
      'capture',
      'decide',
      'wait',
      'call create-visit',
      'call create-review',
      'record',
    ]),
  );
  for (const { traceId } of spans) expect(roots.map((root) => root.traceId)).toContain(traceId);
}

async function plantInPics(deployment: Deployment, ident: string): Promise<void> {
  const { pics } = deployment;
  await pics.query(
    `update pics.trainee set firstname = 'Linnetfirst', surname = 'Linnetlast', prefname = 'Linnetpref',
       prevsurn = 'Linnetprev', ninumber = 'LINNETNI1', addr1 = '1 Linnet Row', addr2 = 'Linnet 2',
       addr3 = 'Linnet 3', addr4 = 'Linnet 4', addr5 = 'Linnet 5', postcode = 'LINNETPC',
       phone = 'linnet 01632 960001', mobile = 'linnet 07700 900001', birthdate = '1971-03-17',
       notes = 'Linnet notes' where ident = $1`,
    [ident],
  );
  await pics.query(
    `update pics.pctrndet set email = 'linnet@learner.example.org', miap_uln = 'LINNETULN1',
       lsc_ulin = 'LINNETLRN123', prov_id = 'LINNET-PROV' where ident = $1`,
    [ident],
  );
  await pics.query(
    `update pics.officer set forename = 'Linnetofficer', surname = 'Linnetstaff', phone = 'linnet 01632 960002',
       mobile = 'linnet 07700 900002', email = 'linnet@staff.example.org', notes = 'Linnet' where code = $1`,
    [await readLinkedOfficer(deployment)],
  );
  await pics.query(
    `update pics.itp_revu set notes = 'Linnet said', user_def_1 = 'Linnet defined' where ident = $1`,
    [ident],
  );
}

async function plantAtOneFile({ oneFile }: Deployment, learnerId: number): Promise<void> {
  const record = await oneFile.get<Record<string, unknown>>(`/records/users/${learnerId}`);
  const words = {
    FirstName: 'Linnetfirst',
    LastName: 'Linnetlast',
    Email: 'linnet@learner.example.org',
    Telephone: 'linnet 01632 960001',
    MobileNumber: 'linnet 07700 900001',
    HomeAddress: '1 Linnet Row',
    ULN: 'LINNETULN1',
    NINO: 'LINNETNI1',
    DOB: '1971-03-17T00:00:00.000Z',
  };
  await oneFile.post('/records', { users: [{ ...record, ...words }] });
}

async function startAtOneFile(deployment: Deployment, id: string): Promise<void> {
  const row = await readReviewRow(deployment, id);
  await deployment.oneFile.post(`/act/reviews/${row?.onefile_id}/start`, { at: '2025-02-03T09:00:00Z' });
  await eventually(async () => {
    expect((await readReviewRow(deployment, id))?.attended).toBe('Y');
  }, deadlineMs);
}

async function loseAnAnswer(deployment: Deployment, { ident }: BlankAim): Promise<void> {
  const match = { method: 'POST', path: 'Review' };
  await deployment.oneFile.post('/rules', { match, action: { type: 'apply-then-drop' } });
  const review = await planReview(deployment, { ident });
  await untilDelivered(deployment, [review]);
}

/** OneFile explains a refusal in words of its own, with names in them. */
async function beRefused(deployment: Deployment, { ident }: BlankAim): Promise<void> {
  const body = {
    code: -57,
    message: 'Linnetfirst Linnetlast (linnet@learner.example.org) cannot be visited',
  };
  await deployment.oneFile.post('/rules', {
    match: { method: 'POST', path: 'Visit' },
    action: { type: 'answer', status: 400, body },
  });
  const review = await planReview(deployment, { ident });
  await eventually(async () => {
    const { rows } = await deployment.store.query<{ params: object }>(
      `select params from sync.held where subject = $1 and code = 'VENDOR_REFUSED'`,
      [`review:${review.id}`],
    );
    expect(JSON.stringify(rows)).toContain('Linnetfirst');
  }, deadlineMs);
}

/** The database refuses the reconciler's write, and shows the whole row in its complaint. */
async function beRefusedByPics(deployment: Deployment, { aimId, ident }: BlankAim): Promise<void> {
  const { oneFile, store, pics } = deployment;
  await pics.query(`alter table pics.trqual add check (ident <> '${ident}' or regno not like 'linnet%')`);
  await oneFile.post(`/act/aims/${aimId}/registration`, { registrationNumber: 'linnet 1' });
  await eventually(async () => {
    const { rows } = await store.query(`select 1 from sync.held where code = 'PICS_REFUSED'`);
    expect(rows).toHaveLength(1);
  }, deadlineMs);
}

async function buryARecord({ kafka, topics }: Deployment): Promise<void> {
  const producer = kafka.createProducer();
  const value = Buffer.from('Linnetfirst Linnetlast');
  for (const topic of [topics.pics.trainee, topics.entities['onefile.review']])
    await producer.send([{ topic, key: Buffer.from('bad'), value }]);
  await producer.close();
}

async function findInLogs({ directory }: Deployment): Promise<string[]> {
  const files = (await readdir(directory)).filter(
    (file) => file.endsWith('.log') && file !== 'simulator.log',
  );
  expect(files).toHaveLength(3);
  const texts = await Promise.all(files.map((file) => readFile(path.join(directory, file), 'utf8')));
  return texts.flatMap((text) => text.split('\n')).filter((line) => linnet.test(line));
}

async function findInMetrics(roles: readonly RoleProcess[]): Promise<string[]> {
  const texts = await Promise.all(
    roles.flatMap(({ httpUrl }) =>
      ['metrics', 'healthz', 'readyz', 'status.json'].map(async (page) =>
        (await fetch(`${httpUrl}/${page}`)).text(),
      ),
    ),
  );
  expect(texts.join('')).toContain('pics_sync_');
  return texts.flatMap((text) => text.split('\n')).filter((line) => linnet.test(line));
}

async function findInTable({ store }: Deployment, table: string): Promise<string[]> {
  const { rows } = await store.query<{ text: string }>(`select t::text as text from sync.${table} t`);
  return rows.map(({ text }) => text).filter((text) => linnet.test(text));
}

async function findInHeadersAndKeys(deployment: Deployment): Promise<string[]> {
  const { kafka, name } = deployment;
  const topics = (await kafka.admin.listTopics()).filter((topic) => topic.includes(`${name}.`));
  expect(topics.length).toBeGreaterThan(15);
  const found: string[] = [];
  for (const topic of topics) {
    for (const { key, headers } of await readTopic(deployment, topic)) {
      const text = `${key?.toString('latin1')} ${JSON.stringify(headers)}`;
      if (linnet.test(text)) found.push(`${topic}: ${text}`);
    }
  }
  return found;
}

async function findInValues(deployment: Deployment, topic: string): Promise<number> {
  const records = await readTopic(deployment, topic);
  return records.filter(({ value }) => value !== null && linnet.test(value.toString('latin1'))).length;
}
