import { capturedTables } from './captured-columns.ts';
import { type InstallStep, id, text, textArray } from './install-step.ts';
import type { InstallOptions } from './options.ts';

/** Identity FULL where relevance compares old with new values, or where the key lacks the learner. */
export function identitySteps(): InstallStep[] {
  return capturedTables
    .filter(({ replicaIdentity }) => replicaIdentity === 'full')
    .map(({ schema, table }) => ({
      what: `replica identity full on ${schema}.${table}`,
      isDone: `select relreplident = 'f' from pg_class where oid = to_regclass(${text(`${id(schema)}.${id(table)}`)})`,
      sql: `alter table ${id(schema)}.${id(table)} replica identity full;`,
      ifRefused: 'an event without old values counts as a change of every column: slower, never wrong',
    }));
}

/**
 * The publication lists exactly the captured tables, never "all tables".
 *
 * It has no column lists: Postgres refuses them for tables with identity FULL. The connector drops the columns that
 * may not leave, before anything reaches Kafka.
 */
export function publicationStep({ publication }: InstallOptions): InstallStep {
  const tables = capturedTables.map(({ schema, table }) => `${id(schema)}.${id(table)}`).join(',\n  ');
  const wanted = capturedTables.map(({ schema, table }) => `${schema}.${table}`).sort();
  return {
    what: `publication ${publication}`,
    isDone: `select exists (select from pg_publication where pubname = ${text(publication)} and not puballtables
        and pubinsert and pubupdate and pubdelete and pubtruncate)
      and coalesce((select array_agg(t order by t collate "C") from (
        select schemaname || '.' || tablename as t from pg_publication_tables where pubname = ${text(publication)}
      ) listed), '{}') = ${textArray(wanted)}`,
    sql: `do $$ begin
  if not exists (select from pg_publication where pubname = ${text(publication)}) then
    create publication ${id(publication)}
      with (publish = 'insert, update, delete, truncate', publish_via_partition_root = true);
  end if;
end $$;
alter publication ${id(publication)} set table
  ${tables};`,
  };
}

const originFunctions = [
  'pg_replication_origin_session_setup',
  'pg_replication_origin_session_reset',
  'pg_replication_origin_session_is_setup',
  'pg_replication_origin_xact_setup',
  'pg_replication_origin_xact_reset',
];

/** Origins mark the sync's own writes in the change events. Needs a superuser. */
export function originSteps({ origins, roles }: InstallOptions): InstallStep[] {
  const ifRefused = 'own writes carry no mark: evaluation finds nothing to do for them, only later';
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
