import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { createPicsSchema } from '../../simulators/pics/load.ts';
import { type InstallOptions, installPicsync } from '../../src/pics/install/install.ts';
import { toMapping } from '../../src/pics/mapping.ts';
import { uniqueName, useStack } from '../support/stack/use-stack.ts';

/**
 * A PICS of the test's own: reference schema, `picsync`, and the sync's role with its grants and nothing more.
 *
 * Roles and origins belong to the cluster, so they have names of their own and go when the test ends.
 */
export async function openPicsDatabase({ origins: originCount = 2 } = {}) {
  const { postgres } = useStack();
  const database = uniqueName('pics');
  const password = randomBytes(9).toString('base64url');
  const originPrefix = uniqueName('picsync');
  const options: InstallOptions = {
    mapping: toMapping(),
    roles: {
      connector: { name: uniqueName('connector'), password },
      sync: { name: uniqueName('sync'), password },
    },
    publication: 'picsync_pub',
    origins: Array.from({ length: originCount }, (_, n) => `${originPrefix}:onefile:${n + 1}`),
    requesters: [],
  };
  const admin = new pg.Client(postgres);
  await admin.connect();
  await admin.query(`create database ${database}`);
  const owner = new pg.Client({ ...postgres, database });
  await owner.connect();
  const pool = createPool({ ...postgres, database, user: options.roles.sync.name, password });
  const pools = [pool];
  onTestFinished(async () => {
    for (const one of pools) await one.end();
    await owner.end();
    await admin.query(`drop database ${database} with (force)`);
    await admin.query(`drop role if exists ${options.roles.connector.name}, ${options.roles.sync.name}`);
    for (const origin of options.origins)
      await admin.query(
        'select pg_replication_origin_drop(roname) from pg_replication_origin where roname = $1',
        [origin],
      );
    await admin.end();
  });
  await createPicsSchema(owner);
  await installPicsync(owner, options);
  return {
    /** May do everything; stands for a user of PICS. */
    owner,
    /** The sync's role. */
    pool,
    /** A further pool of the sync's role: the reconciler's own. */
    openPool: (max = 2) => {
      const more = createPool({ ...postgres, database, user: options.roles.sync.name, password, max });
      pools.push(more);
      return more;
    },
    options,
    originPrefix,
  };
}

export type PicsDatabase = Awaited<ReturnType<typeof openPicsDatabase>>;

function createPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('error', () => {}); // a session that the test ended
  return pool;
}

/** A learner with one qualification and one review, as PICS would store them: padded, blanks in all forms. */
export async function insertLearner(owner: pg.Client, ident: string): Promise<{ reviewId: string }> {
  await owner.query(
    `insert into pics.trainee (ident, firstname, surname, status, birthdate, main_off, sex)
     values ($1, 'Ann', 'Berg', 'L', '1999-02-28', 'OFF1', ' ')`,
    [ident],
  );
  await owner.query(`insert into pics.epidata (ident, tr_expect) values ($1, '2026-12-31')`, [ident]);
  await owner.query(`insert into pics.pctrndet (ident, email, other_sys_id) values ($1, '', $2)`, [
    ident,
    `9${ident}`,
  ]);
  await owner.query(
    `insert into pics.trqual (ident, vqref, seq, type, regno) values ($1, '500/1234/1', 1, 'MA', 'AB123')`,
    [ident],
  );
  const { rows } = await owner.query(
    `insert into pics.itp_revu (id, ident, type, proposed, initials) values
     (gen_random_uuid(), $1, 'N', '2026-03-29 01:30', 'OFF1') returning id`,
    [ident],
  );
  return { reviewId: rows[0].id };
}
