import pg from 'pg';

/** One thing an installation does. `sql` may be run any number of times; `isDone` says whether it is needed. */
export interface InstallStep {
  what: string;
  /** A query with one row and one boolean column. */
  isDone: string;
  sql: string;
  /** What is lost where the server refuses it. Absent: a refusal ends the installation. */
  ifRefused?: string;
}

export const id = pg.escapeIdentifier;
export const text = pg.escapeLiteral;

export function columnList(columns: readonly string[]): string {
  return columns.map(id).join(', ');
}

/** A Postgres array literal of texts, for comparisons in `isDone`. */
export function textArray(values: readonly string[]): string {
  return `array[${values.map(text).join(', ')}]::text[]`;
}
