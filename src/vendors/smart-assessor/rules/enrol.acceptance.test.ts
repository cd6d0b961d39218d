import { expect, test } from 'vitest';
import { buildLearner, buildQualification } from '../../../../test/support/learner.ts';
import { enrolmentSite, ids } from '../../../../test/support/smart-assessor-world/site.ts';
import { openSmartAssessorWorld } from '../../../../test/support/smart-assessor-world/world.ts';

test('SA-2: thin slice', async () => {
  const newcomer = buildLearner({
    ident: '10001',
    firstName: 'Imogen',
    surname: 'Tarrant',
    birthDate: '2006-07-14',
    email: 'i@x.example.org',
    startOn: '2026-03-01',
    qualifications: [
      buildQualification({ reference: '603/1122/3', startOn: '2026-03-01', expectedEndOn: '2027-03-01' }),
    ],
  });
  await using world = await openSmartAssessorWorld({
    learners: [newcomer],
    records: enrolmentSite as never,
    settings: { welcomeEmail: true },
  });
  const answer = await world.command('enrol', { ident: '10001' });
  console.log(answer, await world.takeCalls(), world.held(), world.learner('10001'));
  console.log(await world.control('GET', '/outbox'));
});
