import { randomUUID } from 'node:crypto';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { settle } from '../../support/deployment/settle.ts';
import { waitFor } from '../with-deployment.ts';
import { type CleanAim, type Field, fields, typeFields } from './clean-aims.ts';
import { countSince, setMark } from './count.ts';
import type { Line } from './line.ts';

const allFields = Object.keys(fields) as Field[];

/** OF-42 to OF-44: one field of a qualification. */
export function pushOneField(deployment: Deployment, aims: readonly CleanAim[]): Promise<Line> {
  return push(deployment, 'registration number pushed', aims, (aim) =>
    typeFields(deployment, aim, ['regno']),
  );
}

export function pushFourFields(deployment: Deployment, aims: readonly CleanAim[]): Promise<Line> {
  return push(deployment, 'four fields of one qualification, one commit', aims, (aim) =>
    typeFields(deployment, aim, allFields),
  );
}

/**
 * Four commits right after each other: what comes while a learner is being read goes with the same write.
 *
 * One learner after the other, or the bench's own connections would stretch the time between the commits.
 */
export async function pushFourCommits(deployment: Deployment, aims: readonly CleanAim[]): Promise<Line> {
  let turn: Promise<unknown> = Promise.resolve();
  let longestMs = 0;
  const measure = 'four fields of one qualification, four commits at once';
  const line = await push(deployment, measure, aims, (aim) => {
    const typed = turn.then(async () => {
      const beganMs = performance.now();
      for (const field of allFields) await typeFields(deployment, aim, [field]);
      longestMs = Math.max(longestMs, performance.now() - beganMs);
    });
    turn = typed;
    return typed;
  });
  return { ...line, figures: { ...line.figures, longestMs: Math.round(longestMs) } };
}

async function push(
  deployment: Deployment,
  measure: string,
  aims: readonly CleanAim[],
  change: (aim: CleanAim) => Promise<void>,
): Promise<Line> {
  const mark = await setMark(deployment);
  await Promise.all(aims.map(change));
  await settle(deployment);
  const { calls, writes } = await countSince(deployment, mark);
  const written = new Set(writes.map(({ path }) => path));
  if (written.size !== aims.length) throw new Error(`${measure}: ${written.size} of ${aims.length} arrived`);
  const each = calls.length / aims.length;
  return {
    measure,
    seen: `${each.toFixed(2)} calls each`,
    bar: '2',
    isMet: each <= 2,
    figures: { changes: aims.length, calls: calls.length, writes: writes.length },
  };
}

/** OF-50, OF-51: a visit and a review, with an assessor that OneFile knows. */
export async function uploadReviews(deployment: Deployment, idents: readonly string[]): Promise<Line> {
  const { pics } = deployment;
  const mark = await setMark(deployment);
  const ids = idents.map(() => randomUUID());
  const inAWeek = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  await pics.query(
    `insert into pics.itp_revu (id, ident, type, proposed, initials)
       select x.id, x.ident, 'N', $3::timestamp,
         (select code from pics.officer where other_id is not null order by code limit 1)
       from unnest($1::uuid[], $2::text[]) as x(id, ident)`,
    [ids, idents, `${inAWeek} 10:00:00`],
  );
  await waitFor('the reviews at OneFile and their ids in PICS', async () => {
    const { rows } = await pics.query<{ count: number }>(
      'select count(*)::integer as count from pics.itp_revu where id = any($1) and onefile_id is not null',
      [ids],
    );
    return rows[0]?.count === ids.length;
  });
  await settle(deployment);
  const { calls } = await countSince(deployment, mark);
  const each = calls.length / ids.length;
  return {
    measure: 'new review of a linked learner',
    seen: `${each.toFixed(2)} calls each`,
    bar: '2',
    isMet: each <= 2,
    figures: { reviews: ids.length, calls: calls.length },
  };
}
