import { type Cases, withQualifications, withTrainee } from './case.ts';
import { addDays } from './dates.ts';
import { createUnitRows } from './delivery.ts';
import { officerCases } from './officers.ts';
import { organisationCases } from './organisations.ts';
import { ambiguousQualification, unknownQualification } from './qualifications.ts';
import { createReview } from './reviews.ts';
import { createStream } from './stream.ts';

/** Cases about qualifications, placements and officers. */
export const planCases: Cases = {
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
