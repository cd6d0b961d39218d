import { addDays, nextChangeDate } from './dates.ts';
import { type Cases, withReviews, withTrainee } from './learner.ts';
import { createReview } from './plan.ts';
import { createStream, type Stream } from './stream.ts';
import type { World } from './world.ts';

/** Cases about reviews. None of these has been sent: they carry no id of a vendor unless said. */
export const reviewCases: Cases = {
  '10017': (plain, world) => ({
    ...withTrainee(plain, { main_off: null }),
    ...withReviews(plain, [
      createReview(openStream(world, plain.ident), {
        ident: plain.ident,
        initials: '',
        proposed: `${addDays(world.inputs.asOf, 14)} 11:00:00`,
      }),
    ]),
  }),

  // 01:30 does not exist on the one night and exists twice on the other.
  '10019': (plain, world) => {
    const { asOf } = world.inputs;
    const stream = openStream(world, plain.ident);
    const initials = plain.rows.trainee[0]?.main_off ?? null;
    return withReviews(
      plain,
      ([3, 10] as const).map((month) =>
        createReview(stream, {
          ident: plain.ident,
          initials,
          proposed: `${nextChangeDate(asOf, month)} 01:30:00`,
        }),
      ),
    );
  },

  '10020': (plain, world) =>
    withReviews(plain, [
      createReview(openStream(world, plain.ident), {
        ident: plain.ident,
        initials: plain.rows.trainee[0]?.main_off ?? null,
        proposed: `${addDays(world.inputs.asOf, 30)} 23:30:00`,
      }),
    ]),

  // Only the first of them qualifies for upload (OF-19).
  '10021': ({ ident, rows }, world) => {
    const { asOf } = world.inputs;
    const stream = openStream(world, ident);
    const base = { ident, initials: rows.trainee[0]?.main_off ?? null };
    const at = (days: number, time = '09:30:00'): string => `${addDays(asOf, days)} ${time}`;
    return {
      itp_revu: [
        createReview(stream, { ...base, proposed: at(28), attended: ' ' }),
        createReview(stream, { ...base, proposed: at(-28), attended: 'U' }),
        createReview(stream, { ...base, proposed: at(-56), attended: 'N' }),
        createReview(stream, { ...base, proposed: at(-84), attended: 'Y', actual: at(-84, '09:40:00') }),
        createReview(stream, { ...base, proposed: at(56), actual: at(57) }),
        createReview(stream, { ...base }),
        createReview(stream, { ...base, proposed: at(84), type: 'C' }),
      ],
    };
  },

  // What PICS knows of the learner's sessions at Smart Assessor; the cancelled one has not come down yet.
  '10029': ({ ident, rows }, world) => {
    const { asOf } = world.inputs;
    const stream = openStream(world, ident);
    const base = { ident, initials: rows.trainee[0]?.main_off ?? null };
    const held = `${addDays(asOf, -20)} 14:00:00`;
    return {
      itp_revu: [
        createReview(stream, {
          ...base,
          proposed: `${addDays(asOf, 10)} 14:00:00`,
          attended: 'U',
          sa_event_id: 'EV-29-1',
        }),
        createReview(stream, {
          ...base,
          proposed: held,
          actual: held,
          attended: 'Y',
          sa_event_id: 'EV-29-2',
        }),
      ],
    };
  },
};

function openStream({ inputs }: World, ident: string): Stream {
  return createStream(inputs.seed, 'itp_revu', ident, 'case');
}
