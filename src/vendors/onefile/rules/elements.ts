import {
  type Counted as Counters,
  clampElements,
  decideCounters,
  type Elements,
  findCountersLeft,
} from '../../common/elements.ts';
import { type Part, toNote } from '../../common/parts.ts';
import { type AimPair, toQualificationId } from './aim-match.ts';
import { oneFileIds } from './links.ts';
import type { AimRecord } from './records.ts';
import type { OneFileLearnerView, OneFileSettings } from './settings.ts';

/* What the two element counters of a delivery qualification become from an aim of OneFile (OF-45, A-23, A-28). */

/**
 * computes the two counters from an aim of OneFile; null when it shows no figure.
 *
 * The explicit pair is preferred. Otherwise the total is 100 and the done count is the percentage, rounded
 * half up. The result is clamped to 0 ≤ done ≤ total.
 */
export function toElements(
  aim: Pick<AimRecord, 'elementsTotal' | 'elementsDone' | 'progress'>,
): Elements | null {
  if (aim.elementsTotal !== null && aim.elementsDone !== null)
    return clampElements(aim.elementsTotal, aim.elementsDone);
  return aim.progress === null ? null : clampElements(100, Math.floor(aim.progress + 0.5));
}

type Counted = Omit<Counters, 'shown'> & {
  readonly aim: Pick<AimRecord, 'elementsTotal' | 'elementsDone' | 'progress'>;
};
type UnitsSettings = Pick<OneFileSettings, 'unitsPolicy'>;

/** OF-45: the new counters of a qualification; null = they keep their values. */
export function decideElements(
  { aim, ...of }: Counted,
  { unitsPolicy }: UnitsSettings,
): Partial<Elements> | null {
  return decideCounters({ ...of, shown: toElements(aim) }, { ids: oneFileIds, unitsPolicy });
}

/** The rule by which counters keep their values although OneFile shows others; null = nothing is left alone. */
export function findElementsLeft({ aim, ...of }: Counted, { unitsPolicy }: UnitsSettings): string | null {
  return findCountersLeft({ ...of, shown: toElements(aim) }, { ids: oneFileIds, unitsPolicy });
}

/** G-10: of counters that keep their values although OneFile shows others the rule is noted. */
export function notesOfElements(
  { learner, settings }: Pick<OneFileLearnerView, 'learner' | 'settings'>,
  pairs: readonly AimPair[],
): readonly Part[] {
  return pairs.flatMap(({ qualification, aim }) => {
    // a qualification that is left out whole has the note of its pair.
    if (settings.unitsScope === 'all' && qualification.hasUnits) return [];
    const rule = findElementsLeft({ qualification, learner, aim }, settings);
    return rule === null
      ? []
      : [toNote(rule, `qualification:${toQualificationId(learner.ident, qualification.key)}`)];
  });
}
