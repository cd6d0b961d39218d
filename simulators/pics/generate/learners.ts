import { createFurtherOfficers, createPlacements, createTags } from './belongings.ts';
import { caseVendors, toCase } from './cases.ts';
import { createDelivery, createTrqual, createUnits, drawRegistrationNumber } from './delivery.ts';
import { createEpidata, drawEpisode, type Episode, toPlainEpisode } from './episode.ts';
import { countOfficers, countOrganisations } from './inputs.ts';
import { caseCount, isAtOneFile, isAtSmartAssessor, type Learner, toIdent } from './learner.ts';
import { drawVendor, linkLearner } from './links.ts';
import { drawOfficerNumber, officerCases } from './officers.ts';
import { organisationCases } from './organisations.ts';
import { createPctrndet, createTrainee } from './person.ts';
import { createReviews } from './reviews.ts';
import type { ReviewRow } from './rows.ts';
import { createStream } from './stream.ts';
import type { World } from './world.ts';

/** Learner n of the set: the same one at every size. */
export function createLearner(world: World, number: number): Learner {
  const ident = toIdent(number);
  const { inputs } = world;
  const chosen = inputs.links[ident];
  if (number > caseCount) {
    const vendor = chosen ?? drawVendor(inputs, ident);
    return linkLearner(createOrdinaryLearner(world, { number, ident, vendor }), inputs.seed);
  }
  const vendor = chosen ?? caseVendors[ident] ?? 'none';
  const plain = linkLearner(createPlainLearner(world, { number, ident, vendor }), inputs.seed);
  return toCase(plain, world);
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
  const episode = toPlainEpisode(asOf);
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
      itp_revu: createReviews(world, parts).map((row) => toPlainReview(row, mainOfficer, asOf)),
      trainoff: [{ ident, reltype: 'ASR2', code: world.officer(6).code }],
      trtag: [{ ident, tagname: 'Monday group', main: 'Y' }],
    },
  };
}

/** All past ones were held. */
function toPlainReview(row: ReviewRow, mainOfficer: string, asOf: string): ReviewRow {
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
