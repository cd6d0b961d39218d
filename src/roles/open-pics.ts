import pg from 'pg';
import { sleep } from '../base/sleep.ts';
import { createReadNormalReviewTypes } from '../pics/lookups.ts';
import { createPresentColumns, type Mapping, type PresentColumns, toMapping } from '../pics/mapping.ts';
import { createReadOwner, type ReadOwner } from '../pics/owner.ts';
import { createReadLearners, type ReadLearner } from '../pics/read-learner.ts';
import type { RoleContext } from './role.ts';

/** The PICS database as a role reads it. */
export type Pics = {
  readonly pool: pg.Pool;
  readonly mapping: Mapping;
  readonly columns: PresentColumns;
  readonly readLearner: ReadLearner;
  readonly readOwner: ReadOwner;
  readonly readNormalReviewTypes: () => Promise<readonly string[]>;
};

export function openPics(context: RoleContext, stack: AsyncDisposableStack): Pics {
  const { log } = context;
  const pool = createPicsPool(context, stack);
  const mapping = toMapping(context.config.pics.mapping);
  const columns = createPresentColumns({
    database: pool,
    mapping,
    now: Date.now,
    onMissing: (missing) => {
      for (const { table, field } of missing)
        log.warn('a mapped column is gone: rules that need it rest', { table, field });
      if (missing.length === 0) log.info('all mapped columns are there again');
    },
  });
  const readLearner = createReadLearners({ database: pool, columns, now: Date.now, sleep });
  const readOwner = createReadOwner({ database: pool, columns, now: Date.now, sleep });
  const readNormalReviewTypes = createReadNormalReviewTypes({ database: pool, columns, now: Date.now });
  return { pool, mapping, columns, readLearner, readOwner, readNormalReviewTypes };
}

export function createPicsPool(
  { config, log }: RoleContext,
  stack: AsyncDisposableStack,
  connections?: number,
): pg.Pool {
  const { host, port, database, user, password, poolSize } = config.pics;
  const pool = new pg.Pool({
    host,
    port,
    database,
    user,
    password: password.reveal(),
    max: connections ?? poolSize,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    keepAlive: true,
    options: '-c jit=off',
    application_name: 'pics-sync',
  });
  pool.on('error', (error) => log.warn('a connection to PICS broke', { error }));
  stack.defer(() => pool.end());
  return pool;
}
