import type { JsonObject } from '../../../src/domain/json.ts';
import type { RunPlan, RunState } from '../../../src/domain/run.ts';
import type { BlankAim } from '../../support/deployment/aims.ts';
import { command } from '../../support/deployment/commands.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { sleepUntil, waitFor } from '../with-deployment.ts';

/** A replay that was planned, and how long that took from the command on. */
export type PlannedReplay = { readonly id: number; readonly plan: RunPlan; readonly seconds: number };

const runMs = 180_000;
const appliedOn = '2026-03-04';

/** Replays of everything that the change topics hold, asked for and approved by commands. */
export class Replays {
  readonly #deployment: Deployment;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  async plan(): Promise<PlannedReplay> {
    const beganMs = performance.now();
    const { result } = await this.#give('run-plan', { kind: 'replay' });
    const id = Number(result?.['run']);
    const plan = await this.#until(id, ['planned']);
    if (plan === null) throw new Error(`run ${id} has no plan`);
    return { id, plan, seconds: (performance.now() - beganMs) / 1000 };
  }

  /** Approves it and waits for its end. Gives the seconds from the approval on. */
  async apply({ id, plan }: PlannedReplay): Promise<number> {
    const beganMs = performance.now();
    await this.#give('run-approve', { run: id, digest: plan.digest });
    await this.#until(id, ['done']);
    return (performance.now() - beganMs) / 1000;
  }

  async #give(kind: string, payload: JsonObject) {
    const answer = await command(this.#deployment, kind, { payload });
    if (answer.status !== 'done') throw new Error(`${kind} ended ${answer.status}: ${answer.message}`);
    return answer;
  }

  async #until(id: number, wanted: readonly RunState[]): Promise<RunPlan | null> {
    let plan: RunPlan | null = null;
    await waitFor(
      `run ${id} to be ${wanted.join(' or ')}`,
      async () => {
        const { rows } = await this.#deployment.store.query<{
          state: RunState;
          code: string | null;
          plan: RunPlan | null;
        }>('select state, code, plan from sync.run where id = $1', [id]);
        const [run] = rows;
        if (run === undefined || ['failed', 'stopped', 'paused'].includes(run.state))
          throw new Error(`run ${id} is ${run?.state} (${run?.code})`);
        plan = run.plan;
        if (wanted.includes(run.state)) return true;
        await sleepUntil(performance.now() + 200);
        return false;
      },
      runMs,
    );
    return plan;
  }
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
