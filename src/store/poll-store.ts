import type { JsonObject } from '../core/json.ts';
import type { Observation } from '../core/observation.ts';
import { acquireLease, leaseIsMine, releaseLease, renewLease } from './lease.ts';
import { type PollScope, recordPollPage, toLeaseName } from './poll-page.ts';
import { readShadowHashes, readShadows } from './shadow.ts';
import { type Db, runStatement } from './statement.ts';
import { readUnseen } from './unseen.ts';

export type PollStoreOptions = PollScope & {
  /** Who polls, for people: host and process. */
  readonly holder: string;
  readonly leaseMs: number;
  /** The clock that stamps observations. */
  readonly nowMs?: () => number;
};

type Written = 'recorded' | 'fenced';

/** Creates the poller's side of the sync database for one vendor connection. */
export function createPollStore(db: Db, options: PollStoreOptions) {
  const { vendor, centre, holder, leaseMs, nowMs = Date.now } = options;
  const scope = { vendor, centre };
  const name = toLeaseName(scope);
  return {
    acquireLease: () => acquireLease(db, { name, holder, ttlMs: leaseMs }),
    renewLease: ({ epoch }: { readonly epoch: number }) => renewLease(db, { name, epoch }, leaseMs),
    releaseLease: ({ epoch }: { readonly epoch: number }) => releaseLease(db, { name, epoch }),
    readHashes: (entity: string, vendorIds: readonly string[]) =>
      readShadowHashes(db, { ...scope, entity }, vendorIds),
    recordPage: <P extends { readonly passId: string }>(page: {
      readonly epoch: number;
      readonly observations: readonly Observation[];
      readonly progress: { readonly resource: string; readonly value: P } | null;
    }): Promise<Written> => recordPollPage(db, scope, page),
    /** As it was recorded with a page; its form is the flow's own. */
    readProgress: <P>(resource: string): Promise<P | null> => readState(db, scope, `pass ${resource}`),
    beginPass: (entity: string, epoch: number): Promise<string> =>
      beginFencedPass(db, { ...scope, entity }, { epoch, startedAtMs: nowMs() }),
    completePass: (passId: string, epoch: number): Promise<Written> =>
      runFenced(db, scope, epoch, {
        name: 'complete-pass-fenced',
        text: `update sync.pass set completed_at = now() where id = $3 and (select count(*) from mine) = 1
returning 1`,
        values: [passId],
      }),
    readMissing: async (entity: string) => {
      const { unseen, known } = await readUnseen(db, { ...scope, entity });
      return { missing: unseen.map((one) => ({ centre, ...one })), totalCount: known };
    },
    forgetShadows: (entity: string, vendorIds: readonly string[], epoch: number): Promise<Written> =>
      runFenced(db, scope, epoch, {
        name: 'forget-shadows-fenced',
        text: `delete from sync.shadow
where vendor_id = any ($3::text[]) and entity = $4 and centre = $5 and vendor = $6
  and (select count(*) from mine) = 1 returning 1`,
        values: [vendorIds, entity, centre, vendor],
      }),
    keepUnasked: (
      entity: string,
      learnerVendorIds: readonly string[],
      { passId, epoch }: { readonly passId: string; readonly epoch: number },
    ): Promise<Written> =>
      runFenced(db, scope, epoch, {
        name: 'keep-unasked-fenced',
        text: `update sync.shadow set seen_pass = $3::bigint
where learner_vendor_id = any ($4::text[]) and entity = $5 and centre = $6 and vendor = $7
  and (select count(*) from mine) = 1 returning 1`,
        values: [passId, learnerVendorIds, entity, centre, vendor],
      }),
    readObservations: async (entity: string, vendorIds: readonly string[]): Promise<Observation[]> => {
      const shadows = await readShadows(db, { ...scope, entity }, vendorIds);
      return shadows.map((shadow) => ({ ...shadow, cause: 'poll', deleted: false }));
    },
    readRuns: async (): Promise<Runs> => (await readState<Runs>(db, scope, 'runs')) ?? noRuns,
    recordRun: (run: number, state: RunState, epoch: number): Promise<Written> =>
      mergeState(db, scope, epoch, {
        resource: 'runs',
        initial: noRuns,
        change:
          state.kind === 'begun' ? { open: run, scope: state.scope } : { open: null, lastCompleted: run },
      }),
  };
}

type Scope = 'daily' | 'all';
type RunState = { readonly kind: 'begun'; readonly scope: Scope } | { readonly kind: 'completed' };
/** `scope`: of the run that was begun last. */
type Runs = { readonly open: number | null; readonly lastCompleted: number | null; readonly scope?: Scope };
const noRuns: Runs = { open: null, lastCompleted: null };

async function readState<T>(db: Db, { vendor, centre }: PollScope, resource: string): Promise<T | null> {
  const text = `
select value::jsonb as state from sync.cursor where vendor = $1 and centre = $2 and resource = $3`;
  const values = [vendor, centre, resource];
  const [row] = await runStatement<{ state: T }>(db, { name: 'read-poll-state', text }, values);
  return row?.state ?? null;
}

type FencedStatement = {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
};

/** Runs a statement that does nothing unless the epoch is the present one. */
async function runFenced(
  db: Db,
  scope: PollScope,
  epoch: number,
  { name, text, values }: FencedStatement,
): Promise<Written> {
  const whole = `with ${leaseIsMine}, act as (${text}) select count(*)::integer as held from mine`;
  const [row] = await runStatement<{ held: number }>(db, { name, text: whole }, [
    toLeaseName(scope),
    epoch,
    ...values,
  ]);
  return row?.held === 1 ? 'recorded' : 'fenced';
}

function mergeState(
  db: Db,
  scope: PollScope,
  epoch: number,
  state: { readonly resource: string; readonly initial: JsonObject; readonly change: JsonObject },
): Promise<Written> {
  const { vendor, centre } = scope;
  return runFenced(db, scope, epoch, {
    name: 'merge-poll-state',
    text: `insert into sync.cursor as c (vendor, centre, resource, value, epoch)
select $3, $4, $5, ($6::jsonb || $7::jsonb)::text, mine.epoch from mine
on conflict (vendor, centre, resource) do update
set value = (c.value::jsonb || $7::jsonb)::text, epoch = excluded.epoch, recorded_at = now()
returning 1`,
    values: [vendor, centre, state.resource, JSON.stringify(state.initial), JSON.stringify(state.change)],
  });
}

async function beginFencedPass(
  db: Db,
  { vendor, centre, entity }: PollScope & { readonly entity: string },
  { epoch, startedAtMs }: { readonly epoch: number; readonly startedAtMs: number },
): Promise<string> {
  const text = `
with ${leaseIsMine}
insert into sync.pass (vendor, centre, entity, started_at_ms)
select $3, $4, $5, $6 from mine returning id::text as id`;
  const values = [toLeaseName({ vendor, centre }), epoch, vendor, centre, entity, Math.floor(startedAtMs)];
  const [row] = await runStatement<{ id: string }>(db, { name: 'begin-pass', text }, values);
  // Without the lease the number leads nowhere: the next write that carries the epoch is refused.
  return row?.id ?? '0';
}
