/*
 * What goes wrong, and what must not come of it: an answer that is lost, a worker that is killed in the middle of
 * a create, and an outage of OneFile. Scripted rules of the simulator make the faults; its own history says what
 * it was asked to do.
 */

import { expectOneFileId, expectOneMeeting, inWords, readAims, readCalls, readMeetings } from './onefile.ts';
import { inDays, planReview, readQualifications, readReview, typeRegistrationNumber } from './pics.ts';
import {
  countHeld,
  type PlannedReview,
  plannedReview,
  readOpenStates,
  type Scene,
  type Step,
} from './scene.ts';
import { met, type Teller, unmet } from './teller.ts';

/** G-5 without a kill: the line breaks after OneFile has done the work. */
export const answerLost = (planned: PlannedReview): Step => ({
  title: "OneFile's answer is lost on the line: still one review",
  play: async ({ installation, person }, teller) => {
    const { ident, name, oneFileId } = person(planned.ident);
    const { oneFile } = installation;
    const since = await oneFile.mark();
    await teller.act('OneFile', 'will create the next review, and then cut the line without an answer', () =>
      oneFile.post('/rules', {
        match: { method: 'POST', path: 'Review' },
        action: { type: 'apply-then-drop' },
      }),
    );
    await teller.act('PICS', `plans a review on ${planned.at} for learner ${ident}, ${name}`, async () => {
      planned.picsId = await planReview(installation, ident, planned.at);
    });
    const created = await expectOneMeeting(installation, teller, { oneFileId, at: planned.at });
    if (created === null) return;
    planned.oneFileId = created.ID;
    await expectOneFileId(installation, teller, planned);
    await expectOneMeeting(installation, teller, { oneFileId, at: planned.at, withinMs: 0 });
    await teller.expect({
      place: 'OneFile',
      expected: 'exactly two calls changed something, and the answer of the second was lost',
      withinMs: 0,
      look: async () => {
        const { all, writes } = await readCalls(installation, since);
        const lost = all.filter(({ outcome }) => outcome === 'dropped-after').length;
        const seen = `calls that changed something: ${inWords(writes)}; answers lost: ${lost}`;
        return writes.join() === 'POST Visit,POST Review' && lost === 1 ? met(seen, null) : unmet(seen);
      },
    });
  },
});

/** G-5: what a killed worker had sent is looked up, never sent again. */
export const workerKilled = (planned: PlannedReview): Step => ({
  title: 'A worker is killed in the middle of a create: still one review',
  play: async (scene, teller) => {
    const { installation, person, outbound, startOutbound } = scene;
    const { ident, name, oneFileId } = person(planned.ident);
    const { oneFile } = installation;
    const since = await oneFile.mark();
    const sentence = 'will create the next review at once, and answer with its id only after a minute';
    await teller.act('OneFile', sentence, () =>
      oneFile.post('/rules', {
        match: { method: 'POST', path: 'Review' },
        action: { type: 'slow-body', totalMs: 60_000 },
      }),
    );
    await teller.act('PICS', `plans a review on ${planned.at} for learner ${ident}, ${name}`, async () => {
      planned.picsId = await planReview(installation, ident, planned.at);
    });
    const created = await expectOneMeeting(installation, teller, { oneFileId, at: planned.at });
    if (created === null) return;
    planned.oneFileId = created.ID;
    await teller.expect({
      place: 'pics-sync',
      expected: 'the ledger says that the review is being sent',
      look: async () => {
        const states = await readOpenStates(installation, ident, 'create-review');
        const seen = `the ledger's word on the review: ${states.join(', ') || 'nothing'}; its id is not known here`;
        return states.join() === 'sending' ? met(seen, null) : unmet(seen);
      },
    });
    const worker = outbound();
    await teller.act(
      'pics-sync',
      `the outbound worker (process ${worker.pid}) is killed: kill -9`,
      async () => {
        worker.kill('SIGKILL');
        await worker.ended;
      },
    );
    await teller.alsoAct('pics-sync', 'another outbound worker is started', startOutbound);
    await expectOneFileId(installation, teller, planned);
    await expectOneMeeting(installation, teller, { oneFileId, at: planned.at, withinMs: 0 });
    await teller.expect({
      place: 'OneFile',
      expected: 'the review was asked for once; the second worker looked it up',
      withinMs: 0,
      look: async () => {
        const { all } = await readCalls(installation, since);
        const creates = all.filter(({ method, route }) => method === 'POST' && route === 'Review').length;
        const seen = `was asked to create a review ${creates === 1 ? 'once' : `${creates} times`}; the second worker looked it up`;
        return creates === 1 ? met(seen, null) : unmet(seen);
      },
    });
  },
});

const number = 'DM10000002';
/** Long enough for several attempts, each in vain. */
const lastsMs = 6_000;

export const outageReviews = (): PlannedReview[] =>
  ['10001', '10004', '10005', '10011', '10022'].map((ident, index) =>
    plannedReview(ident, inDays(2, `1${index}:30`)),
  );

/** G-5 and the breaker: an outage holds work back, loses none of it and repeats none of it. */
export const outage = (reviews: readonly PlannedReview[]): Step => ({
  title: 'OneFile answers 503 for a while, and nothing is lost',
  play: async (scene, teller) => {
    const { installation } = scene;
    const { oneFile } = installation;
    const since = await oneFile.mark();
    const beganAtMs = performance.now();
    await teller.act('OneFile', 'is under maintenance: every call is answered 503', () =>
      oneFile.post('/maintenance', { seconds: 600 }),
    );
    const sentence = `plans ${reviews.length} reviews for as many learners, and types registration number ${number}`;
    await teller.act('PICS', sentence, () => changePics(scene, reviews));
    await teller.expect({
      place: 'OneFile',
      expected: `pics-sync tries for ${lastsMs / 1000} s, every call is answered 503, nothing changes`,
      log: 'outbound',
      look: async () => {
        const { all, writes } = await readCalls(installation, since);
        const refused = all.filter(({ outcome }) => outcome === 'maintenance').length;
        const seen = `calls answered 503: ${refused}; calls that changed something: ${inWords(writes)}`;
        const isOver = performance.now() - beganAtMs >= lastsMs;
        return isOver && refused > 0 && writes.length === 0 ? met(seen, null) : unmet(seen);
      },
    });
    await expectNothingHeld(scene, teller);
    await teller.act('OneFile', 'is back', () => oneFile.delete('/maintenance'));
    await teller.expect({
      place: 'OneFile',
      expected: `each of the ${reviews.length} reviews exactly once, and the number`,
      log: 'outbound',
      withinMs: 60_000,
      look: () => lookAtAll(scene, reviews),
    });
    await teller.expect({
      place: 'PICS',
      expected: `all ${reviews.length} reviews carry the ids of OneFile`,
      log: 'reconciler',
      look: () => lookAtIds(scene, reviews),
    });
    await teller.expect({
      place: 'OneFile',
      expected: `exactly ${reviews.length * 2 + 1} calls changed something: a visit and a review each, and the number`,
      withinMs: 0,
      look: async () => {
        const { writes } = await readCalls(installation, since);
        const count = (call: string) => writes.filter((write) => write.startsWith(call)).length;
        const parts = [count('POST Visit'), count('POST Review'), count('POST LearningAim/')];
        const seen = `calls that changed something: ${parts[0]} visits, ${parts[1]} reviews, ${parts[2]} learning aim`;
        const wanted = [reviews.length, reviews.length, 1];
        const isExact = parts.join() === wanted.join() && writes.length === reviews.length * 2 + 1;
        return isExact ? met(seen, null) : unmet(`${seen} (${writes.length} in all)`);
      },
    });
  },
});

/** An outage is no fault of a record, so no item waits for a person afterwards. */
async function expectNothingHeld({ installation, begin }: Scene, teller: Teller): Promise<void> {
  await teller.expect({
    place: 'pics-sync',
    expected: 'no change waits for a person',
    withinMs: 0,
    look: async () => {
      const held = (await countHeld(installation)) - begin.held;
      const seen = `changes that wait for a person: ${held === 0 ? 'none' : held}`;
      return held === 0 ? met(seen, null) : unmet(seen);
    },
  });
}

async function changePics({ installation }: Scene, reviews: readonly PlannedReview[]): Promise<void> {
  for (const review of reviews) review.picsId = await planReview(installation, review.ident, review.at);
  const [, second] = await readQualifications(installation, '10003');
  if (second === undefined) throw new Error('learner 10003 has only one qualification');
  await typeRegistrationNumber(installation, second, number);
}

async function lookAtAll({ installation, person }: Scene, reviews: readonly PlannedReview[]) {
  const aims = await readAims(installation, person('10003').oneFileId);
  const hasNumber = aims.filter(({ RegistrationNumber }) => RegistrationNumber === number).length === 1;
  let arrived = 0;
  let doubled = 0;
  for (const planned of reviews) {
    const found = await readMeetings(installation, person(planned.ident).oneFileId, planned.at);
    if (found.reviews.length === 1) arrived += 1;
    if (found.reviews.length > 1 || found.visits.length > 1) doubled += 1;
    planned.oneFileId = found.reviews[0]?.ID ?? null;
  }
  const seen = `${arrived} of ${reviews.length} reviews arrived, ${doubled === 0 ? 'none' : doubled} twice; the number ${hasNumber ? 'too' : 'did not'}`;
  return arrived === reviews.length && doubled === 0 && hasNumber ? met(seen, null) : unmet(seen);
}

async function lookAtIds({ installation }: Scene, reviews: readonly PlannedReview[]) {
  const rows = await Promise.all(reviews.map(({ picsId }) => readReview(installation, picsId)));
  const right = rows.filter((row, index) => row?.oneFileId === String(reviews[index]?.oneFileId)).length;
  const seen = `${right} of ${reviews.length} reviews carry the ids that OneFile gave`;
  return right === reviews.length ? met(seen, null) : unmet(seen);
}
