/*
 * Enrolling a learner, first as a preview that sends nothing, then in earnest. The steps share an `Enrolment`:
 * what one of them finds out, such as the pathway to choose and the OneFile ids, the later ones use, and the
 * writes are added up for the count at the end.
 */

import type { EnrolmentPlan } from '../../src/domain/enrolment.ts';
import type { Deployment } from '../../test/support/deployment/deployment.ts';
import { inWords, readAims, readCalls } from './onefile.ts';
import { giveCommand, type Step } from './scene.ts';
import { met, unmet } from './teller.ts';

/** The learner with a pathway to choose, and the learner with an officer that OneFile does not have. */
export const enrolled = { first: '10023', second: '10016' } as const;
/** A reference that three standards of OneFile carry, and one that none carries. */
const references = { shared: '50096589', unknown: '501/9899/6' } as const;
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

export const newEnrolment = (): Enrolment => ({
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

async function readOneFileId({ pics }: Pick<Deployment, 'pics'>, ident: string): Promise<string | null> {
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

/** OF-12: what an enrolment would do, and what is to be chosen, before anything is sent. */
export const enrolmentPreviewed = (enrolment: Enrolment): Step => ({
  title: 'An enrolment is previewed, and nothing is sent',
  play: async ({ installation, person }, teller) => {
    const ident = enrolled.first;
    const { pics, oneFile } = installation;
    await teller.act(
      'PICS',
      `names new officer ${newOfficer} for ${person(ident).name}, and ${enrolment.linkedOfficer} for qualification ${references.shared}`,
      async () => {
        await pics.query('update pics.trainee set main_off = $2 where ident = $1', [ident, newOfficer]);
        await pics.query('update pics.trqual set officer = $3 where ident = $1 and vqref = $2', [
          ident,
          references.shared,
          enrolment.linkedOfficer,
        ]);
      },
    );
    const since = await oneFile.mark();
    const { result, message } = await giveCommand<EnrolmentPlan>(installation, teller, [
      'onefile',
      'enrol',
      ident,
      '--preview',
    ]);
    const qualification = (reference: string) =>
      result?.qualifications.find((one) => one.reference === reference);
    await teller.expect({
      place: 'pics-sync',
      expected: `three pathways for ${references.shared}, and ${references.unknown} is left out`,
      withinMs: 0,
      look: async () => {
        const [shared, unknown] = [qualification(references.shared), qualification(references.unknown)];
        const pathways = shared?.pathways.map(({ id, title }) => `${id} ${title}`) ?? [];
        enrolment.pathwayId = shared?.pathways[1]?.id ?? '';
        const seen = `to choose for ${references.shared}: ${pathways.join('; ') || message}; ${references.unknown} is ${unknown?.state}`;
        const isRight =
          shared?.state === 'choose' && pathways.length === 3 && unknown?.state === 'unavailable';
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'pics-sync',
      expected: `${newOfficer} would be created, ${enrolment.linkedOfficer} is linked`,
      withinMs: 0,
      look: async () => {
        const ways = new Map(result?.officers.map(({ code, way }) => [code, way]));
        const seen = [...ways].map(([code, way]) => `${code}: ${way}`).join(', ');
        const isRight = ways.get(newOfficer) === 'create' && ways.get(enrolment.linkedOfficer) === 'linked';
        return isRight ? met(`officers: ${seen}`, null) : unmet(`officers: ${seen}`);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: 'no call changed anything',
      withinMs: 0,
      look: async () => {
        const { writes } = await readCalls(installation, since);
        const seen = `calls that changed something: ${inWords(writes)}`;
        return writes.length === 0 ? met(seen, null) : unmet(seen);
      },
    });
  },
});

type EnrolAnswer = { readonly vendorId: string | null; readonly skipped: readonly string[] };

/** OF-10 to OF-23: the learner, the new officer, the chosen pathway and the planned reviews, each once. */
export const learnerEnrolled = (enrolment: Enrolment): Step => ({
  title: 'The learner is enrolled: new officer, chosen pathway, planned reviews',
  play: async ({ installation, person }, teller) => {
    const ident = enrolled.first;
    const { name } = person(ident);
    const since = await installation.oneFile.mark();
    const reviews = await countOpenReviews(installation, ident);
    const { status, message, result } = await giveCommand<EnrolAnswer>(installation, teller, [
      'onefile',
      'enrol',
      ident,
      '--yes',
      '--pathway',
      `${references.shared}=${enrolment.pathwayId}`,
    ]);
    await teller.expect({
      place: 'pics-sync',
      expected: 'the command says that it is done, and what was left out',
      log: 'outbound',
      withinMs: 0,
      look: async () => {
        const seen = `the command says: ${status}${message === null ? '' : `, ${message}`}; left out: ${result?.skipped.join(', ')}`;
        const isRight = status === 'done' && result?.skipped.join() === references.unknown;
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: `one learner and one assessor with the codes ${ident} and ${newOfficer}`,
      withinMs: 0,
      look: async () => {
        const [learners, officers] = await Promise.all(
          [ident, newOfficer].map((misId) => readUsers(installation, misId)),
        );
        const [learner] = learners ?? [];
        if (learner !== undefined) enrolment.learnerIds.set(ident, learner.ID);
        const seen = `learners ${ident}: ${learners?.length}; assessors ${newOfficer}: ${officers?.length}; ${name}'s assessor is ${learner?.DefaultAssessorID}`;
        const isRight =
          learners?.length === 1 && officers?.length === 1 && learner?.DefaultAssessorID === officers[0]?.ID;
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: `one learning aim of the chosen pathway ${enrolment.pathwayId}`,
      withinMs: 0,
      look: async () => {
        const aims = await readAims(installation, enrolment.learnerIds.get(ident) ?? 0);
        const seen = `learning aims of the standards ${aims.map(({ StandardID }) => StandardID).join(', ')}`;
        const isRight = aims.map(({ StandardID }) => String(StandardID)).join() === enrolment.pathwayId;
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    // The assessor, the learner, the aim with its fields and its own assessor; of each review the visit and the review.
    const expected = 5 + 2 * reviews;
    await teller.expect({
      place: 'OneFile',
      expected: `${reviews} reviews, and ${expected} calls that changed something`,
      withinMs: 0,
      look: async () => {
        const { writes } = await readCalls(installation, since);
        enrolment.writes += writes.length;
        const made = writes.filter((write) => write === 'POST Review').length;
        const seen = `${made} reviews, ${writes.length} calls that changed something`;
        return made === reviews && writes.length === expected
          ? met(seen, null)
          : unmet(`${seen}: ${inWords(writes)}`);
      },
    });
    await teller.expect({
      place: 'PICS',
      expected: "the learner carries OneFile's id",
      log: 'reconciler',
      look: async () => {
        const shown = await readOneFileId(installation, ident);
        const seen = `learner ${ident} carries ${shown ?? 'no id of OneFile'}`;
        return shown === String(enrolment.learnerIds.get(ident)) ? met(seen, null) : unmet(seen);
      },
    });
  },
});
