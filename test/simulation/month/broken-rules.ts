import type { Observation } from '../../../src/domain/observation.ts';
import type { RowDecision } from '../../../src/domain/rows.ts';
import type { Evaluation, Resolution } from '../../../src/domain/step.ts';
import type { LearnerView } from '../../../src/domain/view.ts';

/** For tests of the judge: rules that somebody has broken. Each is handed what the good rule says. */
export type BrokenRules = {
  readonly evaluate: (evaluation: Evaluation, view: LearnerView) => Evaluation;
  readonly resolve: (resolution: Resolution) => Resolution;
  readonly decideRow: (decision: RowDecision, observation: Observation) => RowDecision;
};

export const goodRules: BrokenRules = {
  evaluate: (evaluation) => evaluation,
  resolve: (resolution) => resolution,
  decideRow: (decision) => decision,
};
