import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { insertRequest, readRequest } from '../../../src/pics/request.ts';
import type { CliResult } from '../../support/deployment/deployment.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('enrol', {
  // With the default of 60 s a create that a killed worker left is not known to be absent for 140 s.
  settings: { onefile: { fallbackClassroomId: '2001', fallbackPlacementId: '3001', callTimeoutMs: 5_000 } },
});
const deadlineMs = 90_000;

/** The learner with a reference that three standards carry, and one of a reference that none carries. */
const choosing = { ident: '10023', shared: '50096589', unknown: '501/9899/6' } as const;
/** Two learners of one officer whom OneFile does not know. */
const officer = 'BBA005';

type User = { readonly ID: number; readonly MISID: string | null; readonly DefaultAssessorID: number | null };
type Row = { status: string; code: string | null; message: string; result: Record<string, unknown> };

test('a preview asks for what is to be chosen, and the command enrols with it: OF-12, OF-15, OF-23', async () => {
  const deployment = installation();
  await deployment.startRoles('outbound', 'reconciler');
  const mark = await deployment.oneFile.mark();
  const { result: plan } = await cli('enrol', choosing.ident, '--preview');
  expect(plan).toMatchObject({
    refusal: { code: 'CHOOSE' },
    qualifications: expect.arrayContaining([
      expect.objectContaining({ reference: choosing.shared, state: 'choose' }),
      expect.objectContaining({ reference: choosing.unknown, state: 'unavailable' }),
    ]),
  });
  expect(await command('enrol', { ident: choosing.ident })).toMatchObject({
    ...{ status: 'refused', code: 'CHOOSE' },
  });
  expect(await command('enrol', { ident: '10024' })).toMatchObject({
    ...{ status: 'refused', code: 'NO_EMAIL' },
  });
  expect(await countWrites(mark)).toEqual({});

  const qualifications = plan['qualifications'] as { reference: string; pathways: { id: string }[] }[];
  const shared = qualifications.find(({ reference }) => reference === choosing.shared);
  const standardId = shared?.pathways[1]?.id ?? '';
  const given = `${choosing.shared}=${standardId}`;
  const enrolled = await cli('enrol', choosing.ident, '--yes', '--pathway', given);
  expect(enrolled).toMatchObject({ status: 'done', result: { skipped: [choosing.unknown] } });
  const [learner] = await findUsers(choosing.ident);
  expect(String(learner?.ID)).toBe(enrolled.result['vendorId']);
  const aims = await deployment.oneFile.records<{ UserID: number; StandardID: number }>('aims');
  const own = aims.filter(({ UserID }) => UserID === learner?.ID).map(({ StandardID }) => StandardID);
  expect(own.map(String)).toEqual([standardId]);
  await eventually(
    async () => expect(await readShownId(choosing.ident)).toBe(String(learner?.ID)),
    deadlineMs,
  );
  expect(await command('enrol', { ident: choosing.ident })).toMatchObject({ code: 'ALREADY_LINKED' });
});

test('two learners of one officer, enrolled at once and killed on the way: one assessor, each learner once (OF-21, G-3, OF-82)', async () => {
  const deployment = installation();
  const { oneFile, pics } = deployment;
  const idents = ['10016', '10013'] as const;
  await pics.query('update pics.trainee set main_off = $2 where ident = any($1::bpchar[])', [
    idents,
    officer,
  ]);
  await pics.query(`update pics.officer set other_id = null where code = $1`, [officer]);
  const [first] = await Promise.all([deployment.startRoles('outbound'), deployment.startRoles('reconciler')]);
  const mark = await oneFile.mark();
  const match = { method: 'POST', path: 'User', bodyIncludes: idents[0] };
  await oneFile.post('/rules', { match, delayMs: 3_500 });
  const requests = await Promise.all(idents.map((ident) => give('enrol', { ident })));
  await eventually(async () => expect(await findUsers(idents[0])).toHaveLength(1), deadlineMs);
  first.kill('SIGKILL');
  await first.ended;
  await oneFile.delete('/rules');
  expect(await findUsers(officer)).toHaveLength(1);

  await deployment.startRoles('outbound');
  for (const id of requests) expect(await untilEnded(id)).toMatchObject({ status: 'done' });
  for (const ident of idents) expect(await findUsers(ident)).toHaveLength(1);
  const [assessor, ...more] = await findUsers(officer);
  expect(more).toEqual([]);
  for (const ident of idents) expect((await findUsers(ident))[0]?.DefaultAssessorID).toBe(assessor?.ID);
  expect((await countWrites(mark))['POST User']).toBe(3);
});

test('OF-30, D-8: a person looks an assessor up and links it to two codes, and PICS shows the id at both', async () => {
  const deployment = installation();
  const { oneFile, pics } = deployment;
  await deployment.startRoles('outbound', 'reconciler');
  const made = await oneFile.post<{ id: number }>('/act/users', {
    ...{ OrganisationID: 301, Role: 5, FirstName: 'Ottoline', LastName: "O'Hara-Quist" },
    Email: 'ottoline@larkfield.example',
  });
  const shown = (code: string) =>
    pics
      .query(`select nullif(trim(other_id), '') as id from pics.officer where code = $1`, [code])
      .then(({ rows }) => rows[0]?.id ?? null);
  const { rows } = await pics.query(
    `select trim(code) as code from pics.officer where code <> $1 and nullif(trim(other_id), '') is not null order by code limit 2`,
    [officer],
  );
  const [code = '', other = ''] = rows.map((row) => String(row.code));
  const found = await cli('lookup', 'officers', "o'hara");
  expect(found.result['found']).toMatchObject([{ id: String(made.id), linkedTo: null }]);
  const mark = await oneFile.mark();
  expect(await cli('link', 'officer', code, String(made.id))).toMatchObject({ status: 'done' });
  await eventually(async () => expect(await shown(code)).toBe(String(made.id)), deadlineMs);
  // D-8: PICS often has two codes for one person, and both may use the assessor.
  expect(await command('link-officer', { officer: other, vendorId: String(made.id) })).toMatchObject({
    status: 'done',
  });
  await eventually(async () => expect(await shown(other)).toBe(String(made.id)), deadlineMs);
  expect(await command('link-officer', { officer: code, vendorId: '99999999' })).toMatchObject({
    code: 'ID_NOT_FOUND',
  });
  expect(await command('link-officer', { officer: code })).toMatchObject({ status: 'done' });
  await eventually(async () => expect(await shown(code)).toBeNull(), deadlineMs);
  expect(await countWrites(mark)).toEqual({});
});

/** A command of the OneFile group as a program gives it. */
async function cli(...args: string[]): Promise<Row> {
  const { stdout, stderr }: CliResult = await installation().cli(
    'onefile',
    ...args,
    '--json',
    '--timeout',
    '60',
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Row;
}

type About = { readonly ident?: string; readonly officer?: string; readonly vendorId?: string };

/** A command as PICS gives it: nobody waits for it. */
async function give(kind: string, { ident, officer: code, vendorId }: About): Promise<string> {
  const id = randomUUID();
  await insertRequest(installation().pics, {
    ...{ id, kind, vendor: 'onefile', ident: ident ?? null, officer: code ?? null, organisation: null },
    ...{ payload: vendorId === undefined ? null : { vendorId }, requestedBy: 'test' },
  });
  return id;
}

async function command(kind: string, about: About) {
  return untilEnded(await give(kind, about));
}

function untilEnded(id: string) {
  return eventually(async () => {
    const row = await readRequest(installation().pics, id);
    if (row === null || ['new', 'working'].includes(row.status)) throw new Error(`still ${row?.status}`);
    return row;
  }, deadlineMs);
}

async function findUsers(misId: string): Promise<User[]> {
  const users = await installation().oneFile.records<User>('users');
  return users.filter((user) => user.MISID === misId);
}

async function readShownId(ident: string): Promise<string | null> {
  const { rows } = await installation().pics.query<{ id: string | null }>(
    `select nullif(trim(other_sys_id), '') as id from pics.pctrndet where ident = $1`,
    [ident],
  );
  return rows[0]?.id ?? null;
}

/** Calls that changed something, by route. */
async function countWrites(since: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { method, route = '', applied } of await installation().oneFile.calls(since)) {
    if (method === 'GET' || !applied || /Search|Authentication/.test(route)) continue;
    const key = `${method} ${route}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
