/*
 * A year of one learner: reviews are planned and held, OneFile registers the learner, progress moves, the
 * certificate comes, the learner ends. Each quarter is followed by the exchange that would run in the night, given
 * as a command for this learner.
 */

import { type Enrolment, enrolled } from './enrolment.ts';
import { type Aim, readAims, readCalls, readMeetings } from './onefile.ts';
import {
  inDays,
  type PicsReview,
  planReview,
  readQualification,
  readReview,
  toLondonDate,
  typeQualification,
} from './pics.ts';
import { giveCommand, type PlannedReview, plannedReview, type Scene, type Step } from './scene.ts';
import { met, type Teller, unmet } from './teller.ts';

const ident = enrolled.second;
const number = 'DM20000001';

export const yearReviews = (): PlannedReview[] =>
  [30, 120, 210, 300].map((days) => plannedReview(ident, inDays(days, '10:15')));

type Year = Scene & { readonly teller: Teller; readonly learnerId: number; readonly aim: Aim };

/** A year of a learner, each quarter followed by the exchange that would run in the night. */
export const yearPasses = (enrolment: Enrolment, reviews: readonly PlannedReview[]): Step => ({
  title: 'A year of the learner: reviews, registration, progress, certificate, end',
  play: async (scene, teller) => {
    const { installation } = scene;
    const learnerId = enrolment.learnerIds.get(ident) ?? 0;
    const aims = await readAims(installation, learnerId);
    const aim = aims.find(({ RegistrationNumber }) => RegistrationNumber === null);
    if (aim === undefined) throw new Error(`learner ${ident} has no learning aim at OneFile`);
    const year: Year = { ...scene, teller, learnerId, aim };
    await planReviews(year, reviews);
    const [first, second, third, fourth] = reviews;
    if (!first || !second || !third || !fourth) throw new Error('a year has four reviews');
    await letTakePlace(year, first);
    await register(year, second);
    await progress(year, third);
    await certify(year, fourth);
    await end(year);
  },
});

async function planReviews({ installation, teller, learnerId }: Year, reviews: readonly PlannedReview[]) {
  await teller.act(
    'PICS',
    `plans the reviews of the year: ${reviews.map(({ at }) => at).join(', ')}`,
    async () => {
      for (const review of reviews) review.picsId = await planReview(installation, ident, review.at);
    },
  );
  await teller.expect({
    place: 'OneFile',
    expected: `each of the ${reviews.length} reviews once`,
    log: 'outbound',
    look: async () => {
      const found = await Promise.all(reviews.map(({ at }) => readMeetings(installation, learnerId, at)));
      const single = found.filter((one) => one.visits.length === 1 && one.reviews.length === 1);
      reviews.forEach((review, index) => {
        review.oneFileId = found[index]?.reviews[0]?.ID ?? null;
      });
      const seen = `${single.length} of ${reviews.length} reviews exactly once`;
      return single.length === reviews.length ? met(seen, null) : unmet(seen);
    },
  });
}

/** OF-54, OF-56. */
async function letTakePlace(year: Year, review: PlannedReview): Promise<void> {
  const { installation, teller } = year;
  await teller.act('OneFile', `the review of ${review.at} takes place, and assessor and learner sign`, () =>
    hold(year, review),
  );
  await pull(year);
  await expectReview(year, review);
  await teller.expect({
    place: 'PICS',
    expected: 'the reviews to come are not attended yet',
    log: 'reconciler',
    look: async () => {
      const { rows } = await installation.pics.query<{ count: number }>(
        `select count(*)::int as count from pics.itp_revu
          where ident = $1 and attended = 'U' and actual is null and coalesce(trim(onefile_id), '') <> ''`,
        [ident],
      );
      const count = rows[0]?.count ?? 0;
      return count >= 3 ? met(`${count} reviews to come are Unknown`, null) : unmet(`${count} are Unknown`);
    },
  });
}

/** OF-42: a value that comes up at OneFile fills the blank in PICS. */
async function register(year: Year, review: PlannedReview): Promise<void> {
  const { installation, teller, aim } = year;
  const date = toLondonDate(Date.now());
  await teller.act(
    'OneFile',
    `registers ${number} for learning aim ${aim.ID}; the next review is held`,
    async () => {
      await installation.oneFile.post(`/act/aims/${aim.ID}/registration`, {
        registrationNumber: number,
        registrationDate: date,
      });
      await hold(year, review);
    },
  );
  await pull(year);
  await teller.expect({
    place: 'PICS',
    expected: `the qualification shows ${number}, registered on ${date}`,
    log: 'reconciler',
    look: async () => {
      const shown = await readQualification(installation, ident, number);
      const seen =
        shown === null
          ? `no qualification shows ${number}`
          : `${shown.reference} shows ${number}, registered on ${shown.registeredOn}`;
      return shown?.registeredOn === date ? met(seen, null) : unmet(seen);
    },
  });
  await expectReview(year, review);
}

/** OF-45. */
async function progress(year: Year, review: PlannedReview): Promise<void> {
  const { installation, teller, aim } = year;
  await teller.act('OneFile', 'shows 62.5 % of the learning aim done; the next review is held', async () => {
    await installation.oneFile.post(`/act/aims/${aim.ID}/progress`, { progress: 62.5 });
    await hold(year, review);
  });
  await pull(year);
  await teller.expect({
    place: 'PICS',
    expected: '63 of 100 elements done',
    log: 'reconciler',
    look: async () => {
      const shown = await readQualification(installation, ident, number);
      const seen = `${shown?.elementsDone} of ${shown?.elementsTotal} elements done`;
      return shown?.elementsDone === 63 && shown.elementsTotal === 100 ? met(seen, null) : unmet(seen);
    },
  });
}

/** OF-43 from PICS, OF-44 from OneFile. */
async function certify(year: Year, review: PlannedReview): Promise<void> {
  const { installation, teller, learnerId, aim } = year;
  const applied = toLondonDate(Date.now());
  await teller.act('PICS', `types that the certificate was applied for on ${applied}`, () =>
    typeQualification(installation, { ident, number, column: 'certappl', value: applied }),
  );
  await teller.expect({
    place: 'OneFile',
    expected: `the learning aim shows ${applied}`,
    log: 'outbound',
    look: async () => {
      const aims = await readAims(installation, learnerId);
      const shown = aims.find(({ ID }) => ID === aim.ID)?.CertificateAppliedDate ?? null;
      const seen = `certificate applied for: ${shown === null ? 'no date' : toLondonDate(Date.parse(shown))}`;
      return shown !== null && toLondonDate(Date.parse(shown)) === applied ? met(seen, null) : unmet(seen);
    },
  });
  await teller.act('OneFile', 'the certificate is received; the last review is held', async () => {
    await installation.oneFile.post(`/act/aims/${aim.ID}/registration`, { certificateReceivedDate: applied });
    await installation.oneFile.post(`/act/aims/${aim.ID}/progress`, { progress: 100 });
    await hold(year, review);
  });
  await pull(year);
  await teller.expect({
    place: 'PICS',
    expected: `certificate received on ${applied}, 100 of 100 elements done`,
    log: 'reconciler',
    look: async () => {
      const shown = await readQualification(installation, ident, number);
      const seen = `certificate received: ${shown?.certificateReceivedOn ?? 'no date'}, ${shown?.elementsDone} of ${shown?.elementsTotal} elements done`;
      return shown?.certificateReceivedOn === applied && shown.elementsDone === 100
        ? met(seen, null)
        : unmet(seen);
    },
  });
  await expectReview(year, review);
}

/** OF-81: the end of a learner is not sent to OneFile. */
async function end({ installation, teller }: Year): Promise<void> {
  const since = await installation.oneFile.mark();
  const date = toLondonDate(Date.now());
  await teller.act('PICS', `ends the learner and the qualifications on ${date}`, async () => {
    await installation.pics.query('update pics.trainee set tr_end = $2 where ident = $1', [ident, date]);
    await installation.pics.query('update pics.trqual set qend = $2 where ident = $1', [ident, date]);
  });
  await giveCommand(installation, teller, ['onefile', 'pull', ident]);
  await teller.expect({
    place: 'OneFile',
    expected: 'no call changed anything',
    withinMs: 0,
    look: async () => {
      const { writes } = await readCalls(installation, since);
      return writes.length === 0
        ? met('received nothing of it: no call changed anything', null)
        : unmet(`calls that changed something: ${writes.join(', ')}`);
    },
  });
}

/** The nightly exchange, by the command for one learner. */
function pull({ installation, teller }: Year): Promise<unknown> {
  return teller.alsoAct('pics-sync', `./pics-sync onefile pull ${ident}`, () =>
    installation.mustCli('onefile', 'pull', ident, '--timeout', '60'),
  );
}

async function hold({ installation }: Year, { oneFileId }: PlannedReview): Promise<void> {
  const { oneFile } = installation;
  await oneFile.post(`/act/reviews/${oneFileId}/start`, { at: new Date().toISOString() });
  await oneFile.post(`/act/reviews/${oneFileId}/sign`, { by: 'assessor' });
  await oneFile.post(`/act/reviews/${oneFileId}/sign`, { by: 'learner' });
}

async function expectReview({ installation, teller }: Year, { picsId, at }: PlannedReview): Promise<void> {
  const today = toLondonDate(Date.now());
  const isHeld = (review: PicsReview | null): boolean =>
    review?.attended === 'Y' && review.traineeSigned === today;
  await teller.expect({
    place: 'PICS',
    expected: `the review of ${at} was attended and signed`,
    log: 'reconciler',
    look: async () => {
      const review = await readReview(installation, picsId);
      const seen = `the review of ${at}: Attended ${review?.attended ?? 'blank'}, signed ${review?.traineeSigned ?? 'not yet'}`;
      return isHeld(review) ? met(seen, null) : unmet(seen);
    },
  });
}
