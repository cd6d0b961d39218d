import { expect } from 'vitest';
import { readAim, readBlankAims } from '../../support/deployment/aims.ts';
import { readTopic } from '../../support/deployment/read-topic.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const deadlineMs = 60_000;

// A site that calls the delivery qualifications otherwise. The view is for the helpers of the tests alone: the sync's
// role and the connector may not even read it.
const installation = useDeployment('mapped', {
  alterPics: `create schema mis;
    alter table pics.trqual set schema mis;
    alter table mis.trqual rename to "aims (live)";
    alter table mis."aims (live)" rename column regno to "reg number";
    create view pics.trqual as select ident, vqref, seq, type, qstart, qexpect, qend, officer, "reg number" as regno,
      regdate, certappl, certrecd, tot_elem, done_elem from mis."aims (live)"`,
  settings: {
    pics: {
      mapping: {
        qualification: {
          schema: 'mis',
          table: 'aims (live)',
          columns: { registrationNumber: 'reg number' },
        },
      },
    },
  },
});

test('A-11: a table and a column with other names work from "pics prepare" to the row that is written', async () => {
  const deployment = installation();
  const { pics, oneFile, topics } = deployment;
  const roles = ['outbound', 'poller', 'reconciler'] as const;
  await deployment.startRoles(...roles);
  const [up, down] = await readBlankAims(deployment, 'regno');
  if (up === undefined || down === undefined) throw new Error('the seed has two such aims');
  await pics.query(
    `update mis."aims (live)" set "reg number" = 'MAPPED1' where ident = $1 and vqref = $2 and seq = $3`,
    [up.ident, up.vqref, up.seq],
  );
  await eventually(async () => {
    expect((await readAim(deployment, up)).RegistrationNumber).toBe('MAPPED1');
  }, deadlineMs);
  await oneFile.post(`/act/aims/${down.aimId}/registration`, { registrationNumber: 'MAPPED2' });
  await deployment.mustCli('onefile', 'pull', down.ident);
  await eventually(async () => {
    const { rows } = await pics.query<{ number: string | null }>(
      `select trim("reg number") as number from mis."aims (live)" where ident = $1 and vqref = $2 and seq = $3`,
      [down.ident, down.vqref, down.seq],
    );
    expect(rows).toEqual([{ number: 'MAPPED2' }]);
  }, deadlineMs);
  const site = topics.pics.trqual.replace('pics.trqual', 'mis.aims__live_');
  const records = await readTopic(deployment, site);
  expect(records.some(({ value }) => value?.includes('MAPPED1'))).toBe(true);
  expect(await readTopic(deployment, topics.deadLetter)).toEqual([]);
  expect(await deployment.mustCli('pics', 'prepare')).toContain('already prepared');
  expect(await deployment.mustCli('topics', 'check')).toContain('All topics exist');
});
