import type { QueryResult, QueryResultRow } from 'pg';

/** What a pool and a connection have in common. */
export type Queryable = {
  query<R extends QueryResultRow>(query: {
    readonly text: string;
    readonly values?: unknown[];
    readonly name?: string;
  }): Promise<QueryResult<R>>;
};

/** SQLSTATE of a fault that the database reported; null for any other fault. */
export function toSqlState(fault: unknown): string | null {
  if (typeof fault !== 'object' || fault === null || !('code' in fault)) return null;
  const { code } = fault;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}
