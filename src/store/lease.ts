import { type Db, runStatement } from './statement.ts';

/** `epoch` grows with every change of hands: what is written with an older one is refused. */
export type Lease = { readonly name: string; readonly epoch: number };

/** For statements that only the holder may run ($1 name, $2 epoch): nobody takes the lease over until they commit. */
export const leaseIsMine = `
mine as materialized (
  select epoch from sync.lease where name = $1 and epoch = $2 and expires_at > clock_timestamp() for share
)`;

/** Takes the lease if it is free or has run out by the clock of the database. Null: somebody else has it. */
export async function acquireLease(
  db: Db,
  wanted: { readonly name: string; readonly holder: string; readonly ttlMs: number },
): Promise<Lease | null> {
  const text = `
insert into sync.lease as l (name, holder, epoch, expires_at)
values ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
on conflict (name) do update
set holder = excluded.holder, epoch = l.epoch + 1, expires_at = excluded.expires_at
where l.expires_at <= clock_timestamp()
returning name, epoch::float8 as epoch`;
  const values = [wanted.name, wanted.holder, wanted.ttlMs];
  const [lease] = await runStatement<Lease>(db, { name: 'acquire-lease', text }, values);
  return lease ?? null;
}

/** Keeps the lease for another while. False: it has run out or changed hands, and its work must stop. */
export async function renewLease(db: Db, lease: Lease, ttlMs: number): Promise<boolean> {
  const text = `
update sync.lease set expires_at = clock_timestamp() + $3 * interval '1 millisecond'
where name = $1 and epoch = $2 and expires_at > clock_timestamp() returning 1`;
  return (await runStatement(db, { name: 'renew-lease', text }, [lease.name, lease.epoch, ttlMs])).length > 0;
}

/** Gives the lease back, so that the next holder need not wait until it runs out. */
export async function releaseLease(db: Db, lease: Lease): Promise<void> {
  const text = `update sync.lease set expires_at = clock_timestamp() where name = $1 and epoch = $2`;
  await runStatement(db, { name: 'release-lease', text }, [lease.name, lease.epoch]);
}

export type LeaseState = { readonly holder: string; readonly epoch: number; readonly isHeld: boolean };

export async function readLease(db: Db, name: string): Promise<LeaseState | null> {
  const text = `
select holder, epoch::float8 as epoch, expires_at > clock_timestamp() as "isHeld" from sync.lease where name = $1`;
  const [row] = await runStatement<LeaseState>(db, { name: 'read-lease', text }, [name]);
  return row ?? null;
}
