import { expect } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { toMapping } from '../../src/pics/mapping.ts';
import { createPics } from '../../src/pics/pics.ts';
import { realClock } from '../../src/roles/ports.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { insertLearner, openPicsDatabase } from './pics-database.ts';

/** What `describePics` does not know: how users of PICS leave blanks, pad texts and write letters. */
async function setup() {
  const { owner, pool, openPool, originPrefix } = await openPicsDatabase();
  const clock = { nowMs: Date.now, sleep: realClock.sleep };
  const mapping = toMapping();
  const pics = createPics({ pool, openMarkedPool: openPool, mapping, originPrefix, clock, log: silentLog });
  return { owner, pics };
}

stackTest(
  'D-7, D-20: ids count padded or not, and whatever the case of the letter of the portfolio',
  async () => {
    const { owner, pics } = await setup();
    await insertLearner(owner, '00000001');
    await insertLearner(owner, '2');
    await owner.query(
      `update pics.pctrndet set other_sys_id = '900000001', eportype = 's' where ident = '2'`,
    );
    const claimants = async () =>
      (await pics.readClaimants('learner', 'oneFileId', '900000001')).map(({ code }) => code);
    expect(await claimants()).toEqual(['00000001']);
    await owner.query(`update pics.pctrndet set eportype = 'o' where ident = '2'`);
    expect(await claimants()).toEqual(['00000001', '2']);
    await owner.query(`update pics.pctrndet set other_sys_id = '' where ident = '2'`);
    expect(await pics.readPersons('oneFileId', ['2'])).toMatchObject([{ ident: '2', vendorId: null }]);
    expect(await pics.readVendorLearners('oneFileId')).toEqual([
      { ident: '00000001', vendorId: '900000001' },
    ]);
  },
);

stackTest('D-14, OF-19: a small letter and a blank say the same as a capital and nothing', async () => {
  const { owner, pics } = await setup();
  await insertLearner(owner, '1');
  await insertLearner(owner, '2');
  await owner.query(`insert into pics.officer (code, forename, surname, status) values
    ('OFF1', ' Jo ', 'Hall', 'L'), ('OFF2', ' ', 'Idle', 'd'), ('OFF3', ' ', null, null)`);
  await owner.query(`update pics.itp_revu set attended = ' ', onefile_id = '' where ident = '2'`);
  expect((await pics.readOwners('officer', null)).map(({ name, isDormant }) => [name, isDormant])).toEqual([
    ['Jo Hall', false],
    ['Idle', true],
    [null, false],
  ]);
  expect([...(await pics.readOwnerNames('officer', ['OFF1', 'OFF2', 'OFF3']))]).toEqual([
    ['OFF1', 'Jo Hall'],
    ['OFF2', 'Idle'],
  ]);
  const of = { idents: ['1', '2'], types: ['N'], column: 'oneFileId' } as const;
  expect(await pics.countNewReviews(of)).toEqual([{ officer: 'OFF1', count: 2 }]);
});

stackTest('OF-7: a site without a table of settings has no settings', async () => {
  const { owner, pics } = await setup();
  await owner.query(`insert into pics.sysconf (name, value) values ('OF_DESKTOP_SCHED', 'Y')`);
  expect(await pics.readDesktopSettings(['OF_DESKTOP_SCHED'])).toHaveLength(1);
  await owner.query('drop table pics.sysconf');
  expect(await pics.readDesktopSettings(['OF_DESKTOP_SCHED'])).toEqual([]);
});
