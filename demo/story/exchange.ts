/*
 * The everyday exchange, a step for each kind: a review goes to OneFile and comes back when it has taken place, a
 * number fills a blank, a disagreement is decided, and a command reads one learner whole. Each step names the rule
 * that it shows.
 */

import { expectOneFileId, expectOneMeeting, inWords, readAims, readCalls, shortPath } from './onefile.ts';
import {
  planReview,
  readQualifications,
  readRegistrationNumber,
  readReview,
  toLondonDate,
  toLondonTime,
  typeRegistrationNumber,
} from './pics.ts';
import type { PlannedReview, Step } from './scene.ts';
import { met, unmet } from './teller.ts';

/** OF-50, OF-51: a visit and a review of it; the new id comes back into PICS. */
export const reviewArrives = (planned: PlannedReview): Step => ({
  title: 'A review planned in PICS appears at OneFile',
  play: async ({ installation, person }, teller) => {
    const { ident, name, oneFileId } = person(planned.ident);
    const since = await installation.oneFile.mark();
    await teller.act('PICS', `plans a review on ${planned.at} for learner ${ident}, ${name}`, async () => {
      planned.picsId = await planReview(installation, ident, planned.at);
    });
    const review = await expectOneMeeting(installation, teller, { oneFileId, at: planned.at });
    if (review === null) return;
    planned.oneFileId = review.ID;
    await expectOneFileId(installation, teller, planned);
    await teller.expect({
      place: 'OneFile',
      expected: 'exactly two calls changed something: one visit, one review',
      withinMs: 0,
      look: async () => {
        const { writes } = await readCalls(installation, since);
        const seen = `calls that changed something: ${inWords(writes)}`;
        return writes.join() === 'POST Visit,POST Review' ? met(seen, null) : unmet(seen);
      },
    });
  },
});

/** OF-54, OF-56: what happened to a review at OneFile is seen by the next look at it. */
export const reviewTakesPlace = (planned: PlannedReview): Step => ({
  title: 'The review takes place at OneFile, and PICS shows it',
  play: async ({ installation, person }, teller) => {
    const { oneFileId: id } = planned;
    if (id === null) throw new Error('the review of the step before did not reach OneFile');
    const { oneFile } = installation;
    const startedAtMs = Date.now();
    await teller.act('OneFile', `the assessor starts review ${id} of ${person(planned.ident).name}`, () =>
      oneFile.post(`/act/reviews/${id}/start`, { at: new Date(startedAtMs).toISOString() }),
    );
    const time = toLondonTime(startedAtMs);
    await teller.expect({
      place: 'PICS',
      expected: `Attended Y, actual time ${time}`,
      log: 'poller',
      look: async () => {
        const review = await readReview(installation, planned.picsId);
        const seen = `Attended ${review?.attended ?? 'blank'}, actual time ${review?.actual ?? 'blank'}`;
        return review?.attended === 'Y' && review.actual === time ? met(seen, null) : unmet(seen);
      },
    });
    await teller.act('OneFile', 'the assessor signs, then the learner signs', async () => {
      await oneFile.post(`/act/reviews/${id}/sign`, { by: 'assessor' });
      await oneFile.post(`/act/reviews/${id}/sign`, { by: 'learner' });
    });
    const date = toLondonDate(Date.now());
    await teller.expect({
      place: 'PICS',
      expected: `trainee signed on ${date}`,
      log: 'poller',
      look: async () => {
        const review = await readReview(installation, planned.picsId);
        const seen = `trainee signed ${review?.traineeSigned == null ? 'not yet' : `on ${review.traineeSigned}`}`;
        return review?.traineeSigned === date ? met(seen, null) : unmet(seen);
      },
    });
  },
});

const number = 'DM10000001';

/** OF-42 with D-1: blank at OneFile is filled from PICS, and OneFile is read just before. */
export const numberArrives: Step = {
  title: 'A registration number typed into PICS appears at OneFile',
  play: async ({ installation, person }, teller) => {
    const { ident, name, oneFileId } = person('10003');
    const [qualification] = await readQualifications(installation, ident);
    if (qualification === undefined) throw new Error(`learner ${ident} has no qualification`);
    const since = await installation.oneFile.mark();
    const where = `qualification ${qualification.reference} of learner ${ident}, ${name}`;
    await teller.act('PICS', `types registration number ${number} for ${where}`, () =>
      typeRegistrationNumber(installation, qualification, number),
    );
    const aim = await teller.expect({
      place: 'OneFile',
      expected: `one learning aim of the learner holds ${number}`,
      log: 'outbound',
      look: async () => {
        const aims = await readAims(installation, oneFileId);
        const [holder, ...more] = aims.filter(({ RegistrationNumber }) => RegistrationNumber === number);
        if (holder === undefined || more.length > 0)
          return unmet(`${more.length + (holder === undefined ? 0 : 1)} of ${aims.length} aims hold it`);
        return met(`learning aim ${holder.ID} holds ${number}, the learner's other aims do not`, holder.ID);
      },
    });
    if (aim === null) return;
    await teller.expect({
      place: 'OneFile',
      expected: 'the aims were read first, then exactly one call changed something',
      withinMs: 0,
      look: async () => {
        const { all, writes } = await readCalls(installation, since);
        const written = all.findIndex(({ path }) => shortPath(path) === `LearningAim/${aim.value}`);
        const isReadFirst = all
          .slice(0, Math.max(0, written))
          .some(
            ({ route, body }) =>
              (route ?? '').startsWith('LearningAim/Search') && String(body).includes(`${oneFileId}`),
          );
        const seen = `aims ${isReadFirst ? '' : 'not '}read before; calls that changed something: ${inWords(writes)}`;
        return isReadFirst && writes.length === 1 ? met(seen, null) : unmet(seen);
      },
    });
  },
};

const typed = 'WRONG00001';

/** OF-42: where both sides have a value, OneFile's stands. The edit in PICS is reason enough to look. */
export const oneFileWins: Step = {
  title: 'PICS and OneFile disagree, and OneFile wins',
  play: async ({ installation, person }, teller) => {
    const { ident, name, oneFileId } = person('10001');
    const qualifications = await readQualifications(installation, ident);
    const qualification = qualifications.find(({ registrationNumber }) => registrationNumber !== null);
    const rightful = qualification?.registrationNumber;
    if (qualification === undefined || rightful == null)
      throw new Error(`learner ${ident} has no registration number`);
    const since = await installation.oneFile.mark();
    const sentence = `changes registration number ${rightful}, which OneFile has too, to ${typed} for learner ${ident}, ${name}`;
    await teller.act('PICS', sentence, () => typeRegistrationNumber(installation, qualification, typed));
    await teller.expect({
      place: 'PICS',
      expected: `OneFile's number ${rightful} is back`,
      log: 'reconciler',
      look: async () => {
        const shown = await readRegistrationNumber(installation, qualification);
        return shown === rightful
          ? met(`shows OneFile's number ${rightful} again`, null)
          : unmet(`shows ${shown}`);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: `still ${rightful}, and no call changed anything`,
      withinMs: 0,
      look: async () => {
        const [aims, { writes }] = await Promise.all([
          readAims(installation, oneFileId),
          readCalls(installation, since),
        ]);
        const numbers = aims.map(({ RegistrationNumber }) => RegistrationNumber);
        const isKept = numbers.includes(rightful) && !numbers.includes(typed);
        const seen = `${isKept ? `still has ${rightful}` : `has ${numbers.join(', ')}`}; calls that changed something: ${inWords(writes)}`;
        return isKept && writes.length === 0 ? met(seen, null) : unmet(seen);
      },
    });
  },
};

const reads = ['GET User/{id}', 'POST LearningAim/Search/{page}/{size}', 'POST Review/Search/{page}/{size}'];

/** OF-41: the whole daily exchange of one learner, by the command line an administrator uses. */
export const refreshOnCommand: Step = {
  title: 'A refresh on command reads the learner whole, and finds nothing to do',
  play: async ({ installation, person }, teller) => {
    const { ident, name, oneFileId } = person('10001');
    const since = await installation.oneFile.mark();
    const result = await teller.act('pics-sync', `./pics-sync onefile pull ${ident}   (${name})`, () =>
      installation.cli('onefile', 'pull', ident, '--timeout', '30'),
    );
    await teller.expect({
      place: 'pics-sync',
      expected: 'the command says that it is done',
      log: 'outbound',
      withinMs: 0,
      look: async () => {
        const [said = ''] = result.stdout.split('\n');
        const seen = `the command says: ${said || result.stderr}`;
        return result.code === 0 && said.startsWith('done') ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: 'the learner, the aims and the reviews were read, and no call changed anything',
      withinMs: 0,
      look: async () => {
        const { all, writes } = await readCalls(installation, since);
        const about = all.filter(({ path, body }) => `${path} ${body}`.includes(`${oneFileId}`));
        const missing = reads.filter(
          (read) => !about.some(({ method, route }) => `${method} ${route}` === read),
        );
        const seen =
          missing.length === 0
            ? `learner, aims and reviews were read; calls that changed something: ${inWords(writes)}`
            : `not asked for: ${missing.join(', ')}; calls that changed something: ${inWords(writes)}`;
        return missing.length === 0 && writes.length === 0 ? met(seen, null) : unmet(seen);
      },
    });
  },
};
