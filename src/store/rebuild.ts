import type { Client } from 'pg';
import { Fault } from '../base/fault.ts';
import { hashRecord } from '../domain/digest.ts';
import type { Link } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import type { Topics } from '../domain/ports.ts';
import type { ReconcileRecord } from '../domain/rows.ts';
import type { PartitionReading } from '../domain/topic-records.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { observedAtSql } from './shadows.ts';

/** What came back. */
export type Rebuilt = {
  readonly links: Readonly<Partial<Record<VendorName, number>>>;
  readonly records: Readonly<Partial<Record<VendorName, number>>>;
  /** Topics whose beginning was deleted. */
  readonly cut: readonly string[];
  /** Records that cannot be read. */
  readonly unreadable: number;
};

type RebuildOptions = {
  readonly vendors: readonly VendorName[];
  /** `link` and entities of the vendors, `onefile.review`: those that are there. */
  readonly names: readonly string[];
  readonly topics: Pick<Topics, 'readItemsThrough'>;
  readonly onProgress: (topic: string, recordCount: number) => void;
  readonly signal: AbortSignal;
};

/** Tables that work leaves rows in. What ops notes of lag, and alarms, are no work. */
const tables = [
  'lane',
  'intent',
  'shadow',
  'link',
  'held',
  'enrolment',
  'vendor_state',
  'postponed',
  'catalogue',
  'cursor',
  'pass',
  'run',
  'journal',
] as const;

/**
 * Makes links and shadows of an empty sync database again, from `picsync.link` and the vendors' topics.
 *
 * The topics are read from their beginning, one after the other, and each record is applied as it comes: of a link or a
 * record the last one in its partition stands, and a removal, a deletion or a tombstone takes it away. Memory holds one batch.
 * All is one transaction: a rebuild that is broken off leaves the database as empty as it was. A vendor cannot be enabled
 * before it has ended.
 *
 * Each vendor becomes cautious (`caution.ts` in the engine): an answer that came just before the database was lost may stand in
 * no topic. It is not enabled; a person enables it, and that brings a full synchronisation.
 */
export async function rebuildStore(client: Client, options: RebuildOptions): Promise<Rebuilt> {
  const { vendors, names } = options;
  await client.query('begin');
  try {
    await client.query('lock table sync.vendor_state in share row exclusive mode');
    await requireEmpty(client);
    const cut: string[] = [];
    let unreadable = 0;
    for (const name of names) {
      const readings = await readTopic(client, name, options);
      if (readings.some(({ isBeginningDeleted }) => isBeginningDeleted)) cut.push(name);
      unreadable += readings.reduce((sum, reading) => sum + reading.unreadable, 0);
    }
    for (const vendor of vendors)
      await client.query(
        `insert into sync.vendor_state (vendor, is_enabled, changed_by, cautious_since) values ($1, false, 'store rebuild', now())`,
        [vendor],
      );
    const [links, records] = [await countOf(client, 'link'), await countOf(client, 'shadow')];
    await client.query('commit');
    return { links, records, cut, unreadable };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function requireEmpty(client: Client): Promise<void> {
  const counts = tables.map(
    (table) => `select '${table}' as name, count(*)::integer as count from sync.${table}`,
  );
  const { rows } = await client.query<{ name: string; count: number }>(counts.join(' union all '));
  const found = rows.filter(({ count }) => count > 0).map(({ name, count }) => `${name} ${count}`);
  if (found.length > 0)
    throw new Fault(
      `The sync database is not empty, so nothing was rebuilt. It has rows in: ${found.join(', ')}.`,
    );
}

async function readTopic(
  client: Client,
  name: string,
  { vendors, topics, onProgress, signal }: RebuildOptions,
): Promise<readonly PartitionReading[]> {
  let count = 0;
  const apply = async (records: readonly ReconcileRecord[]): Promise<void> => {
    if (name === 'link') await applyLinks(client, records, new Set(vendors));
    else await applyRecords(client, name, records);
    count += records.length;
    onProgress(name, count);
  };
  // Partitions are read side by side, and the statements of a batch belong together.
  let last: Promise<void> = Promise.resolve();
  const handle = ({ records }: { readonly records: readonly ReconcileRecord[] }): Promise<void> => {
    last = last.then(() => apply(records));
    return last;
  };
  const start = { kind: 'beginning' } as const;
  const readings = await topics.readItemsThrough({ group: 'rebuild', topics: [name], start }, handle, signal);
  onProgress(name, count);
  return readings;
}

/** A link of the topic, or with `removed` its end; of a tombstone the key alone is known, which names no centre. */
type LinkChange = Pick<Link, 'vendor' | 'kind' | 'picsId'> &
  Partial<Omit<Link, 'copiedAtMs'>> & { readonly removed: boolean; readonly atMs: number };

/**
 * Two records of PICS never have one record of the vendor (but for officers, D-8): of two links to it the later one stands,
 * whichever partition is read first.
 */
async function applyLinks(
  client: Client,
  records: readonly ReconcileRecord[],
  vendors: ReadonlySet<VendorName>,
): Promise<void> {
  const byPics = new Map<string, LinkChange>();
  for (const record of records) {
    const change = toLinkChange(record);
    if (change === null || !vendors.has(change.vendor)) continue;
    const { vendor, kind, picsId } = change;
    byPics.delete(`${vendor} ${kind} ${picsId}`);
    byPics.set(`${vendor} ${kind} ${picsId}`, change);
  }
  const byVendor = new Map<string, LinkChange>();
  for (const link of [...byPics.values()].filter(({ removed }) => !removed)) {
    const { vendor, centre, kind, vendorId, picsId } = link;
    byVendor.set([vendor, centre, kind, vendorId, kind === 'officer' ? picsId : ''].join(' '), link);
  }
  const links = JSON.stringify([...byVendor.values()]);
  const ended = JSON.stringify([...byPics.values()]);
  const columns = `vendor text, centre text, kind text, "picsId" text, "vendorId" text, ident text, how text, "atMs" float8`;
  await client.query(
    `
delete from sync.link l using json_to_recordset($1::json) as x(${columns})
where l.vendor = x.vendor and l.kind = x.kind and l.pics_id = x."picsId" and (x.centre is null or l.centre = x.centre)`,
    [ended],
  );
  const isRival = `l.vendor = x.vendor and l.centre = x.centre and l.kind = x.kind and l.kind <> 'officer'
  and l.vendor_id = x."vendorId"`;
  await client.query(
    `
delete from sync.link l using json_to_recordset($1::json) as x(${columns})
where ${isRival} and l.made_at < to_timestamp(x."atMs" / 1000)`,
    [links],
  );
  await client.query(
    `
insert into sync.link (vendor, centre, kind, pics_id, vendor_id, ident, how, made_at)
select x.vendor, x.centre, x.kind, x."picsId", x."vendorId", x.ident, x.how, to_timestamp(x."atMs" / 1000)
from json_to_recordset($1::json) as x(${columns})
where not exists (select from sync.link l where ${isRival})`,
    [links],
  );
}

function toLinkChange({ item, key, timestampMs: atMs }: ReconcileRecord): LinkChange | null {
  if (item.kind === 'link') return { ...item.link, removed: item.removed, atMs };
  if (item.kind !== 'tombstone' || key === undefined) return null;
  const [, vendor, kind, picsId] = /^([^/]+)\/([^/]+)\/(.+)$/.exec(key) ?? [];
  if (vendor === undefined || kind === undefined || picsId === undefined) return null;
  return { vendor: vendor as VendorName, kind: kind as Link['kind'], picsId, removed: true, atMs };
}

type Kept = Pick<Observation, 'vendor' | 'entity' | 'vendorId'> &
  Partial<Omit<Observation, 'cause'>> & { readonly hash?: string };

/** `topic`: the vendor and the entity, `onefile.review`. */
async function applyRecords(
  client: Client,
  topic: string,
  records: readonly ReconcileRecord[],
): Promise<void> {
  const [vendor = '', entity = ''] = topic.split('.');
  const last = new Map<string, Kept>();
  for (const { item, key } of records) {
    if (item.kind === 'observation') {
      const { observation } = item;
      const hash = observation.record === null ? undefined : hashRecord(observation.record);
      last.set(observation.vendorId, { ...observation, ...(hash !== undefined && { hash }) });
    }
    if (item.kind === 'tombstone' && key !== undefined)
      last.set(key, { vendor: vendor as VendorName, entity, vendorId: key });
  }
  const columns = `vendor text, centre text, entity text, "vendorId" text, "learnerVendorId" text, record jsonb, hash text,
  "observedAtMs" bigint`;
  const kept = [...last.values()];
  await client.query(
    `
delete from sync.shadow s using json_to_recordset($1::json) as x(${columns})
where s.vendor = x.vendor and s.entity = x.entity and s.vendor_id = x."vendorId"
  and (x.centre is null or s.centre = x.centre)`,
    [JSON.stringify(kept)],
  );
  await client.query(
    `
insert into sync.shadow (vendor, centre, entity, vendor_id, learner_vendor_id, record, hash, observed_at_ms)
select x.vendor, x.centre, x.entity, x."vendorId", x."learnerVendorId", x.record, x.hash, ${observedAtSql('x."observedAtMs"')}
from json_to_recordset($1::json) as x(${columns})`,
    [JSON.stringify(kept.filter(({ hash }) => hash !== undefined))],
  );
}

async function countOf(
  client: Client,
  table: 'link' | 'shadow',
): Promise<Readonly<Partial<Record<VendorName, number>>>> {
  const { rows } = await client.query<{ vendor: VendorName; count: number }>(
    `select vendor, count(*)::integer as count from sync.${table} group by vendor`,
  );
  return Object.fromEntries(rows.map(({ vendor, count }) => [vendor, count]));
}
