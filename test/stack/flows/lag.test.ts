import { expect } from 'vitest';
import type { Deployment, RoleProcess } from '../../support/deployment/deployment.ts';
import { readMetric } from '../../support/deployment/metrics.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('lag', {
  settings: {
    lag: { sampleIntervalMs: 500, stalledAfterMs: 5_000 },
    canary: { intervalSeconds: 1 },
  },
});
const deadlineMs = 30_000;

type Row = {
  readonly what: string;
  readonly count: number | null;
  readonly ageMs: number | null;
  readonly status: string;
  readonly sinceMs: number | null;
  readonly advice: string;
};

/** The lines as ops serves them. */
async function readRows({ httpUrl }: RoleProcess): Promise<ReadonlyMap<string, Row>> {
  const { rows } = (await (await fetch(`${httpUrl}/status.json`)).json()) as { readonly rows: Row[] };
  return new Map(rows.map((row) => [row.what, row]));
}

function untilLine(ops: RoleProcess, what: string, wanted: Partial<Row>): Promise<Row> {
  return eventually(async () => {
    const row = (await readRows(ops)).get(what);
    expect(row).toMatchObject(wanted);
    return row as Row;
  }, deadlineMs);
}

async function setVendor({ store }: Deployment, isEnabled: boolean): Promise<void> {
  await store.query('update sync.vendor_state set is_enabled = $1', [isEnabled]);
}

test('the canary comes back within 5 s with each part timed, also while no vendor is at work', async () => {
  const deployment = installation();
  const { pics } = deployment;
  const roles = await deployment.startRoles('outbound', 'reconciler', 'ops');
  await untilLine(roles, 'canary: decision', { status: 'ok' });
  const way = await untilLine(roles, 'canary', { status: 'ok', count: 0 });
  expect(way.ageMs).toBeLessThan(5_000);
  const { rows } = await pics.query<{ decided: string[]; ordered: boolean }>(
    `select decided, array[last_sent_at, recorded_at, consumed_at, decided_at, received_at, back_at] =
        (select array_agg(t order by t) from unnest(array[last_sent_at, recorded_at, consumed_at, decided_at,
          received_at, back_at]) t) as ordered
     from picsync.canary`,
  );
  expect(rows).toMatchObject([{ decided: ['onefile'], ordered: true }]);
  await eventually(async () => {
    expect(await readMetric(roles, 'canaries_total', { result: 'returned' })).toBeGreaterThan(1);
  }, deadlineMs);
  expect(await readMetric(roles, 'canary_seconds_count')).toBeGreaterThan(1);

  await setVendor(deployment, false);
  await untilLine(roles, 'canary: decision', { status: 'idle' });
  await untilLine(roles, 'canary', { status: 'ok' });
  await untilLine(roles, 'queue: PICS to OneFile', { status: 'disabled' });
  await setVendor(deployment, true);
  await untilLine(roles, 'canary: decision', { status: 'ok' });

  // Nothing of it reaches a vendor, and its table has one row.
  const calls = await deployment.oneFile.calls();
  expect(calls.filter(({ path }) => /canary/i.test(path))).toEqual([]);
  const { rows: all } = await pics.query('select id from picsync.canary');
  expect(all).toEqual([{ id: 1 }]);
});
