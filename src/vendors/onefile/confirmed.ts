import type { JsonObject } from '../../domain/json.ts';
import type { VendorState } from '../../domain/vendor-state.ts';
import type { Warning } from '../common/warnings.ts';
import type { OneFileSection } from './config.ts';
import type { EnabledWith, OneFileModes } from './rules/warnings.ts';

/** What OneFile was enabled with, as the sync database keeps it. `plan` is there until its run has completed. */
type Kept = EnabledWith & { readonly plan?: string };

export function modesOf(section: OneFileSection): OneFileModes {
  const { matchBy, learnerDetails, officerDetails, organisationDetails } = section;
  return { matchBy, learnerDetails, officerDetails, organisationDetails };
}

/** Null when it was never enabled by a person who confirmed something. */
export function readEnabledWith({ confirmed }: Pick<VendorState, 'confirmed'>): EnabledWith | null {
  return 'environment' in confirmed ? (confirmed as unknown as Kept) : null;
}

/** Whether nothing was ever exchanged with this centre of this environment: then there is a plan to approve. */
export function isFirstFor(
  state: Pick<VendorState, 'confirmed' | 'firstEnabledAtMs'>,
  { environment, centreId }: Pick<EnabledWith, 'environment' | 'centreId'>,
): boolean {
  const last = readEnabledWith(state);
  if (last === null) return state.firstEnabledAtMs === null;
  return last.environment !== environment || last.centreId !== centreId;
}

export function confirmedWith(
  enabledWith: Omit<EnabledWith, 'warnings'>,
  warnings: readonly Warning[],
  plan: string | null,
): JsonObject {
  const kept: EnabledWith = {
    ...enabledWith,
    warnings: Object.fromEntries(warnings.map(({ id, text }) => [id, text])),
  };
  return { ...(kept as unknown as JsonObject), ...(plan !== null && { plan }) };
}
