import type { QueryResultRow } from 'pg';

/** A pool or a client: whatever runs a statement. */
export type Db = {
  query<Row extends QueryResultRow>(query: {
    name?: string;
    text: string;
    values: unknown[];
  }): Promise<{
    rows: Row[];
    rowCount: number | null;
  }>;
};

/** A statement that is prepared once a connection under its name. */
export type Statement = { readonly name: string; readonly text: string };

/** Deadlock and serialisation failure: the server has rolled the whole statement back, so it may simply run again. */
const repeatable = new Set(['40P01', '40001']);
const maxRuns = 4;

/** Runs one statement in a transaction of its own and returns its rows. */
export async function runStatement<Row extends QueryResultRow>(
  db: Db,
  statement: Statement,
  values: unknown[],
): Promise<Row[]> {
  for (let run = 1; ; run += 1) {
    try {
      const { rows } = await db.query<Row>({ name: statement.name, text: statement.text, values });
      return rows;
    } catch (error) {
      if (run === maxRuns || !repeatable.has(codeOf(error))) throw error;
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
