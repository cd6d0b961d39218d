import { type Mapping, type MissingColumn, tableNames, withoutColumns } from './mapping.ts';
import { type Queryable, toSqlState } from './queryable.ts';

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
