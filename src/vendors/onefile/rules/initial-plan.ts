import type { FirstMatch, MatchReason } from './first-match.ts';

/** What the initial synchronisation would do (OF-9), for a person to approve. Codes and ids, no names. */
export type InitialPlanDocument = {
  readonly centre: string;
  readonly linked: number;
  readonly toLink: Readonly<Record<MatchReason, number>>;
  /** Same names and birth date: a person decides, nobody is linked. */
  readonly proposed: number;
  /** Ids in PICS that are nobody's at OneFile, or two learners'. */
  readonly doubtful: number;
  /** Learners of OneFile that stay without a record in PICS. */
  readonly unmatched: number;
  /** At most: a review without an officer is held instead. */
  readonly reviewsToSend: number;
  readonly calls: number;
  readonly minutes: number;
  readonly proposals: FirstMatch['proposals'];
  readonly doubts: FirstMatch['doubtful'];
};

type PlanFacts = {
  readonly centre: string;
  readonly linked: number;
  readonly match: FirstMatch;
  readonly reviewsToSend: number;
  readonly forecast: { readonly calls: number; readonly minutes: number };
};

/** So many proposals and doubts are shown; the counts tell of all. */
const mostShown = 500;

export function toInitialPlanDocument(facts: PlanFacts): InitialPlanDocument {
  const { centre, linked, match, reviewsToSend, forecast } = facts;
  const countBy = (reason: MatchReason): number => match.matches.filter(({ by }) => by === reason).length;
  return {
    ...{ centre, linked, reviewsToSend },
    toLink: { id: countBy('id'), misValue: countBy('misValue'), uln: countBy('uln') },
    proposed: match.proposals.length,
    doubtful: match.doubtful.length,
    unmatched: match.unmatchedCount,
    ...{ calls: forecast.calls, minutes: forecast.minutes },
    proposals: match.proposals.slice(0, mostShown),
    doubts: match.doubtful.slice(0, mostShown),
  };
}

/** What is approved: who is linked to whom. The counts beside it move with every day's work. */
export function toPlanContent({ centre, match }: Pick<PlanFacts, 'centre' | 'match'>) {
  return { centre, links: match.matches };
}
