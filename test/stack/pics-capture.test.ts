import pg from 'pg';
import { expect, onTestFinished } from 'vitest';
import { readSlotStatus, readTableFaults } from '../../src/pics/capture.ts';
import { planCapture, signalTable } from '../../src/pics/install/columns.ts';
import { toMapping } from '../../src/pics/mapping.ts';
import { eventually } from '../support/eventually.ts';
import { stackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';
import { openPicsDatabase } from './pics-database.ts';

const mebibyte = 1_048_576;

/** Other tests have transactions on the same server: ours is the oldest when theirs have ended. */
const untilOldest = (claim: () => Promise<void>): Promise<void> => eventually(claim, 60_000);

/** A PICS with a slot, and a further session of a user. */
async function setup() {
  const pics = await openPicsDatabase();
  const { owner } = pics;
  const slot = uniqueName('slot');
  await owner.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
  const { rows } = await owner.query<{ name: string }>('select current_database() as name');
  const user = new pg.Client({
    ...useStack().postgres,
    database: rows[0]?.name,
    application_name: 'nightly report',
  });
  await user.connect();
  onTestFinished(async () => {
    await user.end().catch(() => {});
    await owner.query('select pg_drop_replication_slot($1)', [slot]);
  });
  const pids = await user.query<{ pid: number }>('select pg_backend_pid() as pid');
  /** As a connector does that has read everything there is. */
  const confirm = () =>
    owner.query('select pg_replication_slot_advance($1, pg_current_wal_insert_lsn())', [slot]);
  return { ...pics, slot, user, pid: pids.rows[0]?.pid, confirm };
}

stackTest(
  'G-11: the log that is kept is measured from the begin of a transaction that stays open',
  async () => {
    const { owner, pool, slot, user, pid, confirm } = await setup();
    await owner.query(
      'create table pics.bulk (filler text); alter table pics.bulk alter filler set storage external',
    );
    await user.query('begin');
    await user.query(`insert into pics.bulk values ('held')`);
    await confirm();
    await owner.query(
      `insert into pics.bulk select repeat(md5(n::text), 200) from generate_series(1, 2000) n`,
    );
    await owner.query('checkpoint');
    await confirm();
    const { rows } = await owner.query<{ unread: number }>(
      'select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::float8 as unread from pg_replication_slots where slot_name = $1',
      [slot],
    );
    const status = await readSlotStatus(pool, slot);
    expect(rows[0]?.unread).toBeLessThan(mebibyte / 4);
    expect(status?.keptBytes).toBeGreaterThan(mebibyte / 2);
    expect(status).toMatchObject({ isActive: false, walStatus: 'reserved' });
    expect(JSON.stringify(status)).not.toContain('insert into');
    await untilOldest(async () => {
      const oldest = (await readSlotStatus(pool, slot))?.oldestTransaction;
      expect(oldest).toMatchObject({ pid, application: 'nightly report' });
      expect(oldest?.ageMs).toBeGreaterThan(0);
    });
  },
);

stackTest('without the function of "pics prepare" the process is named, and its age is not', async () => {
  const { owner, pool, slot, user, pid } = await setup();
  await owner.query('drop function picsync.oldest_transaction()');
  await user.query('begin');
  await user.query('select pg_current_xact_id()');
  await untilOldest(async () => {
    const status = await readSlotStatus(pool, slot);
    expect(status?.oldestTransaction).toEqual({ pid, application: 'nightly report', ageMs: null });
  });
});

stackTest('there is no status of a slot that is not there', async () => {
  const { pool } = await setup();
  expect(await readSlotStatus(pool, 'none')).toBeNull();
});

stackTest('G-11: a table that is gone, not published or without its identity is found', async () => {
  const { owner, pool, options } = await openPicsDatabase();
  const wanted = [...planCapture(toMapping(), []), signalTable];
  const read = () => readTableFaults(pool, options.publication, wanted);
  expect(await read()).toEqual([]);
  await owner.query('alter table pics.officer replica identity nothing');
  await owner.query('alter publication picsync_pub drop table pics.trqual');
  await owner.query('alter table picsync.signal drop constraint signal_pkey');
  await owner.query('drop table pics.epidata');
  expect(await read()).toEqual([
    { table: 'pics.epidata', fault: 'absent' },
    { table: 'pics.officer', fault: 'identity' },
    { table: 'pics.trqual', fault: 'not-published' },
    { table: 'picsync.signal', fault: 'identity' },
  ]);
});
