import type { Learner, Qualification } from '../../../domain/learner.ts';
import type { AimRecord } from './records.ts';
import type { OneFileSettings } from './settings.ts';

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

/** OF-45: the new counters of a qualification; null = they keep their values. */
export function decideElements(
  {
    qualification,
    learner,
    aim,
  }: {
    qualification: Qualification;
    learner: Pick<Learner, 'oneFileId' | 'smartAssessorId' | 'activePortfolio'>;
    aim: Pick<AimRecord, 'elementsTotal' | 'elementsDone' | 'progress'>;
  },
  settings: Pick<OneFileSettings, 'unitsPolicy'>,
): Partial<Elements> | null {
  if (qualification.hasUnits && settings.unitsPolicy === 'skip') return null;
  if (learner.smartAssessorId !== null && learner.activePortfolio === 'S') return null;
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
