import { met, unmet } from '../wait-for.ts';
import type { Enrolment } from './enrolment.ts';
import { countHeld, countOpen } from './ledger.ts';
import { readCalls, readMeetings } from './onefile.ts';
import type { Planned, Step } from './step.ts';

export type Books = {
  /** Every review of the story. */
  readonly planned: readonly Planned[];
  /** Reviews of the learner that was enrolled, whose OneFile id is the enrolment's. */
  readonly year: readonly Planned[];
  readonly enrolment: Enrolment;
  readonly numbers: number;
};

/** What a duplicate that came late would spoil: everything is counted once more at the end. */
export const nothingLeft = (books: Books): Step => ({
  title: 'Everything is counted once more',
  play: async ({ installation, person, begin }, teller) => {
    const toOneFileId = (ident: string): number =>
      books.enrolment.learnerIds.get(ident) ?? person(ident).oneFileId;
    await teller.expect({
      place: 'pics-sync',
      expected: 'no queue has work left, no call is open, nothing new is held',
      log: 'outbound',
      look: async () => {
        const { code, stdout, stderr } = await installation.cli('lag', '--json');
        const rows = code === 0 ? (JSON.parse(stdout) as { what: string; count: number | null }[]) : [];
        const waiting = rows.filter(({ what }) => what.startsWith('queue')).map(({ count }) => count ?? 0);
        const records = waiting.reduce((sum, count) => sum + count, 0);
        const [open, held] = await Promise.all([countOpen(installation), countHeld(installation)]);
        const seen = `records waiting in ${waiting.length} queues: ${records}; calls open: ${open}; items held: ${held}`;
        if (code !== 0) return unmet(`${stderr.trim()} ${seen}`);
        return waiting.length > 0 && records + open === 0 && held === begin.held
          ? met(seen, null)
          : unmet(seen);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: `each of the ${books.planned.length + books.year.length} reviews once, and no call too many`,
      withinMs: 0,
      look: async () => {
        const found = await Promise.all(
          [...books.planned, ...books.year].map(({ ident, at }) =>
            readMeetings(installation, toOneFileId(ident), at),
          ),
        );
        const single = found.filter(
          ({ visits, reviews }) => visits.length === 1 && reviews.length === 1,
        ).length;
        const { writes } = await readCalls(installation, begin.since);
        const wanted = found.length * 2 + books.numbers + books.enrolment.writes;
        const seen = `${single} of ${found.length} reviews exactly once; calls that changed something: ${writes.length} of ${wanted} expected`;
        return single === found.length && writes.length === wanted ? met(seen, null) : unmet(seen);
      },
    });
  },
});
