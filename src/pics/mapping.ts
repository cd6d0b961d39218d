import { type Queryable, toSqlState } from './queryable.ts';
import { type ColumnKind, type FieldName, referenceTables, type TableName } from './tables.ts';

/**
 * `pics.mapping` of the configuration: names at a site that differ from the reference schema.
 *
 * Tables and fields are named by our words. A field set to null does not exist at the site.
 */
export type PicsMappingConfig = {
  readonly [T in TableName]?: {
    readonly schema?: string;
    readonly table?: string;
    readonly columns?: { readonly [F in FieldName<T>]?: string | null };
  };
};

export type MappedColumn = {
  readonly field: string;
  readonly column: string | null;
  readonly kind: ColumnKind;
  /** Mapped, and the database does not have it at present. */
  readonly isGone?: true;
};
export type MappedTable = {
  readonly name: TableName;
  readonly schema: string;
  readonly table: string;
  readonly columns: Readonly<Record<string, MappedColumn>>;
};
export type Mapping = Readonly<Record<TableName, MappedTable>>;

/** A mapped column that the database does not have: the rules that need it are off, not blank (pics facts, 7). */
export type MissingColumn = { readonly table: TableName; readonly field: string; readonly column: string };

export const tableNames = Object.keys(referenceTables) as readonly TableName[];

export function toMapping(config: PicsMappingConfig = {}): Mapping {
  return toRecord((name) => toMappedTable(name, config));
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

/** The mapping without the columns that are missing: they read as blank and are never written. */
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

/** Columns by which records of both sides are known to be the same. */
const linkFields: ReadonlySet<string> = new Set(['oneFileId', 'externalId']);

/**
 * `alias."column"`, or null where the site has no such column.
 *
 * Throws when a column of vendor ids has gone: read as blank it would look like a person who took every id away, and
 * what was uploaded would be uploaded again. Until it is back nothing is done and nothing is lost.
 */
export function toColumnSql(table: MappedTable, field: string, alias: string): string | null {
  const mapped = table.columns[field];
  if (mapped?.isGone === true && linkFields.has(field))
    throw new Error(
      `PICS has lost its column for ${table.name}.${field}: the exchange rests until it is back`,
    );
  const column = mapped?.column ?? null;
  return column === null ? null : `${alias}.${toNameSql(column)}`;
}

/** A key column: the sync cannot work without it, so its absence is an error and no blank. */
export function toKeySql(table: MappedTable, field: string, alias?: string): string {
  const column = table.columns[field]?.column ?? null;
  if (column === null) throw new Error(`pics.mapping: ${table.name}.${field} is a key and must be mapped`);
  return alias === undefined ? toNameSql(column) : `${alias}.${toNameSql(column)}`;
}

export function toNameSql(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function toRecord(make: (name: TableName) => MappedTable): Mapping {
  return Object.fromEntries(tableNames.map((name) => [name, make(name)])) as Record<TableName, MappedTable>;
}

/** Mapped columns that the database does not have. Whole tables too: then every one of their columns is named. */
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

export type PresentColumnsOptions = {
  readonly database: Queryable;
  readonly mapping: Mapping;
  /** Told whenever the set of missing columns changes, also when it becomes empty. */
  readonly onMissing: (missing: readonly MissingColumn[]) => void;
  readonly now: () => number;
  readonly recheckMs?: number;
};

/** The mapping as far as the database follows it today. */
export type PresentColumns = {
  current(): Promise<Mapping>;
  /** Runs a statement; when a column is gone, looks again which exist and runs it once more. */
  with<R>(run: (mapping: Mapping) => Promise<R>): Promise<R>;
};

const columnIsGone = '42703';

/**
 * Follows columns that come and go between versions of PICS.
 *
 * Nothing is asked while all columns are there: a column that goes is noticed by the statement that fails on it,
 * and one that comes back by looking again once a minute while any is missing.
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
