import type { Db } from '../../../src/store/database.ts';

export const learnerCount = 100_000;
export const officerCount = 500;
export const organisationCount = 2_000;

/** The keys of the filled records, by number: of learners from 0, of all others as `fillStore` makes them. */
export const identOf = (n: number): string => String(100_000 + n);
export const learnerIdOf = (n: number): string => String(4_000_000 + n);
export const aimIdOf = (n: number, at: 1 | 2): string => `${6_000_000 + n}${at}`;
export const reviewIdOf = (n: number, at: 1 | 2 | 3 | 4): string => `${8_000_000 + n}${at}`;
/** The passes that have seen everything; the second is the newest. */
export const passIds = ['1', '2'] as const;

/**
 * A sync database as it is after a year of a provider with 100,000 learners.
 *
 * Each learner has 2 linked qualifications and 4 linked reviews, and OneFile has shown all of them; 5,000 items wait for
 * a person and 200,000 are history. Journal and ledger reach back over their time of keeping, so a tenth of them is to
 * be deleted. Written by the database itself, in the order of the learners, as nothing else would end.
 */
const parts: Readonly<Record<string, string>> = {
  lanes: `insert into sync.lane (vendor, ident, version, touched_at)
    select 'onefile', (100000 + n)::text, 5, now() - n % 365 * interval '1 day' from generate_series(0, $1 - 1) n`,
  links: `insert into sync.link (vendor, centre, kind, pics_id, vendor_id, ident, how, made_at, copied_at)
    select 'onefile', 'c1', x.kind, x.pics_id, x.vendor_id, x.ident, 'matched', now() - interval '200 days', now()
    from generate_series(0, $1 - 1) n cross join lateral (
      select 'learner' as kind, (100000 + n)::text as pics_id, (4000000 + n)::text as vendor_id, (100000 + n)::text as ident
      union all
      select 'qualification', (100000 + n) || '/603/1122/' || at || '/1', (6000000 + n)::text || at, (100000 + n)::text
      from generate_series(1, 2) at
      union all
      select 'review', md5(n || '/' || at)::uuid::text, (8000000 + n)::text || at, (100000 + n)::text
      from generate_series(1, 4) at
    ) x`,
  owners: `insert into sync.link (vendor, centre, kind, pics_id, vendor_id, how, copied_at)
    select 'onefile', 'c1', 'officer', 'OFF' || n, (400000 + n)::text, 'matched', now() from generate_series(1, ${officerCount}) n
    union all
    select 'onefile', 'c1', 'organisation', 'ORG' || n, (300000 + n)::text, 'matched', now()
    from generate_series(1, ${organisationCount}) n`,
  passes: `insert into sync.pass (vendor, centre, entity, started_at_ms, completed_at)
    select 'onefile', 'c1', 'review', (extract(epoch from now()) * 1000)::bigint - (3 - n) * 86400000, now()
    from generate_series(1, 2) n`,
  shadows: `insert into sync.shadow
      (vendor, centre, entity, vendor_id, learner_vendor_id, record, hash, observed_at_ms, seen_pass)
    select 'onefile', 'c1', x.entity, x.vendor_id, (4000000 + n)::text, x.record, md5(x.vendor_id),
      (extract(epoch from now()) * 1000)::bigint - 60000, 2
    from generate_series(0, $1 - 1) n cross join lateral (
      select 'learner' as entity, (4000000 + n)::text as vendor_id,
        jsonb_build_object('id', (4000000 + n)::text, 'status', 0, 'misId', 100000 + n, 'placementId', 300001) as record
      union all
      select 'learning-aim', (6000000 + n)::text || at, jsonb_build_object('id', (6000000 + n)::text || at, 'reference',
        '6031122' || at, 'status', 0, 'progress', n % 100, 'registrationNumber', 'R' || n, 'standardId', '5003')
      from generate_series(1, 2) at
      union all
      select 'review', (8000000 + n)::text || at, jsonb_build_object('id', (8000000 + n)::text || at, 'assessorId',
        400001, 'visitId', 700000 + n, 'scheduledForMs', (extract(epoch from now()) * 1000)::bigint + at * 86400000)
      from generate_series(1, 4) at
    ) x`,
  held: `insert into sync.held (vendor, centre, ident, subject, code, params, since, closed_at, how)
    select 'onefile', 'c1', (100000 + n)::text, 'review:' || md5(n || '/1')::uuid, (array['REVIEW_NO_OFFICER',
      'REVIEW_NO_DATE', 'VENDOR_REFUSED', 'ID_FIELD_CHANGED'])[1 + n % 4], jsonb_build_object('ident', 100000 + n,
      'officer', 'OFF' || (1 + n % ${officerCount})), now() - n % 30 * interval '1 day', null, null
    from generate_series(0, $1 - 1, 20) n
    union all
    select 'onefile', 'c1', (100000 + n)::text, 'learning-aim:' || n || at, 'VENDOR_REFUSED', '{}',
      now() - (n % 400) * interval '1 day', now() - (n % 400) * interval '1 day', 'released'
    from generate_series(0, $1 - 1) n, generate_series(1, 2) at`,
  intents: `insert into sync.intent
      (vendor, centre, ident, step, effect, subject, state, worker, request_hash, code, started_at, ended_at)
    select 'onefile', 'c1', (100000 + n % $1)::text, 'update-aim', 'update', 'aim:' || n, 'done', 1, 'hash', 'done',
      now() - (800000 - n) * interval '39 seconds', now()
    from generate_series(0, 799999) n`,
  openIntents: `insert into sync.intent
      (vendor, centre, ident, step, effect, subject, state, worker, request_hash)
    select 'onefile', 'c1', (100000 + n)::text, 'create-review', 'create', 'review:' || n, 'unknown', 1, 'hash'
    from generate_series(0, $1 - 1, 500) n`,
  journal: `insert into sync.journal (at, vendor, ident, kind, subject, code, vendor_id, took_ms)
    select now() - (2000000 - n) * interval '16 seconds', 'onefile', (100000 + n % $1)::text, 'update-aim', 'aim:' || n,
      'done', null, 50
    from generate_series(0, 1999999) n`,
  enrolments: `insert into sync.enrolment (vendor, centre, ident, id, plan, state, ended_at)
    select 'onefile', 'c1', (100000 + n)::text, 'r' || n, '{"qualifications": []}', case when n % 1000 = 0 then 'open'
      else 'done' end, case when n % 1000 <> 0 then now() - (n % 400) * interval '1 day' end
    from generate_series(0, $1 - 1) n`,
  postponed: `insert into sync.postponed (vendor, ident, subject, until)
    select 'onefile', (100000 + n)::text, 'review:x', now() + (n % 100 - 1) * interval '1 minute'
    from generate_series(0, $1 - 1, 50) n`,
};

/** `db` must be one session: it commits without waiting for the disk. Statistics are fresh afterwards. */
export async function fillStore(db: Db, say: (text: string) => void): Promise<void> {
  const run = (text: string, values: unknown[] = []) => db.query({ text, values });
  await run('set synchronous_commit = off');
  for (const [name, text] of Object.entries(parts)) {
    say(`  ${name}\n`);
    await run(text, text.includes('$1') ? [learnerCount] : []);
  }
  await run('set synchronous_commit = on');
  await run('vacuum (analyze)');
}
