import type { VendorName } from '../core/vendor-name.ts';
import { type DeleteSteps, deleteInSteps } from './delete-in-steps.ts';
import { type Db, runStatement } from './statement.ts';

/** Whether one of these steps of the learner was announced and its outcome is not recorded yet. */
export async function hasOpenIntents(
  db: Db,
  { vendor, ident }: { readonly vendor: VendorName; readonly ident: string },
  steps: readonly string[],
): Promise<boolean> {
  const text = `
select 1 from sync.intent
where ident = $2 and vendor = $1 and state in ('planned', 'sending', 'unknown') and step = any ($3::text[])
limit 1`;
  return (await runStatement(db, { name: 'has-open-intents', text }, [vendor, ident, steps])).length > 0;
}

/** Which of these learners have one of these steps open: as `hasOpenIntents`, for a batch. */
export async function readIdentsWithOpenIntents(
  db: Db,
  { vendor, idents }: { readonly vendor: VendorName; readonly idents: readonly string[] },
  steps: readonly string[],
): Promise<ReadonlySet<string>> {
  const text = `
select distinct ident from sync.intent
where ident = any ($2::text[]) and vendor = $1 and state in ('planned', 'sending', 'unknown')
  and step = any ($3::text[])`;
  const values = [vendor, idents, steps];
  const rows = await runStatement<{ ident: string }>(db, { name: 'read-open-idents', text }, values);
  return new Set(rows.map(({ ident }) => ident));
}

export type OpenIntents = {
  readonly planned: number;
  readonly sending: number;
  readonly unknown: number;
  /** Null when none is open. */
  readonly oldestAtMs: number | null;
};

/** How much was announced and is not settled. */
export async function countOpenIntents(db: Db, vendor: VendorName): Promise<OpenIntents> {
  const text = `
select count(*) filter (where state = 'planned')::integer as planned,
  count(*) filter (where state = 'sending')::integer as sending,
  count(*) filter (where state = 'unknown')::integer as unknown,
  (extract(epoch from min(started_at)) * 1000)::float8 as "oldestAtMs"
from sync.intent where vendor = $1 and state in ('planned', 'sending', 'unknown')`;
  const [row] = await runStatement<OpenIntents>(db, { name: 'count-open-intents', text }, [vendor]);
  return row ?? { planned: 0, sending: 0, unknown: 0, oldestAtMs: null };
}

/**
 * Idents with anything open: to be looked at once after a start, because nobody else may ever ask for them.
 *
 * An accepted enrolment is open too: its command may have been answered when the vendor was disabled under it.
 */
export async function readUnsettledIdents(
  db: Db,
  vendor: VendorName,
  page: { readonly afterIdent: string | null; readonly limit: number },
): Promise<string[]> {
  const text = `
select ident from sync.intent
where vendor = $1 and state in ('planned', 'sending', 'unknown') and ident > $2
union
select ident from sync.enrolment where vendor = $1 and state = 'open' and ident > $2
order by ident limit $3`;
  const values = [vendor, page.afterIdent ?? '', page.limit];
  const rows = await runStatement<{ ident: string }>(db, { name: 'read-unsettled-idents', text }, values);
  return rows.map(({ ident }) => ident);
}

/** Drops settled intents that began earlier; open ones stay, however old. Returns how many. */
export function deleteIntentsBefore(db: Db, date: Date, steps?: DeleteSteps): Promise<number> {
  const text = `
with old as (
  delete from sync.intent where id = any (array(
    select id from sync.intent where started_at < $1 and state in ('done', 'rejected', 'held') limit $2))
  returning 1
)
select count(*)::integer as count from old`;
  return deleteInSteps(db, { name: 'delete-intents', text }, date, steps);
}
