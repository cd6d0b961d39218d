import type { Observation } from '../core/observation.ts';
import type { VendorName } from '../core/vendor-name.ts';
import { leaseIsMine } from './lease.ts';
import { hashRecord } from './shadow-hash.ts';
import { type Db, runStatement } from './statement.ts';

export type PollScope = { readonly vendor: VendorName; readonly centre: string };

export function toLeaseName({ vendor, centre }: PollScope): string {
  return `poll ${vendor} ${centre}`;
}

export type PollPageRecord = {
  readonly epoch: number;
  readonly observations: readonly Observation[];
  readonly progress: { readonly resource: string; readonly value: { readonly passId: string } } | null;
};

/**
 * Keeps a page as shadows and, in a full pass, that its records were seen and where the pass stands. All or nothing.
 *
 * `fenced`: the epoch is not the present one, and nothing was written.
 */
export async function recordPollPage(
  db: Db,
  { vendor, centre }: PollScope,
  { epoch, observations, progress }: PollPageRecord,
): Promise<'recorded' | 'fenced'> {
  const shadows = observations.flatMap(({ record, vendorId, entity, learnerVendorId, observedAtMs }) =>
    record === null
      ? []
      : [{ vendorId, entity, learnerVendorId, observedAtMs, record, hash: hashRecord(record) }],
  );
  const [row] = await runStatement<{ held: number }>(db, statement, [
    toLeaseName({ vendor, centre }),
    epoch,
    ...[vendor, centre, JSON.stringify(shadows), progress?.value.passId ?? null],
    ...(progress === null ? [null, null] : [`pass ${progress.resource}`, JSON.stringify(progress.value)]),
  ]);
  return row?.held === 1 ? 'recorded' : 'fenced';
}

// A record that the ledger knows newer keeps its newer content; that this pass saw it counts all the same.
const statement = {
  name: 'record-poll-page',
  text: `
with ${leaseIsMine},
shown as (
  insert into sync.shadow as s
    (vendor, centre, entity, vendor_id, learner_vendor_id, record, hash, observed_at_ms, seen_pass)
  select distinct on (x.entity, x."vendorId")
    $3, $4, x.entity, x."vendorId", x."learnerVendorId", x.record, x.hash, x."observedAtMs", $6::bigint
  from mine, json_to_recordset($5::json) as x(
    entity text, "vendorId" text, "learnerVendorId" text, record jsonb, hash text, "observedAtMs" bigint)
  order by x.entity, x."vendorId", x."observedAtMs" desc
  on conflict (vendor, centre, entity, vendor_id) do update
  set seen_pass = coalesce(excluded.seen_pass, s.seen_pass),
    learner_vendor_id = case when s.observed_at_ms <= excluded.observed_at_ms
      then excluded.learner_vendor_id else s.learner_vendor_id end,
    record = case when s.observed_at_ms <= excluded.observed_at_ms then excluded.record else s.record end,
    hash = case when s.observed_at_ms <= excluded.observed_at_ms then excluded.hash else s.hash end,
    observed_at_ms = greatest(s.observed_at_ms, excluded.observed_at_ms)
  where s.observed_at_ms <= excluded.observed_at_ms or excluded.seen_pass is not null
),
place as (
  insert into sync.cursor as c (vendor, centre, resource, value, epoch)
  select $3, $4, $7::text, $8::text, mine.epoch from mine where $7::text is not null
  on conflict (vendor, centre, resource) do update
  set value = excluded.value, epoch = excluded.epoch, recorded_at = now()
)
select count(*)::integer as held from mine`,
};
