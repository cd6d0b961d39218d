import { exitCodes, Fault } from '../base/fault.ts';
import type { ChangeEntity } from '../domain/change.ts';
import { type Queryable, toSqlState } from './queryable.ts';
import { type ColumnKind, type FieldName, keyFields, referenceTables, type TableName } from './tables.ts';

/**
 * `pics.mapping` of the configuration: names at this site that differ from the reference schema.
 *
 * Tables and fields have our names here. A field set to null does not exist at the site.
 *
 * How it works: `toMapping` overlays these names on `referenceTables`. `withoutColumns` then removes the
 * columns that the database does not have at present. All SQL for PICS is built from the resulting
 * `Mapping` with `toTableSql`, `toColumnSql` and `toKeySql`, so a missing column reads as blank and is
 * never written.
 */
type PicsMappingConfig = {
  readonly [T in TableName]?: {
    readonly schema?: string;
    readonly table?: string;
    readonly columns?: { readonly [F in FieldName<T>]?: string | null };
  };
};

type MappedColumn = {
  readonly field: string;
  readonly column: string | null;
  readonly kind: ColumnKind;
  /** Mapped, but the database does not have it at present. */
  readonly isGone?: true;
};
export type MappedTable = {
  readonly name: TableName;
  readonly schema: string;
  readonly table: string;
  readonly columns: Readonly<Record<string, MappedColumn>>;
};
export type Mapping = Readonly<Record<TableName, MappedTable>>;

/**
 * A mapped column that the database does not have. The rules that need it are off; they do not see it as
 * blank (pics facts, 7).
 */
export type MissingColumn = { readonly table: TableName; readonly field: string; readonly column: string };

const tableNames = Object.keys(referenceTables) as readonly TableName[];

/** Throws where `findMappingFaults` finds something. */
export function toMapping(config: PicsMappingConfig = {}): Mapping {
  const [fault] = findMappingFaults(config);
  if (fault !== undefined) throw new Fault(fault, exitCodes.usage);
  return toRecord((name) => toMappedTable(name, config));
}

/**
 * What cannot be mapped, one sentence each: unknown names, a table of schema `picsync`, a key that does not exist, one
 * table for two of ours, and one column for two fields.
 */
export function findMappingFaults(config: PicsMappingConfig): string[] {
  const unknown = Object.keys(config).filter((name) => !(tableNames as readonly string[]).includes(name));
  const faults = unknown.map(
    (name) => `pics.mapping.${name} is not a known table. Known: ${tableNames.join(', ')}.`,
  );
  const tables = tableNames.map((name) => toMappedTable(name, config));
  for (const { name, columns } of tables.filter(({ name }) => config[name] !== undefined)) {
    const path = `pics.mapping.${name}`;
    if (referenceTables[name].schema === 'picsync')
      faults.push(`${path}: schema picsync is made by "pics prepare" and cannot be mapped.`);
    for (const field of Object.keys(config[name]?.columns ?? {}))
      if (!Object.hasOwn(columns, field))
        faults.push(
          `${path}.columns.${field} is not a known field. Known: ${Object.keys(columns).join(', ')}.`,
        );
    const keys: readonly string[] = Object.hasOwn(keyFields, name) ? keyFields[name as ChangeEntity] : [];
    for (const field of keys)
      if (columns[field]?.column === null) faults.push(`${path}.columns.${field} is a key and must exist.`);
    const mapped = Object.values(columns).filter(({ column }) => column !== null);
    for (const [column, fields] of Map.groupBy(mapped, (one) => one.column))
      if (fields.length > 1)
        faults.push(
          `${path}: ${fields.map(({ field }) => field).join(' and ')} are both in column ${column}.`,
        );
  }
  for (const [at, same] of Map.groupBy(tables, toTopicPart))
    if (same.length > 1)
      faults.push(`pics.mapping: ${same.map(({ name }) => name).join(' and ')} are both in the table ${at}.`);
  return faults;
}

function toMappedTable(name: TableName, config: PicsMappingConfig): MappedTable {
  const reference = referenceTables[name];
  const site: { schema?: string; table?: string; columns?: Readonly<Record<string, string | null>> } =
    config[name] ?? {};
  const columns: Record<string, MappedColumn> = {};
  for (const [field, [column, kind]] of Object.entries(reference.columns)) {
    const named = site.columns?.[field];
    columns[field] = { field, column: named === undefined ? column : named, kind };
  }
  return { name, schema: site.schema ?? reference.schema, table: site.table ?? reference.table, columns };
}

/** Removes the missing columns from a mapping: they read as blank and are never written. */
export function withoutColumns(mapping: Mapping, missing: readonly MissingColumn[]): Mapping {
  return toRecord((name) => {
    const table = mapping[name];
    const columns = { ...table.columns };
    for (const { field } of missing.filter((one) => one.table === name)) {
      const mapped = columns[field];
      if (mapped !== undefined) columns[field] = { ...mapped, column: null, isGone: true };
    }
    return { ...table, columns };
  });
}

/** `"schema"."table"`, quoted: names may be keywords. */
export function toTableSql({ schema, table }: MappedTable): string {
  return `${toNameSql(schema)}.${toNameSql(table)}`;
}

/** Columns that link a record of PICS with a record of the vendor. */
const linkFields: ReadonlySet<string> = new Set(['oneFileId', 'externalId']);

/**
 * Builds `alias."column"`, or returns null if the site has no such column.
 *
 * Throws if a column of vendor ids is missing. Read as blank, it would look as if a user had removed every
 * id, and everything would be uploaded again. The exchange stops until the column is back, and no change is
 * lost.
 */
export function toColumnSql(table: MappedTable, field: string, alias: string): string | null {
  const mapped = table.columns[field];
  if (mapped?.isGone === true && linkFields.has(field))
    throw new Error(
      `the PICS database no longer has the column for ${table.name}.${field}: the exchange stops until it is back`,
    );
  const column = mapped?.column ?? null;
  return column === null ? null : `${alias}.${toNameSql(column)}`;
}

/** Builds the name of a key column. The sync cannot work without it, so a missing one is an error. */
export function toKeySql(table: MappedTable, field: string, alias?: string): string {
  const column = table.columns[field]?.column ?? null;
  if (column === null) throw new Error(`pics.mapping: ${table.name}.${field} is a key and must be mapped`);
  return alias === undefined ? toNameSql(column) : `${alias}.${toNameSql(column)}`;
}

export function toNameSql(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The end of the topic of a captured table: the connector replaces what a topic's name may not have. */
export function toTopicPart({ schema, table }: Pick<MappedTable, 'schema' | 'table'>): string {
  return `${schema}.${table}`.replaceAll(/[^A-Za-z0-9._-]/g, '_');
}

/** The name of a column in an event: the connector replaces what Avro does not allow in a name. */
export function toAvroName(column: string): string {
  const name = column.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}

function toRecord(make: (name: TableName) => MappedTable): Mapping {
  return Object.fromEntries(tableNames.map((name) => [name, make(name)])) as Record<TableName, MappedTable>;
}

/** Reads which mapped columns the database does not have. Of a missing table, all columns are listed. */
export async function readMissingColumns(database: Queryable, mapping: Mapping): Promise<MissingColumn[]> {
  const wanted = tableNames.flatMap((name) => {
    const { schema, table, columns } = mapping[name];
    return Object.values(columns).flatMap(({ field, column }) =>
      column === null ? [] : [{ name, field, column, relation: `${schema}.${table}` }],
    );
  });
  const { rows } = await database.query<{ relation: string; column: string }>({
    text: `select n.nspname || '.' || c.relname as relation, a.attname as column
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where a.attnum > 0 and not a.attisdropped and n.nspname || '.' || c.relname = any($1::text[])`,
    values: [[...new Set(wanted.map(({ relation }) => relation))]],
  });
  const present = new Set(rows.map(({ relation, column }) => `${relation}.${column}`));
  return wanted
    .filter(({ relation, column }) => !present.has(`${relation}.${column}`))
    .map(({ name, field, column }) => ({ table: name, field, column }));
}

type PresentColumnsOptions = {
  readonly database: Queryable;
  readonly mapping: Mapping;
  /** Called whenever the set of missing columns changes, also when it becomes empty. */
  readonly onMissing: (missing: readonly MissingColumn[]) => void;
  readonly now: () => number;
  readonly recheckMs?: number;
};

/** The part of the mapping that the database has at present. */
export type PresentColumns = {
  current(): Promise<Mapping>;
  /**
   * Runs a statement. If it fails because a column is missing, reads which columns exist and runs it once
   * more.
   */
  with<R>(run: (mapping: Mapping) => Promise<R>): Promise<R>;
};

const columnIsGone = '42703';

/**
 * Follows columns that appear and disappear between versions of PICS.
 *
 * While all columns exist, this costs no query. A missing column is noticed when a statement fails on it.
 * While any column is missing, the catalogue is read again once a minute to notice its return.
 */
export function createPresentColumns(options: PresentColumnsOptions): PresentColumns {
  const { database, mapping, onMissing, now, recheckMs = 60_000 } = options;
  let effective = mapping;
  let missing: readonly MissingColumn[] = [];
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;

  const refresh = async (): Promise<void> => {
    const found = await readMissingColumns(database, mapping);
    readAtMs = now();
    if (toKey(found) === toKey(missing)) return;
    missing = found;
    effective = withoutColumns(mapping, found);
    onMissing(found);
  };
  const refreshOnce = (): Promise<void> => {
    reading ??= refresh().finally(() => {
      reading = null;
    });
    return reading;
  };
  const current = async (): Promise<Mapping> => {
    if (missing.length > 0 && now() - readAtMs > recheckMs) await refreshOnce();
    return effective;
  };
  return {
    current,
    with: async (run) => {
      try {
        return await run(await current());
      } catch (fault) {
        if (toSqlState(fault) !== columnIsGone) throw fault;
        await refreshOnce();
        return run(effective);
      }
    },
  };
}

function toKey(missing: readonly MissingColumn[]): string {
  return missing.map(({ table, field }) => `${table}.${field}`).join(',');
}
