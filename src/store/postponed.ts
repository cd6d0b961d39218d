import type { VendorName } from '../core/vendor-name.ts';
import { type Db, runStatement } from './statement.ts';

export type Postponed = {
  readonly vendor: VendorName;
  readonly ident: string;
  readonly subject: string;
  readonly forMs: number;
};

/** Leaves a record of a learner alone for so long, counted from now. Asked again it waits longer, never shorter. */
export async function postpone(db: Db, { vendor, ident, subject, forMs }: Postponed): Promise<void> {
  const text = `
insert into sync.postponed as p (vendor, ident, subject, until)
values ($1, $2, $3, now() + $4::float8 * interval '1 millisecond')
on conflict (ident, vendor, subject) do update set until = greatest(p.until, excluded.until)`;
  await runStatement(db, { name: 'postpone', text }, [vendor, ident, subject, forMs]);
}

/** Learners with something whose time has come, longest due first. */
export async function readDueIdents(db: Db, vendor: VendorName, limit: number): Promise<string[]> {
  const text = `
select ident from sync.postponed where vendor = $1 and until <= now()
group by ident order by min(until), ident limit $2`;
  const rows = await runStatement<{ ident: string }>(db, { name: 'read-due-idents', text }, [vendor, limit]);
  return rows.map(({ ident }) => ident);
}

/** Forgets what was due: the learner was looked at since. What was postponed anew stays. */
export async function forgetDue(db: Db, vendor: VendorName, ident: string): Promise<void> {
  const text = 'delete from sync.postponed where vendor = $1 and ident = $2 and until <= now()';
  await runStatement(db, { name: 'forget-due', text }, [vendor, ident]);
}
