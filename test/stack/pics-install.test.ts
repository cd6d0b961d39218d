import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { expect, onTestFinished } from 'vitest';
import { createPicsSchema } from '../../simulators/pics/load.ts';
import { planCapture, signalTable, toSiteColumns, writtenFields } from '../../src/pics/install/columns.ts';
import { type InstallOptions, installPicsync, readInstallSql } from '../../src/pics/install/install.ts';
import { toMapping } from '../../src/pics/mapping.ts';
import type { TableName } from '../../src/pics/tables.ts';
import { stackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';

const ident = '10001';

/** A PICS of its own with one learner; roles and origins, which belong to the cluster, have names of their own. */
async function setup(mapping = toMapping()) {
  const { postgres } = useStack();
  const database = uniqueName('pics_install');
  const password = randomBytes(9).toString('base64url');
  const options: InstallOptions = {
    mapping,
    roles: {
      connector: { name: uniqueName('connector'), password },
      sync: { name: uniqueName('sync'), password },
    },
    publication: 'picsync_pub',
    origins: [uniqueName('picsync:onefile')],
    requesters: [],
  };
  const connect = async (as: Partial<pg.ClientConfig>): Promise<pg.Client> => {
    const client = new pg.Client({ ...postgres, ...as });
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  };
  const admin = await connect({});
  onTestFinished(async () => {
    const { connector, sync } = options.roles;
    await admin.query(`drop database ${database} with (force)`);
    await admin.query(`drop role if exists ${connector.name}, ${sync.name}`);
    for (const origin of options.origins)
      await admin.query(
        `select pg_replication_origin_drop(roname) from pg_replication_origin where roname = $1`,
        [origin],
      );
  });
  await admin.query(`create database ${database}`);
  const owner = await connect({ database });
  owner.on('error', () => {}); // its database is dropped under it
  await createPicsSchema(owner);
  await owner.query('insert into pics.trainee (ident, firstname, surname) values ($1, $2, $3)', [
    ident,
    'A',
    'B',
  ]);
  const as = (role: 'connector' | 'sync') => async (): Promise<pg.Client> => {
    const client = await connect({ database, user: options.roles[role].name, password });
    client.on('error', () => {});
    return client;
  };
  return { owner, options, asSync: as('sync'), asConnector: as('connector') };
}

/** Every column of schema `pics` that a role has a privilege on, as `table.column`. */
async function readPrivileges(
  client: pg.Client,
  role: string,
  privilege: 'update' | 'insert',
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname || '.' || a.attname as name
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'pics'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
       and has_column_privilege($1, c.oid, a.attnum, $2)`,
    [role, privilege],
  );
  return rows.map(({ name }) => name).sort();
}

const reference = toMapping();
const captured = planCapture(reference, []);

const names = (fields: typeof writtenFields): string[] =>
  (Object.entries(fields) as [TableName, readonly string[]][])
    .flatMap(([name, list]) =>
      toSiteColumns(reference[name], list).map((column) => `${reference[name].table}.${column}`),
    )
    .sort();

stackTest('a second installation does nothing', async () => {
  const { owner, options } = await setup();
  expect(await installPicsync(owner, options)).not.toEqual([]);
  expect(await installPicsync(owner, options)).toEqual([]);
});

stackTest('two installations at once, in two databases of one cluster, both succeed', async () => {
  const one = await setup(); // made first, so that its shared roles are dropped last
  const other = await setup();
  const shared = { ...other.options, roles: one.options.roles };
  await Promise.all([installPicsync(one.owner, one.options), installPicsync(other.owner, shared)]);
  expect(await installPicsync(one.owner, one.options)).toEqual([]);
  expect(await installPicsync(other.owner, shared)).toEqual([]);
});

stackTest('the printed script does the same as the installation', async () => {
  const { owner, options } = await setup();
  await owner.query(readInstallSql(options));
  expect(await installPicsync(owner, options)).toEqual([]);
});

stackTest('a changed password is set, and nothing else is done', async () => {
  const { owner, options } = await setup();
  await installPicsync(owner, options);
  const { sync, connector } = options.roles;
  const changed = { ...options, roles: { connector, sync: { ...sync, password: 'another' } } };
  expect(await installPicsync(owner, changed)).toEqual([`password of ${sync.name}`]);
});

stackTest('the sync may update exactly the listed columns, and insert reviews only', async () => {
  const { owner, options } = await setup();
  await installPicsync(owner, options);
  const { name } = options.roles.sync;
  expect(await readPrivileges(owner, name, 'update')).toEqual(names(writtenFields));
  expect(await readPrivileges(owner, name, 'insert')).toEqual(names({ review: writtenFields.review ?? [] }));
});

stackTest('what the sync may write works, and everything else is refused by the database', async () => {
  const { owner, options, asSync } = await setup();
  await installPicsync(owner, options);
  const sync = await asSync();
  await sync.query('select * from pics.trainee where ident = $1 for update', [ident]);
  await sync.query('update pics.trainee set surname = $1 where ident = $2', ['C', ident]);
  await sync.query('insert into pics.itp_revu (id, ident, type) values (gen_random_uuid(), $1, $2)', [
    ident,
    'N',
  ]);
  await sync.query(
    `insert into picsync.request (id, kind, vendor) values (gen_random_uuid(), 'refresh', 'onefile')`,
  );
  await sync.query(`update picsync.request set status = 'done', finished_at = now()`);
  await sync.query(`insert into picsync.applied (topic, part, next_offset, epoch) values ('t', 0, 1, 1)`);
  await sync.query(`update picsync.heartbeat set beat_at = now() where id = 2`);
  for (const refused of [
    `update pics.trainee set status = 'X'`,
    `update pics.pctrndet set miap_uln = '1'`,
    `insert into pics.trainee (ident) values ('2')`,
    `insert into pics.itp_revu (id, notes) values (gen_random_uuid(), 'x')`,
    'delete from pics.trainee',
    'delete from pics.itp_revu',
    'truncate pics.itp_revu',
    `update picsync.request set kind = 'enrol'`,
    'create table pics.other (id int)',
    'create table picsync.other (id int)',
  ])
    await expect(sync.query(refused), refused).rejects.toMatchObject({ code: '42501' });
});

stackTest('the sync marks its transactions with an origin', async () => {
  const { owner, options, asSync } = await setup();
  await installPicsync(owner, options);
  const sync = await asSync();
  await sync.query('select pg_replication_origin_session_setup($1)', [options.origins[0]]);
  await sync.query('begin');
  await sync.query(`select pg_replication_origin_xact_setup('0/1234', now())`);
  await sync.query('update pics.trainee set surname = $1', ['D']);
  await sync.query('commit');
  const { rows } = await sync.query('select pg_replication_origin_session_is_setup() as is_setup');
  expect(rows).toEqual([{ is_setup: true }]);
});

stackTest('the connector reads what it captures and writes heartbeat and signals only', async () => {
  const { owner, options, asConnector } = await setup();
  await installPicsync(owner, options);
  const connector = await asConnector();
  for (const { schema, table } of [...captured, signalTable])
    await connector.query(`select from ${schema}.${table} limit 1`);
  await connector.query('update picsync.heartbeat set beat_at = now() where id = 1');
  await connector.query(`insert into picsync.signal (id, type) values ('s', 'execute-snapshot')`);
  await connector.query('delete from picsync.signal');
  for (const refused of [
    `update pics.trainee set surname = 'X'`,
    'delete from pics.itp_revu',
    'select from pics.trainoff',
    'select from picsync.applied',
    `insert into picsync.request (id, kind) values (gen_random_uuid(), 'x')`,
    'create publication mine for table pics.trainee',
  ])
    await expect(connector.query(refused), refused).rejects.toMatchObject({ code: '42501' });
  expect(await readPrivileges(owner, options.roles.connector.name, 'update')).toEqual([]);
});

stackTest('the publication lists exactly the captured tables, and identities are as planned', async () => {
  const { owner, options } = await setup();
  await installPicsync(owner, options);
  const { rows } = await owner.query<{ name: string; identity: string }>(
    `select p.schemaname || '.' || p.tablename as name,
       case c.relreplident when 'f' then 'full' when 'd' then 'default' end as identity
     from pg_publication_tables p join pg_class c on c.oid = format('%I.%I', p.schemaname, p.tablename)::regclass
     where p.pubname = $1`,
    [options.publication],
  );
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(rows.sort(byName)).toEqual(
    [...captured, signalTable]
      .map(({ schema, table, replicaIdentity }) => ({
        name: `${schema}.${table}`,
        identity: replicaIdentity,
      }))
      .sort(byName),
  );
});

stackTest('every mapped column exists in the reference schema', async () => {
  const { owner, options } = await setup();
  await installPicsync(owner, options);
  const { rows } = await owner.query<{ name: string }>(
    `select table_schema || '.' || table_name || '.' || column_name as name from information_schema.columns
     where table_schema in ('pics', 'picsync')`,
  );
  const present = new Set(rows.map(({ name }) => name));
  const mapped = Object.values(reference).flatMap(({ schema, table, columns }) =>
    Object.values(columns).map(({ column }) => `${schema}.${table}.${column}`),
  );
  expect(mapped.filter((name) => !present.has(name))).toEqual([]);
});

stackTest('a table added to the publication by hand is taken out again', async () => {
  const { owner, options } = await setup();
  await installPicsync(owner, options);
  await owner.query('alter publication picsync_pub add table picsync.applied');
  expect(await installPicsync(owner, options)).toEqual(['publication picsync_pub']);
});

stackTest('a role for users gives commands and reads the answer, but sets no status', async () => {
  const { owner, options, asSync } = await setup();
  const user = uniqueName('user');
  await owner.query(`create role ${user}`);
  await installPicsync(owner, { ...options, requesters: [user] });
  await owner.query(`set role ${user}`);
  await owner.query(
    `insert into picsync.request (id, kind, ident) values (gen_random_uuid(), 'refresh', '10001')`,
  );
  await expect(
    owner.query(`insert into picsync.request (id, kind, status) values (gen_random_uuid(), 'x', 'done')`),
  ).rejects.toMatchObject({ code: '42501' });
  await owner.query('reset role');
  const sync = await asSync();
  const { rows } = await sync.query('select status, attempts from picsync.request');
  expect(rows).toEqual([{ status: 'new', attempts: 0 }]);
  await owner.query(`drop owned by ${user}; drop role ${user}`);
});

stackTest('a command with the id of an earlier one is refused', async () => {
  const { owner, options, asSync } = await setup();
  await installPicsync(owner, options);
  const sync = await asSync();
  const insert = `insert into picsync.request (id, kind) values ('7b0c2a7e-8f0e-4a53-9a39-6d1f0c1d2e3f', 'refresh')`;
  await sync.query(insert);
  await expect(sync.query(insert)).rejects.toMatchObject({ code: '23505' });
});
