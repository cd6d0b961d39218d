import type { AppliedItem, Place } from '../core/reconcile.ts';
import type { Queryable } from './queryable.ts';

export type Claim = {
  readonly epoch: number;
  /** Null = nothing was ever applied: begin with the oldest record there is. */
  readonly nextOffset: bigint | null;
};

/**
 * Takes a partition over: from now on writes of earlier owners change nothing. Waits for a write that is under way.
 */
export async function claimPlace(database: Queryable, topic: string, partition: number): Promise<Claim> {
  const { rows } = await database.query<{ epoch: string; next_offset: string }>({
    text: `insert into picsync.applied as a (topic, part, next_offset, epoch) values ($1, $2, 0, 1)
      on conflict (topic, part) do update set epoch = a.epoch + 1, updated_at = now()
      returning epoch, next_offset`,
    values: [topic, partition],
  });
  return toClaim(rows[0] ?? { epoch: '0', next_offset: '0' });
}

/** Where a partition stands; null when nobody ever claimed it. */
export async function readApplied(
  database: Queryable,
  topic: string,
  partition: number,
): Promise<Claim | null> {
  const { rows } = await database.query<{ epoch: string; next_offset: string }>({
    text: 'select epoch, next_offset from picsync.applied where topic = $1 and part = $2',
    values: [topic, partition],
  });
  const [row] = rows;
  return row === undefined ? null : toClaim(row);
}

function toClaim({ epoch, next_offset }: { epoch: string; next_offset: string }): Claim {
  return { epoch: Number(epoch), nextOffset: next_offset === '0' ? null : BigInt(next_offset) };
}

/** Moves offset and newest observations in one statement. `fenced`: an owner with a newer epoch exists, nothing changed. */
export async function recordApplied(
  database: Queryable,
  { place, nextOffset, items }: { place: Place; nextOffset: bigint; items: readonly AppliedItem[] },
): Promise<'recorded' | 'fenced'> {
  const { rows } = await database.query<{ moved: number }>({
    name: 'record-applied',
    text: `with "moved" as (
        update picsync.applied set next_offset = $4, updated_at = now()
        where topic = $1 and part = $2 and epoch <= $3 returning 1),
      "kept" as (
        insert into picsync.applied_item as i (vendor, entity, vendor_id, read_at, digest)
        select v, e, d, timestamptz 'epoch' + r * interval '1 millisecond', g
        from unnest($5::text[], $6::text[], $7::text[], $8::float8[], $9::text[]) as n(v, e, d, r, g)
        where exists (select from "moved")
        on conflict (vendor, entity, vendor_id) do update set read_at = excluded.read_at, digest = excluded.digest
        where i.read_at <= excluded.read_at)
      select count(*)::integer as "moved" from "moved"`,
    values: [
      place.topic,
      place.partition,
      place.epoch,
      nextOffset.toString(),
      items.map(({ vendor }) => vendor),
      items.map(({ entity }) => entity),
      items.map(({ vendorId }) => vendorId),
      items.map(({ readAtMs }) => readAtMs),
      items.map(({ digest }) => digest),
    ],
  });
  return rows[0]?.moved === 1 ? 'recorded' : 'fenced';
}
