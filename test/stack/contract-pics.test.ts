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
  await owner.query(`
    create table public.signals (n serial primary key, type text, data text);
    grant insert on public.signals to public;
    grant usage on sequence public.signals_n_seq to public;
    create function public.keep_signal() returns trigger language plpgsql as $$
      begin insert into public.signals (type, data) values (new.type, new.data); return new; end $$;
    create trigger keep_signal after insert on picsync.signal for each row execute function public.keep_signal();
  `);
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
    readSnapshots: async () => {
      const { rows: left } = await owner.query('select id from picsync.signal');
      if (left.length > 0) throw new Error('a signal was left behind');
      const { rows } = await owner.query<{ type: string; data: string }>(
        'select type, data from public.signals order by n',
      );
      return rows.map(({ type, data }) => {
        if (type !== 'execute-snapshot') throw new Error(`a signal of type ${type}`);
        return toSnapshot(data);
      });
    },
    close: async () => {
      for (const user of users) await user.end();
    },
  };
}

/** What a signal asks the connector for: its own words, read as it reads them. */
function toSnapshot(data: string): { readonly table: string; readonly lanes: readonly string[] | null } {
  const { type, ...signal } = JSON.parse(data) as {
    readonly type: string;
    readonly 'data-collections': readonly string[];
    readonly 'additional-conditions'?: readonly {
      readonly 'data-collection': string;
      readonly filter: string;
    }[];
  };
  const [pattern = ''] = signal['data-collections'];
  const [condition] = signal['additional-conditions'] ?? [];
  if (type !== 'incremental' || signal['data-collections'].length !== 1) throw new Error('another snapshot');
  const entry = Object.values(referenceTables).find(({ schema, table }) => {
    return schema === 'pics' && new RegExp(`^${pattern}$`).test(`${schema}.${table}`);
  });
  if (condition !== undefined && condition['data-collection'] !== pattern) throw new Error('another table');
  const values = condition?.filter.match(/'(?:[^']|'')*'/g) ?? [];
  const kind = entry?.table === 'officer' ? 'officer:' : '';
  const lanes = values.map((value) => `${kind}${value.slice(1, -1).replaceAll("''", "'")}`);
  return { table: entry?.table ?? '', lanes: condition === undefined ? null : lanes };
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
