import { at } from '../onefile.ts';
import type { MonthWorld } from '../world.ts';
import { judgeAims } from './aims.ts';
import { judgeDetails, judgeIgnored } from './details.ts';
import { judgeEnrolments } from './enrolments.ts';
import { judgeHistory } from './history.ts';
import { judgeHolds } from './holds.ts';
import { judgeLearnerLinks, type ShownIds } from './linked.ts';
import { judgeReviews } from './reviews.ts';
import { judgeSite } from './site.ts';

/** Everything that is not as the rules want it after a month, as sentences. Knows the rules, not the code. */
export async function judge(world: MonthWorld): Promise<readonly string[]> {
  const faults: string[] = [...world.pics.offences];
  const find = (fault: string): void => void faults.push(fault);
  const { state } = world;
  const shownIds: ShownIds = {
    at,
    shownIdOf: ({ oneFileId }) => oneFileId,
    isCounted: ({ activePortfolio }) => activePortfolio !== 'S',
    isId: (text) => /^\d+$/.test(text),
    surnameOf: (id) => state.find('learner', id)?.['lastName'] as string | null | undefined,
  };
  for (const linked of judgeLearnerLinks(world, shownIds, find)) {
    judgeAims(world, linked, find);
    judgeReviews(world, linked, find);
    judgeDetails(world, linked, find);
  }
  judgeIgnored(world, find);
  judgeHistory(world, find);
  judgeHolds(world, find);
  await judgeEnrolments(world, find);
  await judgeSite(world, find);
  return faults;
}
