import { expect, test } from 'vitest';
import { buildQualification } from '../../../../test/support/learner.ts';
import {
  buildNewcomer,
  buildPlacement,
  openEnrolmentWorld,
} from '../../../../test/support/smart-assessor-world/enrolment.ts';
import { ids } from '../../../../test/support/smart-assessor-world/site.ts';
import type { SmartAssessorWorld } from '../../../../test/support/smart-assessor-world/world.ts';
import { toSent } from '../../../../test/support/world/call-line.ts';
import { Secret } from '../../../base/secret.ts';

const enrol = (world: SmartAssessorWorld, payload = {}) =>
  world.command('enrol', { ident: '10001', payload });
const mailsOf = async (world: SmartAssessorWorld) =>
  (await world.control('GET', '/outbox')) as unknown as readonly { readonly to: string }[];
/** What was sent to create the learner. */
async function sentLearner(world: SmartAssessorWorld): Promise<unknown> {
  const line = (await world.takeWrites()).find((one) => one.startsWith('POST learners {'));
  return toSent([line ?? ''])[0]?.body;
}
const uln = '1000000019';

test('SA-10: a new learner in PICS, and an edit of it, cause no call', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  await world.settle('10001');
  world.pics.edit('10001', (learner) => ({ ...learner, surname: 'Changed' }));
  await world.settle('10001', 'refresh');
  expect(await world.takeCalls()).toEqual([]);
});

test('SA-10, SA-18: the learner is created and linked, the id comes to PICS, and a second command is refused', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  const answer = await enrol(world);
  expect(answer).toMatchObject({ status: 'done', code: null, result: { created: [], held: [] } });
  await world.settle('10001');
  const [created, ...others] = await world.records('learners');
  expect(others).toEqual([]);
  expect(world.learner('10001')).toMatchObject({ smartAssessorId: created?.['id'], activePortfolio: 'S' });
  await world.takeWrites();
  const again = await enrol(world);
  expect(again).toMatchObject({ status: 'refused', code: 'ALREADY_LINKED' });
  expect(again.message).toBe(
    `Imogen Tarrant (10001) is already linked to Smart Assessor learner ${created?.['id']}.`,
  );
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-10: a person who is linked under another Ident is named, and enrolled a second time only on request', async () => {
  const twin = buildNewcomer({ ident: '10009', uln, smartAssessorId: ids.imogen });
  await using world = await openEnrolmentWorld([buildNewcomer({ uln }), twin]);
  await world.load({
    learners: [{ id: ids.imogen, misId: '10009', givenNames: 'Imogen', familyName: 'Tarrant', uln }],
  });
  await world.settle('10009');
  await world.takeWrites();
  const refused = await enrol(world);
  expect(refused).toMatchObject({ status: 'refused', code: 'POSSIBLE_DUPLICATE' });
  expect(refused.message).toContain(`${ids.imogen} (10009)`);
  expect(await world.takeWrites()).toEqual([]);
  expect(await enrol(world, { createAnyway: true })).toMatchObject({ status: 'done' });
  expect(await world.records('learners')).toHaveLength(2);
});

test('SA-10: a learner without a name is refused, and one without an e-mail address is not', async () => {
  await using world = await openEnrolmentWorld([
    buildNewcomer({ firstName: null }),
    buildNewcomer({ ident: '10002', email: null }),
  ]);
  expect(await enrol(world)).toMatchObject({ status: 'refused', code: 'NO_NAME' });
  expect(await world.takeWrites()).toEqual([]);
  expect(await world.command('enrol', { ident: '10002' })).toMatchObject({ status: 'done' });
});

test('SA-11: the preview shows name, address, start, and which qualifications are offered; nothing is sent', async () => {
  const qualifications = ['603/1122/3', '601/9999/9', '500/9999/X', '601/8888/7', '196AS', '196GW'].map(
    (reference) => buildQualification({ reference, startOn: '2026-01-05' }),
  );
  await using world = await openEnrolmentWorld([buildNewcomer({ qualifications })]);
  const { result } = await world.command('preview', { ident: '10001' });
  expect(result).toMatchObject({
    learner: { name: 'Imogen Tarrant', email: 'imogen@x.example.org', startOn: '2026-01-05' },
    refusal: { code: 'CHOOSE' },
  });
  const states = (result as { qualifications: { reference: string; state: string }[] }).qualifications;
  expect(Object.fromEntries(states.map(({ reference, state }) => [reference, state]))).toEqual({
    '603/1122/3': 'available',
    '601/9999/9': 'unavailable',
    '500/9999/X': 'choose',
    '601/8888/7': 'inactive',
    '196AS': 'available',
    '196GW': 'unavailable',
  });
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-2: one sign-in mail is asked for where the setting says so, and never else', async () => {
  for (const welcomeEmail of [true, false]) {
    await using world = await openEnrolmentWorld([buildNewcomer()], { settings: { welcomeEmail } });
    await enrol(world);
    expect(await sentLearner(world)).toMatchObject({ sendWelcomeEmail: welcomeEmail });
    await world.settle('10001', 'refresh');
    expect((await mailsOf(world)).map(({ to }) => to)).toEqual(welcomeEmail ? ['imogen@x.example.org'] : []);
  }
});

test('SA-2: a learner without an e-mail address is enrolled without a mail, and the answer warns', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ email: null })], {
    settings: { welcomeEmail: true },
  });
  const answer = await enrol(world);
  expect(answer).toMatchObject({ status: 'done', result: { warnings: [{ code: 'NO_WELCOME_EMAIL' }] } });
  expect(await mailsOf(world)).toEqual([]);
});

test('SA-3: the Student ID is the LRN where the setting says so', async () => {
  for (const studentIdFromLrn of [true, false]) {
    await using world = await openEnrolmentWorld([buildNewcomer({ lrn: 'L100' })], {
      settings: { studentIdFromLrn },
    });
    await enrol(world);
    const sent = await sentLearner(world);
    expect(sent).toMatchObject(studentIdFromLrn ? { studentId: 'L100' } : { misId: '10001' });
    expect(Object.keys(sent as object).includes('studentId')).toBe(studentIdFromLrn);
  }
});

test('SA-12, A-47: a new learner gets exactly these fields: trimmed, four lines of address, no sex, no invalid ULN', async () => {
  const learner = buildNewcomer({
    firstName: ' Imogen ',
    address: ['2 High Street', ' ', 'Larkfield', 'Kent', 'line 5'],
    postcode: 'ZZ99 1AB',
    niNumber: 'QQ123456C',
    phone: '01632 960101',
    mobile: '07700 900123',
    uln: '1234567890',
    sex: 'F',
    ethnicity: '31',
  });
  await using world = await openEnrolmentWorld([learner]);
  const answer = await enrol(world);
  expect(answer).toMatchObject({ result: { warnings: [{ code: 'ULN_INVALID' }] } });
  expect(await sentLearner(world)).toEqual({
    misId: '10001',
    givenNames: 'Imogen',
    familyName: 'Tarrant',
    dateOfBirth: '2006-07-14',
    email: 'imogen@x.example.org',
    niNumber: 'QQ123456C',
    telNumber: '01632 960101',
    mobile: '07700 900123',
    homeAddress: { line1: '2 High Street', town: 'Larkfield', county: 'Kent', postCode: 'ZZ99 1AB' },
    sendWelcomeEmail: false,
  });
});

test('SA-18: an answer with an empty id is no success: what was made is found and linked once', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()], { settings: { welcomeEmail: true } });
  await world.script({
    match: { method: 'POST', path: '/learners' },
    action: { type: 'empty-id', applies: true, form: 'empty' },
  });
  await enrol(world);
  await world.settle('10001');
  const learners = await world.records('learners');
  expect(learners).toHaveLength(1);
  expect(world.learner('10001').smartAssessorId).toBe(learners[0]?.['id']);
  expect(await mailsOf(world)).toHaveLength(1);
  expect(world.held()).toEqual([]);
});

test('SA-18: after an empty id without a record the learner is held at once, not linked and never created a second time', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  await world.script({
    match: { method: 'POST', path: '/learners' },
    action: { type: 'empty-id', applies: false, form: 'missing' },
  });
  expect(await enrol(world)).toMatchObject({ status: 'held' });
  expect(world.held()).toEqual(['learner:10001 UNKNOWN_OUTCOME']);
  await world.takeWrites();
  world.pics.edit('10001', (learner) => ({ ...learner, surname: 'Changed' }));
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.learner('10001').smartAssessorId).toBeNull();
  await world.command('retry', { payload: { code: 'UNKNOWN_OUTCOME' } });
  await world.settle('10001');
  expect(await world.records('learners')).toHaveLength(1);
});

test('SA-2, SA-3: over the SOAP contract a learner is enrolled all the same, and what it has no place for is said', async () => {
  const learner = buildNewcomer({ lrn: 'L100', uln, placements: [buildPlacement()] });
  await using world = await openEnrolmentWorld([learner], {
    settings: {
      contract: 'soap-g1',
      g1: { apiKey: new Secret('local-key') },
      welcomeEmail: true,
      studentIdFromLrn: true,
    },
  });
  expect(await enrol(world)).toMatchObject({
    status: 'done',
    result: {
      warnings: [
        { code: 'NOT_SUPPORTED', message: expect.stringContaining('the sign-in e-mail') },
        { code: 'NOT_SUPPORTED', message: expect.stringContaining('the Student ID') },
      ],
    },
  });
  const [employer] = (await world.records('employers')).filter(({ misId }) => misId === 'BIR001');
  expect(await world.records('learners')).toMatchObject([{ misId: '10001', employerId: employer?.['id'] }]);
  expect(await world.records('learnerCourses')).toMatchObject([{ courseId: ids.teamLeader }]);
  expect(await mailsOf(world)).toEqual([]);
  expect(world.held()).toEqual([]);
});
