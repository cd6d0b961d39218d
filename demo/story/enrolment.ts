import type { Deployment } from '../../test/support/deployment/deployment.ts';

/** The learner with a pathway to choose, and the learner whose officer OneFile does not know. */
export const enrolled = { first: '10023', second: '10016' } as const;
/** A reference that three standards of OneFile carry, and one that none carries. */
export const references = { shared: '50096589', unknown: '501/9899/6' } as const;
/** Named in both enrolments, and unknown to OneFile. */
export const newOfficer = 'BBA005';
export const fallbackClassroomId = '2001';

/** What the story finds out on its way. */
export type Enrolment = {
  /** An officer that OneFile has under another name than its code: a person links it. */
  linkedOfficer: string;
  pathwayId: string;
  /** OneFile ids of the two learners. */
  readonly learnerIds: Map<string, number>;
  /** Calls that change something at OneFile and have to be there at the end. */
  writes: number;
};

export const toEnrolment = (): Enrolment => ({
  linkedOfficer: '',
  pathwayId: '',
  learnerIds: new Map(),
  writes: 0,
});

type User = {
  readonly ID: number;
  readonly Role: number;
  readonly MISID: string | null;
  readonly DefaultAssessorID: number | null;
  readonly PlacementID: number | null;
};

export async function readUsers({ oneFile }: Pick<Deployment, 'oneFile'>, misId: string): Promise<User[]> {
  const users = await oneFile.records<User>('users');
  return users.filter((user) => user.MISID === misId);
}

export async function readOneFileId(
  { pics }: Pick<Deployment, 'pics'>,
  ident: string,
): Promise<string | null> {
  const { rows } = await pics.query<{ id: string | null }>(
    `select nullif(trim(other_sys_id), '') as id from pics.pctrndet where ident = $1`,
    [ident],
  );
  return rows[0]?.id ?? null;
}

/** Reviews that an enrolment has to take along: Normal, planned, and nothing said of them yet (OF-19). */
export async function countOpenReviews({ pics }: Pick<Deployment, 'pics'>, ident: string): Promise<number> {
  const { rows } = await pics.query<{ count: number }>(
    `select count(*)::int as count from pics.itp_revu
      where ident = $1 and type = 'N' and coalesce(trim(attended), '') = '' and actual is null
        and proposed is not null and coalesce(trim(onefile_id), '') = ''`,
    [ident],
  );
  return rows[0]?.count ?? 0;
}
