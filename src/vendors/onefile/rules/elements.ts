import type { Learner, Qualification } from '../../../domain/learner.ts';
import { type Part, toNote } from '../../common/parts.ts';
import { type AimPair, toQualificationId } from './aim-match.ts';
import type { AimRecord } from './records.ts';
import type { OneFileLearnerView, OneFileSettings } from './settings.ts';

/* What the two element counters of a delivery qualification become from an aim of OneFile (OF-45, A-23, A-28). */

type Elements = { readonly elementsTotal: number; readonly elementsDone: number };

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
    return clamp(aim.elementsTotal, aim.elementsDone);
  return aim.progress === null ? null : clamp(100, Math.floor(aim.progress + 0.5));
}

type Counted = {
  readonly qualification: Qualification;
  readonly learner: Pick<Learner, 'oneFileId' | 'smartAssessorId' | 'activePortfolio'>;
  readonly aim: Pick<AimRecord, 'elementsTotal' | 'elementsDone' | 'progress'>;
};
type UnitsSettings = Pick<OneFileSettings, 'unitsPolicy'>;

/** OF-45: the new counters of a qualification; null = they keep their values. */
export function decideElements(counted: Counted, settings: UnitsSettings): Partial<Elements> | null {
  return findLeavingRule(counted, settings) === null ? findChanged(counted) : null;
}

/** The rule by which counters keep their values although OneFile shows others; null = nothing is left alone. */
export function findElementsLeft(counted: Counted, settings: UnitsSettings): string | null {
  const rule = findLeavingRule(counted, settings);
  return rule === null || findChanged(counted) === null ? null : rule;
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

function findLeavingRule({ qualification, learner }: Counted, { unitsPolicy }: UnitsSettings): string | null {
  if (qualification.hasUnits && unitsPolicy === 'skip') return 'A-27';
  return learner.smartAssessorId !== null && learner.activePortfolio === 'S' ? 'A-25' : null;
}

function findChanged({ qualification, aim }: Counted): Partial<Elements> | null {
  const elements = toElements(aim);
  if (elements === null) return null;
  const changed: { elementsTotal?: number; elementsDone?: number } = {};
  if (elements.elementsTotal !== qualification.elementsTotal) changed.elementsTotal = elements.elementsTotal;
  if (elements.elementsDone !== qualification.elementsDone) changed.elementsDone = elements.elementsDone;
  return Object.keys(changed).length === 0 ? null : changed;
}

function clamp(total: number, done: number): Elements {
  const elementsTotal = Math.max(0, Math.trunc(total));
  return { elementsTotal, elementsDone: Math.min(elementsTotal, Math.max(0, Math.trunc(done))) };
}
