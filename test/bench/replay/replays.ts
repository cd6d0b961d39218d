import type { JsonObject } from '../../../src/domain/json.ts';
import type { RunPlan, RunState } from '../../../src/domain/run.ts';
import type { BlankAim } from '../../support/deployment/aims.ts';
import { command } from '../../support/deployment/commands.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { sleepUntil, waitFor } from '../with-deployment.ts';

/** A replay that was planned, and how long that took from the command on. */
export type PlannedReplay = { readonly id: number; readonly plan: RunPlan; readonly seconds: number };

type RunRow = { readonly state: RunState; readonly code: string | null; readonly plan: RunPlan | null };

const runMs = 180_000;
const appliedOn = '2026-03-04';

/** Replays of everything that the change topics hold, asked for and approved by commands. */
export class Replays {
  readonly #deployment: Deployment;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  /** With idents, of these learners alone. */
  async plan(idents?: readonly string[]): Promise<PlannedReplay> {
    const beganMs = performance.now();
    const id = await this.#ask(idents === undefined ? {} : { filter: { idents } });
    const { plan } = await this.#until(id, ({ state }) => state === 'planned');
    if (plan === null) throw new Error(`run ${id} has no plan`);
    return { id, plan, seconds: (performance.now() - beganMs) / 1000 };
  }

  /** Approves it and waits for its end. What has become another plan meanwhile is approved again. */
  async apply({ id, plan }: PlannedReplay): Promise<void> {
    for (let approved = plan; ; ) {
      const { digest, plannedAtMs } = approved;
      await this.#give('run-approve', { run: id, digest });
      const isOver = (run: RunRow): boolean => run.state === 'done' || isMadeAgain(run, plannedAtMs);
      const { state, plan: again } = await this.#until(id, isOver);
      if (state === 'done' || again === null) return;
      approved = again;
    }
  }

  /** Learners of whom its plan says something, be it only that a rule leaves them as they are. */
  async readConcerned({ id }: PlannedReplay): Promise<ReadonlySet<string>> {
    const text = `select ident from sync.run_item where run = $1 and jsonb_array_length(planned -> 'lines') > 0`;
    const { rows } = await this.#deployment.store.query<{ ident: string }>(text, [id]);
    return new Set(rows.map(({ ident }) => ident));
  }

  /** Plans one after the other until it is over; what is in work then is stopped. Gives how many were planned. */
  async keepPlanning(isOver: () => boolean): Promise<number> {
    for (let count = 0; ; count += 1) {
      const id = await this.#ask({});
      const { state } = await this.#until(id, (run) => run.state === 'planned' || isOver());
      await this.#give('run-stop', { run: id });
      if (isOver()) return state === 'planned' ? count + 1 : count;
    }
  }

  async #ask(scope: JsonObject): Promise<number> {
    const { result } = await this.#give('run-plan', { kind: 'replay', ...scope });
    return Number(result?.['run']);
  }

  async #give(kind: string, payload: JsonObject) {
    const answer = await command(this.#deployment, kind, { payload });
    if (answer.status !== 'done') throw new Error(`${kind} ended ${answer.status}: ${answer.message}`);
    return answer;
  }

  async #until(id: number, isThere: (run: RunRow) => boolean): Promise<RunRow> {
    let seen: RunRow | undefined;
    await waitFor(
      `run ${id}`,
      async () => {
        const text = 'select state, code, plan from sync.run where id = $1';
        const { rows } = await this.#deployment.store.query<RunRow>(text, [id]);
        [seen] = rows;
        if (seen === undefined || ['failed', 'stopped', 'paused'].includes(seen.state))
          throw new Error(`run ${id} is ${seen?.state} (${seen?.code})`);
        if (isThere(seen)) return true;
        await sleepUntil(performance.now() + 200);
        return false;
      },
      runMs,
    );
    if (seen === undefined) throw new Error(`there is no run ${id}`);
    return seen;
  }
}

function isMadeAgain({ state, plan }: RunRow, plannedAtMs: number): boolean {
  return state === 'planned' && plan?.plannedAtMs !== plannedAtMs;
}

/**
 * Types a date of certificate into qualifications as the sync's own writes are marked. No flow looks at them for it, so that
 * each stays a difference until a replay finds it.
 */
export async function makeDifferences(deployment: Deployment, aims: readonly BlankAim[]): Promise<void> {
  const origin = `${deployment.name}:onefile:bench`;
  const client = await deployment.pics.connect();
  try {
    await client.query(
      `select pg_replication_origin_create($1)
       where not exists (select from pg_replication_origin where roname = $1)`,
      [origin],
    );
    await client.query('select pg_replication_origin_session_setup($1)', [origin]);
    await client.query('begin');
    await client.query(`select pg_replication_origin_xact_setup('0/1', now())`);
    await client.query(
      `update pics.trqual q set certappl = $4
       from unnest($1::text[], $2::text[], $3::integer[]) as x (ident, vqref, seq)
       where q.ident = x.ident and q.vqref = x.vqref and q.seq = x.seq`,
      [aims.map(({ ident }) => ident), aims.map(({ vqref }) => vqref), aims.map(({ seq }) => seq), appliedOn],
    );
    await client.query('commit');
  } finally {
    // The mark belongs to the session.
    client.release(true);
  }
}
