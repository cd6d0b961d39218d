import pg from 'pg';
import { silentLog } from '../../src/base/log.ts';
import type { Learner } from '../../src/domain/learner.ts';
import { fromOwnerLane, type Owner } from '../../src/domain/owner.ts';
import { toMapping } from '../../src/pics/mapping.ts';
import { createPics } from '../../src/pics/pics.ts';
import { insertRequest } from '../../src/pics/request.ts';
import { referenceTables, type TableName } from '../../src/pics/tables.ts';
import { realClock } from '../../src/roles/ports.ts';
import { describePics, type PicsRows } from '../contracts/pics.ts';
import { stackTest, useStack } from '../support/stack/use-stack.ts';
import { openPicsDatabase } from './pics-database.ts';

describePics('the PICS database', openPics, stackTest);

async function openPics() {
  const database = await openPicsDatabase();
  const { owner, pool, originPrefix } = database;
  const users: pg.Client[] = [];
  return {
    pics: createPics({
      pool,
      openMarkedPool: database.openPool,
      mapping: toMapping(),
      originPrefix,
      clock: realClock,
      log: silentLog,
    }),
    put: (rows: PicsRows) => put(owner, rows),
    lock: async (lane: string) => {
      const user = new pg.Client({ ...useStack().postgres, database: owner.database ?? '' });
      users.push(user);
      await user.connect();
      await lockRows(user, lane);
      return async () => void (await user.query('commit'));
    },
    close: async () => {
      for (const user of users) await user.end();
    },
  };
}

/** Inserts rows as users of PICS do, under the names of the reference schema. */
async function put(owner: pg.Client, rows: PicsRows): Promise<void> {
  const { learners = [], owners = [], requests = [], normalReviewTypes = [], settings = {} } = rows;
  for (const one of owners) await putOwner(owner, one);
  for (const learner of learners) await putLearner(owner, learner);
  for (const request of requests) await insertRequest(owner, request);
  for (const code of normalReviewTypes) await insert(owner, 'review-type', { code, isNormal: 'Y' });
  for (const [name, value] of Object.entries(settings))
    await insert(owner, 'product-setting', { name, value });
}

async function putOwner(owner: pg.Client, row: Owner): Promise<void> {
  if (row.kind === 'officer') await insert(owner, 'officer', { ...row, status: row.isDormant ? 'D' : 'L' });
  else await insert(owner, 'organisation', { ...row, ...toLines(row.address) });
}

async function putLearner(owner: pg.Client, learner: Learner): Promise<void> {
  const { ident, activePortfolio } = learner;
  const suspended = learner.isSuspended ? 'Y' : null;
  await insert(owner, 'learner', { ...learner, ...toLines(learner.address), suspended });
  if (learner.hasEpisode) await insert(owner, 'episode', learner);
  const portfolio = activePortfolio === 'other' ? 'X' : activePortfolio;
  if (learner.hasDetails) await insert(owner, 'learner-details', { ...learner, activePortfolio: portfolio });
  for (const one of learner.qualifications) await insert(owner, 'qualification', { ...one, ident });
  for (const one of learner.reviews) await insert(owner, 'review', { ...one, ident });
  for (const one of learner.placements) await insert(owner, 'placement', { ...one, ident });
  for (const { relation, code } of learner.relatedOfficers)
    await insert(owner, 'related-officer', { ident, relation, officer: code });
}

function toLines(address: readonly (string | null)[]): Readonly<Record<string, string | null>> {
  return Object.fromEntries([1, 2, 3, 4].map((n) => [`address${n}`, address[n - 1] ?? null]));
}

/** Columns of the table for which the row has a value; fields of other tables are left out. */
async function insert(owner: pg.Client, name: TableName, row: Readonly<Record<string, unknown>>) {
  const { schema, table, columns } = referenceTables[name];
  const given = Object.entries(columns).filter(([field]) => row[field] !== undefined && row[field] !== null);
  const places = given.map((_, index) => `$${index + 1}`);
  await owner.query(
    `insert into ${schema}.${table} (${given.map(([, [column]]) => `"${column}"`).join(', ')})
     values (${places.join(', ')})`,
    given.map(([field]) => row[field]),
  );
}

async function lockRows(user: pg.Client, lane: string): Promise<void> {
  const key = fromOwnerLane(lane);
  await user.query('begin');
  const tables =
    key === null ? (['learner', 'learner-details', 'qualification', 'review'] as const) : [key.kind];
  for (const name of tables) {
    const { schema, table, columns } = referenceTables[name];
    const [column] = 'ident' in columns ? columns.ident : columns.code;
    const text = `select from ${schema}.${table} where ${column} = $1::bpchar for update`;
    await user.query(text, [key?.code ?? lane]);
  }
}
