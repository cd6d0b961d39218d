import fc from 'fast-check';
import pg from 'pg';
import { expect } from 'vitest';
import { createLedger } from '../../src/store/ledger.ts';
import { openWorker } from '../../src/store/worker.ts';
import { anIntent, anOutcome, learner } from '../support/ledger-records.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

/** What the database shows of learners with more than one intent on its way: must be nothing, at any moment. */
const doubles = `
select ident from sync.intent where state = 'sending' group by vendor, ident having count(*) > 1`;

/**
 * Keeps every version each learner ever had. Written by the database itself, so that nothing a worker believes
 * counts.
 */
const versionLog = `
create table version_log (ident text, version bigint, unique (ident, version));
create function log_version() returns trigger language plpgsql as $$
begin
  insert into version_log values (new.ident, new.version);
  if exists (select from sync.intent where state = 'sending' and ident = new.ident group by ident having count(*) > 1)
  then raise exception 'two intents of one learner are on their way'; end if;
  return new;
end $$;
create trigger log_version after insert or update on sync.lane for each row execute function log_version();`;

stackTest(
  'workers that race and die never send two intents of one learner at once, and no version comes twice',
  { timeout: 120_000 },
  async () => {
    await using database = await openStoreDatabase();
    const { databaseUrl, pool } = database;
    await pool.query(versionLog);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.infiniteStream(fc.nat(99)), { minLength: 4, maxLength: 4 }),
        async (streams) => {
          round += 1;
          let sent = 0;
          const runWorker = async (chances: Iterator<number>) => {
            const chance = () => (chances.next().value ?? 0) as number;
            let ledger = createLedger(pool, { maxItems: 3 });
            let session = await openWorker({ databaseUrl });
            for (let turn = 0; turn < 30; turn += 1) {
              const ident = `${round}-${chance() % 3}`;
              const key = { ...learner, ident };
              const lane = await ledger.readLane({
                ...key,
                officers: [],
                organisations: [],
                learnerVendorIds: [],
              });
              const [open] = lane.openIntents;
              if (open?.state === 'sending' && open.isWorkerAlive) continue;
              const { worker } = session;
              const { version } = lane;
              const recorded = await ledger.recordIntent(
                anIntent({ ...key, version, worker, intentId: open?.id ?? null, effect: 'create' }),
              );
              if (recorded.kind === 'conflict') continue;
              sent += 1;
              if (chance() < 20) {
                // Dies with its intent on its way, and another process starts.
                await session.close();
                session = await openWorker({ databaseUrl });
                ledger = createLedger(pool, { maxItems: 3 });
                continue;
              }
              const state = (['done', 'planned', 'unknown', 'rejected'] as const)[chance() % 4] ?? 'done';
              const { intentId } = recorded;
              const outcome = anOutcome({ ...key, version: recorded.version, intentId, state });
              expect((await ledger.recordOutcome(outcome)).kind).toBe('recorded');
            }
            await session.close();
          };
          const isOver = new AbortController();
          const watcher = watch(databaseUrl, isOver.signal);
          await Promise.all(streams.map((stream) => runWorker(stream[Symbol.iterator]())));
          isOver.abort();
          expect(await watcher).toEqual([]);
          expect(sent).toBeGreaterThan(10);
        },
      ),
      { numRuns: 8 },
    );
    const { rows } = await pool.query('select count(*)::integer as count from version_log');
    expect(rows[0].count).toBeGreaterThan(200);
  },
);

/** Looks at the intents all the time, from a session of its own. */
async function watch(databaseUrl: string, signal: AbortSignal): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const found: unknown[] = [];
  while (!signal.aborted && found.length === 0) found.push(...(await client.query(doubles)).rows);
  await client.end();
  return found;
}
