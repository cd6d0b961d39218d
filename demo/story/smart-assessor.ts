/*
 * The second vendor beside the first: Smart Assessor is enabled, an officer is looked up and saved, a learner is enrolled
 * with its sign-in mail, a session is held, progress is made, an id changes there and is not followed, and one learner is
 * in both systems.
 */

import type { EnrolmentPlan } from '../../src/domain/enrolment.ts';
import type { Deployment } from '../../test/support/deployment/deployment.ts';
import type { SimulatedCall } from '../../test/support/deployment/simulator-control.ts';
import { newOfficer } from './enrolment.ts';
import { count } from './first-and-last.ts';
import { readCalls } from './onefile.ts';
import { inDays } from './pics.ts';
import { giveCommand, type Step } from './scene.ts';
import { book, expectSession, type Row, type Site } from './session.ts';
import { met, type Teller, unmet } from './teller.ts';

/** Enrolled by the chapter: five address lines, of which Smart Assessor takes four. */
const newcomer = '10028';
/** Linked to both systems, with OneFile as the active one. */
const inBoth = '10025';

/** What the chapter finds out on its way. */
type Chapter = {
  /** The account of the officer whom a person looks up. */
  accountId: string;
  /** Of the learner who is enrolled. */
  learnerId: string;
  courseId: string;
};

/** The chapter, step by step. */
export function smartAssessorSteps(): Step[] {
  const chapter: Chapter = { accountId: '', learnerId: '', courseId: '' };
  return [
    enabledBeside,
    officerSaved(chapter),
    enrolmentPreviewed,
    learnerEnrolled(chapter),
    sessionHeld(chapter),
    progressMade(chapter),
    idNotFollowed(chapter),
    oneLearnerInBoth,
  ];
}

/** Calls since a place in the history that changed something, in the words of the client. */
export async function readSiteCalls(
  { smartAssessor }: Site,
  since: number,
): Promise<{ readonly all: readonly SimulatedCall[]; readonly writes: readonly string[] }> {
  const all = await smartAssessor.calls(since);
  return { all, writes: all.filter(({ applied }) => applied).map(({ operation }) => operation ?? '') };
}

const inWords = (writes: readonly string[]): string => (writes.length === 0 ? 'none' : writes.join(', '));

/** SA-1, W-3, SA-30: whoever has a portfolio id is linked, and nothing is sent by that. */
const enabledBeside: Step = {
  title: 'Smart Assessor is enabled beside OneFile, and every learner there is synchronised',
  play: async ({ installation, begin }, teller) => {
    const { pics, store } = installation;
    const since = await installation.smartAssessor.mark();
    await giveCommand(installation, teller, ['smart-assessor', 'enable', '--yes']);
    await teller.expect({
      place: 'pics-sync',
      expected:
        'every learner with a portfolio id is linked, the synchronisation is complete, nothing was sent',
      log: 'poller',
      withinMs: 60_000,
      look: async () => {
        const claimed = await count(pics, `pics.pctrndet where coalesce(trim(portfolio_id), '') <> ''`);
        const linked = await count(store, `sync.link where vendor = 'smartassessor' and kind = 'learner'`);
        const isOver =
          (await count(
            store,
            `sync.vendor_state where vendor = 'smartassessor' and is_enabled and sync_due_at is null`,
          )) === 1;
        const { writes } = await readSiteCalls(installation, since);
        const seen = `${linked} of ${claimed} learners linked, the synchronisation is ${isOver ? 'complete' : 'under way'}; calls that changed something: ${inWords(writes)}`;
        return linked === claimed && linked > 1 && isOver && writes.length === 0
          ? met(seen, null)
          : unmet(seen);
      },
    });
    await teller.expect({
      place: 'pics-sync',
      expected: 'one session is of a type that PICS has no review type for: held, never guessed',
      log: 'reconciler',
      look: async () => {
        const { rows } = await store.query<{ code: string; ident: string }>(
          `select code, trim(ident) as ident from sync.held where closed_at is null and vendor = 'smartassessor'`,
        );
        const seen = `held for a person: ${rows.map(({ code, ident }) => `${code} (${ident})`).join(', ') || 'nothing'}`;
        const isRight = rows.length === 1 && rows[0]?.code === 'TYPE_NOT_MAPPED' && rows[0].ident === '10029';
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    begin.held += 1;
  },
};

type LookUp = { readonly found: readonly { readonly id: string; readonly email: string | null }[] };

/** SA-20, D-2: the look-up lists all; what is saved counts from the next enrolment, and the column stays OneFile's. */
const officerSaved = (chapter: Chapter): Step => ({
  title: 'An officer is looked up among all assessors of Smart Assessor, and saved',
  play: async ({ installation }, teller) => {
    const { pics, store, smartAssessor } = installation;
    const [officer] = (
      await pics.query<{ email: string; shown: string | null }>(
        `select trim(email) as email, nullif(trim(other_id), '') as shown from pics.officer where code = $1`,
        [newOfficer],
      )
    ).rows;
    const all = await smartAssessor.records<Row>('assessors');
    const { result, message } = await giveCommand<LookUp>(installation, teller, [
      'smart-assessor',
      'lookup',
      'officers',
    ]);
    const found = result?.found ?? [];
    chapter.accountId = found.find(({ email }) => email === officer?.email)?.id ?? '';
    await teller.expect({
      place: 'pics-sync',
      expected: `the look-up lists all ${all.length} accounts, one of them with the officer's e-mail address`,
      withinMs: 0,
      look: async () => {
        const seen = `the look-up lists ${found.length} accounts${message === null ? '' : `, ${message}`}; with the officer's address: ${chapter.accountId || 'none'}`;
        return found.length === all.length && chapter.accountId !== '' ? met(seen, null) : unmet(seen);
      },
    });
    await giveCommand(installation, teller, [
      'smart-assessor',
      'link',
      'officer',
      newOfficer,
      chapter.accountId,
    ]);
    await teller.expect({
      place: 'pics-sync',
      expected: `officer ${newOfficer} is linked to it, and PICS's one id column still shows OneFile's id`,
      withinMs: 0,
      look: async () => {
        const { rows } = await store.query<{ id: string }>(
          `select vendor_id as id from sync.link where vendor = 'smartassessor' and kind = 'officer' and pics_id = $1`,
          [newOfficer],
        );
        const shown = await pics.query<{ id: string | null }>(
          `select nullif(trim(other_id), '') as id from pics.officer where code = $1`,
          [newOfficer],
        );
        const seen = `${newOfficer} is linked to ${rows[0]?.id ?? 'nobody'}; PICS shows ${shown.rows[0]?.id ?? 'no id'}`;
        const isRight = rows[0]?.id === chapter.accountId && shown.rows[0]?.id === officer?.shown;
        return isRight && officer?.shown !== null ? met(seen, null) : unmet(seen);
      },
    });
  },
});

/** SA-11. */
const enrolmentPreviewed: Step = {
  title: 'An enrolment at Smart Assessor is previewed, and nothing is sent',
  play: async ({ installation, person }, teller) => {
    const { pics } = installation;
    await teller.act('PICS', `${person(newcomer).name} has the Main Officer ${newOfficer}`, () =>
      pics.query('update pics.trainee set main_off = $2 where ident = $1', [newcomer, newOfficer]),
    );
    const since = await installation.smartAssessor.mark();
    const { result, message } = await giveCommand<EnrolmentPlan>(installation, teller, [
      'smart-assessor',
      'enrol',
      newcomer,
      '--preview',
    ]);
    await teller.expect({
      place: 'pics-sync',
      expected: 'name, e-mail address and start, both qualifications available, the officer linked',
      withinMs: 0,
      look: async () => {
        const { learner, qualifications = [], officers = [] } = result ?? {};
        const states = qualifications.map(({ reference, state }) => `${reference} ${state}`).join(', ');
        const ways = officers.map(({ code, way }) => `${code} ${way}`).join(', ');
        const seen = `${learner?.name ?? message}, ${learner?.email}, starts ${learner?.startOn}; ${states}; ${ways}`;
        const isRight =
          learner?.name === person(newcomer).name &&
          learner.email !== null &&
          learner.startOn !== null &&
          qualifications.length === 2 &&
          qualifications.every(({ state }) => state === 'available') &&
          ways === `${newOfficer} linked`;
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    await expectNoWrites(installation, teller, since);
  },
};

async function expectNoWrites(installation: Deployment, teller: Teller, since: number): Promise<void> {
  await teller.expect({
    place: 'Smart Assessor',
    expected: 'no call changed anything',
    withinMs: 0,
    look: async () => {
      const { writes } = await readSiteCalls(installation, since);
      const seen = `calls that changed something: ${inWords(writes)}`;
      return writes.length === 0 ? met(seen, null) : unmet(seen);
    },
  });
}

/** SA-2, SA-10 to SA-18. */
const learnerEnrolled = (chapter: Chapter): Step => ({
  title: 'The learner is enrolled on its courses with that officer, and gets one sign-in mail',
  play: async ({ installation }, teller) => {
    const { smartAssessor, pics } = installation;
    const since = await smartAssessor.mark();
    const { status, message, result } = await giveCommand<{ vendorId: string | null }>(installation, teller, [
      'smart-assessor',
      'enrol',
      newcomer,
      '--yes',
    ]);
    chapter.learnerId = result?.vendorId ?? '';
    await teller.expect({
      place: 'Smart Assessor',
      expected: 'one learner with four address lines, on two courses of that assessor, by three calls',
      log: 'outbound',
      withinMs: 0,
      look: async () => {
        const learners = await smartAssessor.records<Row>('learners');
        const own = learners.filter(({ misId }) => misId === newcomer);
        const lines = Object.keys((own[0]?.['homeAddress'] ?? {}) as Row).length;
        const courses = (await smartAssessor.records<Row>('learnerCourses')).filter(
          ({ learnerId }) => learnerId === chapter.learnerId,
        );
        chapter.courseId = String(courses[0]?.['courseId'] ?? '');
        const { writes } = await readSiteCalls(installation, since);
        const isRight =
          status === 'done' &&
          own.length === 1 &&
          courses.length === 2 &&
          courses.every(({ assessorId }) => assessorId === chapter.accountId) &&
          writes.toSorted().join() === 'create-learner,enrol-on-course,enrol-on-course';
        const seen = `${message ?? status}; learners ${newcomer}: ${own.length}, with ${lines} parts of an address; courses: ${courses.length}; calls: ${inWords(writes)}`;
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'Smart Assessor',
      expected: 'exactly one mail lies in the outbox, for the new learner',
      withinMs: 0,
      look: async () => {
        const mails = await smartAssessor.get<readonly { to: string; learnerId: string }[]>('/outbox');
        const seen = `mails in the outbox: ${mails.map(({ to }) => to).join(', ') || 'none'}`;
        return mails.length === 1 && mails[0]?.learnerId === chapter.learnerId
          ? met(seen, null)
          : unmet(seen);
      },
    });
    await teller.expect({
      place: 'PICS',
      expected: 'the learner carries the portfolio id, and S as the active portfolio',
      log: 'reconciler',
      look: async () => {
        const { rows } = await pics.query<{ id: string | null; type: string | null }>(
          `select nullif(trim(portfolio_id), '') as id, nullif(trim(eportype), '') as type
             from pics.pctrndet where ident = $1`,
          [newcomer],
        );
        const seen = `learner ${newcomer} carries ${rows[0]?.id ?? 'no portfolio id'}, active portfolio ${rows[0]?.type ?? 'none'}`;
        return rows[0]?.id === chapter.learnerId && rows[0].type === 'S' ? met(seen, null) : unmet(seen);
      },
    });
  },
});

/** SA-41, SA-42. */
const sessionHeld = (chapter: Chapter): Step => ({
  title: 'An induction is booked at Smart Assessor and held: PICS shows it as planned, then as attended',
  play: async ({ installation }, teller) => {
    const at = inDays(2, '09:30');
    const { learnerId, courseId } = chapter;
    const id = await teller.act('Smart Assessor', `an assessor books an induction on ${at}`, () =>
      book(installation, { learnerId, courseId, at, type: 'Induction' }),
    );
    const planned = { type: 'C', attended: 'U', at, actual: null };
    await expectSession(installation, teller, { ident: newcomer, id, wanted: planned });
    await teller.act('Smart Assessor', 'the induction is held, and the assessor closes it as attended', () =>
      installation.smartAssessor.post(`/act/sessions/${id}/close`),
    );
    await expectSession(installation, teller, {
      ident: newcomer,
      id,
      wanted: { ...planned, attended: 'Y', actual: at },
    });
  },
});

/** SA-32, A-28. */
const progressMade = (chapter: Chapter): Step => ({
  title: 'Progress is made at Smart Assessor, and PICS counts it',
  play: async ({ installation }, teller) => {
    const { learnerId, courseId } = chapter;
    await teller.act('Smart Assessor', '38.5 % of the criteria of a course are signed off', () =>
      installation.smartAssessor.post(`/act/learner-courses/${learnerId}/${courseId}`, {
        assessedPc: 38.5,
        mappedPc: 45,
      }),
    );
    await teller.expect({
      place: 'PICS',
      expected: 'one qualification shows 38 of 100 elements',
      log: 'reconciler',
      look: async () => {
        const counts = await readCounts(installation, newcomer);
        const seen = `elements: ${counts.join(', ')}`;
        return counts.filter((one) => one === '38 of 100').length === 1 ? met(seen, null) : unmet(seen);
      },
    });
  },
});

async function readCounts({ pics }: Pick<Deployment, 'pics'>, ident: string): Promise<string[]> {
  const { rows } = await pics.query<{ count: string }>(
    `select done_elem || ' of ' || tot_elem as count from pics.trqual where ident = $1 order by vqref, seq`,
    [ident],
  );
  return rows.map(({ count }) => count);
}

/** Two whole readings after a deed have seen what it did. */
async function expectReadTwice(installation: Deployment, teller: Teller): Promise<void> {
  const since = await installation.smartAssessor.mark();
  await teller.expect({
    place: 'Smart Assessor',
    expected: 'the poller has read everything twice since',
    log: 'poller',
    look: async () => {
      const { all } = await readSiteCalls(installation, since);
      const readings = all.filter(({ operation }) => operation === 'read-sessions').length;
      const seen = `everything has been read ${readings} times since`;
      // The first of three may have begun before the deed.
      return readings >= 3 ? met(seen, null) : unmet(seen);
    },
  });
}

/** SA-21: the id is set by a look-up alone. */
const idNotFollowed = (chapter: Chapter): Step => ({
  title: "The officer's account at Smart Assessor gets another id: nothing follows it",
  play: async ({ installation }, teller) => {
    const { smartAssessor, store } = installation;
    const old = await smartAssessor.get<Row>(`/records/assessors/${chapter.accountId}`);
    const since = await smartAssessor.mark();
    const made = await teller.act(
      'Smart Assessor',
      "the account is deleted and made again, with the officer's code as MIS id",
      async () => {
        await smartAssessor.post(`/act/assessors/${chapter.accountId}/delete`);
        const { firstName, lastName, email } = old;
        return smartAssessor.post<{ id: string }>('/act/assessors', {
          firstName,
          lastName,
          email,
          userName: email,
          misId: newOfficer,
        });
      },
    );
    await expectReadTwice(installation, teller);
    await teller.expect({
      place: 'pics-sync',
      expected: `the link still names ${chapter.accountId}`,
      withinMs: 0,
      look: async () => {
        const { rows } = await store.query<{ id: string }>(
          `select vendor_id as id from sync.link where vendor = 'smartassessor' and kind = 'officer' and pics_id = $1`,
          [newOfficer],
        );
        const seen = `the link names ${rows[0]?.id ?? 'nobody'}; the new account is ${made.id}`;
        return rows[0]?.id === chapter.accountId && made.id !== chapter.accountId
          ? met(seen, null)
          : unmet(seen);
      },
    });
    await expectNoWrites(installation, teller, since);
  },
});

/** A-25, SA-40: each vendor brings what is its own, and neither hears of the other. */
const oneLearnerInBoth: Step = {
  title: 'One learner is in both systems: sessions of one, elements of the other, nothing crosses',
  play: async ({ installation, person }, teller) => {
    const { smartAssessor, oneFile, pics } = installation;
    const { name } = person(inBoth);
    const { rows } = await pics.query<{ id: string }>(
      'select trim(portfolio_id) as id from pics.pctrndet where ident = $1',
      [inBoth],
    );
    const learnerId = rows[0]?.id ?? '';
    const courses = (await smartAssessor.records<Row>('learnerCourses')).filter(
      (row) => row['learnerId'] === learnerId,
    );
    const courseId = String(courses[0]?.['courseId']);
    const before = await readCounts(installation, inBoth);
    const [since, site] = await Promise.all([oneFile.mark(), smartAssessor.mark()]);
    const at = inDays(3, '11:00');
    const id = await teller.act(
      'Smart Assessor',
      `${name}, whose active portfolio is OneFile, makes progress, and a formal review is booked on ${at}`,
      async () => {
        await smartAssessor.post(`/act/learner-courses/${learnerId}/${courseId}`, {
          assessedPc: 91,
          mappedPc: 95,
        });
        return book(installation, { learnerId, courseId, at, type: 'FormalReview' });
      },
    );
    await expectSession(installation, teller, {
      ident: inBoth,
      id,
      wanted: { type: 'N', attended: 'U', at, actual: null },
    });
    await expectReadTwice(installation, teller);
    await teller.expect({
      place: 'PICS',
      expected: `the elements are still OneFile's: ${before.join(', ')}`,
      withinMs: 0,
      look: async () => {
        const counts = await readCounts(installation, inBoth);
        const seen = `elements: ${counts.join(', ')}`;
        return counts.join() === before.join() && !counts.includes('91 of 100')
          ? met(seen, null)
          : unmet(seen);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: 'neither vendor was sent anything',
      withinMs: 0,
      look: async () => {
        const there = await readCalls(installation, since);
        const { writes } = await readSiteCalls(installation, site);
        const seen = `calls that changed something at OneFile: ${inWords(there.writes)}; at Smart Assessor: ${inWords(writes)}`;
        return there.writes.length + writes.length === 0 ? met(seen, null) : unmet(seen);
      },
    });
  },
};
