/*
 * One learner with all rows. An ordinary learner is drawn: episode, officer, placements, qualifications, reviews,
 * tags. A learner of the cases starts as a plain one with fixed values, and the case changes what it is about
 * (cases.ts). Links to the vendors are added last.
 */

import { applyCase, caseVendors } from './cases.ts';
import { addDays } from './dates.ts';
import { countOfficers, countOrganisations, type GeneratorInputs, type Vendor } from './inputs.ts';
import {
  caseCount,
  createEpidata,
  drawEpisode,
  type Episode,
  identOf,
  isAtOneFile,
  isAtSmartAssessor,
  type Learner,
  plainEpisode,
} from './learner.ts';
import { learnerIdOf, reviewIdOf } from './onefile-records.ts';
import { drawOfficerNumber, drawOrganisationNumber, officerCases, organisationCases } from './owners.ts';
import { createPctrndet, createTrainee } from './person.ts';
import { createDelivery, createReviews, createTrqual, createUnits, drawRegistrationNumber } from './plan.ts';
import type { ReviewRow, TrainoffRow, TrplaceRow, TrtagRow } from './rows.ts';
import { portfolioIdOf, sessionIdOf } from './smart-assessor-records.ts';
import { createStream, type Stream } from './stream.ts';
import { tagNames } from './words.ts';
import type { World } from './world.ts';

/** Learner n of the set: the same one at every size. */
export function createLearner(world: World, number: number): Learner {
  const ident = identOf(number);
  const { inputs } = world;
  const chosen = inputs.links[ident];
  if (number > caseCount) {
    const vendor = chosen ?? drawVendor(inputs, ident);
    return linkLearner(createOrdinaryLearner(world, { number, ident, vendor }), inputs.seed);
  }
  const vendor = chosen ?? caseVendors[ident] ?? 'none';
  const plain = linkLearner(createPlainLearner(world, { number, ident, vendor }), inputs.seed);
  return applyCase(plain, world);
}

type LearnerKey = Pick<Learner, 'number' | 'ident' | 'vendor'>;

function createOrdinaryLearner(world: World, key: LearnerKey): Learner {
  const { seed, asOf } = world.inputs;
  const { number, ident } = key;
  const stream = createStream(seed, 'learner', ident);
  const officerCount = countOfficers(number);
  const episode = drawEpisode(stream, asOf);
  const mainOfficer = world.officer(drawOfficerNumber(stream, officerCount)).code;
  const organisationCount = countOrganisations(number);
  const trplace = createPlacements(world, { ident, episode, organisationCount });
  const parts = { ident, episode, mainOfficer, officerCount };
  const trqual = createDelivery(world, { ...parts, hasPercentElements: hasPercentElements(key) });
  const trainee = createTrainee(seed, {
    ident,
    episode,
    mainOfficer,
    employer: trplace[0]?.place ?? null,
    asOf,
  });
  return {
    ...key,
    rows: {
      trainee: [trainee],
      epidata: [createEpidata(seed, ident, episode)],
      pctrndet: [createPctrndet(seed, trainee)],
      trplace,
      trqual,
      trunit: trqual.flatMap((row) => createUnits(seed, row)),
      itp_revu: createReviews(world, parts),
      trainoff: createFurtherOfficers(world, ident, officerCount),
      trtag: createTags(world, ident),
    },
  };
}

/** What every case starts from: everything set, half-way through, with the first officer and organisation. */
function createPlainLearner(world: World, key: LearnerKey): Learner {
  const { seed, asOf } = world.inputs;
  const { ident } = key;
  const episode = plainEpisode(asOf);
  const mainOfficer = world.officer(officerCases.plain).code;
  const { place } = world.organisation(organisationCases.plain);
  const parts = { ident, episode, mainOfficer, officerCount: 12 };
  const trainee = createTrainee(seed, { ident, episode, mainOfficer, employer: place, asOf });
  return {
    ...key,
    rows: {
      trainee: [{ ...trainee, status: 'L', suspended: 'N', phone: '01632 960123', mobile: '07700 900123' }],
      epidata: [createEpidata(seed, ident, episode)],
      pctrndet: [{ ...createPctrndet(seed, trainee), prim_lldd: '12' }],
      trplace: [{ ident, seq: 1, place, type: 'P', start: episode.start, end: null }],
      trqual: createPlainDelivery(world, key, episode),
      trunit: [],
      itp_revu: createReviews(world, parts).map((row) => plainReview(row, mainOfficer, asOf)),
      trainoff: [{ ident, reltype: 'ASR2', code: world.officer(6).code }],
      trtag: [{ ident, tagname: 'Monday group', main: 'Y' }],
    },
  };
}

/** All past ones were held. */
function plainReview(row: ReviewRow, mainOfficer: string, asOf: string): ReviewRow {
  const plain = { ...row, type: 'N', initials: mainOfficer };
  const isPast = (row.proposed ?? '') < asOf;
  return isPast ? { ...plain, attended: 'Y', actual: row.actual ?? row.proposed } : plain;
}

/** A standard's main aim and one certificate, both registered. */
function createPlainDelivery(world: World, key: LearnerKey, episode: Episode): Learner['rows']['trqual'] {
  const { ident } = key;
  const mainOfficer = world.officer(officerCases.plain).code;
  const parts = {
    ident,
    episode,
    mainOfficer,
    officerCount: 12,
    hasPercentElements: hasPercentElements(key),
  };
  return [41, 1].map((qualification, index) => {
    const { vqref } = world.qualification(qualification);
    const row = createTrqual(world, parts, { vqref, index });
    const stream = createStream(world.inputs.seed, 'trqual', ident, index, 'plain');
    const regdate = episode.start;
    return { ...row, officer: mainOfficer, regno: drawRegistrationNumber(stream), regdate };
  });
}

function hasPercentElements({ vendor }: LearnerKey): boolean {
  return isAtOneFile(vendor) || isAtSmartAssessor(vendor);
}

/** Where an ordinary learner is linked. It has a stream of its own: other shares change nothing but the links. */
function drawVendor({ seed, vendors }: GeneratorInputs, ident: string): Vendor {
  const share = createStream(seed, 'vendor', ident).next() * 100;
  if (share < vendors.onefile) return 'onefile';
  return share < vendors.onefile + vendors.smartassessor ? 'smartassessor' : 'none';
}

/** Writes the vendors' ids into the rows, as they stand after the synchronisation has settled. */
function linkLearner(learner: Learner, seed: number): Learner {
  const { vendor, rows, number, ident } = learner;
  const pctrndet = rows.pctrndet.map((row) => ({
    ...row,
    eportype: isAtOneFile(vendor) ? 'O' : isAtSmartAssessor(vendor) ? 'S' : null,
    other_sys_id: isAtOneFile(vendor) ? String(learnerIdOf(number)) : null,
    portfolio_id: isAtSmartAssessor(vendor) ? portfolioIdOf(seed, ident) : null,
  }));
  const reviews = rows.itp_revu.map((review, index) => linkReview(review, learner, index));
  return { ...learner, rows: { ...rows, pctrndet, itp_revu: reviews } };
}

/**
 * A Normal review is at OneFile unless PICS says it was missed, which OneFile cannot say. One that is not
 * started there is Unknown here (OF-54). A session of Smart Assessor was held at the time for which it was booked.
 */
function linkReview(review: ReviewRow, { vendor, number }: Learner, index: number): ReviewRow {
  if (review.type !== 'N') return review;
  if (isAtOneFile(vendor) && review.attended !== 'N') {
    return {
      ...review,
      onefile_id: String(reviewIdOf(number, index)),
      attended: review.attended ?? 'U',
    };
  }
  if (isAtSmartAssessor(vendor)) {
    const attended = review.attended ?? 'U';
    const actual = attended === 'Y' ? review.proposed : null;
    return { ...review, sa_event_id: sessionIdOf(number, index), attended, actual };
  }
  return review;
}

/** 0 to 3 placements, mean 1.2. The first is of type P, later ones begin after it. */
function createPlacements(
  world: World,
  { ident, episode, organisationCount }: { ident: string; episode: Episode; organisationCount: number },
): TrplaceRow[] {
  const stream = createStream(world.inputs.seed, 'trplace', ident);
  const share = stream.next();
  const count = share < 0.2 ? 0 : share < 0.7 ? 1 : share < 0.9 ? 2 : 3;
  return Array.from({ length: count }, (_, index) => {
    const start = addDays(episode.start, index * stream.int(40, 110));
    const hasMoved = index < count - 1 && stream.isBelow(0.6);
    return {
      ident,
      seq: index + 1,
      place: world.organisation(drawOrganisationNumber(stream, organisationCount)).place,
      type: index === 0 ? 'P' : stream.pick(['P', 'P', 'W', 'D']),
      start: stream.isBelow(0.02) ? null : start,
      end: hasMoved ? addDays(start, 39) : episode.end,
    };
  });
}

/** 0 to 2 further officers, mean 0.6. */
function createFurtherOfficers(world: World, ident: string, officerCount: number): TrainoffRow[] {
  const stream = createStream(world.inputs.seed, 'trainoff', ident);
  const count = drawFew(stream);
  const first = stream.int(0, 3);
  return ['ASR2', 'IQAV', 'FSKT', 'MENT', 'ASR2'].slice(first, first + count).map((reltype) => ({
    ident,
    reltype,
    code: world.officer(drawOfficerNumber(stream, officerCount)).code,
  }));
}

/** 0 to 2 tags, mean 0.6; mostly the first is the Main Tag. */
function createTags(world: World, ident: string): TrtagRow[] {
  const stream = createStream(world.inputs.seed, 'trtag', ident);
  const count = drawFew(stream);
  const first = stream.int(0, tagNames.length - 2);
  return tagNames
    .slice(first, first + count)
    .map((tagname, index) => ({ ident, tagname, main: index === 0 && stream.isBelow(0.8) ? 'Y' : null }));
}

function drawFew(stream: Stream): number {
  const share = stream.next();
  return share < 0.55 ? 0 : share < 0.85 ? 1 : 2;
}
