import { expect } from 'vitest';
import { createReadOwnerNames, createReadUsedReferences } from '../../src/pics/lookups.ts';
import { createPresentColumns, toMapping } from '../../src/pics/mapping.ts';
import { readHeldRequests } from '../../src/pics/request.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openPicsDatabase } from './pics-database.ts';

async function setup() {
  const { owner, pool } = await openPicsDatabase();
  const columns = createPresentColumns({
    database: pool,
    mapping: toMapping(),
    onMissing: () => {},
    now: Date.now,
  });
  return { owner, pool, with: { database: pool, columns } };
}

stackTest('names of officers and organisations are read by code; who has none is left out', async () => {
  const { owner, with: reading } = await setup();
  await owner.query(`insert into pics.officer (code, forename, surname) values
    ('JB', ' Jo ', 'Bell'), ('ON', null, 'Only'), ('NO', ' ', null)`);
  await owner.query(`insert into pics.placemnt (place, name) values ('ORG1', 'Hill Ltd ')`);
  const read = createReadOwnerNames(reading);
  expect([...(await read('officer', ['JB', 'ON', 'NO', 'XX']))]).toEqual([
    ['JB', 'Jo Bell'],
    ['ON', 'Only'],
  ]);
  expect([...(await read('organisation', ['ORG1']))]).toEqual([['ORG1', 'Hill Ltd']]);
  expect((await read('officer', [])).size).toBe(0);
});

stackTest('OF-18: references in use are those of linked learners and of live ones', async () => {
  const { owner, with: reading } = await setup();
  await owner.query(`insert into pics.trainee (ident, status) values
    ('10001', 'L'), ('10002', 'X'), ('10003', 'X'), ('10004', 'C')`);
  await owner.query(`insert into pics.trqual (ident, vqref, seq) values
    ('10001', 'LIVE', 1), ('10001', 'LIVE', 2), ('10002', 'LINKED', 1), ('10003', 'NEITHER', 1), ('10004', 'ALSO', 1)`);
  const read = createReadUsedReferences(reading);
  expect(await read({ idents: ['10002'], letters: ['L', 'C'] })).toEqual(['ALSO', 'LINKED', 'LIVE']);
  expect(await read({ idents: [], letters: [] })).toEqual([]);
});

stackTest('commands that ended held are found by their learners', async () => {
  const { owner, pool } = await setup();
  await owner.query(`insert into picsync.request (id, kind, vendor, ident, status) values
    (gen_random_uuid(), 'enrol', 'onefile', '10001', 'held'),
    (gen_random_uuid(), 'refresh', 'onefile', '10001', 'done'),
    (gen_random_uuid(), 'refresh', 'onefile', '10002', 'held'),
    (gen_random_uuid(), 'retry', 'onefile', '10001', 'held')`);
  const held = await readHeldRequests(pool, 'onefile', ['10001', 'officer:JB']);
  expect(held).toMatchObject([{ kind: 'enrol', ident: '10001' }]);
});
