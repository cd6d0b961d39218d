import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import type { Mapping } from '../mapping.ts';
import { toSqlState } from '../queryable.ts';
import type { TableName } from '../tables.ts';
import {
  insertedFields,
  planCapture,
  readOnlyTables,
  requestAnswerColumns,
  requestInputColumns,
  signalTable,
  toSiteColumns,
  writtenFields,
} from './columns.ts';
import { encodeScramVerifier, isVerifierOf } from './scram.ts';

/**
 * Installs what the sync needs in a PICS database: schema `picsync`, two roles with their grants, the
 * publication, replica identities and replication origins.
 *
 * Run it as a superuser. Each step first asks the database whether it is needed, so a second installation
 * does nothing. Returns one sentence for each step done. A step that the server may refuse without harm
 * (identity FULL, origins) is reported with its consequence.
 */
export async function installPicsync(client: pg.Client, options: InstallOptions): Promise<string[]> {
  const done: string[] = [];
  for (const step of planInstallation(options)) {
    if (await isDone(client, step)) continue;
    const refusal = await applyStep(client, step);
    done.push(refusal === null ? step.what : `refused: ${step.what} (${refusal}); ${step.ifRefused}`);
  }
  done.push(...(await setPassword(client, options.roles.connector, true)));
  done.push(...(await setPassword(client, options.roles.sync, false)));
  return done;
}

/**
 * Returns the whole installation as one SQL script, for a database administrator who wants to read it or
 * run it by hand.
 */
export function readInstallSql(options: InstallOptions): string {
  return planInstallation(options)
    .map(({ what, sql }) => `-- ${what}\n${sql}\n`)
    .join('\n');
}

/** Returns the steps that an installation would still do. It only reads, and any role may call it. */
export async function findMissingSteps(
  client: pg.Client,
  options: InstallOptions,
): Promise<Pick<InstallStep, 'what' | 'ifRefused'>[]> {
  const missing: InstallStep[] = [];
  for (const step of planInstallation(options)) {
    // The query fails if its table or role does not exist; then the step is missing.
    const isThere = await isDone(client, step).catch(() => false);
    if (!isThere) missing.push(step);
  }
  return missing;
}

function planInstallation(options: InstallOptions): InstallStep[] {
  return [
    ...migrationSteps(),
    ...identitySteps(options),
    publicationStep(options),
    roleStep(options.roles.connector, true),
    roleStep(options.roles.sync, false),
    ...grantSteps(options),
    oldestTransactionStep(options),
    ...originSteps(options),
  ];
}

/**
 * Schema `picsync` grows by numbered files, each run once in the order of its number and listed in `picsync.migration`.
 * A file that was released is never edited: the next column comes with the next number. Each may be run again without
 * harm, because an administrator may have run the printed script by hand.
 */
function migrationSteps(): InstallStep[] {
  const folder = new URL('migrations/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  return [
    {
      what: 'schema picsync',
      isDone: `select to_regclass('picsync.migration') is not null`,
      sql: `create schema if not exists picsync;
create table if not exists picsync.migration (name varchar(100) primary key, ran_at timestamptz not null default now());`,
    },
    ...files.sort().map((file): InstallStep => {
      const name = file.slice(0, -'.sql'.length);
      return {
        what: `migration ${name} of schema picsync`,
        isDone: `select exists (select from picsync.migration where name = ${text(name)})`,
        sql: `${readFileSync(new URL(file, folder), 'utf8').trimEnd()}
insert into picsync.migration (name) values (${text(name)}) on conflict do nothing;`,
      };
    }),
  ];
}

async function isDone(client: pg.Client, step: InstallStep): Promise<boolean> {
  try {
    const { rows } = await client.query({ text: step.isDone, rowMode: 'array' });
    return rows[0]?.[0] === true;
  } catch (error) {
    throw toInstallError(step, error);
  }
}

function toInstallError({ what }: InstallStep, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const isMissing = ['42P01', '42703', '3F000'].includes(toSqlState(cause) ?? '');
  const advice = isMissing ? '; enter the names of this site in pics.mapping' : '';
  return new Error(`the PICS database could not be prepared (${what}): ${reason}${advice}`, { cause });
}

/** Returns null if the step was done, or the server's message if it refused a step that may be left out. */
async function applyStep(client: pg.Client, step: InstallStep): Promise<string | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(step.sql);
      return null;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (isRaceWithAnotherInstallation(code, message) && attempt < 10) continue;
      if (code === '42501' && step.ifRefused !== undefined) return message;
      throw toInstallError(step, error);
    }
  }
}

/** Installations in other databases of the same cluster write the same catalogue rows of roles and grants. */
function isRaceWithAnotherInstallation(code: string | undefined, message: string): boolean {
  return (
    code === '40001' || code === '23505' || (code === 'XX000' && message.includes('concurrently updated'))
  );
}

/**
 * Sets the password if it differs from the wanted one. Only a superuser can compare them; for any other
 * role it is always set.
 */
async function setPassword(client: pg.Client, role: InstalledRole, replication: boolean): Promise<string[]> {
  if (role.password === undefined) return [];
  const step = { ...roleStep(role, replication), what: `password of ${role.name}` };
  if (
    await isDone(client, { ...step, isDone: 'select rolsuper from pg_roles where rolname = current_user' })
  ) {
    const { rows } = await client.query<{ rolpassword: string | null }>(
      `select rolpassword from pg_authid where rolname = ${text(role.name)}`,
    );
    if (isVerifierOf(role.password, rows[0]?.rolpassword ?? '')) return [];
  }
  await applyStep(client, step);
  return [step.what];
}

/**
 * The names of an installation in a PICS database. Roles and replication origins belong to the whole
 * Postgres cluster, and everything else to one database, so two installations on one cluster need different
 * roles and origins.
 */
export interface InstallOptions {
  /** Names of tables and columns at this site. */
  mapping: Mapping;
  roles: {
    /** Debezium's role: LOGIN REPLICATION, reads the captured tables. */
    connector: InstalledRole;
    /** The sync's role: LOGIN, reads PICS, writes the fields of `columns.ts`. */
    sync: InstalledRole;
  };
  publication: string;
  /** Replication origins to create: one for each concurrent connection that writes vendor data. */
  origins: readonly string[];
  /** Existing roles (PICSWeb, an administrator) that may insert commands into `picsync.request`. */
  requesters: readonly string[];
}

interface InstalledRole {
  name: string;
  /** If absent, the role is created without a password, and an existing password is not changed. */
  password?: string;
}

/** One step of an installation. `sql` may run any number of times; `isDone` shows whether it is needed. */
interface InstallStep {
  what: string;
  /** A query with one row and one boolean column. */
  isDone: string;
  sql: string;
  /** The consequence if the server refuses the step. If absent, a refusal ends the installation. */
  ifRefused?: string;
}

const id = pg.escapeIdentifier;
const text = pg.escapeLiteral;

function columnList(columns: readonly string[]): string {
  return columns.map(id).join(', ');
}

/** A Postgres array literal of texts, for comparisons in `isDone`. */
function textArray(values: readonly string[]): string {
  return `array[${values.map(text).join(', ')}]::text[]`;
}

type Privilege = 'select' | 'insert' | 'update' | 'delete';

interface Grant {
  schema: string;
  table: string;
  privilege: Privilege;
  /** If absent, the whole table. */
  columns?: readonly string[];
  /** A site may lack the table; then there is nothing to grant. */
  isOptional?: true;
}

/** Roles belong to the cluster, so another installation may be creating the same one at this moment. */
function roleStep(role: { name: string; password?: string }, replication: boolean): InstallStep {
  const attributes = `login nosuperuser nocreatedb nocreaterole ${replication ? 'replication' : 'noreplication'}`;
  const password = role.password === undefined ? '' : ` password ${text(encodeScramVerifier(role.password))}`;
  return {
    what: `role ${role.name}`,
    isDone: `select exists (select from pg_roles where rolname = ${text(role.name)} and rolcanlogin
      and not rolsuper and not rolcreatedb and not rolcreaterole and rolreplication = ${replication})`,
    sql: `do $$ begin
  create role ${id(role.name)};
exception when duplicate_object or unique_violation then null;
end $$;
alter role ${id(role.name)} with ${attributes}${password};`,
  };
}

/** The sync reads PICS, writes the columns that the rules name, and never deletes in schema `pics`. */
function syncGrants(mapping: Mapping): Grant[] {
  const captured = planCapture(mapping, []).filter(({ schema }) => schema !== 'picsync');
  const entries = (fields: typeof writtenFields) =>
    Object.entries(fields) as [TableName, readonly string[]][];
  const columnGrants = (privilege: Privilege, fields: typeof writtenFields): Grant[] =>
    entries(fields).map(([name, of]) => {
      const { schema, table } = mapping[name];
      return { schema, table, privilege, columns: toSiteColumns(mapping[name], of) };
    });
  return [
    ...captured.map(({ schema, table }): Grant => ({ schema, table, privilege: 'select' })),
    ...readOnlyTables.map((name): Grant => {
      const { schema, table } = mapping[name];
      return { schema, table, privilege: 'select', isOptional: true };
    }),
    ...columnGrants('update', writtenFields),
    ...columnGrants('insert', insertedFields),
    ...whole('request', ['select', 'delete']),
    { schema: 'picsync', table: 'request', privilege: 'insert', columns: requestInputColumns },
    { schema: 'picsync', table: 'request', privilege: 'update', columns: requestAnswerColumns },
    ...whole('applied', ['select', 'insert', 'update', 'delete']),
    ...whole('applied_item', ['select', 'insert', 'update', 'delete']),
    ...whole('parked', ['select', 'insert', 'update', 'delete']),
    ...whole('heartbeat', ['select', 'insert', 'update']),
    ...whole('canary', ['select', 'insert', 'update']),
    ...whole('signal', ['select', 'insert', 'delete']),
  ];
}

/**
 * The connector reads the captured tables, writes the heartbeat, and opens and closes the windows of
 * incremental snapshots.
 */
function connectorGrants(mapping: Mapping): Grant[] {
  return [
    ...[...planCapture(mapping, []), signalTable].map(
      ({ schema, table }): Grant => ({ schema, table, privilege: 'select' }),
    ),
    ...whole('heartbeat', ['insert', 'update']),
    ...whole('signal', ['insert', 'update', 'delete']),
  ];
}

/** A role that gives commands inserts the input columns and reads the answer. It must not set the status. */
function requesterGrants(): Grant[] {
  return [
    ...whole('request', ['select']),
    { schema: 'picsync', table: 'request', privilege: 'insert', columns: requestInputColumns },
  ];
}

function grantSteps({ mapping, roles, requesters }: InstallOptions): InstallStep[] {
  const schemas = [...new Set(Object.values(mapping).map(({ schema }) => schema))].sort();
  return [
    schemaUsageStep(roles.connector.name, schemas),
    ...connectorGrants(mapping).map((grant) => toStep(grant, roles.connector.name)),
    schemaUsageStep(roles.sync.name, schemas),
    ...syncGrants(mapping).map((grant) => toStep(grant, roles.sync.name)),
    ...requesters.flatMap((role) => [
      schemaUsageStep(role, ['picsync']),
      ...requesterGrants().map((grant) => toStep(grant, role)),
    ]),
  ];
}

function whole(table: string, privileges: readonly Privilege[]): Grant[] {
  return privileges.map((privilege) => ({ schema: 'picsync', table, privilege }));
}

function schemaUsageStep(role: string, schemas: readonly string[]): InstallStep {
  const held = schemas.map((schema) => `has_schema_privilege(${text(role)}, ${text(schema)}, 'usage')`);
  return {
    what: `${role} may use ${schemas.join(', ')}`,
    isDone: `select ${held.join(' and ')}`,
    sql: `grant usage on schema ${columnList(schemas)} to ${id(role)};`,
  };
}

function toStep({ schema, table, privilege, columns, isOptional }: Grant, role: string): InstallStep {
  const name = `${id(schema)}.${id(table)}`;
  const held = columns
    ? columns.map(
        (column) => `has_column_privilege(${text(role)}, ${text(name)}, ${text(column)}, ${text(privilege)})`,
      )
    : [`has_table_privilege(${text(role)}, ${text(name)}, ${text(privilege)})`];
  const isHeld = held.length === 0 ? 'true' : held.join(' and ');
  return {
    what: `${role} may ${privilege} ${schema}.${table}${columns ? ` (${columns.join(', ')})` : ''}`,
    isDone: isOptional
      ? `select case when to_regclass(${text(name)}) is null then true else ${isHeld} end`
      : `select ${isHeld}`,
    sql: `grant ${privilege}${columns ? ` (${columnList(columns)})` : ''} on ${name} to ${id(role)};`,
  };
}

/**
 * Replica identity FULL for tables where relevance compares old with new values, or where the key does not
 * contain the learner.
 */
function identitySteps({ mapping }: InstallOptions): InstallStep[] {
  return planCapture(mapping, [])
    .filter(({ replicaIdentity }) => replicaIdentity === 'full')
    .map(({ schema, table }) => ({
      what: `replica identity full on ${schema}.${table}`,
      isDone: `select relreplident = 'f' from pg_class where oid = to_regclass(${text(`${id(schema)}.${id(table)}`)})`,
      sql: `alter table ${id(schema)}.${id(table)} replica identity full;`,
      ifRefused:
        'an event without old values counts as a change of every column: more work, but still correct',
    }));
}

/**
 * The publication lists the captured tables, never "all tables".
 *
 * G-12: a truncate is not published. Its event has no key, and a compacted topic refuses a record without a key, which
 * would end the capture of every table. Nothing is lost: no rule sends anything because a row is gone, and a row that is
 * loaded again is an insert, which is compared like any other.
 *
 * It has no column lists: Postgres refuses them for tables with identity FULL. The connector drops the
 * columns that must not leave PICS before anything reaches Kafka.
 */
function publicationStep({ mapping, publication }: InstallOptions): InstallStep {
  const captured = [...planCapture(mapping, []), signalTable];
  const tables = captured.map(({ schema, table }) => `${id(schema)}.${id(table)}`).join(',\n  ');
  const wanted = captured.map(({ schema, table }) => `${schema}.${table}`).sort();
  return {
    what: `publication ${publication}`,
    isDone: `select exists (select from pg_publication where pubname = ${text(publication)} and not puballtables
        and pubinsert and pubupdate and pubdelete and not pubtruncate)
      and coalesce((select array_agg(t order by t collate "C") from (
        select schemaname || '.' || tablename as t from pg_publication_tables where pubname = ${text(publication)}
      ) listed), '{}') = ${textArray(wanted)}`,
    sql: `do $$ begin
  if not exists (select from pg_publication where pubname = ${text(publication)}) then
    create publication ${id(publication)}
      with (publish = 'insert, update, delete', publish_via_partition_root = true);
  end if;
end $$;
alter publication ${id(publication)} set (publish = 'insert, update, delete');
alter publication ${id(publication)} set table
  ${tables};`,
  };
}

/**
 * A function of the owner that shows the oldest open transaction to the sync: a role without special rights does not
 * see when a foreign transaction began. It gives nothing of the statements, which hold personal data.
 */
function oldestTransactionStep({ roles }: InstallOptions): InstallStep {
  return {
    what: `${roles.sync.name} may see the oldest open transaction`,
    isDone: `select coalesce(has_function_privilege(${text(roles.sync.name)},
      to_regprocedure('picsync.oldest_transaction()'), 'execute'), false)`,
    sql: `create or replace function picsync.oldest_transaction()
  returns table (pid integer, application text, started_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select o.pid, o.application, o.started_at from (
      select a.pid, a.application_name as application, a.xact_start as started_at, a.backend_xid as xid
      from pg_stat_activity a where a.backend_xid is not null
      union all
      select null, 'a prepared transaction', x.prepared, x.transaction from pg_prepared_xacts x
    ) o order by age(o.xid) desc limit 1
  $$;
revoke all on function picsync.oldest_transaction() from public;
grant execute on function picsync.oldest_transaction() to ${id(roles.sync.name)};`,
    ifRefused: 'the report names the oldest open transaction without its age',
  };
}

const originFunctions = [
  'pg_replication_origin_session_setup',
  'pg_replication_origin_session_reset',
  'pg_replication_origin_session_is_setup',
  'pg_replication_origin_xact_setup',
  'pg_replication_origin_xact_reset',
];

/** Replication origins mark the sync's own writes in the change events. Creating them needs a superuser. */
function originSteps({ origins, roles }: InstallOptions): InstallStep[] {
  const ifRefused =
    'own writes carry no mark: they are evaluated like other changes, and nothing is sent for them';
  const names = textArray(originFunctions);
  const create = origins.map((origin) => ({
    what: `replication origin ${origin}`,
    isDone: `select exists (select from pg_replication_origin where roname = ${text(origin)})`,
    sql: `select pg_replication_origin_create(${text(origin)})
  where not exists (select from pg_replication_origin where roname = ${text(origin)});`,
    ifRefused,
  }));
  return [
    ...create,
    {
      what: `${roles.sync.name} may mark its transactions with an origin`,
      isDone: `select coalesce(bool_and(has_function_privilege(${text(roles.sync.name)}, oid, 'execute')), false)
        from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname = any (${names})`,
      sql: `do $$ declare f regprocedure; begin
  for f in select oid::regprocedure from pg_proc
    where pronamespace = 'pg_catalog'::regnamespace and proname = any (${names}) loop
    execute format('grant execute on function %s to %I', f, ${text(roles.sync.name)});
  end loop;
end $$;`,
      ifRefused,
    },
  ];
}
