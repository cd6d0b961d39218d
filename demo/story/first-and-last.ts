import type { Enrolment } from './enrolment.ts';
import { inWords, readCalls, readMeetings } from './onefile.ts';
import { countHeld, countOpen, giveCommand, type PlannedReview, type Step } from './scene.ts';
import { met, unmet } from './teller.ts';

type Refusal = {
  readonly warnings: readonly { readonly id: string }[];
  readonly plan: { readonly digest: string } & Readonly<Record<string, unknown>>;
};

/** OF-9, OF-34, G-8: nothing is exchanged before a person has read the warnings and the plan. */
export const enabled: Step = {
  title: 'OneFile is enabled once its warnings are read, and every learner is synchronised',
  play: async ({ installation, begin }, teller) => {
    const { oneFile, pics, store } = installation;
    const since = await oneFile.mark();
    const refused = await giveCommand<Refusal>(installation, teller, ['onefile', 'enable']);
    const ids = refused.result?.warnings.map(({ id }) => id) ?? [];
    await teller.expect({
      place: 'pics-sync',
      expected: 'refused until the warnings are confirmed; no call changed anything',
      withinMs: 0,
      look: async () => {
        const { writes } = await readCalls(installation, since);
        const seen = `${refused.status}, to be read first: ${ids.join(', ') || refused.message}; calls that changed something: ${inWords(writes)}`;
        const isRight = refused.status === 'refused' && ids.includes('W-3') && writes.length === 0;
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    const digest = refused.result?.plan.digest ?? '';
    await giveCommand(installation, teller, ['onefile', 'enable', '--plan', digest, '--confirm', ...ids]);
    await teller.expect({
      place: 'pics-sync',
      expected: 'every learner with a OneFile id in PICS is linked, and the synchronisation is complete',
      log: 'poller',
      withinMs: 120_000,
      look: async () => {
        const claimed = await count(pics, `pics.pctrndet where coalesce(trim(other_sys_id), '') <> ''`);
        const linked = await count(store, `sync.link where vendor = 'onefile' and kind = 'learner'`);
        const isOver =
          (await count(
            store,
            `sync.vendor_state where vendor = 'onefile' and is_enabled and sync_due_at is null`,
          )) === 1;
        const seen = `${linked} of ${claimed} learners linked, the first synchronisation is ${isOver ? 'complete' : 'under way'}`;
        return linked === claimed && isOver ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'pics-sync',
      expected: 'only what a person has to decide is held',
      withinMs: 0,
      look: async () => {
        const { rows } = await store.query<{ code: string; ident: string }>(
          'select code, ident from sync.held where closed_at is null order by id',
        );
        const seen = `held for a person: ${rows.map(({ code, ident }) => `${code} (${ident})`).join(', ') || 'nothing'}`;
        begin.held = rows.length;
        // One review without an officer and one without a date, as PICS has them.
        const expected = ['REVIEW_NO_OFFICER 10017', 'REVIEW_NO_DATE 10021'];
        const codes = rows.map(({ code, ident }) => `${code} ${ident.trim()}`).sort();
        return codes.join() === expected.sort().join() ? met(seen, null) : unmet(seen);
      },
    });
    begin.since = await oneFile.mark();
  },
};

export async function count(
  pool: { query: (text: string) => Promise<{ rows: unknown[] }> },
  from: string,
): Promise<number> {
  const { rows } = await pool.query(`select count(*)::int as count from ${from}`);
  return (rows[0] as { count: number }).count;
}

type Books = {
  /** Every review of the story. */
  readonly planned: readonly PlannedReview[];
  /** Reviews of the learner that the story enrols. The learner's OneFile id is in the enrolment. */
  readonly year: readonly PlannedReview[];
  readonly enrolment: Enrolment;
  readonly numbers: number;
};

/** Everything is counted once more at the end, where a late duplicate would show. */
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
