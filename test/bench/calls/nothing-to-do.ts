import type { Deployment, RoleProcess } from '../../support/deployment/deployment.ts';
import { readDispositions } from '../../support/deployment/metrics.ts';
import { settle } from '../../support/deployment/settle.ts';
import type { CleanAim } from './clean-aims.ts';
import { countLearnerReads, countSince, setMark } from './count.ts';
import type { Line } from './line.ts';
import { runPass } from './passes.ts';

/**
 * What OneFile says is written into PICS and comes back through capture while outbound does not run.
 *
 * Then outbound starts and finds nothing but its own echoes, so all it does is on their account.
 */
export async function readOwnEcho(
  deployment: Deployment,
  aims: readonly CleanAim[],
): Promise<{ readonly line: Line; readonly outbound: RoleProcess }> {
  const { oneFile } = deployment;
  for (const [at, { aimId }] of aims.entries())
    await oneFile.post(`/act/aims/${aimId}/progress`, { progress: (at % 40) + 3.5 });
  const { rows } = await runPass(deployment, ['reconciler']);
  if (rows === 0) throw new Error('PICS was not changed, so nothing can come back');
  const seen = await watch(deployment, async () => {
    const outbound = await deployment.startRoles('outbound');
    await settle(deployment);
    return outbound;
  });
  const echoes = seen.dispositions['echo'] ?? 0;
  const line = lineOf(`own write comes back through capture (${echoes} echoes)`, seen, { echoes });
  return { line, outbound: seen.outbound };
}

/** Changes of columns that are captured and that no rule sends. */
export async function changeNothingSent(
  deployment: Deployment,
  outbound: RoleProcess,
  aims: readonly CleanAim[],
): Promise<Line> {
  const { pics } = deployment;
  const idents = aims.map(({ ident }) => ident);
  const before = await readDispositions(outbound);
  const seen = await watch(deployment, async () => {
    await pics.query(`update pics.trainee set phone = '0123 000' where ident = any($1)`, [idents]);
    await pics.query(`update pics.pctrndet set email = 'x@example.org' where ident = any($1)`, [idents]);
    await pics.query(
      'update pics.trqual set done_elem = coalesce(done_elem, 0) + 1, qexpect = current_date where ident = any($1)',
      [idents],
    );
    await pics.query(`update pics.officer set phone = '0123 000' where other_id is not null`);
    await pics.query(
      `update pics.itp_revu set proposed = proposed + interval '1 day'
        where ident = any($1) and onefile_id is not null`,
      [idents],
    );
    await settle(deployment);
    return outbound;
  });
  const rules = Object.entries(seen.dispositions)
    .map(([rule, count]) => ({ rule, count: count - (before[rule] ?? 0) }))
    .filter(({ count }) => count > 0);
  const changes = rules.reduce((sum, { count }) => sum + count, 0);
  return lineOf(`change that no rule sends (${changes} changes)`, seen, {
    changes,
    ...Object.fromEntries(rules.map(({ rule, count }) => [rule, count])),
  });
}

const leastReads = 100;

type Seen = {
  readonly calls: number;
  readonly reads: number;
  readonly readsBefore: number;
  readonly dispositions: Readonly<Record<string, number>>;
  readonly outbound: RoleProcess;
};

async function watch(deployment: Deployment, act: () => Promise<RoleProcess>): Promise<Seen> {
  const readsBefore = await countLearnerReads(deployment);
  // Passes and pushes have read every learner before: a meter that has not seen them would see nothing now.
  if (readsBefore < leastReads) throw new Error(`readings are not counted: ${readsBefore} so far`);
  const mark = await setMark(deployment);
  const outbound = await act();
  const { calls } = await countSince(deployment, mark);
  const reads = (await countLearnerReads(deployment)) - readsBefore;
  return {
    calls: calls.length,
    reads,
    readsBefore,
    dispositions: await readDispositions(outbound),
    outbound,
  };
}

function lineOf(
  measure: string,
  { calls, reads, readsBefore }: Seen,
  figures: Readonly<Record<string, number>>,
): Line {
  return {
    measure,
    seen: `${calls} calls, ${reads} readings of a learner in PICS`,
    bar: '0, 0',
    isMet: calls === 0 && reads === 0,
    figures: { calls, reads, readsBefore, ...figures },
  };
}
