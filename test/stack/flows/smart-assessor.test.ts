import { expect } from 'vitest';
import { command } from '../../support/deployment/commands.ts';
import { settle } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('smartassessor', {
  hasSmartAssessor: true,
  settings: { 'smart-assessor': { welcomeEmail: 'on' } },
});
const deadlineMs = 60_000;

/** Five address lines and a ULN that fails its check digit; a standard and a certificate. */
const newcomer = '10028';
/** At Smart Assessor already. */
const learner = '10029';
const inBoth = '10025';

type Row = Readonly<Record<string, unknown>>;
const vendor = 'smartassessor';

test('SA-20, SA-2, SA-12, SA-14, SA-18: a person looks an officer up and saves the id; the enrolment uses it, sends one mail, and the id stands in PICS', async () => {
  const deployment = installation();
  const { pics, smartAssessor } = deployment;
  await deployment.startRoles('outbound', 'reconciler');
  const officer = await one(`select trim(main_off) as code from pics.trainee where ident = $1`, newcomer);
  const code = String(officer['code']);

  const found = await cli('lookup', 'officers');
  const accounts = found.result['found'] as { id: string; misId: string | null; linkedTo: unknown }[];
  expect(accounts.length).toBeGreaterThan(3);
  const account = accounts.find(({ misId }) => misId === code);
  expect(account).toMatchObject({ linkedTo: null });
  expect(await cli('link', 'officer', code, account?.id ?? '')).toMatchObject({ status: 'done' });

  const since = await smartAssessor.mark();
  const { result } = await cli('enrol', newcomer, '--yes');
  const id = String(result['vendorId']);
  expect(await smartAssessor.get(`/records/learners/${id}`)).toMatchObject({
    misId: newcomer,
    uln: null,
    homeAddress: {
      line1: 'Flat 3',
      locality: "Weavers' Fold House",
      town: '18 Mill Row',
      county: 'Larkfield',
    },
  });
  const courses = (await smartAssessor.records<Row>('learnerCourses')).filter(
    (row) => row['learnerId'] === id,
  );
  expect(courses).toHaveLength(2);
  expect(courses).toMatchObject([{ assessorId: account?.id }, { assessorId: account?.id }]);
  expect(await smartAssessor.get('/outbox')).toMatchObject([{ learnerId: id, kind: 'welcome' }]);
  await eventually(async () => {
    const shown = await one('select portfolio_id, eportype from pics.pctrndet where ident = $1', newcomer);
    expect(shown).toEqual({ portfolio_id: id, eportype: 'S' });
  }, deadlineMs);
  await settle(deployment);
  const writes = (await smartAssessor.calls(since)).filter(({ applied }) => applied);
  expect(writes.map(({ operation }) => operation).toSorted()).toEqual([
    'create-learner',
    'enrol-on-course',
    'enrol-on-course',
  ]);
  expect(
    (await pics.query(`select from pics.officer where trim(other_id) = $1`, [account?.id])).rowCount,
  ).toBe(0);
});

test('SA-41, SA-42, SA-32: a session is booked, held and attended, progress is made, and all of it arrives in PICS', async () => {
  const deployment = installation();
  const { smartAssessor } = deployment;
  await deployment.startRoles('outbound', 'reconciler', 'poller');
  // One of its sessions is of a type that nobody has mapped.
  expect(await command(deployment, 'refresh', { vendor, ident: learner })).toMatchObject({ status: 'held' });
  const details = await one('select portfolio_id as id from pics.pctrndet where ident = $1', learner);
  const learnerId = String(details['id']);
  const [course] = (await smartAssessor.records<Row>('learnerCourses')).filter(
    (row) => row['learnerId'] === learnerId,
  );
  const [assessor] = await smartAssessor.records<Row>('assessors');
  const day = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
  const booked = await smartAssessor.post<{ id: string }>('/act/sessions', {
    type: 'FormalReview',
    start: `${day}T10:30:00`,
    durationMinutes: 60,
    location: 'At work',
    method: 'Traditional',
    assessorId: assessor?.['id'],
    learners: [{ learnerId, courseIds: [course?.['courseId']] }],
  });
  const read = () =>
    one(
      `select trim(type) as type, attended, to_char(proposed, 'YYYY-MM-DD HH24:MI') as proposed,
              to_char(actual, 'YYYY-MM-DD HH24:MI') as actual
         from pics.itp_revu where ident = $2 and trim(sa_event_id) = $1`,
      booked.id,
      learner,
    );
  const planned = { type: 'N', attended: 'U', proposed: `${day} 10:30`, actual: null };
  await eventually(async () => expect(await read()).toEqual(planned), deadlineMs);

  await smartAssessor.post(`/act/sessions/${booked.id}/close`);
  const key = `${learnerId}/${String(course?.['courseId'])}`;
  await smartAssessor.post(`/act/learner-courses/${key}`, { assessedPc: 63.7, mappedPc: 70 });
  const held = { ...planned, attended: 'Y', actual: `${day} 10:30` };
  await eventually(async () => expect(await read()).toEqual(held), deadlineMs);
  await eventually(async () => {
    const counted = await one(
      'select max(tot_elem) as total, min(abs(done_elem - 63)) as off from pics.trqual where ident = $1',
      learner,
    );
    expect(counted).toEqual({ total: 100, off: 0 });
  }, deadlineMs);
});

test('SA-31, SA-40, SA-60: a refresh finds nothing to send, and no review of PICS ever goes there', async () => {
  const deployment = installation();
  const { pics, smartAssessor } = deployment;
  await deployment.startRoles('outbound', 'reconciler');
  const since = await smartAssessor.mark();
  await pics.query(
    `insert into pics.itp_revu (id, ident, type, proposed, initials)
       select gen_random_uuid(), ident, 'N', now() + interval '9 days', main_off from pics.trainee where ident = $1`,
    [inBoth],
  );
  expect(await command(deployment, 'refresh', { vendor, ident: inBoth })).toMatchObject({ status: 'done' });
  await settle(deployment);
  const calls = await smartAssessor.calls(since);
  expect(calls.length).toBeGreaterThan(2);
  expect(calls.filter(({ applied }) => applied)).toEqual([]);
});

test('SA-9: a session of a type that nobody has mapped waits for a person, who is told; status and the list of held items show it', async () => {
  const deployment = installation();
  await deployment.startRoles('outbound', 'reconciler', 'poller');
  await eventually(async () => {
    const { rows } = await deployment.store.query(
      `select 1 from sync.held where vendor = $1 and code = 'TYPE_NOT_MAPPED' and closed_at is null`,
      [vendor],
    );
    expect(rows).toHaveLength(1);
  }, deadlineMs);
  const shown = await deployment.mustCli('held', 'list', '--code', 'TYPE_NOT_MAPPED');
  expect(shown).toContain(learner);
  expect(await deployment.mustCli('smart-assessor', 'status')).toMatch(/held +1 item/);
  // Whose item it is, is known from the item.
  const { stdout, stderr } = await deployment.cli('held', 'retry', '--code', 'TYPE_NOT_MAPPED');
  expect(`${stdout}${stderr}`).toContain('1 item of 1 record tried again. 1 item held again.');
});

test('SA-22, SA-1: disabled, a look-up is refused; a wrong password is told from a closed port', async () => {
  const deployment = installation();
  await deployment.startRoles('outbound', 'reconciler');
  expect(await cli('test')).toMatchObject({ status: 'done' });
  await deployment.smartAssessor.patch('/switches', { sso: 'on' });
  expect(await command(deployment, 'test-connection', { vendor })).toMatchObject({ code: 'BAD_SIGN_IN' });
  await deployment.smartAssessor.patch('/switches', { sso: 'off' });
  expect(await cli('disable')).toMatchObject({ status: 'done' });
  const payload = { records: 'officers', text: '' };
  expect(await command(deployment, 'look-up', { vendor, payload })).toMatchObject({
    status: 'refused',
    code: 'DISABLED',
    message: 'The Smart Assessor integration is not enabled.',
  });
  // OneFile goes on as if nothing had happened.
  expect(await command(deployment, 'look-up', { payload })).toMatchObject({ status: 'done' });
});

async function one(text: string, ...values: string[]): Promise<Row> {
  const { rows } = await installation().pics.query<Row>(text, values);
  return rows[0] ?? {};
}

type Given = { readonly status: string; readonly result: Readonly<Record<string, unknown>> };

async function cli(...args: string[]): Promise<Given> {
  const text = await installation().mustCli('smart-assessor', ...args, '--json', '--timeout', '60');
  return JSON.parse(text) as Given;
}
