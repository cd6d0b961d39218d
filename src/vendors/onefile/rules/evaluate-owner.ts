import type { Evaluation } from '../../../core/step.ts';
import type { OwnerView } from '../../../core/view.ts';
import { nothing } from './part.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';

/** What could be done next for an officer or organisation (OF-30 to OF-36). */
export function evaluateOwner(_view: OwnerView<OneFileSettings, OneFileCentre>): Evaluation {
  return nothing;
}
