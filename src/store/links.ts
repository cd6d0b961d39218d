import type { Pool, PoolClient } from 'pg';
import type { Renaming, RenamingFacts } from '../domain/change.ts';
import type { Renamed } from '../domain/ledger.ts';
import type { ConflictingLink, Link, LinkScope, NewLink, SharedRecord } from '../domain/link.ts';
import { type OwnerKind, toOwnerLane } from '../domain/owner.ts';
import type { CentreScope } from '../domain/ports.ts';
import { type Db, runStatement } from './database.ts';
import { aliveWorkers } from './worker.ts';

/*
 * Which record of PICS is which record of a vendor. Unique keys of the table hold that each side has one link at most;
 * only an assessor may have several officers (D-8). A link is made beside a call, with its outcome (`intents.ts`), or
 * here; when PICS gives a record another key, its links follow, with everything else that is known of it.
 */

const columns = `vendor, centre, kind, pics_id as "picsId", vendor_id as "vendorId", ident, how,
  (extract(epoch from copied_at) * 1000)::float8 as "copiedAtMs"`;

/**
 * Links of these vendor records, those made first in front: an assessor may have several officers (D-8). Records
 * without a link are not in the result.
 */
export function readLinksByVendorIds(
  db: Db,
  { vendor, centre, kind }: LinkScope,
  vendorIds: readonly string[],
): Promise<Link[]> {
  const text = `
select ${columns} from sync.link
where vendor = $1 and centre = $2 and kind = $3 and vendor_id = any ($4::text[])
order by made_at, pics_id`;
  return runStatement<Link>(db, { name: 'read-links-by-vendor-ids', text }, [
    vendor,
    centre,
    kind,
    vendorIds,
  ]);
}

/** Links of these PICS records. Records without a link are not in the result. */
export function readLinks(
  db: Db,
  { vendor, centre, kind }: LinkScope,
  picsIds: readonly string[],
): Promise<Link[]> {
  const text = `
select ${columns} from sync.link
where vendor = $1 and centre = $2 and kind = $3 and pics_id = any ($4::text[])`;
  return runStatement<Link>(db, { name: 'read-links', text }, [vendor, centre, kind, picsIds]);
}

/** One page of linked learners, in ident order. */
export async function readLinkedLearners(
  db: Db,
  { vendor, centre }: Omit<LinkScope, 'kind'>,
  page: { readonly afterIdent: string | null; readonly limit: number },
): Promise<{ readonly ident: string; readonly vendorId: string }[]> {
  const text = `
select pics_id as ident, vendor_id as "vendorId" from sync.link
where vendor = $1 and centre = $2 and kind = 'learner' and pics_id > $3
order by pics_id limit $4`;
  const values = [vendor, centre, page.afterIdent ?? '', page.limit];
  return await runStatement(db, { name: 'read-linked-learners', text }, values);
}

export async function countLinks(db: Db, { vendor, centre, kind }: LinkScope): Promise<number> {
  const text = `
select count(*)::integer as count from sync.link where vendor = $1 and centre = $2 and kind = $3`;
  const [row] = await runStatement<{ count: number }>(db, { name: 'count-links', text }, [
    vendor,
    centre,
    kind,
  ]);
  return row?.count ?? 0;
}

/**
 * Makes links outside of an outcome. Returns the links that were not made because either side has another
 * link (G-2).
 *
 * Two unique keys enforce that each PICS record and each vendor record has at most one link; only an assessor may have
 * several officers (D-8). `on conflict do nothing` skips a link that breaks one of them, and `findRival` then finds the
 * link in its way.
 */
export async function recordLinks(db: Db, links: readonly NewLink[]): Promise<ConflictingLink[]> {
  const text = `
insert into sync.link (vendor, centre, kind, pics_id, vendor_id, ident, how)
select x.vendor, x.centre, x.kind, x."picsId", x."vendorId", x.ident, x.how
from json_to_recordset($1::json) as x(
  vendor text, centre text, kind text, "picsId" text, "vendorId" text, ident text, how text)
order by x.vendor, x.centre, x.kind, x."picsId", x."vendorId"
on conflict do nothing`;
  await runStatement(db, { name: 'record-links', text }, [JSON.stringify(links)]);
  const refused: ConflictingLink[] = [];
  for (const link of links) {
    const rival = await findRival(db, link);
    if (rival.kind === 'rival') refused.push({ ...link, takenBy: rival.picsId });
  }
  return refused;
}

/**
 * Finds the link that prevents a new one. `same`: the same link exists, so there is no conflict. `rival`:
 * the vendor id belongs to another PICS record, or, if `picsId` is null, this PICS record has another
 * vendor id.
 */
export async function findRival(
  db: Db,
  link: NewLink,
): Promise<{ readonly kind: 'same' } | { readonly kind: 'rival'; readonly picsId: string | null }> {
  const text = `
select pics_id as "picsId" from sync.link
where vendor = $1 and centre = $2 and kind = $3 and vendor_id = $4`;
  const values = [link.vendor, link.centre, link.kind, link.vendorId];
  const rows = await runStatement<{ picsId: string }>(db, { name: 'find-rival-link', text }, values);
  if (rows.some(({ picsId }) => picsId === link.picsId)) return { kind: 'same' };
  return { kind: 'rival', picsId: link.kind === 'officer' ? null : (rows[0]?.picsId ?? null) };
}

/**
 * Links many records that the vendor returned under the same id that PICS has (G-2).
 *
 * It skips a PICS record that is already linked, and a vendor id that another record has; a look at that
 * record decides. PICS already shows the id, so the links count as copied. Returns the number of links
 * made.
 */
export async function linkSeen(db: Db, links: readonly Omit<NewLink, 'replaces'>[]): Promise<number> {
  const text = `
with made as (
  insert into sync.link (vendor, centre, kind, pics_id, vendor_id, ident, how, copied_at)
  select x.vendor, x.centre, x.kind, x."picsId", x."vendorId", x.ident, x.how, now()
  from json_to_recordset($1::json) as x(
    vendor text, centre text, kind text, "picsId" text, "vendorId" text, ident text, how text)
  order by x.vendor, x.centre, x.kind, x."picsId", x."vendorId"
  on conflict do nothing
  returning vendor, kind, pics_id, vendor_id, ident, how
), told as (
  insert into sync.journal (vendor, ident, kind, subject, code, vendor_id)
  select vendor, coalesce(ident, ''), 'linked', kind || ':' || pics_id, how, vendor_id from made
  returning 1
)
select count(*)::integer as count from told`;
  let count = 0;
  for (let at = 0; at < links.length; at += rowsAtOnce) {
    const some = links.slice(at, at + rowsAtOnce);
    const [row] = await runStatement<{ count: number }>(db, { name: 'link-seen', text }, [
      JSON.stringify(some),
    ]);
    count += row?.count ?? 0;
  }
  return count;
}

const rowsAtOnce = 1_000;

/** One page of the codes of linked officers or organisations, in code order. */
export async function readLinkedOwners(
  db: Db,
  { vendor, centre, kind }: LinkScope & { readonly kind: OwnerKind },
  page: { readonly afterCode: string | null; readonly limit: number },
): Promise<readonly string[]> {
  const text = `
select pics_id as code from sync.link
where vendor = $1 and centre = $2 and kind = $3 and pics_id > $4
order by pics_id limit $5`;
  const values = [vendor, centre, kind, page.afterCode ?? '', page.limit];
  const rows = await runStatement<{ code: string }>(db, { name: 'read-linked-owners', text }, values);
  return rows.map(({ code }) => code);
}

/** D-8: vendor records that several officers or organisations are linked to, each with their codes, first linked first. */
export async function readSharedOwners(
  db: Db,
  { vendor, centre, kind }: LinkScope & { readonly kind: OwnerKind },
): Promise<readonly SharedRecord[]> {
  const text = `
select vendor_id as "vendorId", array_agg(pics_id order by made_at, pics_id) as codes from sync.link
where vendor = $1 and centre = $2 and kind = $3
group by vendor_id having count(*) > 1 order by vendor_id`;
  return await runStatement(db, { name: 'read-shared-owners', text }, [vendor, centre, kind]);
}

type Keys = CentreScope & {
  readonly renaming: Renaming;
  /** The lanes of both keys. */
  readonly fromLane: string;
  readonly toLane: string;
};

/**
 * moves all stored data of a PICS record to its new key: its links and those of its parts, open
 * intents, held items, the enrolment and the journal. Nothing is sent to the vendor, and nothing counts as
 * deleted or new.
 *
 * Events of two changes of one record lie in two partitions, so the later change may come first: it finds nothing to
 * move and is kept in `sync.renaming`. What comes to a key goes on from there to the key that it was given later.
 *
 * It runs in one transaction. First it raises the versions of both lanes, so that a look that has read
 * either of them records nothing and starts again, and no new intent begins. This also lets two changes with a key in
 * common run one after the other; where the first changes the way of the second, that one begins again. While a live
 * process is sending something of either key it changes nothing: the answer would not find its intent (`busy`). Then it
 * locks the links of both keys. If both have one, it only opens a held item; otherwise it moves everything. A second run
 * finds nothing under the old key and changes nothing.
 */
export async function renameLink(
  pool: Pool,
  scope: CentreScope,
  renaming: Renaming,
  facts: RenamingFacts,
): Promise<Renamed> {
  const client = await pool.connect();
  let fault: Error | undefined;
  try {
    for (let to = renaming.to; ; ) {
      await client.query('begin');
      const found = await renameTo(client, { scope, renaming, facts, to });
      if (found.kind === 'further') to = found.to;
      const isDone = found.kind !== 'further' && found.kind !== 'busy';
      await client.query(isDone ? 'commit' : 'rollback');
      if (found.kind !== 'further') return found;
    }
  } catch (error) {
    fault = error instanceof Error ? error : new Error(String(error));
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    // A failed connection is closed, because the state of its transaction is unknown.
    client.release(fault);
  }
}

type Attempt = {
  readonly scope: CentreScope;
  readonly renaming: Renaming;
  readonly facts: RenamingFacts;
  /** Where the record is expected to be by now. */
  readonly to: string;
};

/** `further`: it is at another key, whose lane is not locked yet. */
async function renameTo(
  client: PoolClient,
  { scope, renaming, facts, to }: Attempt,
): Promise<Renamed | { readonly kind: 'further'; readonly to: string }> {
  const { entity, from } = renaming;
  const toLane = (code: string): string =>
    entity === 'learner' ? code : toOwnerLane({ kind: entity, code });
  const keys: Keys = { ...scope, renaming: { entity, from, to }, fromLane: toLane(from), toLane: toLane(to) };
  await moveLanesOn(client, [...new Set([from, renaming.to, to])].map(toLane), scope);
  const present = await findPresentKey(client, scope, renaming, facts);
  if (present !== to) return { kind: 'further', to: present };
  if (facts.isFromThere || from === to) {
    await recordRenaming(client, scope, renaming, facts);
    return facts.isFromThere ? { kind: 'kept' } : { kind: 'renamed', linkCount: 0, to };
  }
  if (await isSending(client, keys)) return { kind: 'busy' };
  await recordRenaming(client, scope, renaming, facts);
  const ids = await readOwnIds(client, keys);
  const [fromId, toId] = [ids.get(from), ids.get(to)];
  if (fromId === undefined || toId === undefined)
    return { kind: 'renamed', linkCount: await moveAll(client, keys), to };
  await holdConflict(client, keys);
  return { kind: 'conflict', ids: [fromId, toId], to };
}

/**
 * Follows the later changes of the new key. Two of one transaction have one time: they are of one record if PICS has
 * none under the key between them, and of two if it has.
 */
async function findPresentKey(
  client: PoolClient,
  { vendor, centre }: CentreScope,
  { entity, to }: Renaming,
  { committedAtMs, isToThere }: RenamingFacts,
): Promise<string> {
  const text = `
with recursive step as (
  select $4::text as key, $5::bigint as at, 0 as n
  union all
  select r.to_key, r.committed_at_ms, s.n + 1
  from step s cross join lateral (
    select * from sync.renaming r
    where r.vendor = $1 and r.centre = $2 and r.entity = $3 and r.from_key = s.key
      and (r.committed_at_ms > s.at or r.committed_at_ms = s.at and not $6::boolean)
    order by r.committed_at_ms limit 1
  ) r
  where s.n < ${mostChanges}
)
select key from step order by n desc limit 1`;
  const values = [vendor, centre, entity, to, committedAtMs, isToThere];
  const { rows } = await client.query<{ key: string }>(text, values);
  return rows[0]?.key ?? to;
}

/** Of one record, within the days that changes are kept. */
const mostChanges = 100;

/** Keeps the change for one that was made before it and comes after it, and drops those that none can precede any more. */
async function recordRenaming(
  client: PoolClient,
  { vendor, centre }: CentreScope,
  { entity, from, to }: Renaming,
  { committedAtMs }: RenamingFacts,
): Promise<void> {
  const text = `
insert into sync.renaming (vendor, centre, entity, from_key, to_key, committed_at_ms)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing`;
  await client.query(text, [vendor, centre, entity, from, to, committedAtMs]);
  await client.query(`delete from sync.renaming where recorded_at < now() - interval '90 days'`);
}

async function moveLanesOn(
  client: PoolClient,
  lanes: readonly string[],
  { vendor }: CentreScope,
): Promise<void> {
  const text = `
insert into sync.lane as l (vendor, ident, version)
select $1, ident, 1 from unnest($2::text[]) as ident order by ident
on conflict (vendor, ident) do update set version = l.version + 1, touched_at = now()`;
  await client.query(text, [vendor, lanes]);
}

/** Whether a live process is sending something of either key. */
async function isSending(client: PoolClient, { vendor, fromLane, toLane }: Keys): Promise<boolean> {
  const text = `
with ${aliveWorkers}
select from sync.intent t
where t.ident = any ($2::text[]) and t.vendor = $1 and t.state in ('planned', 'sending', 'unknown')
  and t.state = 'sending' and exists (select from alive a where a.worker = t.worker) limit 1`;
  const { rowCount } = await client.query(text, [vendor, [fromLane, toLane]]);
  return rowCount !== 0;
}

async function readOwnIds(
  client: PoolClient,
  { vendor, centre, renaming: { entity, from, to } }: Keys,
): Promise<ReadonlyMap<string, string>> {
  const text = `
select pics_id as "picsId", vendor_id as "vendorId" from sync.link
where vendor = $1 and centre = $2 and kind = $3 and pics_id = any ($4::text[]) for update`;
  const { rows } = await client.query<{ picsId: string; vendorId: string }>(text, [
    vendor,
    centre,
    entity,
    [from, to],
  ]);
  return new Map(rows.map(({ picsId, vendorId }) => [picsId, vendorId]));
}

async function moveAll(client: PoolClient, keys: Keys): Promise<number> {
  const { vendor, centre, renaming, fromLane, toLane } = keys;
  const linkCount = await moveLinks(client, keys);
  const subject = (key: string): string => `${renaming.entity}:${key}`;
  const lanes = [vendor, fromLane, toLane];
  await client.query(
    `update sync.intent set ident = $3, subject = case subject when $4 then $5 else subject end
     where vendor = $1 and ident = $2 and state in ('planned', 'sending', 'unknown')`,
    [...lanes, subject(renaming.from), subject(renaming.to)],
  );
  // A held item of the new key with the same subject stays, and the old one is closed. The next look
  // decides what is held, except for a create whose outcome is unknown: that item keeps the create from being
  // sent again, so it takes the place of the other one.
  await client.query(
    `update sync.held o set closed_at = now(), how = 'released'
     where o.vendor = $1 and o.ident = $3 and o.closed_at is null and o.code <> 'UNKNOWN_OUTCOME' and exists (
       select from sync.held h where h.vendor = $1 and h.ident = $2 and h.closed_at is null
         and h.code = 'UNKNOWN_OUTCOME' and o.subject = case h.subject when $4 then $5 else h.subject end)`,
    [...lanes, subject(renaming.from), subject(renaming.to)],
  );
  await client.query(
    `update sync.held h set ident = $3, subject = case subject when $4 then $5 else subject end
     where vendor = $1 and ident = $2 and closed_at is null and not exists (
       select from sync.held o where o.vendor = h.vendor and o.ident = $3 and o.closed_at is null
         and o.subject = case h.subject when $4 then $5 else h.subject end)`,
    [...lanes, subject(renaming.from), subject(renaming.to)],
  );
  await client.query(
    `update sync.held set closed_at = now(), how = 'released'
     where vendor = $1 and ident = $2 and closed_at is null`,
    [vendor, fromLane],
  );
  await client.query(
    `update sync.enrolment e set ident = $3
     where vendor = $1 and ident = $2 and centre = $4 and not exists (
       select from sync.enrolment o where o.vendor = e.vendor and o.centre = e.centre and o.ident = $3
         and o.state = 'open' and e.state = 'open')`,
    [...lanes, centre],
  );
  // The next audit finds differences under the new key.
  await client.query('delete from sync.difference where vendor = $1 and ident = $2', [vendor, fromLane]);
  // Under the new key failures are counted from the beginning.
  await client.query('delete from sync.call_failure where vendor = $1 and ident = $2', [vendor, fromLane]);
  await client.query('update sync.journal set ident = $3 where vendor = $1 and ident = $2', lanes);
  if (linkCount > 0) await recordRenamed(client, keys);
  return linkCount;
}

/** Moves the record's own link and, for a learner, those of its qualifications, reviews and visits. */
async function moveLinks(
  client: PoolClient,
  { vendor, centre, renaming: { entity, from, to } }: Keys,
): Promise<number> {
  const own = await client.query(
    `update sync.link set pics_id = $5, ident = case when ident is null then null else $5 end
     where vendor = $1 and centre = $2 and kind = $3 and pics_id = $4`,
    [vendor, centre, entity, from, to],
  );
  if (entity !== 'learner') return own.rowCount ?? 0;
  const below = await client.query(
    `update sync.link l set ident = $4,
       pics_id = case kind when 'qualification' then $4 || substr(pics_id, length($3) + 1) else pics_id end
     where vendor = $1 and centre = $2 and ident = $3 and not exists (
       select from sync.link o where o.vendor = $1 and o.centre = $2 and o.kind = l.kind
         and l.kind = 'qualification' and o.pics_id = $4 || substr(l.pics_id, length($3) + 1))`,
    [vendor, centre, from, to],
  );
  return (own.rowCount ?? 0) + (below.rowCount ?? 0);
}

async function recordRenamed(client: PoolClient, { vendor, toLane, renaming }: Keys): Promise<void> {
  const text = 'insert into sync.journal (vendor, ident, kind, subject, code) values ($1, $2, $3, $4, $5)';
  const subject = `${renaming.entity}:${renaming.to}`;
  await client.query(text, [vendor, toLane, 'renamed', subject, renaming.from]);
}

async function holdConflict(client: PoolClient, { vendor, centre, toLane, renaming }: Keys): Promise<void> {
  const { entity, from, to } = renaming;
  const text = `
insert into sync.held as h (vendor, centre, ident, subject, code, params) values ($1, $2, $3, $4, $5, $6)
on conflict (ident, subject, vendor) where closed_at is null
do update set code = excluded.code, params = excluded.params, request_hash = null
  where h.code <> excluded.code or h.params <> excluded.params`;
  const params = JSON.stringify({ kind: entity, a: from, b: to, vendor });
  await client.query(text, [vendor, centre, toLane, `${entity}:${to}`, 'MERGE_CONFLICT', params]);
}
