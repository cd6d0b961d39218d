import type { Call, Evaluation, Hold, NextStep } from '../../../core/step.ts';

/** What one rule contributes to a look. */
export type Part = Evaluation;

export const nothing: Part = { candidates: [], holds: [], notes: [] };

/** Parts in the order in which their steps are to be done. */
export function joinParts(parts: readonly Part[]): Evaluation {
  return {
    candidates: parts.flatMap(({ candidates }) => candidates),
    holds: parts.flatMap(({ holds }) => holds),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

export function toSteps(...candidates: readonly NextStep[]): Part {
  return { ...nothing, candidates };
}

export function toCallStep(call: Call): NextStep {
  return { kind: 'call', call };
}

export function toHold(hold: Hold): Part {
  return { ...nothing, holds: [hold] };
}

export function toNote(code: string, subject: string): Part {
  return { ...nothing, notes: [{ code, subject }] };
}
