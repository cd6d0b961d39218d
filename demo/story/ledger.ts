import type { Deployment } from '../../test/support/deployment/deployment.ts';

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
