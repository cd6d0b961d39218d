import { capturedTables } from './captured-columns.ts';
import { columnList, type InstallStep, id, text } from './install-step.ts';
import type { InstallOptions } from './options.ts';
import { encodeScramVerifier } from './scram.ts';
import {
  insertableColumns,
  readOnlyTables,
  requestAnswerColumns,
  requestInputColumns,
  updatableColumns,
} from './written-columns.ts';

type Privilege = 'select' | 'insert' | 'update' | 'delete';

interface Grant {
  schema: 'pics' | 'picsync';
  table: string;
  privilege: Privilege;
  /** Absent: the whole table. */
  columns?: readonly string[];
}

/** Roles belong to the cluster: another installation may be making the same one at this moment. */
export function roleStep(role: { name: string; password?: string }, replication: boolean): InstallStep {
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

/** The sync reads PICS, writes the columns the rules name, and never deletes in schema `pics`. */
export function syncGrants(): Grant[] {
  const captured = capturedTables.filter(({ schema }) => schema === 'pics').map(({ table }) => table);
  return [
    ...[...captured, ...readOnlyTables].map((table) => pics(table, 'select')),
    ...Object.entries(updatableColumns).map(([table, columns]) => pics(table, 'update', columns)),
    ...Object.entries(insertableColumns).map(([table, columns]) => pics(table, 'insert', columns)),
    ...whole('request', ['select']),
    { schema: 'picsync', table: 'request', privilege: 'insert', columns: requestInputColumns },
    { schema: 'picsync', table: 'request', privilege: 'update', columns: requestAnswerColumns },
    ...whole('applied', ['select', 'insert', 'update', 'delete']),
    ...whole('applied_item', ['select', 'insert', 'update', 'delete']),
    ...whole('heartbeat', ['select', 'insert', 'update']),
    ...whole('signal', ['select', 'insert', 'delete']),
  ];
}

/** The connector reads what it captures, beats, and opens and closes the windows of incremental snapshots. */
export function connectorGrants(): Grant[] {
  return [
    ...capturedTables.map(({ schema, table }): Grant => ({ schema, table, privilege: 'select' })),
    ...whole('heartbeat', ['insert', 'update']),
    ...whole('signal', ['insert', 'update', 'delete']),
  ];
}

/** Whoever gives commands fills in the inputs and reads the answer; the status is not theirs to set. */
export function requesterGrants(): Grant[] {
  return [
    ...whole('request', ['select']),
    { schema: 'picsync', table: 'request', privilege: 'insert', columns: requestInputColumns },
  ];
}

export function grantSteps({ roles, requesters }: InstallOptions): InstallStep[] {
  return [
    schemaUsageStep(roles.connector.name, ['pics', 'picsync']),
    ...connectorGrants().map((grant) => toStep(grant, roles.connector.name)),
    schemaUsageStep(roles.sync.name, ['pics', 'picsync']),
    ...syncGrants().map((grant) => toStep(grant, roles.sync.name)),
    ...requesters.flatMap((role) => [
      schemaUsageStep(role, ['picsync']),
      ...requesterGrants().map((grant) => toStep(grant, role)),
    ]),
  ];
}

function pics(table: string, privilege: Privilege, columns?: readonly string[]): Grant {
  return { schema: 'pics', table, privilege, ...(columns === undefined ? {} : { columns }) };
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

function toStep({ schema, table, privilege, columns }: Grant, role: string): InstallStep {
  const name = `${id(schema)}.${id(table)}`;
  const held = columns
    ? columns.map(
        (column) => `has_column_privilege(${text(role)}, ${text(name)}, ${text(column)}, ${text(privilege)})`,
      )
    : [`has_table_privilege(${text(role)}, ${text(name)}, ${text(privilege)})`];
  return {
    what: `${role} may ${privilege} ${schema}.${table}${columns ? ` (${columns.join(', ')})` : ''}`,
    isDone: `select ${held.join(' and ')}`,
    sql: `grant ${privilege}${columns ? ` (${columnList(columns)})` : ''} on ${name} to ${id(role)};`,
  };
}
