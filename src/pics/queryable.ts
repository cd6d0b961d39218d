import type { QueryResult, QueryResultRow } from 'pg';

/** The methods that a pool and a connection share. */
export type Queryable = {
  query<R extends QueryResultRow>(query: {
    readonly text: string;
    readonly values?: unknown[];
    readonly name?: string;
  }): Promise<QueryResult<R>>;
};

/** The SQLSTATE of an error that the database reported; null for any other error. */
export function toSqlState(fault: unknown): string | null {
  if (typeof fault !== 'object' || fault === null || !('code' in fault)) return null;
  const { code } = fault;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

const notAnId = '22P02';

/** A text that is no id at all names no row. */
export async function nullIfNotAnId<R>(reading: Promise<R | null>): Promise<R | null> {
  try {
    return await reading;
  } catch (fault) {
    if (toSqlState(fault) === notAnId) return null;
    throw fault;
  }
}
