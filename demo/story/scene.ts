import type { Deployment, RoleProcess } from '../../test/support/deployment/deployment.ts';
import type { Teller } from './teller.ts';

type Person = {
  readonly ident: string;
  readonly name: string;
  /** The learner's id at OneFile. */
  readonly oneFileId: number;
};

/** What the steps play with. */
export type Scene = {
  readonly installation: Deployment;
  readonly person: (ident: string) => Person;
  /** The outbound worker that runs at present. */
  readonly outbound: () => RoleProcess;
  /** Starts another outbound worker, which is the one from then on. */
  readonly startOutbound: () => Promise<void>;
  /** Where the story proper begins: OneFile's history and what was held by then. Known once OneFile is enabled. */
  readonly begin: { since: number; held: number };
  readonly signal: AbortSignal;
};

export function findPerson({ dataset }: Deployment, ident: string): Person {
  for (const { ident: code, rows } of dataset.learners()) {
    if (code !== ident) continue;
    const [trainee] = rows.trainee;
    const [details] = rows.pctrndet;
    const name = `${trainee?.firstname ?? ''} ${trainee?.surname ?? ''}`.trim();
    return { ident, name, oneFileId: Number(details?.other_sys_id) };
  }
  throw new Error(`there is no learner ${ident} in the invented PICS`);
}

/** One part of the story. It may end early when what it builds on did not come. */
export type Step = {
  readonly title: string;
  readonly play: (scene: Scene, teller: Teller) => Promise<void>;
};

/** A review that the story plans in PICS. The ids are known once it is there. */
export type PlannedReview = {
  readonly ident: string;
  /** Wall time in London. */
  readonly at: string;
  picsId: string;
  oneFileId: number | null;
};

export const plannedReview = (ident: string, at: string): PlannedReview => ({
  ident,
  at,
  picsId: '',
  oneFileId: null,
});

/** What a command of pics-sync answers with `--json`: the row of its request. */
export type Answer<R> = {
  readonly status: string;
  readonly message: string | null;
  readonly result: R | null;
};

/** Gives a command as an administrator does, shown as typed, and reads what it answers. */
export async function giveCommand<R>(
  installation: Deployment,
  teller: Teller,
  args: readonly string[],
): Promise<Answer<R>> {
  const { code, stdout, stderr } = await teller.act('pics-sync', `./pics-sync ${args.join(' ')}`, () =>
    installation.cli(...args, '--timeout', '60', '--json'),
  );
  if (stdout.trim() === '') return { status: `exit code ${code}`, message: stderr.trim(), result: null };
  return JSON.parse(stdout) as Answer<R>;
}

/** What pics-sync itself has written down: calls in hand, and items that wait for a person. */
type Ledger = Pick<Deployment, 'store'>;

/** States of what is under way for a learner at one step: planned, sending or unknown. */
export async function readOpenStates({ store }: Ledger, ident: string, step: string): Promise<string[]> {
  const { rows } = await store.query<{ state: string }>(
    `select state from sync.intent
      where ident = $1 and step = $2 and state in ('planned', 'sending', 'unknown')`,
    [ident, step],
  );
  return rows.map(({ state }) => state);
}

export async function countOpen({ store }: Ledger): Promise<number> {
  const { rows } = await store.query<{ count: number }>(
    `select count(*)::int as count from sync.intent where state in ('planned', 'sending', 'unknown')`,
  );
  return rows[0]?.count ?? 0;
}

export async function countHeld({ store }: Ledger): Promise<number> {
  const { rows } = await store.query<{ count: number }>(
    'select count(*)::int as count from sync.held where closed_at is null',
  );
  return rows[0]?.count ?? 0;
}
