export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** One record, never changed in place: a change makes a new one, so history can keep both without copying. */
export type Row = { readonly [name: string]: Value };

export type RowId = number | string;

export const idOf = (row: Row): RowId => row['ID'] as RowId;

/** Instants are kept as `YYYY-MM-DDTHH:mm:ss.sssZ`, so they compare as text. */
export const toIso = (atMs: number): string => new Date(atMs).toISOString();
