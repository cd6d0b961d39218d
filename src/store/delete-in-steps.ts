import { type Db, runStatement, type Statement } from './statement.ts';

/** How old rows go: bit by bit, so that no long transaction stands in anybody's way. */
export type DeleteSteps = {
  /** An abort ends it between two steps. */
  readonly signal?: AbortSignal | undefined;
  readonly rowsAtOnce?: number;
};

/** Runs a deletion of at most `$2` rows older than `$1` until there are none. Returns how many it deleted. */
export async function deleteInSteps(
  db: Db,
  statement: Statement,
  date: Date,
  { signal, rowsAtOnce = 10_000 }: DeleteSteps = {},
): Promise<number> {
  let deleted = 0;
  while (!signal?.aborted) {
    const [row] = await runStatement<{ count: number }>(db, statement, [date, rowsAtOnce]);
    const count = row?.count ?? 0;
    deleted += count;
    if (count < rowsAtOnce) break;
  }
  return deleted;
}
