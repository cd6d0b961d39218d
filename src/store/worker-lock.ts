/** First half of the advisory locks that workers hold; the second half is the worker's number. */
export const workerLockClass = 0x70_69_63_73;

/**
 * Numbers of the workers whose database session is there, as a common table expression.
 *
 * Reading the locks stops the lock manager for a moment: the statements that use it refer to it only where an intent
 * is open, and an expression nobody reads is never run.
 */
export const aliveWorkers = `alive as materialized (
  select objid::bigint as worker from pg_locks
  where locktype = 'advisory' and objsubid = 2 and granted and classid = ${workerLockClass}
    and database = (select oid from pg_database where datname = current_database())
)`;
