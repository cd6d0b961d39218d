import { expect } from 'vitest';
import {
  countNewReviews,
  readClaimants,
  readDesktopSettings,
  readOwners,
  readPersons,
  readReviewHolders,
  readUsedOwners,
  readVendorLearners,
} from '../../src/pics/lookups.ts';
import { createPresentColumns, toMapping } from '../../src/pics/mapping.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { insertLearner, openPicsDatabase } from './pics-database.ts';

stackTest('what enabling asks of PICS is read as the sync role may read it (A-46, OF-7, OF-34)', async () => {
  const { owner, pool } = await openPicsDatabase();
  const columns = createPresentColumns({
    database: pool,
    mapping: toMapping(),
    now: Date.now,
    onMissing: () => {},
  });
  await insertLearner(owner, '00000001');
  await insertLearner(owner, '2');
  await owner.query(`
    insert into pics.officer (code, surname, other_id, status) values ('OFF1', 'Hall', '77', 'L'), ('OFF2', 'Idle', null, 'd');
    insert into pics.placemnt (place, name) values ('P1', 'Works'), ('P2', 'Elsewhere');
    insert into pics.trplace (ident, seq, place, type) values ('2', 1, 'P1', 'P');
    update pics.pctrndet set miap_uln = '1000000027', other_sys_id = '' where ident = '2';
    update pics.itp_revu set attended = ' ' where ident = '2';
    update pics.itp_revu set onefile_id = '5' where ident = '00000001';
    insert into pics.sysconf (name, value) values ('OF_DESKTOP_SCHED', 'Y'), ('OF_DESKTOP_PASSWORD', 'x');`);

  const person = { niNumber: null, firstName: 'Ann', surname: 'Berg', birthDate: '1999-02-28' };
  expect(await readPersons(pool, columns, 'oneFileId', null)).toEqual([
    { ident: '00000001', vendorId: '900000001', uln: null, ...person },
    { ident: '2', vendorId: null, uln: '1000000027', ...person },
  ]);
  expect(await readUsedOwners(pool, columns, ['2'])).toEqual({
    officers: [{ code: 'OFF1', name: 'Hall', externalId: '77', isDormant: false }],
    organisations: [{ code: 'P1', name: 'Works', externalId: null, isDormant: false }],
  });
  const idle = { code: 'OFF2', name: 'Idle', externalId: null, isDormant: true };
  expect(await readOwners(pool, columns, 'officer', null), 'D-6, D-14').toMatchObject([
    { code: 'OFF1' },
    idle,
  ]);
  expect(await readOwners(pool, columns, 'officer', ['OFF2', 'GONE'])).toEqual([idle]);
  expect(
    await readClaimants(pool, columns, { kind: 'officer', column: 'oneFileId', vendorId: '77' }),
  ).toEqual([{ code: 'OFF1', name: 'Hall' }]);
  // D-7, D-20: an id counts where the portfolio in use is not another's, padded or not.
  await owner.query(`update pics.pctrndet set other_sys_id = '900000001', eportype = 'S' where ident = '2'`);
  const claim = { kind: 'learner', column: 'oneFileId', vendorId: '900000001' } as const;
  expect(await readClaimants(pool, columns, claim)).toEqual([{ code: '00000001', name: 'Ann Berg' }]);
  expect(await readVendorLearners(pool, columns, 'oneFileId')).toEqual([
    { ident: '00000001', vendorId: '900000001' },
  ]);
  expect(await readPersons(pool, columns, 'oneFileId', ['2'])).toMatchObject([
    { ident: '2', vendorId: null },
  ]);
  await owner.query(`update pics.pctrndet set eportype = 'o' where ident = '2'`);
  expect((await readClaimants(pool, columns, claim)).map(({ code }) => code)).toEqual(['00000001', '2']);
  await owner.query(`update pics.pctrndet set other_sys_id = '', eportype = null where ident = '2'`);
  expect(await readReviewHolders(pool, columns, 'oneFileId', ['5', '6']), 'D-15').toEqual([
    { vendorId: '5', ident: '00000001' },
  ]);
  expect(await readUsedOwners(pool, columns, [])).toEqual({ officers: [], organisations: [] });
  const of = { idents: ['00000001', '2'], column: 'oneFileId' } as const;
  expect(await countNewReviews(pool, columns, { ...of, types: ['N'] }), 'one is known to OneFile').toEqual([
    { officer: 'OFF1', count: 1 },
  ]);
  expect(await countNewReviews(pool, columns, { ...of, types: ['C'] })).toEqual([]);
  const names = ['OF_DESKTOP_USER', 'OF_DESKTOP_SCHED'];
  expect(await readDesktopSettings(pool, columns, names)).toEqual([{ name: 'OF_DESKTOP_SCHED', value: 'Y' }]);
  await owner.query('drop table pics.sysconf');
  expect(await readDesktopSettings(pool, columns, names), 'a site without such a table').toEqual([]);
});
