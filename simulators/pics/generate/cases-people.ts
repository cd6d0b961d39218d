import { type Cases, withDetails, withQualifications, withTrainee } from './case.ts';
import { addDays } from './dates.ts';
import type { Learner } from './learner.ts';
import { organisationCases } from './organisations.ts';
import { createPctrndet, createTrainee } from './person.ts';
import type { LearnerRows } from './rows.ts';
import { createStream } from './stream.ts';
import { noteWords } from './words.ts';
import type { World } from './world.ts';

const noteBytes = 200_000;

/** Cases about the learner record and its two extensions. */
export const peopleCases: Cases = {
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
    const twin = toTwin(world);
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
    ...withDetails(plain, { miap_uln: toWrongUln(plain) }),
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

/** Learner 10009, whose second episode is 10010: the same person. */
function toTwin({ inputs: { seed, asOf } }: World) {
  const episode = { state: 'ended', start: asOf, expected: asOf, end: null } as const;
  const trainee = createTrainee(seed, { ident: '10009', episode, mainOfficer: '', employer: null, asOf });
  return { trainee, pctrndet: createPctrndet(seed, trainee) };
}

function toWrongUln({ rows }: Learner): string {
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
