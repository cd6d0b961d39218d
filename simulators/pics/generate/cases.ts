/*
 * The awkward learners, 10001 to 10030. Each case gives the rows in which it differs from a plain learner; what it
 * is for is in the title of its test (cases.test.ts). Cases about reviews are in review-cases.ts.
 */

import { addDays } from './dates.ts';
import { emailOf, learnerDomain } from './identifiers.ts';
import type { Vendor } from './inputs.ts';
import { type Cases, type Learner, withDetails, withQualifications, withTrainee } from './learner.ts';
import { officerCases, organisationCases } from './owners.ts';
import { createPctrndet, createTrainee } from './person.ts';
import { createReview, createUnitRows } from './plan.ts';
import { reviewCases } from './review-cases.ts';
import type { LearnerRows } from './rows.ts';
import { createStream } from './stream.ts';
import { noteWords } from './words.ts';
import { ambiguousQualification, unknownQualification, type World } from './world.ts';

/** Where the cases are linked. Cases about enrolment are not linked; links by hand are made with the inputs. */
export const caseVendors: Readonly<Record<string, Vendor>> = {
  '10001': 'onefile',
  '10002': 'onefile',
  '10003': 'onefile',
  '10004': 'onefile',
  '10005': 'onefile',
  '10006': 'onefile',
  '10007': 'onefile',
  '10008': 'onefile',
  '10009': 'onefile',
  '10011': 'onefile',
  '10017': 'onefile',
  '10019': 'onefile',
  '10020': 'onefile',
  '10021': 'onefile',
  '10022': 'onefile',
  '10025': 'both',
  '10026': 'onefile',
  '10029': 'smartassessor',
  '10030': 'onefile',
};

/** Turns a plain learner into its case. Number 10025, linked to both vendors, needs nothing more. */
export function applyCase(plain: Learner, world: World): Learner {
  const make = peopleCases[plain.ident] ?? planCases[plain.ident] ?? reviewCases[plain.ident];
  if (make === undefined) return plain;
  return withMatchingEmail({ ...plain, rows: { ...plain.rows, ...make(plain, world) } });
}

/** The address is made of the names, which a case may have changed. */
function withMatchingEmail(learner: Learner): Learner {
  const [trainee] = learner.rows.trainee;
  const [details] = learner.rows.pctrndet;
  if (trainee === undefined || details?.email == null) return learner;
  const name = { first: trainee.firstname, last: trainee.surname };
  const email = emailOf(name, learner.ident, learnerDomain);
  return { ...learner, rows: { ...learner.rows, pctrndet: [{ ...details, email }] } };
}

const noteBytes = 200_000;

/** Cases about the learner record and its two extensions. */
const peopleCases: Cases = {
  '10002': (plain, world) => ({
    ...withTrainee(plain, {
      firstname: `${'Ana-'.repeat(24)}Anna`,
      scheme: 'SCHEME',
      site: 'SITE01',
      emp_ref: 'BRACKEN8',
      fundorg: 'FUNDORG8',
    }),
    ...withDetails(plain, { lsc_ulin: '123456789012', prov_id: 'P-10002-FULL-COLUMN-' }),
    ...withQualifications(plain, [
      { regno: ' AB12345678' },
      { vqref: world.qualification(8).vqref, regno: 'R'.repeat(50) },
    ]),
    trplace: plain.rows.trplace.map((row) => ({
      ...row,
      place: world.organisation(organisationCases.fullCode).place,
    })),
  }),

  '10004': (plain) =>
    withTrainee(plain, {
      firstname: 'Siobhán'.normalize('NFD'),
      surname: "O'Brien-D’Arcy".normalize('NFD'),
    }),

  '10005': (plain, world) => endedBefore(plain, world, 20),
  '10006': (plain, world) => endedBefore(plain, world, 32),
  '10007': (plain) => withTrainee(plain, { status: 'C' }),
  '10008': (plain) => withTrainee(plain, { suspended: 'Y' }),

  '10009': (plain, world) => endedBefore(plain, world, 90),
  '10010': (plain, world) => {
    const twin = personOfTwin(world);
    const { title, firstname, surname, sex, birthdate, ninumber } = twin.trainee;
    return {
      ...withTrainee(plain, {
        title,
        firstname,
        surname,
        sex,
        birthdate,
        ninumber,
        tr_start: addDays(world.inputs.asOf, -30),
      }),
      ...withDetails(plain, { miap_uln: twin.pctrndet.miap_uln }),
    };
  },

  '10024': (plain) => withDetails(plain, { email: null }),
  '10026': () => ({ epidata: [] }),

  '10027': (plain) => ({
    ...withTrainee(plain, { ninumber: null, postcode: 'ZZ99 9ZZ' }),
    ...withDetails(plain, { miap_uln: '9999999999' }),
  }),

  '10028': (plain) => ({
    ...withTrainee(plain, {
      addr1: 'Flat 3',
      addr2: "Weavers' Fold House",
      addr3: '18 Mill Row',
      addr4: 'Larkfield',
      addr5: 'Northshire',
    }),
    ...withDetails(plain, { miap_uln: wrongUln(plain) }),
  }),

  '10030': (plain, world) => ({
    ...withTrainee(plain, { notes: createNotes(world, '10030') }),
    itp_revu: plain.rows.itp_revu.map((row, index) =>
      index === 0 ? { ...row, notes: createNotes(world, '10030/review') } : row,
    ),
  }),
};

/** Still with a live status letter, so that only the date of the end decides (OF-40). */
function endedBefore(plain: Learner, { inputs }: World, days: number): Partial<LearnerRows> {
  const end = addDays(inputs.asOf, -days);
  return {
    ...withTrainee(plain, { tr_end: end }),
    ...withQualifications(plain, [{ qend: end, certappl: null, certrecd: null }, { qend: end }]),
    itp_revu: plain.rows.itp_revu.filter(({ proposed }) => (proposed ?? '') < end),
    trplace: plain.rows.trplace.map((row) => ({ ...row, end })),
  };
}

/** The person of learner 10009: 10010 is a second episode of the same person. */
function personOfTwin({ inputs: { seed, asOf } }: World) {
  const episode = { state: 'ended', start: asOf, expected: asOf, end: null } as const;
  const trainee = createTrainee(seed, { ident: '10009', episode, mainOfficer: '', employer: null, asOf });
  return { trainee, pctrndet: createPctrndet(seed, trainee) };
}

function wrongUln({ rows }: Learner): string {
  const uln = rows.pctrndet[0]?.miap_uln ?? '1234567899';
  return `${uln.slice(0, 9)}${(Number(uln[9]) + 1) % 10}`;
}

/** Words without a pattern: text that compresses well would not be stored out of line. */
function createNotes({ inputs }: World, record: string): string {
  const stream = createStream(inputs.seed, 'notes', record);
  const parts: string[] = [];
  for (let length = 0; length < noteBytes; ) {
    const word = `${stream.pick(noteWords)} ${stream.int(0, 999_999)} `;
    parts.push(word);
    length += word.length;
  }
  return parts.join('').slice(0, noteBytes);
}

/** Cases about qualifications, placements and officers. */
const planCases: Cases = {
  '10001': (plain, { inputs: { asOf } }) =>
    withQualifications(plain, [
      { tot_elem: 100, done_elem: 40, certappl: null, certrecd: null },
      {
        qend: addDays(asOf, -60),
        certappl: addDays(asOf, -50),
        certrecd: addDays(asOf, -30),
        tot_elem: 100,
        done_elem: 100,
      },
    ]),

  '10003': ({ ident, rows }, world) => {
    const blank = { regdate: null, certappl: null, certrecd: null };
    const extra = { ident, vqref: world.qualification(2).vqref, seq: 1 };
    const [first, second] = rows.trqual;
    if (first === undefined || second === undefined) return {};
    return {
      trqual: [
        { ...first, ...blank, regno: null },
        { ...second, ...blank, regno: '' },
        { ...second, ...extra, ...blank, regno: '   ' },
      ],
    };
  },

  '10011': (plain, { inputs: { seed } }) => {
    const delivery = withQualifications(plain, [
      { tot_elem: 20, done_elem: 5 },
      { tot_elem: 20, done_elem: 9 },
    ]);
    const [first] = delivery.trqual;
    if (first === undefined) return {};
    return { ...delivery, trunit: createUnitRows(createStream(seed, 'trunit', plain.ident), first, 4) };
  },

  '10012': ({ rows, ident }, world) => {
    const start = rows.trainee[0]?.tr_start ?? null;
    return {
      trplace: [organisationCases.plain, organisationCases.second].map((number, index) => ({
        ident,
        seq: index + 1,
        place: world.organisation(number).place,
        type: 'P',
        start,
        end: null,
      })),
    };
  },

  '10013': (plain, world) => {
    const lastYear = Number(world.inputs.asOf.slice(0, 4)) - 1;
    const { ident } = plain;
    const placement = { ident, place: world.organisation(organisationCases.plain).place };
    const other = { ident, place: world.organisation(organisationCases.second).place };
    return {
      ...withTrainee(plain, { tr_start: `${lastYear}-01-10` }),
      trplace: [
        { ...placement, seq: 1, type: 'P', start: `${lastYear}-01-10`, end: `${lastYear}-06-30` },
        { ...other, seq: 2, type: 'W', start: `${lastYear}-07-01`, end: null },
      ],
    };
  },

  '10014': (plain) => ({ ...withTrainee(plain, { emp_ref: null }), trplace: [] }),

  // Codes of the generator never end in 0.
  '10015': (plain) => ({
    ...withTrainee(plain, { emp_ref: 'NOWHE0' }),
    trplace: plain.rows.trplace.map((row) => ({ ...row, place: 'NOWHE0' })),
  }),

  '10016': (plain, world) => {
    const { code } = world.officer(officerCases.unlinked);
    const stream = createStream(world.inputs.seed, 'itp_revu', plain.ident, 'case');
    const planned = {
      ident: plain.ident,
      initials: code,
      proposed: `${addDays(world.inputs.asOf, 21)} 10:00:00`,
    };
    return {
      ...withTrainee(plain, { main_off: code }),
      ...withQualifications(plain, [{ officer: code }, { officer: code }]),
      itp_revu: [createReview(stream, planned)],
    };
  },

  // The third letter counts the officers in thousands: there is never a 25th thousand.
  '10018': (plain) => withTrainee(plain, { main_off: 'ZZZ999' }),

  '10022': ({ rows }, { inputs: { asOf } }) => {
    const [first] = rows.trqual;
    if (first === undefined) return {};
    const failed = { ...first, qend: addDays(asOf, -100), qexpect: addDays(asOf, -90) };
    return { trqual: [failed, { ...first, seq: 2, qstart: addDays(asOf, -80), regno: null, regdate: null }] };
  },

  '10023': (plain, world) =>
    withQualifications(plain, [
      { vqref: world.qualification(unknownQualification).vqref },
      { vqref: world.qualification(ambiguousQualification).vqref },
    ]),
};
