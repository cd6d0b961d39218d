import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { toInstant } from '../../../simulators/pics/generate/dates.ts';
import { eventually } from '../eventually.ts';
import type { Deployment } from './deployment.ts';

/** A review that a user of PICS has planned. */
export type PlannedReview = {
  readonly id: string;
  readonly ident: string;
  /** Wall time; unique among the reviews of a test, so that it can be recognised at OneFile. */
  readonly proposed: string;
};

export type SeenReview = {
  readonly ID: number;
  readonly LearnerID: number;
  readonly AssessorID: number | null;
  readonly VisitID: number | null;
  readonly ScheduledFor: string | null;
  readonly StartedOn: string | null;
};

/** Learners linked to OneFile without anything odd about them. */
export async function readLinkedIdents({ pics }: Deployment): Promise<string[]> {
  const { rows } = await pics.query<{ ident: string }>(
    `select trim(d.ident) as ident from pics.pctrndet d join pics.trainee t using (ident)
     where d.other_sys_id is not null and d.ident >= '20000' and t.main_off is not null order by 1`,
  );
  return rows.map(({ ident }) => ident);
}

/** An officer whom OneFile knows as assessor. */
export async function readLinkedOfficer({ pics }: Deployment): Promise<string> {
  const { rows } = await pics.query<{ code: string }>(
    'select trim(code) as code from pics.officer where other_id is not null order by code limit 1',
  );
  const [officer] = rows;
  if (officer === undefined) throw new Error('the seed has no linked officer');
  return officer.code;
}

let planned = 0;

/** Within the fortnight that the poller keeps an eye on; no two alike. */
export function nextProposed(): string {
  planned += 1;
  const now = new Date();
  const [day, minute] = [now.getUTCDate() + 1 + (planned % 12), Math.floor(planned / 12)];
  const at = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), day, 9, minute));
  return at.toISOString().slice(0, 19).replace('T', ' ');
}

export type Plan = { readonly ident: string; readonly officer?: string; readonly proposed?: string };

/** Plans reviews in PICS as a user does, all in one transaction. */
export async function planReviews(deployment: Deployment, plans: readonly Plan[]): Promise<PlannedReview[]> {
  const linked = await readLinkedOfficer(deployment);
  const reviews = plans.map(({ ident, officer = linked, proposed = nextProposed() }) => ({
    id: randomUUID(),
    ident,
    proposed,
    officer,
  }));
  await deployment.pics.query(
    `insert into pics.itp_revu (id, ident, type, proposed, initials)
     select x.id, x.ident, 'N', x.proposed, x.officer
     from json_to_recordset($1) as x(id uuid, ident text, proposed timestamp, officer text)`,
    [JSON.stringify(reviews)],
  );
  return reviews.map(({ id, ident, proposed }) => ({ id, ident, proposed }));
}

export async function planReview(deployment: Deployment, plan: Plan): Promise<PlannedReview> {
  const [review] = await planReviews(deployment, [plan]);
  if (review === undefined) throw new Error('a plan makes a review');
  return review;
}

/** The reviews OneFile holds for a planned one; more than one is a duplicate. */
export async function findAtOneFile(
  { oneFile, pics }: Deployment,
  { ident, proposed }: PlannedReview,
): Promise<SeenReview[]> {
  const { rows } = await pics.query<{ id: string }>(
    'select trim(other_sys_id) as id from pics.pctrndet where ident = $1',
    [ident],
  );
  const reviews = await oneFile.records<SeenReview>('reviews');
  const at = Date.parse(toInstant(proposed));
  return reviews.filter(
    (review) => String(review.LearnerID) === rows[0]?.id && Date.parse(review.ScheduledFor ?? '') === at,
  );
}

export type ReviewRow = {
  readonly onefile_id: string | null;
  readonly attended: string | null;
  readonly actual: string | null;
  readonly proposed: string | null;
  /** Changes with every write of the row. */
  readonly xmin: string;
};

export async function readReviewRow({ pics }: Deployment, id: string): Promise<ReviewRow | null> {
  const { rows } = await pics.query<ReviewRow>(
    `select trim(onefile_id) as onefile_id, trim(attended) as attended, actual::text, proposed::text, xmin::text
     from pics.itp_revu where id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/** Waits until each planned review is at OneFile and PICS shows its id. */
export async function untilDelivered(
  deployment: Deployment,
  reviews: readonly PlannedReview[],
  deadlineMs = 60_000,
): Promise<void> {
  await eventually(async () => {
    const { rows } = await deployment.pics.query<{ id: string }>(
      'select id from pics.itp_revu where id = any($1::uuid[]) and onefile_id is null',
      [reviews.map(({ id }) => id)],
    );
    if (rows.length > 0) throw new Error(`${rows.length} of ${reviews.length} reviews are not delivered`);
  }, deadlineMs);
}

/** Each planned review is at OneFile exactly once, under the id that PICS shows. */
export async function expectOnceEach(
  deployment: Deployment,
  reviews: readonly PlannedReview[],
): Promise<void> {
  for (const review of reviews) {
    const found = await findAtOneFile(deployment, review);
    const row = await readReviewRow(deployment, review.id);
    expect(found.map(({ ID }) => String(ID))).toEqual([row?.onefile_id]);
  }
}
